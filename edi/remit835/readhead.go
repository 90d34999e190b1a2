// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// head reads from BPR to the segment before the first claim or batch.
func (r *Reader) head() {
	p := r.payment
	party := ""
	for r.advance() {
		switch string(r.el[0]) {
		case "BPR":
			r.readPayment()
		case "TRN":
			p.TraceNumber, p.OriginatorID = r.required(2, 127), r.text(3)
			if s := r.text(4); s != "" {
				p.OriginatorSupplement = s
			}
		case "CUR":
			p.Currency = r.text(2)
		case "N1":
			party = r.text(1)
			r.readParty(party)
		case "N3":
			if a := r.address(party); a != nil {
				a.Line1, a.Line2 = r.text(1), r.text(2)
			}
		case "N4":
			if a := r.address(party); a != nil {
				a.City, a.State, a.ZIP, a.Country, a.Subdivision = r.text(1), r.text(2), r.text(3), r.text(4), r.text(7)
			}
		case "REF":
			r.headReference(party)
		case "DTM":
			if r.text(1) != "405" {
				r.unexpected(&p.Unmodelled, "header")
				continue
			}
			p.Production = r.date(2)
		case "PER":
			r.headContact()
		case "RDM":
			p.Delivery = &claim.Delivery{Method: r.text(1), Name: r.text(2), Number: r.text(3)}
		case "LX", "CLP", "PLB", "SE", "ST", "GE", "GS", "IEA", "ISA":
			r.held = true
			return
		default:
			r.unexpected(&p.Unmodelled, "header")
		}
	}
}

// readPayment reads the BPR.
func (r *Reader) readPayment() {
	p := r.payment
	p.Handling, p.Stated, p.Method, p.Format = r.text(1), r.cents(2), r.required(4, 591), r.text(5)
	p.Debit = r.text(3) == "D"
	p.PayerBank = claim.BankAccount{RoutingKind: r.text(6), Routing: r.text(7), AccountKind: r.text(8), Account: r.text(9)}
	p.OriginatorSupplement = r.text(11)
	p.Payee.Bank = claim.BankAccount{RoutingKind: r.text(12), Routing: r.text(13), AccountKind: r.text(14), Account: r.text(15)}
	p.Date = r.date(16)
	if p.Date.IsZero() && r.text(16) == "" {
		r.raise(x12.Issue{Level: x12.ElementLevel, Rule: "835.BPR16.required", Code: "1", Element: 16, DataElement: 373,
			Warning: true, Message: "the payment has no date", Remedy: "give the date of the payment in BPR16"})
	}
}

func (r *Reader) readParty(party string) {
	p := r.payment
	name, kind, id := r.text(2), r.text(3), r.text(4)
	switch party {
	case "PR":
		p.Payer.Name, p.Payer.IDKind, p.Payer.ID = name, kind, id
	case "PE":
		p.Payee.Name = name
		switch kind {
		case "XX":
			p.Payee.NPI = id
		case "FI":
			p.Payee.TaxID = id
		case "":
		default:
			p.Payee.References = append(p.Payee.References, claim.Reference{Qualifier: kind, Value: id})
		}
	default:
		r.unexpected(&p.Unmodelled, "header")
	}
}

func (r *Reader) address(party string) *claim.Address {
	switch party {
	case "PR":
		return &r.payment.Payer.Address
	case "PE":
		return &r.payment.Payee.Address
	}
	r.unexpected(&r.payment.Unmodelled, "header")
	return nil
}

func (r *Reader) headReference(party string) {
	p := r.payment
	ref := claim.Reference{Qualifier: r.text(1), Value: r.text(2)}
	switch {
	case party == "" && ref.Qualifier == "EV" && p.Receiver == "":
		p.Receiver = ref.Value
	case party == "" && ref.Qualifier == "F2" && p.System == "":
		p.System = ref.Value
	case party == "PR" && ref.Qualifier == "2U" && p.Payer.ID == "":
		p.Payer.ID = ref.Value
	case party == "PR":
		p.Payer.References = append(p.Payer.References, ref)
	case party == "PE" && ref.Qualifier == "TJ" && p.Payee.TaxID == "":
		p.Payee.TaxID = ref.Value
	case party == "PE":
		p.Payee.References = append(p.Payee.References, ref)
	default:
		r.unexpected(&p.Unmodelled, "header")
	}
}

func (r *Reader) headContact() {
	p := r.payment
	c, whole := r.contact()
	switch r.text(1) {
	case "CX":
		p.Contact = c
	case "BL":
		p.Technical = append(p.Technical, c)
	case "IC":
		p.Website = c.Website
	default:
		whole = false
	}
	if !whole {
		r.keep(&p.Unmodelled, "1000A")
	}
}

// contact reads a PER, and tells whether all of it found a place.
func (r *Reader) contact() (c claim.Contact, whole bool) {
	c.Name = r.text(2)
	whole = true
	for n := 3; n+1 < len(r.el); n += 2 {
		var to *string
		switch r.text(n) {
		case "TE":
			to = &c.Phone
		case "EX":
			to = &c.Extension
		case "FX":
			to = &c.Fax
		case "EM":
			to = &c.Email
		case "UR":
			to = &c.Website
		}
		if to == nil || *to != "" {
			whole = false
			continue
		}
		*to = r.text(n + 1)
	}
	return c, whole
}

// providerSummary reads a TS3. Elements that the guide no longer uses are kept as they
// came.
func (r *Reader) providerSummary() {
	b := r.openBatch()
	if b == nil {
		return
	}
	b.Summary = &claim.ProviderSummary{ProviderID: r.text(1), FacilityCode: r.text(2), FiscalYearEnd: r.date(3),
		Claims: r.int(4), Charge: r.cents(5), MSPPayer: r.cents(13), NonLabCharge: r.cents(15), HCPCSReported: r.cents(17),
		HCPCSPayable: r.cents(18), Professional: r.cents(20), MSPLiabilityMet: r.cents(21), PatientRefund: r.cents(22),
		PeriodicClaims: r.int(23), PeriodicAdjustment: r.cents(24)}
	for _, n := range [...]int{6, 7, 8, 9, 10, 11, 12, 14, 16, 19} {
		if r.text(n) != "" {
			r.keep(&r.payment.Unmodelled, "2000")
			return
		}
	}
}

func (r *Reader) inpatientSummary() {
	b := r.openBatch()
	if b == nil {
		return
	}
	b.Inpatient = &claim.InpatientSummary{DRG: r.cents(1), Federal: r.cents(2), HospitalSpecific: r.cents(3), DSH: r.cents(4),
		Capital: r.cents(5), IndirectTeaching: r.cents(6), OutlierDays: r.int(7), DayOutlier: r.cents(8), CostOutlier: r.cents(9),
		AverageStay: r.fixed(10), Discharges: r.int(11), CostReportDays: r.int(12), CoveredDays: r.int(13),
		NoncoveredDays: r.int(14), MSPPassThrough: r.cents(15), AverageWeight: r.fixed(16), CapitalFederal: r.cents(17),
		CapitalHSP: r.cents(18), CapitalDSH: r.cents(19)}
}

// openBatch is the batch that the segment belongs to, or nil with an issue.
func (r *Reader) openBatch() *claim.ClaimBatch {
	if n := len(r.payment.Batches); n > 0 {
		return &r.payment.Batches[n-1]
	}
	r.unexpected(&r.payment.Unmodelled, "2000")
	return nil
}

// providerAdjustments reads a PLB.
func (r *Reader) providerAdjustments() {
	id, year := r.text(1), r.date(2)
	for n := 3; n < len(r.el) && n < 15; n += 2 {
		if len(r.raw(n)) == 0 && len(r.raw(n+1)) == 0 {
			continue
		}
		a := claim.ProviderAdjustment{ProviderID: id, FiscalYearEnd: year, Amount: r.cents(n + 1)}
		for i, s := range r.components(n) {
			switch i {
			case 0:
				a.Reason = s
			case 1:
				a.Reference = s
			}
		}
		r.payment.ProviderAdjustments = append(r.payment.ProviderAdjustments, a)
	}
}
