// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"encoding/json"
	"fmt"
	"strings"
)

// builder holds a snapshot while a differential is laid over it.
type builder struct {
	generator *Generator
	depth     int
	list      []Element
	inherited []Element       // as they were before the differential; slices are copies of these
	unfolded  map[string]bool // elements whose children are another definition's
}

// apply lays one element of a differential over the snapshot.
func (b *builder) apply(e Element) error {
	id := b.fullID(e.ID())
	at, err := b.ensure(id, 0)
	if err != nil {
		return err
	}
	target := b.list[at]
	merge(target, e)
	if _, slice := splitSlice(id); slice != "" && target.Text("sliceName") == "" {
		target.set("sliceName", slice)
	}
	return nil
}

// find is the place of an element, -1 if it is not there.
func (b *builder) find(id string) int {
	for i, e := range b.list {
		if e.ID() == id {
			return i
		}
	}
	return -1
}

// fullID turns the short form of a choice, Observation.valueQuantity, into that of
// its slice, Observation.value[x]:valueQuantity.
func (b *builder) fullID(id string) string {
	steps := strings.Split(id, ".")
	at := steps[0]
	for _, step := range steps[1:] {
		next := at + "." + step
		if b.find(next) < 0 && !strings.ContainsAny(step, ":[") {
			for i := len(step) - 1; i > 0; i-- {
				if step[i] >= 'A' && step[i] <= 'Z' && b.find(at+"."+step[:i]+"[x]") >= 0 {
					next = at + "." + step[:i] + "[x]:" + step
					break
				}
			}
		}
		at = next
	}
	return at
}

// splitSlice splits the last step of an id from its slice name; the slice A/B is
// one of the slice A.
func splitSlice(id string) (sliced, slice string) {
	dot := strings.LastIndexByte(id, '.')
	colon := strings.LastIndexByte(id, ':')
	if colon <= dot { // neither, in the root
		return id, ""
	}
	slice = id[colon+1:]
	if slash := strings.LastIndexByte(slice, '/'); slash >= 0 {
		return id[:colon+1+slash], slice
	}
	return id[:colon], slice
}

// ensure gives the place of an element, which it makes if what the element is in
// or slices can be unfolded that far.
func (b *builder) ensure(id string, depth int) (int, error) {
	if at := b.find(id); at >= 0 {
		return at, nil
	}
	if depth > maxDepth || len(b.list) > maxElements {
		return 0, fmt.Errorf("the element %s lies too deep", id)
	}
	if sliced, slice := splitSlice(id); slice != "" {
		if _, err := b.ensure(sliced, depth+1); err != nil {
			return 0, err
		}
		return b.slice(sliced, id, slice), nil
	}
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 {
		return 0, fmt.Errorf("there is no element %s", id)
	}
	at, err := b.ensure(id[:dot], depth+1)
	if err != nil {
		return 0, err
	}
	if err := b.unfold(at); err != nil {
		return 0, err
	}
	if at = b.find(id); at < 0 {
		return 0, fmt.Errorf("there is no element %s", id)
	}
	return at, nil
}

// end is the place after an element, its children and its slices.
func (b *builder) end(id string) int {
	last := 0
	for i, e := range b.list {
		if have := e.ID(); have == id || strings.HasPrefix(have, id) && strings.IndexByte(".:/", have[len(id)]) >= 0 {
			last = i + 1
		}
	}
	return last
}

// slice copies an element with its children to a new slice of it, at the end of
// the slices that are there. A choice's slice has the one type of its name.
func (b *builder) slice(sliced, id, name string) int {
	var fresh []Element
	for _, e := range b.inherited {
		have := e.ID()
		if have != sliced && (b.unfolded[sliced] || !strings.HasPrefix(have, sliced+".")) {
			continue
		}
		c := e.copied()
		c.set("id", id+have[len(sliced):])
		if have == sliced {
			delete(c, "slicing")
			c.set("sliceName", name)
			c["min"] = json.RawMessage("0")
			if stem, ok := strings.CutSuffix(sliced[strings.LastIndexByte(sliced, '.')+1:], "[x]"); ok {
				oneType(c, strings.TrimPrefix(name, stem))
			}
		}
		fresh = append(fresh, c)
	}
	for _, c := range fresh {
		b.inherited = append(b.inherited, c.copied())
	}
	at := b.end(sliced)
	b.list = append(b.list[:at:at], append(fresh, b.list[at:]...)...)
	return at
}

// oneType leaves of an element's types the one that a choice's name ends with.
func oneType(e Element, name string) {
	var types []Element
	if json.Unmarshal(e["type"], &types) != nil {
		return
	}
	for _, t := range types {
		if strings.EqualFold(t.Text("code"), name) {
			e["type"], _ = json.Marshal([]Element{t}) // as it was read
			return
		}
	}
}

// unfold adds the children of an element that has none here: those of the element
// that it refers to, of the one profile that its type must meet, or of its type.
func (b *builder) unfold(at int) error {
	e := b.list[at]
	id, path := e.ID(), e.Text("path")
	if at+1 < len(b.list) && strings.HasPrefix(b.list[at+1].ID(), id+".") {
		return nil
	}
	from, root, err := b.source(e)
	if err != nil {
		return err
	}
	b.unfolded[id] = true
	var fresh []Element
	rootPath := root
	for i, c := range from {
		have := c.ID()
		if have == root {
			rootPath = from[i].Text("path")
		}
		if !strings.HasPrefix(have, root+".") {
			continue
		}
		c = c.copied()
		c.set("id", id+have[len(root):])
		c.set("path", path+strings.TrimPrefix(c.Text("path"), rootPath))
		fresh = append(fresh, c)
		b.inherited = append(b.inherited, c.copied())
	}
	b.list = append(b.list[:at+1:at+1], append(fresh, b.list[at+1:]...)...)
	return nil
}

// source is where the children of an element come from, and the id that they
// stand under there.
func (b *builder) source(e Element) (from []Element, root string, err error) {
	if ref := e.Text("contentReference"); ref != "" {
		_, root, _ = strings.Cut(ref, "#")
		return b.list, root, nil
	}
	var types []struct {
		Code    string   `json:"code"`
		Profile []string `json:"profile"`
	}
	if err := json.Unmarshal(e["type"], &types); err != nil || len(types) == 0 {
		return nil, "", fmt.Errorf("the element %s has no type to look into", e.ID())
	}
	code, profile := "Element", ""
	if len(types) == 1 {
		if code = types[0].Code; len(types[0].Profile) == 1 {
			profile = types[0].Profile[0]
		}
	}
	if strings.HasPrefix(code, "http://hl7.org/fhirpath/") {
		code = "string"
	}
	if profile != "" {
		if from, err = b.generator.elements(profile, b.depth+1); err == nil && len(from) > 0 {
			return from, from[0].ID(), nil
		}
	}
	if !strings.Contains(code, ":") {
		code = definitionPrefix + code
	}
	if from, err = b.generator.elements(code, b.depth+1); err != nil {
		return nil, "", err
	}
	if len(from) == 0 {
		return nil, "", fmt.Errorf("the definition %s has no elements", code)
	}
	return from, from[0].ID(), nil
}
