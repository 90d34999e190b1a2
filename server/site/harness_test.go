// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

const (
	callback = "https://app.example.org/callback"
	password = "correct horse"
	verifier = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG"
)

var passwordHash = sync.OnceValue(func() string {
	b, _ := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	return string(b)
})

// world is a site that is served over HTTP, with its clock and its log.
type world struct {
	t     testing.TB
	site  *site.Site
	data  string
	url   string
	ahead atomic.Int64
	log   bytes.Buffer
	mu    sync.Mutex
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// Write takes the log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func openStore(ctx context.Context, data, db string) (*store.Store, error) {
	if db == "" {
		db = filepath.Join(data, "fhir", "fhir.db")
	}
	return sqlite.Open(ctx, db, sqlite.Options{})
}

// oneLine is the settings of a plan with two members, a representative and a clinician.
func oneLine() *site.Config {
	return &site.Config{Organization: site.Organization{Name: "Prairie Health Plan"}, Lines: []site.Line{{ID: "ma", Kind: site.MA, Contract: "H0001"}},
		Accounts: []site.Account{
			{ID: "m-1", Username: "ann", PasswordHash: passwordHash(), Name: "Ann Example", FHIRUser: "Patient/ann"},
			{ID: "m-2", Username: "bob", PasswordHash: passwordHash(), Name: "Bob Sample", FHIRUser: "Patient/bob"},
			{ID: "r-1", Username: "tess", PasswordHash: passwordHash(), Name: "Tess Example", FHIRUser: "RelatedPerson/tess", Patients: []site.Person{{ID: "ann", Name: "Ann Example"}, {ID: "bob", Name: "Bob Sample"}}},
			{ID: "s-1", Username: "dr", PasswordHash: passwordHash(), Name: "Dr. Sample", FHIRUser: "Practitioner/dr", Staff: true},
		}}
}

// records are two members' in little: each has a claim, a lab result and a device.
var records = []string{
	`{"resourceType":"Organization","id":"payer","name":"Prairie Health Plan"}`,
	`{"resourceType":"Practitioner","id":"dr","name":[{"family":"Sample"}]}`,
	`{"resourceType":"Group","id":"panel","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Patient/bob"}}]}`,
	`{"resourceType":"Patient","id":"%s","identifier":[{"system":"http://example.org/member","value":"M-%[1]s"}],"name":[{"family":"Secret%[1]s"}]}`,
	`{"resourceType":"Coverage","id":"%s-cov","status":"active","beneficiary":{"reference":"Patient/%[1]s"},"payor":[{"reference":"Organization/payer"}]}`,
	`{"resourceType":"ExplanationOfBenefit","id":"%s-eob","status":"active","type":{"coding":[{"code":"professional"}]},"use":"claim","patient":{"reference":"Patient/%[1]s"},"created":"2026-02-02","insurer":{"reference":"Organization/payer"},"provider":{"reference":"Organization/payer"},"outcome":"complete","insurance":[{"focal":true,"coverage":{"reference":"Coverage/%[1]s-cov"}}],"billablePeriod":{"start":"2026-01-05"}}`,
	`{"resourceType":"Observation","id":"%s-lab","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/%[1]s"}}`,
	`{"resourceType":"Observation","id":"%s-bp","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/%[1]s"}}`,
	`{"resourceType":"Device","id":"%s-device","patient":{"reference":"Patient/%[1]s"},"status":"active"}`,
	`{"resourceType":"Provenance","id":"%s-prov","target":[{"reference":"Observation/%[1]s-lab"}],"recorded":"2026-02-02T10:00:00Z","agent":[{"who":{"reference":"Practitioner/dr"}}]}`,
}

func fill(t testing.TB, s *store.Store, patients ...string) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for _, r := range records {
			texts := []string{r}
			if strings.Contains(r, "%s") {
				texts = nil
				for _, p := range patients {
					texts = append(texts, fmt.Sprintf(r, p))
				}
			}
			for _, text := range texts {
				if err := put(tx, text); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(tx *store.Tx, text string) error {
	d, err := node.ParseResource([]byte(text))
	if err != nil {
		return err
	}
	defer d.Release()
	p, err := store.Prepare(d, d.Root().ID())
	if err != nil {
		return err
	}
	_, _, err = tx.Put(p)
	return err
}

// open serves a site of the settings; each line holds ann's and bob's records.
func open(t testing.TB, c *site.Config) *world {
	t.Helper()
	w := &world{t: t, data: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + l.Addr().String()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	w.site, err = site.Open(t.Context(), site.Options{Config: c, Data: w.data, OpenStore: openStore, Address: w.url, Now: w.now,
		Log: slog.New(slog.NewJSONHandler(w, nil)), Version: "test"})
	if err != nil {
		l.Close()
		t.Fatal(err)
	}
	for _, line := range c.Lines {
		fill(t, w.site.Store(line.ID), "ann", "bob")
	}
	h := c.HTTPServer(w.site.Handler(), slog.New(slog.DiscardHandler))
	go h.Serve(l)
	t.Cleanup(func() {
		h.Close()
		if err := w.site.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// answer is what came back.
type answer struct {
	status   int
	header   http.Header
	body     string
	json     map[string]any
	location *url.URL
}

func (w *world) send(c *http.Client, method, address, body string, headers ...string) answer {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.url + address
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(b)}
	json.Unmarshal(b, &a.json)
	a.location, _ = res.Location()
	return a
}

// get asks a FHIR endpoint with a token.
func (w *world) get(status int, token, path string, headers ...string) answer {
	w.t.Helper()
	return w.do(status, token, "GET", path, "", headers...)
}

func (w *world) do(status int, token, method, path, body string, headers ...string) answer {
	w.t.Helper()
	if token != "" {
		headers = append(headers, "Authorization: Bearer "+token)
	}
	if body != "" {
		headers = append(headers, "Content-Type: application/fhir+json")
	}
	a := w.send(http.DefaultClient, method, path, body, headers...)
	if a.status != status {
		w.t.Errorf("%s %s: %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	if a.status >= 400 && a.json["resourceType"] != "OperationOutcome" {
		w.t.Errorf("%s %s: refused without an OperationOutcome: %.300s", method, path, a.body)
	}
	return a
}

// ids are those of a Bundle's entries.
func (a answer) ids() string {
	var ids []string
	entries, _ := a.json["entry"].([]any)
	for _, e := range entries {
		r, _ := e.(map[string]any)["resource"].(map[string]any)
		ids = append(ids, fmt.Sprint(r["id"]))
	}
	return strings.Join(ids, " ")
}

func (w *world) form(c *http.Client, path string, form url.Values) answer {
	w.t.Helper()
	return w.send(c, "POST", path, form.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

var hidden = regexp.MustCompile(`name="(csrf|continue)" value="([^"]*)"`)
var ticks = regexp.MustCompile(`type="checkbox" name="scope" value="([^"]*)"`)

func formOf(page string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range ticks.FindAllStringSubmatch(page, -1) {
		form.Add("scope", html.UnescapeString(m[1]))
	}
	return form
}

// register registers an app as one does over the network.
func (w *world) register(scopes string) string {
	w.t.Helper()
	a := w.send(http.DefaultClient, "POST", "/auth/register", fmt.Sprintf(`{"client_name":"Blue Notebook","redirect_uris":[%q],"token_endpoint_auth_method":"none",
		"grant_types":["authorization_code","refresh_token"],"scope":%q}`, callback, scopes), "Content-Type: application/json")
	id, _ := a.json["client_id"].(string)
	if a.status != 201 || id == "" {
		w.t.Fatalf("register: %d %s", a.status, a.body)
	}
	return id
}

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorize takes a member from the app's request to the code.
func (w *world) authorize(c *http.Client, client, user, base, scopes string, more ...string) url.Values {
	w.t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s"}, "scope": {scopes}, "aud": {base},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	patient := ""
	for i := 0; i < len(more); i += 2 {
		if more[i] == "patient" {
			patient = more[i+1]
		} else {
			q.Set(more[i], more[i+1])
		}
	}
	page := w.send(c, "GET", "/auth/authorize?"+q.Encode(), "")
	if strings.Contains(page.body, `name="password"`) {
		form := formOf(page.body)
		form.Set("username", user)
		form.Set("password", password)
		next := w.form(c, "/auth/login", form)
		if next.status != 303 {
			w.t.Fatalf("login of %s: %d %s", user, next.status, next.body)
		}
		page = w.send(c, "GET", next.location.String(), "")
	}
	if page.status == 303 { // refused
		return page.location.Query()
	}
	form := formOf(page.body)
	form.Set("decision", "allow")
	if m := regexp.MustCompile(`name="patient" value="([^"]*)"`).FindStringSubmatch(page.body); m != nil {
		form.Set("patient", m[1])
	}
	if patient != "" {
		form.Set("patient", patient)
	}
	done := w.form(c, "/auth/consent", form)
	if done.status != 303 {
		w.t.Fatalf("consent: %d %s", done.status, done.body)
	}
	return done.location.Query()
}

// token lets a user allow an app the scopes and gives the token response.
func (w *world) token(client, user, base, scopes string, more ...string) answer {
	w.t.Helper()
	q := w.authorize(browser(), client, user, base, scopes, more...)
	if q.Get("code") == "" {
		w.t.Fatalf("no code for %s: %v", user, q)
	}
	a := w.form(http.DefaultClient, "/auth/token", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "client_id": {client},
		"redirect_uri": {callback}, "code_verifier": {verifier}})
	if a.status != 200 {
		w.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a
}

func (a answer) access() string { text, _ := a.json["access_token"].(string); return text }

// quick is a token of one user for a new app.
func (w *world) quick(user, scopes string, more ...string) string {
	w.t.Helper()
	c, _, err := w.site.Auth().AddClient(w.t.Context(), smart.Client{Name: "Test", AuthMethod: "none", GrantTypes: []string{"authorization_code", "refresh_token"},
		RedirectURIs: []string{callback}, Scopes: scope.MustSet(scopes)})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.token(c.ID, user, w.url+"/fhir", scopes, more...).access()
}
