// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Carin reads ExplanationOfBenefits of FHIR R4 as claims of RIF files: those of versions 2 and
// 3 of CMS's Beneficiary FHIR Data server, as BCDA, AB2D and DPC hand them out, which name
// columns besides the elements, and those of any payer in the form of the CARIN guide for Blue
// Button. Only columns of which timelines are made are kept. Its memory is used again; it is
// not safe for use by several goroutines.
type Carin struct {
	// Unnamed counts references to providers whose resource was not learnt before.
	Unnamed int

	base    BlueButton
	parties map[string]party
	team    []careMember
}

const claimKind = "http://terminology.hl7.org/CodeSystem/claim-type"

// IsCarin tells ExplanationOfBenefits of R4 from those of STU3 by the code system of their type.
func IsCarin(eob node.Node) bool {
	for c := range eob.Get("type").Get("coding").Items() {
		if c.Get("system").Is(claimKind) {
			return true
		}
	}
	return false
}

// Read reads one resource as a block of a RIF file. name and line are of its place. A claim
// number that is no whole number becomes one that is made of it.
func (r *Carin) Read(d *node.Doc, name string, line int) (*rif.Block, error) {
	root, b := d.Root(), &r.base
	b.head, b.lines, b.taken = values{}, b.lines[:0], map[int]bool{}
	h := &b.head
	if err := r.kind(root); err != nil {
		return nil, err
	}
	action := "F"
	switch status := root.Get("status").Text(); status {
	case "active":
	case "cancelled", "entered-in-error":
		action = "N"
	default:
		return nil, fmt.Errorf("its status %q is none of active, cancelled and entered-in-error", status)
	}
	for tag := range root.Get("meta").Get("tag").Items() {
		if tag.Get("system").Is(repositoryBase+"CodeSystem/Final-Action") && tag.Get("code").Is("NotFinalAction") {
			action = "N"
		}
	}
	h.set("FINAL_ACTION", action)
	who := root.Get("patient").Get("reference").Text()
	who = who[strings.LastIndexByte(who, '/')+1:]
	if who == "" {
		return nil, fmt.Errorf("it names no patient Patient/...")
	}
	h.set("BENE_ID", who)
	b.named(h, root)
	r.number(root)
	r.claim(root)
	r.codes(root)
	r.careTeam(root)
	r.roles(root)
	for item := range root.Get("item").Items() {
		b.lines = append(b.lines, values{})
		r.item(root, item, &b.lines[len(b.lines)-1])
	}
	if len(b.lines) == 0 && b.kind != rif.Carrier && b.kind != rif.DME && b.kind != rif.PDE {
		b.lines = append(b.lines, values{}) // an institution's claim that is told as a whole
		b.lines[0].set("CLM_LINE_NUM", "1")
	}
	return b.block(name, line)
}

// kind tells the file in which a claim belongs: by BFD's code, by CMS's claim type, by the
// type of bill, or by the guide's type and subtype. An equipment supplier's claim without one of
// the first two is a professional one.
func (r *Carin) kind(root node.Node) error {
	kind, general := rif.Unknown, ""
	for c := range root.Get("type").Get("coding").Items() {
		code := c.Get("code").Text()
		switch s := c.Get("system").Text(); {
		case s == eobType:
			kind = eobKinds[code]
		case s == Variables+"nch_clm_type_cd" || repositoryColumn(s) == "CLM_TYPE_CD":
			if kind == rif.Unknown {
				kind = claimTypes[code]
			}
		case s == claimKind:
			general = code
		}
	}
	if kind == rif.Unknown {
		switch general {
		case "pharmacy":
			kind = rif.PDE
		case "professional":
			kind = rif.Carrier
		case "institutional":
			facility, class, _ := typeOfBill(root)
			if kind = billKind(facility + class); kind == rif.Unknown {
				kind = rif.Outpatient
				for c := range root.Get("subType").Get("coding").Items() {
					if c.Get("code").Is("inpatient") {
						kind = rif.Inpatient
					}
				}
			}
		default:
			return fmt.Errorf("its type %q is none of pharmacy, professional and institutional", general)
		}
	}
	r.base.kind = kind
	return nil
}

// typeOfBill cuts a type of bill into facility type, classification and frequency.
func typeOfBill(root node.Node) (facility, class, frequency string) {
	for s := range root.Get("supportingInfo").Items() {
		for c := range s.Get("code").Get("coding").Items() {
			bill := strings.TrimPrefix(c.Get("code").Text(), "0")
			if c.Get("system").Is("https://www.nubc.org/CodeSystem/TypeOfBill") && len(bill) == 3 {
				return bill[:1], bill[1:2], bill[2:]
			}
		}
	}
	return "", "", ""
}

// number takes the numbers of a claim.
func (r *Carin) number(root node.Node) {
	h, column := &r.base.head, "CLM_ID"
	if r.base.kind == rif.PDE {
		column = "PDE_ID"
	}
	h.rename(map[string]string{"CUR_CLM_UNIQ_ID": column, "CLM_UNIQ_ID": column})
	if to, special := numberColumns[r.base.kind]; !special {
		h.rename(map[string]string{"CLM_CNTL_NUM": "FI_DOC_CLM_CNTL_NUM"})
	} else if to != "" {
		h.rename(map[string]string{"CLM_CNTL_NUM": to})
	}
	for id := range root.Get("identifier").Items() {
		if id.Get("type").Get("coding").At(0).Get("code").Is("uc") && !id.Get("system").Is(claimGroup) && h.get(column) == "" {
			h.set(column, id.Get("value").Text())
		}
	}
	text := h.get(column)
	if text == "" {
		text = root.ID()
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		sum := sha256.Sum256([]byte(text))
		text = strconv.FormatUint(binary.BigEndian.Uint64(sum[:8])>>1, 10)
	}
	i := slices.Index(h.names, column)
	if i < 0 {
		h.set(column, text)
	} else {
		h.texts[i] = text
	}
}

// claim takes what is of the claim as a whole.
func (r *Carin) claim(root node.Node) {
	b := &r.base
	h := &b.head
	b.day(h, "CLM_FROM_DT", root.Get("billablePeriod").Get("start"))
	b.day(h, "CLM_THRU_DT", root.Get("billablePeriod").Get("end"))
	if h.get("CLM_THRU_DT") == "" {
		b.day(h, "CLM_THRU_DT", root.Get("billablePeriod").Get("start"))
	}
	if facility, class, frequency := typeOfBill(root); facility != "" {
		h.set("CLM_FAC_TYPE_CD", facility)
		h.set("CLM_SRVC_CLSFCTN_TYPE_CD", class)
		h.set("CLM_FREQ_CD", frequency)
	}
	if b.kind == rif.PDE {
		h.rename(eventColumns)
	}
	h.rename(claimColumns)
	code := typeOf[b.kind]
	if b.kind == rif.SNF && h.get("CLM_FAC_TYPE_CD") == "1" {
		code = "30" // a swing bed
	}
	h.set("NCH_CLM_TYPE_CD", code)
	b.set(h, "CLM_PMT_AMT", root.Get("payment").Get("amount").Get("value"))
	b.day(h, "PD_DT", root.Get("payment").Get("date"))
	stated := map[string]string{"submitted": "CLM_TOT_CHRG_AMT", "benefit": "CLM_PMT_AMT"}
	r.amounts(h, root.Get("total"), stated)
	r.amounts(h, root.Get("adjudication"), stated)
	for _, column := range []string{"NCH_WKLY_PROC_DT", "PD_DT"} {
		if h.get(column) == "" {
			b.day(h, column, root.Get("created"))
		}
	}
	for s := range root.Get("supportingInfo").Items() {
		for c := range s.Get("category").Get("coding").Items() {
			kind := c.Get("code").Text()
			if column := informationColumns[kind]; column != "" {
				b.set(h, column, s.Get("code").Get("coding").At(0).Get("code"))
				if q := s.Get("valueQuantity").Get("value").Text(); q != "" && h.get(column) == "" {
					whole, fraction, _ := strings.Cut(q, ".")
					if strings.Trim(fraction, "0") == "" {
						q = whole
					}
					h.set(column, q)
				}
			}
			if kind == "admissionperiod" {
				b.day(h, map[bool]string{true: "CLM_HOSPC_START_DT_ID", false: "CLM_ADMSN_DT"}[b.kind == rif.Hospice], s.Get("timingPeriod").Get("start"))
			}
		}
	}
}

// amounts takes amounts by the guide's categories, of elements to which CMS gave no column.
func (r *Carin) amounts(v *values, list node.Node, columns map[string]string) {
	for a := range list.Items() {
		column, named := "", false
		for c := range a.Get("category").Get("coding").Items() {
			if column == "" {
				column = columns[c.Get("code").Text()]
			}
			named = named || r.base.column(c.Get("code").Text()) != "" || namesColumns(c.Get("system"))
		}
		if column != "" && !named {
			r.base.set(v, column, a.Get("amount").Get("value"))
		}
	}
}

// paid is what was paid to the provider and the patient, of lines that state no benefit.
func (r *Carin) paid(v *values, column string, list node.Node) {
	if v.get(column) != "" {
		return
	}
	var sum money.Cents
	found := false
	for a := range list.Items() {
		for c := range a.Get("category").Get("coding").Items() {
			if code := c.Get("code"); code.Is("paidtoprovider") || code.Is("paidtopatient") {
				x, err := rif.ParseCents(a.Get("amount").Get("value").Text())
				if err != nil {
					v.set(column, a.Get("amount").Get("value").Text()) // which is refused
					return
				}
				sum, found = sum+x, true
			}
		}
	}
	if found {
		v.set(column, sum.String())
	}
}

// codes takes the diagnoses and procedures in their order, in RIF's form, without dots.
func (r *Carin) codes(root node.Node) {
	h, n := &r.base.head, 0
	plain := func(concept node.Node) string {
		return strings.ReplaceAll(concept.Get("coding").At(0).Get("code").Text(), ".", "")
	}
	for d := range root.Get("diagnosis").Items() {
		code, listed := plain(d.Get("diagnosisCodeableConcept")), true
		if code == "" {
			continue
		}
		kinds := map[string]bool{}
		for t := range d.Get("type").Items() {
			for c := range t.Get("coding").Items() {
				kinds[c.Get("code").Text()] = true
			}
		}
		switch {
		case kinds["principal"]:
			h.set("PRNCPAL_DGNS_CD", code)
		case kinds["admitting"] || kinds["patientreasonforvisit"] || kinds["externalcauseofinjury"]:
			listed = kinds["other"] || kinds["secondary"]
		}
		if kinds["admitting"] {
			h.set("ADMTG_DGNS_CD", code)
		}
		if listed && n < len(diagnosisColumns) {
			h.set(diagnosisColumns[n].code, code)
			n++
		}
	}
	n = 0
	for p := range root.Get("procedure").Items() {
		if code := plain(p.Get("procedureCodeableConcept")); code != "" && n < len(procedureColumns) {
			h.set(procedureColumns[n].code, code)
			r.base.day(h, procedureColumns[n].date, p.Get("date"))
			n++
		}
	}
}

// roles takes the providers of the claim as a whole.
func (r *Carin) roles(root node.Node) {
	h := &r.base.head
	provider := r.party(root, root.Get("provider"))
	facility := r.party(root, root.Get("facility"))
	if facility == (party{}) {
		facility = provider
	}
	switch r.base.kind {
	case rif.PDE:
		for _, id := range []string{facility.npi, facility.ncpdp, provider.npi, provider.ncpdp} {
			h.set("SRVC_PRVDR_ID", id)
		}
		h.set("PRSCRBR_ID", r.ofClaim("prescribing"))
	case rif.Carrier, rif.DME:
		h.set("RFR_PHYSN_NPI", r.ofClaim("referring"))
		h.set("TAX_NUM", provider.tin)
		if r.base.kind == rif.DME {
			h.set("PRVDR_NPI", provider.npi)
		}
		for t := range root.Get("payment").Get("type").Get("coding").Items() {
			if t.Get("code").Is("denied") {
				h.set("CARR_CLM_PMT_DNL_CD", "0")
			}
		}
	default:
		for _, p := range []party{provider, facility} {
			h.set("ORG_NPI_NUM", p.npi)
			h.set("PRVDR_NUM", p.ccn)
		}
		h.set("AT_PHYSN_NPI", r.ofClaim("attending"))
		h.set("OP_PHYSN_NPI", r.ofClaim("operating"))
		h.set("OT_PHYSN_NPI", r.ofClaim("otheroperating"))
	}
}
