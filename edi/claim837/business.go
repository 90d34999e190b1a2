// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// npi is NM109 if NM108 says that it is an NPI, whose check digit is looked at.
func (p *parser) npi() string {
	t := &p.t
	if t.El(8) != "XX" {
		return ""
	}
	v := t.El(9)
	if v != "" && !ValidNPI(v) {
		p.issue(x12.Issue{Level: x12.Business, Rule: "837.NPI", Warning: !p.opt.Strict, Element: 9, DataElement: 67, Value: clipText(v),
			Message: "the National Provider Identifier is not ten digits with a right check digit", Remedy: "check the NPI against NPPES"})
	}
	return v
}

// ValidNPI tells whether v has ten digits and the check digit of 45 CFR 162.406:
// Luhn's, over the prefix 80840 and the first nine.
func ValidNPI(v string) bool {
	if len(v) != 10 || v[0] != '1' && v[0] != '2' {
		return false
	}
	sum := 24 // what the prefix 80840 adds
	for i := 0; i < 10; i++ {
		d := int(v[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ValidMBI tells whether v has the form of a Medicare Beneficiary Identifier:
// eleven characters, digits and letters each in their places, without the letters
// S, L, O, I, B and Z (CMS, "Understanding the Medicare Beneficiary Identifier
// (MBI) Format").
func ValidMBI(v string) bool {
	const form = "CAXNAXNAANN" // C 1 to 9, N digit, A letter, X letter or digit
	if len(v) != len(form) {
		return false
	}
	for i := 0; i < len(v); i++ {
		digit := v[i] >= '0' && v[i] <= '9'
		letter := v[i] >= 'A' && v[i] <= 'Z'
		switch v[i] {
		case 'S', 'L', 'O', 'I', 'B', 'Z':
			letter = false
		}
		switch form[i] {
		case 'C':
			if !digit || v[i] == '0' {
				return false
			}
		case 'N':
			if !digit {
				return false
			}
		case 'A':
			if !letter {
				return false
			}
		case 'X':
			if !digit && !letter {
				return false
			}
		}
	}
	return true
}

// checkBeneficiary looks at the member number of a Medicare subscriber.
func (p *parser) checkBeneficiary() {
	filing := p.open.filing
	if p.c != nil {
		if p.payer == nil {
			return
		}
		filing = p.payer.FilingIndicator
	}
	if filing != "MA" && filing != "MB" {
		return
	}
	if v := p.t.El(9); v != "" && !ValidMBI(v) {
		p.issue(x12.Issue{Level: x12.Business, Rule: "837.MBI", Warning: !p.opt.Strict, Element: 9, DataElement: 67, Value: clipText(v),
			Message: "the Medicare beneficiary's number has not the form of an MBI", Remedy: "take the number from the Medicare card, without dashes"})
	}
}

// business checks the claim as a whole. clm is its first segment.
func (p *parser) business(clm *segRef) {
	c := p.c
	report := func(element int, warning bool, rule, value, message, remedy string) {
		p.t.Position, p.t.Offset = int(clm.position), p.b.offset+int64(clm.offset)
		p.w.Report(&p.t, scopeClaim, x12.Issue{Level: x12.Business, Rule: rule, Warning: warning, Segment: "CLM", Loop: "2300",
			Element: element, Value: value, Message: message, Remedy: remedy})
	}
	var sum money.Cents
	pointers := 0
	for i := range c.Lines {
		l := &c.Lines[i]
		sum += l.Charge
		for _, n := range l.DiagnosisPointers {
			pointers = max(pointers, int(n))
		}
	}
	if sum != c.Charge && len(c.Lines) > 0 {
		report(2, false, "837.CLM02.total", c.Charge.String()+"; lines "+sum.String(), "the claim's charge is not the sum of its lines",
			"make CLM02 the sum of the lines' charges")
	}
	if len(c.Lines) > 0 && c.Lines[len(c.Lines)-1].Number != len(c.Lines) {
		report(0, true, "837.LX01.sequence", "", "the lines are not numbered from 1 by 1", "number LX01 from 1 in each claim")
	}
	if pointers > 0 {
		if n := pointed(c); pointers > n {
			report(0, !p.opt.Strict, "837.SV107.pointer", "", "a line points to a diagnosis that the claim does not have", "point to a diagnosis of the HI segment")
		}
	}
	if !c.Admission.IsZero() && !c.Through.IsZero() && c.Admission.After(c.Through) {
		report(0, true, "837.DTP435.order", "", "the admission is later than the last day of the statement", "check DTP*435 and DTP*434")
	}
	if born, on := c.Patient.Born, c.ServiceDate(); !born.IsZero() && !on.IsZero() && born.After(on) {
		report(0, true, "837.DMG02.order", "", "the patient was born after the date of service", "check DMG02 and the dates of service")
	}
}

// pointed is how many diagnoses a line may point to.
func pointed(c *claim.Claim) int {
	n := 0
	for i := range c.Diagnoses {
		if k := c.Diagnoses[i].Kind; k == claim.PrincipalDiagnosis || k == claim.OtherDiagnosis {
			n++
		}
	}
	return n
}

// checkSeparator looks at CLM05, which has three components on every claim: text
// with another mark in it was written for another separator than ISA16 says.
func (p *parser) checkSeparator() {
	v := p.t.El(5)
	if len(v) < 4 || strings.IndexByte(v, p.t.Sep.Component) >= 0 {
		return
	}
	if i := strings.IndexAny(v, ":><^|\\!"); i > 0 {
		p.issue(x12.Issue{Level: x12.Business, Rule: "837.CLM05.separator", Element: 5, Value: clipText(v),
			Message: "components are parted by " + v[i:i+1] + ", but ISA16 sets " + string(rune(p.t.Sep.Component)),
			Remedy:  "put the separator that the claims use into ISA16"})
	}
}
