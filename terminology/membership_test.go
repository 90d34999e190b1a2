// SPDX-License-Identifier: Apache-2.0

package terminology

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

func store(t *testing.T, definitions ...string) *Store {
	t.Helper()
	x := packages.NewIndex()
	for _, s := range definitions {
		d, err := node.ParseResource([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		x.Add(d.Root())
	}
	return NewStore(x)
}

const animals = `{"resourceType":"CodeSystem","url":"http://example.org/animals","content":"complete","concept":[
 {"code":"bird","concept":[{"code":"owl","concept":[{"code":"snowy"}]},{"code":"hen"}]},{"code":"cat"}]}`

func TestContains(t *testing.T) {
	s := store(t, animals,
		`{"resourceType":"ValueSet","url":"http://example.org/all","compose":{"include":[{"system":"http://example.org/animals"}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/birds","compose":{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-a","value":"bird"}]}],"exclude":[{"system":"http://example.org/animals","concept":[{"code":"hen"}]}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/both","compose":{"include":[{"system":"http://example.org/animals","valueSet":["http://example.org/birds"]}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/mixed","compose":{"include":[{"system":"http://example.org/animals","concept":[{"code":"cat"}]},{"system":"http://example.org/elsewhere"}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/circle","compose":{"include":[{"valueSet":["http://example.org/circle"]}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/expanded","expansion":{"contains":[{"system":"http://example.org/animals","code":"bird","abstract":true,"contains":[{"system":"http://example.org/animals","code":"owl"}]}]}}`,
		`{"resourceType":"ValueSet","url":"http://example.org/units","compose":{"include":[{"system":"http://unitsofmeasure.org"}]}}`,
	)
	const a = "http://example.org/animals"
	for _, c := range []struct {
		set, system, code string
		member, known     bool
	}{
		{"all", a, "snowy", true, true}, {"all", a, "dog", false, true}, {"all", "", "cat", true, true}, {"all", "http://x", "cat", false, true},
		{"birds", a, "snowy", true, true}, {"birds", a, "bird", true, true}, {"birds", a, "hen", false, true}, {"birds", a, "cat", false, true},
		{"both", a, "owl", true, true}, {"both", a, "cat", false, true},
		{"mixed", a, "cat", true, true}, {"mixed", a, "owl", false, true}, {"mixed", "http://example.org/elsewhere", "x", false, false},
		{"circle", a, "cat", false, false},
		{"expanded", a, "owl", true, true}, {"expanded", a, "bird", false, true},
		{"units", "http://unitsofmeasure.org", "nonsense", false, true}, {"units", "http://unitsofmeasure.org", "mg", false, false},
	} {
		member, known := s.Set("http://example.org/"+c.set).Contains(c.system, c.code)
		if member != c.member || known != c.known {
			t.Errorf("%s holds %s#%s: %v %v, want %v %v", c.set, c.system, c.code, member, known, c.member, c.known)
		}
	}
	if s.Set("http://example.org/none") != nil {
		t.Error("a value set that is not loaded is there")
	}
}

func TestMemberOf(t *testing.T) {
	s := store(t, animals, `{"resourceType":"ValueSet","url":"http://example.org/all","version":"2","compose":{"include":[{"system":"http://example.org/animals"}]}}`)
	for _, c := range []struct {
		typ, json     string
		member, known bool
	}{
		{"code", `"cat"`, true, true}, {"code", `"dog"`, false, true},
		{"Coding", `{"system":"http://example.org/animals","code":"cat"}`, true, true},
		{"Coding", `{"code":"cat"}`, false, true},
		{"CodeableConcept", `{"coding":[{"system":"http://x","code":"1"},{"system":"http://example.org/animals","code":"owl"}]}`, true, true},
		{"CodeableConcept", `{"coding":[{"system":"http://x","code":"1"}]}`, false, true},
		{"CodeableConcept", `{"text":"a cat"}`, false, true},
	} {
		d, err := node.Parse([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		v := path.NodeValue(d.Root(), schema.R4().Type(c.typ))
		if member, known := s.MemberOf(v, "http://example.org/all|2"); member != c.member || known != c.known {
			t.Errorf("%s: %v %v", c.json, member, known)
		}
	}
}
