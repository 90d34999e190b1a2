// SPDX-License-Identifier: Apache-2.0

// Package path evaluates FHIRPath: the normative release (2.0.0) with FHIR R4's
// functions, over the trees of package node with the types of package schema.
//
// An expression is compiled once and evaluated many times, by many goroutines:
//
//	given := path.MustCompile("Patient.name.where(use = 'official').given")
//	values, err := given.Evaluate(path.Root(doc), nil)
//
// Numbers are exact decimals, dates are as precise as they were written, and
// quantities compare through UCUM. Elements that a type does not have give
// nothing, unless Options.Strict asks for an error.
package path

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Limits of an expression and of its evaluation.
const (
	maxSource    = 16 << 10 // bytes of an expression
	maxNesting   = 100      // parentheses and function calls inside each other
	defaultSteps = 5_000_000
)

// Expr is a compiled expression. It is read-only and safe for use by many goroutines.
type Expr struct {
	source string
	root   expr
}

// String is the expression's source.
func (e *Expr) String() string { return e.source }

// Error says what is wrong with an expression or its evaluation, and where. Its
// text holds no values of the data.
type Error struct {
	Expression string
	Offset     int // bytes from the expression's start
	Reason     string
	Syntax     bool // found by Compile
}

func (e *Error) Error() string {
	source, at := e.Expression, e.Offset
	if len(source) > 80 {
		from := max(0, min(at-30, len(source)-60))
		source = "..." + source[from:min(from+60, len(source))] + "..."
	}
	return fmt.Sprintf("FHIRPath %q at %d: %s", source, at, e.Reason)
}

// Compile parses an expression. Its errors are *Error.
func Compile(source string) (*Expr, error) {
	if len(source) > maxSource {
		return nil, &Error{Expression: source[:80], Reason: fmt.Sprintf("the expression is longer than %d bytes", maxSource), Syntax: true}
	}
	p := parser{lex: lexer{src: source}}
	root, err := p.parse()
	if err != nil {
		if e, ok := err.(*Error); ok {
			e.Expression, e.Syntax = source, true
		}
		return nil, err
	}
	return &Expr{source: source, root: root}, nil
}

// MustCompile is Compile for constants; it panics on an error.
func MustCompile(source string) *Expr {
	e, err := Compile(source)
	if err != nil {
		panic(err)
	}
	return e
}

// Options are what an evaluation may use. The nil Options and every zero field are good.
type Options struct {
	// Resource is %resource, and RootResource %rootResource: the resource that
	// holds the context, and the one that contains that. By default both are the
	// root of the context's document.
	Resource, RootResource Value
	// Variables are further % variables.
	Variables map[string][]Value
	// Now is the time of now(), today() and timeOfDay(); by default the clock's.
	Now time.Time
	// Resolve finds what a reference or canonical URL points to, for resolve().
	// Contained resources and the entries of a Bundle are found without it.
	Resolve func(reference string) (node.Node, bool)
	// TypedReferences makes resolve() of a reference such as Patient/1 that
	// cannot be followed give an empty resource of that type. Search indexing
	// wants it: "subject.where(resolve() is Patient)" asks for the type alone.
	TypedReferences bool
	// MemberOf tells whether a code, Coding, CodeableConcept or string is in a
	// value set; known is false if that cannot be said. Without it memberOf()
	// gives nothing.
	MemberOf func(v Value, valueSet string) (member, known bool)
	// ConformsTo tells whether a resource or element meets a profile. Without it
	// conformsTo() knows R4's own types.
	ConformsTo func(v Value, profile string) (conforms, known bool)
	// Trace gets what trace() is given.
	Trace func(name string, values []Value)
	// Strict makes it an error to ask a type for an element that it does not have.
	Strict bool
	// Steps bounds the work of one evaluation; by default 5 million.
	Steps int
}

var noOptions = &Options{}

// evaluator is the state of one evaluation.
type evaluator struct {
	opts    *Options
	schema  *schema.Schema
	source  string
	context Value
	this    Value
	index   int
	total   []Value
	vars    []variable
	steps   int
	free    [][]Value // slices to use again
	now     time.Time
	failed  []Value // scratch of a result that nobody wants
}

type variable struct {
	name   string
	values []Value
}

var evaluators = sync.Pool{New: func() any { return &evaluator{schema: schema.R4()} }}

// Evaluate gives the values of the expression for a context.
func (e *Expr) Evaluate(context Value, opts *Options) ([]Value, error) {
	return e.Append(nil, context, opts)
}

// Append appends the values of the expression for a context.
func (e *Expr) Append(dst []Value, context Value, opts *Options) ([]Value, error) {
	ev := e.start(context, opts)
	out, err := e.root.eval(ev, dst)
	ev.done()
	if err != nil {
		return dst, e.wrap(err)
	}
	return out, nil
}

// Test evaluates the expression as a rule: true, false, or ok false if it gives
// nothing. More than one value is an error; one that is no boolean counts as true.
func (e *Expr) Test(context Value, opts *Options) (result, ok bool, err error) {
	ev := e.start(context, opts)
	out, err := e.root.eval(ev, ev.get())
	if err == nil {
		result, ok, err = ev.truth(out, 0)
	}
	ev.put(out)
	ev.done()
	if err != nil {
		return false, false, e.wrap(err)
	}
	return result, ok, nil
}

func (e *Expr) start(context Value, opts *Options) *evaluator {
	if opts == nil {
		opts = noOptions
	}
	ev := evaluators.Get().(*evaluator)
	ev.opts, ev.source, ev.context, ev.this = opts, e.source, context, context
	if ev.steps = opts.Steps; ev.steps <= 0 {
		ev.steps = defaultSteps
	}
	return ev
}

func (ev *evaluator) done() {
	*ev = evaluator{schema: ev.schema, free: ev.free}
	evaluators.Put(ev)
}

func (e *Expr) wrap(err error) error {
	if pe, ok := err.(*Error); ok {
		pe.Expression = e.source
	}
	return err
}

// get is an empty slice to fill, put gives it back.
func (ev *evaluator) get() []Value {
	if n := len(ev.free); n > 0 {
		s := ev.free[n-1]
		ev.free = ev.free[:n-1]
		return s
	}
	return make([]Value, 0, 8)
}

func (ev *evaluator) put(s []Value) {
	if cap(s) == 0 || cap(s) > 4096 || len(ev.free) > 64 {
		return
	}
	clear(s)
	ev.free = append(ev.free, s[:0])
}

// fail makes the error of a place in the expression.
func fail(pos int, format string, args ...any) error {
	return &Error{Offset: pos, Reason: fmt.Sprintf(format, args...)}
}

// step counts work, so that no expression runs for ever.
func (ev *evaluator) step(pos, n int) error {
	if ev.steps -= n; ev.steps < 0 {
		return fail(pos, "the evaluation takes more steps than allowed")
	}
	return nil
}

// clock is the time of the evaluation, the same for all of it.
func (ev *evaluator) clock() time.Time {
	if ev.now.IsZero() {
		if ev.now = ev.opts.Now; ev.now.IsZero() {
			ev.now = time.Now()
		}
	}
	return ev.now
}

// variable finds a % variable.
func (ev *evaluator) variable(name string, pos int, out []Value) ([]Value, error) {
	for i := len(ev.vars) - 1; i >= 0; i-- {
		if ev.vars[i].name == name {
			return append(out, ev.vars[i].values...), nil
		}
	}
	if v, ok := ev.opts.Variables[name]; ok {
		return append(out, v...), nil
	}
	switch name {
	case "context":
		return append(out, ev.context), nil
	case "resource":
		return append(out, ev.resource(ev.opts.Resource)), nil
	case "rootResource":
		return append(out, ev.resource(ev.opts.RootResource)), nil
	case "ucum":
		return append(out, String("http://unitsofmeasure.org")), nil
	case "sct":
		return append(out, String("http://snomed.info/sct")), nil
	case "loinc":
		return append(out, String("http://loinc.org")), nil
	}
	if set, ok := strings.CutPrefix(name, "vs-"); ok {
		return append(out, String("http://hl7.org/fhir/ValueSet/"+set)), nil
	}
	if ext, ok := strings.CutPrefix(name, "ext-"); ok {
		return append(out, String("http://hl7.org/fhir/StructureDefinition/"+ext)), nil
	}
	return out, fail(pos, "the variable %%%s is not defined", name)
}

func (ev *evaluator) resource(given Value) Value {
	if given.kind != 0 {
		return given
	}
	if d := ev.context.node.Doc(); d != nil {
		return Root(d)
	}
	return ev.context
}
