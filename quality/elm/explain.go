// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"io"
	"strings"
)

// Explanation is a definition with what it amounted to for a patient, and the
// definitions that it was computed from.
type Explanation struct {
	Library    string
	Definition string
	Locator    string
	Value      Value
	Err        error
	// Evaluated is false for a definition that was not needed: an "or" was decided
	// before it, say.
	Evaluated bool
	// Resources are the Type/id of the resources in the value.
	Resources []string
	// Repeated is set where the definition was explained before; Uses is empty then.
	Repeated bool
	Uses     []*Explanation
}

// Explain evaluates a definition, if that was not done yet, and tells how its value
// came about.
func (r *Run) Explain(u *Unit, name string) (*Explanation, error) {
	d := u.Definition(name)
	if d == nil {
		return nil, fmt.Errorf("library %s does not define %q", u.Name(), name)
	}
	r.Evaluate(u, name) // an error is part of the explanation
	return r.r.explain(d, map[*Definition]bool{}), nil
}

func (r *run) explain(d *Definition, seen map[*Definition]bool) *Explanation {
	x := &Explanation{Library: d.Library(), Definition: d.Name, Locator: d.locator}
	x.Value, x.Err, x.Evaluated = r.remembered(d)
	x.Resources = r.decided(d)
	if seen[d] {
		x.Repeated = true
		return x
	}
	seen[d] = true
	if !x.Evaluated {
		return x
	}
	direct := map[*Definition]bool{}
	for _, use := range d.uses {
		direct[use] = true
	}
	for _, use := range d.Uses() {
		// What a function might have asked for and did not is no part of the story.
		if r.memory[use.id].state != unasked || direct[use] {
			x.Uses = append(x.Uses, r.explain(use, seen))
		}
	}
	return x
}

// Uses are the definitions that a definition refers to, directly or through functions,
// each once, in the order of the text.
func (d *Definition) Uses() []*Definition { return d.reach }

// findUses gathers a definition's uses once its library is compiled.
func (d *Definition) findUses() {
	seen := map[*Definition]bool{d: true}
	called := map[*function]bool{}
	var walk func(uses []*Definition, calls []*function)
	walk = func(uses []*Definition, calls []*function) {
		for _, u := range uses {
			if !seen[u] {
				seen[u] = true
				d.reach = append(d.reach, u)
			}
		}
		for _, f := range calls {
			if !called[f] {
				called[f] = true
				walk(f.uses, f.calls)
			}
		}
	}
	walk(d.uses, d.calls)
}

// Resources are the Type/id of the resources in what the named definitions, and those
// that they were computed from, amounted to.
func (r *Run) Resources(u *Unit, names []string) []string {
	seen := map[*Definition]bool{}
	var found references
	var walk func(d *Definition)
	walk = func(d *Definition) {
		if seen[d] {
			return
		}
		seen[d] = true
		if _, _, evaluated := r.Remembered(d); !evaluated {
			return
		}
		for _, ref := range r.r.decided(d) {
			found.add(ref)
		}
		for _, use := range d.Uses() {
			walk(use)
		}
	}
	for _, name := range names {
		if d := u.Definition(name); d != nil {
			walk(d)
		}
	}
	return found.list
}

// decided lists the resources in a definition's value or, if it has none and clauses
// are traced, those that its queries and retrieves found.
func (r *run) decided(d *Definition) []string {
	v, _, _ := r.remembered(d)
	var found references
	found.in(v)
	if len(found.list) == 0 && r.traces != nil {
		for _, clause := range d.evidence {
			for _, ref := range r.traces[clause].resources.list {
				found.add(ref)
			}
		}
	}
	return found.list
}

// references is a list of Type/id in the order of finding, each once.
type references struct {
	list []string
	seen map[string]bool
}

func (f *references) add(ref string) {
	if f.seen[ref] {
		return
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[ref] = true
	f.list = append(f.list, ref)
}

// in adds the resources in a value.
func (f *references) in(v Value) {
	switch x := v.(type) {
	case Element:
		if t := x.Node.ResourceType(); t != "" {
			f.add(t + "/" + x.Node.ID())
		}
	case List:
		for _, item := range x {
			f.in(item)
		}
	case *Tuple:
		for _, item := range x.Values {
			f.in(item)
		}
	}
}

// Write prints the explanation as a tree: a definition a line with its value, what it
// was computed from below it.
func (x *Explanation) Write(w io.Writer) error { return x.Indent(w, 0) }

// Indent is Write with the tree moved in by so many steps of two blanks.
func (x *Explanation) Indent(w io.Writer, steps int) error { return x.write(w, steps, x.Library) }

func (x *Explanation) write(w io.Writer, depth int, library string) error {
	name := x.Definition
	if x.Library != library {
		id, _, _ := strings.Cut(x.Library, "|")
		name = id + "." + name
	}
	note := ""
	if x.Repeated && len(x.Uses) == 0 && x.Evaluated {
		note = "  (as above)"
	}
	_, err := fmt.Fprintf(w, "%s%s: %s%s\n", strings.Repeat("  ", depth), name, x.Result(), note)
	for _, use := range x.Uses {
		if err == nil {
			err = use.write(w, depth+1, library)
		}
	}
	return err
}

// Result is the value in a line.
func (x *Explanation) Result() string {
	switch {
	case !x.Evaluated:
		return "not needed"
	case x.Err != nil:
		return "error: " + x.Err.Error()
	}
	if l, ok := x.Value.(List); ok && len(x.Resources) > 0 {
		return fmt.Sprintf("%d: %s", len(l), strings.Join(x.Resources, ", "))
	}
	s := Text(x.Value)
	if len(s) > 300 {
		s = s[:300] + "..."
	}
	if _, ok := x.Value.(Element); !ok && len(x.Resources) > 0 {
		s += " (" + strings.Join(x.Resources, ", ") + ")"
	}
	return s
}
