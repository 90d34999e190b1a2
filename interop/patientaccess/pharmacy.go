// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

const compoundDrug = "2" // NCPDP 406-D6

// undispensable says why a claim cannot be a Pharmacy one, or is empty.
func (x *mapping) undispensable() string {
	d := x.c.Dispensing
	if d == nil {
		return "it does not say how the drug was dispensed"
	}
	for _, f := range []struct{ name, value string }{{"days' supply", d.DaysSupply}, {"fill number", d.Fill}, {"number of refills", d.RefillsAuthorized}} {
		if _, err := money.ParseFixed(f.value, 4); f.value != "" && err != nil {
			return "its " + f.name + " is no number"
		}
	}
	for i := range x.c.Lines {
		if x.c.Lines[i].Drug == nil || x.c.Lines[i].Drug.NDC == "" {
			return "it does not say which drug"
		}
	}
	return ""
}

// gatherDispensing lists what the guide asks about the filling. What a claim
// does not say and the guide asks for is said to be unknown: Part D events do not tell how many
// refills were authorized.
func (x *mapping) gatherDispensing() {
	d, w := x.c.Dispensing, &x.w
	number := func(category, value string) {
		x.inform(category, nil, func() {
			w.object("valueQuantity", func() {
				if value == "" {
					w.absent()
					return
				}
				w.decimal("value", decimal(value))
			})
		})
	}
	number("dayssupply", d.DaysSupply)
	x.inform("dawcode", nil, func() {
		if d.DispenseAsWritten == "" {
			w.object("code", w.absent)
			return
		}
		w.concept("code", sysDAW, d.DispenseAsWritten)
	})
	number("refillnum", d.Fill)
	number("refillsauthorized", d.RefillsAuthorized)
	x.informCode("rxorigincode", sysRxOrigin, d.Origin)
	x.informCode("brandgenericindicator", sysBrandGeneric, d.BrandGeneric)
	x.informCode("compoundcode", sysCompoundCode, d.Compound)
}

// decimal is a number of a Dispensing, which undispensable has tried.
func decimal(v string) money.Fixed {
	f, _ := money.ParseFixed(v, 4)
	return f
}

// drugItem writes the drug of a line as the item's product: its NDC, or that it is a compound of
// the drug, which is then the detail.
func (x *mapping) drugItem(l *claim.Line) {
	w := &x.w
	compound := x.c.Dispensing.Compound == compoundDrug
	if compound {
		w.object("productOrService", func() { w.codings(sysCompound, "compound") })
	} else {
		w.object("productOrService", func() {
			w.codings(sysNDC, l.Drug.NDC)
			w.text("text", l.Description)
		})
	}
	x.serviced(l)
	if q := l.Drug; !compound && (q.Quantity.Value != 0 || q.Unit != "") {
		w.object("quantity", func() {
			w.decimal("value", q.Quantity)
			w.text("unit", q.Unit)
		})
	}
}

// rejects writes why a pharmacy's line was refused. The guide has one reason a line.
func (x *mapping) rejects(answers []*claim.LinePayment) {
	w := &x.w
	for _, a := range answers {
		if len(a.PharmacyRejects) == 0 {
			continue
		}
		w.element(func() {
			w.concept("category", sysDiscriminator, "rejectreason")
			w.concept("reason", sysReject, a.PharmacyRejects[0])
		})
		return
	}
}

// lostDispensing names what of a pharmacy's claim is left out, and what of it stands on
// another claim.
func (x *mapping) lostDispensing() {
	if x.profile != pharmacy {
		x.lost(x.c.Dispensing != nil, "claim.dispensing", NoPlace)
		return
	}
	x.lost(x.c.MedicalRecord != "", "claim.medicalRecord", NoPlace)
	x.lost(x.c.ID != "" && x.c.ID != x.claimNumber(), "claim.id", NoPlace)
	for i := range x.c.Lines {
		l := &x.c.Lines[i]
		of := lineName(i)
		x.lostIn(l.Procedure != "", of, ".procedure", NoPlace)
		x.lostIn(l.Revenue != "", of, ".revenue", NoPlace)
		x.lostIn(l.Modifiers != [4]string{}, of, ".modifiers", NoPlace)
		x.lostIn(l.Units.Value != 0 || l.UnitKind != "", of, ".units", NoPlace)
		x.lostIn(l.PlaceOfService != "", of, ".placeOfService", NoPlace)
		x.lostIn(l.RatePerUnit != 0, of, ".ratePerUnit", NoPlace)
		x.lostIn(l.Description != "" && x.c.Dispensing.Compound == compoundDrug, of, ".description", NoPlace)
		x.lostIn(!l.Through.IsZero() && l.Through != l.From, of, ".through", NoPlace)
	}
}
