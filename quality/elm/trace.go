// SPDX-License-Identifier: Apache-2.0

package elm

import "github.com/woodlawn-health/woodlawn/fhir/node"

// clauses numbers the nodes of a traced program's libraries that have a localId, by
// which the CQL text in the annotations refers to them.
type clauses struct {
	count int
	ids   map[*Unit]map[string]int
}

// trace is what a clause amounted to in a run.
type trace struct {
	evaluated bool
	holds     bool // it was true, or not empty, at least once
	resources references
}

// tracedExpr notes what a node amounts to.
type tracedExpr struct {
	expr
	clause   int
	evidence bool
}

func (e *tracedExpr) eval(r *run, f []Value) Value {
	v := e.expr.eval(r, f)
	t := &r.traces[e.clause]
	t.evaluated = true
	t.holds = t.holds || holds(v)
	if e.evidence {
		t.resources.in(v)
	}
	return v
}

// holds tells whether a value counts as met: true, a list that is not empty, or any
// other value that is not null.
func holds(v Value) bool {
	switch x := v.(type) {
	case nil:
		return false
	case Boolean:
		return bool(x)
	case List:
		for _, item := range x {
			if item != nil {
				return true
			}
		}
		return false
	}
	return true
}

// traced compiles a node so that runs note what it amounts to. The queries and
// retrieves of a definition that stand in no other query tell which resources it found.
func (c *compiler) traced(n node.Node, typ string, op operator) expr {
	id := n.Get("localId").Text()
	finds := typ == "Query" || typ == "Retrieve"
	evidence := finds && c.queries == 0
	if typ == "Query" {
		c.queries++
		defer func() { c.queries-- }()
	}
	e := op.compile(c, n)
	if id == "" && !evidence {
		return e
	}
	all := c.program.clauses
	t := &tracedExpr{expr: e, clause: all.count, evidence: evidence}
	all.count++
	if evidence {
		c.evidence = append(c.evidence, t.clause)
	}
	if id != "" {
		byID := all.ids[c.unit]
		if byID == nil {
			byID = map[string]int{}
			all.ids[c.unit] = byID
		}
		if known, ok := byID[id]; ok { // compiled a second time, for an index
			t.clause = known
		} else {
			byID[id] = t.clause
		}
		if comparisons[typ] {
			for o := range n.Get("operand").Items() {
				if literal := o.Get("localId").Text(); literal != "" && o.Get("type").Is("Literal") {
					byID[literal] = t.clause
				}
			}
		}
	}
	return t
}

// comparisons are the operators whose literals have the operator's mark: a number that
// a value is held against is not met by being there.
var comparisons = map[string]bool{"Equal": true, "NotEqual": true, "Less": true, "LessOrEqual": true, "Greater": true, "GreaterOrEqual": true}
