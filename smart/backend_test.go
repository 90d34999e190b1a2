// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

func newRequest(method, address, body string) (*http.Request, error) {
	return http.NewRequest(method, address, strings.NewReader(body))
}

var counter int

// claims of a good assertion. Each has a jti of its own.
func (w *world) claims(client, _ string) map[string]any {
	counter++
	return map[string]any{"iss": client, "sub": client, "aud": w.web.URL + "/auth/token", "jti": "j" + time.Now().String() + string(rune('a'+counter%26)),
		"exp": w.now().Add(4 * time.Minute).Unix(), "iat": w.now().Unix()}
}

func assertionForm(text string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {text},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
}

func (w *world) backend(keys *jose.JSONWebKeySet, uri string) string {
	id, _ := w.register(smart.Client{Name: "Export", GrantTypes: []string{"client_credentials"}, AuthMethod: "private_key_jwt", JWKS: keys, JWKSURI: uri,
		Scopes: scope.MustSet("system/*.rs"), Approved: true})
	return id
}

func TestBackendService(t *testing.T) {
	w := newWorld(t)
	id := w.backend(keySet(), "")
	for alg, key := range map[jose.SignatureAlgorithm]any{jose.RS384: rsaKey(), jose.ES384: ecKey()} {
		kid := map[jose.SignatureAlgorithm]string{jose.RS384: "r", jose.ES384: "e"}[alg]
		a := w.post("/auth/token", assertionForm(sign(t, alg, key, kid, w.claims(id, ""))))
		if a.status != 200 || a.json["expires_in"] != 300.0 || a.json["token_type"] != "Bearer" || a.json["scope"] != "system/*.rs" || a.json["refresh_token"] != nil {
			t.Fatalf("%s: %d %s", alg, a.status, a.body)
		}
		access, err := w.access(a.json["access_token"].(string), w.fhir)
		if err != nil || !access.For("Patient", scope.Search).Unrestricted() || !access.For("Patient", scope.Create).Denied() {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestAssertionsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.backend(keySet(), "")
	other := w.backend(keySet(), "")
	with := func(pairs ...any) string {
		c := w.claims(id, "")
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i].(string)] = pairs[i+1]
			if pairs[i+1] == nil {
				delete(c, pairs[i].(string))
			}
		}
		return sign(t, jose.ES384, ecKey(), "e", c)
	}
	b64 := func(v any) string { b, _ := json.Marshal(v); return base64.RawURLEncoding.EncodeToString(b) }
	now := w.now()
	for name, text := range map[string]string{
		"expired":                   with("exp", now.Add(-2*time.Minute).Unix()),
		"ends too late":             with("exp", now.Add(time.Hour).Unix()),
		"no exp":                    with("exp", nil),
		"no jti":                    with("jti", nil),
		"other audience":            with("aud", "https://other.example.org/token"),
		"from the future":           with("iat", now.Add(10*time.Minute).Unix()),
		"not yet":                   with("nbf", now.Add(2*time.Minute).Unix()),
		"iss is not sub":            with("sub", other),
		"unknown client":            with("iss", "nobody", "sub", "nobody"),
		"key of another":            sign(t, jose.ES384, otherKey(), "e", w.claims(id, "")),
		"key without name":          sign(t, jose.ES384, otherKey(), "", w.claims(id, "")),
		"RS256 of RS384 key":        sign(t, jose.RS256, rsaKey(), "r", w.claims(id, "")),
		"HS256 with the public key": sign(t, jose.HS256, []byte(strings.Repeat("k", 32)), "e", w.claims(id, "")),
		"none":                      b64(map[string]string{"alg": "none"}) + "." + b64(w.claims(id, "")) + ".",
		"cut":                       strings.TrimRight(with(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		"not a JWT":                 "x.y.z",
		"empty":                     "",
		"huge":                      strings.Repeat("a", 20_000),
	} {
		w.post("/auth/token", assertionForm(text)).wants(t, name, 401, "invalid_client")
	}
	good := with()
	if a := w.post("/auth/token", assertionForm(good)); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	w.post("/auth/token", assertionForm(good)).wants(t, "replayed", 401, "invalid_client")
	wrongType := assertionForm(with())
	wrongType.Set("client_assertion_type", "x")
	w.post("/auth/token", wrongType).wants(t, "assertion type", 401, "invalid_client")
	wrongGrant := assertionForm(with())
	wrongGrant.Set("grant_type", "password")
	w.post("/auth/token", wrongGrant).wants(t, "grant type", 400, "unsupported_grant_type")
	wrongGrant.Set("grant_type", "authorization_code")
	wrongGrant.Set("client_assertion", with())
	w.post("/auth/token", wrongGrant).wants(t, "not registered for the grant", 400, "unauthorized_client")
	for _, text := range []string{"", "patient/*.rs", "system/*.cud", "nonsense"} {
		form := assertionForm(with())
		form.Set("scope", text)
		w.post("/auth/token", form).wants(t, "scope "+text, 400, "invalid_scope")
	}
	two := assertionForm(with())
	two.Set("client_secret", "x")
	w.post("/auth/token", two).wants(t, "two proofs", 400, "invalid_request")
}

func TestKeysAreFetched(t *testing.T) {
	set, asked := keySet(), 0
	keys := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/moved":
			http.Redirect(rw, r, "/keys", http.StatusFound)
		case "/huge":
			rw.Write(make([]byte, 100_000))
		default:
			json.NewEncoder(rw).Encode(set)
		}
	}))
	defer keys.Close()
	w := newWorld(t)
	id := w.backend(nil, keys.URL+"/keys")
	for range 3 {
		if a := w.post("/auth/token", assertionForm(sign(t, jose.ES384, ecKey(), "e", w.claims(id, "")))); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if asked != 1 {
		t.Errorf("keys were fetched %d times", asked)
	}
	// The client takes a new key into use: it is found, though not at once again and again.
	set = &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &otherKey().PublicKey, KeyID: "new", Algorithm: "ES384"}}}
	w.forward(2 * time.Minute)
	if a := w.post("/auth/token", assertionForm(sign(t, jose.ES384, otherKey(), "new", w.claims(id, "")))); a.status != 200 || asked != 2 {
		t.Errorf("new key: %d %s, fetched %d times", a.status, a.body, asked)
	}
	w.post("/auth/token", assertionForm(sign(t, jose.ES384, ecKey(), "e", w.claims(id, "")))).wants(t, "withdrawn key", 401, "invalid_client")
	for _, path := range []string{"/moved", "/huge"} {
		bad := w.backend(nil, keys.URL+path)
		w.post("/auth/token", assertionForm(sign(t, jose.ES384, otherKey(), "new", w.claims(bad, "")))).wants(t, path, 401, "invalid_client")
	}
}

func TestRegistration(t *testing.T) {
	w := newWorld(t)
	base := map[string]any{"client_name": "Blue Notebook", "redirect_uris": []string{redirect}, "token_endpoint_auth_method": "none", "scope": wide}
	a := w.postJSON("/auth/register", base)
	if a.status != 201 || a.json["client_id"] == nil || a.json["client_secret"] != nil || a.json["scope"] != wide {
		t.Fatalf("%d %s", a.status, a.body)
	}
	w.tokens(a.json["client_id"].(string), "ann", wide)
	delete(base, "token_endpoint_auth_method")
	a = w.postJSON("/auth/register", base)
	if a.status != 201 || a.json["client_secret"] == nil || a.json["token_endpoint_auth_method"] != "client_secret_basic" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for name, change := range map[string]map[string]any{
		"no name": {"client_name": ""}, "odd name": {"client_name": "a\u202eb"}, "http redirect": {"redirect_uris": []string{"http://app.example.org/x"}},
		"script": {"redirect_uris": []string{"javascript:alert(1)"}}, "fragment": {"redirect_uris": []string{redirect + "#x"}}, "no redirect": {"redirect_uris": nil},
		"wildcard": {"redirect_uris": []string{"https://*.example.org/"}}, "user": {"redirect_uris": []string{"https://a@example.org/"}},
		"grant": {"grant_types": []string{"implicit"}}, "method": {"token_endpoint_auth_method": "tls_client_auth"},
		"no keys": {"token_endpoint_auth_method": "private_key_jwt"}, "link": {"policy_uri": "javascript:x"},
		"weak key":    {"token_endpoint_auth_method": "private_key_jwt", "jwks": map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": "AAAA"}}}},
		"no scope":    {"scope": "patient/*.cud"},
		"own + basic": {"grant_types": []string{"client_credentials"}, "redirect_uris": nil},
	} {
		body := maps.Clone(base)
		maps.Copy(body, change)
		if a := w.postJSON("/auth/register", body); a.status != 400 || (a.json["error"] != "invalid_client_metadata" && a.json["error"] != "invalid_redirect_uri") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// What only an operator may say is not taken from an app.
	body := map[string]any{"client_name": "Export", "grant_types": []string{"client_credentials"}, "token_endpoint_auth_method": "private_key_jwt",
		"jwks": keySet(), "scope": "system/*.rs", "approved": true, "introspect": true, "client_id": "admin"}
	a = w.postJSON("/auth/register", body)
	if a.status != 201 || a.json["client_id"] == "admin" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	id := a.json["client_id"].(string)
	w.post("/auth/token", assertionForm(sign(t, jose.ES384, ecKey(), "e", w.claims(id, "")))).wants(t, "not approved", 400, "unauthorized_client")
	if err := w.server.ApproveClient(context.Background(), id, scope.MustSet("system/Patient.rs")); err != nil {
		t.Fatal(err)
	}
	if a := w.post("/auth/token", assertionForm(sign(t, jose.ES384, ecKey(), "e", w.claims(id, "")))); a.json["scope"] != "system/Patient.rs" {
		t.Errorf("approved: %d %s", a.status, a.body)
	}
	closed := newWorld(t, func(c *smart.Config) { c.Registration.InitialTokens = []string{smart.Digest("let me in")} })
	if a := closed.postJSON("/auth/register", base); a.status != 401 {
		t.Errorf("without initial access token: %d", a.status)
	}
}
