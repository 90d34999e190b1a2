// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// pastMBI is an identifier that a member had before.
type pastMBI struct{ bene, born, mbi string }

// identifiers takes the Medicare Beneficiary Identifier of a Patient, and those before it:
// whose period has ended, or that CMS marks as historic.
func (r *Research) identifiers(id string, m map[string]string, n node.Node) {
	for x := range n.Get("identifier").Items() {
		if !x.Get("system").Is(mbiSystem) {
			continue
		}
		past := x.Get("period").Get("end").Exists() || historic(x)
		for c := range x.Get("type").Get("coding").Items() {
			past = past || historic(c)
		}
		if mbi := x.Get("value").Text(); past && mbi != "" {
			if was := (pastMBI{id, compactDay(n.Get("birthDate")), mbi}); !r.past[was] {
				if r.past == nil {
					r.past = map[pastMBI]bool{}
				}
				r.past[was] = true
				r.mbis = append(r.mbis, was)
			}
		} else if mbi != "" {
			m["MBI_NUM"] = mbi
		}
	}
}

// historic tells by CMS's extension that an identifier is no longer current.
func historic(n node.Node) bool {
	for x := range n.Get("extension").Items() {
		if strings.HasSuffix(x.Get("url").Text(), "identifier-currency") && x.Get("valueCoding").Get("code").Is("historic") {
			return true
		}
	}
	return false
}

// history writes the identifiers of the past.
func (r *Research) history() error {
	if len(r.mbis) == 0 {
		return nil
	}
	w, err := r.Create(rif.BeneficiaryHistory)
	if err != nil {
		return err
	}
	if _, err = io.WriteString(w, "DML_IND|BENE_ID|BENE_BIRTH_DT|MBI_NUM\n"); err != nil {
		return err
	}
	clean := strings.NewReplacer("|", " ", "\n", " ", "\r", " ")
	for _, x := range r.mbis {
		if _, err := io.WriteString(w, "INSERT|"+clean.Replace(x.bene)+"|"+x.born+"|"+clean.Replace(x.mbi)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// coveragePart is what tells the part of Medicare of a Coverage.
func coveragePart(n node.Node) string {
	kind := n.Get("type").Get("coding").At(0).Get("code").Text() + n.Get("grouping").Get("subPlan").Text()
	for c := range n.Get("class").Items() {
		kind += " " + c.Get("value").Text()
	}
	switch kind { // X12's codes of payers, as the CARIN guide's Coverage has them
	case "MA":
		return "Part A"
	case "MB":
		return "Part B"
	}
	return kind
}

// part takes what version 3 of the Beneficiary FHIR Data server says of a part: status, dual
// status, and the months of the year in which its period is in force.
func (r *Research) part(m map[string]string, n node.Node) {
	third := false
	dual := ""
	for x := range n.Get("extension").Items() {
		column := repositoryColumn(x.Get("url").Text())
		value := x.Get("valueCoding").Get("code").Text()
		third = third || column != ""
		switch column {
		case "BENE_MDCR_STUS_CD":
			m["BENE_MDCR_STATUS_CD"] = value
			for _, month := range months {
				m["MDCR_STUS_"+month+"_CD"] = value
			}
		case "BENE_DUAL_STUS_CD":
			dual = value
		}
	}
	if !third || !n.Get("status").Is("active") {
		return
	}
	start, end := compactDay(n.Get("period").Get("start")), compactDay(n.Get("period").Get("end"))
	kind := coveragePart(n)
	for i, month := range months {
		first, number := m["RFRNC_YR"]+strconv.Itoa(101 + i)[1:]+"01", strconv.Itoa(i+1)
		if start > first || start == "" || end != "" && end < first {
			continue
		}
		buyIn := "MDCR_ENTLMT_BUYIN_" + number + "_IND"
		switch {
		case dual != "":
			m["META_DUAL_ELGBL_STUS_"+month+"_CD"] = dual
		case strings.Contains(kind, "Part A"):
			m[buyIn] = map[string]string{"": "1", "1": "1", "2": "3", "3": "3"}[m[buyIn]]
		case strings.Contains(kind, "Part B"):
			m[buyIn] = map[string]string{"": "2", "1": "3", "2": "2", "3": "3"}[m[buyIn]]
		case strings.Contains(kind, "Part C"):
			m["HMO_"+number+"_IND"] = "C" // a health plan that processes all claims
		}
	}
}
