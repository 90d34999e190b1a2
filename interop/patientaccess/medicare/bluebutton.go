// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// BlueButton reads ExplanationOfBenefits that CMS's Beneficiary FHIR Data server made before
// CARIN Blue Button: those of FHIR STU3, as AB2D and BCDA handed them out. They name nearly every value
// by the column of the RIF file that it came from, so that they are read back into a RIF
// row and mapped as one. Its memory is used again; it is not safe for use by several
// goroutines.
type BlueButton struct {
	// RIF has the claim that was read, with its losses, by columns; elements of the
	// resource that are no columns are among them by their FHIRPath.
	RIF RIF

	kind  rif.Kind
	head  values
	lines []values
	taken map[int]bool // offsets of leaves that became columns
	row   string       // the rows that were mapped
	last  *rif.Block
}

// values are columns in the order in which they were found.
type values struct{ names, texts []string }

func (v *values) set(column, text string) {
	if i := slices.Index(v.names, column); i >= 0 {
		if v.texts[i] == "" {
			v.texts[i] = text
		}
		return
	}
	v.names, v.texts = append(v.names, column), append(v.texts, text)
}

func (v *values) get(column string) string {
	if i := slices.Index(v.names, column); i >= 0 {
		return v.texts[i]
	}
	return ""
}

const (
	eobType    = "https://bluebutton.cms.gov/resources/codesystem/eob-type"
	claimGroup = "https://bluebutton.cms.gov/resources/identifier/claim-group"
)

// eobKinds are the kinds of file by BFD's code of the claim.
var eobKinds = map[string]rif.Kind{"CARRIER": rif.Carrier, "DME": rif.DME, "HHA": rif.HHA, "HOSPICE": rif.Hospice, "INPATIENT": rif.Inpatient,
	"OUTPATIENT": rif.Outpatient, "PDE": rif.PDE, "SNF": rif.SNF}

// renamed are variables whose URIs are not the column's name in lower case.
var renamed = map[string]string{
	"ASGMNTCD": "CARR_CLM_PRVDR_ASGNMT_IND_SW", "NCH_BENE_PTA_COINSRNC_LBLTY_AMT": "NCH_BENE_PTA_COINSRNC_LBLTY_AM",
	"NCH_PTNT_STUS_IND_CD": "NCH_PTNT_STATUS_IND_CD",
}

// NotBlueButtonError says why a resource is none that this reads.
type NotBlueButtonError struct{ Reason string }

func (e *NotBlueButtonError) Error() string {
	return "this is no ExplanationOfBenefit of CMS's Beneficiary FHIR Data server in STU3: " + e.Reason
}

// Read reads one resource. name and line are of its place, for errors.
func (r *BlueButton) Read(d *node.Doc, name string, line int) error {
	root := d.Root()
	if t := root.Get("resourceType").Text(); t != "ExplanationOfBenefit" {
		return &NotBlueButtonError{"its type is " + t}
	}
	r.kind, r.head, r.lines, r.taken = rif.Unknown, values{}, r.lines[:0], map[int]bool{}
	for c := range root.Get("type").Get("coding").Items() {
		if c.Get("system").Is(eobType) {
			r.kind = eobKinds[c.Get("code").Text()]
			r.use(c.Get("code"))
		}
	}
	if r.kind == rif.Unknown {
		return &NotBlueButtonError{"its type has no code of " + eobType + " that is known"}
	}
	r.claimLevel(root)
	for item := range root.Get("item").Items() {
		r.lines = append(r.lines, values{})
		r.item(root, item, &r.lines[len(r.lines)-1])
	}
	b, err := r.block(name, line)
	if err != nil {
		return err
	}
	r.row, r.last = b.Text, b
	if err := r.RIF.Read(b); err != nil {
		return err
	}
	r.RIF.Input.Format = patientaccess.FromSTU3
	r.RIF.Losses = r.leftOver(r.RIF.Losses, root, "")
	return nil
}

// Block is the claim that was read as a block of a RIF file.
func (r *BlueButton) Block() *rif.Block { return r.last }

// use marks a leaf as placed and gives its text.
func (r *BlueButton) use(n node.Node) string {
	if n.Exists() {
		r.taken[n.Offset()] = true
	}
	return n.Text()
}

// column is the RIF column of a variable's URI, empty if it is none.
func (r *BlueButton) column(uri string) string {
	name, ok := strings.CutPrefix(uri, Variables)
	if !ok {
		return repositoryColumn(uri) // empty in STU3, which has no such names
	}
	name = strings.ToUpper(name)
	if name == "PRPAYAMT" {
		if r.kind == rif.Carrier || r.kind == rif.DME {
			return "CARR_CLM_PRMRY_PYR_PD_AMT"
		}
		return "NCH_PRMRY_PYR_CLM_PD_AMT"
	}
	if to := renamed[name]; to != "" {
		return to
	}
	return name
}

// set takes a leaf as a column of v.
func (r *BlueButton) set(v *values, column string, leaf node.Node) {
	if !leaf.Exists() {
		return
	}
	if have := v.get(column); have == "" || have == leaf.Text() { // what was said first stands
		v.set(column, r.use(leaf))
	}
}

// day takes a date, without its time, as RIF writes one.
func (r *BlueButton) day(v *values, column string, leaf node.Node) {
	if !leaf.Exists() {
		return
	}
	t := leaf.Text()
	t = strings.ReplaceAll(t[:min(len(t), len("2006-01-02"))], "-", "")
	if have := v.get(column); have == "" || have == t {
		r.use(leaf)
		v.set(column, t)
	}
}

// named takes every value under n that names its own column: extensions, codes, identifiers,
// amounts and information.
func (r *BlueButton) named(v *values, n node.Node) {
	if c := r.column(n.Get("url").Text()); c != "" {
		r.value(v, c, n)
	}
	if c := r.column(n.Get("system").Text()); c != "" {
		if code := n.Get("code"); code.Exists() {
			r.set(v, c, code)
		} else {
			r.set(v, c, n.Get("value"))
		}
	}
	for _, kind := range []string{"category", "type"} {
		for code := range n.Get(kind).Get("coding").Items() {
			c := r.column(code.Get("code").Text())
			if c == "" && namesColumns(code.Get("system")) {
				c = code.Get("code").Text()
			}
			if c != "" {
				r.use(code.Get("code"))
				r.value(v, c, n)
			}
		}
	}
	for name, e := range children(n) {
		if e.Kind() == node.Object && !(n.Get("resourceType").Exists() && name == "item") { // lines are rows of their own
			r.named(v, e)
		}
	}
}

// value takes what an element says of a column that it names.
func (r *BlueButton) value(v *values, column string, n node.Node) {
	for _, leaf := range []node.Node{n.Get("valueMoney").Get("value"), n.Get("valueCoding").Get("code"), n.Get("valueIdentifier").Get("value"),
		n.Get("valueQuantity").Get("value"), n.Get("valueString"), n.Get("amount").Get("value"), n.Get("reason").Get("coding").At(0).Get("code"),
		n.Get("code").Get("coding").At(0).Get("code"), n.Get("usedUnsignedInt"), n.Get("usedMoney").Get("value"), n.Get("allowedMoney").Get("value")} {
		if leaf.Exists() {
			r.set(v, column, leaf)
			return
		}
	}
	for _, leaf := range []node.Node{n.Get("valueDate"), n.Get("timingDate")} {
		if leaf.Exists() {
			r.day(v, column, leaf)
			return
		}
	}
}

// npi takes a provider's NPI from an identifier of a reference.
func (r *BlueButton) npi(v *values, column string, provider node.Node) {
	id := provider.Get("identifier")
	if id.Get("system").Is("http://hl7.org/fhir/sid/us-npi") && id.Get("value").Text() != "" {
		r.set(v, column, id.Get("value"))
	}
}

// claimLevel takes what is of the claim as a whole.
func (r *BlueButton) claimLevel(root node.Node) {
	h := &r.head
	h.set("BENE_ID", strings.TrimPrefix(r.use(root.Get("patient").Get("reference")), "Patient/"))
	r.named(h, root)
	for id := range root.Get("identifier").Items() {
		if id.Get("system").Is(claimGroup) {
			r.set(h, "CLM_GRP_ID", id.Get("value"))
		}
	}
	switch status := r.use(root.Get("status")); status {
	case "active":
		h.set("FINAL_ACTION", "F")
	case "cancelled":
		h.set("FINAL_ACTION", "N")
	default:
		h.set("FINAL_ACTION", status) // which is refused
	}
	r.day(h, "CLM_FROM_DT", root.Get("billablePeriod").Get("start"))
	r.day(h, "CLM_THRU_DT", root.Get("billablePeriod").Get("end"))
	r.set(h, "CLM_DISP_CD", root.Get("disposition"))
	r.set(h, "CLM_TOT_CHRG_AMT", root.Get("totalCost").Get("value"))
	r.set(h, "CLM_PMT_AMT", root.Get("payment").Get("amount").Get("value"))
	r.day(h, "PD_DT", root.Get("payment").Get("date"))
	if r.kind == rif.PDE {
		if org := root.Get("organization").Get("identifier").Get("value"); len(org.Text()) == len("1000000012") {
			h.set("SRVC_PRVDR_ID_QLFYR_CD", byNPI)
			r.set(h, "SRVC_PRVDR_ID", org)
		} else if org.Exists() {
			h.set("SRVC_PRVDR_ID_QLFYR_CD", byNCPDP)
			r.set(h, "SRVC_PRVDR_ID", org)
		}
	} else {
		r.npi(h, "ORG_NPI_NUM", root.Get("organization"))
	}
	r.npi(h, "ORG_NPI_NUM", root.Get("facility"))
	stay := root.Get("hospitalization")
	r.day(h, map[bool]string{true: "CLM_HOSPC_START_DT_ID", false: "CLM_ADMSN_DT"}[r.kind == rif.Hospice], stay.Get("start"))
	r.day(h, "NCH_BENE_DSCHRG_DT", stay.Get("end"))
	r.team(root)
	r.codes(root)
}

// team takes the providers of the claim. Physicians of carrier claims belong to lines.
func (r *BlueButton) team(root node.Node) {
	columns := map[string]string{"primary": "AT_PHYSN_NPI", "assist": "OP_PHYSN_NPI", "other": "OT_PHYSN_NPI"}
	switch r.kind {
	case rif.Carrier, rif.DME:
		columns = map[string]string{"referring": "RFR_PHYSN_NPI"}
	case rif.PDE:
		columns = map[string]string{"primary": "PRSCRBR_ID"}
	}
	for m := range root.Get("careTeam").Items() {
		role := m.Get("role").Get("coding").At(0).Get("code")
		if column := columns[role.Text()]; column != "" {
			r.use(role)
			r.npi(&r.head, column, m.Get("provider"))
		}
	}
	if r.head.get("PRSCRBR_ID") != "" {
		r.head.set("PRSCRBR_ID_QLFYR_CD", byNPI)
	}
}

// codes takes the diagnoses and procedures, in their order.
func (r *BlueButton) codes(root node.Node) {
	h := &r.head
	n := 0
	for d := range root.Get("diagnosis").Items() {
		coding := d.Get("diagnosisCodeableConcept").Get("coding").At(0)
		code, version := r.use(coding.Get("code")), icdVersion(coding)
		for t := range d.Get("type").Items() {
			kind := t.Get("coding").At(0).Get("code")
			switch r.use(kind) {
			case "principal":
				h.set("PRNCPAL_DGNS_CD", code)
				h.set("PRNCPAL_DGNS_VRSN_CD", version)
			case "admitting":
				h.set("ADMTG_DGNS_CD", code)
				h.set("ADMTG_DGNS_VRSN_CD", version)
			default:
				delete(r.taken, kind.Offset())
			}
		}
		if n < len(diagnosisColumns) && code != "" {
			h.set(diagnosisColumns[n].code, code)
			h.set(diagnosisColumns[n].version, version)
			n++
		}
	}
	n = 0
	for p := range root.Get("procedure").Items() {
		coding := p.Get("procedureCodeableConcept").Get("coding").At(0)
		if n < len(procedureColumns) {
			r.set(h, procedureColumns[n].code, coding.Get("code"))
			h.set(procedureColumns[n].version, icdVersion(coding))
			r.day(h, procedureColumns[n].date, p.Get("date"))
			n++
		}
	}
}

func icdVersion(coding node.Node) string {
	if strings.Contains(coding.Get("system").Text(), "icd-9") {
		return "9"
	}
	return "0"
}

// item takes a line.
func (r *BlueButton) item(root, item node.Node, v *values) {
	supplier := r.kind == rif.Carrier || r.kind == rif.DME
	if r.kind == rif.PDE {
		v = &r.head
		r.use(item.Get("sequence"))
	} else {
		r.set(v, map[bool]string{true: "LINE_NUM", false: "CLM_LINE_NUM"}[supplier], item.Get("sequence"))
	}
	r.named(v, item)
	service := item.Get("service").Get("coding").At(0).Get("code")
	quantity := item.Get("quantity").Get("value")
	switch {
	case r.kind == rif.PDE:
		r.set(v, "PROD_SRVC_ID", service)
		r.set(v, "QTY_DSPNSD_NUM", quantity)
		r.day(v, "SRVC_DT", item.Get("servicedDate"))
	case supplier:
		r.set(v, "HCPCS_CD", service)
		r.set(v, "LINE_SRVC_CNT", quantity)
		r.day(v, "LINE_1ST_EXPNS_DT", item.Get("servicedPeriod").Get("start"))
		r.day(v, "LINE_LAST_EXPNS_DT", item.Get("servicedPeriod").Get("end"))
	default:
		r.set(v, "HCPCS_CD", service)
		r.set(v, "REV_CNTR_UNIT_CNT", quantity)
		r.day(v, "REV_CNTR_DT", item.Get("servicedDate"))
	}
	n := 0
	for m := range item.Get("modifier").Items() {
		if n < 4 {
			r.set(v, [...]string{"HCPCS_1ST_MDFR_CD", "HCPCS_2ND_MDFR_CD", "HCPCS_3RD_MDFR_CD", "HCPCS_4TH_MDFR_CD"}[n], m.Get("coding").At(0).Get("code"))
			n++
		}
	}
	if supplier {
		r.linked(root, item, v)
	}
}

// linked takes the diagnosis and the physician to whom a supplier's line points.
func (r *BlueButton) linked(root, item node.Node, v *values) {
	link := item.Get("diagnosisLinkId").At(0)
	for d := range root.Get("diagnosis").Items() {
		if link.Exists() && d.Get("sequence").Text() == link.Text() {
			r.use(link)
			coding := d.Get("diagnosisCodeableConcept").Get("coding").At(0)
			v.set("LINE_ICD_DGNS_CD", coding.Get("code").Text())
			v.set("LINE_ICD_DGNS_VRSN_CD", icdVersion(coding))
		}
	}
	for link := range item.Get("careTeamLinkId").Items() {
		for m := range root.Get("careTeam").Items() {
			id := m.Get("provider").Get("identifier")
			if m.Get("sequence").Text() != link.Text() || m.Get("role").Get("coding").At(0).Get("code").Is("referring") {
				continue
			}
			switch {
			case id.Get("system").Is("http://hl7.org/fhir/sid/us-npi"):
				r.use(link)
				r.set(v, map[bool]string{true: "PRVDR_NPI", false: "PRF_PHYSN_NPI"}[r.kind == rif.DME], id.Get("value"))
			case strings.HasSuffix(id.Get("system").Text(), "v2-0203"): // BFD's system of tax numbers
				r.use(link)
				r.set(v, "TAX_NUM", id.Get("value"))
			}
		}
	}
}

// block makes the columns one block of a RIF file.
func (r *BlueButton) block(name string, line int) (*rif.Block, error) {
	lineColumns := []string{}
	number := "CLM_LINE_NUM"
	switch r.kind {
	case rif.Carrier:
		number = "LINE_NUM"
		lineColumns = append(lineColumns, number, "CARR_LINE_PRCNG_LCLTY_CD")
	case rif.DME:
		number = "LINE_NUM"
		lineColumns = append(lineColumns, number, "DMERC_LINE_PRCNG_STATE_CD")
	case rif.PDE:
		r.lines = append(r.lines[:0], values{})
		r.head.set("PDE_ID", "")
		r.head.set("SRVC_DT", "")
	default:
		for kind, mark := range map[rif.Kind]string{rif.HHA: "CLM_HHA_TOT_VISIT_CNT", rif.Hospice: "CLM_HOSPC_START_DT_ID", rif.SNF: "NCH_QLFYD_STAY_FROM_DT",
			rif.Inpatient: "CLM_ADMSN_DT", rif.Outpatient: "NCH_BENE_PTB_DDCTBL_AMT"} {
			if r.kind == kind {
				r.head.set(mark, "")
			}
		}
		lineColumns = append(lineColumns, number)
	}
	if r.kind != rif.PDE {
		r.head.set("CLM_ID", "")
	}
	if len(r.lines) == 0 {
		return nil, errors.New("it has no item")
	}
	for i := range r.lines {
		for _, c := range r.lines[i].names {
			if !slices.Contains(lineColumns, c) {
				lineColumns = append(lineColumns, c)
			}
		}
	}
	var head []string
	for _, c := range r.head.names {
		if !slices.Contains(lineColumns, c) {
			head = append(head, c)
		}
	}
	header, err := rif.NewHeader(strings.Join(append(slices.Clone(head), lineColumns...), "|"))
	if err != nil {
		return nil, err
	}
	if header.Kind != r.kind {
		return nil, fmt.Errorf("its values are those of a claim of kind %v, its type says %v", header.Kind, r.kind)
	}
	var b strings.Builder
	clean := strings.NewReplacer("|", " ", "\n", " ", "\r", " ")
	for i := range r.lines {
		for n, c := range head {
			if n > 0 {
				b.WriteByte('|')
			}
			b.WriteString(clean.Replace(r.head.get(c)))
		}
		for n, c := range lineColumns {
			if n > 0 || len(head) > 0 {
				b.WriteByte('|')
			}
			b.WriteString(clean.Replace(r.lines[i].get(c)))
		}
		b.WriteByte('\n')
	}
	return &rif.Block{Header: header, File: name, Line: line, Text: b.String()}, nil
}

// children yields the members of an object, the items of arrays one by one.
func children(n node.Node) iter.Seq2[string, node.Node] {
	return func(yield func(string, node.Node) bool) {
		for name, e := range n.Elements() {
			for item := range e.Items() {
				if !yield(name, item) {
					return
				}
			}
		}
	}
}

// said are leaves that say no more than others: names of codes, units of money, and the
// systems and URLs by which values are told.
var said = map[string]bool{"display": true, "system": true, "url": true, "resourceType": true, "lastUpdated": true, "version": true,
	"sequence": true, "title": true}

// leftOver names the leaves that became no column, by their path without indexes.
func (r *BlueButton) leftOver(out []patientaccess.Loss, n node.Node, path string) []patientaccess.Loss {
	for name, e := range children(n) {
		at := path + "." + name
		switch {
		case e.Kind() == node.Object:
			out = r.leftOver(out, e, at)
		case said[name] || path == "" && name == "id" || r.taken[e.Offset()] || e.Text() == "" || e.Is("USD") || e.Is("urn:iso:std:iso:4217"):
		default:
			l := patientaccess.Loss{Field: strings.TrimPrefix(at, "."), Why: NoPlace}
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}
