// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// The table is a magic text, the strings it uses (each once, with length), then
// records of varints in which a string is its number. Encode and Decode walk the
// same shape, the coder decides which way.
const magic = "woodlawn-fhir-schema-2\n"

// coder writes or reads one table.
type coder struct {
	decoding bool
	data     []byte // what is left to read, or what has been written
	strings  []string
	index    map[string]uint64
	err      error
}

var errDamaged = errors.New("the table ends early or is damaged")

func (c *coder) uint(v *uint64) {
	if !c.decoding {
		c.data = binary.AppendUvarint(c.data, *v)
		return
	}
	n := 0
	if *v, n = binary.Uvarint(c.data); n <= 0 {
		c.err, *v, c.data = errDamaged, 0, nil
		return
	}
	c.data = c.data[n:]
}

func (c *coder) int(v *int) {
	u := uint64(*v)
	c.uint(&u)
	*v = int(u)
}

func (c *coder) text(s *string) {
	var i uint64
	if !c.decoding {
		var known bool
		if i, known = c.index[*s]; !known {
			i = uint64(len(c.strings))
			c.index[*s] = i
			c.strings = append(c.strings, *s)
		}
	}
	c.uint(&i)
	if c.decoding {
		if i >= uint64(len(c.strings)) {
			c.err, *s = errDamaged, ""
			return
		}
		*s = c.strings[i]
	}
}

func (c *coder) flags(flags ...*bool) {
	var bits uint64
	for i, f := range flags {
		if *f {
			bits |= 1 << i
		}
	}
	c.uint(&bits)
	for i, f := range flags {
		*f = bits>>i&1 == 1
	}
}

// list codes a slice: its length, then each item.
func list[T any](c *coder, items *[]T, item func(*coder, *T)) {
	n := uint64(len(*items))
	c.uint(&n)
	if c.decoding {
		if n > uint64(len(c.data)) {
			c.err = errDamaged
			return
		}
		if n == 0 {
			return
		}
		*items = make([]T, n)
	}
	for i := range *items {
		item(c, &(*items)[i])
		if c.err != nil {
			return
		}
	}
}

func (c *coder) texts(items *[]string) { list(c, items, (*coder).text) }

// ref codes a pointer into a list that was coded before: 0 is nil.
func ref[T any](c *coder, p **T, all []*T, number map[*T]uint64) {
	var i uint64
	if !c.decoding && *p != nil {
		i = number[*p] + 1
	}
	c.uint(&i)
	if c.decoding && i > 0 {
		if i > uint64(len(all)) {
			c.err = errDamaged
			return
		}
		*p = all[i-1]
	}
}

// table codes everything.
func (c *coder) table(s *Schema) {
	invariants, bindings := pools(s)
	list(c, &invariants, func(c *coder, p **Invariant) {
		if c.decoding {
			*p = new(Invariant)
		}
		v := *p
		c.text(&v.Key)
		c.flags(&v.Warning)
		c.text(&v.Human)
		c.text(&v.Expression)
		c.text(&v.Source)
	})
	list(c, &bindings, func(c *coder, p **Binding) {
		if c.decoding {
			*p = new(Binding)
		}
		c.text(&(*p).Strength)
		c.text(&(*p).ValueSet)
	})
	numberI, numberB := numbers(invariants), numbers(bindings)
	rules := func(c *coder, v **Invariant) { ref(c, v, invariants, numberI) }
	list(c, &s.Types, func(c *coder, p **Type) {
		if c.decoding {
			*p = new(Type)
		}
		t := *p
		c.text(&t.Name)
		kind := uint64(t.Kind)
		c.uint(&kind)
		t.Kind = Kind(kind)
		c.flags(&t.Abstract)
		c.text(&t.BaseName)
		c.text(&t.Regex)
		list(c, &t.Invariants, rules)
		list(c, &t.Elements, func(c *coder, e *Element) {
			c.text(&e.Name)
			c.text(&e.Path)
			c.int(&e.Min)
			c.int(&e.Max)
			c.flags(&e.Choice, &e.Modifier, &e.Summary, &e.Attribute)
			list(c, &e.Types, (*coder).typeRef)
			ref(c, &e.Binding, bindings, numberB)
			list(c, &e.Invariants, rules)
		})
	})
	list(c, &s.SearchParameters, (*coder).searchParameter)
	list(c, &s.Compartments, (*coder).compartment)
	list(c, &s.Guides, (*coder).guide)
}

func (c *coder) typeRef(r *TypeRef) {
	c.text(&r.Name)
	c.texts(&r.Profiles)
	c.texts(&r.Targets)
}

func (c *coder) searchParameter(p **SearchParameter) {
	if c.decoding {
		*p = new(SearchParameter)
	}
	v := *p
	c.text(&v.URL)
	c.text(&v.Code)
	c.texts(&v.Base)
	c.text(&v.Type)
	c.text(&v.Expression)
	c.texts(&v.Targets)
	list(c, &v.Components, func(c *coder, p *Component) {
		c.text(&p.Definition)
		c.text(&p.Expression)
	})
	c.text(&v.Package)
}

func (c *coder) compartment(p **Compartment) {
	if c.decoding {
		*p = &Compartment{Members: map[string][]string{}}
	}
	v := *p
	c.text(&v.Code)
	var names []string
	for name := range v.Members {
		names = append(names, name)
	}
	sort.Strings(names)
	c.texts(&names)
	for _, name := range names {
		codes := v.Members[name]
		c.texts(&codes)
		v.Members[name] = codes
	}
}

// pools lists the invariants and bindings that the types use, each once.
func pools(s *Schema) (invariants []*Invariant, bindings []*Binding) {
	seenI, seenB := map[*Invariant]bool{}, map[*Binding]bool{}
	add := func(rules []*Invariant) {
		for _, v := range rules {
			if !seenI[v] {
				seenI[v] = true
				invariants = append(invariants, v)
			}
		}
	}
	for _, t := range s.Types {
		add(t.Invariants)
		for i := range t.Elements {
			add(t.Elements[i].Invariants)
			if b := t.Elements[i].Binding; b != nil && !seenB[b] {
				seenB[b] = true
				bindings = append(bindings, b)
			}
		}
	}
	return invariants, bindings
}

func numbers[T any](items []*T) map[*T]uint64 {
	m := make(map[*T]uint64, len(items))
	for i, p := range items {
		m[p] = uint64(i)
	}
	return m
}

// Encode writes a table. The same table always gives the same bytes.
func Encode(s *Schema) []byte {
	c := &coder{index: map[string]uint64{}}
	c.table(s)
	out := binary.AppendUvarint([]byte(magic), uint64(len(c.strings)))
	for _, text := range c.strings {
		out = append(binary.AppendUvarint(out, uint64(len(text))), text...)
	}
	return append(out, c.data...)
}

// Decode reads a table and links it.
func Decode(b []byte) (*Schema, error) {
	if len(b) < len(magic) || string(b[:len(magic)]) != magic {
		return nil, errors.New("this is no FHIR schema table of this version")
	}
	c := &coder{decoding: true, data: b[len(magic):]}
	var n uint64
	if c.uint(&n); n > uint64(len(c.data)) {
		return nil, errDamaged
	}
	c.strings = make([]string, n)
	for i := range c.strings {
		var size uint64
		if c.uint(&size); size > uint64(len(c.data)) {
			return nil, errDamaged
		}
		c.strings[i] = string(c.data[:size])
		c.data = c.data[size:]
	}
	s := &Schema{}
	if c.table(s); c.err != nil {
		return nil, c.err
	}
	if len(c.data) != 0 {
		return nil, fmt.Errorf("%d bytes follow the table", len(c.data))
	}
	return s, s.Link()
}
