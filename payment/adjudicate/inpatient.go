// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/payment/edits"
	"github.com/woodlawn-health/woodlawn/payment/ipps"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

// Inpatient is what editing, grouping and pricing said of a stay.
type Inpatient struct {
	DRG, MDC, InitialDRG int
	Title, MDCTitle      string
	Grouper              string // version
	Severity, Type       string
	HACStatus            string
	Edits                []edits.MCEEdit
	Notes                []string // what was assumed where the claim is silent
	CoveredDays          int
	Hospital             string // CMS certification number
	Payment              ipps.Payment
	Priced               bool
	Share                stayShare
}

// MarshalJSON writes the fields that have a value under the names of the guide.
func (in *Inpatient) MarshalJSON() ([]byte, error) {
	v := struct {
		DRG        int             `json:"drg,omitempty"`
		Title      string          `json:"drg_title,omitempty"`
		MDC        int             `json:"mdc,omitempty"`
		MDCTitle   string          `json:"mdc_title,omitempty"`
		InitialDRG int             `json:"initial_drg,omitempty"`
		Grouper    string          `json:"grouper,omitempty"`
		Severity   string          `json:"severity,omitempty"`
		Type       string          `json:"type,omitempty"`
		HACStatus  string          `json:"hac_status,omitempty"`
		Hospital   string          `json:"hospital,omitempty"`
		Days       int             `json:"covered_days,omitempty"`
		Edits      []edits.MCEEdit `json:"edits,omitempty"`
		Notes      []string        `json:"notes,omitempty"`
		Payment    *ipps.Payment   `json:"ipps,omitempty"`
	}{in.DRG, in.Title, in.MDC, in.MDCTitle, in.InitialDRG, in.Grouper, in.Severity, in.Type, in.HACStatus, in.Hospital,
		in.CoveredDays, in.Edits, in.Notes, nil}
	if in.Priced {
		v.Payment = &in.Payment
	}
	return json.Marshal(v)
}

// stayScratch is a worker's memory for inpatient claims.
type stayScratch struct {
	group msdrg.Scratch
	c     msdrg.Case
	edits edits.MCECase
}

// inpatient takes a stay through the code editor, the grouper and the inpatient
// prospective payment system.
func (w *Worker) inpatient(c *claim.Claim, r *Result) {
	r.System = "IPPS"
	in := &Inpatient{}
	r.Inpatient = in
	principal := c.Principal()
	if principal == nil {
		r.Status, r.Reasons = Returned, append(r.Reasons, "the claim has no principal diagnosis")
		return
	}
	if !w.group(c, r, in) {
		return
	}
	hospitals := w.a.opt.Hospitals
	if hospitals == nil {
		r.wait("no provider specific file is at hand: name one with --providers, or import it with: woodlawn refdata import FILE")
		return
	}
	bill, problems, err := w.a.ipps.BillFromClaim(c, fmt.Sprintf("%03d", in.DRG))
	if err != nil {
		r.wait("cannot price: " + err.Error())
		return
	}
	for _, p := range problems {
		if p.Assumed {
			in.Notes = append(in.Notes, p.Error())
			continue
		}
		r.Status = Returned
		r.Reasons = append(r.Reasons, p.Error())
	}
	if r.Status == Returned {
		return
	}
	record := hospitals.Find(bill.ProviderNumber, bill.NPI, c.Through)
	if record == nil {
		r.wait("hospital with NPI " + c.Billing.NPI + " is in no provider specific record for " + c.Through.String())
		return
	}
	in.Hospital, in.CoveredDays = record.ProviderNumber, bill.CoveredDays
	bill.ProviderNumber = record.ProviderNumber
	in.Payment, err = w.a.ipps.Price(&bill, record, r.Trace)
	if err != nil {
		r.wait("cannot price: " + err.Error())
		return
	}
	if !in.Payment.Paid() {
		r.wait("the inpatient pricer answers with return code " + in.Payment.ReturnCode + ": " + ipps.Meaning(in.Payment.ReturnCode))
		return
	}
	in.Priced = true
	r.Status, r.Allowed = Paid, in.Payment.TotalPayment
	r.Unverified = r.Unverified || in.Payment.Unverified
}

// group edits and groups the stay. It returns false if the claim goes no further.
func (w *Worker) group(c *claim.Claim, r *Result, in *Inpatient) bool {
	k := &w.stay.c
	admission := c.Admission
	if admission.IsZero() {
		admission = c.From
	}
	k.Age = 0
	if !c.Patient.Born.IsZero() {
		k.Age = c.Patient.Born.Age(admission)
	}
	k.Sex = sexOf(c.Patient.Sex)
	k.DischargeStatus, _ = strconv.Atoi(c.PatientStatus)
	k.Secondary, k.Procedures = k.Secondary[:0], k.Procedures[:0]
	for _, d := range c.Diagnoses {
		switch d.Kind {
		case claim.PrincipalDiagnosis:
			k.Principal = msdrg.Diagnosis{Code: d.Code, POA: d.POA}
		case claim.OtherDiagnosis, claim.ExternalCause:
			k.Secondary = append(k.Secondary, msdrg.Diagnosis{Code: d.Code, POA: d.POA})
		}
	}
	for _, p := range c.Procedures {
		k.Procedures = append(k.Procedures, p.Code)
	}
	if !w.edit(c, r, in) {
		return false
	}
	version, err := w.a.grouper.On(c.Through)
	if err != nil {
		r.wait("cannot group: " + err.Error())
		return false
	}
	end := func() {}
	if r.Trace.On() {
		end = r.Trace.Section("MS-DRG")
	}
	g := version.Group(k, &w.stay.group, r.Trace)
	end()
	in.DRG, in.MDC, in.InitialDRG = g.DRG, g.MDC, g.InitialDRG
	in.Title, in.MDCTitle, in.Grouper = g.Title(), g.MDCTitle(), version.Name
	in.Severity, in.Type, in.HACStatus = g.Severity.String(), g.Type.String(), g.HACStatus.String()
	if g.ReturnCode != msdrg.OK {
		r.Status = Returned
		r.Reasons = append(r.Reasons, "the stay cannot be grouped: "+g.ReturnCode.String())
		return false
	}
	return true
}

// edit runs the Medicare Code Editor. Findings that return the claim end it;
// others are noted. A discharge that no editor release covers is not edited, and
// the result says so.
func (w *Worker) edit(c *claim.Claim, r *Result, in *Inpatient) bool {
	k := &w.stay.c
	m := &w.stay.edits
	*m = edits.MCECase{Discharge: c.Through, Admission: c.Admission, Age: k.Age, Sex: c.Patient.Sex, DischargeStatus: k.DischargeStatus,
		Principal: k.Principal.Code, Secondary: m.Secondary[:0], Procedures: k.Procedures}
	for _, d := range c.Diagnoses {
		if d.Kind == claim.AdmittingDiagnosis {
			m.Admitting = d.Code
		}
	}
	for _, d := range k.Secondary {
		m.Secondary = append(m.Secondary, d.Code)
	}
	found, err := w.a.editor.Check(m)
	if err != nil {
		in.Notes = append(in.Notes, "not edited: "+err.Error())
		return true
	}
	in.Edits = append(in.Edits, found...)
	for i := range found {
		e := &found[i]
		if r.Trace.On() {
			r.Trace.Add(trace.Step{Name: "Medicare Code Editor", Result: e.String() + " (" + string(e.Effect) + ")", Cite: e.Cite, Unverified: e.Unverified})
		}
		if e.Effect == edits.Return {
			r.Status = Returned
			r.Reasons = append(r.Reasons, "Medicare Code Editor "+e.String())
		}
	}
	return r.Status != Returned
}

func sexOf(b byte) msdrg.Sex {
	switch b {
	case 'M':
		return msdrg.Male
	case 'F':
		return msdrg.Female
	}
	return msdrg.SexUnknown
}

// remit fills the MIA segment and what else the 835 says of a stay.
func (in *Inpatient) remit(p *claim.ClaimPayment) {
	x := &in.Payment
	p.DRG = fmt.Sprintf("%03d", in.DRG)
	p.DRGWeight = x.DRGWeight
	if x.TransferAdjustment.Value != 0 {
		p.DischargeShare = x.TransferAdjustment
	}
	p.Inpatient = &claim.InpatientAdjudication{CoveredDays: in.CoveredDays, OperatingOutlier: x.OperatingOutlier,
		DRGAmount: x.TotalPayment, DSH: x.OperatingDSH, CapitalTotal: x.CapitalTotal, CapitalFederal: x.CapitalFSP,
		CapitalHSP: x.CapitalHSP, CapitalDSH: x.CapitalDSH, OldCapital: x.CapitalOldHoldHarmless, CapitalIME: x.CapitalIME,
		OperatingHSP: x.OperatingHSP, OperatingFederal: x.OperatingFSP, CapitalOutlier: x.CapitalOutlier,
		IndirectTeaching: x.OperatingIME, CapitalException: x.CapitalExceptions, Remarks: []string{appealRemark}}
}
