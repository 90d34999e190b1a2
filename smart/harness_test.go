// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/crypto/bcrypt"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/recordlog"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

const redirect = "https://app.example.org/callback"

// world is an authorization server with its clock, and a member's browser.
type world struct {
	testing.TB
	server  *smart.Server
	web     *httptest.Server
	fhir    string
	browser *http.Client
	records *recordlog.Log
	trail   *audit.Trail
	ahead   atomic.Int64
}

func (w *world) now() time.Time          { return time.Now().Add(time.Duration(w.ahead.Load())) }
func (w *world) forward(d time.Duration) { w.ahead.Add(int64(d)) }

var passwordHash = sync.OnceValue(func() string {
	b, _ := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	return string(b)
})

func newWorld(t testing.TB, configure ...func(*smart.Config)) *world {
	t.Helper()
	w := &world{TB: t}
	var handler http.Handler
	w.web = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(w.web.Close)
	w.fhir = w.web.URL + "/fhir"
	var err error
	dir := t.TempDir()
	if w.records, err = recordlog.Open(filepath.Join(dir, "records.log"), 0, w.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.records.Close() })
	if w.trail, err = audit.Open(filepath.Join(dir, "audit.log"), w.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.trail.Close() })
	c := smart.Config{Issuer: w.web.URL, Resources: []string{w.fhir}, Records: w.records, Audit: w.trail, Now: w.now, AllowPrivate: true,
		Organization: "Prairie Health Plan", Rates: smart.Rates{Requests: smart.Rate{Burst: 5000, Every: time.Millisecond}, Registration: smart.Rate{Burst: 500, Every: time.Millisecond}},
		Accounts: []smart.Account{
			{ID: "m-1", Username: "ann", PasswordHash: passwordHash(), Name: "Ann Example", FHIRUser: "Patient/p1", Patients: []smart.Person{{ID: "p1", Name: "Ann Example"}, {ID: "p2", Name: "Tom Example"}}},
			{ID: "m-2", Username: "bob", PasswordHash: passwordHash(), Name: "Bob Sample", FHIRUser: "Patient/p3", Patients: []smart.Person{{ID: "p3", Name: "Bob Sample"}}},
			{ID: "s-1", Username: "dr", PasswordHash: passwordHash(), Name: "Dr. Sample", FHIRUser: "Practitioner/d1", Staff: true},
		}}
	for _, f := range configure {
		f(&c)
	}
	if w.server, err = smart.New(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	handler = w.server.Handler()
	w.newBrowser()
	return w
}

func (w *world) newBrowser() {
	jar, _ := cookiejar.New(nil)
	w.browser = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	status   int
	header   http.Header
	body     string
	json     map[string]any
	location *url.URL
}

func (w *world) send(c *http.Client, req *http.Request) answer {
	w.Helper()
	res, err := c.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, body: string(b)}
	json.Unmarshal(b, &a.json)
	a.location, _ = res.Location()
	return a
}

func (w *world) get(path string) answer {
	w.Helper()
	req, err := http.NewRequest("GET", w.abs(path), nil)
	if err != nil {
		w.Fatal(err)
	}
	return w.send(w.browser, req)
}

func (w *world) abs(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return w.web.URL + path
}

// post posts a form; user and password in the header if given.
func (w *world) post(path string, form url.Values, basic ...string) answer {
	w.Helper()
	req, err := http.NewRequest("POST", w.abs(path), strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		req.SetBasicAuth(url.QueryEscape(basic[0]), url.QueryEscape(basic[1]))
	}
	return w.send(w.browser, req)
}

func (w *world) postJSON(path string, v any) answer {
	w.Helper()
	b, _ := json.Marshal(v)
	req, _ := http.NewRequest("POST", w.abs(path), strings.NewReader(string(b)))
	req.Header.Set("Content-Type", "application/json")
	return w.send(w.browser, req)
}

var hidden = regexp.MustCompile(`name="(csrf|continue)" value="([^"]*)"`)
var ticks = regexp.MustCompile(`type="checkbox" name="scope" value="([^"]*)"`)

// formOf reads a page's hidden fields and ticks.
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

const verifier = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG"

func challenge(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asks is an authorization request; pairs change or, with an empty value, drop parameters.
func (w *world) asks(client, scopes string, pairs ...string) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "state": {"st&1"}, "scope": {scopes},
		"aud": {w.fhir}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"}, "nonce": {"n-1"}}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return q
}

func (w *world) logIn(page answer, user string) answer {
	w.Helper()
	form := formOf(page.body)
	form.Set("username", user)
	form.Set("password", "correct horse")
	return w.post("/auth/login", form)
}

// allow takes a member through login and consent and returns the answer to the app.
func (w *world) allow(user string, q url.Values, pairs ...string) answer {
	w.Helper()
	page := w.get("/auth/authorize?" + q.Encode())
	if page.location == nil && strings.Contains(page.body, `name="password"`) {
		if page = w.logIn(page, user); page.location == nil {
			w.Fatalf("login answered %d: %s", page.status, page.body)
		}
		page = w.get(page.location.String())
	}
	if page.location != nil {
		return page
	}
	form := formOf(page.body)
	form.Set("decision", "allow")
	if m := regexp.MustCompile(`name="patient" value="([^"]*)"`).FindStringSubmatch(page.body); m != nil {
		form.Set("patient", m[1])
	}
	for i := 0; i < len(pairs); i += 2 {
		form[pairs[i]] = strings.Fields(pairs[i+1])
	}
	return w.post("/auth/consent", form)
}

func (w *world) code(user string, q url.Values, pairs ...string) string {
	w.Helper()
	a := w.allow(user, q, pairs...)
	if a.location == nil || a.location.Query().Get("code") == "" {
		w.Fatalf("no code: %d %v %s", a.status, a.location, a.body)
	}
	return a.location.Query().Get("code")
}

func codeForm(client, code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {client}, "code_verifier": {verifier}}
}

func (w *world) register(c smart.Client) (string, string) {
	w.Helper()
	if c.Name == "" {
		c.Name = "Blue Notebook"
	}
	if c.RedirectURIs == nil && (len(c.GrantTypes) == 0 || c.GrantTypes[0] == "authorization_code") {
		c.RedirectURIs = []string{redirect}
	}
	if c.Scopes.Empty() {
		c.Scopes = smart.DefaultScopes
	}
	got, secret, err := w.server.AddClient(context.Background(), c)
	if err != nil {
		w.Fatal(err)
	}
	return got.ID, secret
}

func (w *world) public() string {
	id, _ := w.register(smart.Client{AuthMethod: "none"})
	return id
}

// tokens takes a public app through the whole flow.
func (w *world) tokens(client, user, scopes string) map[string]any {
	w.Helper()
	a := w.post("/auth/token", codeForm(client, w.code(user, w.asks(client, scopes))))
	if a.status != 200 {
		w.Fatalf("token endpoint answered %d %s", a.status, a.body)
	}
	return a.json
}

func (w *world) access(token, resource string) (*scope.Access, error) {
	r := httptest.NewRequest("GET", "/fhir/Patient", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	a, _, err := w.server.Authenticate(r, resource)
	return a, err
}

func (a answer) wants(t *testing.T, name string, status int, code string) {
	t.Helper()
	got, _ := a.json["error"].(string)
	if a.status != status || got != code {
		t.Errorf("%s: answered %d %q, want %d %q (%s)", name, a.status, got, status, code, a.body)
	}
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })
var otherKey = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })

func keySet() *jose.JSONWebKeySet {
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &rsaKey().PublicKey, KeyID: "r", Algorithm: "RS384", Use: "sig"},
		{Key: &ecKey().PublicKey, KeyID: "e", Algorithm: "ES384", Use: "sig"}}}
}

func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any, headers ...any) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		o = o.WithHeader("kid", kid)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		o = o.WithHeader(jose.HeaderKey(headers[i].(string)), headers[i+1])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
