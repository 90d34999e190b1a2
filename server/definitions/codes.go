// SPDX-License-Identifier: Apache-2.0

package definitions

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/terminology"
)

type object = map[string]any

// parameters answers with a Parameters resource.
func parameters(params []object) (*server.Result, error) {
	b, err := json.Marshal(object{"resourceType": "Parameters", "parameter": params})
	return &server.Result{Body: b}, err
}

// missing is the answer where content is not loaded.
func missing(err error) error {
	switch {
	case errors.Is(err, terminology.ErrNotLoaded):
		return server.Failure(http.StatusNotFound, "not-found", "%s; load the FHIR package or resource that defines it", err)
	case errors.Is(err, terminology.ErrUnknownCode):
		return server.Failure(http.StatusNotFound, "not-found", "%s", err)
	}
	return err
}

func required(what string) error {
	return server.Failure(http.StatusBadRequest, "required", "the operation needs %s", what)
}

// systemOf is the code system that a call is about: of the instance, of a
// parameter that is one, or of its address. It is an error if it is not loaded, or
// not in the version asked for.
func (l *Library) systemOf(ctx context.Context, c *server.Call, param, version string) (*view, string, error) {
	v, err := l.seen(ctx, c)
	if err != nil {
		return nil, "", err
	}
	url := c.Text(param)
	if r, ok := c.Resource("codeSystem"); ok {
		v, url = v.with(r), r.Get("url").Text()
	} else if c.ID != "" {
		r, err := instance(ctx, c)
		if err != nil {
			return nil, "", err
		}
		v, url = v.with(r), r.Get("url").Text()
	}
	return v, url, v.hasVersion(url, version)
}

func instance(ctx context.Context, c *server.Call) (node.Node, error) {
	have, err := c.Read(ctx, c.Type, c.ID)
	if err != nil {
		return node.Node{}, err
	}
	d, err := node.ParseResource(have.JSON())
	if err != nil {
		return node.Node{}, err
	}
	if !d.Root().Get("url").HasValue() {
		return node.Node{}, server.Failure(http.StatusUnprocessableEntity, "required", "the %s has no url", c.Type)
	}
	return d.Root(), nil
}

// hasVersion refuses to answer for a version from another one.
func (v *view) hasVersion(url, version string) error {
	if version == "" {
		return nil
	}
	if r, ok := v.index.Find(url + "|" + version); !ok || !r.Get("version").Is(version) {
		return server.Failure(http.StatusNotFound, "not-found", "version %s of %s is not loaded", version, url)
	}
	return nil
}

// coding reads a Coding parameter.
func coding(n node.Node) terminology.Coding {
	return terminology.Coding{System: n.Get("system").Text(), Code: n.Get("code").Text(), Display: n.Get("display").Text()}
}

// lookup is CodeSystem/$lookup.
func (l *Library) lookup(ctx context.Context, c *server.Call) (*server.Result, error) {
	asked := terminology.Coding{System: c.Text("system"), Code: c.Text("code")}
	version := c.Text("version")
	if n, _ := c.Value("coding"); n.Exists() {
		asked = coding(n)
		version = n.Get("version").Text()
	}
	if asked.System == "" || asked.Code == "" {
		return nil, required("code and system, or coding")
	}
	v, err := l.seen(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := v.hasVersion(asked.System, version); err != nil {
		return nil, err
	}
	concept, err := v.terms.Lookup(asked.System, asked.Code)
	if err != nil {
		return nil, missing(err)
	}
	name := asked.System
	params := []object{}
	if cs, ok := v.index.Find(asked.System); ok {
		if n := cs.Get("name"); n.HasValue() {
			name = n.Text()
		}
		if n := cs.Get("version"); n.HasValue() {
			params = append(params, object{"name": "version", "valueString": n.Text()})
		}
	}
	display := concept.Display
	if display == "" {
		display = concept.Code // the answer has one always
	}
	params = append([]object{{"name": "name", "valueString": name}}, append(params, object{"name": "display", "valueString": display})...)
	return parameters(append(params, describe(concept, v.terms.System(asked.System), c.Texts("property"))...))
}

// describe gives the designations and properties of a concept, those asked for if any are.
func describe(concept *terminology.Concept, system *terminology.System, asked []string) (params []object) {
	wants := func(p string) bool { return len(asked) == 0 || slices.Contains(asked, p) }
	if wants("designation") {
		for _, d := range concept.Designations {
			parts := []object{}
			if d.Language != "" {
				parts = append(parts, object{"name": "language", "valueCode": d.Language})
			}
			if d.Use != "" {
				parts = append(parts, object{"name": "use", "valueCoding": object{"code": d.Use}})
			}
			params = append(params, object{"name": "designation", "part": append(parts, object{"name": "value", "valueString": d.Value})})
		}
	}
	property := func(code, kind, value string) {
		if value != "" && wants(code) {
			p := object{"name": "value"}
			switch kind {
			case "boolean":
				p["valueBoolean"] = value == "true"
			case "integer", "decimal":
				p["value"+strings.ToUpper(kind[:1])+kind[1:]] = json.Number(value)
			case "code", "dateTime":
				p["value"+strings.ToUpper(kind[:1])+kind[1:]] = value
			default:
				p["valueString"] = value
			}
			params = append(params, object{"name": "property", "part": []object{{"name": "code", "valueCode": code}, p}})
		}
	}
	property("definition", "string", concept.Definition)
	listed := map[string]bool{}
	for _, p := range concept.Properties {
		property(p.Code, p.Kind, p.Value)
		listed[p.Code] = true
	}
	if !listed["parent"] && !listed["subsumedBy"] {
		for _, parent := range concept.Parents {
			property("parent", "code", parent)
		}
	}
	if system != nil && !listed["child"] {
		for _, child := range system.Children(concept.Code) {
			property("child", "code", child)
		}
	}
	if concept.Inactive && !listed["inactive"] {
		property("inactive", "boolean", "true")
	}
	return params
}

// subsumes is CodeSystem/$subsumes.
func (l *Library) subsumes(ctx context.Context, c *server.Call) (*server.Result, error) {
	v, system, err := l.systemOf(ctx, c, "system", c.Text("version"))
	if err != nil {
		return nil, err
	}
	codes := [2]string{c.Text("codeA"), c.Text("codeB")}
	for i, name := range []string{"codingA", "codingB"} {
		if n, _ := c.Value(name); n.Exists() {
			codes[i] = n.Get("code").Text()
			if of := n.Get("system").Text(); system == "" {
				system = of
			} else if of != system {
				return nil, server.Failure(http.StatusBadRequest, "invalid", "both codes must be of one code system")
			}
		}
	}
	if system == "" || codes[0] == "" || codes[1] == "" {
		return nil, required("codeA, codeB and system, or codingA and codingB")
	}
	outcome, err := v.terms.Subsumes(system, codes[0], codes[1])
	if err != nil {
		return nil, missing(err)
	}
	return parameters([]object{{"name": "outcome", "valueCode": outcome}})
}
