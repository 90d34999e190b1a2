// SPDX-License-Identifier: Apache-2.0

package schematron

import (
	"maps"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xpath"
)

type compiler struct {
	top       *xmltree.Node
	schema    *Schema
	spaces    map[string]string
	warnings  map[string]bool          // patterns of the phase "warnings"
	abstracts map[string]*xmltree.Node // abstract rules by id
	documents map[string]bool
}

func newCompiler(top *xmltree.Node) *compiler {
	return &compiler{top: top, schema: &Schema{byName: map[string][]indexed{}}, spaces: map[string]string{"xsl": xslt},
		warnings: map[string]bool{}, abstracts: map[string]*xmltree.Node{}, documents: map[string]bool{}}
}

func (c *compiler) unsupported(n *xmltree.Node, reason string) {
	id := n.Get("id")
	if id == "" {
		id = n.Name.Local
	}
	c.schema.Unsupported = append(c.schema.Unsupported, Unsupported{n.Line, id, reason})
}

func (c *compiler) compile() {
	if binding := c.top.Get("queryBinding"); binding != "" && binding != "xslt" && binding != "xslt1" && binding != "xpath" {
		c.unsupported(c.top, "query binding "+binding+" is read as XPath 1.0")
	}
	c.gather()
	variables := map[string]bool{}
	for _, n := range c.elements(c.top) {
		switch n.Name.Local {
		case "ns", "phase", "p", "diagnostics", "title":
		case "let":
			c.schema.lets = c.addLet(c.schema.lets, n, variables)
		case "pattern":
			c.pattern(n, variables)
		default:
			c.unsupported(n, "element "+n.Name.Local+" is not known")
		}
	}
	c.schema.Documents = slices.Sorted(maps.Keys(c.documents))
}

// gather reads what patterns refer to, wherever it stands.
func (c *compiler) gather() {
	if t := c.top.Child("title"); t != nil {
		c.schema.Title = strings.TrimSpace(t.Text())
	}
	for _, n := range c.top.All("ns") {
		c.spaces[n.Get("prefix")] = n.Get("uri")
	}
	for _, phase := range c.top.All("phase") {
		for _, active := range phase.All("active") {
			c.warnings[active.Get("pattern")] = strings.HasPrefix(phase.Get("id"), "warning")
		}
	}
	c.top.Walk(func(n *xmltree.Node) bool {
		if n.Name.Local == "rule" && n.Get("abstract") == "true" {
			c.abstracts[n.Get("id")] = n
		}
		return true
	})
}

// elements are the children in Schematron's own namespace; a child of another is
// an extension that is not known.
func (c *compiler) elements(n *xmltree.Node) []*xmltree.Node {
	var list []*xmltree.Node
	for _, child := range n.Children {
		switch {
		case child.Kind != xmltree.Element:
		case child.Name.Space == c.top.Name.Space:
			list = append(list, child)
		default:
			c.unsupported(child, "element "+child.Name.Local+" of "+child.Name.Space+" is not known")
		}
	}
	return list
}

func (c *compiler) addLet(lets []let, n *xmltree.Node, variables map[string]bool) []let {
	name := n.Get("name")
	expr := c.expr(n, n.Get("value"), variables)
	if expr == nil {
		return lets
	}
	variables[name] = true
	return append(lets, let{name, expr})
}

func (c *compiler) expr(at *xmltree.Node, src string, variables map[string]bool) *xpath.Expr {
	e, err := xpath.Compile(src, xpath.Scope{Namespaces: c.spaces, Variables: variables})
	if err != nil {
		c.unsupported(at, err.Error())
		return nil
	}
	for _, d := range e.Documents {
		c.documents[d] = true
	}
	return e
}

func (c *compiler) pattern(n *xmltree.Node, outer map[string]bool) {
	if n.Get("abstract") == "true" || n.Get("is-a") != "" {
		c.unsupported(n, "abstract patterns are not supported")
		return
	}
	p := &pattern{id: n.Get("id"), index: len(c.schema.patterns), severity: Error}
	if c.warnings[p.id] {
		p.severity = Warning
	}
	variables := maps.Clone(outer)
	for _, child := range c.elements(n) {
		switch child.Name.Local {
		case "title", "p":
		case "let":
			p.lets = c.addLet(p.lets, child, variables)
		case "rule":
			if child.Get("abstract") != "true" {
				c.rule(p, child, variables)
			}
		default:
			c.unsupported(child, "element "+child.Name.Local+" is not known")
		}
	}
	c.schema.patterns = append(c.schema.patterns, p)
	c.schema.Patterns++
}

func (c *compiler) rule(p *pattern, n *xmltree.Node, outer map[string]bool) {
	match, err := xpath.CompilePattern(n.Get("context"), xpath.Scope{Namespaces: c.spaces, Variables: outer})
	if err != nil {
		c.unsupported(n, err.Error())
		return
	}
	r := &rule{id: n.Get("id"), pattern: p, context: match}
	c.body(r, n, maps.Clone(outer), 0)
	at := indexed{r, len(p.rules)}
	p.rules = append(p.rules, r)
	c.schema.Rules++
	names, all := match.Names()
	if all {
		c.schema.anyName = append(c.schema.anyName, at)
		return
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		c.schema.byName[name] = append(c.schema.byName[name], at)
	}
}

// maxExtends bounds abstract rules that extend each other in a ring.
const maxExtends = 20

func (c *compiler) body(r *rule, n *xmltree.Node, variables map[string]bool, depth int) {
	for _, child := range c.elements(n) {
		switch child.Name.Local {
		case "p":
		case "let":
			r.lets = c.addLet(r.lets, child, variables)
		case "assert", "report":
			c.assertion(r, child, variables)
		case "extends":
			abstract := c.abstracts[child.Get("rule")]
			if abstract == nil || depth > maxExtends {
				c.unsupported(child, "abstract rule "+child.Get("rule")+" is not in the schema")
				continue
			}
			c.body(r, abstract, variables, depth+1)
		default:
			c.unsupported(child, "element "+child.Name.Local+" is not known")
		}
	}
}

func (c *compiler) assertion(r *rule, n *xmltree.Node, variables map[string]bool) {
	test := c.expr(n, n.Get("test"), variables)
	if test == nil {
		return
	}
	a := assertion{id: n.Get("id"), test: test, report: n.Name.Local == "report", severity: r.pattern.severity}
	if role := n.Get("role"); role == "warning" || role == "warn" || role == "info" {
		a.severity = Warning
	}
	for _, child := range n.Children {
		switch {
		case child.Kind == xmltree.Text:
			a.message = append(a.message, part{text: child.Value})
		case child.Kind != xmltree.Element:
		case child.Name.Local == "value-of":
			if e := c.expr(child, child.Get("select"), variables); e != nil {
				a.message = append(a.message, part{expr: e})
			}
		case child.Name.Local == "name":
			if e := c.expr(child, "local-name()", variables); e != nil {
				a.message = append(a.message, part{expr: e})
			}
		default: // emph, span, dir: only looks
			a.message = append(a.message, part{text: child.Text()})
		}
	}
	r.asserts = append(r.asserts, a)
	c.schema.Assertions++
}

// xslt is the namespace of the prefix xsl, which is declared in every schema that
// runs as a stylesheet, and which CMS's hospital schema uses without declaring it.
const xslt = "http://www.w3.org/1999/XSL/Transform"
