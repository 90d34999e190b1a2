// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/store"
)

// form is which part of a resource a client asked for (_summary, _elements). The
// zero form is all of it.
type form struct {
	summary  string
	elements []string
}

func formOf(resourceType, summary, elements string) (form, error) {
	f := form{summary: summary}
	if summary == "false" {
		f.summary = ""
	}
	if !slices.Contains([]string{"", "true", "text", "data", "count"}, f.summary) {
		return f, failure(http.StatusBadRequest, "invalid", "_summary is true, text, data, count or false")
	}
	for _, e := range strings.Split(elements, ",") {
		if e = strings.TrimPrefix(strings.TrimSpace(e), resourceType+"."); e != "" {
			f.elements = append(f.elements, e)
		}
	}
	return f, nil
}

const subsetted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// appendTo appends a resource in the form. Where something is left out, it is
// tagged SUBSETTED.
func (f form) appendTo(dst []byte, v *store.Version) []byte {
	if f.summary == "" && len(f.elements) == 0 || f.summary == "count" {
		return v.AppendJSON(dst)
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return v.AppendJSON(dst)
	}
	defer d.Release()
	root := d.Root()
	dst = append(dst, `{"resourceType":"`...)
	dst = append(dst, v.Type...)
	dst = append(dst, '"')
	typ := schema.R4().Type(v.Type)
	for name, n := range root.Elements() {
		e, _ := typ.JSONElement(name)
		switch {
		case name == "meta":
			dst = appendSubsetted(dst, n)
		case name == "id" || f.keeps(e):
			dst = f.appendElement(dst, name, n, e)
		}
	}
	return append(dst, '}')
}

// keeps tells whether an element of a resource stays. Mandatory elements and
// modifiers always do.
func (f form) keeps(e *schema.Element) bool {
	if e == nil {
		return false
	}
	if e.Min > 0 || e.Modifier || e.Name == "implicitRules" {
		return true
	}
	switch {
	case len(f.elements) > 0:
		return slices.Contains(f.elements, e.Name)
	case f.summary == "text":
		return e.Name == "text"
	case f.summary == "data":
		return e.Name != "text"
	}
	return e.Summary
}

// appendElement appends an element; a summary leaves out what is no summary inside
// the resource's own structures.
func (f form) appendElement(dst []byte, name string, n node.Node, e *schema.Element) []byte {
	if f.summary != "true" || e == nil || e.Choice || e.Type() == nil || e.Type().Kind != schema.Backbone || !hasSummary(e.Type()) {
		return store.AppendMember(dst, name, n)
	}
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	if n.Kind() != node.Array {
		return f.appendBackbone(dst, n, e.Type())
	}
	dst = append(dst, '[')
	first := true
	for item := range n.Items() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = f.appendBackbone(dst, item, e.Type())
	}
	return append(dst, ']')
}

func hasSummary(t *schema.Type) bool {
	return slices.ContainsFunc(t.Elements, func(e schema.Element) bool { return e.Summary })
}

func (f form) appendBackbone(dst []byte, n node.Node, typ *schema.Type) []byte {
	from := len(dst)
	for name, child := range n.Elements() {
		if e, _ := typ.JSONElement(name); e != nil && (e.Summary || e.Min > 0 || e.Modifier) || name == "id" {
			dst = f.appendElement(dst, name, child, e)
		}
	}
	if len(dst) == from {
		return append(dst, "{}"...)
	}
	dst[from] = '{'
	return append(dst, '}')
}

// appendSubsetted appends meta with the tag.
func appendSubsetted(dst []byte, meta node.Node) []byte {
	dst = append(dst, `,"meta":`...)
	from := len(dst)
	tags := ""
	for name, n := range meta.Elements() {
		if name == "tag" {
			if inner := strings.TrimSpace(string(n.JSON())); len(inner) > 2 {
				tags = inner[1:len(inner)-1] + ","
			}
			continue
		}
		dst = store.AppendMember(dst, name, n)
	}
	dst = append(dst, `,"tag":[`+tags+subsetted+`]}`...)
	dst[from] = '{'
	return dst
}
