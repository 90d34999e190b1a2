// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"runtime"
	"time"
)

// Options of an evaluation. The zero value needs no more than a Terminology if the
// libraries use value sets.
type Options struct {
	// Terminology finds the expansions of value sets; nil finds none.
	Terminology *Terminology
	// Now is the time that Now(), Today() and TimeOfDay() answer with; the zero time
	// means the time at which the evaluation starts. Its zone is that of dates and
	// times which name none.
	Now time.Time
	// MissingAsEmpty takes a value set without expansion as one without codes. Else
	// what asks such a value set fails and names it.
	MissingAsEmpty bool
	// TrustProfiles makes a retrieve take only resources whose meta.profile names the
	// profile that the library asks for. Else it goes by the resource type and by what
	// tells an event from one that did not happen (doNotPerform, the status).
	TrustProfiles bool
	// MaxDepth is how deep definitions and functions may call each other; 0 means 500.
	MaxDepth int
	// MaxSteps is how many rows queries may look at for one patient before the
	// evaluation fails; 0 means 20 million, which is seconds.
	MaxSteps int64
}

// Run is the evaluation of one patient: it remembers every definition that was
// computed. A Run belongs to one goroutine.
type Run struct{ r run }

// run is a Run as operators see it.
type run struct {
	program *Program
	patient *Patient
	opt     Options
	given   map[string]Value // parameters by name
	offset  int16            // minutes east of UTC of the evaluation
	now     Temporal

	memory    []memory
	pars      []memory
	calls     []call
	locator   string
	messages  []Message
	stack     []Value // frames
	steps     int64   // rows that queries looked at
	indexes   map[*equalityIndex]*keyed
	retrieved map[*retrieve]List // answers of retrieves that never change
	traces    []trace            // by clause, if clauses are traced
}

type memory struct {
	state state
	value Value
	err   *Error
}

type state uint8

const (
	unasked state = iota
	asking
	answered
	failed
)

// call is a definition or function that is being evaluated.
type call struct {
	unit *Unit
	name string
}

// Message is what a Message operator said.
type Message struct{ Severity, Code, Text string }

// Start begins an evaluation for a patient. Parameters are by name and go to every
// library that declares them; what is not given has the library's default.
func (p *Program) Start(patient *Patient, parameters map[string]Value, opt Options) *Run {
	if opt.Now.IsZero() {
		opt.Now = time.Now().UTC()
	}
	if opt.MaxDepth <= 0 {
		opt.MaxDepth = 500
	}
	if opt.MaxSteps <= 0 {
		opt.MaxSteps = 20_000_000
	}
	_, zone := opt.Now.Zone()
	r := &Run{run{program: p, patient: patient, opt: opt, given: parameters, offset: int16(zone / 60)}}
	r.r.now = TemporalOf(opt.Now)
	r.r.memory = make([]memory, len(p.defs))
	r.r.pars = make([]memory, len(p.pars))
	if p.clauses != nil {
		r.r.traces = make([]trace, p.clauses.count)
	}
	return r
}

// TemporalOf is a time as a DateTime with its zone's offset.
func TemporalOf(t time.Time) Temporal {
	_, zone := t.Zone()
	y, m, d := t.Date()
	ms := int64(t.Hour())*msHour + int64(t.Minute())*msMinute + int64(t.Second())*msSecond + int64(t.Nanosecond()/1e6)
	return Temporal{ms: daysFromCivil(y, int(m), d)*msDay + ms, offset: int16(zone / 60), kind: dateTimeKind, prec: Millisecond}
}

// Evaluate is the value of a definition. An error is an *Error that says what
// failed and where.
func (r *Run) Evaluate(u *Unit, name string) (v Value, err error) {
	d := u.Definition(name)
	if d == nil {
		return nil, &Error{Library: u.Name(), Definition: name, Reason: "the library has no such definition"}
	}
	defer r.r.rescue(&err)
	return r.r.definition(d), nil
}

// Call is the value of a function for arguments, as measure observations need it.
func (r *Run) Call(u *Unit, name string, args ...Value) (v Value, err error) {
	fns := u.funcs[name]
	if len(fns) == 0 {
		return nil, &Error{Library: u.Name(), Definition: name, Reason: "the library has no such function"}
	}
	defer r.r.rescue(&err)
	f := choose(fns, args)
	if f == nil {
		panic(failure{fmt.Sprintf("no overload of %q takes %s", name, describeTypes(args))})
	}
	return r.r.call(f, args), nil
}

// Remembered is what a definition amounted to, if it was evaluated.
func (r *Run) Remembered(d *Definition) (v Value, err error, ok bool) { return r.r.remembered(d) }

func (r *run) remembered(d *Definition) (v Value, err error, ok bool) {
	m := &r.memory[d.id]
	switch m.state {
	case answered:
		return m.value, nil, true
	case failed:
		return nil, m.err, true
	}
	return nil, nil, false
}

// Messages are what Message operators said so far.
func (r *Run) Messages() []Message { return r.r.messages }

// rescue turns a failure into an error. Errors of the program itself (an index out
// of range, say) fail the patient and not the batch, too.
func (r *run) rescue(err *error) {
	p := recover()
	if p == nil {
		return
	}
	e := &Error{Locator: r.locator}
	switch cause := p.(type) {
	case failure:
		e.Reason = cause.reason
	case *Error:
		e = cause
	case runtime.Error:
		e.Reason, e.Err = "internal error: "+cause.Error(), cause
	default:
		panic(p)
	}
	if n := len(r.calls); n > 0 && e.Library == "" {
		e.Library, e.Definition = r.calls[n-1].unit.Name(), r.calls[n-1].name
	}
	r.forget(e)
	*err = e
}

// forget ends the definitions that were being evaluated when one failed.
func (r *run) forget(e *Error) {
	for i := range r.memory {
		if r.memory[i].state == asking {
			r.memory[i] = memory{state: failed, err: e}
		}
	}
	for i := range r.pars {
		if r.pars[i].state == asking {
			r.pars[i] = memory{state: failed, err: e}
		}
	}
	r.calls = r.calls[:0]
	r.stack = r.stack[:0]
}

// definition is the value of a definition, computed at most once.
func (r *run) definition(d *Definition) Value {
	m := &r.memory[d.id]
	switch m.state {
	case answered:
		return m.value
	case failed:
		panic(m.err)
	case asking:
		panic(failure{fmt.Sprintf("%q refers to itself", d.Name)})
	}
	m.state = asking
	r.enter(d.unit, d.Name)
	frame := r.frame(d.slots)
	v := d.body.eval(r, frame)
	r.leave(d.slots)
	m.state, m.value = answered, v
	return v
}

// step counts a row of a query, so that no patient's data keep a batch for ever.
func (r *run) step() {
	if r.steps++; r.steps > r.opt.MaxSteps {
		panic(failure{fmt.Sprintf("queries looked at more than %d rows for this patient", r.opt.MaxSteps)})
	}
}

func (r *run) enter(u *Unit, name string) {
	if len(r.calls) >= r.opt.MaxDepth {
		panic(failure{fmt.Sprintf("definitions and functions call each other more than %d deep", r.opt.MaxDepth)})
	}
	r.calls = append(r.calls, call{u, name})
}

// frame takes slots from the stack; leave gives them back.
func (r *run) frame(slots int) []Value {
	n := len(r.stack)
	if n+slots > cap(r.stack) { // frames in use keep the old array
		r.stack = make([]Value, 0, max(256, 2*cap(r.stack), slots))
		n = 0
	}
	r.stack = r.stack[:n+slots]
	f := r.stack[n : n+slots : n+slots]
	clear(f)
	return f
}

func (r *run) leave(slots int) {
	r.calls = r.calls[:len(r.calls)-1]
	r.stack = r.stack[:max(len(r.stack)-slots, 0)]
}

// call evaluates a function.
func (r *run) call(f *function, args []Value) Value {
	r.enter(f.unit, f.name)
	if f.body == nil {
		panic(failure{fmt.Sprintf("function %q has no body: it is external", f.name)})
	}
	frame := r.frame(f.slots)
	copy(frame, args)
	v := f.body.eval(r, frame)
	r.leave(f.slots)
	return v
}

// parameter is the value of a parameter: the one given, or the library's default.
func (r *run) parameter(p *parameter) Value {
	m := &r.pars[p.id]
	switch m.state {
	case answered:
		return m.value
	case failed:
		panic(m.err)
	}
	m.state = asking
	v, ok := r.given[p.unit.lib.ID+"."+p.name]
	if !ok {
		v, ok = r.given[p.name]
	}
	if ok && p.spec != nil && !p.spec.accepts(v) {
		panic(failure{fmt.Sprintf("parameter %q is of type %s, a %s was given", p.name, p.spec, typeName(v))})
	}
	if !ok && p.fallback != nil {
		r.enter(p.unit, p.name)
		v = p.fallback.eval(r, r.frame(p.slots))
		r.leave(p.slots)
	}
	m.state, m.value = answered, v
	return v
}

func describeTypes(args []Value) string {
	s := "("
	for i, a := range args {
		if i > 0 {
			s += ", "
		}
		s += typeName(a)
	}
	return s + ")"
}
