// SPDX-License-Identifier: Apache-2.0

// Package submission makes QRDA Category III reports of computed measures: it counts
// supplemental data by population, joins the counts with who submits, and names measures
// and populations as CMS does.
package submission

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// File is who submits and what was attested, as a small JSON file tells it.
type File struct {
	Year         int          `json:"year"`
	Program      string       `json:"program"` // MIPS_INDIV, MIPS_GROUP, ...
	Organization Organization `json:"organization"`
	TIN          string       `json:"tin"`
	NPI          string       `json:"npi"`
	APMEntity    string       `json:"apm_entity"`
	VirtualGroup string       `json:"virtual_group"`
	Subgroup     string       `json:"subgroup"`
	MVP          string       `json:"mvp"`
	CEHRT        string       `json:"cehrt"`
	Title        string       `json:"title"`
	// From and Through are the performance period, by default the whole year.
	From    civil.Date `json:"from"`
	Through civil.Date `json:"through"`

	Activities       []Activity `json:"activities"`
	Interoperability []Measured `json:"interoperability"`
}

// Organization is the submitter's name and identifier: a UUID or OID, or an OID's root
// with a number.
type Organization struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Number string `json:"number"`
}

// Activity is an improvement activity and whether it was performed.
type Activity struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Performed bool   `json:"performed"`
}

// Measured is a Promoting Interoperability measure: an answer, or a numerator and a
// denominator.
type Measured struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Answer      *bool  `json:"answer"`
	Numerator   *int   `json:"numerator"`
	Denominator *int   `json:"denominator"`
}

// Read reads the file. A field that it does not know is an error: a misspelt one would be
// left out of the submission in silence.
func Read(r io.Reader) (*File, error) {
	d := json.NewDecoder(io.LimitReader(r, 16<<20))
	d.DisallowUnknownFields()
	var f File
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("submission file: %w", err)
	}
	for i, m := range f.Interoperability {
		if (m.Answer == nil) != (m.Numerator != nil && m.Denominator != nil) {
			return nil, fmt.Errorf("submission file: interoperability[%d] %s needs an answer, or a numerator and a denominator", i, m.ID)
		}
	}
	return &f, nil
}

// Report is the report of the file with the results of electronic measures, which may be
// none. Names, which may be nil, give titles to activities that have none. The identifier
// of the document is derived from who submits, for what period and when.
func (f *File) Report(measures []qrda.MeasureResult, names *Names, created time.Time) *qrda.CategoryIII {
	r := &qrda.CategoryIII{
		Year: f.Year, Created: created, Title: f.Title, Software: "Woodlawn", Program: f.Program,
		Organization: qrda.Organization{Name: f.Organization.Name, ID: f.Organization.ID, Number: f.Organization.Number},
		Submitter:    qrda.Submitter{TIN: f.TIN, NPI: f.NPI, APMEntity: f.APMEntity, VirtualGroup: f.VirtualGroup, Subgroup: f.Subgroup},
		CEHRT:        f.CEHRT, MVP: f.MVP, Measures: measures,
	}
	r.From, r.Through = f.Period()
	r.ID = qrda.DerivedUUID(strings.Join([]string{"category III", f.Program, f.TIN, f.NPI, f.APMEntity, f.VirtualGroup, f.Subgroup,
		f.MVP, r.From.String(), r.Through.String(), created.UTC().Format(time.RFC3339)}, "|"))
	for _, a := range f.Activities {
		r.Activities = append(r.Activities, qrda.Attestation{ID: a.ID, Title: names.title(a.ID, a.Title), Performed: a.Performed})
	}
	for _, m := range f.Interoperability {
		p := qrda.Interoperability{ID: m.ID, Title: names.title(m.ID, m.Title), Answer: m.Answer}
		if m.Numerator != nil {
			p.Numerator, p.Denominator = *m.Numerator, *m.Denominator
		}
		r.Interoperability = append(r.Interoperability, p)
	}
	return r
}

// Period is the performance period, by default the whole year.
func (f *File) Period() (from, through civil.Date) {
	from, through = f.From, f.Through
	if from.IsZero() {
		from = civil.Of(f.Year, time.January, 1)
	}
	if through.IsZero() {
		through = civil.Of(f.Year, time.December, 31)
	}
	return from, through
}

func (n *Names) title(id, own string) string {
	if own == "" && n != nil {
		return n.titles[id]
	}
	return own
}
