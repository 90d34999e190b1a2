// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"github.com/woodlawn-health/woodlawn/claim"
)

// items writes the service lines.
func (x *mapping) items() {
	w := &x.w
	w.array("item", func() {
		for i := range x.c.Lines {
			w.element(func() { x.item(i) })
		}
	})
}

func (x *mapping) item(i int) {
	w, l := &x.w, &x.c.Lines[i]
	w.int("sequence", x.sequence(i))
	w.ints("careTeamSequence", x.lineTeam(i))
	w.ints("diagnosisSequence", x.pointers(l))
	w.ints("informationSequence", x.lineInformation(i))
	if x.profile == pharmacy {
		x.drugItem(l)
		x.answer(i)
		if x.c.Dispensing.Compound == compoundDrug {
			w.drug(l.Drug)
		}
		return
	}
	if l.Revenue != "" {
		w.concept("revenue", sysRevenue, l.Revenue)
	} else if x.profile == inpatient {
		w.object("revenue", w.absent)
	}
	w.service(l.ProcedureKind, l.Procedure, l.Description)
	w.modifiers(l.Modifiers)
	x.serviced(l)
	x.place(l)
	x.bodySite(l)
	w.quantity("quantity", l)
	if l.RatePerUnit != 0 {
		w.money("unitPrice", l.RatePerUnit)
	}
	if !x.byLine && x.profile.institutional() {
		w.money("net", l.Charge) // the amounts stand with the claim as a whole
	}
	x.answer(i)
	w.drug(l.Drug)
}

// answer writes what the payer decided on a line.
func (x *mapping) answer(i int) {
	a := &x.lines[i]
	adjustments, remarks := a.reasons()
	if x.in.Stated != nil && i < len(x.in.Stated.Lines) {
		adjustments = x.in.Stated.Lines[i].Reasons
	}
	if n := x.note(x.sequence(i), adjustments, remarks); n > 0 {
		x.w.ints("noteNumber", []int{n})
	}
	x.lineAdjudication(a, adjustments, remarks)
}

// sequence is the line's number, or its place if numbers are missing or twice.
func (x *mapping) sequence(i int) int {
	for n := range x.c.Lines {
		number := x.c.Lines[n].Number
		if number <= 0 || n > 0 && number <= x.c.Lines[n-1].Number {
			return i + 1
		}
	}
	return x.c.Lines[i].Number
}

// reasons are the adjustments and remarks of the payer's lines together.
func (a *lineAmounts) reasons() (list []claim.Adjustment, remarks []string) {
	if len(a.answers) == 1 {
		return a.answers[0].Adjustments, a.answers[0].Remarks
	}
	for _, p := range a.answers {
		list = append(list, p.Adjustments...)
		remarks = append(remarks, p.Remarks...)
	}
	return list, remarks
}

func (x *mapping) lineAdjudication(a *lineAmounts, list []claim.Adjustment, remarks []string) {
	w := &x.w
	if x.profile.institutional() && !x.byLine {
		return
	}
	w.array("adjudication", func() {
		if !x.profile.institutional() && x.profile != pharmacy {
			w.status("benefitpaymentstatus", x.in.Network.code())
		}
		if len(a.answers) == 0 && len(a.stated) == 0 {
			w.element(func() {
				w.concept("category", sysPlainAdjudicate, "submitted")
				w.money("amount", a.submitted)
			})
			return
		}
		w.amountList(&a.amounts)
		if x.profile.institutional() {
			x.reasonEach(list, remarks)
		} else if x.profile != pharmacy {
			x.reasonOnce(list, remarks)
		} else {
			x.rejects(a.answers)
		}
		w.allowedUnits(a.answers)
	})
}

// allowedUnits writes the units that the payer allowed.
func (w *writer) allowedUnits(answers []*claim.LinePayment) {
	if len(answers) != 1 || answers[0].Units.Value == 0 {
		return
	}
	w.element(func() {
		w.concept("category", sysDiscriminator, "allowedunits")
		w.decimal("value", answers[0].Units)
	})
}

// service writes the code of the service, or that the line has none.
func (w *writer) service(kind, code, description string) {
	w.object("productOrService", func() {
		system := procedureSystem(kind, code)
		switch {
		case code == "":
			w.codings(sysAbsent, "not-applicable")
		case system != "":
			w.codings(system, code)
		case description == "":
			w.text("text", code)
		default:
			w.text("text", code+" "+description)
			return
		}
		w.text("text", description)
	})
}

// procedureSystem is the code system of a line's procedure code by its qualifier
// (SV101-1): CPT's codes begin with a digit, those of HCPCS Level II with a letter.
// It is empty for systems that the guide does not know.
func procedureSystem(kind, code string) string {
	switch {
	case code == "":
	case kind == "HP":
		return sysHIPPS
	case kind == "AD":
		return sysCDT
	case kind == "HC" && code[0] <= '9':
		return sysCPT
	case kind == "HC":
		return sysHCPCS
	}
	return ""
}

func (w *writer) modifiers(list [4]string) {
	w.array("modifier", func() {
		for _, m := range list {
			if m != "" {
				w.element(func() { w.codings(modifierSystem(m), m) })
			}
		}
	})
}

// modifierSystem tells CPT's modifiers, which are numbers, P1 to P6 and 1P to 8P,
// from those of HCPCS Level II.
func modifierSystem(m string) string {
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	if len(m) == 2 && (digit(m[0]) && (digit(m[1]) || m[1] == 'P') || m[0] == 'P' && '1' <= m[1] && m[1] <= '6') {
		return sysCPT
	}
	return sysHCPCS
}

// serviced writes when the service was given. Outpatient items have a single
// date; a claim of one day gives it to lines without one.
func (x *mapping) serviced(l *claim.Line) {
	w := &x.w
	from, through := l.From, l.Through
	if from.IsZero() && !x.c.From.IsZero() && x.c.From == x.c.Through {
		from, through = x.c.From, x.c.Through
	}
	switch {
	case from.IsZero() && x.profile != inpatient:
		w.object("_servicedDate", w.absent)
	case through.IsZero() || from == through || x.profile == outpatient || x.profile == pharmacy:
		w.date("servicedDate", from)
	default:
		w.period("servicedPeriod", from, through)
	}
}

// place writes the place of service of a professional or dental line.
func (x *mapping) place(l *claim.Line) {
	w := &x.w
	if x.profile.institutional() {
		return
	}
	place := l.PlaceOfService
	if place == "" {
		place, x.usedPlace = x.c.PlaceOfService, true
	}
	if place == "" {
		w.object("locationCodeableConcept", w.absent)
		return
	}
	x.usedPlace = x.usedPlace || place == x.c.PlaceOfService
	w.concept("locationCodeableConcept", sysPOS, place)
}

// quantity writes the units with UCUM's unit where the claim's is a time.
func (w *writer) quantity(name string, l *claim.Line) {
	if l.Units.Value == 0 && l.UnitKind == "" {
		return
	}
	w.object(name, func() {
		w.decimal("value", l.Units)
		switch l.UnitKind {
		case "MJ":
			w.unit("minutes", "min")
		case "DA":
			w.unit("days", "d")
		case "UN":
			w.unit("units", "1")
		default:
			w.text("unit", l.UnitKind)
		}
	})
}

func (w *writer) unit(name, code string) {
	w.text("unit", name)
	w.text("system", sysUCUM)
	w.text("code", code)
}

// drug writes the national drug code of a line as its detail.
func (w *writer) drug(d *claim.Drug) {
	if d == nil || d.NDC == "" {
		return
	}
	w.array("detail", func() {
		w.element(func() {
			w.int("sequence", 1)
			w.concept("productOrService", sysNDC, d.NDC)
			if d.Quantity.Value != 0 {
				w.object("quantity", func() {
					w.decimal("value", d.Quantity)
					w.text("unit", d.Unit)
				})
			}
		})
	})
}
