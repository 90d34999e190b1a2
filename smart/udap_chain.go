// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// maxChain bounds the certificates in a header.
const maxChain = 6

// chainOf reads the certificates in a JWT's x5c header, the signer's first.
func chainOf(text string) ([]*x509.Certificate, error) {
	head, _, _ := strings.Cut(text, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return nil, err
	}
	var header struct {
		X5C [][]byte `json:"x5c"`
	}
	if err := json.Unmarshal(b, &header); err != nil {
		return nil, err
	}
	if len(header.X5C) == 0 || len(header.X5C) > maxChain {
		return nil, errors.New("x5c must hold the signer's certificate and those that vouch for it")
	}
	var chain []*x509.Certificate
	for _, der := range header.X5C {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// trusted checks that a chain leads to the community's anchors now, and that its
// first certificate may sign, and that none of it was revoked.
func (m *Community) trusted(chain []*x509.Certificate, now time.Time) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	leaf := chain[0]
	if leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return errors.New("the certificate may not sign")
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: m.Anchors, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil || m.Revocations == nil {
		return err
	}
	lists, err := m.Revocations()
	if err != nil {
		return err
	}
	for _, c := range chains {
		if err = unrevoked(c, lists, now); err == nil {
			return nil
		}
	}
	return err
}

// names tells whether a certificate has a URI among its alternative names.
func names(c *x509.Certificate, uri string) bool {
	return slices.ContainsFunc(c.URIs, func(u *url.URL) bool { return u.String() == uri })
}

// community finds the community that trusts a chain.
func (s *Server) trustedBy(chain []*x509.Certificate) (*Community, error) {
	err := errors.New("no UDAP community is configured")
	for i := range s.Communities {
		m := &s.Communities[i]
		if err = m.trusted(chain, s.Now()); err == nil {
			return m, nil
		}
	}
	return nil, err
}

// checkUDAPAssertion checks the signature of a UDAP client's assertion with the key of
// the certificate in its header, which must name the client and be trusted by the
// community in which it registered. A renewed certificate is as good as the first.
func (s *Server) checkUDAPAssertion(c *Client, a *assertion) error {
	chain, err := chainOf(a.text)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.Communities, func(m Community) bool { return m.URI == c.UDAP.Community })
	if i < 0 {
		return errors.New("the client's community is not configured any more")
	}
	if !names(chain[0], c.UDAP.URI) {
		return errors.New("the certificate does not name the client")
	}
	if err := s.Communities[i].trusted(chain, s.Now()); err != nil {
		return err
	}
	return a.checkSignature(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: chain[0].PublicKey, KeyID: a.header.KeyID}}})
}

// checkB2B checks the hl7-b2b extension object, which UDAP Security 1.0 requires of a
// client that asks for a token of its own (section 5.2.1).
func checkB2B(text string) error {
	a, err := parseAssertion(text)
	if err != nil {
		return invalidClient("the assertion cannot be read").because(err)
	}
	var claims struct {
		Extensions struct {
			B2B *struct {
				Version      string   `json:"version"`
				Organization string   `json:"organization_id"`
				SubjectName  string   `json:"subject_name"`
				SubjectRole  string   `json:"subject_role"`
				Purpose      []string `json:"purpose_of_use"`
			} `json:"hl7-b2b"`
		} `json:"extensions"`
	}
	if err := a.token.UnsafeClaimsWithoutVerification(&claims); err != nil { // the signature was checked before
		return invalidGrant("the extensions of the assertion cannot be read").because(err)
	}
	b := claims.Extensions.B2B
	switch {
	case b == nil:
		return invalidGrant("the authorization extension hl7-b2b is required")
	case b.Version != "1" || len(b.Purpose) == 0:
		return invalidGrant("hl7-b2b must have version 1 and a purpose_of_use")
	case b.Organization == "" || (b.SubjectName != "" && b.SubjectRole == ""):
		return invalidGrant("hl7-b2b must have organization_id, and subject_role if it has subject_name")
	}
	return nil
}

// signWith signs claims with a community's key and puts its chain into the header.
func (m *Community) signWith(claims any) (string, error) {
	alg, err := algorithmOf(m.Key.Public())
	if err != nil {
		return "", err
	}
	var x5c []string
	for _, c := range m.Chain {
		x5c = append(x5c, base64.StdEncoding.EncodeToString(c.Raw))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: m.Key}, (&jose.SignerOptions{}).WithHeader("x5c", x5c))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
