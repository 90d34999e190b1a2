// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/store"
)

// provider plays the OpenID provider at which members log in.
type provider struct {
	*httptest.Server
	key, other *rsa.PrivateKey

	mu     sync.Mutex
	claims map[string]any // of the next ID token
	sign   *rsa.PrivateKey
	form   url.Values // of the last token request
	user   string
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if p.other, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks"})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		r.ParseForm()
		p.form = r.PostForm
		p.user, _, _ = r.BasicAuth()
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.sign, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			t.Error(err)
			return
		}
		token, err := jwt.Signed(signer).Claims(p.claims).Serialize()
		if err != nil {
			t.Error(err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"id_token": token, "access_token": "x", "token_type": "Bearer"})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// logIn takes a browser to the provider and back, and gives where it ends.
func (p *provider) logIn(w *world, browser *http.Client, page answer, change func(claims map[string]any, back url.Values), sign *rsa.PrivateKey) answer {
	w.t.Helper()
	at := w.form(browser, "/auth/login/upstream", formOf(page.body))
	if at.status != 303 || !strings.HasPrefix(at.location.String(), p.URL+"/authorize?") {
		w.t.Fatalf("to the provider: %d %v %s", at.status, at.location, at.body)
	}
	q := at.location.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != w.url+"/auth/login/callback" || !strings.Contains(q.Get("scope"), "openid") {
		w.t.Fatalf("the request to the provider: %v", q)
	}
	now := w.now()
	claims := map[string]any{"iss": p.URL, "aud": "woodlawn", "sub": "u-1", "nonce": q.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"name": "Ann Example", "member": "M-ann"}
	back := url.Values{"code": {"the-code"}, "state": {q.Get("state")}}
	if change != nil {
		change(claims, back)
	}
	p.mu.Lock()
	p.claims, p.sign = claims, sign
	p.mu.Unlock()
	return w.send(browser, "GET", "/auth/login/callback?"+back.Encode(), "")
}

// TestOpenIDProvider: a member logs in at the organization's OpenID provider, is found
// by the member number, and lets an app in; an ID token that is not right opens nothing.
func TestOpenIDProvider(t *testing.T) {
	p := newProvider(t)
	c := &site.Config{Lines: []site.Line{{ID: "ma", Kind: site.MA}}, AllowPrivateAddresses: true,
		OpenID: &site.OpenID{Name: "Prairie ID", Issuer: p.URL, ClientID: "woodlawn", MemberClaim: "member", IdentifierSystem: "http://example.org/member"}}
	w := open(t, c)
	client := w.register("openid fhirUser launch/patient patient/*.rs")
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s"}, "scope": {"openid fhirUser launch/patient patient/*.rs"},
		"aud": {w.url + "/fhir"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	b := browser()
	page := w.send(b, "GET", "/auth/authorize?"+q.Encode(), "")
	if !strings.Contains(page.body, "Log in with Prairie ID") || strings.Contains(page.body, `name="password"`) {
		t.Fatalf("the login page: %s", page.body)
	}
	back := p.logIn(w, b, page, nil, p.key)
	if back.status != 303 || p.form.Get("code") != "the-code" || len(p.form.Get("code_verifier")) < 43 || p.form.Get("client_id") != "woodlawn" {
		t.Fatalf("from the provider: %d %s, token request %v", back.status, back.body, p.form)
	}
	consent := w.send(b, "GET", back.location.String(), "")
	form := formOf(consent.body)
	form.Set("decision", "allow")
	form.Set("patient", "ann")
	done := w.form(b, "/auth/consent", form)
	if done.status != 303 || done.location.Query().Get("code") == "" {
		t.Fatalf("consent: %d %s", done.status, consent.body)
	}
	got := w.form(http.DefaultClient, "/auth/token", url.Values{"grant_type": {"authorization_code"}, "code": {done.location.Query().Get("code")}, "client_id": {client},
		"redirect_uri": {callback}, "code_verifier": {verifier}})
	if got.json["patient"] != "ann" {
		t.Fatalf("token: %s", got.body)
	}
	if a := w.get(200, got.access(), "/fhir/Patient"); a.ids() != "ann" {
		t.Errorf("patients: %s", a.ids())
	}

	for name, change := range map[string]func(claims map[string]any, back url.Values){
		"nonce of another request": func(c map[string]any, _ url.Values) { c["nonce"] = "other" },
		"no nonce":                 func(c map[string]any, _ url.Values) { delete(c, "nonce") },
		"for another client":       func(c map[string]any, _ url.Values) { c["aud"] = "other" },
		"for several clients":      func(c map[string]any, _ url.Values) { c["aud"] = []string{"woodlawn", "other"} },
		"of another issuer":        func(c map[string]any, _ url.Values) { c["iss"] = "https://other.example.org" },
		"expired":                  func(c map[string]any, _ url.Values) { c["exp"] = w.now().Add(-time.Hour).Unix() },
		"issued long ago":          func(c map[string]any, _ url.Values) { c["iat"] = w.now().Add(-time.Hour).Unix() },
		"of nobody":                func(c map[string]any, _ url.Values) { delete(c, "sub") },
		"no member number":         func(c map[string]any, _ url.Values) { delete(c, "member") },
		"a number that nobody has": func(c map[string]any, _ url.Values) { c["member"] = "M-nobody" },
		"a number with a wildcard": func(c map[string]any, _ url.Values) { c["member"] = "M-ann,http://example.org/member|M-bob" },
		"state of another login":   func(_ map[string]any, b url.Values) { b.Set("state", "other") },
		"no code":                  func(_ map[string]any, b url.Values) { b.Del("code") },
		"answer of another issuer": func(_ map[string]any, b url.Values) { b.Set("iss", "https://other.example.org") },
	} {
		b := browser()
		page := w.send(b, "GET", "/auth/authorize?"+q.Encode(), "")
		if a := p.logIn(w, b, page, change, p.key); a.status != 403 || strings.Contains(a.body, "ann") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if a := w.send(b, "GET", "/auth/authorize?"+q.Encode(), ""); strings.Contains(a.body, "Allow") {
			t.Errorf("%s: the member is logged in", name)
		}
	}
	b = browser()
	page = w.send(b, "GET", "/auth/authorize?"+q.Encode(), "")
	if a := p.logIn(w, b, page, nil, p.other); a.status != 403 {
		t.Errorf("signed by another: %d", a.status)
	}
	// Two patients with one number: neither is opened.
	err := w.site.Store("ma").Write(t.Context(), func(tx *store.Tx) error {
		return put(tx, `{"resourceType":"Patient","id":"twin","identifier":[{"system":"http://example.org/member","value":"M-ann"}]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	b = browser()
	page = w.send(b, "GET", "/auth/authorize?"+q.Encode(), "")
	if a := p.logIn(w, b, page, nil, p.key); a.status != 403 {
		t.Errorf("a number of two patients: %d", a.status)
	}
}

// TestFamilyOfOneNumber: where a family shares a member number, the day of birth tells
// them apart; a wrong day, one that is none, or two born on the same day open nothing.
func TestFamilyOfOneNumber(t *testing.T) {
	p := newProvider(t)
	c := &site.Config{Lines: []site.Line{{ID: "qhp", Kind: site.QHP}}, AllowPrivateAddresses: true,
		OpenID: &site.OpenID{Name: "Prairie ID", Issuer: p.URL, ClientID: "woodlawn", MemberClaim: "member", IdentifierSystem: "http://example.org/member", BirthdateClaim: "birthdate"}}
	w := open(t, c)
	err := w.site.Store("qhp").Write(t.Context(), func(tx *store.Tx) error {
		for id, born := range map[string]string{"mother": "1980-02-03", "child": "2012-05-06", "twin1": "2015-07-08", "twin2": "2015-07-08", "vague": "1990"} {
			if err := put(tx, `{"resourceType":"Patient","id":"`+id+`","identifier":[{"system":"http://example.org/member","value":"F-1"}],"birthDate":"`+born+`"}`); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	client := w.register("openid fhirUser launch/patient patient/*.rs")
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"s"}, "scope": {"openid fhirUser launch/patient patient/*.rs"},
		"aud": {w.url + "/fhir"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	for born, want := range map[string]string{"1980-02-03": "mother", "2012-05-06": "child", "2015-07-08": "", "1990-01-01": "", "1990": "", "gt1900-01-01": "", "1980-02-03,2012-05-06": "", "": ""} {
		b := browser()
		page := w.send(b, "GET", "/auth/authorize?"+q.Encode(), "")
		back := p.logIn(w, b, page, func(claims map[string]any, _ url.Values) { claims["member"], claims["birthdate"] = "F-1", born }, p.key)
		if want == "" {
			if back.status != 403 {
				t.Errorf("born %q: %d %s", born, back.status, back.body)
			}
			continue
		}
		if back.status != 303 {
			t.Errorf("born %q: %d %s", born, back.status, back.body)
			continue
		}
		if consent := w.send(b, "GET", back.location.String(), ""); !strings.Contains(consent.body, `name="patient" value="`+want+`"`) || strings.Count(consent.body, `name="patient"`) != 1 {
			t.Errorf("born %q: %s", born, consent.body)
		}
	}
}
