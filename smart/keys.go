// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	publishAhead = time.Hour      // a key is published so long before it signs
	publishAfter = 24 * time.Hour // and so long after it signed last
	keysCached   = time.Minute    // how long another server's new key may go unnoticed
	sealName     = "seal"
	signPrefix   = "sign-"
)

// signingKey is a key that signs access and identity tokens with RS256, the one
// algorithm that every OpenID Connect client understands.
type signingKey struct {
	Serial  int             `json:"serial"`
	Created time.Time       `json:"created"`
	JWK     jose.JSONWebKey `json:"jwk"` // private
}

// keyring holds the signing keys and the seal, as the records have them.
type keyring struct {
	server *Server
	mu     sync.Mutex
	loaded time.Time
	keys   []signingKey // the newest first
	seal   []byte
}

// current is the key that signs now. It makes the next key when the newest comes to
// the end of its time.
func (k *keyring) current(ctx context.Context) (signingKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.load(ctx); err != nil {
		return signingKey{}, err
	}
	now := k.server.Now()
	for _, key := range k.keys {
		if !now.Before(key.Created.Add(publishAhead)) || key.Serial == k.keys[len(k.keys)-1].Serial {
			return key, nil
		}
	}
	return signingKey{}, errors.New("no signing key")
}

// public is every key that tokens in use may be signed with.
func (k *keyring) public(ctx context.Context) (jose.JSONWebKeySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var set jose.JSONWebKeySet
	if err := k.load(ctx); err != nil {
		return set, err
	}
	for _, key := range k.keys {
		set.Keys = append(set.Keys, key.JWK.Public())
	}
	return set, nil
}

func (k *keyring) load(ctx context.Context) error {
	now := k.server.Now()
	if len(k.keys) > 0 && now.Sub(k.loaded) < keysCached && now.Before(k.keys[0].Created.Add(k.server.Lifetimes.Key)) {
		return nil
	}
	records, err := k.server.records.List(ctx, kindKey, "")
	if err != nil {
		return err
	}
	keys, seal := []signingKey(nil), []byte(nil)
	for _, r := range records {
		if r.Key == sealName {
			if err := json.Unmarshal(r.Value, &seal); err != nil {
				return fmt.Errorf("seal: %w", err)
			}
			continue
		}
		var key signingKey
		if err := json.Unmarshal(r.Value, &key); err != nil {
			return fmt.Errorf("signing key: %w", err)
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b signingKey) int { return b.Serial - a.Serial })
	if len(seal) == 0 {
		seal = make([]byte, 32)
		rand.Read(seal)
		if err := k.server.write(ctx, Record{Kind: kindKey, Key: sealName}, seal); err != nil {
			return err // another server made it first; the next call finds it
		}
	}
	if len(keys) == 0 || !now.Before(keys[0].Created.Add(k.server.Lifetimes.Key)) {
		fresh, err := k.make(ctx, keys, now)
		if err != nil {
			return err
		}
		keys = append([]signingKey{fresh}, keys...)
	}
	k.keys, k.seal, k.loaded = keys, seal, now
	return nil
}

// make makes the next key. Its serial number is its record's key, so that of two
// servers that do it at the same time one fails and finds the other's.
func (k *keyring) make(ctx context.Context, have []signingKey, now time.Time) (signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return signingKey{}, err
	}
	key := signingKey{Serial: 1, Created: now, JWK: jose.JSONWebKey{Key: private, Algorithm: string(jose.RS256), Use: "sig"}}
	if len(have) > 0 {
		key.Serial = have[0].Serial + 1
	}
	thumb, err := key.JWK.Thumbprint(crypto.SHA256)
	if err != nil {
		return signingKey{}, err
	}
	key.JWK.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
	r := Record{Kind: kindKey, Key: fmt.Sprintf("%s%06d", signPrefix, key.Serial),
		Expires: now.Add(k.server.Lifetimes.Key + publishAhead + publishAfter)}
	return key, k.server.write(ctx, r, key)
}

// RotateKeys makes a new signing key at once, to be called when the present one may
// have leaked. With drop the older keys are deleted: every token that they signed
// is refused from then on.
func (s *Server) RotateKeys(ctx context.Context, drop bool) error {
	k := s.keys
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.load(ctx); err != nil {
		return err
	}
	old := k.keys
	fresh, err := k.make(ctx, old, s.Now())
	if err != nil {
		return err
	}
	if drop {
		var changes []Change
		for _, key := range old {
			changes = append(changes, Change{Delete: true, Record: Record{Kind: kindKey,
				Key: fmt.Sprintf("%s%06d", signPrefix, key.Serial), Version: AnyVersion}})
		}
		if err := s.records.Write(ctx, changes...); err != nil {
			return err
		}
		old = nil
		s.verified.clear()
	}
	k.keys = append([]signingKey{fresh}, old...)
	return nil
}

func (s *Server) serveJWKS(w http.ResponseWriter, r *http.Request) {
	set, err := s.keys.public(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	json.NewEncoder(w).Encode(set)
}

// sealKey derives a key for one purpose from the seal.
func (s *Server) sealKey(ctx context.Context, purpose string) ([]byte, error) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if err := s.keys.load(ctx); err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, s.keys.seal)
	mac.Write([]byte(purpose))
	return mac.Sum(nil), nil
}

// mark is a text that only this server can make of a purpose and a value: it ties a
// form to the session that it was made for.
func (s *Server) mark(ctx context.Context, purpose, value string) (string, error) {
	key, err := s.sealKey(ctx, "mark "+purpose)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// marked checks a mark in constant time.
func (s *Server) marked(ctx context.Context, purpose, value, mark string) bool {
	want, err := s.mark(ctx, purpose, value)
	return err == nil && same(want, mark)
}

// sealed encrypts a value for a cookie; unsealed opens it.
func (s *Server) sealed(ctx context.Context, purpose string, v any) (string, error) {
	box, err := s.box(ctx, purpose)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(box.Seal(nonce, nonce, b, nil)), nil
}

func (s *Server) unsealed(ctx context.Context, purpose, text string, v any) error {
	box, err := s.box(ctx, purpose)
	if err != nil {
		return err
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < box.NonceSize() {
		return errors.New("not a sealed value")
	}
	if b, err = box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], nil); err != nil {
		return errors.New("sealed by another")
	}
	return json.Unmarshal(b, v)
}

func (s *Server) box(ctx context.Context, purpose string) (cipher.AEAD, error) {
	key, err := s.sealKey(ctx, "box "+purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// same compares two secrets in a time that does not depend on where they differ.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// algorithmOf is the algorithm that a public key signs with: RS384 as SMART asks of
// all, RS256 being for UDAP metadata; ES256 and ES384 by curve.
func algorithmOf(public crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return jose.RS256, nil
		}
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return jose.ES256, nil
		case elliptic.P384():
			return jose.ES384, nil
		}
	}
	return "", errors.New("the key must be RSA of 2048 bits or more, P-256 or P-384")
}

// strong tells whether a client's public key may be used.
func strong(key jose.JSONWebKey) bool {
	_, err := algorithmOf(key.Key)
	return err == nil && key.IsPublic() && key.Valid() && !strings.EqualFold(key.Use, "enc")
}
