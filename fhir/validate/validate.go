// SPDX-License-Identifier: Apache-2.0

// Package validate checks FHIR resources: against R4 itself, and against the
// profiles that they claim or that the caller names. It works in phases over one
// walk of the tree: structure, cardinality, primitives, references, invariants,
// extensions; then fixed values, patterns, types, slicing and invariants of each
// profile. What cannot be checked, because its definition is not loaded, is said
// in an information, never in an error.
package validate

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Severity of an issue, as in OperationOutcome.
type Severity string

// The severities.
const (
	Error       Severity = "error"
	Warning     Severity = "warning"
	Information Severity = "information"
)

// Issue is one finding.
type Issue struct {
	Severity Severity
	Code     string // OperationOutcome's issue type: structure, required, value, invariant, not-found ...
	Location string // FHIRPath from the resource: Patient.name[0].family
	Offset   int    // in the resource's bytes
	Rule     string // the invariant's key, or the element of the profile
	Profile  string // canonical URL of the profile that says so; nothing for R4 itself
	Text     string
}

func (i Issue) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", i.Severity, i.Location, i.Text, i.Rule)
}

// Validator checks resources. It is safe for use by many goroutines once its
// fields are set.
type Validator struct {
	// Definitions are where profiles and extensions are found; nil knows R4's types alone.
	Definitions *packages.Index
	// MemberOf tells whether a code, Coding or CodeableConcept is in a value set;
	// nil leaves bindings unchecked.
	MemberOf func(v path.Value, valueSet string) (member, known bool)
	// Display tells whether a display is right for a code, and which one is; nil
	// leaves displays unchecked.
	Display func(system, code, display string) (right string, ok, known bool)
	// Resolve finds resources that references outside the document point to.
	Resolve func(reference string) (node.Node, bool)
	// Policy says how strict the checks are that FHIR leaves open.
	Policy Policy
	// Now is the clock, by which bounds such as "not after today" count; nil is the system's.
	Now func() time.Time

	mu       sync.Mutex
	profiles map[string]*profile // by canonical URL; nil for one that is not known
}

// Validate checks a resource against R4, the profiles it claims in meta.profile,
// and those named.
func (v *Validator) Validate(d *node.Doc, profiles ...string) []Issue {
	r := &run{validator: v, schema: schema.R4(), root: d.Root(), trail: map[visit]bool{}}
	root := path.Root(d)
	r.resource(d.Root(), scope{resource: root, root: root})
	for _, url := range profiles {
		r.claim(root, url, scope{resource: root, root: root})
	}
	return r.issues
}

// Errors tells whether issues hold an error.
func Errors(issues []Issue) bool {
	for i := range issues {
		if issues[i].Severity == Error {
			return true
		}
	}
	return false
}

// run is one validation.
type run struct {
	validator *Validator
	schema    *schema.Schema
	root      node.Node
	entries   map[string]node.Node // of a Bundle, by reference; made when asked for
	issues    []Issue
	trail     map[visit]bool // profiles being checked, against circles

	unknownSet string // a value set that the rule being evaluated asked for in vain
}

type visit struct {
	profile string
	node    node.Node
}

// scope is where in the document a check stands.
type scope struct {
	resource, root path.Value // %resource and %rootResource
	owner          *schema.Type
	ownerPath      string // of the element that holds an extension, as Patient.birthDate
	ownerURL       string // of the extension that holds it
	ownerNode      node.Node
	holderURL      string // of the innermost extension that holds this, however deep
}

func (r *run) add(severity Severity, code string, n node.Node, rule, profile, format string, args ...any) {
	const most = 10_000 // a hostile resource must not make a report without end
	if len(r.issues) >= most {
		return
	}
	r.issues = append(r.issues, Issue{severity, code, n.Location(), n.Offset(), rule, profile, fmt.Sprintf(format, args...)})
}

// quietly runs a check and tells whether it found no error; its findings are dropped.
func (r *run) quietly(check func()) bool {
	before := len(r.issues)
	check()
	good := !Errors(r.issues[before:])
	r.issues = r.issues[:before]
	return good
}

// resource checks a resource against its type and the profiles it claims.
func (r *run) resource(n node.Node, s scope) {
	if n.Kind() != node.Object {
		r.add(Error, "structure", n, "type", "", "a resource should stand here, not %s", n.Kind())
		return
	}
	v := path.ResourceValue(n)
	if v.Type() == nil || v.Type().Kind != schema.Resource || v.Type().Abstract {
		r.add(Error, "structure", n, "resourceType", "", "%s is no resource type of FHIR R4", quoteName(n.ResourceType()))
		return
	}
	s.resource = v
	r.object(n, v.Type(), nil, s)
	switch n.ResourceType() {
	case "Bundle":
		r.bundle(n)
	case "QuestionnaireResponse":
		r.response(n)
	case "MeasureReport":
		r.measureReport(n)
	case "Measure":
		r.measure(n)
	case "StructureDefinition":
		r.structureDefinition(n)
	case "SearchParameter":
		r.searchParameter(n)
	case "ValueSet":
		r.valueSetParameters(n)
	}
	for p := range n.Get("meta").Get("profile").Items() {
		r.claim(v, p.Text(), s)
	}
}

// claim checks a value against a profile that was asked for.
func (r *run) claim(v path.Value, url string, s scope) {
	p := r.validator.profile(url)
	if p == nil {
		if r.schema.TypeByURL(strings.SplitN(url, "|", 2)[0]) == nil {
			r.add(Information, "not-found", v.Node(), "profile", url, "the profile is not loaded, so it was not checked")
		}
		return
	}
	r.conform(v, p, s)
}

func quoteName(s string) string {
	if len(s) > 64 {
		s = s[:64] + "..."
	}
	return fmt.Sprintf("%q", s)
}

// options are what FHIRPath needs here.
func (r *run) options(s scope) *path.Options {
	return &path.Options{
		Resource: s.resource, RootResource: s.root,
		MemberOf: r.memberOf, Resolve: r.resolve,
		ConformsTo: func(v path.Value, url string) (bool, bool) {
			p := r.validator.profile(url)
			if p == nil {
				return false, false
			}
			return r.quietly(func() { r.conform(v, p, s) }), true
		},
	}
}

// memberOf asks the validator's terminology, and notes what it does not know.
func (r *run) memberOf(v path.Value, valueSet string) (member, known bool) {
	if r.validator.MemberOf != nil {
		member, known = r.validator.MemberOf(v, valueSet)
	}
	if !known {
		r.unknownSet = valueSet
	}
	return member, known
}

// compiled keeps the compiled invariants.
var compiled sync.Map // expression -> *path.Expr or error

func compile(expression string) (*path.Expr, error) {
	if e, ok := compiled.Load(expression); ok {
		if e, ok := e.(*path.Expr); ok {
			return e, nil
		}
		return nil, e.(error)
	}
	e, err := path.Compile(expression)
	if err != nil {
		compiled.Store(expression, err)
		return nil, err
	}
	compiled.Store(expression, e)
	return e, nil
}

// invariants evaluates rules on a value.
func (r *run) invariants(v path.Value, rules []*schema.Invariant, profile string, s scope) {
	var opts *path.Options
	for _, rule := range rules {
		if rule.Expression == "" {
			continue
		}
		e, err := compile(rule.Expression)
		if err != nil {
			r.add(Information, "processing", v.Node(), rule.Key, profile, "the rule is no FHIRPath, so it was not checked")
			continue
		}
		if opts == nil {
			opts = r.options(s)
		}
		r.unknownSet = ""
		ok, known, err := e.Test(v, opts)
		switch {
		case err != nil:
			r.add(Warning, "processing", v.Node(), rule.Key, profile, "the rule could not be evaluated: %v", err)
		case ok || !known:
		case r.unknownSet != "":
			r.add(Information, "not-found", v.Node(), rule.Key, profile, "the rule asks for the value set %s, which is not loaded, so it was not checked", r.unknownSet)
		case rule.Key == "dom-3" && narrativeRefers(v.Node()):
		case rule.Key == "dom-6" && s.root.Node() != s.resource.Node(): // contained resources have no narrative (DomainResource.text)
		case rule.Warning:
			r.add(Warning, "invariant", v.Node(), rule.Key, profile, "%s", rule.Human)
		default:
			r.add(Error, "invariant", v.Node(), rule.Key, profile, "%s", rule.Human)
		}
	}
}
