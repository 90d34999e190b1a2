// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/woodlawn-health/woodlawn/smart"
)

// communities are the UDAP trust communities of the settings, with what is in
// their PEM files.
func (s *Site) communities() ([]smart.Community, error) {
	var list []smart.Community
	for i, m := range s.config.UDAP {
		c, err := s.community(m)
		if err != nil {
			return nil, fmt.Errorf("udap[%d]: %w", i, err)
		}
		list = append(list, c)
	}
	return list, nil
}

func (s *Site) community(m Community) (c smart.Community, err error) {
	anchors, err := os.ReadFile(s.config.file(m.Anchors))
	if err != nil {
		return c, fmt.Errorf("anchors: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(anchors) {
		return c, fmt.Errorf("anchors: %s holds no certificate in PEM", m.Anchors)
	}
	pair, err := tls.LoadX509KeyPair(s.config.file(m.Certificate), s.config.file(m.Key))
	if err != nil {
		return c, fmt.Errorf("certificate and key: %w", err)
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return c, fmt.Errorf("key: %s cannot sign", m.Key)
	}
	scopes, err := readScopes(m.Scopes)
	if err != nil {
		return c, err
	}
	c = smart.Community{URI: m.Community, Anchors: pool, Key: key, Scopes: scopes, Certifications: m.Certifications, RequiredCertifications: m.RequiredCertifications}
	if len(m.Revocations) > 0 {
		var names []string
		for _, name := range m.Revocations {
			names = append(names, s.config.file(name))
		}
		r, err := openRevocations(names)
		if err != nil {
			return c, err
		}
		c.Revocations = r.lists
	}
	for _, der := range pair.Certificate {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return c, fmt.Errorf("certificate: %w", err)
		}
		c.Chain = append(c.Chain, cert)
	}
	return c, nil
}
