// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed tables/*.txt
var tables embed.FS

// Guide is the structure of one implementation guide: which loops, segments and
// elements a transaction may and must have, and in what order. It is compiled from
// a text table and never changes after.
type Guide struct {
	Name        string   // 837P
	Transaction string   // 837
	Versions    []string // GS08 values that it serves

	root  *Loop
	codes [256]segmentCode // open hash of segment identifiers
	n     int              // codes given out
}

type segmentCode struct {
	key  uint32
	code uint8 // from 1
}

// Loop is a loop of a guide.
type Loop struct {
	ID string
	// Scope says what an error in the loop condemns, from 0 for the transaction to
	// 4 for one claim; see the tables.
	Scope int

	first    *Node
	children []child
	byCode   [][]child // candidates for each segment code
	required []child   // children with usage R, in rising order
}

// child is a segment or loop at its place in a loop. node is the segment, or the
// first segment of the loop.
type child struct {
	order    uint16
	max      uint16 // 0 is without limit
	index    uint16 // place in the loop's counts
	required bool
	node     *Node
	loop     *Loop // nil for a segment
}

// Node is a segment of a guide at one place.
type Node struct {
	ID   string
	Loop *Loop
	// Tag is for the guide's user: see Guide.Tag.
	Tag int

	guide *Guide
	elems []elemSpec
	rules []relation
	qual  int // element that tells this node from others of the same id; 0 is none
}

// elemSpec is an element or component at its place.
type elemSpec struct {
	usage  byte // R, S or N
	kind   byte // A text, I code, N whole number, R decimal, D date, T time, P date by format, C composite
	number int  // X12 data element number
	min    int
	max    int
	codes  []string
	soft   int // codes from here on are taken with a warning
	parts  []elemSpec
	rules  []relation
}

// relation is a rule between elements by position.
type relation struct {
	kind  byte
	first uint64
	mask  uint64
	text  string
}

var compiled = map[string]func() *Guide{
	"837p.txt": sync.OnceValue(func() *Guide { return mustLoad("837p.txt") }),
	"837d.txt": sync.OnceValue(func() *Guide { return mustLoad("837d.txt") }),
	"837i.txt": sync.OnceValue(func() *Guide { return mustLoad("837i.txt") }),
}

// Professional is the guide of the professional claim, 005010X222.
func Professional() *Guide { return compiled["837p.txt"]() }

// Institutional is the guide of the institutional claim, 005010X223.
func Institutional() *Guide { return compiled["837i.txt"]() }

// Dental is the guide of the dental claim, 005010X224.
func Dental() *Guide { return compiled["837d.txt"]() }

// GuideFor is the guide that serves a version (GS08 or ST03), or nil.
func GuideFor(version string) *Guide {
	switch {
	case strings.HasPrefix(version, "005010X222"):
		if g := Professional(); slices.Contains(g.Versions, version) {
			return g
		}
	case strings.HasPrefix(version, "005010X224"):
		if g := Dental(); slices.Contains(g.Versions, version) {
			return g
		}
	case strings.HasPrefix(version, "005010X223"):
		if g := Institutional(); slices.Contains(g.Versions, version) {
			return g
		}
	}
	return nil
}

func mustLoad(name string) *Guide {
	dict, err := tables.ReadFile("tables/elements.txt")
	if err == nil {
		var text []byte
		if text, err = tables.ReadFile("tables/" + name); err == nil {
			var g *Guide
			if g, err = compileGuide(string(dict), string(text)); err == nil {
				return g
			}
		}
	}
	panic(fmt.Sprintf("x12: table %s: %v", name, err)) // an embedded table that does not compile is an error of the program
}

// Tag sets the Tag of every node to what fn says for its loop and segment.
func (g *Guide) Tag(fn func(loop, segment string) int) {
	g.each(func(n *Node) { n.Tag = fn(n.Loop.ID, n.ID) })
}

// each visits every node once.
func (g *Guide) each(fn func(*Node)) {
	seen := map[*Loop]bool{}
	var visit func(*Loop)
	visit = func(l *Loop) {
		if seen[l] {
			return
		}
		seen[l] = true
		for i := range l.children {
			if c := &l.children[i]; c.loop != nil {
				visit(c.loop)
			} else {
				fn(c.node)
			}
		}
	}
	visit(g.root)
}

// code is the guide's number of a segment identifier, 0 if it has none.
func (g *Guide) code(key uint32) uint8 {
	for i := hashKey(key); ; i++ {
		c := &g.codes[i]
		if c.key == key {
			return c.code
		}
		if c.key == 0 {
			return 0
		}
	}
}

func (g *Guide) addCode(id string) uint8 {
	key := SegmentKey(id)
	if c := g.code(key); c != 0 {
		return c
	}
	i := hashKey(key)
	for g.codes[i].key != 0 {
		i++
	}
	g.n++
	g.codes[i] = segmentCode{key, uint8(g.n)}
	return uint8(g.n)
}

func hashKey(key uint32) uint8 { return uint8((key * 0x9E3779B1) >> 24) }

// matches tells whether a segment's qualifier is one of the node's.
func (n *Node) matches(t *Tokens) bool {
	if n.qual == 0 {
		return true
	}
	sp := &n.elems[n.qual-1]
	v := t.El(n.qual)
	if sp.parts != nil {
		sp = &sp.parts[0]
		v = t.Comp(n.qual, 1)
	}
	for _, c := range sp.codes {
		if c == v {
			return true
		}
	}
	return false
}

// qualifiers prints the codes by which the node is told apart: "EI or SY".
func (n *Node) qualifiers() string {
	if n.qual == 0 {
		return ""
	}
	sp := &n.elems[n.qual-1]
	if sp.parts != nil {
		sp = &sp.parts[0]
	}
	return strings.Join(sp.codes, " or ")
}
