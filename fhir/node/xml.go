// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// The namespaces of FHIR's XML.
const (
	fhirSpace  = "http://hl7.org/fhir"
	xhtmlSpace = "http://www.w3.org/1999/xhtml"
)

// ParseXML reads a resource in FHIR's XML within the default limits. The
// document that it gives holds the same resource as JSON: XML does not say what
// repeats and what is a number, so R4's schema does. Elements that the schema
// does not know are kept, for a validator to find.
func ParseXML(src []byte) (*Doc, error) {
	if len(src) > DefaultLimits.Bytes {
		return nil, &SyntaxError{Line: 1, Column: 1, Reason: fmt.Sprintf("the document has more than the %d bytes allowed", DefaultLimits.Bytes)}
	}
	x := xmlReader{src: src, dec: xml.NewDecoder(bytes.NewReader(src))}
	root, err := x.document()
	if err != nil {
		return nil, err
	}
	w := xmlWriter{schema: schema.R4()}
	w.resource(root)
	return ParseResource(w.out)
}

// element is one element of the XML.
type element struct {
	name      string
	attrs     []xml.Attr
	children  []*element
	narrative []byte // of an XHTML div: its source
}

type xmlReader struct {
	src []byte
	dec *xml.Decoder
}

func (x *xmlReader) fail(reason string) error {
	line, column := x.dec.InputPos()
	return &SyntaxError{Offset: int(x.dec.InputOffset()), Line: line, Column: column, Reason: reason}
}

// next is the next token that says something, and where it starts.
func (x *xmlReader) next() (xml.Token, int, error) {
	for {
		at := int(x.dec.InputOffset())
		t, err := x.dec.Token()
		if err == io.EOF {
			return nil, at, err
		}
		if err != nil {
			return nil, at, x.fail("this is not well-formed XML")
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, at, x.fail("a document type declaration is not allowed in FHIR")
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, at, x.fail("text stands outside an attribute")
			}
		case xml.StartElement, xml.EndElement:
			return t, at, nil
		}
	}
}

func (x *xmlReader) document() (*element, error) {
	t, at, err := x.next()
	if err == io.EOF {
		return nil, x.fail("the document is empty")
	}
	if err != nil {
		return nil, err
	}
	start, ok := t.(xml.StartElement)
	if !ok || start.Name.Space != fhirSpace {
		return nil, x.fail("the outermost element is not in the namespace " + fhirSpace)
	}
	root, err := x.element(start, at, 1)
	if err != nil {
		return nil, err
	}
	if _, _, err := x.next(); err != io.EOF {
		return nil, x.fail("something follows the end of the document")
	}
	return root, nil
}

func (x *xmlReader) element(start xml.StartElement, at, depth int) (*element, error) {
	if depth > DefaultLimits.Depth/2 {
		return nil, x.fail("elements are nested too deeply")
	}
	e := &element{name: start.Name.Local}
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			e.attrs = append(e.attrs, a)
		}
	}
	if start.Name.Space == xhtmlSpace {
		if err := x.dec.Skip(); err != nil {
			return nil, x.fail("the narrative is not well-formed XML")
		}
		e.narrative = x.src[at:x.dec.InputOffset()]
		return e, nil
	}
	for {
		t, at, err := x.next()
		if err == io.EOF {
			return nil, x.fail("the document ends inside " + e.name)
		}
		if err != nil {
			return nil, err
		}
		child, ok := t.(xml.StartElement)
		if !ok {
			return e, nil
		}
		c, err := x.element(child, at, depth+1)
		if err != nil {
			return nil, err
		}
		e.children = append(e.children, c)
	}
}

func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// xmlWriter writes the elements as FHIR's JSON.
type xmlWriter struct {
	schema *schema.Schema
	out    []byte
	member bool // a member has been written in the open object
}

func (w *xmlWriter) name(name string) {
	if w.member {
		w.out = append(w.out, ',')
	}
	w.member = true
	w.text(name)
	w.out = append(w.out, ':')
}

func (w *xmlWriter) text(s string) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	w.out = append(w.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

func (w *xmlWriter) open()  { w.out, w.member = append(w.out, '{'), false }
func (w *xmlWriter) close() { w.out, w.member = append(w.out, '}'), true }

func (w *xmlWriter) resource(e *element) {
	w.open()
	w.name("resourceType")
	w.text(e.name)
	w.members(e, w.schema.Type(e.name), "")
	w.close()
}

// members writes the attributes, but not the one named, and the children.
func (w *xmlWriter) members(e *element, t *schema.Type, without string) {
	for _, a := range e.attrs {
		if a.Name.Local != without {
			w.name(a.Name.Local)
			w.text(a.Value)
		}
	}
	done := map[string]bool{}
	for i, c := range e.children {
		if done[c.name] {
			continue
		}
		done[c.name] = true
		group := []*element{c}
		for _, later := range e.children[i+1:] {
			if later.name == c.name {
				group = append(group, later)
			}
		}
		w.group(c.name, group, t)
	}
}

// group writes the children of one name.
func (w *xmlWriter) group(name string, group []*element, owner *schema.Type) {
	var def *schema.Element
	var t *schema.Type
	if owner != nil {
		def, t = owner.JSONElement(name)
	}
	repeats := len(group) > 1 || def != nil && def.Repeats()
	if t != nil && t.Kind == schema.Primitive || t == nil && group[0].looksPrimitive() {
		w.primitives(name, group, t, repeats)
		return
	}
	w.name(name)
	if repeats {
		w.out = append(w.out, '[')
	}
	for i, e := range group {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if t != nil && t.Is("Resource") && len(e.children) == 1 {
			w.resource(e.children[0])
			continue
		}
		w.open()
		w.members(e, t, "")
		w.close()
	}
	if repeats {
		w.out = append(w.out, ']')
	}
	w.member = true
}

func (e *element) looksPrimitive() bool {
	_, has := e.attr("value")
	return has || e.narrative != nil
}

// primitives writes values under the name, ids and extensions under "_name".
func (w *xmlWriter) primitives(name string, group []*element, t *schema.Type, repeats bool) {
	values, extras := false, false
	for _, e := range group {
		_, has := e.attr("value")
		has = has || e.narrative != nil
		values = values || has
		extras = extras || e.narrative == nil && (len(e.children) > 0 || len(e.attrs) > 1 || len(e.attrs) == 1 && !has)
	}
	if values || !extras {
		w.name(name)
		w.array(group, repeats, func(e *element) { w.value(e, t) })
	}
	if extras {
		w.name("_" + name)
		w.array(group, repeats, func(e *element) {
			if len(e.children) == 0 && len(e.attrs) == 0 {
				w.out = append(w.out, "null"...)
				return
			}
			w.open()
			w.members(e, t, "value")
			w.close()
		})
	}
}

func (w *xmlWriter) array(group []*element, repeats bool, item func(*element)) {
	if repeats {
		w.out = append(w.out, '[')
	}
	for i, e := range group {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		item(e)
	}
	if repeats {
		w.out = append(w.out, ']')
	}
	w.member = true
}

// value writes a primitive's value as its type asks; a value that its type does
// not allow stays a string.
func (w *xmlWriter) value(e *element, t *schema.Type) {
	v, has := e.attr("value")
	switch {
	case e.narrative != nil:
		w.text(string(e.narrative))
		return
	case !has:
		w.out = append(w.out, "null"...)
		return
	case t == nil:
	case t.Name == "boolean" && (v == "true" || v == "false"):
		w.out = append(w.out, v...)
		return
	case (t.Is("integer") || t.Name == "decimal") && strings.Trim(v, "-0123456789.eE+") == "" && json.Valid([]byte(v)):
		w.out = append(w.out, v...)
		return
	}
	w.text(v)
}
