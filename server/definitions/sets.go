// SPDX-License-Identifier: Apache-2.0

package definitions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// maxExpansion is how many codes an expansion may hold that is not asked for in pages.
const maxExpansion = 20_000

// setOf is the value set that a call is about: of the instance, of the parameter
// valueSet, of its address, or of the element that context names.
func (l *Library) setOf(ctx context.Context, c *server.Call) (*view, string, error) {
	v, err := l.seen(ctx, c)
	if err != nil {
		return nil, "", err
	}
	url := c.Text("url")
	given, sent := c.Resource("valueSet")
	switch {
	case c.ID != "":
		if given, err = instance(ctx, c); err != nil {
			return nil, "", err
		}
		v, url = v.with(given), given.Get("url").Text()
	case sent:
		if url = given.Get("url").Text(); url == "" {
			d, err := node.ParseResource([]byte(`{"url":"urn:uuid:given",` + strings.TrimPrefix(strings.TrimSpace(string(given.JSON())), "{")))
			if err != nil {
				return nil, "", err
			}
			given, url = d.Root(), "urn:uuid:given"
		}
		v = v.with(given)
	case url == "" && c.Has("context"):
		if url, err = v.bound(c.Text("context")); err != nil {
			return nil, "", err
		}
	case url == "":
		return nil, "", required("url, context or valueSet")
	}
	if err := v.hasVersion(url, c.Text("valueSetVersion")); err != nil {
		return nil, "", err
	}
	if version := c.Text("valueSetVersion"); version != "" {
		url += "|" + version
	}
	if v.terms.Set(url) == nil {
		return nil, "", missing(fmt.Errorf("value set %s: %w", url, terminology.ErrNotLoaded))
	}
	return v, url, nil
}

// bound is the value set that an element is bound to: [StructureDefinition]#[element].
func (v *view) bound(context string) (string, error) {
	url, element, ok := strings.Cut(context, "#")
	if !ok {
		return "", server.Failure(http.StatusBadRequest, "invalid", "context is the address of a StructureDefinition, # and the id or path of an element")
	}
	sd, found := v.index.Find(url)
	if !found || sd.ResourceType() != "StructureDefinition" {
		return "", missing(fmt.Errorf("the definition %s: %w", url, terminology.ErrNotLoaded))
	}
	for _, list := range []string{"snapshot", "differential"} {
		for e := range sd.Get(list).Get("element").Items() {
			if e.Get("id").Is(element) || e.Get("path").Is(element) {
				if set := e.Get("binding").Get("valueSet").Text(); set != "" {
					return set, nil
				}
			}
		}
	}
	return "", server.Failure(http.StatusNotFound, "not-found", "the definition binds no such element to a value set")
}

// asked are the codes that a $validate-code call asks about, and whether one of them is enough.
func asked(c *server.Call, system string) ([]terminology.Coding, error) {
	if n, _ := c.Value("codeableConcept"); n.Exists() {
		var list []terminology.Coding
		for item := range n.Get("coding").Items() {
			list = append(list, coding(item))
		}
		if len(list) == 0 {
			return nil, required("a coding in codeableConcept")
		}
		return list, nil
	}
	if n, _ := c.Value("coding"); n.Exists() {
		return []terminology.Coding{coding(n)}, nil
	}
	if c.Text("code") == "" {
		return nil, required("code, coding or codeableConcept")
	}
	return []terminology.Coding{{System: system, Code: c.Text("code"), Display: c.Text("display")}}, nil
}

// validateInSystem is CodeSystem/$validate-code.
func (l *Library) validateInSystem(ctx context.Context, c *server.Call) (*server.Result, error) {
	v, url, err := l.systemOf(ctx, c, "url", c.Text("version"))
	if err != nil {
		return nil, err
	}
	codes, err := asked(c, url)
	if err != nil {
		return nil, err
	}
	if url == "" {
		url = codes[0].System
	}
	if url == "" {
		return nil, required("url, or a coding with its system")
	}
	for i := range codes {
		if codes[i].System == "" {
			codes[i].System = url
		}
	}
	return v.judge("", url, codes)
}

// validateInSet is ValueSet/$validate-code.
func (l *Library) validateInSet(ctx context.Context, c *server.Call) (*server.Result, error) {
	v, url, err := l.setOf(ctx, c)
	if err != nil {
		return nil, err
	}
	codes, err := asked(c, c.Text("system"))
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		if code.System == "" {
			return nil, required("system: a code alone says not which code it is")
		}
	}
	if err := v.hasVersion(c.Text("system"), c.Text("systemVersion")); err != nil {
		return nil, err
	}
	return v.judge(url, "", codes)
}

// judge answers whether one of the codes is in the value set, or, if that is empty,
// in the code system.
func (v *view) judge(set, system string, codes []terminology.Coding) (*server.Result, error) {
	unknown := ""
	message := "the code is not in the value set " + set
	if set == "" {
		message = "the code is not in the code system " + system
	}
	for _, code := range codes {
		if set == "" && code.System != system {
			message = "the coding is of another code system than " + system
			continue
		}
		answer := v.terms.ValidateCode(set, code)
		switch {
		case !answer.Known:
			unknown = code.System
		case answer.Member:
			params := []object{{"name": "result", "valueBoolean": !answer.WrongDisplay}}
			if answer.WrongDisplay {
				params = append(params, object{"name": "message", "valueString": fmt.Sprintf("the code is right, but its display is %q", answer.Display)})
			}
			if answer.Display != "" {
				params = append(params, object{"name": "display", "valueString": answer.Display})
			}
			return parameters(params)
		}
	}
	if unknown != "" {
		what := "code system " + unknown
		if set != "" {
			what = "what value set " + set + " takes from " + unknown
		}
		return nil, missing(fmt.Errorf("%s: %w", what, terminology.ErrNotLoaded))
	}
	return parameters([]object{{"name": "result", "valueBoolean": false}, {"name": "message", "valueString": message}})
}

// expand is ValueSet/$expand.
func (l *Library) expand(ctx context.Context, c *server.Call) (*server.Result, error) {
	v, url, err := l.setOf(ctx, c)
	if err != nil {
		return nil, err
	}
	o := terminology.ExpandOptions{Filter: c.Text("filter")}
	var failed [4]error
	o.Offset, failed[0] = c.Int("offset", 0)
	o.Count, failed[1] = c.Int("count", -1)
	o.ActiveOnly, failed[2] = c.Bool("activeOnly", false)
	designations, err := c.Bool("includeDesignations", false)
	failed[3] = err
	if err := errors.Join(failed[:]...); err != nil {
		return nil, err
	}
	none := o.Count == 0 // R4: the client wants the total alone
	o.Count = max(o.Count, 0)
	e, err := v.terms.Expand(url, o)
	if err != nil {
		return nil, missing(err)
	}
	if !e.Complete {
		what := "something that is not loaded"
		if len(e.Open) > 0 {
			what = strings.Join(e.Open, ", ") + ", not loaded or not whole"
		}
		return nil, server.Failure(http.StatusUnprocessableEntity, "not-found", "the value set %s cannot be expanded: it draws on %s", url, what)
	}
	if none {
		e.Contains = nil
	}
	if len(e.Contains) > maxExpansion {
		return nil, server.Failure(http.StatusUnprocessableEntity, "too-costly", "the expansion has %d codes; ask for it by filter, or in pages by offset and count", e.Total)
	}
	return v.expansion(c, url, e, designations)
}

// expansion writes the ValueSet with its expansion.
func (v *view) expansion(c *server.Call, url string, e *terminology.Expansion, designations bool) (*server.Result, error) {
	vs, _ := v.index.Find(url)
	out := object{"resourceType": "ValueSet", "status": "active"}
	for _, name := range []string{"id", "url", "version", "name", "title", "status", "experimental"} {
		if n := vs.Get(name); n.HasValue() && !n.Is("urn:uuid:given") {
			out[name] = json.RawMessage(n.JSON())
		}
	}
	contains := []object{}
	for _, code := range e.Contains {
		item := object{"system": code.System, "code": code.Code}
		if code.Display != "" {
			item["display"] = code.Display
		}
		if cs := v.terms.System(code.System); cs != nil {
			if concept := cs.Concept(code.Code); concept != nil {
				mark(item, concept, designations)
			}
		}
		contains = append(contains, item)
	}
	params := []object{}
	for _, name := range []string{"filter", "offset", "count", "activeOnly", "includeDesignations"} {
		switch text := c.Text(name); {
		case text == "":
		case name == "filter":
			params = append(params, object{"name": name, "valueString": text})
		case name == "offset" || name == "count":
			params = append(params, object{"name": name, "valueInteger": json.Number(text)})
		default:
			params = append(params, object{"name": name, "valueBoolean": text == "true"})
		}
	}
	expansion := object{"timestamp": time.Now().UTC().Format(time.RFC3339), "total": e.Total, "contains": contains}
	if c.Has("offset") {
		expansion["offset"] = json.Number(c.Text("offset"))
	}
	if len(params) > 0 {
		expansion["parameter"] = params
	}
	if len(contains) == 0 {
		delete(expansion, "contains") // FHIR has no empty arrays
	}
	out["expansion"] = expansion
	b, err := json.Marshal(out)
	return &server.Result{Body: b}, err
}

// mark adds to a code what its system says about it.
func mark(item object, concept *terminology.Concept, designations bool) {
	if concept.Inactive {
		item["inactive"] = true
	}
	if concept.Abstract {
		item["abstract"] = true
	}
	if !designations || len(concept.Designations) == 0 {
		return
	}
	var list []object
	for _, d := range concept.Designations {
		one := object{"value": d.Value}
		if d.Language != "" {
			one["language"] = d.Language
		}
		if d.Use != "" {
			one["use"] = object{"code": d.Use}
		}
		list = append(list, one)
	}
	item["designation"] = list
}
