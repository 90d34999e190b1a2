// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/store"
)

// TestCORSOfFHIR: apps in a browser reach the CapabilityStatement, resources and
// discovery, and see why they are refused (Inferno: smart_cors_metadata_request,
// smart_cors_openid_fhir_user_claim).
func TestCORSOfFHIR(t *testing.T) {
	w := open(t, oneLine())
	token := w.quick("ann", "openid fhirUser launch/patient patient/*.rs")
	const origin = "Origin: https://app.example.org"
	for path, status := range map[string]int{"/fhir/metadata": 200, "/fhir/Patient/ann": 200, "/fhir/Patient/bob": 404, "/fhir/.well-known/smart-configuration": 200} {
		a := w.send(http.DefaultClient, "GET", path, "", origin, "Authorization: Bearer "+token)
		if a.status != status || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	a := w.send(http.DefaultClient, "OPTIONS", "/fhir/Patient/ann", "", origin, "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: authorization")
	if a.status != 204 || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") || !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "GET") {
		t.Errorf("preflight: %d %v", a.status, a.header)
	}
	a = w.send(http.DefaultClient, "GET", "/fhir/Patient/ann", "", origin)
	if a.status != 401 || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") {
		t.Errorf("refused: %d %v", a.status, a.header)
	}
}

// TestTLS: TLS 1.2 or newer alone (Inferno: *_tls), with a certificate that the server
// makes once and keeps.
func TestTLS(t *testing.T) {
	c, data := oneLine(), t.TempDir()
	now := time.Now()
	cert, err := c.Certificate(data, c.Hosts("127.0.0.1:0"), now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Certificate(data, c.Hosts("127.0.0.1:0"), now.Add(300*24*time.Hour))
	if err != nil || again.Fingerprint != cert.Fingerprint || !cert.SelfSigned {
		t.Errorf("the certificate is not kept: %v", err)
	}
	late, err := c.Certificate(data, c.Hosts("127.0.0.1:0"), now.Add(380*24*time.Hour))
	if err != nil || late.Fingerprint == cert.Fingerprint {
		t.Errorf("the certificate is not renewed: %v", err)
	}
	named, err := c.Certificate(data, []string{"fhir.example.org"}, now)
	if err != nil || named.Fingerprint == late.Fingerprint {
		t.Errorf("the certificate lacks a name: %v", err)
	}
	if cert, err = c.Certificate(data, c.Hosts("127.0.0.1:0"), now); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(data, "tls", "key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v %v", info, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := c.HTTPServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }), slog.New(slog.DiscardHandler))
	h.TLSConfig = cert.Config
	go h.ServeTLS(l, "", "")
	t.Cleanup(func() { h.Close() })
	pem, err := os.ReadFile(filepath.Join(data, "tls", "certificate.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	for version, good := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: pool, MinVersion: version, MaxVersion: version})
		if (err == nil) != good {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			conn.Close()
		}
	}
	broken := oneLine()
	broken.TLS = site.TLS{Certificate: filepath.Join(data, "none.pem"), Key: filepath.Join(data, "none.pem")}
	if _, err := broken.Certificate(data, nil, now); err == nil {
		t.Error("a certificate that is not there")
	}
}

// TestPublicEndpoints: the directory is for everybody, to read, and holds no members.
func TestPublicEndpoints(t *testing.T) {
	c := oneLine()
	c.Directory, c.Formulary = &site.Public{Bulk: true}, &site.Public{}
	w := open(t, c)
	s, err := openStore(t.Context(), filepath.Join(w.data, "directory"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		return put(tx, `{"resourceType":"Practitioner","id":"okafor","name":[{"family":"Okafor"}]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.get(200, "", "/directory/Practitioner?family=okafor"); a.ids() != "okafor" {
		t.Errorf("directory: %s", a.body)
	}
	w.get(404, "", "/directory/Patient")
	w.get(404, "", "/directory/ExplanationOfBenefit")
	w.do(405, "", "PUT", "/directory/Practitioner/okafor", `{"resourceType":"Practitioner","id":"okafor"}`)
	w.do(405, "", "DELETE", "/directory/Practitioner/okafor", "")
	m := w.get(200, "", "/directory/metadata")
	if !strings.Contains(m.body, "plan-net|1.1.0") || strings.Contains(m.body, `"create"`) || strings.Contains(m.body, `"type":"Patient"`) {
		t.Errorf("CapabilityStatement of the directory: %.1000s", m.body)
	}
	// Everybody may export where the settings say so, and import nowhere.
	status := w.get(202, "", "/directory/$export", "Prefer: respond-async").header.Get("Content-Location")
	done := false
	for range 500 {
		a := w.send(http.DefaultClient, "GET", status, "")
		if a.status == 202 {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if a.status != 200 || !strings.Contains(a.body, `"requiresAccessToken":false`) || !strings.Contains(a.body, `"type":"Practitioner"`) {
			t.Errorf("export of the directory: %d %s", a.status, a.body)
		}
		done = true
		break
	}
	if !done {
		t.Error("the export of the directory did not end")
	}
	w.get(404, "", "/formulary/$export", "Prefer: respond-async")
	for _, at := range []string{"/directory/$import", "/formulary/$import"} {
		if a := w.send(http.DefaultClient, "POST", at, "{}", "Content-Type: application/fhir+ndjson"); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d %s", at, a.status, a.body)
		}
	}
	if a := w.get(200, "", "/formulary/metadata"); !strings.Contains(a.body, "usdf-server|2.0.1") {
		t.Errorf("CapabilityStatement of the formulary: %.1000s", a.body)
	}
	w.get(401, "", "/fhir/Practitioner/dr")
	if a := w.send(http.DefaultClient, "GET", "/health", ""); a.status != 200 || a.body != "ok\n" {
		t.Errorf("health: %d %s", a.status, a.body)
	}
}

// TestOneServerAFolder: a second server on the same records would not see what the
// first one writes.
func TestOneServerAFolder(t *testing.T) {
	w := open(t, oneLine())
	c := oneLine()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	_, err := site.Open(t.Context(), site.Options{Config: c, Data: w.data, OpenStore: openStore, Address: w.url})
	if err == nil || !strings.Contains(err.Error(), "another woodlawn serves the data") {
		t.Errorf("a second server: %v", err)
	}
}

// TestOpenService: settings that ask nobody have no login and no trail.
func TestOpenService(t *testing.T) {
	c := &site.Config{Open: true}
	w := open(t, c)
	w.get(200, "", "/fhir/Patient/ann")
	w.do(201, "", "PUT", "/fhir/Patient/new", `{"resourceType":"Patient","id":"new"}`)
	if a := w.send(http.DefaultClient, "GET", "/fhir/.well-known/smart-configuration", ""); a.status != 404 {
		t.Errorf("an open service has a login: %d", a.status)
	}
}
