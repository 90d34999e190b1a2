// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// axes gives the nodes of an axis in the axis's own order: nearest first.
var axes = map[string]func(n *xmltree.Node, emit func(*xmltree.Node)){
	"self": func(n *xmltree.Node, emit func(*xmltree.Node)) { emit(n) },
	"child": func(n *xmltree.Node, emit func(*xmltree.Node)) {
		for _, c := range n.Children {
			emit(c)
		}
	},
	"attribute": func(n *xmltree.Node, emit func(*xmltree.Node)) {
		for _, a := range n.Attrs {
			emit(a)
		}
	},
	"parent": func(n *xmltree.Node, emit func(*xmltree.Node)) {
		if n.Parent != nil {
			emit(n.Parent)
		}
	},
	"ancestor":           func(n *xmltree.Node, emit func(*xmltree.Node)) { ancestors(n.Parent, emit) },
	"ancestor-or-self":   ancestors,
	"descendant":         descendants,
	"descendant-or-self": func(n *xmltree.Node, emit func(*xmltree.Node)) { emit(n); descendants(n, emit) },
	"following-sibling": func(n *xmltree.Node, emit func(*xmltree.Node)) {
		if n.Kind == xmltree.Attribute || n.Parent == nil {
			return
		}
		for _, c := range n.Parent.Children[n.Index+1:] {
			emit(c)
		}
	},
	"preceding-sibling": func(n *xmltree.Node, emit func(*xmltree.Node)) {
		if n.Kind == xmltree.Attribute || n.Parent == nil {
			return
		}
		for i := n.Index - 1; i >= 0; i-- {
			emit(n.Parent.Children[i])
		}
	},
}

func ancestors(n *xmltree.Node, emit func(*xmltree.Node)) {
	for ; n != nil; n = n.Parent {
		emit(n)
	}
}

func descendants(n *xmltree.Node, emit func(*xmltree.Node)) {
	for _, c := range n.Children {
		emit(c)
		descendants(c, emit)
	}
}

// from applies the step to every node, and answers in document order.
func (s *step) from(nodes []*xmltree.Node, run *Run) []*xmltree.Node {
	var out []*xmltree.Node
	walk := axes[s.axis]
	for _, n := range nodes {
		begin := len(out)
		walk(n, func(m *xmltree.Node) {
			if s.test(m) {
				out = append(out, m)
			}
		})
		found := out[begin:]
		for _, q := range s.predicates {
			found = q.keep(found, run)
		}
		out = out[:begin+len(found)]
	}
	return inOrder(out)
}

// keep filters nodes in place by the predicate; a number is a position to match.
func (q predicate) keep(nodes []*xmltree.Node, run *Run) []*xmltree.Node {
	kept := nodes[:0]
	c := context{size: len(nodes), run: run}
	for i, n := range nodes {
		c.node, c.position = n, i+1
		v := q.eval(&c)
		if v.kind == number && v.n == float64(i+1) || v.kind != number && v.Bool() {
			kept = append(kept, n)
		}
	}
	return kept
}

// inOrder sorts nodes to document order and drops repeats. It may change its input.
func inOrder(nodes []*xmltree.Node) []*xmltree.Node {
	sorted := true
	for i := 1; i < len(nodes) && sorted; i++ {
		sorted = nodes[i-1].Order < nodes[i].Order
	}
	if sorted {
		return nodes
	}
	slices.SortStableFunc(nodes, func(a, b *xmltree.Node) int { return a.Order - b.Order })
	return slices.Compact(nodes)
}
