// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// first is the first character of a value, 0 of none.
func first(v string) byte {
	if v == "" {
		return 0
	}
	return v[0]
}

// cents reads element n as money. The guide's checks have refused what is no
// number; what is left is more than two decimals, or too large.
func (p *parser) cents(n int) money.Cents { return p.parseCents(p.t.El(n), n, 0) }

func (p *parser) parseCents(v string, n, component int) money.Cents {
	if v == "" {
		return 0
	}
	c, err := money.ParseCents(v)
	if err != nil {
		p.badNumber(n, component, v, "the amount has more than two decimals, or is no amount", "give dollars and at most two decimals")
	}
	return c
}

// fixed reads element n as a number with at most three decimals.
func (p *parser) fixed(n int) money.Fixed { return p.parseFixed(p.t.El(n), n) }

func (p *parser) parseFixed(v string, n int) money.Fixed {
	if v == "" {
		return money.Fixed{}
	}
	f, err := money.ParseFixed(v, 3)
	if err != nil {
		p.badNumber(n, 0, v, "the number has more than three decimals, or is no number", "give at most three decimals")
	}
	return f
}

func (p *parser) badNumber(n, component int, v, message, remedy string) {
	p.issue(x12.Issue{Level: x12.Business, Rule: "837.number", Element: n, Component: component, Value: clipText(v),
		Message: message, Remedy: remedy})
}

// issue reports a finding about the segment at hand, in the scope where it stands.
func (p *parser) issue(i x12.Issue) {
	scope := scopeHeader
	if l := p.w.Loop(); l != nil {
		scope, i.Loop = l.Scope, l.ID
	}
	i.Segment = p.t.ID()
	p.w.Report(&p.t, scope, i)
}

// whole reads a small whole number; 0 if it is none.
func whole(v string) int {
	n := 0
	for i := 0; i < len(v); i++ {
		if v[i] < '0' || v[i] > '9' || n > 1<<24 {
			return 0
		}
		n = n*10 + int(v[i]-'0')
	}
	return n
}

// period reads a date, a date with a time, or a range.
func period(format, v string) (from, to civil.Date, time string) {
	switch {
	case format == "TM":
		return 0, 0, v
	case len(v) == 8:
		from, _ = civil.ParseCompact(v)
	case len(v) == 12:
		from, _ = civil.ParseCompact(v[:8])
		time = v[8:]
	case len(v) == 17:
		from, _ = civil.ParseCompact(v[:8])
		to, _ = civil.ParseCompact(v[9:])
	}
	return from, to, time
}

// date reads CCYYMMDD; no date if it is none.
func date(v string) civil.Date {
	d, _ := civil.ParseCompact(v)
	return d
}

// adjustments reads the up to six adjustments of a CAS.
func (p *parser) adjustments(list []claim.Adjustment) []claim.Adjustment {
	var group claim.AdjustmentGroup
	switch p.t.El(1) {
	case "CO":
		group = claim.ContractualObligation
	case "PR":
		group = claim.PatientResponsibility
	case "OA":
		group = claim.OtherAdjustment
	case "PI":
		group = claim.PayerInitiated
	}
	for n := 2; n+1 <= p.t.N && n <= 17; n += 3 {
		if p.t.El(n) == "" && p.t.El(n+1) == "" {
			continue
		}
		a := claim.Adjustment{Group: group, Reason: p.t.El(n), Amount: p.cents(n + 1)}
		if p.t.El(n+2) != "" {
			a.Quantity = p.fixed(n + 2)
		}
		list = append(list, a)
	}
	return list
}

// procedure reads the composite of a procedure with its modifiers.
func (p *parser) procedure(n int) (kind, code string, modifiers [4]string, description string) {
	kind, code = p.t.Comp(n, 1), p.t.Comp(n, 2)
	if kind == p.t.El(n) {
		return kind, "", modifiers, ""
	}
	for i := range modifiers {
		modifiers[i] = p.t.Comp(n, 3+i)
	}
	return kind, code, modifiers, p.t.Comp(n, 7)
}
