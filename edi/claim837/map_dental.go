// SPDX-License-Identifier: Apache-2.0

package claim837

import "github.com/woodlawn-health/woodlawn/claim"

// mapDentalClaim reads what only dental claims have.
func (p *parser) mapDentalClaim(seg int) bool {
	c, t := p.c, &p.t
	if seg == segDN1 {
		c.Orthodontics = &claim.Orthodontics{Months: p.fixed(1), Remaining: p.fixed(2), Indicated: t.El(3) == "Y", Description: t.El(4)}
		return true
	}
	c.ToothStatus = append(c.ToothStatus, claim.ToothStatus{Number: t.El(1), Status: first(t.El(2))})
	return true
}

// mapDentalLine reads a dental service and the teeth on which it was done.
func (p *parser) mapDentalLine(seg int) bool {
	l, t := p.line, &p.t
	if seg == segTOO {
		tooth := claim.Tooth{Number: t.El(2)}
		if t.El(3) != "" {
			for i := range tooth.Surfaces {
				tooth.Surfaces[i] = t.Comp(3, i+1)
			}
		}
		l.Teeth = append(l.Teeth, tooth)
		return true
	}
	l.ProcedureKind, l.Procedure, l.Modifiers, l.Description = p.procedure(1)
	l.Charge, l.PlaceOfService, l.Prosthesis, l.Units = p.cents(2), t.El(3), first(t.El(5)), p.fixed(6)
	if t.El(4) != "" {
		for i := range l.OralCavity {
			l.OralCavity[i] = t.Comp(4, i+1)
		}
	}
	if t.El(11) != "" {
		for i := range l.DiagnosisPointers {
			l.DiagnosisPointers[i] = uint8(min(whole(t.Comp(11, i+1)), 99))
		}
	}
	return true
}
