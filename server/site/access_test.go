// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/store"
)

// TestMembersApp is what the Patient Access API is for: an app registers, a member
// logs in and allows it, and it reads that member's record and no other's.
func TestMembersApp(t *testing.T) {
	w := open(t, oneLine())
	conf := w.send(http.DefaultClient, "GET", "/fhir/.well-known/smart-configuration", "")
	if conf.status != 200 || conf.json["registration_endpoint"] != w.url+"/auth/register" {
		t.Fatalf("discovery: %d %s", conf.status, conf.body)
	}
	meta := w.get(200, "", "/fhir/metadata")
	if !strings.Contains(meta.body, `"SMART-on-FHIR"`) || !strings.Contains(meta.body, `"cors":true`) || strings.Contains(meta.body, `"code":"create"`) ||
		!strings.Contains(meta.body, "us-core-server|6.1.0") || !strings.Contains(meta.body, "CapabilityStatement/c4bb") {
		t.Errorf("the CapabilityStatement does not say how to log in, or what is served: %.800s", meta.body)
	}
	client := w.register("openid fhirUser launch/patient offline_access patient/*.rs")
	got := w.token(client, "ann", w.url+"/fhir", "openid fhirUser launch/patient offline_access patient/*.rs")
	if got.json["patient"] != "ann" || got.json["refresh_token"] == nil || got.json["id_token"] == nil {
		t.Fatalf("token response: %s", got.body)
	}
	token := got.access()
	w.get(200, token, "/fhir/Patient/ann")
	for path, want := range map[string]string{
		"/fhir/ExplanationOfBenefit?patient=ann": "ann-eob", "/fhir/ExplanationOfBenefit": "ann-eob", "/fhir/Coverage": "ann-cov",
		"/fhir/Patient": "ann", "/fhir/Observation?_sort=_id": "ann-bp ann-lab", "/fhir/Device": "ann-device", "/fhir/Provenance": "ann-prov",
		"/fhir/ExplanationOfBenefit?_include=ExplanationOfBenefit:insurer": "ann-eob payer", "/fhir/Organization": "payer",
		"/fhir/Observation?_id=ann-lab&_revinclude=Provenance:target": "ann-lab ann-prov",
		"/fhir/Patient?_has:Observation:patient:code=4548-4":          "ann", "/fhir/Observation?patient.name=secretann&_sort=_id": "ann-bp ann-lab",
		// another member: nothing, as if there were nobody
		"/fhir/ExplanationOfBenefit?patient=bob": "", "/fhir/Observation?patient.name=secretbob": "", "/fhir/Patient?name=secretbob": "",
		"/fhir/Patient?_id=bob": "", "/fhir/Device?patient=bob": "", "/fhir/Patient/bob/Observation": "", "/fhir/Coverage?beneficiary.identifier=M-bob": "",
	} {
		if a := w.get(200, token, path); a.ids() != want {
			t.Errorf("%s: %q, want %q", path, a.ids(), want)
		}
	}
	for _, path := range []string{"/fhir/Patient/bob", "/fhir/ExplanationOfBenefit/bob-eob", "/fhir/Device/bob-device", "/fhir/Patient/bob/_history/1",
		"/fhir/Patient/bob/$everything", "/fhir/Observation/bob-lab/_history", "/fhir/Patient/nobody"} {
		a := w.get(404, token, path)
		if strings.Contains(a.body, "ecret") || strings.Contains(a.body, "bob") {
			t.Errorf("%s tells something: %s", path, a.body)
		}
	}
	if a := w.get(200, token, "/fhir/Patient/ann/$everything"); strings.Contains(a.body, "bob") || !strings.Contains(a.body, "ann-eob") {
		t.Errorf("$everything: %s", a.body)
	}
	for _, path := range []string{"/fhir/Group", "/fhir/Group/panel", "/fhir/_history", "/fhir/$export", "/fhir/Group/panel/$export"} {
		a := w.get(403, token, path, "Prefer: respond-async")
		if path != "/fhir/_history" && !strings.Contains(a.header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("%s: 403 with WWW-Authenticate %q", path, a.header.Get("WWW-Authenticate"))
		}
	}
	w.do(405, token, "PUT", "/fhir/Patient/ann", `{"resourceType":"Patient","id":"ann"}`)
	w.do(405, token, "POST", "/fhir/Observation", `{"resourceType":"Observation"}`)
	batch := w.do(200, token, "POST", "/fhir/", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/ann"}},{"request":{"method":"GET","url":"Patient/bob"}},{"request":{"method":"DELETE","url":"Patient/ann"}}]}`)
	if !strings.Contains(batch.body, "Secretann") || strings.Contains(batch.body, "Secretbob") || !strings.Contains(batch.body, `"403 Forbidden"`) {
		t.Errorf("batch: %s", batch.body)
	}
	if strings.Contains(w.logged(), "ecretann") || strings.Contains(w.logged(), "patient=ann") || strings.Contains(w.logged(), token) {
		t.Error("the log holds data of a person or a token")
	}
}

// TestAttachments: a member's app reads the Binaries that the member's documents refer
// to, by the addresses that they use, and no other; not at all where members may write
// documents, for these could refer to anything.
func TestAttachments(t *testing.T) {
	const scopes = "launch/patient patient/*.rs"
	fillWith := func(w *world) {
		err := w.site.Store("ma").Write(t.Context(), func(tx *store.Tx) error {
			for _, text := range []string{
				`{"resourceType":"Binary","id":"note","contentType":"text/plain","data":"c2VjcmV0"}`, `{"resourceType":"Binary","id":"scan","contentType":"text/plain","data":"c2VjcmV0"}`,
				`{"resourceType":"Binary","id":"bobs","contentType":"text/plain","data":"c2VjcmV0"}`, `{"resourceType":"Binary","id":"loose","contentType":"text/plain","data":"c2VjcmV0"}`,
				`{"resourceType":"DocumentReference","id":"d1","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"url":"Binary/note"}},{"attachment":{"url":"` + w.url + `/fhir/Binary/scan"}},{"attachment":{"url":"https://elsewhere.example.org/fhir/Binary/loose"}}]}`,
				`{"resourceType":"DocumentReference","id":"d2","status":"current","subject":{"reference":"Patient/bob"},"content":[{"attachment":{"url":"Binary/bobs"}}]}`,
			} {
				if err := put(tx, text); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w := open(t, oneLine())
	fillWith(w)
	token := w.token(w.register(scopes), "ann", w.url+"/fhir", scopes).access()
	for id, status := range map[string]int{"note": 200, "scan": 200, "bobs": 404, "loose": 404, "nowhere": 404} {
		if a := w.get(status, token, "/fhir/Binary/"+id); status == 404 && strings.Contains(a.body, "c2Vj") {
			t.Errorf("Binary/%s: %s", id, a.body)
		}
	}
	w.get(403, token, "/fhir/Binary")
	w.get(403, token, "/fhir/Binary/bobs/_history/1")
	narrow := "launch/patient patient/DocumentReference.rs patient/Patient.rs"
	w.get(403, w.token(w.register(narrow), "ann", w.url+"/fhir", narrow).access(), "/fhir/Binary/note")
	notes := "launch/patient patient/Binary.rs patient/DocumentReference.rs?category=clinical-note"
	w.get(404, w.token(w.register(notes), "ann", w.url+"/fhir", notes).access(), "/fhir/Binary/note")

	c := oneLine()
	c.Scopes = "launch/patient patient/*.cruds"
	w = open(t, c)
	fillWith(w)
	w.get(403, w.token(w.register(scopes), "ann", w.url+"/fhir", scopes).access(), "/fhir/Binary/note")
}

// TestTokensRefused: no token, one that has ended, one that is forged, one of
// another issuer or service: 401, the challenge, and not a word about what there is.
func TestTokensRefused(t *testing.T) {
	w := open(t, oneLine())
	client := w.register("launch/patient offline_access patient/*.rs")
	got := w.token(client, "ann", w.url+"/fhir", "launch/patient offline_access patient/*.rs")
	token := got.access()
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	forBob := strings.ReplaceAll(string(claims), `"patient":"ann"`, `"patient":"bob"`)
	if forBob == string(claims) {
		t.Fatalf("the token does not say whose it is: %s", claims)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(forBob), &all); err != nil {
		t.Fatal(err)
	}
	symmetric, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	other := open(t, oneLine())
	foreign := other.token(other.register("launch/patient patient/*.rs"), "ann", other.url+"/fhir", "launch/patient patient/*.rs").access()
	refuse := func(name, token string) {
		t.Helper()
		a := w.get(401, token, "/fhir/Patient/ann")
		if h := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(h, "Bearer ") || token != "" && !strings.Contains(h, `error="invalid_token"`) {
			t.Errorf("%s: WWW-Authenticate is %q", name, h)
		}
		if strings.Contains(a.body, "ann") || strings.Contains(a.body, "ecret") {
			t.Errorf("%s: the answer tells something: %s", name, a.body)
		}
	}
	refuse("none", "")
	refuse("nonsense", "nonsense")
	refuse("changed", parts[0]+"."+base64.RawURLEncoding.EncodeToString([]byte(forBob))+"."+parts[2])
	refuse("unsigned", none+"."+base64.RawURLEncoding.EncodeToString([]byte(forBob))+".")
	refuse("signed with a secret", symmetric)
	refuse("of another service", foreign)
	refuse("refresh token", got.json["refresh_token"].(string))
	w.get(200, token, "/fhir/Patient/ann")
	a := w.send(http.DefaultClient, "GET", "/fhir/Patient/ann", "", "Authorization: Basic YW5uOmNvcnJlY3QgaG9yc2U=")
	if a.status != 401 {
		t.Errorf("a password at the FHIR endpoint: %d", a.status)
	}
	if a := w.send(http.DefaultClient, "GET", "/fhir/Patient/ann?access_token="+url.QueryEscape(token), ""); a.status != 401 {
		t.Errorf("a token in the address: %d", a.status)
	}
	w.ahead.Store(int64(20 * time.Minute))
	refuse("expired", token)
	fresh := w.form(http.DefaultClient, "/auth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.json["refresh_token"].(string)}, "client_id": {client}})
	w.get(200, fresh.access(), "/fhir/Patient/ann")
	// The member ends the app's access: its token is good no more, whatever it says.
	b := browser()
	w.authorize(b, client, "ann", w.url+"/fhir", "launch/patient patient/*.rs")
	page := w.send(b, "GET", "/auth/apps", "")
	if !strings.Contains(page.body, "Blue Notebook") {
		t.Fatalf("the apps page: %s", page.body)
	}
	form := formOf(page.body)
	form.Set("client", client)
	if a := w.form(b, "/auth/apps/revoke", form); a.status != 303 {
		t.Fatalf("revoke: %d %s", a.status, a.body)
	}
	refuse("revoked", fresh.access())
	if page := w.send(b, "GET", "/auth/apps", ""); !strings.Contains(page.body, "No app has access") || !strings.Contains(page.body, "Access ended") {
		t.Errorf("the apps page afterwards: %s", page.body)
	}
}

// TestScopesBoundTheStore: what a member ticked, and nothing else, is read, searched,
// counted and included.
func TestScopesBoundTheStore(t *testing.T) {
	w := open(t, oneLine())
	const lab = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
	for _, x := range []struct{ user, scopes, path, want string }{
		{"ann", "patient/Observation.rs?" + lab, "/fhir/Observation", "ann-lab"},
		{"ann", "patient/Observation.rs?" + lab, "/fhir/Observation?code=85354-9", ""},
		{"ann", "patient/Observation.rs?" + lab + " patient/Observation.rs?category=vital-signs", "/fhir/Observation?_sort=_id", "ann-bp ann-lab"},
		{"ann", "patient/Observation.r?" + lab + " patient/Observation.s", "/fhir/Observation", "ann-lab"},
		{"ann", "patient/Observation.r?" + lab + " patient/Observation.s?category=vital-signs", "/fhir/Observation", ""},
		{"ann", "patient/Patient.read", "/fhir/Patient", "ann"},
		{"ann", "patient/ExplanationOfBenefit.rs", "/fhir/ExplanationOfBenefit?_include=ExplanationOfBenefit:patient&_include=ExplanationOfBenefit:insurer", "ann-eob"},
		{"tess", "launch/patient patient/Patient.rs", "/fhir/Patient", "bob"},
		{"tess", "user/Patient.rs", "/fhir/Patient?_sort=_id", "ann bob"},
		{"tess", "launch/patient patient/Observation.rs user/Patient.rs", "/fhir/Observation?_sort=_id", "bob-bp bob-lab"},
		{"tess", "launch/patient patient/Observation.rs user/Patient.rs", "/fhir/Patient?_sort=_id", "ann bob"},
		{"dr", "user/*.rs", "/fhir/Patient?_sort=_id", "ann bob"},
		{"dr", "user/*.rs", "/fhir/Group", "panel"},
	} {
		more := []string{}
		if x.user == "tess" && strings.Contains(x.scopes, "patient/") {
			more = []string{"patient", "bob"}
		}
		if a := w.get(200, w.quick(x.user, x.scopes, more...), x.path); a.ids() != x.want {
			t.Errorf("%s with %s: %s gives %q, want %q", x.user, x.scopes, x.path, a.ids(), x.want)
		}
	}
	token := w.quick("ann", "patient/Observation.rs?"+lab+" patient/ExplanationOfBenefit.r")
	w.get(404, token, "/fhir/Observation/ann-bp")
	w.get(200, token, "/fhir/Observation/ann-lab")
	w.get(403, token, "/fhir/Patient/ann")
	w.get(200, token, "/fhir/ExplanationOfBenefit/ann-eob")
	w.get(403, token, "/fhir/ExplanationOfBenefit")
	w.get(403, token, "/fhir/Practitioner")
	w.get(403, token, "/fhir/AuditEvent?patient=ann")
}

// TestLinesAreApart: each line has its own patients, whose ids may be the same, and a
// token of one opens nothing of the other.
func TestLinesAreApart(t *testing.T) {
	c := oneLine()
	c.Lines = []site.Line{{ID: "ma", Kind: site.MA, Contract: "H0001"}, {ID: "caid", Kind: site.Medicaid, USCore: "3.1.1"}}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		a.FHIRUser, a.Patients = "", nil
	}
	// ann is ann in Medicare Advantage, but bob in Medicaid; bob is in Medicaid only.
	c.Accounts = c.Accounts[:2]
	c.Accounts[0].At = []site.Presence{{Line: "ma", FHIRUser: "Patient/ann"}, {Line: "caid", FHIRUser: "Patient/bob"}}
	c.Accounts[1].At = []site.Presence{{Line: "caid", FHIRUser: "Patient/ann"}}
	w := open(t, c)
	client := w.register("openid fhirUser launch/patient patient/*.rs")
	const scopes = "openid fhirUser launch/patient patient/*.rs"
	ma := w.token(client, "ann", w.url+"/ma/fhir", scopes)
	caid := w.token(client, "ann", w.url+"/caid/fhir", scopes)
	if ma.json["patient"] != "ann" || caid.json["patient"] != "bob" {
		t.Fatalf("patients %v and %v", ma.json["patient"], caid.json["patient"])
	}
	w.get(200, ma.access(), "/ma/fhir/Patient/ann")
	w.get(200, caid.access(), "/caid/fhir/Patient/bob")
	w.get(404, caid.access(), "/caid/fhir/Patient/ann")
	w.get(401, ma.access(), "/caid/fhir/Patient/ann")
	w.get(401, caid.access(), "/ma/fhir/Patient/ann")
	if a := w.get(200, ma.access(), "/ma/fhir/AuditEvent?patient=ann"); strings.Contains(a.body, "caid") || strings.Contains(a.body, "Patient/bob") || a.ids() == "" {
		t.Errorf("audit events of one line in the other: %s", a.body)
	}
	if q := w.authorize(browser(), client, "bob", w.url+"/ma/fhir", scopes); q.Get("error") != "access_denied" {
		t.Errorf("a line that does not know the person: %v", q)
	}
	if m := w.get(200, "", "/caid/fhir/metadata"); !strings.Contains(m.body, "us-core-server|3.1.1") {
		t.Error("the line does not say that it follows US Core 3.1.1")
	}
}
