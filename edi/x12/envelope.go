// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

func (r *Reader) openInterchange(s *Segment) {
	ic := &InterchangeReport{
		SenderQualifier: trimmed(s.Element(5)), Sender: trimmed(s.Element(6)),
		ReceiverQualifier: trimmed(s.Element(7)), Receiver: trimmed(s.Element(8)),
		Date: s.Text(9), Time: s.Text(10), Version: s.Text(12), ControlNumber: s.Text(13),
		AckRequested: s.Text(14) == "1", Usage: s.Text(15),
		Delimiters: s.Delimiters, Offset: s.Offset, Declared: -1,
	}
	r.ic, r.badInterchange = ic, false
	r.report.addInterchange(ic)
	bad := func(element int, code string, warning bool, message, remedy string) {
		r.raise(Issue{Level: Interchange, Rule: fmt.Sprintf("X12.ISA%02d", element), Code: code, Warning: warning,
			Segment: "ISA", Element: element, Value: clip(s.Text(element), 99), Message: message, Remedy: remedy})
	}
	if r.scan.headerFault != "" {
		r.raise(Issue{Level: Interchange, Rule: "X12.ISA.width", Code: "022", Segment: "ISA", Message: r.scan.headerFault,
			Remedy: "pad every ISA element with blanks to its fixed width"})
	}
	switch {
	case ic.Version == "00401":
		bad(12, "017", false, "the interchange is of version 4010, which HIPAA retired in 2012", "send version 00501")
	case ic.Version != "00501" && ic.Version != "00602":
		bad(12, "017", false, "the interchange control version is not 00501", "send ISA12 as 00501")
	}
	if !oneOf(ic.SenderQualifier, qualifiers) {
		bad(5, "005", true, "the qualifier of the sender's identifier is unknown", "use 01, 14, 20, 27 to 30, 33 or ZZ")
	}
	if !oneOf(ic.ReceiverQualifier, qualifiers) {
		bad(7, "007", true, "the qualifier of the receiver's identifier is unknown", "use 01, 14, 20, 27 to 30, 33 or ZZ")
	}
	if ic.Sender == "" {
		bad(6, "006", true, "there is no sender", "give the sender's identifier")
	}
	if ic.Receiver == "" {
		bad(8, "008", true, "there is no receiver", "give the receiver's identifier")
	}
	if !validDate6(ic.Date) {
		bad(9, "014", true, "the interchange date is no date YYMMDD", "give the date of the interchange")
	}
	if !validTime(ic.Time) {
		bad(10, "015", true, "the interchange time is no time HHMM", "give the time of the interchange")
	}
	if s.Delimiters.Repetition == 0 && ic.Version >= "00402" {
		bad(11, "016", true, "the repetition separator is a letter, a digit or another separator; repetitions are not read",
			"use ^ or another punctuation mark")
	}
	if n := number([]byte(ic.ControlNumber)); n < 0 || len(ic.ControlNumber) != 9 {
		bad(13, "018", true, "the interchange control number is not nine digits", "give nine digits")
	}
	if a := s.Text(14); a != "0" && a != "1" {
		bad(14, "019", true, "the request for an acknowledgment is neither 0 nor 1", "send 1 for a TA1, else 0")
	}
	if ic.Usage != "P" && ic.Usage != "T" {
		bad(15, "020", true, "the usage indicator is neither P nor T", "send P for production or T for test")
	}
	if key := ic.SenderQualifier + ic.Sender + "\x00" + ic.ControlNumber; len(r.numbers) < MaxTransactions {
		if r.numbers[key] {
			bad(13, "025", true, "an earlier interchange of the file has the same sender and control number", "number interchanges without repeats")
		}
		r.numbers[key] = true
	}
}

const qualifiers = "01 14 20 27 28 29 30 33 ZZ"

// oneOf tells whether a word is in a list with blanks between.
func oneOf(word, list string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

func validDate6(s string) bool {
	if len(s) != 6 {
		return false
	}
	_, err := civil.ParseCompact("20" + s)
	return err == nil
}

// validTime reads HHMM, with seconds and hundredths if there are any.
func validTime(s string) bool {
	if len(s) != 4 && len(s) != 6 && len(s) != 7 && len(s) != 8 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[:2] < "24" && s[2:4] < "60" && (len(s) < 6 || s[4:6] < "60")
}

func (r *Reader) endInterchange(s *Segment) {
	if r.ic == nil {
		r.stray(s)
		return
	}
	r.closeGroup("IEA comes before it")
	r.ic.Closed = true
	r.ic.Declared = number(s.Element(1))
	if r.ic.Declared != r.ic.Count && !(r.ic.Declared == 1 && r.ic.Count == 0) { // some count a TA1 as a group
		r.raise(Issue{Level: Interchange, Rule: "X12.IEA01", Code: "021", Segment: "IEA", Element: 1, Value: clip(s.Text(1), 99),
			Message: fmt.Sprintf("IEA01 does not say that there are %d groups", r.ic.Count), Remedy: "count the GS segments"})
	}
	if !sameNumber(s.Text(2), r.ic.ControlNumber) {
		r.raise(Issue{Level: Interchange, Rule: "X12.IEA02", Code: "001", Segment: "IEA", Element: 2, Value: clip(s.Text(2), 99),
			Message: "the control numbers of ISA13 and IEA02 differ", Remedy: "repeat ISA13 in IEA02"})
	}
}

// closeInterchange ends an interchange that has no IEA.
func (r *Reader) closeInterchange(why string) {
	if r.ic == nil || r.ic.Closed {
		r.ic = nil
		return
	}
	r.closeGroup(why)
	r.ic.Closed = false
	r.raise(Issue{Level: Interchange, Rule: "X12.IEA.missing", Code: "023", Message: "the interchange has no IEA: " + why,
		Remedy: "send the whole interchange, from ISA to IEA"})
	r.ic, r.badInterchange = nil, false
}

func (r *Reader) openGroup(s *Segment) {
	if r.ic == nil {
		r.stray(s)
		return
	}
	g := &GroupReport{FunctionalID: clip(s.Text(1), 99), Sender: clip(s.Text(2), 99), Receiver: clip(s.Text(3), 99),
		Date: clip(s.Text(4), 99), Time: clip(s.Text(5), 99), ControlNumber: clip(s.Text(6), 99),
		Agency: clip(s.Text(7), 99), Version: clip(s.Text(8), 99), Offset: s.Offset, Declared: -1}
	r.group, r.badGroup = g, false
	clear(r.inGroup)
	r.report.addGroup(r.ic, g)
	bad := func(element int, code string, warning bool, message, remedy string) {
		r.raise(Issue{Level: Group, Rule: fmt.Sprintf("X12.GS%02d", element), Code: code, Warning: warning, Segment: "GS",
			Element: element, Value: clip(s.Text(element), 99), Message: message, Remedy: remedy})
	}
	if number([]byte(g.ControlNumber)) < 0 || len(g.ControlNumber) > 9 {
		bad(6, "6", true, "the group control number is not a number of at most nine digits", "number the group")
	}
	if strings.HasPrefix(g.Version, "004010") {
		bad(8, "2", false, "the group is of version 4010, which HIPAA retired in 2012", "send version 005010")
	} else if len(g.Version) < 6 {
		bad(8, "2", false, "the group names no version", "name the guide in GS08")
	}
}

func (r *Reader) endGroup(s *Segment) {
	if r.group == nil {
		r.stray(s)
		return
	}
	r.closeTransaction("GE comes before it")
	g := r.group
	g.Closed = true
	g.Declared = number(s.Element(1))
	if g.Declared != g.Count {
		r.raise(Issue{Level: Group, Rule: "X12.GE01", Code: "5", Segment: "GE", Element: 1, Value: clip(s.Text(1), 99),
			Message: fmt.Sprintf("GE01 does not say that there are %d transactions", g.Count), Remedy: "count the ST segments"})
	}
	if !sameNumber(s.Text(2), g.ControlNumber) {
		r.raise(Issue{Level: Group, Rule: "X12.GE02", Code: "4", Segment: "GE", Element: 2, Value: clip(s.Text(2), 99),
			Message: "the control numbers of GS06 and GE02 differ", Remedy: "repeat GS06 in GE02"})
	}
}

func (r *Reader) closeGroup(why string) {
	if r.group == nil || r.group.Closed {
		r.group = nil
		return
	}
	r.closeTransaction(why)
	r.raise(Issue{Level: Group, Rule: "X12.GE.missing", Code: "3", Message: "the group has no GE: " + why,
		Remedy: "end the group with GE"})
	r.group, r.badGroup = nil, false
}

func (r *Reader) openTransaction(s *Segment) {
	if r.group == nil {
		r.stray(s)
		return
	}
	t := &TransactionReport{ID: clip(s.Text(1), 3), ControlNumber: clip(s.Text(2), 99), Version: clip(s.Text(3), 99),
		Offset: s.Offset, Segments: 1, Declared: -1}
	if t.Version == "" {
		t.Version = r.group.Version
	}
	r.tx, r.badTransaction, r.pos = t, false, 1
	s.Position = 1
	r.report.AddTransaction(r.group, t)
	bad := func(element int, code string, warning bool, message, remedy string) {
		r.raise(Issue{Level: Transaction, Rule: fmt.Sprintf("X12.ST%02d", element), Code: code, Warning: warning, Segment: "ST",
			Element: element, Position: 1, Value: clip(s.Text(element), 99), Message: message, Remedy: remedy})
	}
	if len(t.ID) != 3 {
		bad(1, "6", false, "the transaction has no identifier", "give it, for example 837")
	}
	if n := len(t.ControlNumber); n < 4 || n > 9 {
		bad(2, "7", true, "the transaction control number has not four to nine characters", "give it four to nine characters")
	}
	if len(r.inGroup) < MaxTransactions {
		if r.inGroup[t.ControlNumber] {
			bad(2, "23", true, "an earlier transaction of the group has the same control number", "number transactions without repeats")
		}
		r.inGroup[t.ControlNumber] = true
	}
	if gs := r.group.Version; t.Version != gs && guideNumber(t.Version) != guideNumber(gs) {
		bad(3, "I6", false, "GS08 and ST03 name different guides", "name the same guide in GS08 and ST03")
	}
}

// guideNumber is the part of a version that names the guide: 005010X222A1 is 222.
func guideNumber(version string) string {
	_, after, found := strings.Cut(version, "X")
	if !found {
		return version
	}
	number, _, _ := strings.Cut(after, "A")
	return number
}

func (r *Reader) endTransaction(s *Segment) {
	if r.tx == nil {
		r.stray(s)
		return
	}
	t := r.tx
	t.Closed = true
	t.Declared = number(s.Element(1))
	if t.Declared != t.Segments {
		r.raise(Issue{Level: Transaction, Rule: "X12.SE01", Code: "4", Segment: "SE", Element: 1, Position: s.Position,
			Value: clip(s.Text(1), 99), Message: fmt.Sprintf("SE01 does not say that there are %d segments", t.Segments),
			Remedy: "count the segments from ST to SE, both included"})
	}
	if s.Text(2) != t.ControlNumber {
		r.raise(Issue{Level: Transaction, Rule: "X12.SE02", Code: "3", Segment: "SE", Element: 2, Position: s.Position,
			Value: clip(s.Text(2), 99), Message: "the control numbers of ST02 and SE02 differ", Remedy: "repeat ST02 in SE02"})
	}
}

func (r *Reader) closeTransaction(why string) {
	if r.tx == nil || r.tx.Closed {
		r.tx = nil
		return
	}
	r.raise(Issue{Level: Transaction, Rule: "X12.SE.missing", Code: "2", Message: "the transaction has no SE: " + why,
		Remedy: "end the transaction with SE"})
	r.tx, r.badTransaction, r.pos = nil, false, 0
}
