// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Filter tells which claims' diagnoses count for risk adjustment (42 CFR 422.310(b);
// CMS's encounter data diagnosis filtering): professional claims with an eligible
// procedure, hospital inpatient claims by bill type, hospital outpatient claims by bill
// type with an eligible procedure. The list of procedures is that of the year of
// service.
type Filter struct {
	procedures map[string]bool
	settings   map[string]billType // by the two digits of the bill type
	version    string
}

type billType struct {
	setting         string
	needsProcedures bool
}

// NewFilter reads the tables of a year of service.
func NewFilter(cat *refdata.Catalog, on civil.Date) (*Filter, error) {
	t, err := cat.Load("hcc.procedures", on)
	if err != nil {
		return nil, err
	}
	f := &Filter{procedures: make(map[string]bool, t.Rows), settings: map[string]billType{}, version: t.Version}
	b := t.Bind()
	for _, code := range b.Text("code") {
		f.procedures[code] = true
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	if t, err = cat.Load("hcc.billtypes", on); err != nil {
		return nil, err
	}
	b = t.Bind()
	code, setting, needs := b.Text("bill_type"), b.Text("setting"), b.Text("procedures")
	for i := range code {
		f.settings[code[i]] = billType{setting[i], needs[i] == "yes"}
	}
	return f, b.Err()
}

// EligibleDiagnoses appends to into the ICD-10-CM codes of a claim that count. A claim
// counts whole or not at all, as in CMS's filter; voids, dental claims, ICD-9 codes,
// admitting diagnoses, reasons for visit and external causes never do.
func (f *Filter) EligibleDiagnoses(c *claim.Claim, into []string, t *trace.Trace) []string {
	reason, ok := f.eligible(c)
	if t.On() {
		result := "diagnoses count"
		if !ok {
			result = "diagnoses do not count"
		}
		t.Add(trace.Step{Name: "claim " + c.ID, Inputs: []trace.Input{trace.In("reason", reason)}, Result: result,
			Table: &trace.Row{Table: "hcc.procedures", Version: f.version, Key: reason}, Cite: "42 CFR 422.310(b)"})
	}
	if !ok {
		return into
	}
	for i := range c.Diagnoses {
		d := &c.Diagnoses[i]
		if !d.ICD9 && (d.Kind == claim.PrincipalDiagnosis || d.Kind == claim.OtherDiagnosis) {
			into = append(into, d.Code)
		}
	}
	return into
}

// eligible gives the deciding code or the reason.
func (f *Filter) eligible(c *claim.Claim) (reason string, ok bool) {
	if c.Frequency == '8' {
		return "void claim", false
	}
	switch c.Form {
	case claim.Professional:
		return f.procedure(c)
	case claim.Institutional:
		b, known := f.settings[c.BillType]
		if !known {
			return "bill type " + c.BillType, false
		}
		if !b.needsProcedures {
			return b.setting + " bill type " + c.BillType, true
		}
		return f.procedure(c)
	}
	return c.Form.String() + " claim", false
}

func (f *Filter) procedure(c *claim.Claim) (string, bool) {
	for i := range c.Lines {
		if l := &c.Lines[i]; f.procedures[l.Procedure] {
			return "procedure " + l.Procedure, true
		}
	}
	return "no eligible procedure", false
}

// Procedure tells whether a HCPCS code makes a professional claim, or an outpatient one of
// the right bill type, count.
func (f *Filter) Procedure(code string) bool { return f.procedures[code] }

// BillType tells whether institutional claims of a bill type (facility and classification,
// "11") count, and whether they need an eligible procedure.
func (f *Filter) BillType(code string) (counts, needsProcedure bool) {
	b, known := f.settings[code]
	return known, b.needsProcedures
}

// Version is that of the list of procedures.
func (f *Filter) Version() string { return f.version }
