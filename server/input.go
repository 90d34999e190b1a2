// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Input is the parameters of an operation: those of the address, of a form and of
// a Parameters resource alike, in that order.
type Input struct {
	params []Param
}

// Param is one parameter. It has a value, a resource, or parts.
type Param struct {
	Name  string
	Type  string    // of the value, as Coding or uri; empty for one of the address
	Value node.Node // value[x]; none for a parameter of the address
	// Resource is that of a parameter that is one.
	Resource node.Node
	Parts    []Param
	text     string
}

// Text is the value of a primitive, or the reference of a Reference.
func (p *Param) Text() string {
	if p.Type == "Reference" {
		return p.Value.Get("reference").Text()
	}
	return p.text
}

// All gives the parameters of a name.
func (in *Input) All(name string) []Param {
	var list []Param
	for _, p := range in.params {
		if p.Name == name {
			list = append(list, p)
		}
	}
	return list
}

// Has tells whether a parameter of the name is given.
func (in *Input) Has(name string) bool {
	return slices.ContainsFunc(in.params, func(p Param) bool { return p.Name == name })
}

// Text is the first value of a name; empty if there is none.
func (in *Input) Text(name string) string {
	for i := range in.params {
		if in.params[i].Name == name {
			return in.params[i].Text()
		}
	}
	return ""
}

// Texts are the values of a name.
func (in *Input) Texts(name string) []string {
	var list []string
	for i := range in.params {
		if in.params[i].Name == name {
			list = append(list, in.params[i].Text())
		}
	}
	return list
}

// Bool is a boolean; the default if it is not given.
func (in *Input) Bool(name string, otherwise bool) (bool, error) {
	switch text := in.Text(name); text {
	case "":
		return otherwise, nil
	case "true", "false":
		return text == "true", nil
	}
	return false, failure(http.StatusBadRequest, "invalid", "the parameter %s is true or false", name)
}

// Int is a whole number from 0; the default if it is not given.
func (in *Input) Int(name string, otherwise int) (int, error) {
	text := in.Text(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, failure(http.StatusBadRequest, "invalid", "the parameter %s is a whole number from 0", name)
	}
	return n, nil
}

// Value is the first value of a name, with its type; none if it is not given, or
// in the address only.
func (in *Input) Value(name string) (node.Node, string) {
	for _, p := range in.params {
		if p.Name == name && p.Value.Exists() {
			return p.Value, p.Type
		}
	}
	return node.Node{}, ""
}

// Resource is the first resource of a name.
func (in *Input) Resource(name string) (node.Node, bool) {
	for _, p := range in.params {
		if p.Name == name && p.Resource.Exists() {
			return p.Resource, true
		}
	}
	return node.Node{}, false
}

// Resources are all of a name.
func (in *Input) Resources(name string) []node.Node {
	var list []node.Node
	for _, p := range in.params {
		if p.Name == name && p.Resource.Exists() {
			list = append(list, p.Resource)
		}
	}
	return list
}

// NewInput makes the input of texts, name and value by turns: for callers other
// than HTTP.
func NewInput(pairs ...string) Input {
	in := Input{}
	for i := 0; i+1 < len(pairs); i += 2 {
		in.params = append(in.params, Param{Name: pairs[i], text: pairs[i+1]})
	}
	return in
}

// maxParts bounds parameters inside parameters.
const maxParts = 10

// read takes the parameters of a request.
func (in *Input) read(q *request, o *Operation) error {
	names := make([]string, 0, len(q.query))
	for name := range q.query {
		if name != "_format" && name != "_pretty" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range q.query[name] {
			in.params = append(in.params, Param{Name: name, text: v})
		}
	}
	if q.method == http.MethodPost && len(bytes.TrimSpace(q.body)) > 0 && q.media != formType {
		d, err := q.resource("")
		if err != nil {
			return err
		}
		if root := d.Root(); root.ResourceType() == "Parameters" {
			if in.params, err = appendParams(in.params, root.Get("parameter"), "Parameters.parameter", 0); err != nil {
				return err
			}
		} else {
			in.params = append(in.params, Param{Name: bareName(o), Resource: root})
		}
	}
	return in.check(q, o)
}

func bareName(o *Operation) string {
	if o.Bare != "" {
		return o.Bare
	}
	return "resource"
}

// check refuses what the operation does not take.
func (in *Input) check(q *request, o *Operation) error {
	if o.Parameters == nil {
		return nil
	}
	unknown := func(p Param) bool { return !slices.Contains(o.Parameters, p.Name) }
	if q.prefers("handling") == "lenient" {
		in.params = slices.DeleteFunc(in.params, unknown)
	} else if slices.ContainsFunc(in.params, unknown) {
		return failure(http.StatusBadRequest, "not-supported", "$%s does not know a parameter; it takes %s", o.Name, strings.Join(o.Parameters, ", "))
	}
	return nil
}

func appendParams(list []Param, n node.Node, place string, depth int) ([]Param, error) {
	if depth > maxParts {
		return nil, failure(http.StatusBadRequest, "structure", "the parameters have parts in parts, more than %d deep", maxParts)
	}
	i := -1
	for item := range n.Items() {
		i++
		p := Param{Name: item.Get("name").Text()}
		at := place + "[" + strconv.Itoa(i) + "]"
		if item.Kind() != node.Object || p.Name == "" {
			f := failure(http.StatusBadRequest, "required", "a parameter has no name")
			f.place = at
			return nil, f
		}
		if r := item.Get("resource"); r.Exists() {
			if r.Kind() != node.Object || r.ResourceType() == "" {
				f := failure(http.StatusBadRequest, "structure", "the parameter's resource is none")
				f.place = at + ".resource"
				return nil, f
			}
			p.Resource = r
		}
		if p.Value, p.Type = item.Choice("value"); p.Value.Exists() && p.Value.Kind() != node.Object {
			p.text = p.Value.Text()
		}
		var err error
		if p.Parts, err = appendParams(nil, item.Get("part"), at+".part", depth+1); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}
