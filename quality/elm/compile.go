// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// expr is a compiled expression. The frame holds the operands, aliases and lets of
// the definition or function that it belongs to.
type expr interface {
	eval(r *run, frame []Value) Value
}

// at is where a node stands in the CQL text; nodes that can fail carry it.
type at struct{ locator string }

// compiler turns the ELM of one definition or function into nodes.
type compiler struct {
	program  *Program
	unit     *Unit
	names    []binding // innermost last
	used     int       // slots in use
	slots    int       // slots needed at most
	uses     []*Definition
	calls    []*function
	touched  []int // slots of the names looked up so far
	this     int   // slot of the element that is being sorted, or -1
	problems *[]string
	where    string
	locator  string // of the nearest node that has one
	queries  int    // queries that the node stands in
	evidence []int  // clauses whose resources tell why the definition is as it is

	retrieves []*retrieve
	origins   map[int]expr // by slot of an alias: what it runs over
}

// binding is a name that an expression may refer to.
type binding struct {
	name string
	slot int
}

func (c *compiler) fail(n node.Node, format string, args ...any) expr {
	locator := n.Get("locator").Text()
	if locator == "" {
		locator = c.locator
	}
	*c.problems = append(*c.problems, fmt.Sprintf("%s, %q, %s: %s", c.unit.Name(), c.where, locator, fmt.Sprintf(format, args...)))
	return constant{nil}
}

// bind gives a name a slot; unbind takes the latest names away again.
func (c *compiler) bind(name string) int {
	slot := c.used
	delete(c.origins, slot)
	c.used++
	c.slots = max(c.slots, c.used)
	c.names = append(c.names, binding{name, slot})
	return slot
}

func (c *compiler) unbind(count int) {
	c.names = c.names[:len(c.names)-count]
	c.used -= count
}

func (c *compiler) lookup(name string) (slot int, ok bool) {
	for i := len(c.names) - 1; i >= 0; i-- {
		if c.names[i].name == name {
			c.touched = append(c.touched, c.names[i].slot)
			return c.names[i].slot, true
		}
	}
	return 0, false
}

// compileUnit compiles everything that a library defines.
func compileUnit(p *Program, u *Unit) []string {
	var problems []string
	u.declare(p, &problems)
	type job struct {
		n   node.Node
		def *Definition
		fn  *function
	}
	var jobs []job
	for n := range u.lib.root.Get("statements").Get("def").Items() {
		name := n.Get("name").Text()
		if n.Get("type").Is("FunctionDef") {
			f := &function{name: name, unit: u, annotation: n.Get("annotation")}
			f.external, _ = n.Get("external").Bool()
			for o := range n.Get("operand").Items() {
				spec := typeSpecOf(o.Get("operandTypeSpecifier"))
				if spec == nil && o.Get("operandType").Exists() {
					spec = namedType(o.Get("operandType").Text())
				}
				f.operands = append(f.operands, operand{o.Get("name").Text(), spec})
			}
			u.funcs[name] = append(u.funcs[name], f)
			jobs = append(jobs, job{n: n, fn: f})
			continue
		}
		if u.defs[name] != nil {
			problems = append(problems, fmt.Sprintf("%s: %q is defined twice", u.Name(), name))
			continue
		}
		d := &Definition{Name: name, Context: n.Get("context").Text(), unit: u, id: len(p.defs), locator: n.Get("locator").Text(), annotation: n.Get("annotation")}
		p.defs = append(p.defs, d)
		u.defs[name] = d
		u.all = append(u.all, d)
		jobs = append(jobs, job{n: n, def: d})
	}
	for _, j := range jobs {
		c := &compiler{program: p, unit: u, this: -1, problems: &problems}
		if j.def != nil {
			c.where = j.def.Name
			j.def.body = c.expr(j.n.Get("expression"))
			j.def.slots, j.def.uses, j.def.calls, j.def.evidence = c.slots, c.uses, c.calls, c.evidence
			j.def.retrieves = c.retrieves
			continue
		}
		c.where = j.fn.name
		c.queries = 1 // what functions find depends on who calls them: it is no evidence
		for _, o := range j.fn.operands {
			c.bind(o.name)
		}
		if body := j.n.Get("expression"); body.Exists() {
			j.fn.body = c.expr(body)
		}
		j.fn.slots, j.fn.uses, j.fn.calls, j.fn.retrieves = c.slots, c.uses, c.calls, c.retrieves
	}
	for _, d := range u.all {
		d.findUses()
	}
	return problems
}

// declare reads the parameters and the terminology of a library.
func (u *Unit) declare(p *Program, problems *[]string) {
	u.defs, u.funcs = map[string]*Definition{}, map[string][]*function{}
	u.parameters, u.valueSets, u.systems = map[string]*parameter{}, map[string]*ValueSet{}, map[string]*CodeSystem{}
	u.codes, u.concepts = map[string]*Code{}, map[string]*Concept{}
	root := u.lib.root
	for n := range root.Get("codeSystems").Get("def").Items() {
		name := n.Get("name").Text()
		u.systems[name] = &CodeSystem{name, n.Get("id").Text(), n.Get("version").Text()}
	}
	for n := range root.Get("valueSets").Get("def").Items() {
		name := n.Get("name").Text()
		u.valueSets[name] = &ValueSet{Name: name, URL: n.Get("id").Text(), Version: n.Get("version").Text()}
	}
	for n := range root.Get("codes").Get("def").Items() {
		name := n.Get("name").Text()
		code := &Code{Code: n.Get("id").Text(), Display: n.Get("display").Text()}
		ref := n.Get("codeSystem")
		if s := u.scope(ref).system(ref.Get("name").Text()); s != nil {
			code.System, code.Version = s.URL, s.Version
		} else {
			*problems = append(*problems, fmt.Sprintf("%s: code %q is of an unknown code system", u.Name(), name))
		}
		u.codes[name] = code
	}
	for n := range root.Get("concepts").Get("def").Items() {
		concept := &Concept{Display: n.Get("display").Text()}
		for ref := range n.Get("code").Items() {
			if s := u.scope(ref); s != nil && s.codes[ref.Get("name").Text()] != nil {
				concept.Codes = append(concept.Codes, s.codes[ref.Get("name").Text()])
			}
		}
		u.concepts[n.Get("name").Text()] = concept
	}
	for n := range root.Get("parameters").Get("def").Items() {
		c := &compiler{program: p, unit: u, this: -1, problems: problems, where: n.Get("name").Text()}
		par := &parameter{id: len(p.pars), name: c.where, unit: u, spec: typeSpecOf(n.Get("parameterTypeSpecifier"))}
		p.pars = append(p.pars, par)
		u.parameters[par.name] = par
		if d := n.Get("default"); d.Exists() {
			par.fallback = c.expr(d)
			par.slots = c.slots
		}
	}
}

// scope is the library that a reference points into, nil if it is not included.
func (u *Unit) scope(ref node.Node) *Unit {
	name := ref.Get("libraryName").Text()
	if name == "" {
		return u
	}
	return u.includes[name]
}

func (u *Unit) system(name string) *CodeSystem {
	if u == nil {
		return nil
	}
	return u.systems[name]
}

// expr compiles one ELM node. An absent node is null.
func (c *compiler) expr(n node.Node) expr {
	if !n.Exists() {
		return constant{nil}
	}
	outer := c.locator
	if l := n.Get("locator"); l.Exists() {
		c.locator = l.Text()
	}
	defer func() { c.locator = outer }()
	typ := n.Get("type").Text()
	op, ok := operators[typ]
	if !ok {
		return c.fail(n, "ELM's %q is not supported", typ)
	}
	if c.program.clauses != nil {
		return c.traced(n, typ, op)
	}
	return op.compile(c, n)
}

// here is the place of the node that is being compiled.
func (c *compiler) here() at { return at{c.locator} }

// operands compiles the "operand" of a node: one expression or several.
func (c *compiler) operands(n node.Node) []expr {
	var list []expr
	for o := range n.Get("operand").Items() {
		list = append(list, c.expr(o))
	}
	return list
}

// pair compiles two operands; what a broken document leaves out is null.
func (c *compiler) pair(n node.Node) (a, b expr) {
	o := n.Get("operand")
	return c.expr(o.At(0)), c.expr(o.At(1))
}

// source is the "source" of aggregate and list operators, or their first operand.
func (c *compiler) source(n node.Node) expr {
	if s := n.Get("source"); s.Exists() {
		return c.expr(s)
	}
	return c.expr(n.Get("operand").At(0))
}

// precision is the "precision" of a node, or noPrecision.
func (c *compiler) precision(n node.Node) Precision {
	p := n.Get("precision")
	if !p.Exists() {
		return noPrecision
	}
	prec, ok := precisionOf(p.Text())
	if !ok {
		c.fail(n, "%q is no precision", p.Text())
	}
	return prec
}
