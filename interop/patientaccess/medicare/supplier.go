// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// supplier takes a claim of a physician, another clinician or a supplier: the carrier and
// DME files.
func (r *RIF) supplier() {
	f, c := &r.f, &r.claim
	c.Form, c.FilingIndicator = claim.Professional, "MB"
	c.From, c.Through = f.date(0, "CLM_FROM_DT"), f.date(0, "CLM_THRU_DT")
	r.adjudicated()
	r.number("CARR_CLM_CNTL_NUM")
	r.stated.Denied = f.takeIf(0, "CARR_CLM_PMT_DNL_CD", "0") != "" // all other codes are of who was paid, or why not
	r.diagnoses()
	r.provider(claim.Referring, "RFR_PHYSN_NPI")
	for i := range f.rows {
		r.supplierLine(i)
	}
	r.biller()
	r.payment.Charge = r.amount(patientaccess.Submitted, "NCH_CARR_CLM_SBMTD_CHRG_AMT")
	c.Charge = r.payment.Charge
	r.amount(patientaccess.Eligible, "NCH_CARR_CLM_ALOWD_AMT")
	r.amount(patientaccess.Deductible, "CARR_CLM_CASH_DDCTBL_APLD_AMT")
	if coinsurance := r.sum(patientaccess.Coinsurance); coinsurance != 0 {
		r.stated.Amounts = append(r.stated.Amounts, patientaccess.Amount{Category: patientaccess.Coinsurance, Cents: coinsurance})
	}
	r.amount(patientaccess.PriorPayerPaid, "CARR_CLM_PRMRY_PYR_PD_AMT")
	r.payment.Paid = r.amount(patientaccess.Benefit, "CLM_PMT_AMT")
	r.amount(patientaccess.PaidToProvider, "NCH_CLM_PRVDR_PMT_AMT")
	r.amount(patientaccess.PaidToPatient, "NCH_CLM_BENE_PMT_AMT")
	r.owed(&r.stated.Amounts)
}

func (r *RIF) supplierLine(row int) {
	f := &r.f
	l := claim.Line{Number: f.whole(row, "LINE_NUM"), Units: f.number(row, "LINE_SRVC_CNT"),
		PlaceOfService: f.take(row, "LINE_PLACE_OF_SRVC_CD"), From: f.date(row, "LINE_1ST_EXPNS_DT"), Through: f.date(row, "LINE_LAST_EXPNS_DT")}
	r.service(row, &l)
	if f.peek(row, "LINE_SRVC_CNT") != "" {
		l.UnitKind = "UN"
	}
	if ndc := f.take(row, "LINE_NDC_CD"); strings.Trim(ndc, "0") != "" {
		l.Drug = &claim.Drug{NDC: ndc}
	}
	l.DiagnosisPointers[0] = r.point(row)
	s := r.line()
	amount := func(kind patientaccess.Category, column string) {
		r.amountOf(&s.Amounts, row, kind, column)
	}
	amount(patientaccess.Submitted, "LINE_SBMTD_CHRG_AMT")
	l.Charge = f.cents(row, "LINE_SBMTD_CHRG_AMT")
	amount(patientaccess.Eligible, "LINE_ALOWD_CHRG_AMT")
	amount(patientaccess.Deductible, "LINE_BENE_PTB_DDCTBL_AMT")
	amount(patientaccess.Coinsurance, "LINE_COINSRNC_AMT")
	amount(patientaccess.PriorPayerPaid, "LINE_BENE_PRMRY_PYR_PD_AMT")
	amount(patientaccess.Benefit, "LINE_NCH_PMT_AMT")
	amount(patientaccess.PaidToProvider, "LINE_PRVDR_PMT_AMT")
	amount(patientaccess.PaidToPatient, "LINE_BENE_PMT_AMT")
	r.owed(&s.Amounts)
	// A is allowed; every other code is a reason of a denial.
	s.Denied = f.takeIf(row, "LINE_PRCSG_IND_CD", "A") == "" && f.peek(row, "LINE_PRCSG_IND_CD") != ""
	r.claim.Lines = append(r.claim.Lines, l)
}

// service takes the procedure code and its modifiers.
func (r *RIF) service(row int, l *claim.Line) {
	f := &r.f
	if l.Procedure = f.take(row, "HCPCS_CD"); l.Procedure != "" {
		l.ProcedureKind = "HC"
	}
	for i, column := range [...]string{"HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD", "HCPCS_3RD_MDFR_CD", "HCPCS_4TH_MDFR_CD"} {
		l.Modifiers[i] = f.take(row, column)
	}
}

// biller takes who billed: the group of the lines, or the clinician who has none, or the
// supplier. Who rendered the services is named once if it is the same on all lines.
func (r *RIF) biller() {
	f, c := &r.f, &r.claim
	group, clinician := "ORG_NPI_NUM", "PRF_PHYSN_NPI"
	if f.h.Kind == rif.DME {
		group, clinician = "PRVDR_NPI", ""
	}
	b := claim.Provider{Role: claim.Billing, Organization: true}
	b.NPI = f.text("CARR_CLM_BLG_NPI_NUM")
	for i := range f.rows {
		npi := f.peek(i, group)
		if strings.Trim(npi, "0") == "" {
			npi = ""
		}
		if b.NPI == "" {
			b.NPI = npi
		}
		if npi == b.NPI || npi == "" {
			f.take(i, group)
		}
		tin := f.peek(i, "TAX_NUM")
		if b.TaxID == "" {
			b.TaxID = tin
		}
		if tin == b.TaxID {
			f.take(i, "TAX_NUM")
		}
	}
	c.Billing = b
	if clinician == "" {
		return
	}
	first, same := f.peek(0, clinician), true
	for i := range f.rows {
		same = same && f.take(i, clinician) == first
	}
	if b.NPI == "" && b.TaxID == "" && same {
		c.Billing = claim.Provider{Role: claim.Billing, NPI: first}
		return
	}
	if same && first != "" {
		c.Providers = append(c.Providers, claim.Provider{Role: claim.Rendering, NPI: first})
		return
	}
	for i := range f.rows {
		if npi := f.peek(i, clinician); npi != "" {
			c.Lines[i].Providers = []claim.Provider{{Role: claim.Rendering, NPI: npi}}
		}
	}
}
