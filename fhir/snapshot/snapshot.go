// SPDX-License-Identifier: Apache-2.0

// Package snapshot makes the snapshot of a profile from its differential and the
// snapshot of what it builds on (R4, profiling.html): elements are inherited,
// slices are copies of the element that they slice, and where a differential
// reaches into a data type or a profile of it, that one's elements are unfolded.
package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
)

const (
	definitionPrefix = "http://hl7.org/fhir/StructureDefinition/"
	maxDepth         = 30      // profiles that build on profiles
	maxElements      = 100_000 // of one snapshot
)

// ErrNotLoaded says that a definition that a snapshot needs is not loaded.
var ErrNotLoaded = errors.New("not loaded")

// Element is one ElementDefinition, its fields as JSON.
type Element map[string]json.RawMessage

// Text is a field that is a string.
func (e Element) Text(name string) string {
	var s string
	_ = json.Unmarshal(e[name], &s) // a field of another kind is no text
	return s
}

// ID is the element's id: Observation.category:vital.coding.
func (e Element) ID() string { return e.Text("id") }

func (e Element) set(name, value string) {
	e[name], _ = json.Marshal(value) // a string can always be written
}

func (e Element) copied() Element {
	c := make(Element, len(e))
	for name, value := range e {
		c[name] = value
	}
	return c
}

// Generator makes snapshots from the definitions of an index. It is not safe for
// use by several goroutines.
type Generator struct {
	Definitions *packages.Index

	made map[string][]Element // by canonical URL
}

// Elements is the snapshot of a definition, by its canonical URL: its own, if it
// has one, else made from its differential.
func (g *Generator) Elements(url string) ([]Element, error) { return g.elements(url, 0) }

func (g *Generator) elements(url string, depth int) ([]Element, error) {
	if made, ok := g.made[url]; ok {
		return made, nil
	}
	sd, ok := g.Definitions.Find(url)
	if !ok || sd.ResourceType() != "StructureDefinition" {
		return nil, fmt.Errorf("the definition %s: %w", url, ErrNotLoaded)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("the definition %s builds on itself", url)
	}
	made, err := read(sd.Get("snapshot"))
	if err == nil && len(made) == 0 {
		made, err = g.make(sd, depth)
	}
	if err != nil {
		return nil, err
	}
	if g.made == nil {
		g.made = map[string][]Element{}
	}
	g.made[url] = made
	return made, nil
}

// Make makes the snapshot of a profile from its differential, whether or not it
// has a snapshot already.
func (g *Generator) Make(sd node.Node) ([]Element, error) { return g.make(sd, 0) }

func (g *Generator) make(sd node.Node, depth int) ([]Element, error) {
	if !sd.Get("derivation").Is("constraint") {
		return nil, fmt.Errorf("%s is no constraint on another definition", sd.Get("url").Text())
	}
	base, err := g.elements(sd.Get("baseDefinition").Text(), depth+1)
	if err != nil {
		return nil, err
	}
	differential, err := read(sd.Get("differential"))
	if err != nil {
		return nil, err
	}
	b := builder{
		generator: g, depth: depth, inherited: append([]Element(nil), base...),
		unfolded: map[string]bool{},
	}
	for _, e := range base {
		b.list = append(b.list, e.copied())
	}
	for _, e := range differential {
		if err := b.apply(e); err != nil {
			return nil, fmt.Errorf("%s: %w", sd.Get("url").Text(), err)
		}
	}
	return b.list, nil
}

// read reads the elements of a snapshot or differential; those without an id get
// the one that their path and slice name give.
func read(view node.Node) ([]Element, error) {
	var list []Element
	ids := map[string]string{} // the latest id of a path
	for n := range view.Get("element").Items() {
		e := Element{}
		if err := json.Unmarshal(n.JSON(), &e); err != nil {
			return nil, fmt.Errorf("an element is no JSON object: %w", err)
		}
		path := e.Text("path")
		if e.ID() == "" {
			id := idOf(path, ids)
			if slice := e.Text("sliceName"); slice != "" {
				id += ":" + slice
			}
			e.set("id", id)
		}
		for p := range ids { // what follows is in this element, not in an earlier one
			if strings.HasPrefix(p, path+".") {
				delete(ids, p)
			}
		}
		ids[path] = e.ID()
		list = append(list, e)
	}
	return list, nil
}

// idOf is the id of a path under the latest element around it.
func idOf(path string, ids map[string]string) string {
	for dot := strings.LastIndexByte(path, '.'); dot > 0; dot = strings.LastIndexByte(path[:dot], '.') {
		if id := ids[path[:dot]]; id != "" {
			return id + path[dot:]
		}
	}
	return path
}

// JSON writes a StructureDefinition with a snapshot in place of its own.
func JSON(sd node.Node, elements []Element) ([]byte, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(sd.JSON(), &whole); err != nil {
		return nil, err
	}
	list, err := json.Marshal(elements)
	if err != nil {
		return nil, err
	}
	whole["snapshot"] = json.RawMessage(`{"element":` + string(list) + `}`)
	return json.Marshal(whole)
}

// merge lays a differential's fields over an inherited element's.
func merge(into, from Element) {
	names := make([]string, 0, len(from))
	for name := range from {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		switch name {
		case "id", "path", "base":
		case "binding":
			into[name] = overlaid(into[name], from[name])
		case "constraint", "condition", "mapping", "alias", "example":
			into[name] = joined(into[name], from[name])
		default:
			for have := range into { // a fixed value of one type replaces that of another
				if stem := choiceOf(name); stem != "" && have != name && choiceOf(have) == stem {
					delete(into, have)
				}
			}
			into[name] = from[name]
		}
	}
}

// overlaid lays the fields of an object over another's: a binding that only says
// its strength keeps its value set.
func overlaid(a, b json.RawMessage) json.RawMessage {
	var into, from Element
	if json.Unmarshal(a, &into) != nil || json.Unmarshal(b, &from) != nil || into == nil {
		return b
	}
	for name, value := range from {
		into[name] = value
	}
	out, err := json.Marshal(into)
	if err != nil {
		return b
	}
	return out
}

// choiceOf is the stem of a choice of ElementDefinition of which one may stand.
func choiceOf(name string) string {
	for _, stem := range []string{"fixed", "pattern", "defaultValue", "minValue", "maxValue"} {
		if strings.HasPrefix(name, stem) {
			return stem
		}
	}
	return ""
}

// joined appends a list to another, without what stands in it already.
func joined(a, b json.RawMessage) json.RawMessage {
	var list, more []json.RawMessage
	if json.Unmarshal(a, &list) != nil {
		return b
	}
	if json.Unmarshal(b, &more) != nil {
		return a
	}
	seen := map[string]bool{}
	for _, item := range list {
		seen[string(item)] = true
	}
	for _, item := range more {
		if !seen[string(item)] {
			list = append(list, item)
		}
	}
	out, err := json.Marshal(list)
	if err != nil {
		return a
	}
	return out
}
