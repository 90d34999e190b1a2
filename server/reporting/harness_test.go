// SPDX-License-Identifier: Apache-2.0

package reporting_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/quality/deqm"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/reporting"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

const measureURL = "http://woodlawn.example/Measure/DemoColorectalScreening"

type client struct {
	*testing.T
	base  string
	store *store.Store
}

// today is the day on which the service answers.
var today = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// start serves an empty store. The measures are those of the store.
func start(t *testing.T, authorize func(*http.Request) (*server.Grant, error), more ...server.Operation) *client {
	t.Helper()
	return startAs(t, "Organization/riverside-clinic", authorize, more...)
}

// startAs is start for a service whose reports are of a reporter.
func startAs(t *testing.T, reporter string, authorize func(*http.Request) (*server.Grant, error), more ...server.Operation) *client {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	service, err := deqm.New(deqm.Options{Reporter: reporter, Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(s, server.Options{Operations: append(reporting.Operations(service), more...), Authorize: authorize})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(srv)
	t.Cleanup(func() { h.Close(); srv.Close(); s.Close() })
	return &client{t, h.URL, s}
}

// do asks and checks the status.
func (c *client) do(status int, method, path, body string, headers ...string) (string, http.Header) {
	c.Helper()
	address := path
	if !strings.HasPrefix(path, "http") {
		address = c.base + path
	}
	req, err := http.NewRequestWithContext(c.Context(), method, address, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	if resp.StatusCode != status {
		c.Fatalf("%s %s: %d, want %d: %.800s", method, path, resp.StatusCode, status, b)
	}
	return string(b), resp.Header
}

func demoFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(evidence.Root(), "demo", "quality", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// load posts the demo's measure as it is, and its patients.
func (c *client) load() {
	c.Helper()
	c.do(200, "POST", "", demoFile(c, "measure.json"))
	var entries []string
	for line := range strings.Lines(demoFile(c, "patients.ndjson")) {
		d, err := node.ParseResource([]byte(line))
		if err != nil {
			c.Fatal(err)
		}
		entries = append(entries, fmt.Sprintf(`{"resource":%s,"request":{"method":"PUT","url":"%s/%s"}}`, strings.TrimSpace(line), d.Root().ResourceType(), d.Root().ID()))
	}
	c.do(200, "POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(entries, ",")+`]}`)
}

// values evaluates FHIRPath on an answer.
func (c *client) values(body, expression string) string {
	c.Helper()
	d, err := node.ParseResource([]byte(body))
	if err != nil {
		c.Fatalf("%v in %.300s", err, body)
	}
	found, err := path.MustCompile(expression).Evaluate(path.Root(d), nil)
	if err != nil {
		c.Fatalf("%s: %v", expression, err)
	}
	var texts []string
	for _, v := range found {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, " ")
}

// valid checks an answer against R4.
func (c *client) valid(body string) {
	c.Helper()
	d, err := node.ParseResource([]byte(body))
	if err != nil {
		c.Fatal(err)
	}
	for _, issue := range (&validate.Validator{}).Validate(d) {
		if issue.Severity == validate.Error {
			c.Errorf("not valid: %s", issue)
		}
	}
}
