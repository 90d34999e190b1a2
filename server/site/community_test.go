// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server/site"
)

// TestCommunityFromFiles: the PEM files of a UDAP community make signed metadata; files
// that do not fit are refused with what is wrong.
func TestCommunityFromFiles(t *testing.T) {
	dir := t.TempDir()
	base, err := url.Parse("https://fhir.example.org/fhir")
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(name string, uri *url.URL) (cert, key string) {
		t.Helper()
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, URIs: []*url.URL{uri}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + "-key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
			var text bytes.Buffer
			if err := pem.Encode(&text, block); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, file), text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
	}
	cert, key := certificate("server", base)
	other, otherKey := certificate("other", &url.URL{Scheme: "https", Host: "other.example.org"})
	settings := func(anchors, cert, key string) *site.Config {
		c := oneLine()
		c.Issuer = "https://fhir.example.org"
		c.UDAP = []site.Community{{Community: "https://trust.example.org", Anchors: anchors, Certificate: cert, Key: key, Scopes: "system/*.rs"}}
		return c
	}
	w := open(t, settings(cert, cert, key))
	a := w.send(http.DefaultClient, "GET", "/fhir/.well-known/udap", "")
	if signed, _ := a.json["signed_metadata"].(string); a.status != 200 || strings.Count(signed, ".") != 2 {
		t.Errorf("metadata: %d %s", a.status, a.body)
	}
	for name, c := range map[string]*site.Config{
		"anchors":                       settings(filepath.Join(dir, "none.pem"), cert, key),
		"holds no certificate":          settings(key, cert, key),
		"certificate and key":           settings(cert, cert, otherKey),
		"the certificate does not name": settings(cert, other, otherKey),
	} {
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		_, err := site.Open(t.Context(), site.Options{Config: c, Data: t.TempDir(), OpenStore: openStore})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
