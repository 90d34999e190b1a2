// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// certification is what a UDAP certification says of an app beside the registered
// claims: which certification it is, and the registration to which it is bound.
type certification struct {
	Name       string   `json:"certification_name"`
	URIs       []string `json:"certification_uris"`
	ClientName string   `json:"client_name"`
	Logo       string   `json:"logo_uri"`
	Redirects  []string `json:"redirect_uris"`
	Grants     []string `json:"grant_types"`
	Responses  []string `json:"response_types"`
	AuthMethod string   `json:"token_endpoint_auth_method"`
	Scope      string   `json:"scope"`
	Keys       any      `json:"jwks"`
}

const (
	maxCertifications    = 10
	maxCertificationLife = 3*366*24*time.Hour + 24*time.Hour // UDAP Certifications section 6.3: three years
)

// certified checks the certifications of a registration (UDAP Certifications and
// Endorsements section 6) and returns those that are accepted. One that is not is left
// out; a registration without one that the community requires is refused.
func (s *Server) certified(texts []string, client string, st *statement, m *Community) (accepted []string, err error) {
	if len(texts) > maxCertifications {
		return nil, invalidMetadata(fmt.Sprintf("at most %d certifications are read", maxCertifications))
	}
	var uris []string
	var reasons []error
	for _, text := range texts {
		c, err := s.certification(text, client, m)
		if err == nil {
			err = c.fits(st)
		}
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		accepted, uris = append(accepted, text), append(uris, c.URIs...)
	}
	for _, required := range m.RequiredCertifications {
		if !slices.Contains(uris, required) {
			return nil, (&Error{400, "unapproved_certification", "a certification that this community requires is missing or was not accepted", nil}).because(errors.Join(reasons...))
		}
	}
	return accepted, nil
}

// certification reads and verifies one certification of a client.
func (s *Server) certification(text, client string, m *Community) (*certification, error) {
	a, err := parseAssertion(text)
	if err != nil {
		return nil, err
	}
	chain, err := chainOf(text)
	if err != nil {
		return nil, err
	}
	if err := a.checkSignature(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: chain[0].PublicKey, KeyID: a.header.KeyID}}}); err != nil {
		return nil, errors.New("the certification's signature is not its certifier's")
	}
	c, now := a.claims, s.Now()
	switch {
	case c.Issuer == "" || !names(chain[0], c.Issuer):
		return nil, errors.New("the certifier's certificate does not name it")
	case c.Subject != client:
		return nil, errors.New("the certification is another client's")
	case len(c.Audience) > 0 && !c.Audience.Contains(s.endpoint(pathRegister)):
		return nil, errors.New("the certification is meant for another audience")
	case c.Expiry == nil || c.IssuedAt == nil || c.ID == "":
		return nil, errors.New("a certification must have exp, iat and jti")
	case !now.Before(c.Expiry.Time()) || c.IssuedAt.Time().After(now.Add(clockSkew)) || c.NotBefore != nil && c.NotBefore.Time().After(now.Add(clockSkew)):
		return nil, errors.New("the certification has expired, or is not valid yet")
	case c.Expiry.Time().After(chain[0].NotAfter) || c.Expiry.Time().Sub(c.IssuedAt.Time()) > maxCertificationLife:
		return nil, errors.New("the certification lives longer than three years, or than its certificate")
	}
	if err := m.trusted(chain, now); err != nil {
		return nil, err
	}
	var out certification
	if err := a.token.UnsafeClaimsWithoutVerification(&out); err != nil { // the signature was checked above
		return nil, err
	}
	if out.Name == "" {
		return nil, errors.New("the certification has no certification_name")
	}
	return &out, nil
}

// fits tells whether a registration stays within what its certification is bound to.
func (c *certification) fits(st *statement) error {
	within := func(asked, allowed []string) bool {
		return allowed == nil || !slices.ContainsFunc(asked, func(x string) bool { return !slices.Contains(allowed, x) })
	}
	switch {
	case c.Keys != nil:
		return errors.New("certifications that are bound to a key are not understood")
	case c.ClientName != "" && c.ClientName != st.Name, c.Logo != "" && c.Logo != st.Logo, c.AuthMethod != "" && c.AuthMethod != st.AuthMethod:
		return errors.New("client_name, logo_uri or token_endpoint_auth_method are not those of the certification")
	case !within(st.Grants, c.Grants), !within(st.Responses, c.Responses), c.Scope != "" && !within(strings.Fields(st.Scope), strings.Fields(c.Scope)):
		return errors.New("grant_types, response_types or scope go beyond the certification")
	case c.Redirects != nil && slices.ContainsFunc(st.Redirects, func(uri string) bool { return !redirectWithin(uri, c.Redirects) }):
		return errors.New("a redirect URI is not one of the certification")
	}
	return nil
}

// redirectWithin tells whether a redirect URI is one of those of a certification, where
// * stands for one part of a path or one value of the query, and not for a host.
func redirectWithin(uri string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		_, rest, _ := strings.Cut(p, "://")
		if host, _, _ := strings.Cut(rest, "/"); strings.Contains(host, "*") {
			return false
		}
		re, err := regexp.Compile("^" + strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, `[^/?#&=]+`) + "$")
		return err == nil && re.MatchString(uri)
	})
}
