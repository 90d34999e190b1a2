// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"io"
	"slices"

	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Write999 writes an interchange for each interchange of the report that its TA1 does
// not reject, with a 999 for each of its functional groups. Groups of 999s get none.
func Write999(w io.Writer, rep *x12.Report, opt Options) (Written, error) {
	done := Written{NextControl: opt.Control}
	for _, ic := range rep.Interchanges {
		if code, _ := Interchange(ic); code == 'R' || isAcknowledgment(ic) {
			continue
		}
		e, v, err := open(ic, opt, done.NextControl)
		if err != nil {
			return done, err
		}
		groups := 0
		for _, g := range ic.Groups {
			if g.FunctionalID == "FA" {
				continue
			}
			groups++
			v.Group, v.GroupSender, v.GroupReceiver = next(done.NextControl, groups-1), g.Receiver, g.Sender
			v.OpenGroup(e, "FA", Version)
			write999(e, g, opt)
			v.CloseGroup(e, 1)
		}
		if groups == 0 {
			continue
		}
		v.CloseInterchange(e, groups)
		if err := done.flush(w, e, opt); err != nil {
			return done, err
		}
		done.Transactions += groups
		done.NextControl = next(done.NextControl, groups-1) // its groups took as many numbers
	}
	return done, nil
}

// write999 writes the ST to SE that answer a group.
func write999(e *emit.Encoder, g *x12.GroupReport, opt Options) {
	first := e.Count
	e.Begin("ST")
	e.ID("999", 3)
	e.ID("0001", 9)
	e.ID(Version, 35)
	e.End()
	e.Begin("AK1")
	e.Text(g.FunctionalID, 2)
	e.Text(g.ControlNumber, 9)
	e.Text(g.Version, 12)
	e.End()
	rejected := g.Failed && !groupKeptClaims(g)
	accepted := max(0, g.Omitted-g.OmittedBad)
	errors := g.Failed
	if rejected {
		accepted = 0
	} else {
		for _, t := range g.Transactions {
			outcome := writeTransaction(e, t, opt)
			if outcome != 'R' {
				accepted++
			}
			errors = errors || outcome != 'A'
		}
	}
	e.Begin("AK9")
	e.Byte(groupOutcome(g.Count, accepted, errors || g.OmittedBad > 0, rejected))
	if g.Declared >= 0 {
		e.Int(g.Declared)
	} else {
		e.Int(g.Count)
	}
	e.Int(g.Count)
	e.Int(accepted)
	for _, code := range codes(g.Issues, x12.Group) {
		e.Text(code, 3)
	}
	e.End()
	e.Begin("SE")
	e.Int(e.Count - first + 1)
	e.ID("0001", 9)
	e.End()
}

// groupOutcome is AK901.
func groupOutcome(count, accepted int, errors, rejected bool) byte {
	switch {
	case rejected, count > 0 && accepted == 0:
		return 'R'
	case accepted < count:
		return 'P'
	case errors:
		return 'E'
	}
	return 'A'
}

// Transaction is the fate of a transaction (IK501): A, E accepted with errors, R
// rejected. Issues of level Business do not count here: they are the matter of the 277CA.
func Transaction(t *x12.TransactionReport) byte {
	if t.MoreIssues == 0 && !t.Failed && !slices.ContainsFunc(t.Issues, structural) {
		return 'A'
	}
	return t.Outcome()
}

// structural tells whether an issue is an error that a 999 reports.
func structural(i x12.Issue) bool { return !i.Warning && i.Level != x12.Business }

// writeTransaction writes the AK2 loop.
func writeTransaction(e *emit.Encoder, t *x12.TransactionReport, opt Options) byte {
	e.Begin("AK2")
	e.Text(t.ID, 3)
	e.Text(t.ControlNumber, 9)
	e.Text(t.Version, 35)
	e.End()
	inSegments := false
	var list []*x12.Issue
	for i := range t.Issues {
		if issue := &t.Issues[i]; structural(*issue) && (issue.Level == x12.SegmentLevel || issue.Level == x12.ElementLevel) {
			list = append(list, issue)
			inSegments = true
		}
	}
	slices.SortStableFunc(list, func(a, b *x12.Issue) int { return a.Position - b.Position })
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Position == list[0].Position && list[n].Segment == list[0].Segment && list[n].Loop == list[0].Loop {
			n++
		}
		writeSegment(e, t.ID, list[:n], opt)
		list = list[n:]
	}
	outcome := Transaction(t)
	e.Begin("IK5")
	e.Byte(outcome)
	if outcome != 'A' {
		all := codes(t.Issues, x12.Transaction)
		if inSegments || t.MoreIssues > 0 {
			if !slices.Contains(all, "5") {
				all = append(all[:min(len(all), 4)], "5")
			}
		}
		for _, code := range all {
			e.Text(code, 3)
		}
	}
	e.End()
	return outcome
}

// writeSegment writes the IK3 loops of one segment: one for each thing that is wrong
// with the segment as a whole, or one that says its elements are wrong.
func writeSegment(e *emit.Encoder, kind string, list []*x12.Issue, opt Options) {
	inElements := false
	for _, i := range list {
		if i.Level == x12.SegmentLevel {
			writeIK3(e, kind, i, i.Code, opt)
		} else {
			inElements = true
		}
	}
	if !inElements {
		return
	}
	writeIK3(e, kind, list[0], "8", opt)
	for _, i := range list {
		if i.Level == x12.ElementLevel {
			writeIK4(e, i)
		}
	}
}

// writeIK3 writes the segment's place and the claim that it belongs to.
func writeIK3(e *emit.Encoder, kind string, i *x12.Issue, code string, opt Options) {
	e.Begin("IK3")
	if len(i.Segment) >= 2 && e.Fits(i.Segment, 3) {
		e.ID(i.Segment, 3)
	} else {
		e.ID("???", 3) // IK301 must not be empty; the position says which segment is meant
	}
	e.Int(max(i.Position, 1))
	if opt.WholeLoops {
		e.Text(i.Loop, 6)
	} else {
		e.Text(i.Loop, 4)
	}
	e.Text(code, 3)
	e.End()
	if kind == "837" && i.ClaimID != "" && e.Fits(i.ClaimID, 35) {
		e.Begin("CTX")
		e.ID("CLM01", 35)
		e.Component(i.ClaimID, 35)
		e.End()
	}
}

// writeIK4 writes the element's place and a copy of its value. A value that would
// itself break the 999 is left out.
func writeIK4(e *emit.Encoder, i *x12.Issue) {
	e.Begin("IK4")
	e.Int(max(i.Element, 1))
	if i.Component > 0 || i.Repeat > 1 {
		e.ComponentInt(i.Component)
	}
	if i.Repeat > 1 {
		e.ComponentInt(i.Repeat)
	}
	e.IntIf(i.DataElement)
	e.Text(i.Code, 3)
	if e.Fits(i.Value, 99) {
		e.ID(i.Value, 99)
	}
	e.End()
}

// codes are the different codes of a level's errors, at most five.
func codes(list []x12.Issue, level x12.Level) []string {
	var out []string
	for i := range list {
		if c := list[i].Code; list[i].Level == level && !list[i].Warning && c != "" && len(out) < 5 && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}
