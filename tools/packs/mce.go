// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["mce"] = mceTables }

// mceDir is the folder of the code editor's tables, below the folder of CMS's files.
const mceDir = "data/payment/mce/v43.1/"

func mceTables(from string) ([]*refdata.Table, error) {
	s := &source{root: from}
	tables := []*refdata.Table{
		mceCodes(s, "mce.diagnoses", "ICD-10-CM codes with their dates and edit flags", "i10DxMasterRoot"),
		mceCodes(s, "mce.procedures", "ICD-10-PCS codes with their dates and edit flags", "i10SgMasterRoot"),
		mceAges(s),
		mceDischarge(s),
		mceEdits(s),
	}
	if s.err != nil {
		return nil, s.err
	}
	return tables, nil
}

// mceMeta describes one table of the code editor. The editor edits discharges
// since ICD-10 began; its tables end with the fiscal year.
func mceMeta(id, title, file, sum string, columns ...refdata.Column) refdata.Meta {
	m := refdata.Meta{
		ID: id, Version: "v43.1", Title: title,
		Effective: civil.Of(2015, 10, 1), Ends: civil.Of(2026, 9, 30),
		Source:  "CMS Medicare Code Editor (Java) 43.1",
		Release: "v43.1, FY 2026 April update", SourceSHA256: sum,
		Cite: "Definitions of Medicare Code Edits v43.1", Verified: true, Columns: columns,
	}
	if file != "" {
		m.Source += ", table " + file
	}
	return m
}

// mceDates reads a span of the source; no end means open.
func mceDates(start, end string) (from, to civil.Date, err error) {
	if from, err = civil.ParseCompact(start); err != nil || end == "" {
		return from, 0, err
	}
	to, err = civil.ParseCompact(end)
	return from, to, err
}

func mceCodes(s *source, id, title, file string) *refdata.Table {
	var d struct {
		Entries []struct {
			Code, StartDate, EndDate string
			Flags                    []string
		} `json:"codeMasterEntries"`
	}
	sum := s.read(mceDir+file+".json.gz", &d)
	b := refdata.NewBuilder(mceMeta(id, title, file, sum, text("code"), day("effective"), day("ends"), text("flags")))
	for _, e := range d.Entries {
		start, end, err := mceDates(e.StartDate, e.EndDate)
		s.must(err)
		s.must(b.Add(e.Code, start, end, strings.TrimSpace(strings.Join(e.Flags, " "))))
	}
	return b.Table()
}

func mceAges(s *source) *refdata.Table {
	var d struct {
		Entries []struct {
			AgeGroup           string
			StartAge, EndAge   int
			StartDate, EndDate string
		} `json:"ageRangeEntries"`
	}
	sum := s.read(mceDir+"ageRangeRoot.json.gz", &d)
	b := refdata.NewBuilder(mceMeta("mce.ages", "Ages, in years, that a code's age group allows", "ageRangeRoot", sum,
		text("flag"), number("youngest"), number("oldest"), day("effective"), day("ends")))
	for _, e := range d.Entries {
		start, end, err := mceDates(e.StartDate, e.EndDate)
		s.must(err)
		s.must(b.Add(strings.ToLower(e.AgeGroup), e.StartAge, e.EndAge, start, end))
	}
	return b.Table()
}

type mceDischargeEntry struct {
	Code               int
	StartDate, EndDate string
}

func (s *source) mceDischarges() []mceDischargeEntry {
	var d struct {
		Entries []mceDischargeEntry `json:"dischargeStatusEntries"`
	}
	s.read(mceDir+"dischargeStatusRoot.json.gz", &d)
	return d.Entries
}

func mceDischarge(s *source) *refdata.Table {
	b := refdata.NewBuilder(mceMeta("mce.discharge", "Patient discharge statuses", "dischargeStatusRoot", "",
		number("status"), day("effective"), day("ends")))
	for _, e := range s.mceDischarges() {
		start, end, err := mceDates(e.StartDate, e.EndDate)
		s.must(err)
		s.must(b.Add(e.Code, start, end))
	}
	return b.Table()
}
