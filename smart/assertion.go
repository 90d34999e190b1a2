// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// maxAssertion is the longest life of an assertion: SMART and UDAP say five minutes.
	maxAssertion = 5 * time.Minute
	clockSkew    = 30 * time.Second
	maxJWT       = 16 << 10 // bytes
)

// assertionAlgorithms are what clients may sign with. SMART asks for RS384 and
// ES384, UDAP for RS256 and may add ES256, ES384, RS384.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS384, jose.ES384, jose.RS256, jose.ES256}

// assertion is a signed JWT that a client sent, read but not believed yet.
type assertion struct {
	token  *jwt.JSONWebToken
	header jose.Header
	claims jwt.Claims
	text   string
}

// parseAssertion reads a JWT without believing it. Other algorithms, none among
// them, and encrypted or unsigned tokens are refused here.
func parseAssertion(text string) (*assertion, error) {
	if len(text) > maxJWT {
		return nil, errors.New("the JWT is too long")
	}
	token, err := jwt.ParseSigned(text, assertionAlgorithms)
	if err != nil {
		return nil, err
	}
	if len(token.Headers) != 1 {
		return nil, errors.New("the JWT must have one signature")
	}
	a := &assertion{token: token, header: token.Headers[0], text: text}
	return a, token.UnsafeClaimsWithoutVerification(&a.claims)
}

// checkSignature verifies the signature with a key set: with the key that the header
// names, or with each if it names none.
func (a *assertion) checkSignature(set jose.JSONWebKeySet) error {
	keys := set.Keys
	if a.header.KeyID != "" {
		keys = set.Key(a.header.KeyID)
	}
	for _, key := range keys {
		if !strong(key) || (key.Algorithm != "" && key.Algorithm != a.header.Algorithm) {
			continue
		}
		var checked jwt.Claims
		if a.token.Claims(key.Key, &checked) == nil {
			a.claims = checked
			return nil
		}
	}
	return errors.New("no key of the client made this signature")
}

// checkClaims verifies times and audience: an assertion must say when it ends, end
// within five minutes, and be meant for one of the audiences.
func (a *assertion) checkClaims(now time.Time, audiences ...string) error {
	c := a.claims
	switch {
	case c.Expiry == nil || c.ID == "" || len(c.ID) > 256:
		return errors.New("exp and jti are required")
	case now.After(c.Expiry.Time().Add(clockSkew)):
		return errors.New("it has expired")
	case c.Expiry.Time().After(now.Add(maxAssertion + clockSkew)):
		return errors.New("it ends later than in five minutes")
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(clockSkew)):
		return errors.New("it was issued in the future")
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(clockSkew)):
		return errors.New("it is not valid yet")
	case !slices.ContainsFunc(audiences, c.Audience.Contains):
		return errors.New("it is meant for another audience")
	}
	return nil
}

// spend makes sure that an assertion is used once: its jti is kept until it has
// expired, whichever server it comes to.
func (s *Server) spend(ctx context.Context, issuer string, a *assertion) error {
	err := s.write(ctx, Record{Kind: kindReplay, Key: digest(issuer + "\n" + a.claims.ID), Owner: issuer,
		Expires: a.claims.Expiry.Time().Add(2 * clockSkew)}, true)
	if errors.Is(err, ErrConflict) {
		return invalidClient("the assertion was used before")
	}
	return err
}
