// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// backend registers a backend service and gives its id and a way to ask for a token.
func (w *world) backend() (client string, ask func(scope string) answer) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES384", Use: "sig"}}})
	if err != nil {
		w.t.Fatal(err)
	}
	a := w.send(http.DefaultClient, "POST", "/auth/register", fmt.Sprintf(`{"client_name":"Nightly","grant_types":["client_credentials"],
		"token_endpoint_auth_method":"private_key_jwt","scope":"system/*.rs","jwks":%s}`, public), "Content-Type: application/json")
	client, _ = a.json["client_id"].(string)
	if a.status != 201 || client == "" {
		w.t.Fatalf("register: %d %s", a.status, a.body)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES384, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	return client, func(scope string) answer {
		n++
		assertion, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: client, Subject: client, Audience: jwt.Audience{w.url + "/auth/token"},
			ID: fmt.Sprint(n), Expiry: jwt.NewNumericDate(w.now().Add(4 * time.Minute))}).Serialize()
		if err != nil {
			w.t.Fatal(err)
		}
		return w.form(http.DefaultClient, "/auth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion": {assertion},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}})
	}
}

// TestOperatorApprovesBackendService: it registers, gets no token, is approved while
// the server runs, exports the whole store, and is turned away once revoked.
func TestOperatorApprovesBackendService(t *testing.T) {
	c := oneLine()
	w := open(t, c)
	client, ask := w.backend()
	if a := ask("system/*.rs"); a.status != 400 || a.json["error"] != "unauthorized_client" {
		t.Fatalf("a token before approval: %d %s", a.status, a.body)
	}
	o, err := site.NewOperator(t.Context(), c, w.data)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	apps, err := o.Apps(t.Context())
	if err != nil || len(apps) != 1 || apps[0].ID != client || apps[0].Approved {
		t.Fatalf("apps: %+v, %v", apps, err)
	}
	for scope, want := range map[string]string{"": "for the scopes that you name", "system/*.cruds": "do not let any app", "patient/*.rs": "system/ scopes", "nonsense": "is no scope"} {
		if _, err := o.Approve(t.Context(), site.Approval{ID: client, Scope: scope}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("approval for %q: %v", scope, err)
		}
	}
	if _, err := o.Approve(t.Context(), site.Approval{ID: "nobody", Scope: "system/*.rs"}); err == nil {
		t.Error("an app that is not there is approved")
	}
	if a, err := o.Approve(t.Context(), site.Approval{ID: client, Scope: "system/*.rs"}); err != nil || !a.Approved {
		t.Fatalf("approve: %+v, %v", a, err)
	}
	got := ask("system/*.rs")
	token := got.access()
	if a := w.get(200, token, "/fhir/Patient?_sort=_id"); a.ids() != "ann bob" {
		t.Errorf("the whole store: %s", a.ids())
	}
	w.do(405, token, "PUT", "/fhir/Patient/ann", `{"resourceType":"Patient","id":"ann"}`)
	kick := w.get(202, token, "/fhir/$export?_type=Patient,ExplanationOfBenefit", "Prefer: respond-async")
	status := kick.header.Get("Content-Location")
	var manifest answer
	for range 100 {
		if manifest = w.send(http.DefaultClient, "GET", status, "", "Authorization: Bearer "+token); manifest.status == 200 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	output, _ := manifest.json["output"].([]any)
	if len(output) != 2 || manifest.json["requiresAccessToken"] != true {
		t.Fatalf("manifest: %s", manifest.body)
	}
	file := output[0].(map[string]any)["url"].(string)
	if a := w.send(http.DefaultClient, "GET", file, "", "Authorization: Bearer "+token); a.status != 200 || strings.Count(a.body, "\n") != 2 {
		t.Errorf("file: %d %s", a.status, a.body)
	}
	w.get(401, "", file)
	w.get(404, w.quick("ann", "launch/patient patient/*.rs"), file)
	// What a backend service saw stands among each patient's audit events.
	ann := w.quick("ann", "launch/patient patient/*.rs")
	if a := w.get(200, ann, "/fhir/AuditEvent"); !strings.Contains(a.body, client) || strings.Contains(a.body, "Patient/bob") {
		t.Errorf("ann's audit events: %s", a.body)
	}
	if _, err := o.Revoke(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	w.get(401, token, "/fhir/Patient")
	if a := ask("system/*.rs"); a.status != 401 {
		t.Errorf("a token after revocation: %d %s", a.status, a.body)
	}
}

// TestOperatorWithoutServer: the same commands work on the records when no server runs.
func TestOperatorWithoutServer(t *testing.T) {
	c, data := oneLine(), t.TempDir()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := site.NewOperator(t.Context(), c, data); err == nil {
		t.Error("a folder without a service")
	}
	s, err := site.Open(t.Context(), site.Options{Config: c, Data: data, OpenStore: openStore, Address: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what the first one wrote, the second one finds
		o, err := site.NewOperator(t.Context(), c, data)
		if err != nil {
			t.Fatal(err)
		}
		apps, err := o.Apps(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(apps) == 0 {
			a, err := o.Add(t.Context(), json.RawMessage(`{"client_name":"Portal","redirect_uris":["https://portal.example.org/cb"],"scope":"launch patient/*.rs","initiate_login_uri":"https://portal.example.org/launch"}`))
			if err != nil || a.Secret == "" || !a.Approved {
				t.Fatalf("add: %+v, %v", a, err)
			}
			if _, err := o.Add(t.Context(), json.RawMessage(`{"client_name":"Portal","redirect_uris":["http://portal.example.org/cb"],"scope":"patient/*.rs"}`)); err == nil || !strings.Contains(err.Error(), "redirect URI") {
				t.Errorf("an app with a bad redirect URI: %v", err)
			}
		} else if apps[0].Name != "Portal" || apps[0].Secret != "" {
			t.Errorf("apps: %+v", apps)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEHRLaunchByOperator: a portal opens an app for a patient.
func TestEHRLaunchByOperator(t *testing.T) {
	c := oneLine()
	w := open(t, c)
	o, err := site.NewOperator(t.Context(), c, w.data)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	app, err := o.Add(t.Context(), json.RawMessage(`{"client_name":"Risk Viewer","redirect_uris":["`+callback+`"],"token_endpoint_auth_method":"none","scope":"launch openid fhirUser patient/*.rs","initiate_login_uri":"https://app.example.org/launch"}`))
	if err != nil {
		t.Fatal(err)
	}
	address, err := o.Launch(t.Context(), site.LaunchRequest{ID: app.ID, Patient: "bob", Encounter: "e1"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("iss") != w.url+"/fhir" || !strings.HasPrefix(address, "https://app.example.org/launch?") {
		t.Fatalf("address %s", address)
	}
	a := w.token(app.ID, "dr", w.url+"/fhir", "launch openid fhirUser patient/*.rs", "launch", u.Query().Get("launch"))
	if a.json["patient"] != "bob" || a.json["encounter"] != "e1" {
		t.Errorf("context: %s", a.body)
	}
	if got := w.get(200, a.access(), "/fhir/Patient"); got.ids() != "bob" {
		t.Errorf("patients in the launch: %s", got.ids())
	}
	if _, err := o.Launch(t.Context(), site.LaunchRequest{ID: app.ID, Line: "other", Patient: "bob"}); err == nil {
		t.Error("a launch in a line that is not there")
	}
}

// TestTrailOfAccess: what was read, by whom and of whom stands in the trail, once;
// members read theirs as AuditEvents that are valid, page by page; the trail verifies.
func TestTrailOfAccess(t *testing.T) {
	c := oneLine()
	w := open(t, c)
	token := w.quick("ann", "launch/patient patient/*.rs")
	for range 3 {
		w.get(200, token, "/fhir/ExplanationOfBenefit?patient=ann")
	}
	w.get(404, token, "/fhir/Patient/bob")
	w.get(200, w.quick("dr", "user/*.rs"), "/fhir/Patient")
	w.get(401, "", "/fhir/Patient/ann")
	var events []string
	read := func() []byte {
		b, err := os.ReadFile(site.TrailFile(w.data))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	head, err := audit.Each(bytes.NewReader(read()), func(r audit.Record) error {
		if e := r.Event; e.Kind == audit.Rest {
			events = append(events, fmt.Sprintf("%s %s %s %s %v", e.Subtype, e.Outcome, e.User, e.Patient, e.Entities))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"search-type 0 Patient/ann ann [ExplanationOfBenefit/ann-eob]", "search-type 0 Patient/ann ann [ExplanationOfBenefit/ann-eob]",
		"search-type 0 Patient/ann ann [ExplanationOfBenefit/ann-eob]", "read 4 Patient/ann ann []",
		"search-type 0 Practitioner/dr ann [Patient/ann]", "search-type 0 Practitioner/dr bob [Patient/bob]", " 4   []"}
	if strings.Join(events, "\n") != strings.Join(want, "\n") {
		t.Errorf("the trail holds\n%s\nwant\n%s", strings.Join(events, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(string(read()), "ecretann") || strings.Contains(string(read()), token) {
		t.Error("the trail holds a name or a token")
	}
	seen, next := 0, "/fhir/AuditEvent?patient=Patient/ann&_count=2"
	for next != "" {
		page := w.get(200, token, next)
		if strings.Contains(page.body, "Patient/bob") {
			t.Errorf("another's event: %s", page.body)
		}
		entries, _ := page.json["entry"].([]any)
		seen += len(entries)
		next = ""
		for _, l := range page.json["link"].([]any) {
			if m := l.(map[string]any); m["relation"] == "next" {
				next = strings.TrimPrefix(m["url"].(string), w.url)
			}
		}
		for _, e := range entries {
			id := e.(map[string]any)["resource"].(map[string]any)["id"].(string)
			one := w.get(200, token, "/fhir/AuditEvent/"+id)
			d, err := node.ParseResource([]byte(one.body))
			if err != nil {
				t.Fatal(err)
			}
			if issues := new(validate.Validator).Validate(d); validate.Errors(issues) {
				t.Errorf("AuditEvent %s: %v", one.body, issues)
			}
			w.get(404, w.quick("bob", "launch/patient patient/*.rs"), "/fhir/AuditEvent/"+id)
			break
		}
	}
	if seen < 7 { // consent, token, three searches, a refusal, the clinician's search, and the reading of the events
		t.Errorf("ann sees %d events", seen)
	}
	if a := w.get(200, token, "/fhir/AuditEvent?date=lt2020-01-01"); a.ids() != "" {
		t.Errorf("before 2020: %s", a.body)
	}
	if a := w.get(200, token, "/fhir/AuditEvent?date=ge2020-01-01&date=le"+w.now().UTC().Format("2006")); a.ids() == "" {
		t.Errorf("since 2020: %s", a.body)
	}
	w.get(400, token, "/fhir/AuditEvent?date=yesterday")
	w.get(400, token, "/fhir/AuditEvent?patient=ann&_cursor=17")
	if a := w.get(200, token, "/fhir/AuditEvent?patient=bob"); a.ids() != "" {
		t.Errorf("bob's events for ann: %s", a.body)
	}
	whole := read()
	if got, err := audit.Verify(bytes.NewReader(whole), head); err != nil || got.Seq < head.Seq {
		t.Errorf("verify: %v %v", got, err)
	}
	forged := bytes.Replace(whole, []byte("ann-eob"), []byte("bob-eob"), 1)
	if _, err := audit.Verify(bytes.NewReader(forged), head); err == nil {
		t.Error("a changed record passes")
	}
}

// TestRefusalsDoNotFillTheTrail: who knocks without a token is recorded, not a
// thousand times.
func TestRefusalsDoNotFillTheTrail(t *testing.T) {
	w := open(t, oneLine())
	for range 60 {
		w.get(401, "", "/fhir/Patient")
	}
	b, err := os.ReadFile(filepath.Join(w.data, "auth", "audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte(`"reason":"401"`)); n == 0 || n > 30 {
		t.Errorf("%d refusals in the trail", n)
	}
}
