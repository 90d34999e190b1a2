// SPDX-License-Identifier: Apache-2.0

package terminology

import (
	"errors"
	"strings"
	"testing"
)

const shapes = `{"resourceType":"CodeSystem","url":"http://example.org/shapes","version":"1","content":"complete","caseSensitive":false,
"property":[{"code":"sides","type":"integer"},{"code":"colour","type":"code"}],"concept":[
 {"code":"shape","display":"Shape","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
  {"code":"triangle","display":"Triangle","designation":[{"language":"de","value":"Dreieck"}],"property":[{"code":"sides","valueInteger":3}]},
  {"code":"square","display":"Square","property":[{"code":"sides","valueInteger":4},{"code":"colour","valueCode":"red"}],"concept":[
   {"code":"unit-square","display":"Unit square","property":[{"code":"inactive","valueBoolean":true},{"code":"sides","valueInteger":4}]}]}]},
 {"code":"line","display":"Line"}]}`

func filtered(property, op, value string) string {
	return `{"resourceType":"ValueSet","url":"http://example.org/f","compose":{"include":[{"system":"http://example.org/shapes","filter":[{"property":"` +
		property + `","op":"` + op + `","value":"` + value + `"}]}]}}`
}

func codes(e *Expansion) string {
	var all []string
	for _, c := range e.Contains {
		all = append(all, c.Code)
	}
	return strings.Join(all, " ")
}

func TestFilters(t *testing.T) {
	for _, c := range []struct{ property, op, value, want string }{
		{"concept", "is-a", "square", "square unit-square"},
		{"concept", "descendent-of", "square", "unit-square"},
		{"concept", "is-not-a", "square", "shape triangle line"},
		{"concept", "generalizes", "unit-square", "shape square unit-square"},
		{"concept", "in", "line, square", "square line"},
		{"concept", "not-in", "line,square", "shape triangle unit-square"},
		{"sides", "=", "4", "square unit-square"},
		{"sides", "exists", "true", "triangle square unit-square"},
		{"sides", "exists", "false", "shape line"},
		{"colour", "in", "red,blue", "square"},
		{"code", "regex", ".*square", "square unit-square"},
		{"display", "regex", "T.*", "triangle"},
		{"parent", "=", "shape", "triangle square"},
		{"inactive", "=", "true", "unit-square"},
		{"notSelectable", "=", "false", "triangle square unit-square line"},
	} {
		e, err := store(t, shapes, filtered(c.property, c.op, c.value)).Expand("http://example.org/f", ExpandOptions{})
		if err != nil || !e.Complete || codes(e) != c.want {
			t.Errorf("%s %s %s: %v %+v, want %s", c.property, c.op, c.value, err, e, c.want)
		}
	}
	for _, c := range [][3]string{{"weight", "=", "1"}, {"code", "regex", "("}, {"sides", "exists", "maybe"}, {"sides", "is-a", "4"}, {"child", "=", "square"}} {
		e, err := store(t, shapes, filtered(c[0], c[1], c[2])).Expand("http://example.org/f", ExpandOptions{})
		if err != nil || e.Complete || len(e.Contains) != 0 || len(e.Open) != 1 {
			t.Errorf("%v is answered: %v %+v", c, err, e)
		}
	}
}

func TestExpand(t *testing.T) {
	s := store(t, shapes, `{"resourceType":"ValueSet","url":"http://example.org/v","compose":{"include":[
 {"system":"http://example.org/shapes"},{"system":"http://example.org/elsewhere","concept":[{"code":"z","display":"Zed square"}]}]}}`)
	for _, c := range []struct {
		o     ExpandOptions
		want  string
		total int
	}{
		{ExpandOptions{}, "z shape triangle square unit-square line", 6},
		{ExpandOptions{ActiveOnly: true}, "z shape triangle square line", 5},
		{ExpandOptions{Filter: "SQUARE"}, "z square unit-square", 3},
		{ExpandOptions{Filter: "square unit"}, "unit-square", 1},
		{ExpandOptions{Offset: 4, Count: 5}, "unit-square line", 6},
		{ExpandOptions{Offset: 1, Count: 2}, "shape triangle", 6},
		{ExpandOptions{Offset: 99}, "", 6},
	} {
		e, err := s.Expand("http://example.org/v", c.o)
		if err != nil || codes(e) != c.want || e.Total != c.total {
			t.Errorf("%+v: %v %+v", c.o, err, e)
		}
	}
	if _, err := s.Expand("http://example.org/none", ExpandOptions{}); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("a value set that is not loaded: %v", err)
	}
}

func TestLookup(t *testing.T) {
	const url = "http://example.org/shapes"
	s := store(t, shapes, strings.ReplaceAll(strings.Replace(shapes, "complete", "fragment", 1), "shapes", "part"), filtered("sides", "=", "4"))
	c, err := s.Lookup(url, "TRIANGLE") // the system's codes are the same in any case
	if err != nil || c.Display != "Triangle" || c.Parents[0] != "shape" || c.Designations[0].Value != "Dreieck" || c.Properties[0] != (Property{"sides", "3", "integer"}) {
		t.Errorf("triangle is %+v, %v", c, err)
	}
	for _, x := range []struct {
		system, code string
		want         error
	}{{url, "cube", ErrUnknownCode}, {"http://example.org/part", "cube", ErrNotLoaded}, {"http://example.org/none", "x", ErrNotLoaded}} {
		if _, err := s.Lookup(x.system, x.code); !errors.Is(err, x.want) {
			t.Errorf("%s#%s: %v, want %v", x.system, x.code, err, x.want)
		}
	}
	for _, x := range [][3]string{{"square", "square", "equivalent"}, {"shape", "unit-square", "subsumes"}, {"unit-square", "shape", "subsumed-by"}, {"line", "shape", "not-subsumed"}} {
		if got, err := s.Subsumes(url, x[0], x[1]); got != x[2] || err != nil {
			t.Errorf("%v: %s %v", x, got, err)
		}
	}
	if _, err := s.Subsumes(url, "cube", "line"); !errors.Is(err, ErrUnknownCode) {
		t.Errorf("cube subsumes: %v", err)
	}
	const set = "http://example.org/f"
	for _, x := range []struct {
		set  string
		in   Coding
		want Validation
	}{
		{set, Coding{url, "square", "square"}, Validation{Member: true, Known: true, Display: "Square"}},
		{set, Coding{url, "Square", ""}, Validation{Member: true, Known: true, Display: "Square"}},
		{set, Coding{url, "line", "Curve"}, Validation{Known: true, Display: "Line", WrongDisplay: true}},
		{"", Coding{url, "triangle", " dreieck"}, Validation{Member: true, Known: true, Display: "Triangle"}},
		{"", Coding{url, "cube", ""}, Validation{Known: true}},
		{"", Coding{"http://example.org/none", "x", ""}, Validation{}},
		{"http://example.org/none", Coding{url, "line", ""}, Validation{Display: "Line"}},
	} {
		if got := s.ValidateCode(x.set, x.in); got != x.want {
			t.Errorf("%s %+v: %+v, want %+v", x.set, x.in, got, x.want)
		}
	}
	if right, ok, known := s.CheckDisplay(url, "line", "Curve"); right != "Line" || ok || !known {
		t.Errorf("the display of line: %s %v %v", right, ok, known)
	}
}
