// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// mapClaim puts a segment of a claim into its field; false if no field carries
// the whole of it.
func (p *parser) mapClaim(n *x12.Node) bool {
	seg := n.Tag & 0xFF
	switch n.Tag >> 8 {
	case loopClaim:
		return p.mapClaimLoop(seg)
	case loopClaimProvider:
		if seg == segNM1 {
			p.provider = grow(&p.c.Providers)
			clearProvider(p.provider)
		}
		return p.provider != nil && p.mapProvider(p.provider, p.role(seg, p.provider), seg)
	case loopOtherPayer:
		return p.mapOtherPayer(seg)
	case loopOtherSubscriber:
		return p.payer != nil && p.mapPerson(&p.payer.Subscriber, seg)
	case loopOtherPayerName:
		return p.payer != nil && p.mapOtherPayerName(seg)
	case loopLine, loopDrug, loopLineProvider, loopAdjudication:
		return p.mapLine(n.Tag>>8, seg)
	}
	return false
}

// role is what NM101 says, or what an earlier NM1 of the loop said.
func (p *parser) role(seg int, have *claim.Provider) claim.Role {
	if seg != segNM1 {
		return have.Role
	}
	switch p.t.El(1) {
	case "82":
		return claim.Rendering
	case "DN":
		return claim.Referring
	case "P3":
		return claim.PrimaryCare
	case "77":
		return claim.Facility
	case "DD":
		return claim.Assistant
	case "DQ":
		return claim.Supervising
	case "DK":
		return claim.Ordering
	case "QB":
		return claim.Purchased
	case "71":
		return claim.Attending
	case "72":
		return claim.Operating
	case "ZZ":
		return claim.OtherOperating
	case "PW":
		return claim.PickUp
	case "45":
		return claim.DropOff
	}
	return 0
}

func (p *parser) mapClaimLoop(seg int) bool {
	c, t := p.c, &p.t
	switch seg {
	case segCLM:
		return p.mapCLM()
	case segDTP:
		p.mapClaimDate()
	case segCL1:
		c.AdmissionType, c.AdmissionSource, c.PatientStatus = first(t.El(1)), first(t.El(2)), t.El(3)
	case segPWK:
		c.Attachments = append(c.Attachments, claim.Attachment{ReportType: t.El(1), Transmission: t.El(2), ControlNumber: t.El(6)})
	case segAMT:
		if t.El(1) == "F5" {
			c.PatientPaid = p.cents(2)
			break
		}
		c.Amounts = append(c.Amounts, claim.QualifiedAmount{Qualifier: t.El(1), Amount: p.cents(2)})
	case segREF:
		p.mapClaimReference()
		return t.El(4) == "" // a payer, which the guides have for lines alone
	case segK3:
		c.Notes = append(c.Notes, claim.Note{Qualifier: "K3", Text: t.El(1)})
	case segNTE:
		c.Notes = append(c.Notes, claim.Note{Qualifier: t.El(1), Text: t.El(2)})
	case segCR1:
		c.Ambulance = p.ambulance()
	case segCR2:
		c.Spinal = &claim.Spinal{Condition: t.El(8), Description1: t.El(10), Description2: t.El(11)}
	case segCRC:
		c.Conditions = append(c.Conditions, p.condition())
		if t.El(1) == "75" && t.El(2) == "Y" {
			c.Homebound = true
		}
	case segDN1, segDN2:
		return p.mapDentalClaim(seg)
	case segHI:
		return p.mapHI()
	default:
		return false
	}
	return true
}

func (p *parser) mapCLM() bool {
	c, t := p.c, &p.t
	c.ID = t.El(1)
	p.checkSeparator()
	c.Charge = p.cents(2)
	if c.Form == claim.Institutional {
		c.BillType = t.Comp(5, 1)
	} else {
		c.PlaceOfService = t.Comp(5, 1)
	}
	c.Frequency = first(t.Comp(5, 3))
	c.ProviderSigned, c.AcceptsAssignment = first(t.El(6)), first(t.El(7))
	c.BenefitsAssigned, c.Release, c.PatientSignature = first(t.El(8)), first(t.El(9)), first(t.El(10))
	if t.El(11) != "" {
		for i := 1; i <= 3; i++ {
			if cause := t.Comp(11, i); cause != "" {
				c.RelatedCauses = append(c.RelatedCauses, cause)
			}
		}
		c.AccidentState, c.AccidentCountry = t.Comp(11, 4), t.Comp(11, 5)
	}
	c.SpecialProgram, c.DelayReason = t.El(12), t.El(20)
	c.Predetermination = t.El(19) == "PB"
	return true
}

func (p *parser) mapClaimDate() {
	c, t := p.c, &p.t
	from, to, time := period(t.El(2), t.El(3))
	kind := t.El(1)
	if kind == "472" && c.Form == claim.Dental {
		kind = "434" // the services' dates of a dental claim
	}
	switch kind {
	case "434":
		c.From, c.Through = from, to
		if to.IsZero() {
			c.Through = from
		}
	case "435":
		c.Admission, c.AdmissionHour = from, time
	case "096":
		if c.Form == claim.Institutional {
			c.DischargeHour = time
			break
		}
		fallthrough
	default:
		c.Dates = append(c.Dates, claim.QualifiedDate{Qualifier: t.El(1), From: from, To: to, Time: time})
	}
}

func (p *parser) mapClaimReference() {
	c, t := p.c, &p.t
	var field *string
	switch t.El(1) {
	case "F8":
		field = &c.PayerControlNumber
	case "G1":
		field = &c.PriorAuth
	case "9F":
		field = &c.Referral
	case "EA":
		field = &c.MedicalRecord
	case "X4":
		field = &c.CLIA
	case "EW":
		field = &c.MammographyCert
	case "LX":
		field = &c.InvestigationalID
	case "P4":
		field = &c.Demonstration
	}
	if field == nil || *field != "" {
		c.References = append(c.References, claim.Reference{Qualifier: t.El(1), Value: t.El(2)})
		return
	}
	*field = t.El(2)
}

func (p *parser) ambulance() *claim.Ambulance {
	t := &p.t
	return &claim.Ambulance{Weight: t.El(2), TransportCode: t.El(3), Reason: t.El(4), Miles: p.fixed(6),
		RoundTripNote: t.El(9), StretcherNote: t.El(10)}
}

func (p *parser) condition() claim.ConditionIndicator {
	t := &p.t
	ci := claim.ConditionIndicator{Category: t.El(1), Applies: t.El(2) == "Y"}
	for n := 3; n <= t.N; n++ {
		if v := t.El(n); v != "" {
			ci.Codes = append(ci.Codes, v)
		}
	}
	return ci
}

// mapHI reads the up to twelve codes of an HI.
func (p *parser) mapHI() bool {
	t := &p.t
	carried := true
	for n := 1; n <= t.N && n <= 12; n++ {
		if t.El(n) != "" && !p.mapCode(n) {
			carried = false
		}
	}
	return carried
}

// mapCode reads one composite of an HI.
func (p *parser) mapCode(n int) bool {
	c, t := p.c, &p.t
	q, code := t.Comp(n, 1), t.Comp(n, 2)
	var kind claim.DiagnosisKind
	switch q {
	case "ABK", "BK":
		kind = claim.PrincipalDiagnosis
	case "ABF", "BF":
		kind = claim.OtherDiagnosis
	case "ABJ", "BJ":
		kind = claim.AdmittingDiagnosis
	case "APR", "PR":
		kind = claim.ReasonForVisit
	case "ABN", "BN":
		kind = claim.ExternalCause
	case "BBR", "BR", "CAH", "BBQ", "BQ":
		c.Procedures = append(c.Procedures, claim.Procedure{Code: code, Date: date(t.Comp(n, 4)),
			Principal: q != "BBQ" && q != "BQ", ICD9: q == "BR" || q == "BQ"})
		return q != "CAH"
	case "DR":
		c.DRG = code
		return true
	case "BI":
		from, through, _ := period("RD8", t.Comp(n, 4))
		c.OccurrenceSpans = append(c.OccurrenceSpans, claim.OccurrenceSpan{Code: code, From: from, Through: through})
		return true
	case "BH":
		c.OccurrenceCodes = append(c.OccurrenceCodes, claim.Occurrence{Code: code, Date: date(t.Comp(n, 4))})
		return true
	case "BE":
		c.ValueCodes = append(c.ValueCodes, claim.ValueCode{Code: code, Amount: p.parseCents(t.Comp(n, 5), n, 5)})
		return true
	case "BG":
		c.ConditionCodes = append(c.ConditionCodes, code)
		return true
	case "TC":
		c.TreatmentCodes = append(c.TreatmentCodes, code)
		return true
	default: // anesthesia codes BP, BO
		return false
	}
	c.Diagnoses = append(c.Diagnoses, claim.Diagnosis{Code: code, Kind: kind, POA: first(t.Comp(n, 9)), ICD9: q[0] != 'A'})
	return true
}

func (p *parser) mapOtherPayer(seg int) bool {
	t := &p.t
	if seg == segSBR {
		p.payer = grow(&p.c.OtherPayers)
		clearOther(p.payer)
		o := p.payer
		o.Responsibility, o.Relationship, o.Group, o.GroupName = first(t.El(1)), t.El(2), t.El(3), t.El(4)
		o.InsuranceType, o.FilingIndicator = t.El(5), t.El(9)
		return true
	}
	o := p.payer
	if o == nil {
		return false
	}
	switch seg {
	case segCAS:
		return p.mapAdjustments(&o.Adjustments)
	case segAMT:
		switch t.El(1) {
		case "D":
			o.Paid, o.PaidKnown = p.cents(2), true
		case "A8":
			o.NonCovered = p.cents(2)
		case "EAF":
			o.RemainingLiable = p.cents(2)
		}
		return true
	case segOI:
		o.Assigned, o.Released = first(t.El(3)), first(t.El(6))
		return t.El(4) == ""
	case segMOA:
		for n := 3; n <= 7; n++ {
			if v := t.El(n); v != "" {
				o.OutpatientRemarks = append(o.OutpatientRemarks, v)
			}
		}
		return false // its amounts stay in Unmodelled
	}
	return false
}

func (p *parser) mapOtherPayerName(seg int) bool {
	t := &p.t
	switch {
	case seg == segDTP:
		p.payer.PaidDate = date(t.El(3))
		return true
	case seg == segREF && t.El(1) == "F8":
		p.payer.ControlNumber = t.El(2)
		return true
	}
	return p.mapPayer(&p.payer.Payer, seg)
}
