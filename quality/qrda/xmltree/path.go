// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"strconv"
	"strings"
)

// Path is a place that a person can find: /ClinicalDocument/component[2]/@code.
// Numbers stand only where an element has brothers of its name.
func (n *Node) Path() string {
	var steps []string
	for ; n != nil && n.Kind != Document; n = n.Parent {
		steps = append(steps, n.step())
	}
	if len(steps) == 0 {
		return "/"
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(steps[i])
	}
	return b.String()
}

func (n *Node) step() string {
	switch n.Kind {
	case Attribute:
		return "@" + n.Name.Local
	case Text:
		return "text()"
	case Comment:
		return "comment()"
	case Instruction:
		return "processing-instruction()"
	}
	if n.Parent == nil {
		return n.Name.Local
	}
	before, all := 0, 0
	for _, c := range n.Parent.Children {
		if c.Kind != Element || c.Name != n.Name {
			continue
		}
		all++
		if c.Index <= n.Index {
			before++
		}
	}
	if all < 2 {
		return n.Name.Local
	}
	return n.Name.Local + "[" + strconv.Itoa(before) + "]"
}
