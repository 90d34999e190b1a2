// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

func TestSearchCases(t *testing.T) {
	c := start(t, server.Options{Base: "http://fhir.example.org",
		Codes: func(context.Context, *server.Call) search.Codes { return storetest.Codes }})
	storetest.Load(t, c.store)
	for _, x := range storetest.Cases {
		typ, params, _ := strings.Cut(x.Query, "?")
		if got := c.want(200, "GET", "/"+strings.ReplaceAll(x.Query, " ", "%20"), "").ids(); got != x.Want {
			t.Errorf("GET %s: %q, want %q", x.Query, got, x.Want)
		}
		if got := c.want(200, "POST", "/"+typ+"/_search", params, "Content-Type: application/x-www-form-urlencoded").ids(); got != x.Want {
			t.Errorf("POST %s: %q, want %q", x.Query, got, x.Want)
		}
	}
}

func TestSearchAnswers(t *testing.T) {
	c := start(t, server.Options{})
	storetest.Load(t, c.store)
	for path, want := range map[string]string{
		"/Patient/ann/Observation":                             "o1 o2",
		"/Patient/ann/Observation?category=laboratory":         "o2",
		"/Encounter/e1/Observation":                            "o1",
		"/Practitioner/doc/Encounter":                          "e1",
		"/Observation?_id=o1&_include=Observation:subject":     "ann(include) o1",
		"/Observation?_id=o1&_revinclude=Provenance:target":    "o1 p1(include)",
		"/?_type=Patient,Organization&_lastUpdated=gt2020":     "ann bob cid clinic plan",
		"/Patient/ann/$everything":                             "ann clinic(include) doc(include) e1 o1 o2 plan(include) r1",
		"/Patient/ann/$everything?_type=Observation":           "o1 o2",
		"/Patient/ann/$everything?_since=2099-01-01T00:00:00Z": "",
		"/Patient?_count=0":                                    "",
		"/Patient?nonsense=1&_id=ann":                          "",
	} {
		var headers []string
		if strings.Contains(path, "nonsense") {
			headers = []string{"Prefer: handling=lenient"}
			want = "(outcome) ann"
		}
		if got := c.want(200, "GET", path, "", headers...).ids(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	c.want(404, "GET", "/Patient/ann/Organization", "")
	c.want(404, "GET", "/Patient/ann/*", "")
	c.want(400, "GET", "/Patient/ann/$everything?nonsense=1", "")
	page := c.want(200, "GET", "/Patient?_count=2&_sort=_id&_total=accurate&gender=male,female", "")
	if page.json["total"] != 3.0 || page.ids() != "ann bob" || !strings.Contains(page.link("self"), "_sort=_id") {
		t.Errorf("first page: %s", page.body)
	}
	if next := c.want(200, "GET", strings.TrimPrefix(page.link("next"), c.base), ""); next.ids() != "cid" || next.link("next") != "" {
		t.Errorf("second page: %s", next.body)
	}
	page = c.want(200, "GET", "/?_type=Patient,Organization&_count=2", "")
	seen := page.ids()
	for page.link("next") != "" {
		page = c.want(200, "GET", strings.TrimPrefix(page.link("next"), c.base), "")
		seen += " " + page.ids()
	}
	if seen != "ann bob cid plan clinic" {
		t.Errorf("pages of several types: %s", seen)
	}
	page = c.want(200, "GET", "/Patient/ann/$everything?_count=2", "")
	seen = ""
	for {
		for _, id := range strings.Fields(page.ids()) {
			if !strings.Contains(id, "(") {
				seen += id + " "
			}
		}
		if page.link("next") == "" {
			break
		}
		page = c.want(200, "GET", strings.TrimPrefix(page.link("next"), c.base), "")
	}
	if seen != "ann e1 o1 o2 r1 " {
		t.Errorf("pages of everything: %s", seen)
	}
	if a := c.want(200, "GET", "/Patient?_total=none", ""); a.json["total"] != nil && a.link("next") != "" {
		t.Errorf("_total=none: %s", a.body)
	}
}

func TestSummaryAndElements(t *testing.T) {
	c := start(t, server.Options{})
	c.want(201, "PUT", "/Patient/a", `{"resourceType":"Patient","id":"a","meta":{"tag":[{"code":"x"}]},"text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">-</div>"},"active":true,"name":[{"family":"F"}],"maritalStatus":{"text":"M"},"contact":[{"gender":"male"}],"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]}`)
	for query, want := range map[string]string{
		"_summary=true":           "active link name",
		"_summary=text":           "text",
		"_summary=data":           "active contact link maritalStatus name",
		"_summary=false":          "active contact link maritalStatus name text",
		"_elements=maritalStatus": "maritalStatus",
		"_elements=Patient.name":  "name",
	} {
		a := c.want(200, "GET", "/Patient/a?"+query, "")
		var got []string
		for _, name := range []string{"active", "contact", "link", "maritalStatus", "name", "text"} {
			if a.json[name] != nil {
				got = append(got, name)
			}
		}
		kept := strings.Join(got, " ")
		if want == "text" || want == "maritalStatus" || want == "name" { // modifiers and mandatory elements stay
			kept = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(kept, "active", ""), "link", ""))
		}
		if kept != want || strings.Contains(a.body, "SUBSETTED") == (query == "_summary=false") || !strings.Contains(a.body, `{"code":"x"}`) {
			t.Errorf("%s: %q, want %q: %s", query, kept, want, a.body)
		}
		found := c.want(200, "GET", "/Patient?_id=a&"+query, "")
		if entry := found.json["entry"].([]any)[0].(map[string]any)["resource"].(map[string]any); len(entry) != len(a.json) {
			t.Errorf("%s: a search gives another form than a read", query)
		}
	}
	c.want(400, "GET", "/Patient/a?_summary=some", "")
}

func TestTransaction(t *testing.T) {
	c := start(t, server.Options{MaxBundle: 10})
	storetest.Load(t, c.store)
	bundle := func(kind string, entries ...string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
	}
	const pat = `{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{"resourceType":"Patient","name":[{"family":"New"}]},"request":{"method":"POST","url":"Patient"}}`
	const obs = `{"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":"urn:uuid:11111111-1111-4111-8111-111111111111"},"performer":[{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893"}]},"request":{"method":"POST","url":"Observation"}}`
	a := c.want(200, "POST", "", bundle("transaction", obs, pat, `{"request":{"method":"GET","url":"Patient?family=new"}}`, `{"request":{"method":"DELETE","url":"Observation/o4"}}`))
	if a.json["type"] != "transaction-response" || strings.Count(a.body, `"201 Created"`) != 2 || !strings.Contains(a.body, `"204 No Content"`) || !strings.Contains(a.body, `"total":1`) {
		t.Errorf("transaction: %s", a.body)
	}
	found := c.want(200, "GET", "/Observation?patient.family=new&performer=Practitioner/doc", "")
	if found.json["total"] != 1.0 || strings.Contains(found.body, "urn:uuid:1111") {
		t.Errorf("references were not rewritten: %s", found.body)
	}
	c.want(410, "GET", "/Observation/o4", "")

	before := c.want(200, "GET", "/Patient?_summary=count", "").json["total"]
	for name, x := range map[string]struct {
		status  int
		entries []string
	}{
		"one fails":                {412, []string{pat, `{"resource":{"resourceType":"Patient","id":"ann"},"request":{"method":"PUT","url":"Patient/ann","ifMatch":"W/\"9\""}}`}},
		"two of the same":          {400, []string{`{"resource":{"resourceType":"Patient","id":"z"},"request":{"method":"PUT","url":"Patient/z"}}`, `{"request":{"method":"DELETE","url":"Patient/z"}}`}},
		"unresolved reference":     {412, []string{pat, `{"resource":{"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":"Patient?identifier=nobody"}},"request":{"method":"POST","url":"Observation"}}`}},
		"reference to many":        {412, []string{pat, `{"resource":{"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":"Patient?gender=male"}},"request":{"method":"POST","url":"Observation"}}`}},
		"unknown type":             {400, []string{pat, `{"resource":{"resourceType":"X"},"request":{"method":"POST","url":"X"}}`}},
		"no method":                {400, []string{pat, `{"resource":{"resourceType":"Patient"}}`}},
		"read of nothing":          {404, []string{`{"request":{"method":"GET","url":"Patient/nobody"}}`}},
		"condition met by many":    {412, []string{pat, `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"gender=male"}}`}},
		"more entries than may be": {413, strings.Split(strings.Repeat(pat+"\n", 11), "\n")[:11]},
	} {
		a := c.want(x.status, "POST", "", bundle("transaction", x.entries...))
		if x.status != 413 && !strings.Contains(a.body, "Bundle.entry[") {
			t.Errorf("%s: the entry is not named: %s", name, a.body)
		}
	}
	if after := c.want(200, "GET", "/Patient?_summary=count", "").json["total"]; after != before {
		t.Errorf("failed transactions left %v patients, there were %v", after, before)
	}

	a = c.want(200, "POST", "", bundle("transaction",
		`{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Patient","identifier":[{"value":"M-100"}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=http://example.org/member|M-100"}}`,
		`{"resource":{"resourceType":"Encounter","id":"ex","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:3"}},"request":{"method":"PUT","url":"Encounter/ex"}}`), "Prefer: return=representation")
	if !strings.Contains(a.body, `"200 OK"`) || !strings.Contains(c.want(200, "GET", "/Encounter/ex", "").body, "Patient/ann") {
		t.Errorf("a reference to a resource that was there already: %s", a.body)
	}

	a = c.want(200, "POST", "", bundle("batch", pat, `{"request":{"method":"GET","url":"Patient/nobody"}}`, `{"request":{"method":"GET","url":"Patient/ann"}}`,
		`{"resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient/q"}}`, `{"resource":{"resourceType":"Bundle","type":"batch"},"request":{"method":"POST","url":""}}`))
	if a.json["type"] != "batch-response" {
		t.Errorf("batch: %s", a.body)
	}
	var statuses []string
	for _, e := range a.json["entry"].([]any) {
		statuses = append(statuses, e.(map[string]any)["response"].(map[string]any)["status"].(string)[:3])
	}
	if got := strings.Join(statuses, " "); got != "201 404 200 400 400" {
		t.Errorf("batch: %s", got)
	}
}

// TestCapabilityIsTrue tries all that the CapabilityStatement says of every type.
func TestCapabilityIsTrue(t *testing.T) {
	c := start(t, server.Options{Bulk: t.TempDir()})
	a := c.want(200, "GET", "/metadata", "")
	rest := a.json["rest"].([]any)[0].(map[string]any)
	values := map[string]string{"date": "2026", "number": "1", "quantity": "1", "token": "x", "string": "x", "uri": "http://example.org/x", "reference": "http://example.org/x", "composite": "x$1"}
	tried := 0
	for _, r := range rest["resource"].([]any) {
		res := r.(map[string]any)
		typ := res["type"].(string)
		params, _ := res["searchParam"].([]any)
		for _, p := range params {
			code, kind := p.(map[string]any)["name"].(string), p.(map[string]any)["type"].(string)
			tried++
			_, err := search.Parse(typ, url.Values{code: {values[kind]}}, search.Options{})
			if err != nil && kind == "composite" {
				_, err = search.Parse(typ, url.Values{code: {"x$2026"}}, search.Options{})
			}
			if err != nil && kind == "composite" {
				_, err = search.Parse(typ, url.Values{code: {"x$http://example.org/x"}}, search.Options{})
			}
			if err != nil {
				t.Errorf("%s: %v", typ, err)
			}
		}
		for _, name := range []string{"searchInclude", "searchRevInclude"} {
			list, _ := res[name].([]any)
			for _, inc := range list {
				param := map[string]string{"searchInclude": "_include", "searchRevInclude": "_revinclude"}[name]
				if _, err := search.Parse(typ, url.Values{param: {inc.(string)}}, search.Options{}); err != nil {
					t.Errorf("%s %s=%s: %v", typ, param, inc, err)
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d parameters", tried)
	}
	if a.json["fhirVersion"] != "4.0.1" || a.json["kind"] != "instance" {
		t.Errorf("%.300s", a.body)
	}
	c.want(404, "GET", "/$everything", "")
}

// TestAuthorize: what a grant does not allow is neither found nor changed.
func TestAuthorize(t *testing.T) {
	var log bytes.Buffer
	c := start(t, server.Options{
		Log: slog.New(slog.NewJSONHandler(&log, nil)),
		Authorize: func(r *http.Request) (*server.Grant, error) {
			switch r.Header.Get("Authorization") {
			case "Bearer ann":
				return &server.Grant{Client: "app-1", Access: &store.Access{Patients: []string{"ann"}, AllTypes: true},
					May: func(i server.Interaction, typ string) bool {
						return i == server.Read || i == server.Search || typ == "Observation"
					}}, nil
			case "Bearer all":
				return &server.Grant{}, nil
			}
			return nil, &server.DeniedError{Status: 401, Authenticate: "Bearer", Reason: "show a token"}
		}})
	storetest.Load(t, c.store)
	const ann, all = "Authorization: Bearer ann", "Authorization: Bearer all"
	c.want(200, "GET", "/metadata", "")
	if a := c.want(401, "GET", "/Patient", ""); a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Error("no WWW-Authenticate")
	}
	if got := c.want(200, "GET", "/Patient?family:contains=mul", "", ann).ids(); got != "ann" {
		t.Errorf("search: %s", got)
	}
	c.want(404, "GET", "/Patient/bob", "", ann)
	c.want(404, "GET", "/Patient/bob/$everything", "", ann)
	c.want(404, "GET", "/Patient/bob/_history/1", "", ann)
	c.want(200, "GET", "/Patient/bob", "", all)
	c.want(403, "GET", "/_history", "", ann)
	c.want(403, "DELETE", "/Patient/ann", "", ann)
	c.want(403, "POST", "/Patient", `{"resourceType":"Patient"}`, ann)
	c.want(403, "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/bob"}}`, ann)
	c.want(201, "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`, ann)
	c.want(403, "PUT", "/Observation/o3", `{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`, ann)
	c.want(403, "POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Observation/o3"}}]}`, ann)
	if got := c.want(200, "GET", "/Patient/bob/Observation", "", ann).ids(); got != "" {
		t.Errorf("compartment of another: %s", got)
	}
	if got := c.want(200, "GET", "/Observation?_id=o1&_revinclude=Provenance:target", "", ann).ids(); got != "o1 p1(include)" {
		t.Errorf("provenance of one's own: %s", got)
	}
	for _, secret := range []string{"mul", "bob", "Müller", "family", "Bearer"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log.String(), `"client":"app-1"`) || !strings.Contains(log.String(), `"interaction":"search"`) {
		t.Errorf("the log says too little: %.300s", log.String())
	}
}
