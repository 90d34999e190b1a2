// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"fmt"
	"strconv"
)

const (
	maxChildren = 96 // of one loop
	maxDepth    = 12 // of loops
	scopes      = 5
)

// Walker follows a transaction through its guide, segment by segment: it finds
// the loop that each segment belongs to and checks order, usage, repeats and
// elements. It holds no more than the place where it stands.
type Walker struct {
	// Issues are those found so far, at most Limit of them; the rest is counted in
	// More. The caller empties the list when it likes.
	Issues []Issue
	More   int
	Limit  int
	// Quiet drops issues, but counts their errors all the same.
	Quiet bool
	// QuietMissing drops, for the next step only, issues of what is missing.
	QuietMissing bool
	// Errors counts what is no warning, by the scope that it condemns.
	Errors [scopes]int
	// Base is copied into every issue: the numbers of the envelopes.
	Base Issue

	guide  *Guide
	depth  int
	frames [maxDepth]frame
}

type frame struct {
	loop     *Loop
	order    uint16
	required int // how many of loop.required lie behind
	counts   [maxChildren]uint16
}

// NewWalker makes a walker that stands before the first segment.
func NewWalker(g *Guide) *Walker {
	w := &Walker{guide: g, Limit: MaxIssuesPerTransaction}
	w.Reset()
	return w
}

// Guide is the guide that is followed.
func (w *Walker) Guide() *Guide { return w.guide }

// Reset goes back before the first segment.
func (w *Walker) Reset() {
	w.depth = -1
	w.Errors = [scopes]int{}
	w.QuietMissing = false
}

// Loop is the innermost loop that is open, or nil.
func (w *Walker) Loop() *Loop {
	if w.depth < 0 {
		return nil
	}
	return w.frames[w.depth].loop
}

// Depth is how many loops stand around the innermost open one.
func (w *Walker) Depth() int { return max(w.depth, 0) }

// Step takes the next segment and returns its place in the guide, or nil if it
// has none: then an issue says so.
func (w *Walker) Step(t *Tokens) *Node {
	if w.depth < 0 {
		w.open(w.guide.root)
		w.depth = 0
		w.elements(w.guide.root.first, t)
		return w.guide.root.first
	}
	code := w.guide.code(t.Key)
	if code == 0 {
		w.segmentIssue(t, "unknown", "1", "no segment of the guide has this identifier", "correct the identifier, or drop the segment")
		return nil
	}
	for d := w.depth; d >= 0; d-- {
		f := &w.frames[d]
		for i := range f.loop.byCode[code] {
			if c := &f.loop.byCode[code][i]; c.order >= f.order && c.node.matches(t) {
				w.enter(d, c, t)
				w.elements(c.node, t)
				return c.node
			}
		}
	}
	return w.misplaced(code, t)
}

func (w *Walker) open(l *Loop) {
	w.depth++
	f := &w.frames[w.depth]
	f.loop, f.required, f.order = l, 0, 0
	clear(f.counts[:len(l.children)])
}

// enter moves to a child of the loop at depth d.
func (w *Walker) enter(d int, c *child, t *Tokens) {
	for w.depth > d {
		w.missing(&w.frames[w.depth], 1<<16-1, t)
		w.depth--
	}
	f := &w.frames[d]
	if f.required < len(f.loop.required) && f.loop.required[f.required].order < c.order {
		w.missing(f, c.order, t)
	}
	w.QuietMissing = false
	f.order = c.order
	f.counts[c.index]++
	if c.loop != nil {
		if s := c.loop.Scope; s != f.loop.Scope { // a new scope starts without errors, as do those within it
			clear(w.Errors[s:])
		}
		w.open(c.loop)
		w.frames[w.depth].order = c.node.Loop.children[0].order
	}
	if n := f.counts[c.index]; c.max > 0 && n > c.max {
		w.tooMany(c, t)
	}
}

// Leave closes every open loop of a scope, reporting what they lack. The segment
// that comes next names the place; it may be nil.
func (w *Walker) Leave(scope int, next *Tokens) {
	for w.depth > 0 && w.frames[w.depth].loop.Scope >= scope {
		w.missing(&w.frames[w.depth], 1<<16-1, next)
		w.depth--
	}
}

// Repeat tells the walker that a loop within the open one has had n repeats.
func (w *Walker) Repeat(loop string, n int) {
	f := &w.frames[max(w.depth, 0)]
	for _, c := range f.loop.children {
		if c.loop != nil && c.loop.ID == loop {
			f.counts[c.index] = uint16(min(n, 1<<16-1))
		}
	}
}

// missing reports the required children before an order that were not seen.
func (w *Walker) missing(f *frame, before uint16, t *Tokens) {
	for f.required < len(f.loop.required) && f.loop.required[f.required].order < before {
		c := &f.loop.required[f.required]
		f.required++
		if f.counts[c.index] > 0 {
			continue
		}
		scope := f.loop.Scope
		w.Errors[scope]++
		if w.Quiet || w.QuietMissing {
			continue
		}
		i := Issue{Level: SegmentLevel, Code: "3", Segment: c.node.ID, Loop: f.loop.ID}
		what := "segment " + c.node.ID
		if c.loop != nil {
			i.Loop = c.loop.ID
			what = "loop " + c.loop.ID + " (" + c.node.ID + ")"
		}
		if q := c.node.qualifiers(); q != "" {
			what += " with qualifier " + q
		}
		i.Rule = w.guide.Name + "." + i.Loop + "." + c.node.ID + ".required"
		i.Message, i.Remedy = "the required "+what+" is missing", "add it"
		w.add(t, i)
	}
}

func (w *Walker) tooMany(c *child, t *Tokens) {
	scope := c.node.Loop.Scope
	w.Errors[scope]++
	if w.Quiet {
		return
	}
	i := Issue{Level: SegmentLevel, Code: "5", Segment: c.node.ID, Loop: c.node.Loop.ID}
	what := "segment " + c.node.ID
	if c.loop != nil {
		i.Code, what = "4", "loop "+c.loop.ID
	}
	i.Rule = w.guide.Name + "." + i.Loop + "." + c.node.ID + ".repeat"
	i.Message = fmt.Sprintf("the %s appears too many times; at most %d allowed", what, c.max)
	i.Remedy = "send no more than that"
	w.add(t, i)
}

// misplaced says why no place was found, and guesses which was meant.
func (w *Walker) misplaced(code uint8, t *Tokens) *Node {
	for d := w.depth; d >= 0; d-- { // the right qualifier, but too late
		f := &w.frames[d]
		for i := range f.loop.byCode[code] {
			if c := &f.loop.byCode[code][i]; c.order < f.order && c.loop == nil && c.node.matches(t) {
				w.Errors[c.node.Loop.Scope]++
				w.place(t, c.node, "order", "7", "the segment stands too late in its loop", "put the segments of the loop in the guide's order")
				return c.node
			}
		}
	}
	for d := w.depth; d >= 0; d-- { // one place, but another qualifier
		f := &w.frames[d]
		var only *child
		n := 0
		for i := range f.loop.byCode[code] {
			if c := &f.loop.byCode[code][i]; c.order >= f.order && c.node.qual > 0 {
				only, n = c, n+1
			}
		}
		if n == 0 {
			continue
		}
		if n > 1 {
			w.badQualifier(only.node, t)
			return nil
		}
		w.enter(d, only, t)
		w.elements(only.node, t)
		return only.node
	}
	w.segmentIssue(t, "unexpected", "2", "the segment has no place here", "put it into its loop, or drop it")
	return nil
}

// badQualifier reports a segment that may stand here, but not with its qualifier.
func (w *Walker) badQualifier(n *Node, t *Tokens) {
	scope := w.frames[w.depth].loop.Scope
	w.Errors[scope]++
	if w.Quiet {
		return
	}
	v := t.El(n.qual)
	sp := &n.elems[n.qual-1]
	i := Issue{Level: ElementLevel, Code: "7", Segment: n.ID, Loop: w.frames[w.depth].loop.ID, Element: n.qual, Value: clip(v, 99)}
	if sp.parts != nil {
		v = t.Comp(n.qual, 1)
		i.Component, i.Value = 1, clip(v, 99)
		sp = &sp.parts[0]
	}
	i.DataElement = sp.number
	i.Message, i.Remedy = "no "+n.ID+" with this qualifier has a place here", "correct the qualifier, or put the segment into its loop"
	if v == "" {
		i.Code, i.Message, i.Remedy = "1", "the required qualifier is missing", "add it"
	}
	i.Rule = w.guide.Name + "." + i.Loop + "." + n.ID + element2(n.qual) + ".qualifier"
	w.add(t, i)
}

func (w *Walker) place(t *Tokens, n *Node, rule, code, message, remedy string) {
	if w.Quiet {
		return
	}
	w.add(t, Issue{Level: SegmentLevel, Rule: w.guide.Name + "." + n.Loop.ID + "." + n.ID + "." + rule, Code: code,
		Segment: n.ID, Loop: n.Loop.ID, Message: message, Remedy: remedy})
}

// segmentIssue reports a segment that has no place.
func (w *Walker) segmentIssue(t *Tokens, rule, code, message, remedy string) {
	l := w.frames[w.depth].loop
	w.Errors[l.Scope]++
	if w.Quiet {
		return
	}
	w.add(t, Issue{Level: SegmentLevel, Rule: w.guide.Name + "." + l.ID + "." + rule, Code: code, Segment: clip(t.ID(), 3),
		Loop: l.ID, Value: clip(t.ID(), 99), Message: message, Remedy: remedy})
}

// add completes an issue with its place and keeps it.
func (w *Walker) add(t *Tokens, i Issue) {
	if w.Quiet {
		return
	}
	if len(w.Issues) >= w.Limit {
		w.More++
		return
	}
	i.Interchange, i.Group, i.Transaction = w.Base.Interchange, w.Base.Group, w.Base.Transaction
	if i.ClaimID == "" {
		i.ClaimID = w.Base.ClaimID
	}
	if t != nil {
		i.Position, i.Offset = t.Position, t.Offset
	}
	w.Issues = append(w.Issues, i)
}

// Report adds an issue of the caller's own about the segment t, which may be nil.
// An error condemns what the scope says.
func (w *Walker) Report(t *Tokens, scope int, i Issue) {
	if !i.Warning {
		w.Errors[scope]++
	}
	w.add(t, i)
}

func element2(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
