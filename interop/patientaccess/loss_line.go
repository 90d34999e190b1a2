// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
)

func lineName(i int) string { return "claim.lines[" + strconv.Itoa(i) + "]" }

func (x *mapping) lostLine(i int) {
	l := &x.c.Lines[i]
	of := lineName(i)
	x.lostIn(l.Number != x.sequence(i), of, ".number", NoPlace)
	x.lostIn(l.Control != "", of, ".control", NoPlace)
	x.lostIn(l.ProcedureKind != "" && procedureSystem(l.ProcedureKind, l.Procedure) == "", of, ".procedureKind", NoPlace)
	x.lostIn(l.NonCovered != 0, of, ".nonCovered", NoPlace)
	x.lostIn(l.PlaceOfService != "" && x.profile.institutional(), of, ".placeOfService", NoPlace)
	x.lostIn(l.From.IsZero() && !l.Through.IsZero() || x.profile == outpatient && l.Through != l.From && !l.Through.IsZero(), of, ".through", NoPlace)
	pointed := len(x.pointers(l))
	for _, p := range l.DiagnosisPointers {
		if p != 0 {
			pointed--
		}
	}
	x.lostIn(pointed < 0, of, ".diagnosisPointers", NoPlace)
	x.lostIn(l.Emergency, of, ".emergency", NoPlace)
	x.lostIn(l.EPSDT, of, ".epsdt", NoPlace)
	x.lostIn(l.FamilyPlanning, of, ".familyPlanning", NoPlace)
	x.lostIn(l.CopayExempt, of, ".copayExempt", NoPlace)
	x.lostIn(l.Charge != x.lines[i].submitted, of, ".charge", Replaced)
	x.lostProviders(of, l.Providers, i)
	if d := l.Drug; d != nil {
		x.lostIn(d.Prescription != "", of, ".drug.prescription", NoPlace)
		x.lostIn(d.NDC == "" || d.Quantity.Value == 0 && d.Unit != "", of, ".drug", NoPlace)
	}
	for j := range l.Adjudications {
		x.lostOtherLine(of+".adjudications["+strconv.Itoa(j)+"]", l, &l.Adjudications[j])
	}
	for j, d := range l.Dates {
		x.lost(!x.placedDate(l.Dates, j, i), of+".dates("+d.Qualifier+")", NoPlace)
	}
	x.lostLists(of, l.References, l.Amounts, l.Notes, l.Attachments, l.Conditions)
	x.lostQuantities(of, l.Quantities)
	x.lostSegments(of, l.Unmodelled)
	if l.Ambulance != nil {
		x.lostAmbulance(of+".ambulance", l.Ambulance, true)
	}
	for _, t := range l.Tests {
		x.lost(true, of+".tests("+t.Qualifier+")", NoPlace)
	}
}

// lostOtherLine names what another payer said of a line beside what it paid.
func (x *mapping) lostOtherLine(of string, l *claim.Line, a *claim.LineAdjudication) {
	x.lostIn(a.PayerID != "", of, ".payerID", NoPlace)
	x.lostIn(a.Paid != 0 && (x.profile.institutional() && !x.byLine || len(x.lines[x.lineIndex(l)].answers) == 0), of, ".paid", NoPlace)
	x.lostIn(a.ProcedureKind != l.ProcedureKind || a.Procedure != l.Procedure || a.Modifiers != l.Modifiers, of, ".procedure", NoPlace)
	x.lostIn(a.Revenue != "" && a.Revenue != l.Revenue, of, ".revenue", NoPlace)
	x.lostIn(a.Units.Value != 0, of, ".units", NoPlace)
	x.lostIn(a.BundledLine != 0, of, ".bundledLine", NoPlace)
	x.lostIn(len(a.Adjustments) > 0, of, ".adjustments", NoPlace)
	x.lostIn(!a.Date.IsZero(), of, ".date", NoPlace)
	x.lostIn(a.Remaining != 0, of, ".remaining", NoPlace)
}

func (x *mapping) lineIndex(l *claim.Line) int {
	for i := range x.c.Lines {
		if &x.c.Lines[i] == l {
			return i
		}
	}
	return 0
}

// lostProviders names the providers that are not on the care team, and what of
// those that are is left out. line is -1 for the claim's own.
func (x *mapping) lostProviders(of string, list []claim.Provider, line int) {
	for i := range list {
		p := &list[i]
		x.lostProvider(of+".providers("+p.Role.String()+")", p, p.Role)
		_, role := x.teamRole(p)
		switch {
		case p.Role == claim.PickUp || p.Role == claim.DropOff:
			x.lost(x.profile != professional, of+".providers("+p.Role.String()+")", NoPlace)
		case p.Role == claim.Facility && !x.profile.institutional():
			x.lost(line >= 0 || x.facility < 0 || x.c.Provider(claim.Facility) != p, of+".providers("+p.Role.String()+")", NoPlace)
		case role == "" && p.Role == claim.Facility:
			x.lost(true, of+".providers("+p.Role.String()+")", NoTaxonomy)
		case role == "":
			x.lost(true, of+".providers("+p.Role.String()+")", NoPlace)
		case !x.onTeam(p, role):
			x.lost(true, of+".providers("+p.Role.String()+")", NoNumber)
		}
	}
}

func (x *mapping) onTeam(p *claim.Provider, role string) bool {
	for _, t := range x.team {
		if q := &x.parties[t.party].provider; t.role == role && q.NPI == p.NPI && q.Name.Last == p.Name.Last {
			return true
		}
	}
	return false
}

// lostProvider names what the resource of a provider leaves out.
func (x *mapping) lostProvider(of string, p *claim.Provider, role claim.Role) {
	x.lostIn(p.TaxIDIsSSN && p.TaxID != "", of, ".taxID", Withheld)
	for _, r := range p.References {
		if _, known := referenceSystem(r.Qualifier); !known {
			x.lost(true, of+".references("+r.Qualifier+")", NoPlace)
		}
	}
	x.lostIn(p.Address.Subdivision != "" && p.Address.State != "", of, ".address.subdivision", NoPlace)
	practitioner := !p.Organization && role != claim.Facility && !(role == claim.Billing && x.profile.institutional())
	x.lostIn(p.Contact.Name != "" && practitioner, of, ".contact.name", NoPlace)
	x.lostIn(p.Contact.Extension != "" && p.Contact.Phone == "", of, ".contact.extension", NoPlace)
	if role == claim.PickUp || role == claim.DropOff { // a place: its name and address are written
		rest := *p
		rest.Name, rest.Address, rest.References, rest.Contact.Name, rest.Contact.Extension = claim.Name{}, claim.Address{}, nil, "", ""
		x.lostIn(!emptyProvider(&rest), of, ".numbers", NoPlace)
		return
	}
	// Another mention of the same provider on this claim may have said otherwise first.
	for i := range x.parties {
		q := &x.parties[i].provider
		if p.NPI == "" || q.NPI != p.NPI || x.parties[i].organization == practitioner {
			continue
		}
		x.lostIn(p.Name != q.Name, of, ".name", Differs)
		x.lostIn(p.Address != (claim.Address{}) && p.Address != q.Address, of, ".address", Differs)
		x.lostIn(p.Contact != (claim.Contact{}) && p.Contact != q.Contact, of, ".contact", Differs)
		x.lostIn(p.TaxID != "" && p.TaxID != q.TaxID, of, ".taxID", Differs)
		x.lostIn(p.Taxonomy != "" && p.Taxonomy != q.Taxonomy && role == claim.Billing, of, ".taxonomy", Differs)
	}
}

func emptyProvider(p *claim.Provider) bool {
	return p.NPI == "" && p.TaxID == "" && p.Taxonomy == "" && p.Name == (claim.Name{}) && p.Address == (claim.Address{}) &&
		p.Contact == (claim.Contact{}) && len(p.References) == 0
}
