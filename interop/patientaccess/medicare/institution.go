// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// institution takes a claim of a hospital, skilled nursing facility, home health agency or
// hospice.
func (r *RIF) institution() {
	f, c := &r.f, &r.claim
	kind := f.h.Kind
	c.Form, c.FilingIndicator = claim.Institutional, "MA"
	if kind == rif.Outpatient {
		c.FilingIndicator = "MB"
	}
	c.From, c.Through = f.date(0, "CLM_FROM_DT"), f.date(0, "CLM_THRU_DT")
	r.adjudicated()
	r.number("FI_DOC_CLM_CNTL_NUM")
	r.number("FI_ORIG_CLM_CNTL_NUM")
	c.BillType = f.text("CLM_FAC_TYPE_CD") + f.text("CLM_SRVC_CLSFCTN_TYPE_CD")
	c.Frequency = f.letter("CLM_FREQ_CD")
	r.stay()
	r.diagnoses()
	r.procedures()
	c.Billing = claim.Provider{Role: claim.Billing, Organization: true}
	if npi := f.text("ORG_NPI_NUM"); strings.Trim(npi, "0") != "" {
		c.Billing.NPI = npi
	}
	if ccn := f.text("PRVDR_NUM"); ccn != "" {
		c.Billing.References = []claim.Reference{{Qualifier: patientaccess.CertificationNumber, Value: ccn}}
	}
	r.provider(claim.Attending, "AT_PHYSN_NPI")
	r.provider(claim.Operating, "OP_PHYSN_NPI")
	r.provider(claim.OtherOperating, "OT_PHYSN_NPI")
	for i := range f.rows {
		r.revenueLine(i)
	}
	r.charges()
}

// stay takes the admission, the discharge and the DRG.
func (r *RIF) stay() {
	f, c := &r.f, &r.claim
	if c.Admission = f.date(0, "CLM_ADMSN_DT"); c.Admission.IsZero() {
		c.Admission = f.date(0, "CLM_HOSPC_START_DT_ID")
	}
	if d, _ := rif.ParseDate(f.peek(0, "NCH_BENE_DSCHRG_DT")); d == c.Through && (f.h.Kind == rif.Inpatient || f.h.Kind == rif.SNF) {
		f.text("NCH_BENE_DSCHRG_DT") // the admission's end says it
	}
	c.AdmissionType, c.AdmissionSource = f.letter("CLM_IP_ADMSN_TYPE_CD"), f.letter("CLM_SRC_IP_ADMSN_CD")
	if c.PatientStatus = f.text("PTNT_DSCHRG_STUS_CD"); len(c.PatientStatus) == 1 {
		c.PatientStatus = "0" + c.PatientStatus
	}
	if f.h.Kind == rif.Inpatient && inpatientBill(c.BillType) || f.h.Kind == rif.SNF && c.BillType != "" {
		c.DRG = f.text("CLM_DRG_CD")
	}
}

// inpatientBill tells the bills that package patientaccess maps as stays of hospitals.
func inpatientBill(bill string) bool { return bill == "11" || bill == "18" || bill == "41" }

func (r *RIF) revenueLine(row int) {
	f := &r.f
	l := claim.Line{Number: f.whole(row, "CLM_LINE_NUM"), Revenue: f.take(row, "REV_CNTR"), Units: f.number(row, "REV_CNTR_UNIT_CNT"),
		RatePerUnit: f.cents(row, "REV_CNTR_RATE_AMT"), Charge: f.cents(row, "REV_CNTR_TOT_CHRG_AMT")}
	l.From = f.date(row, "REV_CNTR_DT")
	l.Through = l.From
	r.service(row, &l)
	if hippsRevenue(l.Revenue) && l.Procedure != "" {
		l.ProcedureKind = "HP"
	}
	if l.Procedure == "" && l.Revenue != "" && hippsRevenue(l.Revenue) {
		if l.Procedure = f.take(row, "REV_CNTR_APC_HIPPS_CD"); l.Procedure != "" {
			l.ProcedureKind = "HP"
		}
	}
	if f.peek(row, "REV_CNTR_UNIT_CNT") != "" {
		l.UnitKind = "UN"
	}
	r.revenueDrug(row, &l)
	if f.h.Kind == rif.Outpatient || f.h.Kind == rif.Hospice {
		r.revenueAmounts(row)
	}
	r.claim.Lines = append(r.claim.Lines, l)
}

// hippsRevenue are the revenue centers whose code is a HIPPS code: SNF, home health and
// inpatient rehabilitation payment groups.
func hippsRevenue(center string) bool {
	return center == "0022" || center == "0023" || center == "0024"
}

// revenueDrug takes a drug's NDC. Its column also holds devices' numbers.
func (r *RIF) revenueDrug(row int, l *claim.Line) {
	f := &r.f
	ndc := f.peek(row, "REV_CNTR_IDE_NDC_UPC_NUM")
	if len(ndc) != 11 || strings.Trim(ndc, "0123456789") != "" {
		return
	}
	f.take(row, "REV_CNTR_IDE_NDC_UPC_NUM")
	l.Drug = &claim.Drug{NDC: ndc, Quantity: f.number(row, "REV_CNTR_NDC_QTY")}
	if l.Drug.Quantity.Value != 0 {
		l.Drug.Unit = f.take(row, "REV_CNTR_NDC_QTY_QLFR_CD")
	}
}

// revenueAmounts takes what was paid on a line, of files that say it.
func (r *RIF) revenueAmounts(row int) {
	f := &r.f
	s := r.line()
	amount := func(kind patientaccess.Category, column string) { r.amountOf(&s.Amounts, row, kind, column) }
	amount(patientaccess.Submitted, "REV_CNTR_TOT_CHRG_AMT")
	amount(patientaccess.NonCovered, "REV_CNTR_NCVRD_CHRG_AMT")
	amount(patientaccess.Deductible, "REV_CNTR_CASH_DDCTBL_AMT")
	amount(patientaccess.Deductible, "REV_CNTR_BLOOD_DDCTBL_AMT")
	coinsurance := "REV_CNTR_COINSRNC_WGE_ADJSTD_C"
	if c, _ := rif.ParseCents(f.peek(row, "REV_CNTR_RDCD_COINSRNC_AMT")); c != 0 {
		coinsurance = "REV_CNTR_RDCD_COINSRNC_AMT" // the hospital elected to reduce it
	}
	amount(patientaccess.Coinsurance, coinsurance)
	amount(patientaccess.PriorPayerPaid, "REV_CNTR_1ST_MSP_PD_AMT")
	amount(patientaccess.PriorPayerPaid, "REV_CNTR_2ND_MSP_PD_AMT")
	amount(patientaccess.Benefit, "REV_CNTR_PMT_AMT_AMT")
	amount(patientaccess.PaidToProvider, "REV_CNTR_PRVDR_PMT_AMT")
	amount(patientaccess.PaidToPatient, "REV_CNTR_BENE_PMT_AMT")
	if c, _ := rif.ParseCents(f.peek(row, "REV_CNTR_PTNT_RSPNSBLTY_PMT")); c != 0 {
		amount(patientaccess.MemberLiability, "REV_CNTR_PTNT_RSPNSBLTY_PMT")
	} else {
		f.take(row, "REV_CNTR_PTNT_RSPNSBLTY_PMT")
		r.owed(&s.Amounts)
	}
	for _, column := range [...]string{"REV_CNTR_1ST_ANSI_CD", "REV_CNTR_2ND_ANSI_CD", "REV_CNTR_3RD_ANSI_CD", "REV_CNTR_4TH_ANSI_CD"} {
		if reason, ok := ansiReason(f.peek(row, column)); ok {
			f.take(row, column)
			s.Reasons = append(s.Reasons, claim.Adjustment{Reason: reason})
		}
	}
}

// ansiReason is the claim adjustment reason code of an "ANSI" column, which has the group
// before it (CO120, PR2). What has no group has no reason that is known for one.
func ansiReason(v string) (string, bool) {
	if len(v) < 3 {
		return "", false
	}
	switch v[:2] {
	case "CO", "PR", "OA", "PI", "CR":
		return v[2:], true
	}
	return "", false
}

// charges takes the amounts of the claim as a whole.
func (r *RIF) charges() {
	f := &r.f
	r.payment.Charge = r.amount(patientaccess.Submitted, "CLM_TOT_CHRG_AMT")
	r.claim.Charge = r.payment.Charge
	r.amount(patientaccess.NonCovered, "NCH_IP_NCVRD_CHRG_AMT")
	r.amount(patientaccess.Deductible, "NCH_BENE_IP_DDCTBL_AMT")
	r.amount(patientaccess.Deductible, "NCH_BENE_PTB_DDCTBL_AMT")
	r.amount(patientaccess.Deductible, "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM")
	r.amount(patientaccess.Coinsurance, "NCH_BENE_PTA_COINSRNC_LBLTY_AM")
	r.amount(patientaccess.Coinsurance, "NCH_BENE_PTB_COINSRNC_AMT")
	r.amount(patientaccess.PriorPayerPaid, "NCH_PRMRY_PYR_CLM_PD_AMT")
	r.payment.Paid = r.amount(patientaccess.Benefit, "CLM_PMT_AMT")
	r.amount(patientaccess.PaidToProvider, "CLM_OP_PRVDR_PMT_AMT")
	r.amount(patientaccess.PaidToPatient, "CLM_OP_BENE_PMT_AMT")
	if f.h.Kind != rif.Outpatient { // all is paid to the institution
		r.stated.Amounts = append(r.stated.Amounts, patientaccess.Amount{Category: patientaccess.PaidToProvider, Cents: r.payment.Paid})
	}
	r.owed(&r.stated.Amounts)
}
