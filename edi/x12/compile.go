// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// qualifierElement is the element that tells segments of the same id apart.
var qualifierElement = map[string]int{"NM1": 1, "REF": 1, "DTP": 1, "HL": 3, "AMT": 1, "HI": 1, "CRC": 1, "QTY": 1, "NTE": 1}

// compiler turns a table into a Guide.
type compiler struct {
	elements   map[string]elemSpec
	composites map[string]elemSpec
	segments   map[string]elemSpec // a segment's elements as parts
	trees      map[string][]string
	guide      *Guide
}

// compileGuide compiles the text of a guide with that of the data elements; the
// notation is explained in tables/837p.txt and tables/elements.txt.
func compileGuide(dict, text string) (*Guide, error) {
	c := &compiler{elements: map[string]elemSpec{}, composites: map[string]elemSpec{}, segments: map[string]elemSpec{},
		trees: map[string][]string{}}
	if err := c.dictionary(lines(dict)); err != nil {
		return nil, err
	}
	body := c.collectTrees(lines(text))
	if len(body) == 0 {
		return nil, fmt.Errorf("the table has no guide")
	}
	head := strings.Fields(body[0])
	if len(head) < 4 || head[0] != "guide" {
		return nil, fmt.Errorf("%q is no guide line", body[0])
	}
	c.guide = &Guide{Name: head[1], Transaction: head[2], Versions: head[3:]}
	body, err := c.expand(body[1:], 0)
	if err != nil {
		return nil, err
	}
	shared := map[string]*Loop{}
	root, rest, err := c.loop(body, 0, shared)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%q stands after the end", rest[0])
	}
	c.guide.root = root.loop
	for _, l := range shared {
		c.index(l)
	}
	return c.guide, nil
}

// lines are the lines that say something.
func lines(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			out = append(out, l)
		}
	}
	return out
}

// collectTrees takes the tree definitions out.
func (c *compiler) collectTrees(in []string) []string {
	var body []string
	for i := 0; i < len(in); i++ {
		name, isTree := strings.CutPrefix(in[i], "tree ")
		if !isTree {
			body = append(body, in[i])
			continue
		}
		depth := 1
		start := i + 1
		for i++; i < len(in); i++ {
			if strings.HasPrefix(in[i], "loop ") {
				depth++
			} else if in[i] == "end" {
				if depth--; depth == 0 {
					break
				}
			}
		}
		c.trees[name] = in[start:i]
	}
	return body
}

// expand puts the trees in the place of their uses.
func (c *compiler) expand(in []string, depth int) ([]string, error) {
	if depth > 5 {
		return nil, fmt.Errorf("a tree uses itself")
	}
	var out []string
	for _, l := range in {
		name, isUse := strings.CutPrefix(l, "use ")
		if !isUse {
			out = append(out, l)
			continue
		}
		tree, ok := c.trees[name]
		if !ok {
			return nil, fmt.Errorf("there is no tree %s", name)
		}
		tree, err := c.expand(tree, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, tree...)
	}
	return out, nil
}

// loop reads a loop and what follows it. A loop that stands in several places is
// compiled once.
func (c *compiler) loop(in []string, scope int, shared map[string]*Loop) (child, []string, error) {
	f := strings.Fields(in[0])
	if len(f) < 5 || f[0] != "loop" {
		return child{}, nil, fmt.Errorf("%q is no loop line", in[0])
	}
	l := &Loop{ID: f[1], Scope: scope}
	for _, extra := range f[5:] {
		n, err := strconv.Atoi(strings.TrimPrefix(extra, "@"))
		if err != nil {
			return child{}, nil, fmt.Errorf("%q: %w", in[0], err)
		}
		l.Scope = n
	}
	self, err := place(f[2:5])
	if err != nil {
		return child{}, nil, fmt.Errorf("%q: %w", in[0], err)
	}
	rest := in[1:]
	for len(rest) > 0 && rest[0] != "end" {
		var ch child
		if strings.HasPrefix(rest[0], "loop ") {
			ch, rest, err = c.loop(rest, l.Scope, shared)
		} else {
			ch, err = c.node(rest[0])
			rest = rest[1:]
			if ch.node != nil {
				ch.node.Loop = l
			}
		}
		if err != nil {
			return child{}, nil, fmt.Errorf("loop %s: %w", l.ID, err)
		}
		if l.first == nil {
			l.first = ch.node
		}
		ch.index = uint16(len(l.children))
		l.children = append(l.children, ch)
	}
	if len(rest) == 0 || l.first == nil {
		return child{}, nil, fmt.Errorf("loop %s has no end or no segment", l.ID)
	}
	if len(l.children) > maxChildren {
		return child{}, nil, fmt.Errorf("loop %s has more than %d children", l.ID, maxChildren)
	}
	if have := shared[l.ID]; have != nil {
		l = have
	}
	shared[l.ID] = l
	self.loop, self.node = l, l.first
	return self, rest[1:], nil
}

func place(f []string) (child, error) {
	order, err1 := strconv.ParseUint(f[0], 10, 16)
	repeat, err2 := strconv.ParseUint(f[2], 10, 16)
	if err1 != nil || err2 != nil || f[1] != "R" && f[1] != "S" {
		return child{}, fmt.Errorf("order, usage or repeat is wrong")
	}
	return child{order: uint16(order), max: uint16(repeat), required: f[1] == "R"}, nil
}

// node reads a segment line.
func (c *compiler) node(line string) (child, error) {
	f := strings.Fields(line)
	base, known := c.segments[f[0]]
	if len(f) < 4 || !known {
		return child{}, fmt.Errorf("%q: not a segment", line)
	}
	ch, err := place(f[1:4])
	if err != nil {
		return child{}, fmt.Errorf("%q: %w", line, err)
	}
	n := &Node{ID: f[0], guide: c.guide, rules: base.rules}
	n.elems, err = usages(strings.Join(f[4:], " "), base.parts)
	if err != nil {
		return child{}, fmt.Errorf("%q: %w", line, err)
	}
	if q := qualifierElement[n.ID]; q > 0 && q <= len(n.elems) {
		if sp := n.elems[q-1]; len(sp.codes) > 0 || len(sp.parts) > 0 && len(sp.parts[0].codes) > 0 {
			n.qual = q
		}
	}
	ch.node = n
	return ch, nil
}

// usages reads the usage of each element or component.
func usages(text string, base []elemSpec) ([]elemSpec, error) {
	out := make([]elemSpec, 0, len(base))
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if len(out) >= len(base) {
			return nil, fmt.Errorf("more elements than the %d that there are", len(base))
		}
		sp := base[len(out)]
		sp.usage = text[0]
		text = text[1:]
		if sp.usage != 'R' && sp.usage != 'S' && sp.usage != 'N' {
			return nil, fmt.Errorf("usage %q", sp.usage)
		}
		if strings.HasPrefix(text, "[") {
			list, after, _ := strings.Cut(text[1:], "]")
			hard, soft, _ := strings.Cut(list, ";")
			sp.codes = strings.Split(hard, ",")
			sp.soft = len(sp.codes)
			if soft != "" {
				sp.codes = append(sp.codes, strings.Split(soft, ",")...)
			}
			text = after
		}
		if strings.HasPrefix(text, "(") {
			inner, after, found := strings.Cut(text[1:], ")")
			if !found {
				return nil, fmt.Errorf("a bracket is not closed")
			}
			var err error
			if sp.parts, err = usages(inner, sp.parts); err != nil {
				return nil, err
			}
			text = after
		}
		times := 1
		if strings.HasPrefix(text, "*") {
			digits := strings.IndexFunc(text[1:], func(r rune) bool { return r < '0' || r > '9' })
			if digits < 0 {
				digits = len(text) - 1
			}
			times, _ = strconv.Atoi(text[1 : 1+digits])
			text = text[1+digits:]
		}
		for range times {
			if len(out) >= len(base) {
				return nil, fmt.Errorf("more elements than the %d that there are", len(base))
			}
			next := base[len(out)]
			next.usage, next.codes, next.soft = sp.usage, sp.codes, sp.soft
			if sp.parts != nil {
				next.parts = sp.parts
			}
			out = append(out, next)
		}
	}
	for len(out) < len(base) {
		sp := base[len(out)]
		sp.usage = 'N'
		out = append(out, sp)
	}
	return out, nil
}

// index makes the lookups of a loop.
func (c *compiler) index(l *Loop) {
	for i := range l.children {
		c.guide.addCode(l.children[i].node.ID)
	}
	l.byCode = make([][]child, 128)
	for i, ch := range l.children {
		if i > 0 { // the first segment opens the loop and never stands inside it
			code := c.guide.addCode(ch.node.ID)
			l.byCode[code] = append(l.byCode[code], ch)
		}
		if ch.required && i > 0 {
			l.required = append(l.required, ch)
		}
	}
	slices.SortStableFunc(l.required, func(a, b child) int { return cmp.Compare(a.order, b.order) })
	for i := range l.byCode {
		slices.SortStableFunc(l.byCode[i], func(a, b child) int { return cmp.Compare(a.order, b.order) })
	}
}
