// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// The tables of CMS's IPPS pricer, in its own CSV layouts.

var ippsDRGTable = Layout{
	Name:     "drgstable",
	Describe: "MS-DRG weights, lengths of stay and transfer flags of the IPPS pricer (drgstable-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "diagnosticRelatedGroup", "geometricMeanLengthOfStay", "postAcuteCare")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "diagnosticRelatedGroup", "weight", "geometricMeanLengthOfStay",
			"arithmeticMeanLengthOfStay", "postAcuteCare", "specialPaymentPostAcuteCare")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.drg", "MS-DRG weights, lengths of stay, transfer flags", pricerSource, IPPSDRGColumns)
		if err != nil {
			return nil, nil, err
		}
		b := refdata.NewBuilder(meta)
		for s.next() {
			if drg := s.get("diagnosticRelatedGroup"); !isCode(drg, 3) {
				s.reject("diagnosticRelatedGroup", drg, "a DRG has three digits")
				continue
			}
			s.add(b, "weight", s.get("diagnosticRelatedGroup"), s.get("weight"), s.get("geometricMeanLengthOfStay"),
				s.get("arithmeticMeanLengthOfStay"), s.get("postAcuteCare"), s.get("specialPaymentPostAcuteCare"), s.get("description"))
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var ippsWageIndex = Layout{
	Name:     "cbsa-wage-index",
	Describe: "Wage index by CBSA and by state of the IPPS pricer (cbsa-wage-index-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "cbsa", "geographicWageIndex", "reclassifiedWageIndex")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "cbsa", "effectiveDate", "geographicWageIndex", "reclassifiedWageIndex")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.wageindex", "Wage index by labour market area", pricerSource, IPPSWageIndexColumns)
		if err != nil {
			return nil, nil, err
		}
		b := refdata.NewBuilder(meta)
		for s.next() {
			cbsa := s.get("cbsa")
			day, ok := s.day("effectiveDate")
			if !ok {
				continue
			}
			if !isCode(cbsa, 2) && !isCode(cbsa, 5) {
				s.reject("cbsa", cbsa, "neither a CBSA (5 digits) nor a state (2 digits)")
				continue
			}
			s.add(b, "geographicWageIndex", cbsa, s.get("size"), day, s.get("geographicWageIndex"),
				s.get("reclassifiedWageIndex"), s.get("ruralFloorWageIndex"), s.get("imputedFloorWageIndex"), s.get("name"))
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var rateTable = regexp.MustCompile(`^(?i:tab)(\d{1,2})$`)

var ippsRates = Layout{
	Name:     "ratex",
	Describe: "Operating standardised amounts of the IPPS pricer (ratex-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "tableNumber", "scope", "regLabor", "regNLabor")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "tableNumber", "scope", "largeUrban", "regLabor", "regNLabor")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.rates", "Operating standardised amounts", pricerSource, IPPSRatesColumns)
		if err != nil {
			return nil, nil, err
		}
		meta.Note = "Tables 1 to 8: quality and EHR status by wage index above 1 or not; national scope (the Puerto Rico scopes are retired)."
		meta.Cite = "42 CFR 412.64(d)"
		b := refdata.NewBuilder(meta)
		for s.next() {
			m := rateTable.FindStringSubmatch(s.get("tableNumber"))
			if m == nil {
				s.reject("tableNumber", s.get("tableNumber"), "not tab1 to tab10")
				continue
			}
			// The amounts of large and of other urban areas have been one since FY 2005.
			if s.get("scope") == "nat" && s.get("largeUrban") == "1" {
				n, _ := strconv.Atoi(m[1])
				s.add(b, "regLabor", n, s.get("regLabor"), s.get("regNLabor"))
			}
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var ippsOutmigration = Layout{
	Name:     "outmigration",
	Describe: "Out-migration adjustment of the wage index by county of the IPPS pricer (outmigration-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "county", "adjustmentFactor", "startDate")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "county", "adjustmentFactor", "startDate")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.outmigration", "Out-migration adjustment by county", pricerSource, IPPSOutmigrationColumns)
		if err != nil {
			return nil, nil, err
		}
		meta.Cite = "42 CFR 412.64(i)"
		b := refdata.NewBuilder(meta)
		for s.next() {
			if day, ok := s.day("startDate"); ok {
				s.add(b, "adjustmentFactor", s.get("county"), day, s.get("adjustmentFactor"))
			}
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var ippsMidnight = Layout{
	Name:     "midnight",
	Describe: "Two-midnight adjustment factors of the IPPS pricer (midnight.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "msa", "adjustmentFactor")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "msa", "adjustmentFactor")
		if err != nil {
			return nil, nil, err
		}
		meta := refdata.Meta{ID: "ipps.midnight", Version: "2016-10-01", Title: "Two-midnight adjustment factors",
			Effective: civil.Of(2016, 10, 1), Source: pricerSource, Release: f.Options["release"], SourceSHA256: f.SHA256(),
			Verified: true, Cite: "81 FR 57060", Columns: IPPSMidnightColumns}
		b := refdata.NewBuilder(meta)
		for s.next() {
			s.add(b, "adjustmentFactor", s.get("msa"), s.get("adjustmentFactor"))
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var ippsNewTechCosts = Layout{
	Name:     "newtech-costs",
	Describe: "New technology add-on maximum amounts and shares of the IPPS pricer (newtech-costs-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "name", "amount", "adjustmentFactor")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "name", "amount", "adjustmentFactor")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.newtech", "New technology add-on payments", pricerSource, IPPSNewTechColumns)
		if err != nil {
			return nil, nil, err
		}
		meta.Cite = "42 CFR 412.88"
		b := refdata.NewBuilder(meta)
		for s.next() {
			s.add(b, "amount", s.get("name"), s.get("amount"), s.get("adjustmentFactor"))
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

var ippsClaimCodes = Layout{
	Name:     "claim-codes",
	Describe: "Codes that announce a new technology, of the IPPS pricer (claim-codes-YYYY.csv)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "name", "code", "codeType")
	},
	Read: func(f File) ([]*refdata.Table, []Reject, error) {
		s, err := newSheet(f.Data, "name", "code", "codeType")
		if err != nil {
			return nil, nil, err
		}
		meta, err := ippsMeta(&f, "ipps.newtech-codes", "Codes that announce a new technology", pricerSource, IPPSNewTechCodeColumns)
		if err != nil {
			return nil, nil, err
		}
		meta.Cite = "42 CFR 412.87"
		b := refdata.NewBuilder(meta)
		for s.next() {
			kind := s.get("codeType")
			switch kind {
			case "PROC", "DIAG", "COND", "NDC":
				s.add(b, "code", s.get("name"), s.get("code"), kind)
			default:
				s.reject("codeType", kind, "not PROC, DIAG, COND or NDC")
			}
		}
		return []*refdata.Table{b.Table()}, s.rejects, nil
	},
}

// isCode tells whether s is n digits.
func isCode(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}
