// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

var day = civil.Of(2025, time.November, 12)

func testMapper(t testing.TB) *Mapper {
	t.Helper()
	m, err := New(Options{Base: "https://payer.example", Key: []byte("test"), Updated: time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// member is an invented person.
func member() claim.Person {
	return claim.Person{Name: claim.Name{Last: "SAMPLE", First: "GIA"}, ID: "M100", Born: civil.Of(1950, time.May, 1), Sex: 'F',
		Address: claim.Address{Line1: "1 SAMPLE STREET", City: "SPRINGFIELD", State: "IL", ZIP: "62701"}, Relationship: "18"}
}

// bare is the least that a claim of a form needs.
func bare(form claim.Form) *Input {
	c := &claim.Claim{Form: form, ID: "C1", Charge: 15000, Frequency: '1', From: day, Through: day, PatientIsSubscriber: true,
		Patient: member(), Subscriber: member(), FilingIndicator: "16", Payer: claim.Payer{Name: "EXAMPLE PLAN", ID: "P1"},
		Billing: claim.Provider{Role: claim.Billing, Organization: true, Name: claim.Name{Last: "LAKESIDE GROUP"}, NPI: "1000000012"}}
	line := claim.Line{Number: 1, ProcedureKind: "HC", Procedure: "G0438", Charge: 15000, From: day, Through: day}
	switch form {
	case claim.Professional:
		c.PlaceOfService = "11"
	case claim.Institutional:
		c.BillType, line.Revenue = "13", "0510"
	case claim.Dental:
		c.PlaceOfService, line.ProcedureKind, line.Procedure = "11", "AD", "D0120"
		c.Providers = []claim.Provider{{Role: claim.Rendering, Name: claim.Name{Last: "RIVERA", First: "ALEX"}, NPI: "2000000010"}}
	}
	c.Diagnoses = []claim.Diagnosis{{Code: "E119", Kind: claim.PrincipalDiagnosis}}
	c.Lines = []claim.Line{line}
	p := &claim.ClaimPayment{ClaimID: "C1", Status: claim.Primary, Charge: 15000, Paid: 8000, PatientOwes: 2000, ControlNumber: "ICN1",
		Lines: []claim.LinePayment{{Number: 1, ProcedureKind: line.ProcedureKind, Procedure: line.Procedure, Charge: 15000, Paid: 8000,
			Allowed: 10000, AllowedKnown: true, Adjustments: []claim.Adjustment{
				{Group: claim.ContractualObligation, Reason: "45", Amount: 5000}, {Group: claim.PatientResponsibility, Reason: "2", Amount: 2000}}}}}
	in := &Input{Claim: c, Payment: p, Adjudicated: day.AddDays(20), Paid: day.AddDays(30), Trace: "T1"}
	if form == claim.Dental {
		in.Network = InNetwork
	}
	return in
}

// stay is an inpatient claim that is paid by DRG.
func stay() *Input {
	in := bare(claim.Institutional)
	c, p := in.Claim, in.Payment
	c.BillType, c.Admission, c.AdmissionType, c.AdmissionSource, c.PatientStatus = "11", day.AddDays(-3), '1', '1', "01"
	c.From = day.AddDays(-3)
	c.MedicalRecord = "MR7"
	c.Diagnoses = []claim.Diagnosis{{Code: "J189", Kind: claim.PrincipalDiagnosis, POA: 'Y'}, {Code: "J189", Kind: claim.AdmittingDiagnosis},
		{Code: "L89154", Kind: claim.OtherDiagnosis, POA: 'N'}, {Code: "W19XXXA", Kind: claim.ExternalCause, POA: 'Y'}}
	c.Procedures = []claim.Procedure{{Code: "0BH17EZ", Date: day, Principal: true}}
	c.Providers = []claim.Provider{{Role: claim.Attending, Name: claim.Name{Last: "RIVERA", First: "ALEX"}, NPI: "2000000010", Taxonomy: "207R00000X"}}
	p.DRG = "194"
	p.Lines = nil
	p.Adjustments = []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "45", Amount: 5000},
		{Group: claim.PatientResponsibility, Reason: "1", Amount: 2000}}
	p.Inpatient = &claim.InpatientAdjudication{Remarks: []string{"MA01"}}
	in.Allowed, in.AllowedKnown = 10000, true
	return in
}

// transport is an ambulance claim with all that the guide has for one, of a child
// on a parent's plan with another payer before it.
func transport() *Input {
	in := bare(claim.Professional)
	c := in.Claim
	c.PatientIsSubscriber = false
	c.Patient = claim.Person{Name: claim.Name{Last: "SAMPLE", First: "FINN"}, Born: civil.Of(2015, time.March, 3), Sex: 'M', Relationship: "19"}
	c.Subscriber.Relationship, c.Subscriber.Group, c.Subscriber.GroupName = "", "G5", "EXAMPLE WORKS"
	c.Ambulance = &claim.Ambulance{Weight: "70", Reason: "A", Miles: money.Fixed{Value: 125, Scale: 1}, RoundTripNote: "THERE AND BACK"}
	c.Providers = []claim.Provider{
		{Role: claim.PickUp, Address: claim.Address{Line1: "1 SAMPLE STREET", City: "SPRINGFIELD", State: "IL", ZIP: "62701"}},
		{Role: claim.DropOff, Name: claim.Name{Last: "LAKESIDE HOSPITAL"}},
		{Role: claim.Facility, Organization: true, Name: claim.Name{Last: "LAKESIDE HOSPITAL"}, NPI: "3000000018"},
		{Role: claim.Referring, Name: claim.Name{Last: "MODEL", First: "DAN"}, NPI: "2000000036"}}
	c.OtherPayers = []claim.OtherPayer{{Responsibility: 'P', Relationship: "19", Payer: claim.Payer{Name: "FIRST PLAN", ID: "F1"},
		Subscriber: claim.Person{ID: "F100", Name: claim.Name{Last: "SAMPLE", First: "BEN"}}, Paid: 1000, PaidKnown: true}}
	c.RelatedCauses, c.AccidentState = []string{"AA"}, "IL"
	c.PayerControlNumber, c.Frequency, c.PriorAuth, c.Referral = "ICN0", '7', "PA1", "R1"
	c.Lines[0].Drug = &claim.Drug{NDC: "00777310502", Quantity: money.Fixed{Value: 2}, Unit: "UN"}
	c.Lines[0].Modifiers = [4]string{"RH", "25"}
	in.Payment.Lines[0].Modifiers = c.Lines[0].Modifiers
	c.Lines[0].DiagnosisPointers = [4]uint8{1}
	c.Lines[0].Units, c.Lines[0].UnitKind = money.Fixed{Value: 15, Scale: 1}, "UN"
	return in
}

// clinic is an outpatient claim with every kind of diagnosis and provider, one line
// denied and one reduced for another payer.
func clinic() *Input {
	in := bare(claim.Institutional)
	c, p := in.Claim, in.Payment
	facility := claim.Provider{Role: claim.Facility, Organization: true, Name: claim.Name{Last: "LAKESIDE CLINIC"}, NPI: "3000000026"}
	c.Providers = []claim.Provider{{Role: claim.Attending, Name: claim.Name{Last: "RIVERA", First: "ALEX"}, NPI: "2000000010"}, facility,
		{Role: claim.Rendering, Name: claim.Name{Last: "MODEL", First: "EVE"}, NPI: "2000000028"}, {Role: claim.Operating, Name: claim.Name{Last: "TESTER"}}}
	facility.Taxonomy, facility.NPI = "261QM1300X", "3000000034"
	c.Lines[0].Providers = []claim.Provider{facility}
	c.Diagnoses = append(c.Diagnoses, claim.Diagnosis{Code: "R05", Kind: claim.ReasonForVisit}, claim.Diagnosis{Code: "I10", Kind: claim.AdmittingDiagnosis},
		claim.Diagnosis{Code: "E8120", Kind: claim.ExternalCause, ICD9: true})
	second := claim.Line{Number: 2, Revenue: "0250", Charge: 1000}
	c.Lines, c.Charge, p.Charge = append(c.Lines, second), 16000, 16000
	p.Lines = append(p.Lines, claim.LinePayment{Number: 2, Revenue: "0250", Charge: 1000,
		Adjustments: []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "97", Amount: 1000}}, Remarks: []string{"N56"}})
	p.Adjustments = []claim.Adjustment{{Group: claim.OtherAdjustment, Reason: "23", Amount: 500}}
	p.Paid -= 500
	p.Outpatient = &claim.OutpatientAdjudication{Remarks: []string{"MA01"}}
	return in
}

// charges is a stay that is paid by line, of a claim that leaves out what it can.
func charges() *Input {
	in := stay()
	in.Payment.Lines, in.Payment.Adjustments = bare(claim.Institutional).Payment.Lines, nil
	in.Allowed, in.AllowedKnown = 0, false
	c := in.Claim
	c.Admission, c.Lines[0].Revenue, c.Lines[0].Procedure, in.Payment.Lines[0].Procedure = 0, "", "", ""
	c.Patient.Name, c.Patient.Sex, c.Patient.Born = claim.Name{}, 0, 0
	c.Subscriber = c.Patient
	return in
}

// sparse is a professional claim of a person that leaves out what it can.
func sparse() *Input {
	in := bare(claim.Professional)
	c := in.Claim
	c.PlaceOfService, c.Through, c.Lines[0].From, c.Lines[0].Through = "", day.AddDays(2), 0, 0
	c.Billing = claim.Provider{Role: claim.Billing, TaxID: "360000001"}
	c.Providers = []claim.Provider{{Role: claim.Referring, NPI: "2000000036"}}
	c.Lines[0].ProcedureKind, in.Payment.Lines[0].ProcedureKind = "ER", "ER"
	in.Payment.Status, in.Payment.ControlNumber = claim.Reversal, ""
	return in
}

// denture is a dental claim with all that the guide has for teeth.
func denture() *Input {
	in := bare(claim.Dental)
	c := in.Claim
	c.Orthodontics = &claim.Orthodontics{Months: money.Fixed{Value: 24}, Indicated: true}
	c.Dates = []claim.QualifiedDate{{Qualifier: "452", From: day.AddDays(-9)}}
	c.ToothStatus = []claim.ToothStatus{{Number: "17", Status: 'M'}}
	c.Lines[0].Teeth = []claim.Tooth{{Number: "12", Surfaces: [5]string{"M", "O"}}, {Number: "13"}}
	c.Lines[0].OralCavity[0], c.Lines[0].Prosthesis = "10", 'R'
	c.Lines[0].Dates = []claim.QualifiedDate{{Qualifier: "441", From: civil.Of(2015, time.June, 7)}}
	return in
}

// filling is a pharmacy's claim; the payer states its amounts by kind.
func filling() *Input {
	in := bare(claim.Professional)
	c, p := in.Claim, in.Payment
	c.Form, c.ID, c.PlaceOfService, c.Diagnoses = claim.Pharmacy, "ICN1", "", nil
	c.Dispensing = &claim.Dispensing{DaysSupply: "30", Fill: "1", DispenseAsWritten: "0", Compound: "1", Origin: "3"}
	c.Providers = []claim.Provider{{Role: claim.Prescribing, Name: claim.Name{Last: "RIVERA", First: "ALEX"}, NPI: "2000000010"}}
	c.Lines = []claim.Line{{Number: 1, From: day, Through: day, Description: "EXAMPLE DRUG",
		Drug: &claim.Drug{NDC: "00777310502", Quantity: money.Fixed{Value: 60}, Unit: "EA"}}}
	p.Lines, p.PatientOwes, p.ClaimID, p.Paid = nil, 0, c.ID, 13000
	paid := []Amount{{DrugCost, 15000, "", ""}, {PaidByPatient, 2000, "https://payer.example/amounts", "copay"}, {Benefit, 13000, "", ""}}
	in.Stated = &Stated{Amounts: paid, Lines: []StatedLine{{Amounts: paid}}}
	in.Plan, in.System, in.Numbers = "H1234-001", "https://payer.example/pde", []Number{{"https://payer.example/rx", "700"}}
	return in
}

// rejected is a pharmacy's claim that was refused; the payer's answer is that of a
// remittance.
func rejected() *Input {
	in := filling()
	in.Claim.Dispensing.BrandGeneric, in.Claim.Dispensing.RefillsAuthorized = "1", "3"
	in.Stated = nil
	in.Claim.Lines[0].Charge, in.Payment.Paid = 15000, 0
	in.Payment.Lines = []claim.LinePayment{{Number: 1, Charge: 15000, PharmacyRejects: []string{"70"},
		Adjustments: []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "16", Amount: 15000}}}}
	return in
}

// compound is a mixture, of which less is known.
func compound() *Input {
	in := filling()
	in.Claim.Dispensing = &claim.Dispensing{Compound: "2"}
	in.Claim.Providers = nil
	in.Claim.Lines[0].Description = ""
	in.Claim.Billing = claim.Provider{Role: claim.Billing, Organization: true, References: []claim.Reference{{Qualifier: PharmacyNumber, Value: "0000007"}}}
	return in
}

func fixtures() map[string]*Input {
	return map[string]*Input{"filling": filling(), "denture": denture(), "compound": compound(), "rejected": rejected(),
		"professional": bare(claim.Professional), "outpatient": bare(claim.Institutional), "oral": bare(claim.Dental),
		"inpatient": stay(), "transport": transport(), "clinic": clinic(),
		"charges": charges(), "sparse": sparse()}
}

func mapped(t testing.TB, in *Input) *Set {
	t.Helper()
	var s Set
	if err := testMapper(t).Map(in, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}
