// SPDX-License-Identifier: Apache-2.0

// Package elm evaluates CQL that was compiled to ELM, as the measures of CMS are
// published, over a patient's FHIR data.
//
// Load reads a library; Program.Link compiles it with all that it includes into
// typed nodes with resolved slots. A library that several measures share is compiled
// once. Program.Start begins an evaluation for one patient: every definition is
// computed at most once and then remembered, for all measures together.
//
//	lib, err := elm.Load(elmJSON)             // for every library of a measure
//	unit, err := program.Link(lib, others)    // compile
//	run := program.Start(patient, parameters, elm.Options{Terminology: codes})
//	value, err := run.Evaluate(unit, "Initial Population")
//
// A Program may be used by many goroutines once everything is linked; a Run
// belongs to one.
package elm

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Program is a set of linked libraries that evaluate together.
type Program struct {
	units map[[sha256.Size]byte]*Unit
	defs  []*Definition // all expression definitions, by id
	pars  []*parameter

	clauses *clauses // nil if clauses are not traced
}

// NewProgram is an empty one.
func NewProgram() *Program { return &Program{units: map[[sha256.Size]byte]*Unit{}} }

// NewTracedProgram is an empty one whose runs remember what every clause amounted to,
// as Run.Highlight and Run.Explain show it. It evaluates more slowly.
func NewTracedProgram() *Program {
	p := NewProgram()
	p.clauses = &clauses{ids: map[*Unit]map[string]int{}}
	return p
}

// Unit is a linked library.
type Unit struct {
	lib        *Library
	includes   map[string]*Unit // by local name
	defs       map[string]*Definition
	funcs      map[string][]*function
	parameters map[string]*parameter
	valueSets  map[string]*ValueSet
	systems    map[string]*CodeSystem
	codes      map[string]*Code
	concepts   map[string]*Concept
	all        []*Definition
}

// Definition is one named expression of a library.
type Definition struct {
	Name    string
	Context string // Patient, Unfiltered, ...

	id      int // its place in a Run's memory
	unit    *Unit
	body    expr
	slots   int
	uses    []*Definition // definitions that it refers to
	calls   []*function   // functions that it may call
	reach   []*Definition // definitions that it refers to, also through functions
	locator string

	annotation node.Node // the CQL text
	evidence   []int     // clauses that say which resources decided, if traced
	retrieves  []*retrieve
	asked      []string // elements asked of what the definition finds
}

// Library is the id and version of the definition's library.
func (d *Definition) Library() string { return d.unit.lib.Name() }

// function is one overload of a function.
type function struct {
	name     string
	unit     *Unit
	operands []operand
	body     expr
	slots    int
	uses     []*Definition
	calls    []*function
	external bool

	annotation node.Node // the CQL text
	retrieves  []*retrieve
}

type operand struct {
	name string
	spec *typeSpec
}

type parameter struct {
	id       int
	name     string
	unit     *Unit
	fallback expr
	slots    int
	spec     *typeSpec
}

// Name is the library's id and version.
func (u *Unit) Name() string { return u.lib.Name() }

// Definition finds an expression by name, nil if the library has none.
func (u *Unit) Definition(name string) *Definition { return u.defs[name] }

// Definitions are the library's expressions in the order of the library.
func (u *Unit) Definitions() []*Definition { return u.all }

// HasFunction tells whether the library defines a function of that name.
func (u *Unit) HasFunction(name string) bool { return len(u.funcs[name]) > 0 }

// Parameters are the names of the library's parameters, sorted.
func (u *Unit) Parameters() []string {
	var names []string
	for name := range u.parameters {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ValueSets lists the value sets that the library and those it includes name.
func (u *Unit) ValueSets() []*ValueSet {
	seen := map[*Unit]bool{}
	var list []*ValueSet
	var walk func(*Unit)
	walk = func(u *Unit) {
		if seen[u] {
			return
		}
		seen[u] = true
		for _, v := range u.valueSets {
			list = append(list, v)
		}
		for _, inc := range u.includes {
			walk(inc)
		}
	}
	walk(u)
	sort.Slice(list, func(i, j int) bool {
		if list[i].URL != list[j].URL {
			return list[i].URL < list[j].URL
		}
		return list[i].Name < list[j].Name
	})
	return list
}

// LinkError lists what keeps libraries from being compiled.
type LinkError struct{ Problems []string }

func (e *LinkError) Error() string {
	if len(e.Problems) > 5 {
		return fmt.Sprintf("%s; and %d more", strings.Join(e.Problems[:5], "; "), len(e.Problems)-5)
	}
	return strings.Join(e.Problems, "; ")
}

// Link compiles a library. Included libraries are looked for among those at hand by
// id and version, or by id alone if only one version is there and no version was
// asked for. Libraries that include each other in a circle are refused.
func (p *Program) Link(main *Library, atHand []*Library) (*Unit, error) {
	l := &linker{program: p, atHand: map[string][]*Library{}, state: map[*Library]*Unit{}, open: map[*Library]bool{}}
	for _, lib := range atHand {
		l.atHand[lib.ID] = append(l.atHand[lib.ID], lib)
	}
	u, err := l.link(main, nil)
	if err != nil {
		return nil, err
	}
	return u, nil
}

type linker struct {
	program *Program
	atHand  map[string][]*Library
	state   map[*Library]*Unit
	open    map[*Library]bool
}

func (l *linker) find(inc include) (*Library, error) {
	var versions []string
	for _, lib := range l.atHand[inc.id] {
		if lib.Version == inc.version || inc.version == "" && len(l.atHand[inc.id]) == 1 {
			return lib, nil
		}
		versions = append(versions, lib.Version)
	}
	want := canonical(inc.id, inc.version)
	if len(versions) > 0 {
		return nil, fmt.Errorf("library %s is not at hand, only version %s", want, strings.Join(versions, ", "))
	}
	return nil, fmt.Errorf("library %s is not at hand", want)
}

func (l *linker) link(lib *Library, path []string) (*Unit, error) {
	if u, ok := l.state[lib]; ok {
		return u, nil
	}
	path = append(path, lib.Name())
	if l.open[lib] {
		return nil, &LinkError{[]string{"libraries include each other in a circle: " + strings.Join(path, " -> ")}}
	}
	l.open[lib] = true
	defer delete(l.open, lib)
	u := &Unit{lib: lib, includes: map[string]*Unit{}}
	h := sha256.New()
	h.Write(lib.digest[:])
	for _, inc := range lib.includes {
		other, err := l.find(inc)
		if err != nil {
			return nil, &LinkError{[]string{lib.Name() + ": " + err.Error()}}
		}
		iu, err := l.link(other, path)
		if err != nil {
			return nil, err
		}
		u.includes[inc.alias] = iu
		fmt.Fprintf(h, "%s=%p", inc.alias, iu)
	}
	var print [sha256.Size]byte
	h.Sum(print[:0])
	if same, ok := l.program.units[print]; ok {
		l.state[lib] = same
		return same, nil
	}
	if problems := compileUnit(l.program, u); len(problems) > 0 {
		return nil, &LinkError{problems}
	}
	l.program.units[print] = u
	l.state[lib] = u
	return u, nil
}
