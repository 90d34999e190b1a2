// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// CCLF makes members and claims of what package feed reads from CMS's claim line feed. Its
// memory is used again; it is not safe for use by several goroutines.
type CCLF struct {
	Member patientaccess.Member
	Input  patientaccess.Input
	Losses []patientaccess.Loss // fields of feed.Beneficiary or feed.Claim

	claim   claim.Claim
	payment claim.ClaimPayment
	stated  patientaccess.Stated
}

// tenth is the first day of service that is coded in ICD-10 (45 CFR 162.1002(c)).
var tenth = civil.Of(2015, time.October, 1)

// systems of numbers in the feed.
const (
	claimNumber   = Variables + "cur_clm_uniq_id"
	controlNumber = Variables + "clm_cntl_num"
)

func (r *CCLF) lost(present bool, field string) {
	if present {
		r.Losses = append(r.Losses, patientaccess.Loss{Field: field, Why: NoPlace})
	}
}

// Beneficiary takes a member.
func (r *CCLF) Beneficiary(b *feed.Beneficiary) {
	m := &r.Member
	*m = patientaccess.Member{System: patientaccess.MBI, Format: patientaccess.FromPartner, Plans: m.Plans[:0]}
	m.Person = claim.Person{ID: b.MBI, Name: claim.Name{Last: b.Last, First: b.First}, Born: b.Birth, Died: b.Death, Sex: b.Sex,
		Address: claim.Address{ZIP: b.Zip}}
	m.Plans = append(m.Plans, patientaccess.MemberPlan{Filing: "MA", From: b.PartA}, patientaccess.MemberPlan{Filing: "MB", From: b.PartB})
	r.Losses = r.Losses[:0]
	for range b.Former {
		r.lost(true, "former")
	}
	r.lost(b.State != "", "state") // FIPS codes, which are no postal ones
	r.lost(b.County != "", "county")
	r.lost(b.MedicareStatus != "", "medicareStatus")
	r.lost(b.Dual != "", "dual")
	r.lost(b.OREC != 0, "orec")
	r.lost(len(b.Hospice) > 0, "hospice")
	r.lost(len(b.Listed) > 0, "listed")
	r.lost(!b.Clinician.IsZero(), "clinician")
}

// Claim takes a claim in force.
func (r *CCLF) Claim(mbi string, c *feed.Claim) {
	out, s := &r.claim, &r.stated
	*out = claim.Claim{Providers: out.Providers[:0], Diagnoses: out.Diagnoses[:0], Procedures: out.Procedures[:0], Lines: out.Lines[:0],
		PatientIsSubscriber: true, From: c.From, Through: c.Thru}
	out.Patient.ID, out.Patient.Relationship = mbi, "18"
	r.payment = claim.ClaimPayment{Status: claim.Primary, ControlNumber: strconv.FormatInt(c.ID, 10)}
	*s = patientaccess.Stated{Amounts: s.Amounts[:0]}
	r.Losses = r.Losses[:0]
	r.Input = patientaccess.Input{Claim: out, Payment: &r.payment, Stated: s, System: claimNumber, MemberSystem: patientaccess.MBI, Sketch: true,
		Format: patientaccess.FromPartner, Numbers: r.Input.Numbers[:0], Adjudicated: c.Effective}
	if c.Setting != feed.Drug {
		if c.ControlNumber != "" {
			r.Input.Numbers = append(r.Input.Numbers, patientaccess.Number{System: controlNumber, Value: c.ControlNumber})
		}
		r.amount(patientaccess.Benefit, c.Paid, "clm_pmt_amt")
		r.payment.Paid = c.Paid
	}
	r.codes(c)
	switch c.Setting {
	case feed.Drug:
		r.drug(c)
	case feed.Professional, feed.Equipment:
		r.supplier(c)
	default:
		r.institution(c)
	}
	r.lost(c.Type != "", "type")
	r.lost(c.NonPayment != "", "nonPayment")
	r.lost(c.PrimaryPayer != "", "primaryPayer")
	r.lost(c.IME != 0, "ime")
	r.lost(c.DSH != 0, "dsh")
	r.lost(c.Uncompensated != 0, "uncompensated")
	r.lost(c.Adjusted, "adjusted")
	r.lost(!c.Loaded.IsZero(), "loaded")
}

func (r *CCLF) amount(kind patientaccess.Category, c money.Cents, column string) {
	r.stated.Amounts = append(r.stated.Amounts, amountOf(kind, c, column))
}

func amountOf(kind patientaccess.Category, c money.Cents, column string) patientaccess.Amount {
	return patientaccess.Amount{Category: kind, Cents: c, Source: amountCodes, Code: Variables + column}
}

// codes takes the diagnoses and procedures. The principal diagnosis stands among all.
func (r *CCLF) codes(c *feed.Claim) {
	out := &r.claim
	ninth := !c.Thru.IsZero() && c.Thru.Before(tenth)
	add := func(code string, kind claim.DiagnosisKind) {
		out.Diagnoses = append(out.Diagnoses, claim.Diagnosis{Code: code, Kind: kind, ICD9: ninth})
	}
	principal := c.Principal
	if principal == "" && len(c.Diagnoses) > 0 && (c.Setting == feed.Professional || c.Setting == feed.Equipment) {
		principal = c.Diagnoses[0] // the first of a physician's claim
	}
	if principal != "" {
		add(principal, claim.PrincipalDiagnosis)
	}
	for i, code := range c.Diagnoses {
		if code == principal && indexOf(c.Diagnoses, code) == i {
			continue
		}
		add(code, claim.OtherDiagnosis)
	}
	if c.Admitting != "" {
		add(c.Admitting, claim.AdmittingDiagnosis)
	}
	for i, p := range c.Procedures {
		out.Procedures = append(out.Procedures, claim.Procedure{Code: p.Code, Date: p.Day, Principal: i == 0, ICD9: ninth})
	}
}

func indexOf(list []string, v string) int {
	for i := range list {
		if list[i] == v {
			return i
		}
	}
	return -1
}

// institution takes a claim of CCLF1 and its revenue lines.
func (r *CCLF) institution(c *feed.Claim) {
	out := &r.claim
	out.Form, out.FilingIndicator = claim.Institutional, "MA"
	if c.Setting == feed.Outpatient {
		out.FilingIndicator = "MB"
	}
	out.BillType, out.PatientStatus, out.DRG = c.BillType, c.PatientStatus, c.DRG
	if len(c.Frequency) == 1 {
		out.Frequency = c.Frequency[0]
	}
	r.lost(len(c.Frequency) > 1, "frequency")
	one := func(to *byte, v, field string) {
		if len(v) == 1 {
			*to = v[0]
		}
		r.lost(len(v) > 1, field)
	}
	one(&out.AdmissionType, c.AdmissionType, "admissionType")
	one(&out.AdmissionSource, c.AdmissionSource, "admissionSource")
	if c.Charge != 0 {
		out.Charge, r.payment.Charge = c.Charge, c.Charge
		r.amount(patientaccess.Submitted, c.Charge, "clm_mdcr_instnl_tot_chrg_amt")
	}
	out.Billing = claim.Provider{Role: claim.Billing, Organization: true, NPI: c.FacilityNPI}
	if c.Facility != "" {
		out.Billing.References = []claim.Reference{{Qualifier: patientaccess.CertificationNumber, Value: c.Facility}}
	}
	r.provider(claim.Attending, c.Attending)
	r.provider(claim.Operating, c.Operating)
	r.provider(claim.OtherOperating, c.OtherNPI)
	byLine := c.Setting == feed.Outpatient
	for i := range c.Lines {
		l := &c.Lines[i]
		line := r.line(i, l)
		line.Revenue = l.Revenue
		if hippsRevenue(l.Revenue) && l.Code != "" {
			line.ProcedureKind = "HP"
		}
		if byLine {
			r.stated.Lines = append(r.stated.Lines, patientaccess.StatedLine{Amounts: []patientaccess.Amount{
				amountOf(patientaccess.Benefit, l.Paid, "clm_line_cvrd_pd_amt")}})
		} else {
			r.lostLine(l.Paid != 0, i, "paid")
		}
		r.lostLine(l.Place != "", i, "place")
		r.lostLine(l.TIN != "", i, "tin")
		r.lostLine(l.NPI != "", i, "npi")
		r.lostLine(l.Referring != "", i, "referring")
		r.lostLine(l.Allowed != 0, i, "allowed")
		r.lostLine(l.Diagnosis != "", i, "diagnosis")
		r.lostLine(l.Denial != "", i, "denial")
		r.lostLine(l.Processing != "", i, "processing")
	}
}

func (r *CCLF) provider(role claim.Role, npi string) {
	if npi != "" {
		r.claim.Providers = append(r.claim.Providers, claim.Provider{Role: role, NPI: npi})
	}
}

func (r *CCLF) lostLine(present bool, i int, field string) {
	if present {
		r.lost(true, "lines["+strconv.Itoa(i)+"]."+field)
	}
}

// line takes what all lines of services have.
func (r *CCLF) line(i int, l *feed.Line) *claim.Line {
	out := claim.Line{Number: int(l.Number), From: l.From, Through: l.Thru, Procedure: l.Code, Units: money.Fixed{Value: l.Units, Scale: 4}}
	if l.Code != "" {
		out.ProcedureKind = "HC"
	}
	if l.Units != 0 {
		out.UnitKind = "UN"
	}
	copy(out.Modifiers[:], l.Modifiers[:4])
	r.lostLine(l.Modifiers[4] != "", i, "modifiers")
	r.lostLine(l.Specialty != "", i, "specialty")
	r.lostLine(l.PrimaryPayer != "", i, "primaryPayer")
	r.lostLine(l.DaysSupply != 0, i, "daysSupply")
	r.lostLine(l.Fill != "", i, "fill")
	r.lostLine(l.DispenseAsWritten != "", i, "dispenseAsWritten")
	r.claim.Lines = append(r.claim.Lines, out)
	return &r.claim.Lines[len(r.claim.Lines)-1]
}

// supplier takes a claim of CCLF5 or CCLF6.
func (r *CCLF) supplier(c *feed.Claim) {
	out := &r.claim
	out.Form, out.FilingIndicator = claim.Professional, "MB"
	out.Billing = claim.Provider{Role: claim.Billing, Organization: true}
	denied := len(c.Lines) > 0
	var allowed money.Cents
	for i := range c.Lines {
		l := &c.Lines[i]
		line := r.line(i, l)
		line.PlaceOfService = l.Place
		line.DiagnosisPointers[0] = r.point(l.Diagnosis)
		r.lostLine(l.Revenue != "", i, "revenue")
		if c.Setting == feed.Equipment { // who is paid; CCLF6 has no diagnoses
			r.Input.NoDiagnoses = true
			if out.Billing.NPI == "" {
				out.Billing.NPI = l.NPI
			}
			r.lostLine(l.NPI != out.Billing.NPI, i, "npi")
		} else if l.NPI != "" {
			line.Providers = append(line.Providers, claim.Provider{Role: claim.Rendering, NPI: l.NPI})
		}
		if out.Billing.TaxID == "" {
			out.Billing.TaxID = l.TIN
		}
		r.lostLine(l.TIN != out.Billing.TaxID, i, "tin")
		if l.Referring != "" {
			line.Providers = append(line.Providers, claim.Provider{Role: claim.Referring, NPI: l.Referring})
		}
		lineDenied := l.Denial == "0" || l.Processing != "" && l.Processing != "A"
		denied = denied && lineDenied
		r.stated.Lines = append(r.stated.Lines, patientaccess.StatedLine{Denied: lineDenied, Amounts: []patientaccess.Amount{
			amountOf(patientaccess.Eligible, l.Allowed, "clm_line_alowd_chrg_amt"), amountOf(patientaccess.Benefit, l.Paid, "clm_line_cvrd_pd_amt")}})
		allowed += l.Allowed
		r.lostLine(l.Denial != "" && l.Denial != "0", i, "denial")
		r.lostLine(l.Processing != "" && l.Processing != "A", i, "processing")
	}
	r.stated.Denied = denied
	r.stated.Amounts = append(r.stated.Amounts, patientaccess.Amount{Category: patientaccess.Eligible, Cents: allowed})
	r.lost(c.Facility != "", "facility")
	r.lost(c.BillType != "", "billType")
	r.lost(c.Frequency != "", "frequency")
	r.rest(c)
}

// rest names what only claims of institutions have, of others.
func (r *CCLF) rest(c *feed.Claim) {
	r.lost(c.DRG != "", "drg")
	r.lost(c.PatientStatus != "", "patientStatus")
	r.lost(c.AdmissionType != "", "admissionType")
	r.lost(c.AdmissionSource != "", "admissionSource")
	r.lost(c.Attending != "", "attending")
	r.lost(c.Operating != "", "operating")
	r.lost(c.OtherNPI != "", "otherNPI")
	r.lost(c.FacilityNPI != "", "facilityNPI")
	r.lost(c.Charge != 0, "charge")
}

// point is the place of a line's diagnosis among the principal and other ones, from 1; one
// that is not among them joins them.
func (r *CCLF) point(code string) uint8 {
	if code == "" {
		return 0
	}
	n := 0
	for i := range r.claim.Diagnoses {
		d := &r.claim.Diagnoses[i]
		if d.Kind != claim.PrincipalDiagnosis && d.Kind != claim.OtherDiagnosis {
			continue
		}
		if n++; d.Code == code {
			return uint8(min(n, 255))
		}
	}
	kind := claim.OtherDiagnosis
	if n == 0 {
		kind = claim.PrincipalDiagnosis
	}
	r.claim.Diagnoses = append(r.claim.Diagnoses, claim.Diagnosis{Code: code, Kind: kind, ICD9: r.claim.Through.Before(tenth)})
	return uint8(min(n+1, 255))
}

// drug takes a filling of CCLF7, which says what the member paid and nothing of what the plan did.
func (r *CCLF) drug(c *feed.Claim) {
	out := &r.claim
	out.Form = claim.Pharmacy
	out.Billing = claim.Provider{Role: claim.Billing, Organization: true}
	out.Dispensing = &claim.Dispensing{}
	if c.ControlNumber != "" {
		r.Input.Numbers = append(r.Input.Numbers, patientaccess.Number{System: variable("CLM_LINE_RX_SRVC_RFRNC_NUM"), Value: c.ControlNumber})
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		out.Lines = append(out.Lines, claim.Line{Number: int(l.Number), From: l.From, Through: l.Thru,
			Drug: &claim.Drug{NDC: l.Code, Quantity: money.Fixed{Value: l.Units, Scale: 4}}})
		if l.DaysSupply != 0 {
			out.Dispensing.DaysSupply = strconv.FormatInt(l.DaysSupply, 10)
		}
		out.Dispensing.Fill, out.Dispensing.DispenseAsWritten = l.Fill, l.DispenseAsWritten
		pharmacy := &out.Billing
		if len(l.NPI) == len("1000000012") {
			pharmacy.NPI = l.NPI
		} else if l.NPI != "" {
			pharmacy.References = []claim.Reference{{Qualifier: patientaccess.PharmacyNumber, Value: l.NPI}}
		}
		if len(l.Referring) == len("1000000012") {
			r.provider(claim.Prescribing, l.Referring)
		} else {
			r.lostLine(l.Referring != "", i, "referring")
		}
		paid := []patientaccess.Amount{amountOf(patientaccess.PaidByPatient, l.Paid, "clm_line_bene_pmt_amt")}
		r.stated.Lines = append(r.stated.Lines, patientaccess.StatedLine{Amounts: paid})
		r.stated.Amounts = append(r.stated.Amounts, paid...)
		r.lostLine(l.Revenue != "", i, "revenue")
		r.lostLine(l.Modifiers != [5]string{}, i, "modifiers")
		r.lostLine(l.Place != "", i, "place")
		r.lostLine(l.Specialty != "", i, "specialty")
		r.lostLine(l.TIN != "", i, "tin")
		r.lostLine(l.Allowed != 0, i, "allowed")
		r.lostLine(l.Diagnosis != "", i, "diagnosis")
		r.lostLine(l.Denial != "", i, "denial")
		r.lostLine(l.Processing != "", i, "processing")
		r.lostLine(l.PrimaryPayer != "", i, "primaryPayer")
	}
	r.lost(c.Paid != 0 && len(c.Lines) == 0, "paid")
	r.lost(c.Facility != "", "facility")
	r.lost(c.BillType != "", "billType")
	r.lost(c.Frequency != "", "frequency")
	r.rest(c)
}
