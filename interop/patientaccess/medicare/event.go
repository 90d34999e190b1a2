// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// Qualifiers of the identifiers of pharmacies and prescribers in Part D events.
const (
	byNPI   = "01"
	byNCPDP = "07"
)

// event takes a Part D event, which is one filling of a prescription.
func (r *RIF) event() {
	f, c := &r.f, &r.claim
	c.Form = claim.Pharmacy
	c.From = f.date(0, "SRVC_DT")
	c.Through = c.From
	r.Input.Paid = f.date(0, "PD_DT")
	r.Input.Adjudicated = r.Input.Paid
	r.number("RX_SRVC_RFRNC_NUM")
	if f.takeIf(0, "ADJSTMT_DLTN_CD", "D") != "" {
		r.payment.Status = claim.Reversal
	}
	r.pharmacy()
	if q := f.takeIf(0, "PRSCRBR_ID_QLFYR_CD", byNPI); q != "" {
		r.provider(claim.Prescribing, "PRSCRBR_ID")
	}
	if contract := f.text("PLAN_CNTRCT_REC_ID"); contract != "" {
		r.Input.Plan = contract + "-" + f.text("PLAN_PBP_REC_NUM")
	}
	c.Dispensing = &claim.Dispensing{DaysSupply: f.text("DAYS_SUPLY_NUM"), Fill: f.text("FILL_NUM"),
		DispenseAsWritten: f.text("DAW_PROD_SLCTN_CD"), Compound: f.text("CMPND_CD"), Origin: f.text("RX_ORGN_CD")}
	c.Lines = append(c.Lines, claim.Line{Number: 1, From: c.From, Through: c.Through,
		Drug: &claim.Drug{NDC: f.text("PROD_SRVC_ID"), Quantity: f.number(0, "QTY_DSPNSD_NUM")}})
	s := r.line()
	amount := func(kind patientaccess.Category, column string) { r.amountOf(&s.Amounts, 0, kind, column) }
	amount(patientaccess.DrugCost, "TOT_RX_CST_AMT")
	amount(patientaccess.PaidByPatient, "PTNT_PAY_AMT")
	amount(patientaccess.Discount, "LICS_AMT")
	amount(patientaccess.Discount, "RPTD_GAP_DSCNT_NUM")
	amount(patientaccess.PriorPayerPaid, "OTHR_TROOP_AMT")
	amount(patientaccess.PriorPayerPaid, "PLRO_AMT")
	amount(patientaccess.Benefit, "CVRD_D_PLAN_PD_AMT")
	amount(patientaccess.Benefit, "NCVRD_PLAN_PD_AMT")
	r.stated.Amounts = append(r.stated.Amounts, s.Amounts...)
	for _, a := range s.Amounts {
		if a.Category == patientaccess.Benefit {
			r.payment.Paid += a.Cents
		}
	}
}

// pharmacy takes the pharmacy by its NPI or its number of the National Council for
// Prescription Drug Programs.
func (r *RIF) pharmacy() {
	f := &r.f
	b := claim.Provider{Role: claim.Billing, Organization: true}
	switch f.takeIf(0, "SRVC_PRVDR_ID_QLFYR_CD", byNPI, byNCPDP) {
	case byNPI:
		b.NPI = f.text("SRVC_PRVDR_ID")
	case byNCPDP:
		b.References = []claim.Reference{{Qualifier: patientaccess.PharmacyNumber, Value: f.text("SRVC_PRVDR_ID")}}
	}
	r.claim.Billing = b
}
