// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/woodlawn-health/woodlawn/smart"
)

func TestAuthorizationRequestsRefused(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	for name, pairs := range map[string][]string{
		"unknown client": {"client_id", "x"}, "no client": {"client_id", ""}, "no redirect": {"redirect_uri", ""},
		"other redirect": {"redirect_uri", "https://evil.example.org/callback"}, "longer redirect": {"redirect_uri", redirect + "/../x"},
		"redirect with query": {"redirect_uri", redirect + "?a=b"}, "redirect in capitals": {"redirect_uri", strings.ToUpper(redirect)},
	} {
		if a := w.get("/auth/authorize?" + w.asks(client, wide, pairs...).Encode()); a.status != 400 || a.location != nil {
			t.Errorf("%s: %d, sent to %v", name, a.status, a.location)
		}
	}
	if a := w.get("/auth/authorize?" + w.asks(client, wide).Encode() + "&redirect_uri=https://evil.example.org"); a.status != 400 || a.location != nil {
		t.Errorf("two redirect URIs: %d", a.status)
	}
	for name, c := range map[string]struct {
		want  string
		pairs []string
	}{
		"plain PKCE": {"invalid_request", []string{"code_challenge_method", "plain"}}, "no PKCE": {"invalid_request", []string{"code_challenge", "", "code_challenge_method", ""}},
		"PKCE method left out": {"invalid_request", []string{"code_challenge_method", ""}}, "short challenge": {"invalid_request", []string{"code_challenge", "abc"}},
		"no state": {"invalid_request", []string{"state", ""}}, "other aud": {"invalid_request", []string{"aud", "https://other.example.org/fhir"}}, "no aud": {"invalid_request", []string{"aud", ""}},
		"implicit": {"unsupported_response_type", []string{"response_type", "token"}}, "fragment": {"invalid_request", []string{"response_mode", "fragment"}},
		"no scope": {"invalid_scope", []string{"scope", ""}}, "system scope": {"invalid_scope", []string{"scope", "system/*.rs"}},
		"nobody there": {"login_required", []string{"prompt", "none"}}, "request object": {"request_not_supported", []string{"request", "x"}},
	} {
		a := w.get("/auth/authorize?" + w.asks(client, wide, c.pairs...).Encode())
		if a.location == nil || a.location.Host != "app.example.org" || a.location.Query().Get("error") != c.want || a.location.Query().Get("iss") != w.web.URL {
			t.Errorf("%s: %d, sent to %v", name, a.status, a.location)
		}
	}
	if a := w.post("/auth/authorize", w.asks(client, wide)); a.location == nil || a.location.Path != "/auth/authorize" {
		t.Errorf("POST: %d %v", a.status, a.location)
	}
}

func TestCodesRefused(t *testing.T) {
	w := newWorld(t)
	client, other := w.public(), w.public()
	for name, pairs := range map[string][]string{"other verifier": {"code_verifier", strings.Repeat("x", 43)}, "no verifier": {"code_verifier", ""},
		"challenge as verifier": {"code_verifier", challenge(verifier)}, "other redirect": {"redirect_uri", redirect + "2"}, "invented": {"code", "x"}, "another client": {"client_id", other}} {
		form := codeForm(client, w.code("ann", w.asks(client, wide)))
		form.Set(pairs[0], pairs[1])
		w.post("/auth/token", form).wants(t, name, 400, "invalid_grant")
	}
	used := codeForm(client, w.code("ann", w.asks(client, wide)))
	got := w.post("/auth/token", used)
	w.post("/auth/token", used).wants(t, "used twice", 400, "invalid_grant")
	if _, err := w.access(got.json["access_token"].(string), w.fhir); err == nil {
		t.Error("the token of a code that was used twice is good")
	}
	late := codeForm(client, w.code("ann", w.asks(client, wide)))
	w.forward(2 * time.Minute)
	w.post("/auth/token", late).wants(t, "expired", 400, "invalid_grant")
	w.post("/auth/token", url.Values{}).wants(t, "empty", 400, "invalid_request")
	w.post("/auth/token", url.Values{"grant_type": {"authorization_code", "refresh_token"}}).wants(t, "repeated", 400, "invalid_request")
	w.postJSON("/auth/token", map[string]string{"grant_type": "refresh_token"}).wants(t, "JSON", 415, "invalid_request")
}

func TestAccessTokensRefused(t *testing.T) {
	w := newWorld(t)
	got := w.tokens(w.public(), "ann", wide)
	good := got["access_token"].(string)
	parts := strings.Split(good, ".")
	claims := map[string]any{"iss": w.web.URL, "aud": w.fhir, "sub": "m-1", "scope": "system/*.rs", "iat": w.now().Unix(), "exp": w.now().Add(time.Minute).Unix(), "client_id": "x", "jti": "1"}
	for name, token := range map[string]string{
		"identity token": got["id_token"].(string), "refresh token": got["refresh_token"].(string), "empty": "", "forged": sign(t, jose.RS256, rsaKey(), "", claims, "typ", "at+jwt"),
		"none": "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".", "changed": parts[0] + "." + parts[1][:len(parts[1])-4] + "AAAA." + parts[2], "huge": strings.Repeat("a", 1<<17),
	} {
		_, err := w.access(token, w.fhir)
		if err == nil {
			t.Errorf("%s: let in", name)
			continue
		}
		rec := httptest.NewRecorder()
		if status := smart.Challenge(rec.Header(), err); status != 401 || !strings.HasPrefix(rec.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %d %v", name, status, rec.Header())
		}
	}
	if _, err := w.access(good, w.web.URL+"/other"); err == nil {
		t.Error("a token for another audience was let in")
	}
	w.forward(15 * time.Minute)
	if _, err := w.access(good, w.fhir); err == nil {
		t.Error("an expired token was let in")
	}
}

func TestPagesAreGuarded(t *testing.T) {
	w := newWorld(t, func(c *smart.Config) { c.Rates.Failures = smart.Rate{Burst: 3, Every: time.Minute} })
	client := w.public()
	page := w.get("/auth/authorize?" + w.asks(client, wide).Encode())
	csp := page.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || page.header.Get("X-Frame-Options") != "DENY" || strings.Contains(page.body, "<script") {
		t.Errorf("headers are %v", page.header)
	}
	cross, _ := newRequest("POST", w.abs("/auth/login"), formOf(page.body).Encode())
	cross.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := w.send(w.browser, cross); a.status != 403 {
		t.Errorf("form of another site: %d", a.status)
	}
	form := formOf(page.body)
	form.Set("username", "ann")
	for i := range 5 {
		form.Set("password", "guess")
		want := 401
		if i >= 3 {
			want = 429
		}
		if a := w.post("/auth/login", form); a.status != want {
			t.Errorf("guess %d: %d", i, a.status)
		}
	}
	form.Set("password", "correct horse")
	if a := w.post("/auth/login", form); a.status != 429 {
		t.Errorf("right password after too many guesses: %d", a.status)
	}
	form.Set("username", "bob")
	a := w.post("/auth/login", form)
	if a.status != 303 || !strings.HasPrefix(a.location.Path, "/auth/authorize") || a.location.Host != strings.TrimPrefix(w.web.URL, "http://") {
		t.Fatalf("login: %d %v", a.status, a.location)
	}
	consent := w.get(a.location.String())
	if !strings.Contains(consent.header.Get("Content-Security-Policy"), "form-action 'self' https://app.example.org;") {
		t.Error("the consent page's form cannot lead back to the app")
	}
	evil := formOf(consent.body)
	evil.Set("continue", w.asks(client, wide, "redirect_uri", "https://evil.example.org/").Encode())
	evil.Set("decision", "allow")
	if a := w.post("/auth/consent", evil); a.location != nil || a.status != 400 {
		t.Errorf("redirect by a changed form: %v", a.location)
	}
	for r, err := range w.trail.Patient("/fhir", "p3") {
		if err != nil || r.Event.User != "Patient/p3" {
			t.Errorf("audit record %+v, %v", r, err)
		}
	}
}

func FuzzTokenRequest(f *testing.F) {
	f.Add("grant_type=client_credentials&client_assertion=a.b.c&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	f.Add("grant_type=authorization_code&code=x&client_id=y&client_secret=%zz")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		req := httptest.NewRequest("POST", "/auth/token", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(rec, req)
		if rec.Code < 400 || rec.Code == 500 {
			t.Fatalf("%q: %d %s", body, rec.Code, rec.Body)
		}
		w.server.Verify(t.Context(), body, "")
	})
}
