// SPDX-License-Identifier: Apache-2.0

package path

import (
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// Every invariant and search parameter of the embedded table compiles.
func TestSchemaCompiles(t *testing.T) {
	s := schema.R4()
	count := 0
	compile := func(where, source string) {
		if source == "" {
			return
		}
		count++
		if _, err := Compile(source); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}
	for _, typ := range s.Types {
		for _, v := range typ.Invariants {
			compile(v.Key, v.Expression)
		}
		for i := range typ.Elements {
			for _, v := range typ.Elements[i].Invariants {
				compile(v.Key, v.Expression)
			}
		}
	}
	for _, p := range s.SearchParameters {
		compile(p.URL, p.Expression)
		for _, c := range p.Components {
			compile(p.URL, c.Expression)
		}
	}
	t.Logf("%d expressions", count)
}

// Every expression of every package held compiles.
func TestPackagesCompile(t *testing.T) {
	dir := evidence.Path(t, "fhir/packages")
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatal("no packages", err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		if strings.Contains(file, "examples") {
			continue
		}
		p, err := packages.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range p.Resources() {
			if r.Err != nil {
				t.Errorf("%s %s: %v", p.ID(), name, r.Err)
				continue
			}
			switch r.ResourceType() {
			case "StructureDefinition":
				for e := range r.Get("snapshot").Get("element").Items() {
					for c := range e.Get("constraint").Items() {
						compileOnce(t, seen, p.ID()+" "+name+" "+c.Get("key").Text(), c.Get("expression").Text())
					}
				}
			case "SearchParameter":
				compileOnce(t, seen, p.ID()+" "+name, r.Get("expression").Text())
			}
		}
	}
	t.Logf("%d different expressions", len(seen))
}

func compileOnce(t *testing.T, seen map[string]bool, where, source string) {
	if source == "" || seen[source] {
		return
	}
	seen[source] = true
	if _, err := Compile(source); err != nil {
		t.Errorf("%s: %v", where, err)
	}
}

// Every search parameter of a resource's type evaluates over it.
func searchAll(t *testing.T, compiled map[string]*Expr, n node.Node, where string, found map[string]int) {
	s := schema.R4()
	v := ResourceValue(n)
	for typ := v.typ; typ != nil; typ = typ.Base() {
		for _, p := range s.SearchParameters {
			if p.Expression == "" || !slices.Contains(p.Base, typ.Name) {
				continue
			}
			if compiled[p.Expression] == nil {
				compiled[p.Expression] = MustCompile(p.Expression)
			}
			got, err := compiled[p.Expression].Evaluate(v, &Options{TypedReferences: true})
			if err != nil {
				t.Errorf("%s: %s: %v", where, p.URL, err)
			}
			if len(got) > 0 {
				found[p.URL]++
			}
		}
	}
}

func TestSearchParametersOverExamples(t *testing.T) {
	p, err := packages.Open(evidence.Path(t, "fhir/packages/hl7.fhir.us.carin-bb#2.0.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	compiled, found := map[string]*Expr{}, map[string]int{}
	for name, r := range p.Examples() {
		searchAll(t, compiled, r.Node, name, found)
	}
	for _, url := range []string{
		"http://hl7.org/fhir/SearchParameter/ExplanationOfBenefit-patient",
		"http://hl7.org/fhir/us/carin-bb/SearchParameter/explanationofbenefit-service-date",
		"http://hl7.org/fhir/SearchParameter/Resource-profile",
	} {
		if found[url] == 0 {
			t.Errorf("%s finds nothing in the examples", url)
		}
	}
	t.Logf("%d search parameters find something", len(found))
}

// checker evaluates the invariants of R4's types over whole resources.
type checker struct {
	rules    map[*schema.Invariant]*Expr
	failures map[string][]string // key -> where
	errors   map[string]string
	checked  int
}

func (c *checker) check(v Value, rules []*schema.Invariant, opts *Options, where string) {
	for _, inv := range rules {
		if inv.Expression == "" {
			continue
		}
		e := c.rules[inv]
		if e == nil {
			e = MustCompile(inv.Expression)
			c.rules[inv] = e
		}
		c.checked++
		ok, known, err := e.Test(v, opts)
		switch {
		case err != nil:
			c.errors[inv.Key] = fmt.Sprintf("%s: %v", where, err)
		case !ok && known && !inv.Warning:
			c.failures[inv.Key] = append(c.failures[inv.Key], where)
		}
	}
}

func (c *checker) resource(n node.Node, root Value, where string) {
	v := ResourceValue(n)
	if v.typ == nil {
		return
	}
	c.walk(v, v.typ, nil, &Options{Resource: v, RootResource: root}, root, where)
}

func (c *checker) walk(v Value, typ *schema.Type, def *schema.Element, opts *Options, root Value, where string) {
	for t := typ; t != nil; t = t.Base() {
		if t == typ || t.Kind == schema.Complex && typ.Kind == schema.Backbone {
			c.check(v, t.Invariants, opts, where)
		}
	}
	if def != nil {
		c.check(v, def.Invariants, opts, where)
	}
	for name, n := range v.Node().Elements() {
		el, t := typ.JSONElement(name)
		if t == nil {
			continue
		}
		for item := range n.Items() {
			if t.Abstract && t.Kind == schema.Resource {
				child := ResourceValue(item)
				if child.typ != nil {
					inner := root
					if name != "contained" {
						inner = child
					}
					c.walk(child, child.typ, el, &Options{Resource: child, RootResource: inner}, inner, where)
				}
				continue
			}
			c.walk(NodeValue(item, t), t, el, opts, root, where)
		}
	}
}

// The invariants of R4 hold over the examples of the packages, but for those
// that break them in truth.
func TestInvariantsOverExamples(t *testing.T) {
	dir := evidence.Path(t, "fhir/packages")
	c := &checker{rules: map[*schema.Invariant]*Expr{}, failures: map[string][]string{}, errors: map[string]string{}}
	resources := 0
	files, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
	for _, file := range files {
		p, err := packages.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		each := p.Examples()
		if strings.Contains(file, "r4.examples") {
			each = p.Resources()
		}
		for name, r := range each {
			if r.Err != nil {
				t.Errorf("%s: %v", name, r.Err)
				continue
			}
			resources++
			c.resource(r.Node, ResourceValue(r.Node), p.ID()+" "+name)
		}
	}
	for key, err := range c.errors {
		t.Errorf("%s: %s", key, err)
	}
	var keys, rows []string
	for key := range c.failures {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		why, known := brokenExamples[key]
		if !known {
			t.Errorf("%s fails %d times, as in %s", key, len(c.failures[key]), c.failures[key][0])
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %s |", key, len(c.failures[key]), why))
	}
	if !t.Failed() {
		ledger.Check(t, "fhir-invariants.md", fmt.Sprintf(invariantsText, resources, c.checked, strings.Join(rows, "\n")))
	}
}

// brokenExamples are the rules that published examples break, and how.
var brokenExamples = map[string]string{
	"sdf-4": "logical models without a base that are not marked abstract (Definition, Event, FiveWs, Request)",
	"txt-1": "the narrative is an empty div",
	"txt-2": "the narrative is an empty div",
}

const invariantsText = `# Invariants over the published examples

The invariants of R4's own types, evaluated by fhir/path over every example resource of the HL7
packages at hand: %d resources, %d evaluations, none of which ends in an error. These rules fail,
each on examples that break it in truth.

| rule | examples | why |
|---|---|---|
%s
`
