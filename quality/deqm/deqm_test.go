// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// lines is a Reader of NDJSON: the patients of demo/quality.
type lines struct {
	docs   []*node.Doc
	hidden string // a type that the caller does not see
}

func demo(t testing.TB, more ...string) *lines {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(evidence.Root(), "demo", "quality", "patients.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	l := &lines{}
	for _, line := range append(strings.Split(strings.TrimSpace(string(src)), "\n"), more...) {
		d, err := node.ParseResource([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		l.docs = append(l.docs, d)
	}
	return l
}

func (l *lines) Read(_ context.Context, typ, id string) ([]byte, error) {
	for _, d := range l.docs {
		if d.Root().ResourceType() == typ && d.Root().ID() == id && typ != l.hidden {
			return d.Root().JSON(), nil
		}
	}
	return nil, fmt.Errorf("%s: %w", typ, ErrNotFound)
}

func (l *lines) Find(_ context.Context, typ, parameter, target string) iter.Seq2[[]byte, error] {
	element := map[string]string{"": "", "general-practitioner": "generalPractitioner", "organization": "managingOrganization", "practitioner": "practitioner"}[parameter]
	return func(yield func([]byte, error) bool) {
		for _, d := range l.docs {
			hit := element == ""
			for ref := range d.Root().Get(element).Items() {
				hit = hit || ref.Get("reference").Is(target)
			}
			if d.Root().ResourceType() == typ && hit && !yield(d.Root().JSON(), nil) {
				return
			}
		}
	}
}

func (l *lines) Record(_ context.Context, patient string, types []string) ([][]byte, error) {
	var found [][]byte
	for _, d := range l.docs {
		r := d.Root()
		if slices.Contains(types, r.ResourceType()) && (r.ResourceType() == "Patient" && r.ID() == patient || r.Get("subject").Get("reference").Is("Patient/"+patient)) {
			found = append(found, r.JSON())
		}
	}
	return found, nil
}

func (l *lines) Whole(typ string) bool { return typ != l.hidden }

// params is an Input: name, value by turns. A value that starts with { is a resource.
type params struct {
	names, values []string
	docs          map[int]*node.Doc
}

func input(t testing.TB, pairs ...string) *params {
	p := &params{docs: map[int]*node.Doc{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.HasPrefix(pairs[i+1], "{") {
			d, err := node.ParseResource([]byte(pairs[i+1]))
			if err != nil {
				t.Fatal(err)
			}
			p.docs[len(p.names)] = d
			pairs[i+1] = ""
		}
		p.names, p.values = append(p.names, pairs[i]), append(p.values, pairs[i+1])
	}
	return p
}

func (p *params) Texts(name string) (list []string) {
	for i, n := range p.names {
		if n == name && p.docs[i] == nil {
			list = append(list, p.values[i])
		}
	}
	return list
}

func (p *params) Text(name string) string {
	if l := p.Texts(name); len(l) > 0 {
		return l[0]
	}
	return ""
}

func (p *params) Value(string) (node.Node, string) { return node.Node{}, "" }

func (p *params) Resources(name string) (list []node.Node) {
	for i, n := range p.names {
		if n == name && p.docs[i] != nil {
			list = append(list, p.docs[i].Root())
		}
	}
	return list
}

func (p *params) Resource(name string) (node.Node, bool) {
	if l := p.Resources(name); len(l) > 0 {
		return l[0], true
	}
	return node.Node{}, false
}

// service has the demo's measure, and answers at the given day.
func service(t testing.TB, today string) *Service {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(evidence.Root(), "demo", "quality", "measure.json"))
	if err != nil {
		t.Fatal(err)
	}
	now, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s, err := New(Options{Bundles: [][]byte{b}, Reporter: "Organization/riverside-clinic", Now: func() time.Time { return now.Add(12 * time.Hour) },
		NewID: func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	measureURL = "http://woodlawn.example/Measure/DemoColorectalScreening"
	base       = "http://server.example/fhir"
)

func request(l *lines, in *params) *Request { return &Request{Input: in, Reader: l, Base: base} }

// values evaluates FHIRPath on an answer.
func values(t testing.TB, body []byte, expression string) string {
	t.Helper()
	d, err := node.ParseResource(body)
	if err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	found, err := path.MustCompile(expression).Evaluate(path.Root(d), nil)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var texts []string
	for _, v := range found {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, " ")
}

// valid checks every resource of an answer against R4 and the rules of the profiles
// that it claims.
func valid(t testing.TB, body []byte) {
	t.Helper()
	d, err := node.ParseResource(body)
	if err != nil {
		t.Fatal(err)
	}
	v := &validate.Validator{}
	for _, issue := range v.Validate(d) {
		if issue.Severity == validate.Error {
			t.Errorf("not valid: %s", issue)
		}
	}
	var walk func(n node.Node)
	walk = func(n node.Node) {
		for p := range n.Get("meta").Get("profile").Items() {
			if !strings.Contains(p.Text(), "/deqm/") {
				continue
			}
			own, err := node.ParseResource(bytes.Clone(n.JSON()))
			if err != nil {
				t.Fatal(err)
			}
			if len(Rules(p.Text())) == 0 {
				t.Errorf("no rules of %s", p.Text())
			}
			broken, err := Check(own, p.Text())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range broken {
				t.Errorf("%s: %s is broken: %s\n%.2000s", r.Profile, r.ID, r.Says, n.JSON())
			}
		}
		for _, list := range []string{"entry", "parameter"} {
			for e := range n.Get(list).Items() {
				if r := e.Get("resource"); r.Exists() {
					walk(r)
				}
			}
		}
	}
	walk(d.Root())
}

// kindOf is the kind of an error, or -1.
func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return -1
}

// The checks of these tests can fail: on a resource that R4 refuses inside an answer,
// and for each rule that a report breaks.
func TestChecksAreReal(t *testing.T) {
	bad, err := node.ParseResource([]byte(`{"resourceType":"Parameters","parameter":[{"name":"return","resource":{"resourceType":"Bundle","type":"collection","entry":[
		{"resource":{"resourceType":"MeasureReport","status":"odd","type":"summary","group":[{"population":[{"count":-1}]}]}}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	errors := 0
	for _, issue := range (&validate.Validator{}).Validate(bad) {
		if issue.Severity == validate.Error {
			errors++
		}
	}
	if errors < 2 { // the measure and the period are missing
		t.Errorf("%d errors", errors)
	}
	for _, profile := range []string{"individualmeasurereport", "summarymeasurereport", "subjectlistmeasurereport", "dataexchangemeasurereport", "gapsincaredetectedissue", "gapsincarecomposition", "gapsincarebundle"} {
		empty := map[string]string{"gapsincaredetectedissue": "DetectedIssue", "gapsincarecomposition": "Composition", "gapsincarebundle": "Bundle"}[profile]
		if empty == "" {
			empty = "MeasureReport"
		}
		d, err := node.ParseResource([]byte(`{"resourceType":"` + empty + `","type":"x","group":[{"population":[{}],"measureScore":{"value":2},"stratifier":[{}]}],
			"extension":[{"url":"` + profiles + `measureScoring","valueCodeableConcept":{"coding":[{"code":"proportion"}]}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		broken, err := Check(d, profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range Rules(profile) {
			holds := map[string]bool{"deqm-3": true, "deqm-4": true, "deqm-5": true, "MeasureReport.group": true, "MeasureReport.group.population.subjectResults": true}[r.ID]
			if slices.ContainsFunc(broken, func(b Rule) bool { return b.ID == r.ID }) == holds {
				t.Errorf("%s: rule %s holds: %v", profile, r.ID, holds)
			}
		}
	}
}
