// SPDX-License-Identifier: Apache-2.0

package x12

import "testing"

func TestGuidesCompile(t *testing.T) {
	for _, g := range []*Guide{Professional(), Institutional(), Dental()} {
		nodes := 0
		g.each(func(n *Node) {
			nodes++
			if n.Loop == nil || len(n.elems) == 0 {
				t.Errorf("%s %s: node without loop or elements", g.Name, n.ID)
			}
		})
		if nodes < 150 {
			t.Errorf("%s has only %d segments", g.Name, nodes)
		}
		t.Logf("%s: %d segments, %d identifiers", g.Name, nodes, g.n)
	}
	if GuideFor("005010X222A1") != Professional() || GuideFor("005010X223A3") != Institutional() || GuideFor("005010X224A2") != Dental() ||
		GuideFor("005010X220A1") != nil {
		t.Error("versions lead to the wrong guide")
	}
}
