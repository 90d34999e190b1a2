// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"regexp"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// structureDefinition checks what a StructureDefinition says: that its type is
// one of FHIR's or an absolute address, that the elements of its differential are
// there to be constrained, and that it inherits obligations from profiles that
// have them.
func (r *run) structureDefinition(n node.Node) {
	name := n.Get("type").Text()
	t := r.schema.Type(strings.TrimPrefix(name, definitionPrefix))
	switch {
	case name != "" && t == nil && !strings.Contains(name, ":") && !n.Get("url").Is(definitionPrefix+name):
		r.add(Error, "invalid", n.Get("type"), "StructureDefinition.type", "", "%s is no type of FHIR; a type of another's must be an absolute address", quoteName(name))
	case t != nil && n.Get("derivation").Is("constraint"):
		for e := range n.Get("differential").Get("element").Items() {
			r.elementPath(e, t)
		}
	}
	r.obligations(n)
}

// elementPath refuses a path that leads to no element of the type.
func (r *run) elementPath(e node.Node, t *schema.Type) {
	steps := strings.Split(e.Get("path").Text(), ".")
	if steps[0] != t.Name {
		r.add(Error, "invalid", e, "ElementDefinition.path", "", "the path must start with %s, the type of the profile", t.Name)
		return
	}
	types := []*schema.Type{t}
	for _, step := range steps[1:] {
		var next []*schema.Type
		for _, owner := range types {
			next = append(next, typesOf(owner, step)...)
		}
		if len(next) == 0 {
			r.add(Error, "invalid", e, "ElementDefinition.path", "", "the path leads to no element: there is no %s", quoteName(step))
			return
		}
		types = next
	}
}

// typesOf are the types that an element of a type may have.
func typesOf(owner *schema.Type, step string) []*schema.Type {
	el := owner.Element(strings.TrimSuffix(step, "[x]"))
	if el == nil || el.Choice && !strings.HasSuffix(step, "[x]") {
		if el, t := owner.JSONElement(step); el != nil && t != nil { // valueQuantity
			return []*schema.Type{t}
		}
		return nil
	}
	if !el.Choice {
		return anyResource(el.Type())
	}
	var types []*schema.Type
	for i := range el.Types {
		if t := el.Types[i].Type(); t != nil {
			types = append(types, t)
		}
	}
	return types
}

// anyResource is a type, or all resource types for one that stands for any.
func anyResource(t *schema.Type) []*schema.Type {
	if t == nil {
		return nil
	}
	if t.Kind != schema.Resource || !t.Abstract {
		return []*schema.Type{t}
	}
	var all []*schema.Type
	for _, r := range schema.R4().Types {
		if r.Kind == schema.Resource {
			all = append(all, r)
		}
	}
	return all
}

const (
	obligationProfile  = definitionPrefix + "obligation-profile"
	inheritObligations = definitionPrefix + "inherit-obligations"
)

// obligations checks the profiles that a profile takes obligations from: each must
// say that it is for that, and constrain what this profile constrains.
func (r *run) obligations(n node.Node) {
	base := n.Get("baseDefinition").Text()
	for x := range n.Extensions(inheritObligations) {
		url := x.Get("valueCanonical").Text()
		from, ok := r.definition(url, "StructureDefinition")
		switch {
		case !ok:
			r.add(r.unloaded(), "not-found", x, "inherit-obligations", "", "the profile that obligations are taken from is not loaded")
		case !from.Extension(obligationProfile).Get("valueBoolean").Is("true"):
			r.add(Error, "invalid", x, "inherit-obligations", "", "the profile that obligations are taken from is not marked as an obligation profile")
		case from.Get("baseDefinition").Text() != base:
			r.add(Error, "invalid", x, "inherit-obligations", "", "the profile that obligations are taken from has another base than this one")
		}
	}
}

// searchParameter checks that a SearchParameter asks its bases alone, and adds no
// base to those of the one that it is derived from.
func (r *run) searchParameter(n node.Node) {
	bases := map[string]bool{}
	for b := range n.Get("base").Items() {
		bases[b.Text()] = true
	}
	if from := n.Get("derivedFrom").Text(); from != "" {
		if parent, ok := r.definition(from, "SearchParameter"); ok {
			allowed := map[string]bool{}
			for b := range parent.Get("base").Items() {
				allowed[b.Text()] = true
			}
			for b := range n.Get("base").Items() {
				if !allowed[b.Text()] && !allowed["Resource"] && !allowed["DomainResource"] {
					r.add(Error, "invalid", b, "SearchParameter.base", "", "%s is no base of the parameter that this one is derived from", quoteName(b.Text()))
				}
			}
		}
	}
	if n.Get("type").Is("composite") && n.Get("component").Len() < 2 {
		r.add(Error, "required", n, "SearchParameter.component", "", "a composite parameter has two components or more")
	}
	expression := n.Get("expression")
	if !expression.HasValue() {
		return
	}
	if _, err := compile(expression.Text()); err != nil {
		r.add(Error, "invalid", expression, "SearchParameter.expression", "", "the expression is no FHIRPath: %v", err)
	}
}

const (
	toolPrefix     = "http://hl7.org/fhir/tools/StructureDefinition/"
	valueParameter = toolPrefix + "valueset-parameter"
	cqfExpression  = definitionPrefix + "cqf-expression"
)

// predefined are the variables that FHIRPath has in FHIR.
var predefined = map[string]bool{"context": true, "resource": true, "rootResource": true, "ucum": true, "sct": true, "loinc": true}

var variableName = regexp.MustCompile("%(?:`([^`]+)`|([A-Za-z_][A-Za-z0-9_-]*))")

// valueSetParameters checks the expressions by which filters of a value set take
// parameters: they are FHIRPath and name parameters that the value set declares.
func (r *run) valueSetParameters(n node.Node) {
	declared := map[string]bool{}
	for p := range n.Extensions(valueParameter) {
		declared[p.Extension("name").Get("valueCode").Text()] = true
	}
	used := map[string]bool{}
	for _, list := range []string{"include", "exclude"} {
		for include := range n.Get("compose").Get(list).Items() {
			for filter := range include.Get("filter").Items() {
				for x := range filter.Get("value").Extensions(cqfExpression) {
					r.filterExpression(x.Get("valueExpression"), declared, used)
				}
			}
		}
	}
	for name := range declared {
		if !used[name] {
			r.add(Warning, "invalid", n, "valueset-parameter", "", "no filter uses the parameter %s", quoteName(name))
		}
	}
}

func (r *run) filterExpression(n node.Node, declared, used map[string]bool) {
	if !n.Get("language").Is("text/fhirpath") {
		r.add(Error, "invalid", n, "cqf-expression", "", "the expression of a filter must be text/fhirpath")
		return
	}
	source := n.Get("expression").Text()
	// A dash is allowed in a parameter's name, but not in a bare FHIRPath variable.
	var names []string
	plain := variableName.ReplaceAllStringFunc(source, func(s string) string {
		m := variableName.FindStringSubmatch(s)
		names = append(names, m[1]+m[2])
		return "%`" + m[1] + m[2] + "`"
	})
	if _, err := path.Compile(plain); err != nil {
		r.add(Error, "invalid", n, "cqf-expression", "", "the expression of a filter is no FHIRPath: %v", err)
		return
	}
	for _, name := range names {
		if used[name] = true; !declared[name] && !predefined[name] {
			r.add(Error, "invalid", n, "cqf-expression", "", "the expression uses the parameter %s, which the value set does not declare", quoteName(name))
		}
	}
}
