// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"
)

var errClientAuth = invalidClient("the client is not known or did not prove who it is")

// authenticate finds the client of a token request. A client must use the method
// that it registered and no other (RFC 6749 section 2.3); what it gets told does not
// depend on what was wrong, except for assertions, where it helps and harms nobody.
func (s *Server) authenticate(r *http.Request) (*Client, error) {
	form := r.PostForm
	id, password, basic := r.BasicAuth()
	assertionText := form.Get("client_assertion")
	ways := 0
	for _, used := range []bool{basic, assertionText != "" || form.Has("client_assertion_type"), form.Has("client_secret")} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		return nil, invalidRequest("more than one way of client authentication")
	}
	switch {
	case assertionText != "" || form.Has("client_assertion_type"):
		if form.Get("client_assertion_type") != assertionType {
			return nil, invalidClient("client_assertion_type must be " + assertionType)
		}
		return s.authenticateKey(r.Context(), assertionText, form)
	case basic:
		var err, err2 error
		id, err = url.QueryUnescape(id)
		password, err2 = url.QueryUnescape(password)
		if err != nil || err2 != nil || (form.Has("client_id") && form.Get("client_id") != id) {
			return nil, errClientAuth
		}
		return s.authenticateSecret(r.Context(), id, password, authBasic)
	case form.Has("client_secret"):
		return s.authenticateSecret(r.Context(), form.Get("client_id"), form.Get("client_secret"), authPost)
	}
	c, err := s.Client(r.Context(), form.Get("client_id"))
	if errors.Is(err, ErrNoClient) || (err == nil && !c.public()) {
		return nil, errClientAuth
	}
	return c, err
}

// authenticateSecret takes a secret in the header or the body, whichever of the two was
// registered: the SMART guide asks for the header alone, RFC 6749 for either.
func (s *Server) authenticateSecret(ctx context.Context, id, password, way string) (*Client, error) {
	c, err := s.Client(ctx, id)
	if err != nil && !errors.Is(err, ErrNoClient) {
		return nil, err
	}
	hash, ok := digest("no client has this secret"), false
	if err == nil && c.AuthMethod == way && c.SecretHash != "" {
		hash, ok = c.SecretHash, true
	}
	if !same(hash, digest(password)) || !ok {
		return nil, errClientAuth
	}
	return c, nil
}

// authenticateKey takes a signed assertion (RFC 7523 section 2.2): of a SMART client
// by its key set, of a UDAP client by the certificate in the header.
func (s *Server) authenticateKey(ctx context.Context, text string, form url.Values) (*Client, error) {
	a, err := parseAssertion(text)
	if err != nil {
		return nil, invalidClient("client_assertion is not a JWT signed with RS384, ES384, RS256 or ES256").because(err)
	}
	if a.claims.Issuer == "" || a.claims.Issuer != a.claims.Subject || (form.Has("client_id") && form.Get("client_id") != a.claims.Issuer) {
		return nil, invalidClient("iss and sub of the assertion must both be the client_id")
	}
	c, err := s.Client(ctx, a.claims.Issuer)
	if errors.Is(err, ErrNoClient) || (err == nil && c.AuthMethod != authKey) {
		return nil, errClientAuth
	}
	if err != nil {
		return nil, err
	}
	if c.UDAP != nil {
		if form.Get("udap") != "1" {
			return nil, invalidRequest("a client registered by UDAP sends udap=1")
		}
		err = s.checkUDAPAssertion(c, a)
	} else {
		err = s.checkClientSignature(ctx, c, a)
	}
	if err != nil {
		return nil, invalidClient("the assertion's signature could not be verified with the client's keys").because(err)
	}
	if err := a.checkClaims(s.Now(), s.endpoint(pathToken), s.Issuer); err != nil {
		return nil, invalidClient("the assertion is refused: " + err.Error())
	}
	return c, s.spend(ctx, c.ID, a)
}

func (s *Server) checkClientSignature(ctx context.Context, c *Client, a *assertion) error {
	if c.JWKS != nil {
		return a.checkSignature(*c.JWKS)
	}
	if a.header.ExtraHeaders["jku"] != nil && a.header.ExtraHeaders["jku"] != c.JWKSURI {
		return errors.New("jku is not the address that was registered")
	}
	set, err := s.fetch.keys(ctx, c.JWKSURI, a.header.KeyID)
	if err != nil {
		return fmt.Errorf("keys of the client: %w", err)
	}
	return a.checkSignature(jose.JSONWebKeySet{Keys: set.Keys})
}
