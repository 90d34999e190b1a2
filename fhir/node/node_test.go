// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

const patient = `{
  "resourceType": "Patient",
  "id": "p1",
  "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1970-03-30T10:00:00Z"}]},
  "birthDate": "1970-03-30",
  "active": true,
  "name": [
    {"family": "O\u2019Neil \ud83d\ude00", "given": ["Ann", null, "B."], "_given": [null, {"id": "g2"}, {"id": "g3"}]},
    {"_family": {"id": "only"}}
  ],
  "multipleBirthInteger": 2,
  "contained": [{"resourceType": "Organization", "id": "o1", "name": "Org"}],
  "extension": [{"url": "http://example.org/weight", "valueQuantity": {"value": 72.50}}]
}`

func parse(t *testing.T, s string) node.Node {
	t.Helper()
	d, err := node.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d.Root()
}

func TestPatient(t *testing.T) {
	p := parse(t, patient)
	equal := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	equal("type", p.ResourceType(), "Patient")
	equal("id", p.ID(), "p1")
	birth := p.Get("birthDate")
	equal("birth date", birth.Text(), "1970-03-30")
	value, typeName := birth.Extension("http://example.org/time").Choice("value")
	equal("birth time", value.Text()+" "+typeName, "1970-03-30T10:00:00Z dateTime")
	name := p.Get("name").At(0)
	equal("family", name.Get("family").Text(), "O\u2019Neil \U0001F600")
	given := name.Get("given")
	equal("given items", given.Len(), 3)
	equal("given[1] has a value", given.At(1).HasValue(), false)
	equal("given[1].id", given.At(1).ID(), "g2")
	equal("given[2]", given.At(2).Text()+given.At(2).ID(), "B.g3")
	equal("given[2] location", given.At(2).Location(), "Patient.name[0].given[2]")
	equal("family without value", p.Get("name").At(1).Get("family").ID(), "only")
	equal("its name", p.Get("name").At(1).Get("family").Name(), "family")
	births, typeName := p.Choice("multipleBirth")
	n, ok := births.Int()
	equal("multiple birth", n, int64(2))
	equal("ok", ok, true)
	equal("multiple birth type", typeName, "integer")
	equal("contained", p.Contained("o1").Get("name").Text(), "Org")
	w, _ := p.Extension("http://example.org/weight").Choice("value")
	d, ok := w.Get("value").Decimal()
	equal("weight", d.String(), "72.50")
	equal("ok", ok, true)
	equal("missing", p.Get("nothing").Get("at").At(3).Text(), "")

	var names []string
	for name := range p.Elements() {
		names = append(names, name)
	}
	equal("elements", strings.Join(names, " "), "id birthDate active name multipleBirthInteger contained extension")
	count := 0
	for range given.Items() {
		count++
	}
	equal("items", count, 3)
	equal("appended", len(given.AppendItems(nil)), 3)
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ in, location, reason string }{
		{``, "", "empty"},
		{`{"resourceType":"Patient","name":[{"given":["a",]}]}`, "Patient.name[0].given", "comma"},
		{`{"resourceType":"Patient","name":[{"given":["a" "b"]}]}`, "Patient.name[0].given", "comma"},
		{`{"resourceType":"Patient","id":"a","id":"b"}`, "Patient", "twice"},
		{`{"resourceType":"Patient","active":tru}`, "Patient.active", "no JSON value"},
		{`{"resourceType":"Patient","x":01}`, "Patient.x", "begins with 0"},
		{`{"x":-}`, "$this.x", "digits"},
		{`{"x":1.}`, "$this.x", "point"},
		{`{"x":1e}`, "$this.x", "exponent"},
		{`{"x":"\q"}`, "$this.x", "escape"},
		{`{"x":"\ud800"}`, "$this.x", "surrogate"},
		{"{\"x\":\"a\nb\"}", "$this.x", "control"},
		{"{\"x\":\"\xff\"}", "", "UTF-8"},
		{`{"\u0069d":1}`, "$this", "escape"},
		{`{"":1}`, "$this", "empty"},
		{`{"x"}`, "$this", "colon"},
		{`{"x":1,}`, "$this", "comma"},
		{`{x:1}`, "$this", "quotes"},
		{`{"x":[1`, "$this.x", "ends"},
		{`{"x":{"y":1`, "$this.x", "ends"},
		{`{"x":"abc`, "$this.x", "no end"},
		{`{} {}`, "$this", "follows"},
		{strings.Repeat("[", 200), "", "deep"},
	} {
		_, err := node.Parse([]byte(c.in))
		var syntax *node.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.40s: no error", c.in)
			continue
		}
		if !strings.Contains(syntax.Reason, c.reason) || c.location != "" && syntax.Location != c.location {
			t.Errorf("%.40s: %v at %q, want %q at %q", c.in, err, syntax.Location, c.reason, c.location)
		}
		if json.Valid([]byte(c.in)) && !strings.Contains("twice escape empty surrogate", c.reason) && c.reason != "UTF-8" {
			t.Errorf("%.40s is valid JSON", c.in)
		}
	}
	for _, in := range []string{`[]`, `{}`, `{"resourceType":1}`, `{"resourceType":""}`} {
		if _, err := node.ParseResource([]byte(in)); err == nil {
			t.Errorf("%s was taken for a resource", in)
		}
	}
}

func TestLimits(t *testing.T) {
	l := node.Limits{Bytes: 100, Depth: 3, Values: 10, Members: 4}
	for in, ok := range map[string]bool{
		`[[[1]]]`:                           true,
		`[[[[1]]]]`:                         false,
		`[1,2,3,4,5,6,7,8,9]`:               true,
		`[1,2,3,4,5,6,7,8,9,10]`:            false,
		`{"a":1,"b":2,"c":3,"d":4}`:         true,
		`{"a":1,"b":2,"c":3,"d":4,"e":5}`:   false,
		`"` + strings.Repeat("x", 98) + `"`: true,
		`"` + strings.Repeat("x", 99) + `"`: false,
	} {
		if _, err := l.Parse([]byte(in)); (err == nil) != ok {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestErrorPlace(t *testing.T) {
	_, err := node.Parse([]byte("{\n  \"a\": 1,\n  \"b\": x\n}"))
	var s *node.SyntaxError
	if !errors.As(err, &s) || s.Line != 3 || s.Column != 8 || s.Offset != 19 {
		t.Errorf("%+v", s)
	}
}

// same compares a node with what encoding/json made of the same bytes.
func same(n node.Node, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if n.Kind() != node.Object {
			return false
		}
		for name, want := range v {
			if strings.HasPrefix(name, "_") || want == nil {
				continue
			}
			got := n.Get(name)
			if _, isArray := want.([]any); isArray != (got.Kind() == node.Array) || !same(got, want) {
				return false
			}
		}
		return true
	case []any:
		if n.Kind() != node.Array {
			return false
		}
		for i, want := range v {
			if want != nil && !same(n.At(i), want) {
				return false
			}
		}
		return true
	case bool:
		got, ok := n.Bool()
		return ok && got == v
	case json.Number:
		return n.Kind() == node.Number && n.Text() == string(v)
	case string:
		return n.Kind() == node.String && n.Text() == v && n.Is(v)
	}
	return v == nil
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(patient))
	f.Add([]byte(`{"a":[1,-2.5e3,true,false,null,"\u00e9\n"],"_a":[{"id":"x"}]}`))
	f.Add([]byte(`[[[{}]]]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := node.Parse(in)
		if err != nil {
			_ = err.Error()
			return
		}
		dec := json.NewDecoder(bytes.NewReader(in))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if !same(d.Root(), want) {
			t.Fatalf("%q reads otherwise with encoding/json", in)
		}
		var walk func(n node.Node)
		walk = func(n node.Node) {
			_ = n.Location()
			_, _ = n.Decimal()
			_, _ = n.DateTime()
			for item := range n.Items() {
				for _, e := range item.Elements() {
					walk(e)
				}
			}
		}
		if len(in) < 2000 {
			walk(d.Root())
		}
		d.Release()
	})
}
