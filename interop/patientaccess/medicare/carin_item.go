// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// item takes a line. A Part D event has one, which is of its head.
func (r *Carin) item(root, item node.Node, v *values) {
	b := &r.base
	b.named(v, item)
	switch b.kind {
	case rif.PDE:
		r.event(root, item)
	case rif.Carrier, rif.DME:
		r.service(root, item, v)
	default:
		r.revenue(root, item, v)
	}
}

// event takes the drug of a Part D event; that of a compound is its first.
func (r *Carin) event(root, item node.Node) {
	b := &r.base
	h := &b.head
	b.named(h, item)
	h.rename(eventColumns)
	r.amounts(h, item.Get("adjudication"), map[string]string{"paidbypatient": "PTNT_PAY_AMT"})
	r.amounts(h, root.Get("total"), map[string]string{"paidbypatient": "PTNT_PAY_AMT"})
	for _, n := range []node.Node{item, item.Get("detail").At(0)} {
		for c := range n.Get("productOrService").Get("coding").Items() {
			if c.Get("system").Is("http://hl7.org/fhir/sid/ndc") {
				b.set(h, "PROD_SRVC_ID", c.Get("code"))
			}
		}
		b.set(h, "QTY_DSPNSD_NUM", n.Get("quantity").Get("value"))
	}
	r.served(h, item, "SRVC_DT", "")
	b.day(h, "SRVC_DT", root.Get("billablePeriod").Get("start"))
}

// service takes a line of a physician or supplier.
func (r *Carin) service(root, item node.Node, v *values) {
	b := &r.base
	v.rename(supplierColumns)
	b.set(v, "LINE_NUM", item.Get("sequence"))
	r.procedure(item, v)
	b.set(v, "LINE_SRVC_CNT", item.Get("quantity").Get("value"))
	b.set(v, "LINE_PLACE_OF_SRVC_CD", item.Get("locationCodeableConcept").Get("coding").At(0).Get("code"))
	r.served(v, item, "LINE_1ST_EXPNS_DT", "LINE_LAST_EXPNS_DT")
	for _, column := range []string{"LINE_1ST_EXPNS_DT", "LINE_LAST_EXPNS_DT"} {
		if v.get(column) == "" {
			v.set(column, b.head.get(map[string]string{"LINE_1ST_EXPNS_DT": "CLM_FROM_DT", "LINE_LAST_EXPNS_DT": "CLM_THRU_DT"}[column]))
		}
	}
	r.amounts(v, item.Get("adjudication"), map[string]string{"eligible": "LINE_ALOWD_CHRG_AMT", "benefit": "LINE_NCH_PMT_AMT"})
	r.paid(v, "LINE_NCH_PMT_AMT", item.Get("adjudication"))
	if link := item.Get("diagnosisSequence").At(0); link.Exists() {
		for d := range root.Get("diagnosis").Items() {
			if d.Get("sequence").Text() == link.Text() {
				v.set("LINE_ICD_DGNS_CD", strings.ReplaceAll(d.Get("diagnosisCodeableConcept").Get("coding").At(0).Get("code").Text(), ".", ""))
			}
		}
	}
	rendering := map[bool]string{true: "PRVDR_NPI", false: "PRF_PHYSN_NPI"}[b.kind == rif.DME]
	r.lineTeam(item, v, rendering)
	for _, column := range []string{"RFR_PHYSN_NPI", "TAX_NUM", "CARR_CLM_PMT_DNL_CD", rendering} { // what lines don't say themselves
		v.set(column, b.head.get(column))
	}
}

// revenue takes a line of an institution.
func (r *Carin) revenue(root, item node.Node, v *values) {
	b := &r.base
	v.rename(revenueColumns)
	b.set(v, "CLM_LINE_NUM", item.Get("sequence"))
	for c := range item.Get("revenue").Get("coding").Items() {
		if s := c.Get("system").Text(); s == "https://www.nubc.org/CodeSystem/RevenueCodes" || repositoryColumn(s) == "CLM_REV_CNTR_CD" {
			b.set(v, "REV_CNTR", c.Get("code"))
		}
	}
	b.set(v, "REV_CNTR", item.Get("revenue").Get("coding").At(0).Get("code"))
	r.procedure(item, v)
	b.set(v, "REV_CNTR_UNIT_CNT", item.Get("quantity").Get("value"))
	period := values{}
	r.served(&period, item, "from", "thru")
	if period.get("from") != b.head.get("CLM_FROM_DT") || period.get("thru") != b.head.get("CLM_THRU_DT") { // RIF has one day, or the claim's
		v.set("REV_CNTR_DT", period.get("from"))
	}
	r.amounts(v, item.Get("adjudication"), map[string]string{"benefit": "REV_CNTR_PMT_AMT_AMT"})
	r.paid(v, "REV_CNTR_PMT_AMT_AMT", item.Get("adjudication"))
}

// served takes the days of a line.
func (r *Carin) served(v *values, item node.Node, first, last string) {
	b := &r.base
	b.day(v, first, item.Get("servicedDate"))
	b.day(v, first, item.Get("servicedPeriod").Get("start"))
	if last != "" {
		b.day(v, last, item.Get("servicedDate"))
		b.day(v, last, item.Get("servicedPeriod").Get("end"))
		v.set(last, v.get(first))
	}
}

// procedure takes the code of a service and its modifiers; a code that says why there is none
// is none.
func (r *Carin) procedure(item node.Node, v *values) {
	b := &r.base
	for c := range item.Get("productOrService").Get("coding").Items() {
		if s := c.Get("system").Text(); !strings.HasSuffix(s, "data-absent-reason") && s != "http://hl7.org/fhir/sid/ndc" && !strings.HasSuffix(s, "C4BBCompoundLiteral") {
			b.set(v, "HCPCS_CD", c.Get("code"))
		}
	}
	columns := [...]string{"HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD", "HCPCS_3RD_MDFR_CD", "HCPCS_4TH_MDFR_CD"}
	n := 0
	for m := range item.Get("modifier").Items() {
		system := m.Get("coding").At(0).Get("system").Text()
		for c := range m.Get("coding").Items() { // version 3 has all modifiers in one concept
			if code := c.Get("code").Text(); n < len(columns) && code != "" && c.Get("system").Is(system) {
				v.set(columns[n], code)
				n++
			}
		}
	}
}
