// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// guides are packages whose profiles have snapshots, with what they build on.
var guides = []struct{ file, with string }{
	{"hl7.fhir.us.core#3.1.1", ""},
	{"hl7.fhir.us.core#6.1.0", ""},
	{"hl7.fhir.us.core#7.0.0", ""},
	{"hl7.fhir.us.carin-bb#1.1.0", "hl7.fhir.us.core#3.1.1"},
	{"hl7.fhir.us.carin-bb#2.0.0", "hl7.fhir.us.core#6.1.0"},
	{"hl7.fhir.us.davinci-pas#2.0.1", "hl7.fhir.us.core#3.1.1 hl7.fhir.us.davinci-hrex#1.0.0"},
	{"hl7.fhir.us.davinci-pdex-plan-net#1.1.0", "hl7.fhir.us.core#3.1.1"},
}

// compared is what of an element decides validity.
func compared(e Element) map[string]any {
	out := map[string]any{}
	for name, raw := range e {
		switch {
		case name == "id", name == "path", name == "sliceName", name == "min", name == "max", name == "contentReference",
			name == "mustSupport", strings.HasPrefix(name, "fixed"), strings.HasPrefix(name, "pattern"):
			var v any
			_ = json.Unmarshal(raw, &v)
			if name == "contentReference" { // with or without the type's address
				text := e.Text(name)
				v = text[strings.IndexByte(text, '#')+1:]
			}
			out[name] = v
		case name == "binding":
			var b struct{ Strength, ValueSet string }
			_ = json.Unmarshal(raw, &b)
			out[name] = b
		case name == "type":
			var types []struct {
				Code                   string
				Profile, TargetProfile []string
			}
			_ = json.Unmarshal(raw, &types)
			out[name] = types
		}
	}
	return out
}

// comparison counts what the snapshots of a guide have in common.
type comparison struct{ profiles, same, elements, alike int }

// TestSnapshots makes the guides' snapshots anew and compares them with those that
// the guides publish, element by element.
func TestSnapshots(t *testing.T) {
	base := packages.NewIndex()
	base.AddPackage(open(t, "hl7.fhir.r4.core#4.0.1"))
	var rows []string
	var all comparison
	fields := map[string]int{}
	for _, g := range guides {
		x := packages.NewIndex()
		x.Parent = base
		for _, name := range strings.Fields(g.with) {
			x.AddPackage(open(t, name))
		}
		own := packages.NewIndex()
		own.Parent = x
		own.AddPackage(open(t, g.file))
		var c comparison
		for _, sd := range own.OfType("StructureDefinition") {
			if sd.Get("derivation").Is("constraint") {
				c.add(t, own, sd, fields)
			}
		}
		rows = append(rows, c.row(g.file))
		all = comparison{all.profiles + c.profiles, all.same + c.same, all.elements + c.elements, all.alike + c.alike}
	}
	rows = append(rows, all.row("all"))
	var lines []string
	for name, n := range fields {
		lines = append(lines, fmt.Sprintf("| %s | %d |", strings.ReplaceAll(name, "|", "\\|"), n))
	}
	sort.Strings(lines)
	ledger.Check(t, "fhir-snapshot.md", fmt.Sprintf(ledgerText, strings.Join(rows, "\n"), strings.Join(lines, "\n")))
}

func (c *comparison) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f %% |", name, c.profiles, c.same, c.elements, c.alike, 100*float64(c.alike)/float64(max(c.elements, 1)))
}

// add compares one profile's snapshot.
func (c *comparison) add(t *testing.T, x *packages.Index, sd node.Node, fields map[string]int) {
	want, err := read(sd.Get("snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	c.profiles++
	made, err := (&Generator{Definitions: x}).Make(sd)
	if err != nil {
		if !errors.Is(err, ErrNotLoaded) {
			t.Errorf("%s: %v", sd.Get("url").Text(), err)
		}
		fields["the whole profile: "+err.Error()]++
		return
	}
	byID := map[string]Element{}
	for _, e := range made {
		byID[e.ID()] = e
	}
	alike := 0
	for _, e := range want {
		c.elements++
		have, ok := byID[e.ID()]
		switch differ := differences(e, have); {
		case !ok:
			fields["the whole element"]++
		case len(differ) == 0:
			alike++
		default:
			for _, name := range differ {
				fields[name]++
			}
		}
	}
	c.alike += alike
	if alike == len(want) && len(made) == len(want) {
		c.same++
	}
}

// differences are the fields in which two elements differ.
func differences(a, b Element) []string {
	x, y := compared(a), compared(b)
	var names []string
	for name := range x {
		if !cmp.Equal(x[name], y[name]) {
			names = append(names, name)
		}
	}
	for name := range y {
		if _, ok := x[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

const ledgerText = `# Snapshots made from differentials

The profiles and extensions of the guides, their snapshots made anew from their differentials and
compared with those that the guides publish: of each element id, path, slice name, how often it stands,
types with their profiles and targets, binding, fixed value or pattern, mustSupport and content reference.

| package | profiles | snapshots alike | elements | alike | |
|---|---|---|---|---|---|
%s

## What differs

| field | elements |
|---|---|
%s

Published snapshots are of many versions of HL7's publisher, which do not agree with one another. The
older ones leave a choice that is named by its type (valueQuantity) that type alone, and unfold the
extensions of each part of a complex extension; newer ones do neither, and so does Woodlawn. Some slices
of the CARIN Blue Button and pulse oximetry profiles take over what the profile asks of all items, others
what the base asks; here they take over what the base asks, and a validator checks both.
`

func open(t *testing.T, name string) *packages.Package {
	p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const profile = `{"resourceType":"StructureDefinition","url":"http://example.org/p","type":"Thing","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Thing","differential":{"element":[
 {"path":"Thing"},
 {"path":"Thing.part","slicing":{"discriminator":[{"type":"value","path":"code"}],"rules":"open"},"min":1},
 {"path":"Thing.part","sliceName":"a","max":"1"},
 {"path":"Thing.part.code","fixedCode":"a"},
 {"path":"Thing.part","sliceName":"a/b"},
 {"path":"Thing.part.again.code","min":1},
 {"path":"Thing.valueName","min":1},
 {"path":"Thing.owner.given","mustSupport":true}]}}`

const thing = `{"resourceType":"StructureDefinition","url":"http://hl7.org/fhir/StructureDefinition/Thing","type":"Thing","derivation":"specialization","snapshot":{"element":[
 {"id":"Thing","path":"Thing","min":0,"max":"*"},
 {"id":"Thing.part","path":"Thing.part","min":0,"max":"*","type":[{"code":"BackboneElement"}]},
 {"id":"Thing.part.code","path":"Thing.part.code","min":0,"max":"1","type":[{"code":"code"}],"binding":{"strength":"example","valueSet":"http://example.org/v"}},
 {"id":"Thing.part.again","path":"Thing.part.again","min":0,"max":"*","contentReference":"#Thing.part"},
 {"id":"Thing.value[x]","path":"Thing.value[x]","min":0,"max":"1","type":[{"code":"Name"},{"code":"code"}]},
 {"id":"Thing.owner","path":"Thing.owner","min":0,"max":"1","type":[{"code":"Name"}]}]}}`

const name = `{"resourceType":"StructureDefinition","url":"http://hl7.org/fhir/StructureDefinition/Name","type":"Name","snapshot":{"element":[
 {"id":"Name","path":"Name"},{"id":"Name.given","path":"Name.given","min":0,"max":"*"}]}}`

// index holds definitions.
func index(t testing.TB, definitions ...string) *packages.Index {
	t.Helper()
	x := packages.NewIndex()
	for _, s := range definitions {
		d, err := node.ParseResource([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		x.Add(d.Root())
	}
	return x
}

func TestMake(t *testing.T) {
	x := index(t, thing, name, profile)
	made, err := (&Generator{Definitions: x}).Elements("http://example.org/p")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range made {
		got = append(got, strings.TrimSpace(e.ID()+" "+string(e["min"])+".."+e.Text("max")+" "+e.Text("fixedCode")))
	}
	want := []string{"Thing 0..*", "Thing.part 1..*", "Thing.part.code 0..1", "Thing.part.again 0..*",
		"Thing.part:a 0..1", "Thing.part:a.code 0..1 a", "Thing.part:a.again 0..*",
		"Thing.part:a/b 0..*", "Thing.part:a/b.code 0..1", "Thing.part:a/b.again 0..*", "Thing.part:a/b.again.code 1..1", "Thing.part:a/b.again.again 0..*",
		"Thing.value[x] 0..1", "Thing.value[x]:valueName 1..1", "Thing.owner 0..1", "Thing.owner.given 0..*"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if types := string(made[13]["type"]); types != `[{"code":"Name"}]` {
		t.Errorf("the slice of a choice has the types %s", types)
	}
	sd, _ := x.Find("http://example.org/p")
	whole, err := JSON(sd, made)
	if err != nil {
		t.Fatal(err)
	}
	d, err := node.ParseResource(whole)
	if err != nil || d.Root().Get("snapshot").Get("element").Len() != len(want) || !d.Root().Get("url").Is("http://example.org/p") {
		t.Errorf("the definition with its snapshot: %v %s", err, whole)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"Thing.owner.given", "Thing.owner.taken", "no element Thing.owner.taken"},
		{"StructureDefinition/Thing", "StructureDefinition/None", "not loaded"},
		{"http://hl7.org/fhir/StructureDefinition/Thing", "http://example.org/p", "builds on itself"},
		{`"constraint"`, `"specialization"`, "no constraint"},
	} {
		x := index(t, thing, name, strings.Replace(profile, c.old, c.new, 1))
		if _, err := (&Generator{Definitions: x}).Elements("http://example.org/p"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
}

func FuzzMake(f *testing.F) {
	f.Add(profile)
	f.Add(thing)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := node.Parse([]byte(s))
		if err != nil {
			return
		}
		x := index(t, thing, name)
		x.Add(d.Root())
		_, _ = (&Generator{Definitions: x}).Make(d.Root()) // no panic, and an end
	})
}
