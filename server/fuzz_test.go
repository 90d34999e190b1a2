// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzParameters: the parameters of an operation are read or refused as a bad
// request, from an address and from a body alike.
func FuzzParameters(f *testing.F) {
	f.Add("a=1&b=2", `{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"1"},{"name":"r","resource":{"resourceType":"Patient","id":"1"}},{"name":"g","part":[{"name":"p","valueCoding":{"code":"c"}}]}]}`)
	f.Add("", `{"resourceType":"Patient","id":"1"}`)
	f.Add("", `{"resourceType":"Parameters","parameter":[{"name":"x","resource":5},{"part":[[]]}]}`)
	f.Add("a=%zz", `{"resourceType":"Parameters","parameter":{"name":["x"]}}`)
	f.Fuzz(func(t *testing.T, query, body string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q := &request{method: http.MethodPost, query: values, header: http.Header{}, body: []byte(body)}
		var in Input
		err = in.read(q, &Operation{Name: "x"})
		if err != nil {
			if status := failureOf(err).status; status < 400 || status > 499 {
				t.Errorf("%q: %d %v", body, status, err)
			}
			return
		}
		for _, p := range in.params {
			if p.Name == "" && query == "" {
				t.Errorf("%q: a parameter without a name", body)
			}
			_, _ = in.Bool(p.Name, false)
			_, _ = in.Int(p.Name, 0)
			in.Texts(p.Name)
			in.Value(p.Name)
			in.Resources(p.Name)
		}
	})
}

// FuzzPatch: a patch is refused, cannot be applied, or leaves JSON; a patch that
// only tests leaves the document.
func FuzzPatch(f *testing.F) {
	f.Add(`{"a":[1,2,{"b":"c"}]}`, `[{"op":"add","path":"/a/-","value":{"x":1}},{"op":"move","from":"/a/0","path":"/z"},{"op":"remove","path":"/a/1/b"}]`)
	f.Add(`{"a":1.50}`, `[{"op":"test","path":"/a","value":1.50},{"op":"copy","from":"/a","path":"/b"}]`)
	f.Add(`[]`, `[{"op":"replace","path":"","value":null}]`)
	f.Add(`{"~":1,"/":2}`, `[{"op":"remove","path":"/~0"},{"op":"remove","path":"/~1"}]`)
	f.Add(`{"a":{}}`, `[{"op":"move","from":"/a","path":"/a/b"}]`)
	f.Fuzz(func(t *testing.T, doc, patch string) {
		if !json.Valid([]byte(doc)) || len(doc)+len(patch) > 20_000 {
			return
		}
		steps, err := readPatch([]byte(patch))
		if err != nil {
			return
		}
		out, err := applySteps([]byte(doc), steps)
		if err != nil {
			return
		}
		if !json.Valid(out) {
			t.Errorf("%s with %s leaves %s", doc, patch, out)
		}
		tests := true
		for _, st := range steps {
			tests = tests && st.Op == "test"
		}
		if tests {
			before, _ := decodeJSON([]byte(doc))
			same, _ := json.Marshal(before)
			if string(same) != string(out) {
				t.Errorf("%s was changed by tests to %s", doc, out)
			}
		}
	})
}

// FuzzImportAddress: what $import may read is below the folder or the addresses of
// the settings, however it is written.
func FuzzImportAddress(f *testing.F) {
	for _, seed := range []string{"a.ndjson", "../a", "file:///srv/in/a", "file:///srv/in/../../etc/passwd", "https://files.example.org/ok/a", "https://files.example.org/ok/../b", "https://files.example.org/ok%2f..%2fb", "https://files.example.org@evil/ok/", "//evil/x", "http:///x"} {
		f.Add(seed)
	}
	o := &ImportOptions{Folder: "/srv/in", Addresses: []string{"https://files.example.org/ok/"}}
	f.Fuzz(func(t *testing.T, address string) {
		if o.check(address) != nil {
			return
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatalf("%q is allowed and no address", address)
		}
		if u.Scheme == "https" {
			if !strings.EqualFold(u.Host, "files.example.org") || u.User != nil || u.Path != "/ok" && !strings.HasPrefix(u.Path, "/ok/") || strings.Contains(u.Path, "/../") {
				t.Errorf("%q is allowed", address)
			}
			return
		}
		name, err := o.path(u)
		if err != nil || strings.HasPrefix(name, "/") || name == ".." || strings.HasPrefix(name, "../") {
			t.Errorf("%q is allowed as %q", address, name)
		}
	})
}
