// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Param is a search parameter of one resource type.
type Param struct {
	Resource string
	Code     string // birthdate
	URL      string
	Type     string   // number date string token reference composite quantity uri
	Targets  []string // resource types that a reference may point to
	Key      int64    // Key(Resource, Code)

	expr       *path.Expr
	components []component // two, of a composite
}

type component struct {
	expr  *path.Expr
	param *Param // how its values are read; its Key is not used
}

// Types is the search parameters of one resource type.
type Types struct {
	Resource string
	params   map[string]*Param
	sorted   []*Param
	patient  []*Param // those that put a resource into a Patient compartment
	self     bool     // a Patient is in its own compartment
	// Unsupported are the codes of parameters that cannot be searched for.
	Unsupported []string
}

// IsResource tells whether FHIR R4 has a resource type of that name.
func IsResource(name string) bool {
	t := schema.R4().Type(name)
	return t != nil && t.Kind == schema.Resource && !t.Abstract
}

var compiledTypes sync.Map // resource type -> *Types

// For is the parameters of a resource type, or nil if FHIR R4 has no such type.
func For(resource string) *Types {
	if t, ok := compiledTypes.Load(resource); ok {
		return t.(*Types)
	}
	if !IsResource(resource) {
		return nil
	}
	t, _ := compiledTypes.LoadOrStore(resource, compile(resource))
	return t.(*Types)
}

// Param is the parameter of that code, or nil.
func (t *Types) Param(code string) *Param { return t.params[code] }

// Params are all parameters, by code.
func (t *Types) Params() []*Param { return t.sorted }

// InPatientCompartment tells whether resources of the type belong to patients.
func (t *Types) InPatientCompartment() bool { return t.self || len(t.patient) > 0 }

func compile(resource string) *Types {
	s := schema.R4()
	t := &Types{Resource: resource, params: map[string]*Param{}, self: resource == "Patient"}
	typ := s.Type(resource)
	for _, sp := range s.SearchParameters {
		if !slices.ContainsFunc(sp.Base, typ.Is) || strings.HasSuffix(sp.URL, "/example") || t.params[sp.Code] != nil {
			continue
		}
		if p := compileParam(resource, sp); p != nil {
			t.params[sp.Code] = p
			t.sorted = append(t.sorted, p)
		}
	}
	for _, sp := range s.SearchParameters {
		if slices.ContainsFunc(sp.Base, typ.Is) && t.params[sp.Code] == nil && !slices.Contains(t.Unsupported, sp.Code) {
			t.Unsupported = append(t.Unsupported, sp.Code)
		}
	}
	slices.Sort(t.Unsupported)
	slices.SortFunc(t.sorted, func(a, b *Param) int { return strings.Compare(a.Code, b.Code) })
	if c := s.Compartment("Patient"); c != nil {
		for _, code := range c.Members[resource] {
			if p := t.params[code]; p != nil && p.Type == "reference" {
				t.patient = append(t.patient, p)
			}
		}
	}
	return t
}

// compileParam makes a parameter, or gives nil for one that cannot be searched
// for: it has no expression, or asks for what an index of values does not hold.
func compileParam(resource string, sp *schema.SearchParameter) *Param {
	p := &Param{Resource: resource, Code: sp.Code, URL: sp.URL, Type: sp.Type, Key: Key(resource, sp.Code)}
	if sp.Code == "_id" || sp.Code == "_lastUpdated" {
		return p // the store has them anyway
	}
	if sp.Type == "special" || sp.Code == "phonetic" || sp.Expression == "" {
		return nil
	}
	for _, target := range sp.Targets {
		if IsResource(target) && !slices.Contains(p.Targets, target) {
			p.Targets = append(p.Targets, target)
		}
	}
	source := partsFor(resource, sp.Expression)
	if source == "" {
		return nil
	}
	var err error
	if p.expr, err = path.Compile(source); err != nil {
		return nil
	}
	if sp.Type == "composite" && !p.compose(sp) {
		return nil
	}
	return p
}

// compose compiles the two parts of a composite. Those of three parts (all of
// MolecularSequence) are not supported.
func (p *Param) compose(sp *schema.SearchParameter) bool {
	if len(sp.Components) != 2 {
		return false
	}
	for i, c := range sp.Components {
		def := schema.R4().SearchParameter(c.Definition)
		expr, err := path.Compile(c.Expression)
		if def == nil || err != nil {
			return false
		}
		part := &Param{Resource: p.Resource, Code: def.Code, Type: def.Type, Targets: def.Targets}
		if sp.Code == "relationship" && p.Resource == "DocumentReference" {
			// R4 names the definitions of the two parts the wrong way round.
			part.Type = [...]string{"token", "reference"}[i]
			if i == 1 {
				part.Targets = []string{"DocumentReference"}
			}
		}
		p.components = append(p.components, component{expr, part})
	}
	first := p.components[0].param.Type
	return first == "token" || first == "reference"
}

// partsFor keeps the alternatives of an expression that can give something for a
// type: a parameter that many types share lists them all.
func partsFor(resource, expression string) string {
	var keep []string
	for _, part := range alternatives(expression) {
		name := strings.TrimLeft(part, "( ")
		if i := strings.IndexFunc(name, func(r rune) bool { return r != '_' && !isLetter(r) }); i >= 0 {
			name = name[:i]
		}
		if name == resource || name == "Resource" || name == "DomainResource" || !IsResource(name) {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, " | ")
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// alternatives splits an expression at the | that stand outside parentheses and quotes.
func alternatives(expression string) []string {
	var parts []string
	depth, from, quoted := 0, 0, false
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			parts = append(parts, strings.TrimSpace(expression[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(expression[from:]))
}

// References are the references of a resource under the parameter, as they are
// written. It is for reference parameters.
func (p *Param) References(d *node.Doc) []string {
	values, err := p.expr.Evaluate(path.Root(d), indexing)
	if err != nil {
		return nil
	}
	var refs []string
	for _, v := range values {
		ref := v.Node().Text()
		if v.Node().Kind() == node.Object {
			ref = v.Node().Get("reference").Text()
		}
		if ref != "" {
			refs = append(refs, ref)
		}
	}
	return refs
}
