// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind sorts the server's records.
type Kind string

// The kinds of record. Keys that are secrets (codes, refresh tokens, session ids)
// are kept as their SHA-256, so that who reads the records cannot use them.
const (
	kindKey      Kind = "key"      // signing keys and the seal
	kindClient   Kind = "client"   // registrations
	kindGrant    Kind = "grant"    // what a member allowed an app; Owner is the member
	kindCode     Kind = "code"     // authorization codes; Owner is the grant
	kindRefresh  Kind = "refresh"  // refresh tokens; Owner is the grant
	kindRevoked  Kind = "revoked"  // access tokens revoked one by one
	kindReplay   Kind = "jti"      // assertions that were used; Owner is the client
	kindSession  Kind = "session"  // members who are logged in
	kindLaunch   Kind = "launch"   // contexts of EHR launches
	kindUDAPName Kind = "udapname" // UDAP client URI to registration
)

// Record is one of the server's records.
type Record struct {
	Kind    Kind
	Key     string
	Owner   string    // what List finds it by; may be empty
	Expires time.Time // zero: never. An expired record counts as absent
	Version int64     // 1 for a new record, one more with every change
	Value   json.RawMessage
}

// Change puts or deletes a record. Record.Version is the version that the writer
// has seen: 0 if the record must not exist, AnyVersion if it does not matter.
type Change struct {
	Record
	Delete bool
}

// AnyVersion as Change.Version writes whatever is there.
const AnyVersion = -1

// Records keeps the server's state: registrations, grants, tokens, assertions that
// were used, sessions. An implementation is shared by all servers of one issuer.
//
// Get returns ErrNoRecord for a record that is absent or expired. Write makes all
// changes or none, is durable when it returns, and returns ErrConflict if a record
// does not have the version that the change names. List returns the records of a
// kind and an owner, or all of a kind if owner is empty.
type Records interface {
	Get(ctx context.Context, kind Kind, key string) (Record, error)
	Write(ctx context.Context, changes ...Change) error
	List(ctx context.Context, kind Kind, owner string) ([]Record, error)
}

// Errors of Records.
var (
	ErrNoRecord = errors.New("no such record")
	ErrConflict = errors.New("the record was changed by another")
	ErrFull     = errors.New("no room for more records")
)

// get reads a record's value into v.
func (s *Server) get(ctx context.Context, kind Kind, key string, v any) (Record, error) {
	r, err := s.records.Get(ctx, kind, key)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(r.Value, v); err != nil {
		return r, fmt.Errorf("record %s: %w", kind, err)
	}
	return r, nil
}

// put makes a change of a value.
func put(r Record, v any) (Change, error) {
	b, err := json.Marshal(v)
	r.Value = b
	return Change{Record: r}, err
}

// write puts one value.
func (s *Server) write(ctx context.Context, r Record, v any) error {
	c, err := put(r, v)
	if err != nil {
		return err
	}
	return s.records.Write(ctx, c)
}

// digest is the key under which a secret is kept.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
