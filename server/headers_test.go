// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/server"
)

// TestFormsOfHeaders: If-Match: * is met by whatever there is, If-None-Exist may have
// the question mark or type that some clients send, and media types may name FHIR's
// version, which must be 4.0.
func TestFormsOfHeaders(t *testing.T) {
	c := start(t, server.Options{})
	const ann = `{"resourceType":"Patient","id":"ann","identifier":[{"system":"http://s","value":"1"}]}`
	for _, x := range []struct {
		status  int
		method  string
		path    string
		body    string
		headers []string
	}{
		{412, "PUT", "/Patient/ann", ann, []string{"If-Match: *"}}, // there is none yet
		{201, "PUT", "/Patient/ann", ann, nil},
		{200, "PUT", "/Patient/ann", ann, []string{"If-Match: *"}},
		{412, "PUT", "/Patient/ann", ann, []string{`If-Match: W/"9"`}},
		{200, "POST", "/Patient", ann, []string{"If-None-Exist: identifier=http://s|1"}},
		{200, "POST", "/Patient", ann, []string{"If-None-Exist: ?identifier=http://s|1"}},
		{200, "POST", "/Patient", ann, []string{"If-None-Exist: Patient?identifier=http://s|1"}},
		{400, "POST", "/Patient", ann, []string{"If-None-Exist: Group?identifier=http://s|1"}},
		{200, "GET", "/Patient/ann", "", []string{"Accept: application/fhir+json; fhirVersion=4.0"}},
		{200, "GET", "/Patient/ann", "", []string{"Accept: application/fhir+json; fhirVersion=3.0, application/fhir+json"}},
		{406, "GET", "/Patient/ann", "", []string{"Accept: application/fhir+json; fhirVersion=3.0"}},
		{200, "GET", "/Patient/ann", "", []string{"Accept: text/html, application/fhir+json"}},
		{200, "GET", "/Patient/ann", "", []string{"Accept: text/html, application/xml;q=0.9, */*;q=0.8"}},
		{406, "GET", "/Patient/ann?_format=application/fhir%2Bjson%3BfhirVersion=5.0", "", nil},
		{200, "PUT", "/Patient/ann", ann, []string{`Content-Type: application/fhir+json; fhirVersion="4.0"`}},
		{415, "PUT", "/Patient/ann", ann, []string{"Content-Type: application/fhir+json; fhirVersion=3.0"}},
		{204, "DELETE", "/Patient/ann", "", []string{"If-Match: *"}},
	} {
		c.want(x.status, x.method, x.path, x.body, x.headers...)
	}
}

// TestCapabilityPacked: a client that takes gzip gets the same statement in a tenth of
// the bytes; one that does not, or asks in a Bundle, gets it plain.
func TestCapabilityPacked(t *testing.T) {
	c := start(t, server.Options{})
	ask := func(accept string) (*http.Response, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/metadata", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, b
	}
	_, plain := ask("identity")
	for _, accept := range []string{"gzip;q=0", "br", "gzip;q=0.000"} {
		if resp, b := ask(accept); resp.Header.Get("Content-Encoding") != "" || !bytes.Equal(b, plain) {
			t.Errorf("Accept-Encoding: %s is answered packed, or otherwise", accept)
		}
	}
	for _, accept := range []string{"gzip", "br, GZIP;q=0.5"} {
		resp, packed := ask(accept)
		if resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("Vary") != "Accept-Encoding" || len(packed)*10 > len(plain) {
			t.Fatalf("Accept-Encoding: %s: %d of %d bytes, %v", accept, len(packed), len(plain), resp.Header)
		}
		zr, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(zr); err != nil || !bytes.Equal(b, plain) {
			t.Errorf("Accept-Encoding: %s unpacks to something else: %v", accept, err)
		}
	}
	batch := c.want(200, "POST", "", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"metadata"}}]}`, "Accept-Encoding: gzip")
	if !strings.Contains(batch.body, `"CapabilityStatement"`) {
		t.Errorf("in a batch: %.300s", batch.body)
	}
}
