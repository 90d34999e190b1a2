// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

func library(id string, includes ...string) *Library {
	var defs []string
	for _, inc := range includes {
		defs = append(defs, fmt.Sprintf(`{"localIdentifier":%q,"path":%q,"version":"1"}`, inc, "http://example.org/"+inc))
	}
	lib, err := Load([]byte(fmt.Sprintf(`{"library":{"identifier":{"id":%q,"version":"1"},"includes":{"def":[%s]},
		"statements":{"def":[{"name":"x","expression":%s}]}}}`, id, strings.Join(defs, ","), num(1))))
	if err != nil {
		panic(err)
	}
	return lib
}

func TestLinkRefusesCircles(t *testing.T) {
	a, b := library("A", "B"), library("B", "A")
	_, err := NewProgram().Link(a, []*Library{a, b})
	if err == nil || !strings.Contains(err.Error(), "A|1 -> B|1 -> A|1") {
		t.Errorf("got %v", err)
	}
}

func TestLinkNamesWhatIsMissing(t *testing.T) {
	a := library("A", "B")
	_, err := NewProgram().Link(a, nil)
	if err == nil || !strings.Contains(err.Error(), "A|1: library B|1 is not at hand") {
		t.Errorf("got %v", err)
	}
}

func TestLinkSharesLibraries(t *testing.T) {
	p := NewProgram()
	first, err := p.Link(library("A", "B"), []*Library{library("B")})
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Link(library("C", "B"), []*Library{library("B")})
	if err != nil {
		t.Fatal(err)
	}
	if first.includes["B"] != second.includes["B"] {
		t.Error("a library that two others include was compiled twice")
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, src := range []string{"", "{}", "[]", `{"library":{}}`, `{"library":5}`, `{"library":{"identifier":{"id":7}}`} {
		if l, err := Load([]byte(src)); err == nil {
			t.Errorf("%q was loaded as %s", src, l.Name())
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	src := strings.Replace(libraryOf(op("Add", txt("a"), num(1))), `"type":"Add"`, `"type":"Add","locator":"12:3-12:9"`, 1)
	_, err := evaluate(t, src, Options{})
	want := `Example|1, "x", 12:3-12:9: Add is not defined for (String, Integer)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A definition that failed fails again with the same reason, and others still work.
func TestFailureIsRemembered(t *testing.T) {
	lib, err := Load([]byte(libraryOf(op("Add", ref("bad"), num(1)),
		`{"name":"bad","expression":`+op("Add", txt("a"), num(1))+`}`, `{"name":"good","expression":`+num(3)+`}`)))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	run := p.Start(patientOf(t), nil, Options{})
	_, first := run.Evaluate(u, "x")
	_, second := run.Evaluate(u, "x")
	if first == nil || second == nil || first.Error() != second.Error() || !strings.Contains(first.Error(), `"bad"`) {
		t.Errorf("got %v, then %v", first, second)
	}
	if v, err := run.Evaluate(u, "good"); err != nil || Text(v) != "3" {
		t.Errorf("a good definition after a bad one: %s, %v", Text(v), err)
	}
}

func ref(name string) string { return `{"type":"ExpressionRef","name":"` + name + `"}` }

func patientOf(t testing.TB) *Patient {
	doc, err := node.ParseResource([]byte(testPatient))
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPatient(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExplain(t *testing.T) {
	lib, err := Load([]byte(libraryOf(op("Or", un("Exists", ref("visits")), un("Exists", ref("tests"))),
		`{"name":"visits","expression":`+retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits")))+`}`,
		`{"name":"tests","expression":`+retrieveOf("Observation")+`}`)))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	run := p.Start(patientOf(t), nil, Options{Terminology: testTerminology(t)})
	x, err := run.Explain(u, "x")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "x: true\n  visits: 2: Encounter/e1, Encounter/e2\n  tests: not needed\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if got := run.Resources(u, []string{"x"}); strings.Join(got, " ") != "Encounter/e1 Encounter/e2" {
		t.Errorf("resources %v", got)
	}
}

// One program and one patient serve many goroutines.
func TestConcurrentUse(t *testing.T) {
	lib, err := Load([]byte(libraryOf(agg("Count", retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits")))))))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	patient, terms := patientOf(t), testTerminology(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				if v, err := p.Start(patient, nil, Options{Terminology: terms}).Evaluate(u, "x"); err != nil || v != Integer(2) {
					t.Errorf("got %v, %v", v, err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// Any text may be given for a library: it is refused or evaluated, never a crash.
func FuzzLoad(f *testing.F) {
	for _, examples := range [][]example{logicalExamples, queryExamples, referenceExamples, typeExamples, intervalExamples} {
		for _, e := range examples[:min(len(examples), 12)] {
			f.Add(libraryOf(e.elm))
		}
	}
	f.Add(annotated())
	patient, terms := patientOf(f), testTerminology(f)
	f.Fuzz(func(t *testing.T, src string) {
		lib, err := Load([]byte(src))
		if err != nil {
			return
		}
		p := NewProgram()
		u, err := p.Link(lib, []*Library{lib})
		if err != nil {
			return
		}
		run := p.Start(patient, nil, Options{Terminology: terms, MaxSteps: 10_000})
		for _, d := range u.Definitions() {
			v, err := run.Evaluate(u, d.Name)
			if err != nil && strings.Contains(err.Error(), "internal error") {
				t.Errorf("%s: %v", d.Name, err)
			}
			Text(v)
		}
		traced := NewTracedProgram()
		if u, err = traced.Link(lib, []*Library{lib}); err != nil {
			t.Fatal(err)
		}
		run = traced.Start(patient, nil, Options{Terminology: terms, MaxSteps: 10_000})
		for _, d := range u.Definitions() {
			if _, err := run.Highlight(u, d.Name); err != nil {
				t.Error(err)
			}
			run.Interest(u, []string{d.Name})
			u.Requirements([]string{d.Name})
		}
	})
}
