// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Variables is the base of the URIs that CMS gives the columns of its claim files; the number
// of a claim stands in the system of its column.
const Variables = "https://bluebutton.cms.gov/resources/variables/"

// amountCodes is the system in which a column's URI names a kind of amount.
const amountCodes = "https://bluebutton.cms.gov/resources/codesystem/adjudication"

func variable(column string) string { return Variables + strings.ToLower(column) }

// variable is the URI of a column, made once.
func (r *RIF) variable(column string) string {
	if r.uris == nil {
		r.uris = map[string]string{}
	}
	uri, ok := r.uris[column]
	if !ok {
		uri = variable(column)
		r.uris[column] = uri
	}
	return uri
}

// Members finds the Medicare Beneficiary Identifier of a BENE_ID.
type Members interface {
	MBI(beneID string) (mbi string, ok bool)
}

// UnknownMemberError says that no beneficiary file names the member of a claim.
type UnknownMemberError struct {
	File string
	Line int
}

func (e *UnknownMemberError) Error() string {
	return fmt.Sprintf("%s, line %d, field BENE_ID: no beneficiary file has this beneficiary; the claim belongs to nobody", e.File, e.Line)
}

// RIF reads claims. Its memory is used again by the next claim; it is not safe for use by
// several goroutines.
type RIF struct {
	// Members finds the members' Medicare Beneficiary Identifiers. Without it members go by
	// their BENE_ID.
	Members Members
	// Input is the claim that was read last, and Losses the columns that have no place in
	// it. What the mapping of the Input loses comes on top.
	Input  patientaccess.Input
	Losses []patientaccess.Loss

	uris    map[string]string // of columns
	f       fields
	claim   claim.Claim
	payment claim.ClaimPayment
	stated  patientaccess.Stated
}

// Read reads a claim. The error is a *rif.RecordError or an *UnknownMemberError.
func (r *RIF) Read(b *rif.Block) error {
	if err := r.f.reset(b); err != nil {
		return err
	}
	r.start()
	if err := r.member(b); err != nil {
		return err
	}
	switch r.f.h.Kind {
	case rif.Carrier, rif.DME:
		r.supplier()
	case rif.PDE:
		r.event()
	default:
		r.institution()
	}
	if err := r.f.err(); err != nil {
		return err
	}
	r.Losses = r.f.losses(r.Losses[:0])
	return nil
}

// start empties what is used again.
func (r *RIF) start() {
	c, s := &r.claim, &r.stated
	*c = claim.Claim{Providers: c.Providers[:0], Diagnoses: c.Diagnoses[:0], Procedures: c.Procedures[:0], Lines: c.Lines[:0]}
	r.payment = claim.ClaimPayment{Status: claim.Primary}
	*s = patientaccess.Stated{Amounts: s.Amounts[:0], Lines: s.Lines[:0]}
	r.Input = patientaccess.Input{Claim: c, Payment: &r.payment, Stated: s, MemberSystem: patientaccess.MBI, Sketch: true,
		Format:  patientaccess.FromPartner,
		Numbers: r.Input.Numbers[:0]}
}

// member takes what all claims begin with: whose it is, its number and its state.
func (r *RIF) member(b *rif.Block) error {
	f, c := &r.f, &r.claim
	c.PatientIsSubscriber, c.Patient.ID, c.Patient.Relationship = true, f.text("BENE_ID"), "18"
	if r.Members == nil {
		r.Input.MemberSystem = r.variable("BENE_ID")
	} else {
		mbi, ok := r.Members.MBI(c.Patient.ID)
		if !ok {
			return &UnknownMemberError{b.File, b.Line}
		}
		c.Patient.ID = mbi
	}
	number := "CLM_ID"
	if f.h.Kind == rif.PDE {
		number = "PDE_ID"
	}
	r.Input.System = r.variable(number)
	r.payment.ControlNumber = f.text(number)
	r.number("CLM_GRP_ID")
	r.payment.Charge = 0
	switch load, final := f.text("DML_IND"), f.text("FINAL_ACTION"); {
	case load != "INSERT" && load != "UPDATE" && load != "DELETE" && load != "":
		f.refuse(0, "DML_IND", load, "is none of INSERT, UPDATE and DELETE")
	case final != "F" && final != "N" && final != "":
		f.refuse(0, "FINAL_ACTION", final, "is neither F (final) nor N")
	case load == "DELETE" || final == "N": // superseded
		r.payment.Status = claim.Reversal
	}
	return nil
}

// number takes a further number of the claim.
func (r *RIF) number(column string) {
	if v := r.f.text(column); v != "" {
		r.Input.Numbers = append(r.Input.Numbers, patientaccess.Number{System: r.variable(column), Value: v})
	}
}

// amount takes a column of the claim as an amount of a kind. The amounts that are not zero
// are kept, and those that are always said.
func (r *RIF) amount(kind patientaccess.Category, column string) money.Cents {
	return r.amountOf(&r.stated.Amounts, 0, kind, column)
}

func (r *RIF) amountOf(to *[]patientaccess.Amount, row int, kind patientaccess.Category, column string) money.Cents {
	given := r.f.peek(row, column) != ""
	c := r.f.cents(row, column)
	if c != 0 || given && (kind == patientaccess.Submitted || kind == patientaccess.Benefit) {
		*to = append(*to, patientaccess.Amount{Category: kind, Cents: c, Source: amountCodes, Code: r.variable(column)})
	}
	return c
}

// line starts a stated line in the memory of an earlier one.
func (r *RIF) line() *patientaccess.StatedLine {
	l := &r.stated.Lines
	if len(*l) < cap(*l) {
		*l = (*l)[:len(*l)+1]
	} else {
		*l = append(*l, patientaccess.StatedLine{})
	}
	s := &(*l)[len(*l)-1]
	*s = patientaccess.StatedLine{Amounts: s.Amounts[:0], Reasons: s.Reasons[:0]}
	return s
}

// sum adds up an amount of the lines for the claim, for claims whose header does not say it.
func (r *RIF) sum(kind patientaccess.Category) (total money.Cents) {
	for i := range r.stated.Lines {
		for _, a := range r.stated.Lines[i].Amounts {
			if a.Category == kind {
				total += a.Cents
			}
		}
	}
	return total
}

// owed says what the member owes: the deductible and coinsurance.
func (r *RIF) owed(list *[]patientaccess.Amount) {
	var total money.Cents
	for _, a := range *list {
		if a.Category == patientaccess.Deductible || a.Category == patientaccess.Coinsurance {
			total += a.Cents
		}
	}
	*list = append(*list, patientaccess.Amount{Category: patientaccess.MemberLiability, Cents: total})
}

// provider adds a provider of the claim by its NPI column.
func (r *RIF) provider(role claim.Role, column string) {
	if npi := r.f.text(column); npi != "" {
		r.claim.Providers = append(r.claim.Providers, claim.Provider{Role: role, NPI: npi})
	}
}

// adjudicated takes the date of the decision: the contractor's, or the week in which the
// national claims history took the claim in.
func (r *RIF) adjudicated() {
	if r.Input.Adjudicated = r.f.date(0, "FI_CLM_PROC_DT"); r.Input.Adjudicated.IsZero() {
		r.Input.Adjudicated = r.f.date(0, "NCH_WKLY_PROC_DT")
	}
}
