// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

var indexing = &path.Options{TypedReferences: true}

// Extract appends the rows of a resource of the type. A value that cannot be
// read (a date that the calendar does not have) gives no row; an error means
// that an expression failed.
func (t *Types) Extract(x *Index, d *node.Doc) error {
	root := path.Root(d)
	var buf [16]path.Value
	for _, p := range t.sorted {
		if p.expr == nil {
			continue
		}
		values, err := p.expr.Append(buf[:0], root, indexing)
		if err != nil {
			return err
		}
		inCompartment := slices.Contains(t.patient, p)
		for _, v := range values {
			if p.Type == "composite" {
				if err := p.extractComposite(x, v); err != nil {
					return err
				}
				continue
			}
			p.extractValue(x, p.Key, v)
			if inCompartment {
				x.addPatient(v)
			}
		}
	}
	if t.self {
		if id := root.Node().ID(); id != "" {
			x.Patients = append(x.Patients, id)
		}
	}
	key := CompartmentKey(t.Resource)
	for _, id := range x.Patients {
		x.References = append(x.References, Reference{key, ResourceKey("Patient", id)})
	}
	return nil
}

// addPatient notes the patient that a reference names.
func (x *Index) addPatient(v path.Value) {
	typ, id := LocalReference(v.Node().Get("reference").Text())
	if typ == "Patient" && id != "" && !slices.Contains(x.Patients, id) {
		x.Patients = append(x.Patients, id)
	}
}

// extractValue appends the rows of one value under a parameter's key.
func (p *Param) extractValue(x *Index, key int64, v path.Value) {
	switch p.Type {
	case "token":
		x.token(key, v)
	case "string":
		x.text(key, v)
	case "reference":
		x.reference(key, v)
	case "date":
		if lo, hi, ok := dateSpan(v); ok {
			x.Dates = append(x.Dates, Date{key, lo, hi})
		}
	case "number", "quantity":
		x.number(key, v)
	case "uri":
		if s := v.String(); s != "" && v.Node().Kind() != node.Object {
			x.Strings = append(x.Strings, String{key, clip(s), Key(s)})
		}
	}
}

// extractComposite files the values of the second part under keys made of the
// first part's value, so that both must stand in the same element.
func (p *Param) extractComposite(x *Index, v path.Value) error {
	first, err := p.components[0].expr.Evaluate(v, indexing)
	if err != nil || len(first) == 0 {
		return err
	}
	second, err := p.components[1].expr.Evaluate(v, indexing)
	if err != nil || len(second) == 0 {
		return err
	}
	var forms Index
	for _, f := range first {
		p.components[0].param.extractValue(&forms, 0, f)
	}
	for _, key := range p.compositeKeys(&forms) {
		for _, s := range second {
			p.components[1].param.extractValue(x, key, s)
		}
	}
	return nil
}

// compositeKeys are the keys for every way to ask for the first part's values.
func (p *Param) compositeKeys(forms *Index) []int64 {
	var keys []int64
	add := func(key int64) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, t := range forms.Tokens {
		add(mix(p.Key, t.Code))
		add(mix(p.Key, t.Code, t.System))
	}
	for _, r := range forms.References {
		add(mix(p.Key, r.Target))
	}
	return keys
}

func mix(keys ...int64) int64 {
	var b strings.Builder
	for _, k := range keys {
		for shift := 0; shift < 64; shift += 8 {
			b.WriteByte(byte(k >> shift))
		}
	}
	return Key(b.String())
}

// LocalReference is the type and id of a reference to a resource of this server:
// Patient/1 or Patient/1/_history/2. Other references give nothing.
func LocalReference(ref string) (resourceType, id string) {
	parts := strings.Split(ref, "/")
	if len(parts) == 4 && parts[2] == "_history" {
		parts = parts[:2]
	}
	if len(parts) != 2 || !IsResource(parts[0]) || !ValidID(parts[1]) {
		return "", ""
	}
	return parts[0], parts[1]
}

// ValidID tells whether a text may be the id of a resource: 1 to 64 of A-Z a-z 0-9 - .
func ValidID(id string) bool {
	if len(id) < 1 || len(id) > 64 {
		return false
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}
