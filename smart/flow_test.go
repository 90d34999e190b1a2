// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/recordlog"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

const wide = "openid fhirUser launch/patient offline_access patient/*.rs"

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration"} {
		a := w.get(path)
		for _, field := range []string{"issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "grant_types_supported", "code_challenge_methods_supported",
			"introspection_endpoint", "revocation_endpoint", "registration_endpoint", "scopes_supported", "response_types_supported"} {
			if a.status != 200 || a.json[field] == nil || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: no %s", path, field)
			}
		}
		if a.json["issuer"] != w.web.URL || strings.Contains(a.body, "plain") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := w.get("/fhir/.well-known/smart-configuration"); a.json["capabilities"] == nil {
		t.Error("no capabilities")
	}
	if a := w.get("/fhir/.well-known/udap"); a.status != 404 {
		t.Error("UDAP metadata without a community")
	}
	if b := w.server.CapabilitySecurity(); !json.Valid(b) || !strings.Contains(string(b), "oauth-uris") {
		t.Errorf("CapabilityStatement: %s", b)
	}
}

func TestStandaloneLaunch(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	a := w.post("/auth/token", codeForm(client, w.code("ann", w.asks(client, wide))))
	if a.status != 200 || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	if a.json["token_type"] != "Bearer" || a.json["expires_in"] != 900.0 || a.json["patient"] != "p1" || a.json["scope"] != wide || a.json["refresh_token"] == nil {
		t.Errorf("token response: %s", a.body)
	}
	var set jose.JSONWebKeySet
	json.Unmarshal([]byte(w.get("/auth/jwks").body), &set)
	id, err := jwt.ParseSigned(a.json["id_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(set.Keys) != 1 || !set.Keys[0].IsPublic() {
		t.Fatalf("id_token or keys: %v, %d keys", err, len(set.Keys))
	}
	var claims map[string]any
	if err := id.Claims(set, &claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"iss": w.web.URL, "aud": client, "sub": "m-1", "nonce": "n-1", "fhirUser": w.fhir + "/Patient/p1"} {
		if claims[name] != want {
			t.Errorf("id_token: %s is %v", name, claims[name])
		}
	}
	access, err := w.access(a.json["access_token"].(string), w.fhir)
	if err != nil {
		t.Fatal(err)
	}
	if f := access.For("Observation", scope.Search); len(f.Any) != 1 || f.Any[0].Patients[0] != "p1" {
		t.Errorf("filter is %+v", f)
	}
	if !access.For("Observation", scope.Create).Denied() {
		t.Error("the app may write")
	}
	if info := w.getBearer("/auth/userinfo", a.json["access_token"].(string)); info.json["sub"] != "m-1" {
		t.Errorf("userinfo: %s", info.body)
	}
}

func (w *world) getBearer(path, token string) answer {
	w.Helper()
	req, _ := newRequest("GET", w.abs(path), "")
	req.Header.Set("Authorization", "Bearer "+token)
	return w.send(w.browser, req)
}

func TestMemberNarrowsConsent(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	code := w.code("ann", w.asks(client, "launch/patient offline_access patient/Coverage.rs patient/Observation.rs?category=laboratory patient/Patient.read"),
		"scope", "patient/Coverage.rs patient/*.cruds system/*.rs", "patient", "p2")
	a := w.post("/auth/token", codeForm(client, code))
	if a.json["scope"] != "launch/patient patient/Coverage.rs" || a.json["patient"] != "p2" || a.json["refresh_token"] != nil {
		t.Errorf("token response: %s", a.body)
	}
	// A record that is not theirs cannot be chosen.
	if a := w.allow("ann", w.asks(client, wide), "patient", "p3"); a.location.Query().Get("error") != "access_denied" {
		t.Errorf("another member's record: %v", a.location)
	}
	if a := w.allow("ann", w.asks(client, wide), "decision", "deny"); a.location.Query().Get("error") != "access_denied" || a.location.Query().Get("state") != "st&1" {
		t.Errorf("denied: %v", a.location)
	}
}

func TestRefreshRotatesAndNoticesReuse(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	first := w.tokens(client, "ann", wide)
	form := func(token any, pairs ...string) url.Values {
		f := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}, "client_id": {client}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	w.post("/auth/token", form(first["refresh_token"], "scope", "patient/*.cruds")).wants(t, "more than granted", 400, "invalid_scope")
	w.post("/auth/token", form(first["refresh_token"], "client_id", w.public())).wants(t, "another client's token", 400, "invalid_grant")
	second := w.post("/auth/token", form(first["refresh_token"], "scope", "patient/Coverage.r"))
	if second.status != 200 || second.json["scope"] != "patient/Coverage.r" || second.json["refresh_token"] == first["refresh_token"] {
		t.Fatalf("%d %s", second.status, second.body)
	}
	third := w.post("/auth/token", form(second.json["refresh_token"]))
	if third.status != 200 || third.json["scope"] != wide || third.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", third.status, third.body)
	}
	w.post("/auth/token", form(first["refresh_token"])).wants(t, "used twice", 400, "invalid_grant")
	w.post("/auth/token", form(third.json["refresh_token"])).wants(t, "its successor", 400, "invalid_grant")
	if _, err := w.access(third.json["access_token"].(string), w.fhir); err == nil {
		t.Error("an access token outlives the grant of a stolen refresh token")
	}
	late := w.tokens(client, "ann", wide)
	w.forward(91 * 24 * time.Hour)
	w.post("/auth/token", form(late["refresh_token"])).wants(t, "too old", 400, "invalid_grant")
}

func TestConfidentialClients(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"client_secret_basic", "client_secret_post", "private_key_jwt"} {
		c := smart.Client{AuthMethod: method}
		if method == "private_key_jwt" {
			c.JWKS = keySet()
		}
		id, secret := w.register(c)
		with := func(form url.Values, secret string) answer {
			switch method {
			case "client_secret_basic":
				return w.post("/auth/token", form, id, secret)
			case "client_secret_post":
				form.Set("client_secret", secret)
			default:
				form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
				form.Set("client_assertion", sign(t, jose.ES384, ecKey(), "e", w.claims(id, secret)))
			}
			return w.post("/auth/token", form)
		}
		code := w.code("ann", w.asks(id, wide))
		if a := w.post("/auth/token", codeForm(id, code)); a.status != 401 {
			t.Errorf("%s: without proof: %d %s", method, a.status, a.body)
		}
		if method != "private_key_jwt" {
			with(codeForm(id, code), "wrong").wants(t, method+" wrong", 401, "invalid_client")
		}
		if a := with(codeForm(id, code), secret); a.status != 200 {
			t.Errorf("%s: %d %s", method, a.status, a.body)
		}
	}
}

func TestEHRLaunch(t *testing.T) {
	w := newWorld(t)
	client, _ := w.register(smart.Client{AuthMethod: "none", LaunchURI: "https://app.example.org/launch"})
	ctx := context.Background()
	address, err := w.server.NewLaunch(ctx, smart.Launch{Client: client, Patient: "p7", Encounter: "e1", Intent: "review", Banner: true}, w.fhir)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(address)
	if u.Query().Get("iss") != w.fhir {
		t.Errorf("launch address is %s", address)
	}
	q := w.asks(client, "launch openid fhirUser user/*.rs patient/*.rs", "launch", u.Query().Get("launch"))
	a := w.post("/auth/token", codeForm(client, w.code("dr", q)))
	if a.json["patient"] != "p7" || a.json["encounter"] != "e1" || a.json["intent"] != "review" || a.json["need_patient_banner"] != true {
		t.Errorf("token response: %s", a.body)
	}
	if access, err := w.access(a.json["access_token"].(string), w.fhir); err != nil || !access.For("Patient", scope.Read).Unrestricted() {
		t.Errorf("staff: %v", err)
	}
	for name, q := range map[string]url.Values{"used": q, "invented": w.asks(client, "launch patient/*.rs", "launch", "x")} {
		if a := w.allow("dr", q); a.location.Query().Get("error") != "invalid_request" {
			t.Errorf("%s launch: %v", name, a.location)
		}
	}
	// A member's launch cannot be used to see a record that is not theirs.
	address, _ = w.server.NewLaunch(ctx, smart.Launch{Client: client, Patient: "p7"}, w.fhir)
	u, _ = url.Parse(address)
	w.newBrowser()
	if a := w.allow("bob", w.asks(client, "launch patient/*.rs", "launch", u.Query().Get("launch"))); a.location.Query().Get("error") != "access_denied" {
		t.Errorf("launch with another's record: %v", a.location)
	}
}

func TestAppsPage(t *testing.T) {
	w := newWorld(t)
	client, _ := w.register(smart.Client{Name: "Blue <b>Notebook", AuthMethod: "none", LaunchURI: "https://app.example.org/launch"})
	got := w.tokens(client, "ann", wide)
	page := w.get("/auth/apps")
	if !strings.Contains(page.body, "Blue &lt;b&gt;Notebook") || !strings.Contains(page.body, "You allowed access") {
		t.Fatalf("page is %s", page.body)
	}
	form := formOf(page.body)
	form.Set("client", client)
	if a := w.post("/auth/apps/open", form); a.location == nil || a.location.Host != "app.example.org" || a.location.Query().Get("launch") == "" {
		t.Errorf("open: %v", a.location)
	}
	noMark := url.Values{"client": {client}}
	if a := w.post("/auth/apps/revoke", noMark); a.status != 403 {
		t.Errorf("a form without its mark: %d", a.status)
	}
	if _, err := w.access(got["access_token"].(string), w.fhir); err != nil {
		t.Fatal(err)
	}
	token, err := w.server.Verify(t.Context(), got["access_token"].(string), w.fhir)
	if err != nil {
		t.Fatal(err)
	}
	stands := func(client string) bool {
		ok, err := w.server.Stands(t.Context(), client, token.Grant)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	if other, _ := w.register(smart.Client{Name: "Other", AuthMethod: "none"}); !stands(client) || stands(other) || stands("nobody") {
		t.Error("what the member allowed does not stand, or stands for another app")
	}
	if a := w.post("/auth/apps/revoke", form); a.status != 303 {
		t.Errorf("revoke: %d", a.status)
	}
	if _, err := w.access(got["access_token"].(string), w.fhir); err == nil {
		t.Error("access goes on after the member ended it")
	}
	if stands(client) {
		t.Error("what the member allowed stands after the member ended it")
	}
	w.post("/auth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}, "client_id": {client}}).
		wants(t, "refresh after the end", 400, "invalid_grant")
	if page := w.get("/auth/apps"); !strings.Contains(page.body, "No app has access") {
		t.Error("the app is still listed")
	}
	w.post("/auth/logout", form)
	if a := w.get("/auth/apps"); a.status != 303 {
		t.Errorf("after logout: %d", a.status)
	}
}

func TestIntrospectionAndRevocation(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	judge, secret := w.register(smart.Client{AuthMethod: "client_secret_basic", Introspect: true})
	other, otherSecret := w.register(smart.Client{AuthMethod: "client_secret_basic"})
	got := w.tokens(client, "ann", wide)
	ask := func(token any, id, secret string) answer {
		return w.post("/auth/introspect", url.Values{"token": {token.(string)}}, id, secret)
	}
	a := ask(got["access_token"], judge, secret)
	if a.json["active"] != true || a.json["patient"] != "p1" || a.json["scope"] != wide || a.json["client_id"] != client || a.json["fhirUser"] != w.fhir+"/Patient/p1" {
		t.Errorf("introspection: %s", a.body)
	}
	for name, a := range map[string]answer{"nonsense": ask("x", judge, secret), "another's": ask(got["access_token"], other, otherSecret)} {
		if a.status != 200 || a.json["active"] != false || len(a.json) != 1 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	ask(got["access_token"], judge, "wrong").wants(t, "wrong secret", 401, "invalid_client")
	if a := w.post("/auth/revoke", url.Values{"token": {got["access_token"].(string)}}, other, otherSecret); a.status != 200 {
		t.Errorf("another's token: %d", a.status)
	}
	if a := ask(got["access_token"], judge, secret); a.json["active"] != true {
		t.Error("a client revoked another's token")
	}
	w.post("/auth/revoke", url.Values{"token": {got["access_token"].(string)}, "client_id": {client}})
	if a := ask(got["access_token"], judge, secret); a.json["active"] != false {
		t.Error("a revoked token is active")
	}
	again := w.post("/auth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}, "client_id": {client}})
	w.post("/auth/revoke", url.Values{"token": {again.json["refresh_token"].(string)}, "client_id": {client}})
	if _, err := w.access(again.json["access_token"].(string), w.fhir); err == nil {
		t.Error("revoking the refresh token left its access token")
	}
}

func TestStateOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	var path string
	w := newWorld(t, func(c *smart.Config) {
		path = filepath.Join(dir, "records.log")
		l, err := recordlog.Open(path, 0, c.Now)
		if err != nil {
			t.Fatal(err)
		}
		c.Records = l
	})
	client := w.public()
	got := w.tokens(client, "ann", wide)
	l, err := recordlog.Open(path, 0, w.now) // without Close, as after a kill
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := w.server.Config
	c.Records = l
	again, err := smart.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Verify(context.Background(), got["access_token"].(string), w.fhir); err != nil {
		t.Errorf("token after restart: %v", err)
	}
	b, _ := os.ReadFile(path)
	for _, secret := range []string{got["access_token"].(string), got["refresh_token"].(string), "correct horse"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Error("a secret lies in the records in the clear")
		}
	}
}

// TestAccountsThatChange restarts the server with other accounts: what an account
// allowed while it was there opens nothing that it may not open now.
func TestAccountsThatChange(t *testing.T) {
	w := newWorld(t)
	client := w.public()
	got := map[string]map[string]any{"ann": w.tokens(client, "ann", wide)}
	form := codeForm(client, w.code("ann", w.asks(client, wide), "patient", "p2"))
	got["ann as tom"] = w.post("/auth/token", form).json
	form = codeForm(client, w.code("ann", w.asks(client, "openid user/*.rs offline_access")))
	got["ann as all"] = w.post("/auth/token", form).json
	browser := w.browser
	w.newBrowser()
	got["bob"] = w.tokens(client, "bob", wide)
	late := codeForm(client, w.code("bob", w.asks(client, wide)))
	w.newBrowser()
	got["staff"] = w.post("/auth/token", codeForm(client, w.code("dr", w.asks(client, "openid user/*.rs offline_access")))).json

	accounts := slices.Clone(w.server.Accounts)
	for _, c := range []struct {
		name   string
		change func(list []smart.Account) []smart.Account
		ended  string // of got
	}{
		{"none", func(list []smart.Account) []smart.Account { return list }, ""},
		{"ann's own record is left", func(list []smart.Account) []smart.Account { list[0].Patients = list[0].Patients[:1]; return list }, "ann as tom, ann as all"},
		{"ann is somebody else", func(list []smart.Account) []smart.Account { list[0].FHIRUser = "Patient/p9"; return list }, "ann, ann as tom, ann as all"},
		{"no staff any more", func(list []smart.Account) []smart.Account { list[2].Staff = false; return list }, "staff"},
		{"bob is gone", func(list []smart.Account) []smart.Account { return slices.Delete(list, 1, 2) }, "bob"},
	} {
		w.server.Accounts = c.change(slices.Clone(accounts))
		for name, tokens := range got {
			_, err := w.access(tokens["access_token"].(string), w.fhir)
			if want := slices.Contains(strings.Split(c.ended, ", "), name); (err != nil) != want {
				t.Errorf("%s: %s's token: %v", c.name, name, err)
			}
		}
	}
	refreshed := func(name string) answer {
		return w.post("/auth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got[name]["refresh_token"].(string)}, "client_id": {client}})
	}
	refreshed("bob").wants(t, "refresh of one who is gone", 400, "invalid_grant")
	w.post("/auth/token", late).wants(t, "code of one who is gone", 400, "invalid_grant")
	w.server.Accounts = accounts
	refreshed("bob").wants(t, "refresh of one who came back", 400, "invalid_grant")
	refreshed("ann").wants(t, "refresh of one who stayed", 200, "")

	w.browser = browser
	if a := w.get("/auth/apps"); a.status != 200 {
		t.Errorf("ann's page: %d", a.status)
	}
	w.server.Accounts = accounts[1:]
	if a := w.get("/auth/apps"); a.status != 303 {
		t.Errorf("the page of a session whose account is gone: %d", a.status)
	}
}

func TestKeyRotation(t *testing.T) {
	w := newWorld(t, func(c *smart.Config) { c.Lifetimes.Access = time.Hour })
	client := w.public()
	old := w.tokens(client, "ann", wide)["access_token"].(string)
	kid := func(token string) string {
		head, _, _ := strings.Cut(token, ".")
		b, _ := base64.RawURLEncoding.DecodeString(head)
		var h struct{ Kid string }
		json.Unmarshal(b, &h)
		return h.Kid
	}
	if err := w.server.RotateKeys(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if next := w.tokens(client, "ann", wide)["access_token"].(string); kid(next) != kid(old) {
		t.Error("a key signs before it was published for long enough")
	}
	w.forward(61 * time.Minute)
	next := w.tokens(client, "ann", wide)["access_token"].(string)
	if kid(next) == kid(old) || strings.Count(w.get("/auth/jwks").body, `"kid"`) != 2 {
		t.Error("the new key does not sign, or the old one is gone")
	}
	if err := w.server.RotateKeys(context.Background(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.access(next, w.fhir); err == nil {
		t.Error("a token of a dropped key is good")
	}
}
