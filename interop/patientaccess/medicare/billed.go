// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Billed counts what became of claims that a provider billed (837) and their answers (835).
type Billed struct {
	// Written are claims with their rows; Replaced and Voided those that took an earlier one
	// out of force; Reversed those whose payment was taken back and not made again.
	Written, Replaced, Voided, Reversed int
	// Paid is the sum of what was written.
	Paid money.Cents
	// NoSpecialty are lines of professional claims whose clinician's specialty is not known;
	// NoAllowed are lines without an allowed amount on the 835 (AMT*B6); Rest the claims whose
	// payment is not that of their lines: the difference stands on the first.
	NoSpecialty, NoAllowed, Rest int
}

// paidToPatient is the claim adjustment reason of what the payer sent to the patient.
const paidToPatient = "100"

// secondaryCodes are the codes of RIF files for who pays before Medicare, by X12's insurance type
// (SBR05); not verified against the specification of the files.
var secondaryCodes = map[string]string{"12": "A", "13": "B", "14": "D", "15": "E", "16": "F", "41": "H", "42": "I", "43": "G", "47": "L"}

// Bill writes a claim that was billed to Medicare, with its answer: its rows, and for a
// replacement (frequency code 7) or void (8) a row that withdraws the claim that it names by
// the payer's control number. Claims are numbered by their control number, so that one is found
// in other files and folders too. An *Unreadable says why a claim is set aside.
//
// A replacement or void that was denied leaves the earlier claim in force; where the payer
// took that back, the 835 says so by a reversal.
func (r *Research) Bill(c *claim.Claim, answers *Answers) error {
	aside := func(format string, args ...any) error { return &Unreadable{fmt.Errorf(format, args...)} }
	if c.FilingIndicator != "MA" && c.FilingIndicator != "MB" {
		return aside("its payer is not Medicare Part A or B: the claim filing indicator (SBR09) is %q", c.FilingIndicator)
	}
	kind, claimType, err := billedKind(c)
	if err != nil {
		return &Unreadable{err}
	}
	mbi := cmp.Or(c.Subscriber.ID, c.Patient.ID)
	if mbi == "" {
		return aside("the subscriber has no member number (NM109)")
	}
	if replaces(c.Frequency) && c.PayerControlNumber == "" {
		return aside("frequency code %c, but no payer control number (REF*F8) names the earlier claim", c.Frequency)
	}
	x, err := answers.Match(c)
	switch {
	case err != nil && c.Frequency == '8' && answers.WasReversed(c.PayerControlNumber):
		r.Billed.Voided++ // the reversal is the answer
		return nil
	case err != nil:
		return &Unreadable{err}
	}
	p := x.Payment
	b := billing{c: c, p: p, x: x, number: cmp.Or(p.ControlNumber, c.Billing.NPI+"/"+c.ID), kind: kind, mbi: mbi, claimType: claimType}
	if c.Frequency == '8' {
		if p.Status == claim.Denied {
			return aside("the void was denied; the earlier claim stands")
		}
		r.Billed.Voided++
		return r.withdraw(&b, c.PayerControlNumber)
	}
	if x.Reversed {
		r.Billed.Reversed++
		return r.withdraw(&b, b.number)
	}
	if err := r.write(&b); err != nil {
		return err
	}
	if c.Frequency == '7' && p.Status != claim.Denied && c.PayerControlNumber != b.number {
		r.Billed.Replaced++
		return r.withdraw(&b, c.PayerControlNumber)
	}
	return nil
}

// billedKind is the file of a claim and its NCH claim type code (ResDAC's list of NCH_CLM_TYPE_CD).
// Which types of bill are of which file was not checked against a primary text.
func billedKind(c *claim.Claim) (rif.Kind, string, error) {
	switch c.Form {
	case claim.Professional:
		return rif.Carrier, "71", nil
	case claim.Institutional:
	default:
		return 0, "", fmt.Errorf("a %v claim is no claim of Medicare Part A or B", c.Form)
	}
	switch c.BillType {
	case "11", "41":
		return rif.Inpatient, "60", nil
	case "18":
		return rif.SNF, "30", nil
	case "21", "28":
		return rif.SNF, "20", nil
	case "81", "82":
		return rif.Hospice, "50", nil
	}
	if len(c.BillType) == 2 {
		switch c.BillType[0] {
		case '3':
			return rif.HHA, "10", nil
		case '1', '2', '4', '7', '8':
			return rif.Outpatient, "40", nil
		}
	}
	return 0, "", fmt.Errorf("the type of bill %q is none of a known setting", c.BillType)
}

// billing is one claim on its way into rows.
type billing struct {
	c              *claim.Claim
	p              *claim.ClaimPayment
	x              *Answer
	number         string // the payer's control number
	kind           rif.Kind
	mbi, claimType string
	head           map[string]string
}

// hashedNumber makes a CLM_ID of a control number: 63 bits of its FNV-1a hash.
func hashedNumber(control string) string {
	h := fnv.New64a()
	io.WriteString(h, control)
	return strconv.FormatUint(h.Sum64()>>1, 10)
}

// day writes a date as RIF files may.
func day(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return string(d.AppendCompact(nil))
}

// write writes the rows of a claim and tells of its beneficiary.
func (r *Research) write(b *billing) error {
	c, p := b.c, b.p
	paid := p.Paid + sentToPatient(p.Adjustments)
	for i := range p.Lines {
		paid += sentToPatient(p.Lines[i].Adjustments)
	}
	from, through := firstDay(c), c.Through
	for i := range c.Lines {
		if c.Through.IsZero() {
			through = max(through, c.Lines[i].Through, c.Lines[i].From)
		}
	}
	if from.IsZero() || len(c.Lines) == 0 {
		return &Unreadable{fmt.Errorf("claim %s has no day of service or no line", c.ID)}
	}
	if through.IsZero() {
		through = from
	}
	b.head = map[string]string{"DML_IND": "INSERT", "BENE_ID": b.mbi, "CLM_ID": hashedNumber(b.number), "FINAL_ACTION": "F",
		"NCH_CLM_TYPE_CD": b.claimType, "NCH_WKLY_PROC_DT": day(b.x.Date), "CLM_FROM_DT": day(from), "CLM_THRU_DT": day(through)}
	for i, n := 0, 0; i < len(c.Diagnoses); i++ {
		switch d := &c.Diagnoses[i]; d.Kind {
		case claim.PrincipalDiagnosis, claim.OtherDiagnosis:
			if d.Kind == claim.PrincipalDiagnosis {
				b.head["PRNCPAL_DGNS_CD"] = d.Code
			}
			n++
			b.head["ICD_DGNS_CD"+strconv.Itoa(n)] = d.Code
		case claim.AdmittingDiagnosis:
			b.head["ADMTG_DGNS_CD"] = d.Code
		}
	}
	amounts := r.lineAmounts(b, paid)
	rows := make([]map[string]string, len(c.Lines))
	for i := range c.Lines {
		if rows[i] = map[string]string{}; b.kind == rif.Carrier {
			b.supplierLine(rows[i], i, &amounts[i])
			if rows[i]["PRVDR_SPCLTY"] = r.Specialties[rows[i]["PRF_PHYSN_NPI"]]; rows[i]["PRVDR_SPCLTY"] == "" {
				r.Billed.NoSpecialty++
			}
		} else {
			b.revenueLine(rows[i], i, &amounts[i])
		}
	}
	if b.kind == rif.Carrier {
		b.supplierHead()
	} else {
		b.institutionHead(paid)
	}
	r.billedMember(c, b.mbi)
	r.Billed.Written++
	r.Billed.Paid += paid
	if err := r.rowsOf(b.kind, b.head, rows); err != nil {
		return err
	}
	r.Claims[b.kind]++
	return nil
}

// withdraw writes a row by which a claim is out of force. Rows that follow one another with one
// CLM_ID are one claim: a leading zero keeps the row apart from the claim itself, which may stand
// right before it. The number is the same.
func (r *Research) withdraw(b *billing, control string) error {
	return r.rowsOf(b.kind, map[string]string{"DML_IND": "UPDATE", "BENE_ID": b.mbi, "CLM_ID": "0" + hashedNumber(control), "FINAL_ACTION": "N",
		"NCH_WKLY_PROC_DT": day(b.x.Date)}, []map[string]string{{"LINE_NUM": "1", "CLM_LINE_NUM": "1"}})
}

// cleanValue takes out what would end a value or a row.
var cleanValue = strings.NewReplacer("|", " ", "\n", " ", "\r", " ")

// rowsOf writes lines with what they share.
func (r *Research) rowsOf(kind rif.Kind, head map[string]string, lines []map[string]string) error {
	f, err := r.file(kind)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, line := range lines {
		for k, column := range f.columns {
			if k > 0 {
				out.WriteByte('|')
			}
			out.WriteString(cleanValue.Replace(cmp.Or(line[column], head[column])))
		}
		out.WriteByte('\n')
	}
	_, err = io.WriteString(f.w, out.String())
	return err
}

// billedMember takes what a claim says of the patient; what is known already stands.
func (r *Research) billedMember(c *claim.Claim, mbi string) {
	m, p := r.member(mbi), &c.Subscriber
	set := func(column, value string) {
		if m[column] == "" {
			m[column] = value
		}
	}
	set("MBI_NUM", mbi)
	set("BENE_SRNM_NAME", p.Name.Last)
	set("BENE_GVN_NAME", p.Name.First)
	set("BENE_SEX_IDENT_CD", map[byte]string{'M': "1", 'F': "2"}[p.Sex])
	set("BENE_BIRTH_DT", day(p.Born))
	set("DEATH_DT", day(p.Died))
	set("BENE_ZIP_CD", p.Address.ZIP)
}

func sentToPatient(adjustments []claim.Adjustment) (sum money.Cents) {
	for _, a := range adjustments {
		if a.Group == claim.PatientResponsibility && a.Reason == paidToPatient {
			sum += a.Amount
		}
	}
	return sum
}
