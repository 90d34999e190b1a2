// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// Token is what an access token says: a JWT after RFC 9068, signed with RS256.
type Token struct {
	Issuer   string           `json:"iss"`
	Subject  string           `json:"sub"`
	Audience jwt.Audience     `json:"aud"` // the FHIR base
	Client   string           `json:"client_id"`
	Scope    scope.Set        `json:"scope"`
	Issued   *jwt.NumericDate `json:"iat"`
	Expires  *jwt.NumericDate `json:"exp"`
	ID       string           `json:"jti"`
	Grant    string           `json:"grant,omitempty"` // empty for backend services
	Patient  string           `json:"patient,omitempty"`
	FHIRUser string           `json:"fhirUser,omitempty"` // relative reference
	// UserPatients bind user/ scopes; absent for staff.
	UserPatients []string `json:"user_patients,omitempty"`
	Staff        bool     `json:"staff,omitempty"`
}

// Grant is what a member allowed an app.
type Grant struct {
	ID           string         `json:"id"`
	Client       string         `json:"client"`
	Subject      string         `json:"subject"`
	FHIRUser     string         `json:"fhir_user"`
	UserPatients []string       `json:"user_patients,omitempty"`
	Staff        bool           `json:"staff,omitempty"`
	Patient      string         `json:"patient,omitempty"`
	Resource     string         `json:"resource"`
	Scope        scope.Set      `json:"scope"`
	Context      map[string]any `json:"context,omitempty"` // launch context for token responses
	Created      time.Time      `json:"created"`
	Until        time.Time      `json:"until"` // refresh ends
	AuthTime     time.Time      `json:"auth_time"`
}

const tokenType = "at+jwt"

// sign signs claims with the current key.
func (s *Server) sign(ctx context.Context, typ string, claims any) (string, error) {
	key, err := s.keys.current(ctx)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.JWK}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// memberToken makes an access token of a grant, for some of its scopes.
func (s *Server) memberToken(ctx context.Context, g *Grant, scopes scope.Set) (string, error) {
	now := s.Now()
	t := Token{Issuer: s.Issuer, Subject: g.Subject, Audience: jwt.Audience{g.Resource}, Client: g.Client, Scope: scopes,
		Issued: jwt.NewNumericDate(now), Expires: jwt.NewNumericDate(now.Add(s.Lifetimes.Access)), ID: secret(), Grant: g.ID,
		Patient: g.Patient, FHIRUser: g.FHIRUser, UserPatients: g.UserPatients, Staff: g.Staff}
	return s.sign(ctx, tokenType, t)
}

// ErrToken is returned for every token that does not open anything, whatever is
// wrong with it; errors.Unwrap says what, for the log.
var ErrToken = errors.New("the access token is not valid")

type tokenError struct{ why string }

func (e *tokenError) Error() string        { return "access token: " + e.why }
func (e *tokenError) Is(target error) bool { return target == ErrToken }

// Verify checks an access token: signature, issuer, times, that it was not revoked,
// that its grant, its client and the account that allowed it still stand, and, unless resource is empty, that it
// was made for this FHIR base.
func (s *Server) Verify(ctx context.Context, text, resource string) (*Token, error) {
	t, err := s.parseToken(ctx, text)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	switch {
	case t.Issuer != s.Issuer:
		return nil, &tokenError{"of another issuer"}
	case t.Expires == nil || !now.Before(t.Expires.Time()):
		return nil, &tokenError{"expired"}
	case t.Issued == nil || t.Issued.Time().After(now.Add(clockSkew)):
		return nil, &tokenError{"issued in the future"}
	case resource != "" && !t.Audience.Contains(resource):
		return nil, &tokenError{"made for another audience"}
	}
	if t.Grant != "" {
		if _, err := s.records.Get(ctx, kindGrant, t.Grant); err != nil {
			return nil, goneOr(err, "its grant has ended")
		}
		if len(t.Audience) != 1 || !s.stands(&Grant{Subject: t.Subject, FHIRUser: t.FHIRUser, UserPatients: t.UserPatients, Staff: t.Staff,
			Patient: t.Patient, Resource: t.Audience[0], Scope: t.Scope}) {
			return nil, &tokenError{"who allowed it may not open it any more"}
		}
	}
	if _, err := s.records.Get(ctx, kindClient, t.Client); err != nil {
		return nil, goneOr(err, "its client is not registered any more")
	}
	if _, err := s.records.Get(ctx, kindRevoked, t.ID); err == nil {
		return nil, &tokenError{"revoked"}
	} else if !errors.Is(err, ErrNoRecord) {
		return nil, err
	}
	return t, nil
}

// Stands tells whether what was allowed to a client still is, for work that goes on
// after the request that asked for it: the client is registered, and the grant, unless
// it is empty (backend services), was not revoked, has not run out, and rests on an
// account that may still give it.
func (s *Server) Stands(ctx context.Context, client, grant string) (bool, error) {
	_, err := s.records.Get(ctx, kindClient, client)
	if err == nil && grant != "" {
		var r Record
		if r, err = s.records.Get(ctx, kindGrant, grant); err == nil {
			g := &Grant{}
			if err := json.Unmarshal(r.Value, g); err != nil {
				return false, err
			}
			return g.Client == client && s.stands(g), nil
		}
	}
	if errors.Is(err, ErrNoRecord) {
		return false, nil
	}
	return err == nil, err
}

func goneOr(err error, why string) error {
	if errors.Is(err, ErrNoRecord) {
		return &tokenError{why}
	}
	return err
}

// parseToken checks the signature. A token that was checked before is not checked
// again: an app sends the same one many times.
func (s *Server) parseToken(ctx context.Context, text string) (*Token, error) {
	if len(text) > maxJWT {
		return nil, &tokenError{"too long"}
	}
	sum := sha256.Sum256([]byte(text))
	if t := s.verified.get(sum); t != nil {
		return t, nil
	}
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders[jose.HeaderType] != tokenType {
		return nil, &tokenError{"not an access token"}
	}
	set, err := s.keys.public(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range set.Key(parsed.Headers[0].KeyID) {
		var t Token
		if parsed.Claims(key.Key, &t) == nil {
			s.verified.put(sum, &t)
			return &t, nil
		}
	}
	return nil, &tokenError{"not signed by this server"}
}

// tokenCache remembers tokens whose signature was checked. It is emptied when full.
type tokenCache struct {
	mu     sync.RWMutex
	tokens map[[sha256.Size]byte]*Token
}

const tokensCached = 10_000

func newTokenCache() *tokenCache { return &tokenCache{tokens: map[[sha256.Size]byte]*Token{}} }

func (c *tokenCache) get(sum [sha256.Size]byte) *Token {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tokens[sum]
}

func (c *tokenCache) put(sum [sha256.Size]byte, t *Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tokens) >= tokensCached {
		clear(c.tokens)
	}
	c.tokens[sum] = t
}

func (c *tokenCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.tokens)
}

// Access is what the token's bearer may do.
func (t *Token) Access() *scope.Access {
	a := &scope.Access{Client: t.Client, Subject: t.Subject, FHIRUser: t.FHIRUser, Patient: t.Patient, Granted: t.Scope}
	if !t.Staff {
		a.UserPatients = append([]string{}, t.UserPatients...)
	}
	return a
}

// Authenticate finds what the sender of a request to a FHIR base may do. Its error
// is an *Error with status 401, to be written by Challenge.
func (s *Server) Authenticate(r *http.Request, resource string) (*scope.Access, *Token, error) {
	scheme, text, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || text == "" {
		return nil, nil, &Error{401, "", "an access token is needed", nil}
	}
	t, err := s.Verify(r.Context(), strings.TrimSpace(text), strings.TrimSuffix(resource, "/"))
	if errors.Is(err, ErrToken) {
		return nil, nil, &Error{401, "invalid_token", "the access token is expired, revoked or not valid here", err}
	}
	if err != nil {
		return nil, nil, errUnavailable.because(err)
	}
	return t.Access(), t, nil
}

// Challenge sets the WWW-Authenticate header that belongs to an error of
// Authenticate (RFC 6750 section 3), and returns the status to answer with.
func Challenge(h http.Header, err error) int {
	e := asError(err)
	if e.Status == http.StatusUnauthorized {
		value := `Bearer realm="fhir"`
		if e.Code != "" {
			value += `, error="` + e.Code + `", error_description="` + e.Description + `"`
		}
		h.Set("WWW-Authenticate", value)
	}
	return e.Status
}

// serveUserInfo tells an app who the member is (OpenID Connect Core section 5.3).
func (s *Server) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	_, t, err := s.Authenticate(r, "")
	if err == nil && (!t.Scope.Has(scope.OpenID) || t.Grant == "") {
		err = &Error{403, "insufficient_scope", "the scope openid is needed", nil}
	}
	if err != nil {
		Challenge(w.Header(), err)
		e := asError(err)
		writeJSON(w, e.Status, map[string]string{"error": e.Code, "error_description": e.Description})
		return
	}
	out := map[string]string{"sub": t.Subject}
	if t.Scope.Flags&(scope.FHIRUser|scope.Profile) != 0 {
		out["fhirUser"] = t.Audience[0] + "/" + t.FHIRUser
	}
	writeJSON(w, http.StatusOK, out)
}

// idToken makes the identity token of a grant.
func (s *Server) idToken(ctx context.Context, g *Grant, nonce string) (string, error) {
	now := s.Now()
	claims := map[string]any{"iss": s.Issuer, "sub": g.Subject, "aud": g.Client, "iat": now.Unix(),
		"exp": now.Add(s.Lifetimes.Access).Unix(), "auth_time": g.AuthTime.Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if g.Scope.Flags&(scope.FHIRUser|scope.Profile) != 0 {
		claims["fhirUser"] = g.Resource + "/" + g.FHIRUser
		claims["profile"] = g.Resource + "/" + g.FHIRUser // SMART 1's name of it
	}
	return s.sign(ctx, "JWT", claims)
}

// endGrant deletes a grant and what hangs on it.
func (s *Server) endGrant(ctx context.Context, id string) error {
	changes := []Change{{Delete: true, Record: Record{Kind: kindGrant, Key: id, Version: AnyVersion}}}
	for _, kind := range []Kind{kindRefresh, kindCode} {
		records, err := s.records.List(ctx, kind, id)
		if err != nil {
			return err
		}
		for _, r := range records {
			changes = append(changes, Change{Delete: true, Record: Record{Kind: kind, Key: r.Key, Version: AnyVersion}})
		}
	}
	return s.records.Write(ctx, changes...)
}

// Grants are what a member allowed, the oldest first.
func (s *Server) Grants(ctx context.Context, subject string) ([]*Grant, error) {
	records, err := s.records.List(ctx, kindGrant, subject)
	if err != nil || subject == "" {
		return nil, err
	}
	grants := make([]*Grant, len(records))
	for i, r := range records {
		if err := json.Unmarshal(r.Value, &grants[i]); err != nil {
			return nil, err
		}
	}
	return grants, nil
}
