// SPDX-License-Identifier: Apache-2.0

package rif

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

const header = "DML_IND|PDE_ID|BENE_ID|SRVC_DT|TOT_RX_CST_AMT"

// all reads the blocks of a text.
func all(text string) ([]Block, error) {
	r, err := NewReader(strings.NewReader(text), "test.csv")
	if err != nil {
		return nil, err
	}
	var out []Block
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, b)
	}
}

// TestCountsOfSynthea compares the claims of each beneficiary and kind with the summary that
// Synthea wrote beside the files.
func TestCountsOfSynthea(t *testing.T) {
	dir := evidence.Path(t, "data/vbc/bfd_rif_synthea")
	f, err := os.Open(filepath.Join(dir, "export_summary.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for column, file := range map[int]string{1: "carrier", 2: "dme", 3: "hha", 4: "hospice", 5: "inpatient", 6: "outpatient", 7: "pde", 8: "snf"} {
		data, err := os.ReadFile(filepath.Join(dir, file+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		list, err := all(string(data))
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]int{}
		for i := range list {
			r, err := list[i].Rows(nil)
			if err != nil {
				t.Fatal(err)
			}
			have[r[0].Text("BENE_ID")]++
		}
		for _, row := range rows[1:] {
			if want, _ := strconv.Atoi(row[column]); have[row[0]] != want {
				t.Errorf("%s: %d claims of %s, want %d", file, have[row[0]], row[0], want)
			}
		}
	}
}

// TestKinds tells every sample file by its columns, and compares with its name.
func TestKinds(t *testing.T) {
	want := map[string]Kind{"carrier.csv": Carrier, "dme.csv": DME, "hha.csv": HHA, "hospice.csv": Hospice, "inpatient.csv": Inpatient,
		"outpatient.csv": Outpatient, "pde.csv": PDE, "snf.csv": SNF, "beneficiary_2020.csv": Beneficiary, "beneficiary_history.csv": BeneficiaryHistory,
		"../bfd_rif_static/sample-a-bcarrier.txt": Carrier, "../bfd_rif_static/sample-a-pde.txt": PDE,
		"../bfd_rif_static/sample-a-inpatient.txt": Inpatient, "../bfd_rif_static/sample-a-beneficiaries.txt": Beneficiary}
	dir := evidence.Path(t, "data/vbc/bfd_rif_synthea")
	for name, kind := range want {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(f, name)
		f.Close()
		if err != nil {
			t.Error(err)
		} else if r.Header().Kind != kind {
			t.Errorf("%s is a %v file, want %v", name, r.Header().Kind, kind)
		}
	}
}

func TestBadRows(t *testing.T) {
	list, err := all("\ufeff" + header + "\r\nINSERT|1|7|30-May-2015|10.50\r\n\r\nINSERT|2|7|31-Jun-2015|1\r\nINSERT|3|7|30-MAY-2015|x\r\nINSERT|4|7\nINSERT|5|7|20150530|3|\n")
	if err != nil {
		t.Fatal(err)
	}
	var lines, fields []string
	for i := range list {
		rows, err := list[i].Rows(nil)
		var bad *RecordError
		if errors.As(err, &bad) {
			lines, fields = append(lines, strconv.Itoa(bad.Line)), append(fields, bad.Field)
			if bad.Value != "" && strings.Contains(bad.Error(), bad.Value) {
				t.Errorf("%v tells the value", bad)
			}
			continue
		}
		if d := rows[0].Date("SRVC_DT"); d != civil.Of(2015, time.May, 30) {
			t.Errorf("line %d is of %v", list[i].Line, d)
		}
	}
	if got := strings.Join(lines, ",") + " " + strings.Join(fields, ","); got != "4,5,6 SRVC_DT,TOT_RX_CST_AMT," {
		t.Errorf("bad rows are %s", got)
	}
}

func TestBadFiles(t *testing.T) {
	for text, want := range map[string]string{"": "is empty", "A|B|A\n": "no name of its own", "A,B\n1,2\n": "no RIF file",
		header + "\n" + strings.Repeat("x", maxRow+2): "line 2 has more than"} {
		_, err := all(text)
		var bad *FileError
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestClaimsAreWhole cuts generated claims into rows: each block has all rows of one claim,
// whatever the sizes of the reads.
func TestClaimsAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 20).Draw(t, "rows")
		var b strings.Builder
		b.WriteString("CLM_ID|LINE_NUM|CARR_LINE_PRCNG_LCLTY_CD\n")
		for i, n := range counts {
			for k := range n {
				b.WriteString(strconv.Itoa(i) + "|" + strconv.Itoa(k+1) + "|" + rapid.StringMatching("[A-Z ]{0,9}").Draw(t, "v") + "\n")
			}
		}
		list, err := all(b.String())
		if err != nil || len(list) != len(counts) {
			t.Fatalf("%d claims of %d, %v", len(list), len(counts), err)
		}
		for i := range list {
			rows, err := list[i].Rows(nil)
			if err != nil || len(rows) != counts[i] || rows[0].Text("CLM_ID") != strconv.Itoa(i) {
				t.Fatalf("claim %d has %d rows, %v", i, len(rows), err)
			}
		}
	})
}

func TestDates(t *testing.T) {
	for text, want := range map[string]civil.Date{"30-May-2015": civil.Of(2015, 5, 30), "01-DEC-1999": civil.Of(1999, 12, 1), "20160229": civil.Of(2016, 2, 29), "": 0} {
		if d, err := ParseDate(text); d != want || err != nil {
			t.Errorf("%s is %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"30-Mai-2015", "30-AYJ-2015", "29-Feb-2015", "5/30/2015", "2015-05-30"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%s is %v", text, d)
		}
	}
}

// FuzzRows gives any text as rows: they are split or refused.
func FuzzRows(f *testing.F) {
	f.Add("INSERT|1|7|30-May-2015|10.50\n")
	f.Add("|||||\n\n|\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := all(header + "\n" + s)
		if err != nil {
			return
		}
		for i := range list {
			rows, err := list[i].Rows(nil)
			if err != nil {
				continue
			}
			for n := range rows {
				for c := range rows[n].Header.Names {
					rows[n].At(c)
				}
			}
		}
	})
}
