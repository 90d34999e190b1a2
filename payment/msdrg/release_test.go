// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// release is a made-up release of the grouper's tables, in their order of columns.
type release map[string][][]any

// madeUp has one version, v99.0, for the year 2050: diagnosis A00 groups to DRG 1
// with procedure P or with both Q and R, which together are cluster Z, and else to
// DRG 2. B00 is an MCC, but not beside A00.
func madeUp() release {
	return release{
		"msdrg.versions": {{"v99.0", 990, civil.Of(2050, 1, 1), civil.Of(2050, 12, 31)}},
		"msdrg.diagnoses": {
			{"A00", 990, 990, 1, 0, 0, "", "", "main", "", "", 7},
			{"B00", 990, 990, 2, 0, 0, "MCC", "", "", "", "", 0},
			{"C00", 990, 990, 1, 0, 0, "", "", "main", "", "", 0},
			{"D00", 980, 980, 1, 0, 0, "", "", "main", "", "", 0}, // of another version
		},
		"msdrg.procedures": {{"P", 990, 990, "surgery"}, {"Q", 990, 990, "minor"}},
		"msdrg.clusters":   {{"Z", 990, 990, "surgery", "1", "Q + R S"}},
		"msdrg.exclusions": {{7, "B00 X99"}},
		"msdrg.formulas": {
			{0, 1, 990, 990, 0, 0, "na", 0, "", "INVALID_PDX"},
			{1, 3, 990, 990, 3, 3, "medical", 0, "", "PDX:main"},
			{1, 2, 990, 990, 2, 2, "medical", 0, "", "PDX:main & MCC"},
			{1, 1, 990, 990, 1, 1, "surgical", 0, "", "surgery & ~minor"},
		},
		"msdrg.hac":      {{1, 990, 990, "SDX:none"}},
		"msdrg.titles":   {{"drg", 1, 990, 990, "Made-up \"surgery\""}},
		"msdrg.operands": {{"INVALID_PDX", "principal unknown", "", "", 0, "yes"}},
	}
}

// write writes the release as packs of a folder and opens them. Columns are those
// of the embedded tables.
func (r release) write(t *testing.T) *refdata.Catalog {
	t.Helper()
	dir := t.TempDir()
	for id, rows := range r {
		model, err := refdata.Embedded().LoadVersion(id, "v43.1")
		if err != nil {
			t.Fatal(err)
		}
		b := refdata.NewBuilder(refdata.Meta{ID: id, Version: "v99", Effective: civil.Of(2050, 1, 1), Ends: civil.Of(2050, 12, 31),
			Columns: model.Columns})
		for _, row := range rows {
			if err := b.Add(row...); err != nil {
				t.Fatal(err)
			}
		}
		table := b.Table()
		if err := table.WriteFile(filepath.Join(dir, table.FileName())); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// TestImportedRelease: tables that a user imports serve the days that they are for,
// and leave the others to the embedded ones.
func TestImportedRelease(t *testing.T) {
	g := msdrg.New(madeUp().write(t))
	if v, err := g.On(civil.Of(2026, 5, 1)); err != nil || v.Name != "v43.1" {
		t.Errorf("%v, %v", v, err)
	}
	v, err := g.On(civil.Of(2050, 6, 1))
	if err != nil {
		t.Fatal(err)
	}
	var s msdrg.Scratch
	for _, tt := range []struct {
		pdx, sdx, procs string
		drg             int
		flag            string
	}{
		{"A00", "I10", "", 3, "NEITHER"},
		{"A00", "B00", "", 3, "MCC_EXCLUDED"},
		{"C00", "B00", "", 2, "MCC"},
		{"A00", "B00", "P", 1, "MCC_EXCLUDED"},
		{"A00", "B00", "Q", 3, "MCC_EXCLUDED"},
		{"A00", "B00", "S Q", 1, "MCC_EXCLUDED"}, // the cluster counts, its part Q does not
		{"A00", "B00", "S R", 3, "MCC_EXCLUDED"},
		{"D00", "B00", "", 999, "NEITHER"},
	} {
		c := msdrg.Case{Principal: msdrg.Diagnosis{Code: tt.pdx}, Secondary: []msdrg.Diagnosis{{Code: tt.sdx}}, Procedures: strings.Fields(tt.procs)}
		r := v.Group(&c, &s, nil)
		if r.DRG != tt.drg || r.Secondary[0].Flag.String() != tt.flag {
			t.Errorf("%+v: DRG %d, %v", tt, r.DRG, r.Secondary[0].Flag)
		}
	}
	if got := string(v.DRGTitle(1)); got != `Made-up "surgery"` {
		t.Error(got)
	}
}

// TestBrokenRelease: tables that contradict themselves are refused with their name.
func TestBrokenRelease(t *testing.T) {
	row := func(id string, row ...any) func(release) { return func(r release) { r[id] = append(r[id], row) } }
	for name, tt := range map[string]struct {
		change func(release)
		want   string
	}{
		"no table":        {func(r release) { delete(r, "msdrg.hac") }, "msdrg.hac"},
		"no group":        {func(r release) { r["msdrg.exclusions"] = nil }, "has no group 7"},
		"MDC":             {row("msdrg.diagnoses", "E00", 990, 990, 30, 0, 0, "", "", "", "", "", 0), "table msdrg.diagnoses row 5"},
		"negative MDC":    {row("msdrg.diagnoses", "E00", 990, 990, 1, -1, 0, "", "", "", "", "", 0), "table msdrg.diagnoses row 5"},
		"HAC of a code":   {row("msdrg.diagnoses", "E00", 990, 990, 1, 0, 0, "", "", "", "", "99", 0), "hospital-acquired condition"},
		"formula":         {row("msdrg.formulas", 1, 9, 990, 990, 5, 5, "medical", 0, "", "a &"), "an operand is missing"},
		"list":            {row("msdrg.formulas", 40, 9, 990, 990, 5, 5, "medical", 0, "", "a"), "list of formulas 40"},
		"reroute":         {row("msdrg.formulas", 1, 9, 990, 990, 0, 0, "medical", -2, "", "a"), "list of formulas"},
		"HAC":             {row("msdrg.hac", 16, 990, 990, "a"), "condition 16"},
		"rule":            {row("msdrg.operands", "INVALID_PDX", "guess", "", "", 0, "yes"), `rule "guess" is unknown`},
		"kind of title":   {row("msdrg.titles", "none", 1, 990, 990, "x"), `"none" is unknown`},
		"long cluster":    {row("msdrg.clusters", "Y", 990, 990, "", "", "a + b + c + d + e + f + g + h + i"), "more than 8 choices"},
		"suppressed MDCs": {row("msdrg.clusters", "Y", 990, 990, "", "x", "a + b"), "msdrg.clusters"},
	} {
		r := madeUp()
		tt.change(r)
		_, err := msdrg.New(r.write(t)).On(civil.Of(2050, 6, 1))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	r := madeUp()
	delete(r, "msdrg.titles")
	var missing *refdata.NotLoadedError
	if _, err := msdrg.New(r.write(t)).Named("v99.0"); !errors.As(err, &missing) {
		t.Errorf("a table that is missing gives %v", err)
	}
}
