// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"cmp"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// billedAmounts is what the 835 says of one line.
type billedAmounts struct {
	paid, allowed     money.Cents
	answered, allowOK bool
	rendering         string
}

// lineAmounts finds the answers of the claim's lines. What was paid on a professional
// claim beside its lines stands on the first, so that the sum is the claim's.
func (r *Research) lineAmounts(b *billing, paid money.Cents) []billedAmounts {
	out := make([]billedAmounts, len(b.c.Lines))
	rest := paid
	for i := range b.p.Lines {
		p := &b.p.Lines[i]
		at := b.lineOf(i)
		if at < 0 {
			continue
		}
		l := &out[at]
		sum := p.Paid + sentToPatient(p.Adjustments)
		rest -= sum
		l.paid += sum
		l.allowed += p.Allowed
		l.allowOK = (l.allowOK || !l.answered) && p.AllowedKnown
		l.answered = true
		if p.Rendering != nil {
			l.rendering = p.Rendering.NPI
		}
	}
	if b.c.Form == claim.Professional { // an institution's payment is the claim's
		if rest != 0 {
			out[0].paid += rest
			r.Billed.Rest++
		}
		for i := range out {
			if !out[i].allowOK {
				r.Billed.NoAllowed++
			}
		}
	}
	return out
}

// lineOf finds the claim's line that a line of the answer is of: by the provider's line number,
// else by what was done, else by place; -1 if none.
func (b *billing) lineOf(i int) int {
	p := &b.p.Lines[i]
	for n := range b.c.Lines {
		if p.Control != "" && b.c.Lines[n].Control == p.Control {
			return n
		}
	}
	same := func(l *claim.Line) bool {
		return l.Procedure == cmp.Or(p.Submitted, p.Procedure) && l.Charge == p.Charge && (p.Revenue == "" || l.Revenue == p.Revenue)
	}
	if i < len(b.c.Lines) && same(&b.c.Lines[i]) {
		return i
	}
	for n := range b.c.Lines {
		if same(&b.c.Lines[n]) {
			return n
		}
	}
	if p.Control == "" && len(b.c.Lines) == len(b.p.Lines) {
		return i
	}
	return -1
}

// npiOf is the NPI of a role on a line, else on the claim.
func (b *billing) npiOf(l *claim.Line, roles ...claim.Role) string {
	for _, role := range roles {
		if l != nil {
			if x := l.Provider(role); x != nil && x.NPI != "" {
				return x.NPI
			}
		}
		if x := b.c.Provider(role); x != nil && x.NPI != "" {
			return x.NPI
		}
	}
	return ""
}

// service takes what lines of suppliers and institutions have in common.
func (b *billing) service(row map[string]string, l *claim.Line) {
	row["HCPCS_CD"] = l.Procedure
	for i, name := range []string{"1ST", "2ND", "3RD", "4TH"} {
		row["HCPCS_"+name+"_MDFR_CD"] = l.Modifiers[i]
	}
}

func (b *billing) supplierHead() {
	h := b.head
	h["CARR_CLM_CNTL_NUM"] = b.number
	h["CARR_CLM_PMT_DNL_CD"] = "1"
	if b.p.Status == claim.Denied {
		h["CARR_CLM_PMT_DNL_CD"] = "0"
	}
}

func (b *billing) supplierLine(row map[string]string, i int, a *billedAmounts) {
	l := &b.c.Lines[i]
	b.service(row, l)
	from := l.From
	if from.IsZero() {
		from = firstDay(b.c)
	}
	row["LINE_NUM"] = strconv.Itoa(i + 1)
	row["LINE_1ST_EXPNS_DT"], row["LINE_LAST_EXPNS_DT"] = day(from), day(max(from, l.Through))
	row["LINE_NCH_PMT_AMT"] = a.paid.String()
	if a.allowOK {
		row["LINE_ALOWD_CHRG_AMT"] = a.allowed.String()
	}
	if l.UnitKind != "MJ" { // anesthesia's minutes are no count of services
		row["LINE_SRVC_CNT"] = l.Units.String()
	}
	row["LINE_PLACE_OF_SRVC_CD"] = cmp.Or(l.PlaceOfService, b.c.PlaceOfService)
	row["TAX_NUM"] = b.c.Billing.TaxID
	row["PRF_PHYSN_NPI"] = cmp.Or(b.npiOf(l, claim.Rendering), a.rendering, b.p.Rendering.NPI, b.c.Billing.NPI)
	row["RFR_PHYSN_NPI"] = b.npiOf(l, claim.Referring, claim.Ordering)
	row["LINE_PRCSG_IND_CD"] = "A"
	if a.paid == 0 && a.allowOK && a.allowed == 0 && l.Charge > 0 {
		row["LINE_PRCSG_IND_CD"] = "O" // denied for another reason than those with a code
	}
	row["LINE_BENE_PRMRY_PYR_CD"] = secondaryCodes[b.c.InsuranceType]
	for n, pointer := 0, int(l.DiagnosisPointers[0]); pointer > 0 && n < len(b.c.Diagnoses); n++ {
		if d := &b.c.Diagnoses[n]; d.Kind == claim.PrincipalDiagnosis || d.Kind == claim.OtherDiagnosis {
			if pointer--; pointer == 0 {
				row["LINE_ICD_DGNS_CD"] = d.Code
			}
		}
	}
}

func (b *billing) institutionHead(paid money.Cents) {
	h, c, p := b.head, b.c, b.p
	h["FI_DOC_CLM_CNTL_NUM"] = b.number
	h["PRVDR_NUM"] = b.x.CCN
	h["CLM_FAC_TYPE_CD"], h["CLM_SRVC_CLSFCTN_TYPE_CD"] = c.BillType[:1], c.BillType[1:]
	h["CLM_FREQ_CD"] = string(c.Frequency)
	h["CLM_PMT_AMT"], h["CLM_TOT_CHRG_AMT"] = paid.String(), c.Charge.String()
	h["CLM_DRG_CD"] = cmp.Or(p.DRG, c.DRG)
	h["PTNT_DSCHRG_STUS_CD"] = c.PatientStatus
	for column, code := range map[string]byte{"CLM_IP_ADMSN_TYPE_CD": c.AdmissionType, "CLM_SRC_IP_ADMSN_CD": c.AdmissionSource} {
		if code != 0 {
			h[column] = string(code)
		}
	}
	if p.Status == claim.Denied {
		h["CLM_MDCR_NON_PMT_RSN_CD"] = "N" // all other reasons
	}
	h["NCH_PRMRY_PYR_CD"] = secondaryCodes[c.InsuranceType]
	h["AT_PHYSN_NPI"], h["OP_PHYSN_NPI"] = b.npiOf(nil, claim.Attending), b.npiOf(nil, claim.Operating)
	h["OT_PHYSN_NPI"] = b.npiOf(nil, claim.OtherOperating, claim.Rendering)
	h["ORG_NPI_NUM"] = c.Billing.NPI
	for i := range c.Procedures {
		n := strconv.Itoa(i + 1)
		h["ICD_PRCDR_CD"+n], h["PRCDR_DT"+n] = c.Procedures[i].Code, day(c.Procedures[i].Date)
	}
	if m := p.Inpatient; m != nil {
		h["IME_OP_CLM_VAL_AMT"], h["CLM_PPS_CPTL_IME_AMT"] = m.IndirectTeaching.String(), m.CapitalIME.String()
		h["DSH_OP_CLM_VAL_AMT"], h["CLM_PPS_CPTL_DSPRPRTNT_SHR_AMT"] = m.DSH.String(), m.CapitalDSH.String()
	}
}

func (b *billing) revenueLine(row map[string]string, i int, a *billedAmounts) {
	l := &b.c.Lines[i]
	b.service(row, l)
	row["CLM_LINE_NUM"] = strconv.Itoa(i + 1)
	row["REV_CNTR"], row["REV_CNTR_DT"] = l.Revenue, day(l.From)
	row["REV_CNTR_UNIT_CNT"] = l.Units.String()
	if a.answered || a.paid != 0 {
		row["REV_CNTR_PMT_AMT_AMT"] = a.paid.String()
	}
}
