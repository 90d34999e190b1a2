// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// echo answers with what it was asked, as a Parameters resource.
func echo(_ context.Context, c *server.Call) (*server.Result, error) {
	if c.Text("fail") != "" {
		return nil, server.Failure(422, "business-rule", "as you wish")
	}
	type param struct {
		Name        string `json:"name"`
		ValueString string `json:"valueString"`
	}
	params := []param{{"at", c.Type + "/" + c.ID}, {"method", c.Method}, {"texts", strings.Join(c.Texts("x"), " ")}, {"return", c.Prefers("return")}}
	for _, r := range c.Resources("resource") {
		params = append(params, param{"resource", r.ResourceType() + "/" + r.ID()})
	}
	if v, typ := c.Value("coding"); v.Exists() {
		params = append(params, param{"coding", typ + " " + v.Get("code").Text()})
	}
	for _, p := range c.All("group") {
		for _, part := range p.Parts {
			params = append(params, param{"part", part.Name + "=" + part.Text()})
		}
	}
	b, err := json.Marshal(map[string]any{"resourceType": "Parameters", "parameter": params})
	return &server.Result{Status: 202, Body: b, Header: http.Header{"X-Seen": {"yes"}}}, err
}

func (a *answer) params() string {
	var list []string
	params, _ := a.json["parameter"].([]any)
	for _, p := range params {
		m := p.(map[string]any)
		list = append(list, m["name"].(string)+":"+m["valueString"].(string))
	}
	return strings.Join(list, "|")
}

var echoes = []server.Operation{
	{Name: "echo", Definition: "http://example.org/OperationDefinition/echo", Levels: server.OnSystem | server.OnType | server.OnInstance, Types: []string{"Patient", "Group"},
		Parameters: []string{"x", "resource", "coding", "group", "fail"}, Run: echo},
	{Name: "stamp", Definition: "http://example.org/OperationDefinition/stamp", Levels: server.OnInstance, Types: []string{"Patient"}, Changes: true, Needs: server.Update,
		Run: func(ctx context.Context, c *server.Call) (*server.Result, error) {
			if _, err := c.Read(ctx, c.Type, c.ID); err != nil {
				return nil, err
			}
			return &server.Result{}, c.Write(ctx, func(tx *store.Tx) error { _, err := tx.Delete(c.Type, c.ID); return err })
		}},
}

func TestOperations(t *testing.T) {
	c := start(t, server.Options{Operations: echoes})
	storetest.Load(t, c.store)
	for _, test := range []struct{ method, path, body, want string }{
		{"GET", "/$echo?x=1&x=2", "", "at:/|method:GET|texts:1 2|return:"},
		{"GET", "/Patient/$echo?x=a%20b", "", "at:Patient/|method:GET|texts:a b|return:"},
		{"GET", "/Group/g1/$echo?_format=json", "", "at:Group/g1|method:GET|texts:|return:"},
		{"POST", "/Patient/ann/$echo?x=0", `{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"1"},{"name":"x","valueInteger":2},
			{"name":"x","valueReference":{"reference":"Patient/3"}},{"name":"coding","valueCoding":{"code":"c"}},
			{"name":"resource","resource":{"resourceType":"Bundle","id":"b"}},{"name":"group","part":[{"name":"p","valueBoolean":true}]}]}`,
			"at:Patient/ann|method:POST|texts:0 1 2 Patient/3|return:|resource:Bundle/b|coding:Coding c|part:p=true"},
		{"POST", "/$echo", `{"resourceType":"Patient","id":"bare"}`, "at:/|method:POST|texts:|return:|resource:Patient/bare"},
	} {
		a := c.want(202, test.method, test.path, test.body)
		if a.params() != test.want || a.header.Get("X-Seen") != "yes" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/fhir+json") {
			t.Errorf("%s %s: %s\nwant %s", test.method, test.path, a.params(), test.want)
		}
	}
	if got := c.want(202, "POST", "/$echo", "x=1&x=2", "Content-Type: application/x-www-form-urlencoded").params(); !strings.Contains(got, "texts:1 2") {
		t.Errorf("form: %s", got)
	}
	if got := c.want(202, "GET", "/$echo", "", "Prefer: return=minimal").params(); !strings.Contains(got, "return:minimal") {
		t.Errorf("Prefer: %s", got)
	}
	c.want(400, "GET", "/$echo?y=1", "")
	c.want(202, "GET", "/$echo?y=1", "", "Prefer: handling=lenient")
	c.want(422, "GET", "/$echo?fail=1", "")
	c.want(404, "GET", "/Observation/$echo", "")
	c.want(404, "GET", "/$nothing", "")
	c.want(404, "GET", "/Nothing/$echo", "")
	c.want(400, "GET", "/Patient/a_b/$echo", "")
	c.want(405, "PUT", "/$echo", "{}")
	c.want(405, "GET", "/Patient/ann/$stamp", "")
	c.want(400, "POST", "/$echo", `{"resourceType":"Parameters","parameter":[{"valueString":"1"}]}`)
	c.want(400, "POST", "/$echo", `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":5}]}`)
	c.want(400, "POST", "/$echo", `{"resourceType":"Parameters","parameter":[`+strings.Repeat(`{"name":"x","part":[`, 20)+strings.Repeat(`]}`, 20)+`]}`)
	c.want(200, "POST", "/Patient/bob/$stamp", "")
	c.want(410, "GET", "/Patient/bob", "")
	c.want(410, "POST", "/Patient/bob/$stamp", "")
}

func TestOperationsInABatch(t *testing.T) {
	c := start(t, server.Options{Operations: echoes})
	storetest.Load(t, c.store)
	a := c.want(200, "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[
		{"request":{"method":"GET","url":"Patient/$echo?x=1"}},
		{"request":{"method":"POST","url":"Patient/ann/$echo"},"resource":{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"2"}]}},
		{"request":{"method":"POST","url":"$nothing"}},
		{"request":{"method":"POST","url":"Patient/bob/$stamp"}}]}`)
	var statuses []string
	for _, e := range a.json["entry"].([]any) {
		statuses = append(statuses, e.(map[string]any)["response"].(map[string]any)["status"].(string)[:3])
	}
	if got := strings.Join(statuses, " "); got != "202 202 404 200" || strings.Count(a.body, `"resourceType":"Parameters"`) != 2 {
		t.Errorf("%s: %s", got, a.body)
	}
	c.want(400, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Patient/ann/$stamp"}}]}`)
	c.want(200, "GET", "/Patient/ann", "")
}

// TestOperationsNeedAGrant: what the Grant does not allow is refused, and Call
// reaches no farther than the access.
func TestOperationsNeedAGrant(t *testing.T) {
	grant := server.Grant{Access: &store.Access{Patients: []string{"ann"}, AllTypes: true}, May: func(i server.Interaction, _ string) bool { return i != server.Delete }}
	c := start(t, server.Options{Operations: echoes, Authorize: func(*http.Request) (*server.Grant, error) { return &grant, nil }})
	storetest.Load(t, c.store)
	c.want(404, "POST", "/Patient/bob/$stamp", "")
	grant.May = func(i server.Interaction, _ string) bool { return i == server.Read }
	c.want(403, "POST", "/Patient/ann/$stamp", "")
	c.want(202, "GET", "/$echo", "")
}

func TestOperationsInTheCapabilityStatement(t *testing.T) {
	c := start(t, server.Options{Operations: echoes})
	rest := c.want(200, "GET", "/metadata", "").json["rest"].([]any)[0].(map[string]any)
	names := func(of any) (list []string) {
		operations, _ := of.(map[string]any)["operation"].([]any)
		for _, o := range operations {
			list = append(list, o.(map[string]any)["name"].(string))
		}
		return list
	}
	if got := names(rest); !slices.Equal(got, []string{"echo"}) {
		t.Errorf("system: %v", got)
	}
	want := map[string][]string{"Patient": {"echo", "stamp", "everything"}, "Group": {"echo"}}
	for _, r := range rest["resource"].([]any) {
		typ := r.(map[string]any)["type"].(string)
		if got := names(r); !slices.Equal(got, want[typ]) {
			t.Errorf("%s: %v, want %v", typ, got, want[typ])
		}
	}
}

func TestOperationsThatCannotBe(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir()+"/fhir.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, list := range map[string][]server.Operation{
		"twice":   {{Name: "a", Levels: server.OnType, Run: echo}, {Name: "a", Levels: server.OnType, Types: []string{"Patient"}, Run: echo}},
		"no name": {{Levels: server.OnType, Run: echo}},
		"ours":    {{Name: "export", Levels: server.OnSystem, Run: echo}},
		"no work": {{Name: "a", Levels: server.OnSystem}},
	} {
		if _, err := server.New(s, server.Options{Operations: list}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestOperationOutlastsTheRequest: who may go on without waiting is told so.
func TestOperationOutlastsTheRequest(t *testing.T) {
	slow := func(ctx context.Context, _ *server.Call) (*server.Result, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := start(t, server.Options{Timeout: time.Millisecond, Operations: []server.Operation{
		{Name: "slow", Levels: server.OnSystem, Async: true, Run: slow}, {Name: "slower", Levels: server.OnSystem, Run: slow}}})
	if a := c.want(503, "GET", "/$slow", ""); !strings.Contains(a.body, "respond-async") || !strings.Contains(a.body, "$slow took longer than the 1ms") {
		t.Errorf("$slow: %s", a.body)
	}
	if a := c.want(503, "GET", "/$slower", ""); strings.Contains(a.body, "respond-async") {
		t.Errorf("$slower cannot be asked for without waiting: %s", a.body)
	}
}
