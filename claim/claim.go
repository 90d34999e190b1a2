// SPDX-License-Identifier: Apache-2.0

// Package claim holds the words that every part of Woodlawn shares: the claim as
// a provider bills it, and the remittance that answers it. It knows no file
// format: edi reads and writes X12, payment prices, interop maps to FHIR.
package claim

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Form is the kind of claim.
type Form uint8

// The forms of a claim.
const (
	Professional  Form = iota + 1 // CMS-1500, 837P
	Institutional                 // UB-04, 837I
	Dental                        // ADA, 837D
	Pharmacy                      // NCPDP, Part D events
)

func (f Form) String() string {
	switch f {
	case Professional:
		return "professional"
	case Institutional:
		return "institutional"
	case Dental:
		return "dental"
	case Pharmacy:
		return "pharmacy"
	}
	return "unknown"
}

// MarshalText writes the name of the form.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Claim is one claim. Its strings may share one backing text; slices are reused
// by readers that say so. Codes are as billed: no points in ICD-10 codes, upper case.
type Claim struct {
	Form   Form
	Source Source

	// ID is the provider's own number of the claim (patient control number).
	ID string
	// PayerControlNumber is the payer's number of an earlier version of this
	// claim, given when Frequency is 7 or 8.
	PayerControlNumber string
	Charge             money.Cents
	// Frequency is 1 original, 7 replacement, 8 void, or another NUBC code.
	Frequency byte
	// PlaceOfService is the claim's place of service code (professional).
	PlaceOfService string
	// BillType is the two-digit facility code (institutional, without the leading
	// zero and without Frequency): "11" is hospital inpatient.
	BillType string

	// AcceptsAssignment is A, B or C as billed; Medicare pays the provider on A.
	AcceptsAssignment byte
	// ProviderSigned (CLM06), BenefitsAssigned (CLM08), Release (CLM09) and
	// PatientSignature (CLM10) are the codes as billed, 0 if absent.
	ProviderSigned, BenefitsAssigned, Release, PatientSignature byte
	// FilingIndicator is the kind of insurance (MA Part A, MB Part B, ...).
	FilingIndicator string
	PriorAuth       string
	Referral        string

	From, Through civil.Date // statement or claim dates of service

	// Institutional only.
	Admission         civil.Date
	AdmissionHour     string // HHMM as billed
	DischargeHour     string
	AdmissionType     byte
	AdmissionSource   byte
	PatientStatus     string // discharge status, NUBC FL 17
	MedicalRecord     string
	DRG               string // as billed; the grouper's answer is elsewhere
	DelayReason       string
	SpecialProgram    string
	RelatedCauses     []string // auto accident, employment, other
	AccidentState     string
	AccidentCountry   string
	Homebound         bool
	Demonstration     string // demonstration project identifier
	MammographyCert   string
	CLIA              string
	InvestigationalID string // IDE number

	PatientPaid money.Cents

	Billing    Provider
	PayTo      Provider
	Providers  []Provider // rendering, referring, facility, attending, ...
	Subscriber Person
	Patient    Person // equal to Subscriber when the patient is the subscriber
	// PatientIsSubscriber tells whether the patient and the subscriber are one.
	PatientIsSubscriber bool
	Payer               Payer
	// PayToPlan is the plan that bills for the provider, nil if none.
	PayToPlan *Payer
	// InsuranceType is the Medicare secondary payer type (SBR05).
	InsuranceType string
	// Responsibility is P primary, S secondary, T tertiary, ... for this payer.
	Responsibility byte
	OtherPayers    []OtherPayer

	Diagnoses       []Diagnosis
	Procedures      []Procedure
	ValueCodes      []ValueCode
	ConditionCodes  []string
	OccurrenceCodes []Occurrence
	OccurrenceSpans []OccurrenceSpan
	TreatmentCodes  []string

	Dates       []QualifiedDate
	References  []Reference
	Amounts     []QualifiedAmount
	Notes       []Note
	Attachments []Attachment
	Conditions  []ConditionIndicator // CRC: ambulance, EPSDT, homebound, vision
	Ambulance   *Ambulance
	Spinal      *Spinal
	Dispensing  *Dispensing // pharmacy only

	// Dental only.
	Orthodontics *Orthodontics
	ToothStatus  []ToothStatus
	// Predetermination asks what would be paid; nothing was done yet.
	Predetermination bool

	Lines []Line

	// Unmodelled holds every segment of the claim that no field above carries, in
	// order, so that nothing of it is lost.
	Unmodelled []Segment
}

// Source says where in which file a claim was read.
type Source struct {
	File        string // base name
	Interchange string // ISA13
	Group       string // GS06
	Transaction string // ST02
	Segment     int    // position of CLM in the transaction, ST is 1
	Offset      int64  // byte offset of CLM in the file
	Index       int    // claim number in the file, from 0
	Submitter   string // NM109 of loop 1000A
	Receiver    string // NM109 of loop 1000B
	Version     string // GS08
}

// Segment is raw text that is kept as it came.
type Segment struct {
	Loop string // guide loop id
	Text string // with the file's own delimiters, without the terminator
}

// Role is what a provider did on a claim or line.
type Role uint8

// The roles of providers.
const (
	Billing Role = iota + 1
	PayTo
	Rendering
	Referring
	PrimaryCare
	Supervising
	Ordering
	Purchased
	Facility // service facility location
	Attending
	Operating
	OtherOperating
	Assistant
	PickUp  // ambulance pick-up location
	DropOff // ambulance drop-off location
	Prescribing
)

func (r Role) String() string {
	names := [...]string{"", "billing", "pay-to", "rendering", "referring", "primary care", "supervising", "ordering",
		"purchased service", "service facility", "attending", "operating", "other operating", "assistant surgeon",
		"ambulance pick-up", "ambulance drop-off", "prescribing"}
	if int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}

// MarshalText writes the name of the role.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Provider is a person, organisation or place that has a role on a claim.
type Provider struct {
	Role         Role
	Organization bool
	Name         Name
	NPI          string
	Taxonomy     string
	TaxID        string
	TaxIDIsSSN   bool
	Address      Address
	References   []Reference
	Contact      Contact
}

// Contact is who to call.
type Contact struct{ Name, Phone, Fax, Email, Extension, Website string }

// Name is a person's or, in Last, an organisation's name.
type Name struct{ Last, First, Middle, Prefix, Suffix string }

// Address is a postal address; ZIP has 5 or 9 digits.
type Address struct{ Line1, Line2, City, State, ZIP, Country, Subdivision string }

// Person is a subscriber or patient. ID is the member number: for Medicare the
// Medicare Beneficiary Identifier.
type Person struct {
	Name    Name
	ID      string
	Address Address
	// IDKind is the kind of ID (NM108) where it is not the usual MI.
	IDKind       string
	Born, Died   civil.Date
	Sex          byte // F, M or U as billed
	Relationship string
	Group        string
	GroupName    string
	SSN          string
	PropertyID   string // property and casualty claim number
	Weight       money.Fixed
	Pregnant     bool
}

// Payer names a payer.
type Payer struct {
	Name    string
	ID      string
	IDKind  string // PI payer identification, XV national plan id
	Address Address
	// ClaimOffice and other references.
	References []Reference
}

// OtherPayer is another insurer on the claim and what it has paid.
type OtherPayer struct {
	Responsibility    byte
	Relationship      string
	Group, GroupName  string
	InsuranceType     string // Medicare secondary payer type: 12, 13, 43, ...
	FilingIndicator   string
	Payer             Payer
	Subscriber        Person
	Paid              money.Cents
	PaidKnown         bool
	NonCovered        money.Cents
	RemainingLiable   money.Cents
	PaidDate          civil.Date
	Adjustments       []Adjustment
	Assigned          byte
	Released          byte
	ControlNumber     string
	OutpatientRemarks []string
	Unmodelled        []Segment
}

// DiagnosisKind is the part that a diagnosis plays.
type DiagnosisKind uint8

// The kinds of diagnosis.
const (
	PrincipalDiagnosis DiagnosisKind = iota + 1
	OtherDiagnosis
	AdmittingDiagnosis
	ReasonForVisit
	ExternalCause
)

// Diagnosis is an ICD-10-CM code (ICD-9-CM if ICD9 is set).
type Diagnosis struct {
	Code string
	Kind DiagnosisKind
	POA  byte // Y, N, U, W, 1 or 0 if absent
	ICD9 bool
}

// Procedure is an ICD-10-PCS procedure of an inpatient claim.
type Procedure struct {
	Code      string
	Date      civil.Date
	Principal bool
	ICD9      bool
}

// ValueCode is a NUBC value code with its amount. Amounts that are no money
// (days, numbers) are hundredths all the same.
type ValueCode struct {
	Code   string
	Amount money.Cents
}

// Occurrence is a NUBC occurrence code.
type Occurrence struct {
	Code string
	Date civil.Date
}

// OccurrenceSpan is a NUBC occurrence span code.
type OccurrenceSpan struct {
	Code          string
	From, Through civil.Date
}

// QualifiedDate is a date with its X12 qualifier (DTP01); To is set for a range.
type QualifiedDate struct {
	Qualifier string
	From, To  civil.Date
	Time      string // HHMM when the date has a time
}

// Reference is an identifier with its X12 qualifier (REF01).
type Reference struct{ Qualifier, Value string }

// QualifiedAmount is an amount with its X12 qualifier (AMT01).
type QualifiedAmount struct {
	Qualifier string
	Amount    money.Cents
}

// Note is free text with its X12 qualifier (NTE01).
type Note struct{ Qualifier, Text string }

// Attachment announces paperwork (PWK).
type Attachment struct{ ReportType, Transmission, ControlNumber string }

// ConditionIndicator is a CRC segment: a category, yes or no, and its codes.
type ConditionIndicator struct {
	Category string
	Applies  bool
	Codes    []string
}

// Ambulance is the transport of a CR1 segment. Miles has one decimal or more.
type Ambulance struct {
	Weight        string
	TransportCode string
	Reason        string
	Miles         money.Fixed
	RoundTripNote string
	StretcherNote string
}

// Spinal is the chiropractic record of a CR2 segment.
type Spinal struct{ Condition, Description1, Description2 string }

// Line is one service line.
type Line struct {
	Number  int
	Control string // provider's line number (REF*6R)

	// ProcedureKind is HC for HCPCS, HP for HIPPS, ER, IV, WK as billed.
	ProcedureKind string
	Procedure     string
	Modifiers     [4]string
	Description   string
	Revenue       string // four digits (institutional)
	Charge        money.Cents
	NonCovered    money.Cents
	Units         money.Fixed
	UnitKind      string // UN units, MJ minutes, DA days
	// PlaceOfService overrides the claim's.
	PlaceOfService    string
	DiagnosisPointers [4]uint8 // 1-based into the claim's principal and other diagnoses; 0 is none
	From, Through     civil.Date
	Emergency         bool
	EPSDT             bool
	FamilyPlanning    bool
	CopayExempt       bool
	RatePerUnit       money.Cents

	Providers []Provider
	Drug      *Drug
	// Teeth and OralCavity, areas of it, are where a dental service was done. Prosthesis
	// is I for an initial prosthesis, crown or inlay and R for a replacement.
	Teeth         []Tooth
	OralCavity    [5]string
	Prosthesis    byte
	Adjudications []LineAdjudication
	Dates         []QualifiedDate
	References    []Reference
	Amounts       []QualifiedAmount
	Notes         []Note
	Attachments   []Attachment
	Conditions    []ConditionIndicator
	Ambulance     *Ambulance
	Tests         []TestResult
	Quantities    []QualifiedQuantity // ambulance patients, anesthesia units
	Unmodelled    []Segment
}

// Drug is the NDC of a line (LIN, CTP).
type Drug struct {
	NDC          string
	Quantity     money.Fixed
	Unit         string
	Prescription string
}

// Dispensing is what a pharmacy's claim says of the prescription and its filling, in
// NCPDP's codes. Numbers are as billed, empty if they are not said.
type Dispensing struct {
	DaysSupply        string // 405-D5, days
	Fill              string // 403-D3: 0 is the first filling, 1 the first refill
	RefillsAuthorized string // 415-DF
	DispenseAsWritten string // 408-D8
	Compound          string // 406-D6: 1 no compound, 2 compound
	Origin            string // 419-DJ: how the prescription came in
	BrandGeneric      string // NCPDP's brand/generic indicator
}

// Tooth is a tooth in the Universal/National system of the American Dental Association,
// with the surfaces that were treated (B, D, F, I, L, M, O).
type Tooth struct {
	Number   string
	Surfaces [5]string
}

// ToothStatus says that a tooth is missing (M) or to be extracted (E).
type ToothStatus struct {
	Number string
	Status byte
}

// Orthodontics is the treatment of a dental claim, in months, all and to come.
type Orthodontics struct {
	Months, Remaining money.Fixed
	Indicated         bool
	Description       string
}

// TestResult is a MEA segment: hemoglobin, hematocrit, height, creatinine, ...
type TestResult struct {
	Qualifier string
	Value     money.Fixed
}

// LineAdjudication is what another payer decided on a line (loop 2430).
type LineAdjudication struct {
	PayerID string
	Paid    money.Cents
	// ProcedureKind and Procedure are what the payer decided on, as on the line.
	ProcedureKind string
	Procedure     string
	Modifiers     [4]string
	Revenue       string
	Units         money.Fixed
	BundledLine   int
	Adjustments   []Adjustment
	Date          civil.Date
	Remaining     money.Cents
}

// Provider finds the first provider of the claim in a role, or nil.
func (c *Claim) Provider(r Role) *Provider { return find(c.Providers, r) }

// Provider finds the first provider of the line in a role, or nil.
func (l *Line) Provider(r Role) *Provider { return find(l.Providers, r) }

func find(list []Provider, r Role) *Provider {
	for i := range list {
		if list[i].Role == r {
			return &list[i]
		}
	}
	return nil
}

// Principal is the principal diagnosis, or nil.
func (c *Claim) Principal() *Diagnosis {
	for i := range c.Diagnoses {
		if c.Diagnoses[i].Kind == PrincipalDiagnosis {
			return &c.Diagnoses[i]
		}
	}
	return nil
}

// ServiceDate is the date that picks the version of every rule: the discharge or
// through date of an institutional claim, the first line's date otherwise.
func (c *Claim) ServiceDate() civil.Date {
	if c.Form == Institutional {
		if !c.Through.IsZero() {
			return c.Through
		}
		return c.From
	}
	for i := range c.Lines {
		if !c.Lines[i].From.IsZero() {
			return c.Lines[i].From
		}
	}
	return c.From
}

// HasModifier tells whether the line carries the modifier.
func (l *Line) HasModifier(m string) bool {
	for _, have := range l.Modifiers {
		if have == m {
			return true
		}
	}
	return false
}
