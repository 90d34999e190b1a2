// SPDX-License-Identifier: Apache-2.0

package qrda_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/schematron"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// sexCode is a woman's and a man's code of the year.
var sexCode = map[int][2]string{2025: {"F", "M"}, 2026: {"248152002", "248153007"}}

func population(year int, code, id string, n int) qrda.Population {
	s := sexCode[year]
	return qrda.Population{Code: code, ID: id, Count: n,
		Sex:       []qrda.Tally{{Code: s[0], Count: n - n/3}, {Code: s[1], Count: n / 3}},
		Race:      []qrda.Tally{{Code: "2106-3", Count: n}},
		Ethnicity: []qrda.Tally{{Code: "2186-5", Count: n}},
		Payer:     []qrda.Tally{{Code: "A", Count: n}}}
}

// report is an invented group's report with one of everything.
func report(year int, program string) *qrda.CategoryIII {
	yes := true
	numer := "a3c7e2b0-0000-4000-8000-000000000004"
	m := qrda.MeasureResult{ID: "8a6d0454-8df0-2d9f-018d-000000000001", SetID: "abdc37cc-bac6-4156-9b91-000000000002",
		Title: "An invented measure", Rates: []qrda.Rate{qrda.PerformanceRate(numer, 50, 90, 10, 5)}}
	for i, p := range []struct {
		code string
		n    int
	}{{"IPOP", 100}, {"DENOM", 90}, {"DENEX", 10}, {"NUMER", 50}, {"DENEXCEP", 5}} {
		id := fmt.Sprintf("a3c7e2b0-0000-4000-8000-%012d", i+1)
		m.Populations = append(m.Populations, population(year, p.code, id, p.n))
	}
	m.Populations[0].Strata = []qrda.Stratum{{ID: "a3c7e2b0-0000-4000-8000-000000000099", Count: 40}}
	r := &qrda.CategoryIII{Year: year, ID: "5b010313-eff2-432c-9909-000000000003",
		Created: time.Date(year+1, 2, 3, 4, 5, 6, 0, time.UTC), Software: "Woodlawn", Program: program,
		Title:        "An invented report",
		Organization: qrda.Organization{Name: "Harbour Family Practice", ID: "2.16.840.1.113883.19.5", Number: "223344"},
		CEHRT:        "0015CINVENTED01", MVP: "G0053", From: civil.Of(year, 1, 1), Through: civil.Of(year, 12, 31),
		Measures:   []qrda.MeasureResult{m},
		Activities: []qrda.Attestation{{ID: "IA_EPA_1", Title: "Access", Performed: true}},
		Interoperability: []qrda.Interoperability{{ID: "PI_PPHI_1", Title: "Risk analysis", Answer: &yes},
			{ID: "PI_EP_1", Title: "e-Prescribing", Numerator: 75, Denominator: 80}}}
	switch {
	case strings.HasSuffix(program, "_INDIV"):
		r.Submitter = qrda.Submitter{TIN: "000777777", NPI: "1234567893"}
	case strings.HasSuffix(program, "VIRTUALGROUP"):
		r.Submitter = qrda.Submitter{VirtualGroup: "VG01"}
	case strings.HasSuffix(program, "SUBGROUP"):
		r.Submitter = qrda.Submitter{Subgroup: "SG01"}
	case strings.HasSuffix(program, "_GROUP"):
		r.Submitter = qrda.Submitter{TIN: "000777777"}
	default:
		r.Submitter = qrda.Submitter{APMEntity: "A1001"}
	}
	if strings.HasPrefix(program, "SSP_PI") {
		r.Measures, r.Activities, r.MVP = nil, nil, ""
	}
	return r
}

var programs = []string{"MIPS_INDIV", "MIPS_GROUP", "MIPS_VIRTUALGROUP", "MIPS_APMENTITY", "MIPS_SUBGROUP", "MIPS_APP1_INDIV",
	"MIPS_APP1_GROUP", "MIPS_APP1_APMENTITY", "APP_PLUS_INDIV", "APP_PLUS_GROUP", "APP_PLUS_APMENTITY", "SSP_PI_INDIV", "SSP_PI_GROUP", "SSP_PI_APMENTITY"}

// What is written reads back as it was.
func TestWriteRead(t *testing.T) {
	for _, year := range []int{2025, 2026} {
		for _, program := range programs {
			want := report(year, program)
			var b bytes.Buffer
			if err := want.Write(&b); err != nil {
				t.Fatal(year, program, err)
			}
			got, problems, err := qrda.Read(&b)
			if err != nil || len(problems) > 0 {
				t.Fatal(year, program, err, problems)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%d %s: %s", year, program, d)
			}
		}
	}
}

// Ours passes CMS's own rules.
func TestWrittenPassesCMS(t *testing.T) {
	schema, err := schematron.Load(bytes.NewReader(evidence.Read(t, "data/quality/qrda/CMS_QRDA3_EC_2025.sch.gz")))
	if err != nil {
		t.Fatal(err)
	}
	voc, err := xmltree.Parse(bytes.NewReader(evidence.Read(t, "data/quality/qrda/voc_ep_2025.xml.gz")))
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		var b bytes.Buffer
		if err := report(2026, program).Write(&b); err != nil {
			t.Fatal(err)
		}
		doc, err := xmltree.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		found := schema.Validate(doc, map[string]*xmltree.Node{"voc.xml": voc})
		if !found.Valid() {
			t.Errorf("%s: %d errors, not evaluated %v", program, found.Errors(), found.NotEvaluated)
		}
		for _, f := range found.Findings {
			t.Logf("%s: %s %s %s %s", program, f.Severity, f.ID, f.Path, f.Message)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*qrda.CategoryIII)
		rule   string
	}{
		"program":    {func(r *qrda.CategoryIII) { r.Program = "PCF" }, "CONF:CMS_11"},
		"no TIN":     {func(r *qrda.CategoryIII) { r.TIN = "" }, "CONF:CMS_82"},
		"short TIN":  {func(r *qrda.CategoryIII) { r.TIN = "123" }, "CONF:CMS_0119"},
		"wrong rate": {func(r *qrda.CategoryIII) { r.Measures[0].Rates[0].Millionths = 500_000 }, "W_RATE"},
		"rate range": {func(r *qrda.CategoryIII) { r.Measures[0].Rates[0].Millionths = 1_000_001 }, "CONF:CMS_62"},
		"no payer":   {func(r *qrda.CategoryIII) { r.Measures[0].Populations[1].Payer = nil }, "CONF:4427-18141_C01"},
		"twice":      {func(r *qrda.CategoryIII) { r.Measures = append(r.Measures, r.Measures[0]) }, "W_MEASURE_TWICE"},
		"period":     {func(r *qrda.CategoryIII) { r.Through = civil.Of(2027, 1, 1) }, "W_PERIOD"},
	} {
		r := report(2026, "MIPS_GROUP")
		c.change(r)
		var problems qrda.Problems
		if err := r.Write(&bytes.Buffer{}); !errors.As(err, &problems) || problems[0].Rule != c.rule {
			t.Errorf("%s: got %v, want rule %s", name, err, c.rule)
		}
	}
	if err := (&qrda.CategoryIII{Year: 2019}).Write(&bytes.Buffer{}); !errors.As(err, new(*qrda.YearError)) {
		t.Errorf("year 2019: %v", err)
	}
}

func TestPerformanceRate(t *testing.T) {
	for _, c := range []struct{ numer, denom, denex, denexcep, want int }{
		{800, 1000, 50, 50, 888_889}, {2, 3, 0, 0, 666_667}, {0, 5, 0, 0, 0}, {5, 5, 0, 0, 1_000_000}, {1, 10, 5, 5, -1},
	} {
		r := qrda.PerformanceRate("n", c.numer, c.denom, c.denex, c.denexcep)
		if r.Undefined != (c.want < 0) || c.want >= 0 && r.Millionths != int64(c.want) {
			t.Errorf("%+v: got %+v", c, r)
		}
	}
}

// BenchmarkSchematron parses a sample report and checks it with CMS's rules of 2026.
func BenchmarkSchematron(b *testing.B) {
	schema, err := schematron.Load(bytes.NewReader(evidence.Read(b, "data/quality/qrda/CMS_QRDA3_EC_2025.sch.gz")))
	if err != nil {
		b.Fatal(err)
	}
	voc, err := xmltree.Parse(bytes.NewReader(evidence.Read(b, "data/quality/qrda/voc_ep_2025.xml.gz")))
	if err != nil {
		b.Fatal(err)
	}
	text := evidence.Read(b, "data/quality/qrda/qrda3_mips_group_mvp_2025.xml.gz")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		doc, err := xmltree.Parse(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		schema.Validate(doc, map[string]*xmltree.Node{"voc.xml": voc})
	}
}
