// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// read finds the layout and reads the file; it fails unless the layout is the one named.
func read(t testing.TB, want, name, text string, options map[string]string) ([]*refdata.Table, []Reject, error) {
	t.Helper()
	f := File{Name: name, Data: []byte(text), Options: options}
	l, err := Find(f)
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != want {
		t.Fatalf("%s has layout %s, want %s", name, l.Name, want)
	}
	return l.Read(f)
}

// cell is a value of a table's row by the column's name.
func cell(t testing.TB, tab *refdata.Table, row int, column string) string {
	t.Helper()
	for i, c := range tab.Columns {
		if c.Name == column {
			return tab.Cell(row, i)
		}
	}
	t.Fatalf("%s has no column %s", tab.ID, column)
	return ""
}

const pprrvuHead = `,,2025 National Physician Fee Schedule Relative Value File October Release,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,, , ,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,
,,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
`

func TestPPRRVU(t *testing.T) {
	tables, rejects, err := read(t, "PPRRVU", "PPRRVU2025_Oct.csv", pprrvuHead+
		`G0403,,"Made up, with comma",A,,0.17,0.24,,0.23,NA,0.02,0.43,0.43,4,XXX,0.00,0.00,0.00,6,0,0,0,0,,32.3465,01,0,88,1.00,1.10,0.01
G0404,,x,A,,0.00,0.18,,0.18,NA,0.01,0.19,0.19,3,XXX,0.00,0.00,0.00,6,0,0,0,0,,32.3465,01,0,99,0.00,0.00,0.00
G0405,,x,A,,0.17,0.06,,0.06,,0.01,0.24,0.24,2,090,0.10,0.69,0.21,2,1,2,1,2,G0403,32.3465,09,0,99,0.00,0.00,0.00
G0403,,twice,A,,0.17,0.24,,0.23,NA,0.02,0.43,0.43,4,XXX,0.00,0.00,0.00,6,0,0,0,0,,32.3465,01,0,88,1.00,1.10,0.01
G0406,,bad,A,,0.17x,0.06,,0.06,,0.01,0.24,0.24,2,XXX,0.00,0.00,0.00,6,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00
G040,,short,A
`, nil)
	if err != nil || len(tables) != 2 || len(rejects) != 3 {
		t.Fatal(err, len(tables), rejects)
	}
	for i, want := range []string{`line 10, HCPCS "G0403 "`, `line 11, work "0.17X"`, `line 12, HCPCS "G040"`} {
		if !strings.HasPrefix(rejects[i].String(), want) {
			t.Errorf("reject %s, want %s", rejects[i], want)
		}
	}
	rvu, cf := tables[0], tables[1]
	if rvu.Effective.String() != "2025-10-01" || rvu.Ends.String() != "2025-12-31" || !strings.Contains(rvu.Release, "October Release") {
		t.Errorf("%s to %s, %s", rvu.Effective, rvu.Ends, rvu.Release)
	}
	for column, want := range map[string]string{"hcpcs": "G0403", "work": "0.17", "pe_nonfacility": "0.24", "pe_facility": "0.23", "nonfacility_na": "", "facility_na": "NA",
		"mp": "0.02", "pctc": "4", "global": "XXX", "mult": "6", "supervision": "01", "family": "88", "opps_pe_nonfacility": "1.00", "opps_pe_facility": "1.10", "opps_mp": "0.01", "technical": "G0404"} {
		if got := cell(t, rvu, 0, column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	for column, want := range map[string]string{"global": "090", "pre": "0.10", "intra": "0.69", "post": "0.21", "bilat": "1", "asst": "2", "co": "1", "team": "2", "endo_base": "G0403"} {
		if got := cell(t, rvu, 2, column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if cf.ID != "mpfs.cf" || cell(t, cf, 0, "cf") != "32.3465" || cell(t, cf, 0, "kind") != "standard" {
		t.Errorf("conversion factor %s", cell(t, cf, 0, "cf"))
	}
	if _, _, err := read(t, "PPRRVU", "PPRRVU2025_Oct.csv", "nothing", nil); err == nil || !strings.Contains(err.Error(), "HCPCS") {
		t.Errorf("a file without heading: %v", err)
	}
	if _, _, err := read(t, "PPRRVU", "PPRRVU2025_Oct.csv", strings.Replace(pprrvuHead, "WORK", "WIRK", 1), nil); err == nil || !strings.Contains(err.Error(), "no column for work") {
		t.Errorf("a heading without work RVUs: %v", err)
	}
}

func TestQualifyingAPMFile(t *testing.T) {
	tables, _, err := read(t, "PPRRVU", "PPRRVU2026_Apr_QPP.csv", strings.Replace(pprrvuHead, "2025 National Physician Fee Schedule Relative Value File October", "2026 National Physician Fee Schedule Relative Value File April", 1)+
		"G0403,,x,A,,0.17,0.24,,0.23,NA,0.02,0.43,0.43,4,XXX,0.00,0.00,0.00,6,0,0,0,0,,33.5675,01,0,88,1.00,1.10,0.01\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if cf := tables[1]; cf.Version != "2026-04-01-pprrvu-qpp" || cell(t, cf, 0, "kind") != "qualifying-apm" {
		t.Errorf("%s %s", cf.Version, cell(t, cf, 0, "kind"))
	}
}

func TestZIPFiles(t *testing.T) {
	blank := strings.Repeat(" ", 80)
	line := func(head, flag, plus4, quarter string) string {
		b := []byte(blank)
		copy(b, head)
		copy(b[20:], flag)
		copy(b[21:], plus4)
		copy(b[75:], quarter)
		return string(b)
	}
	tables, rejects, err := read(t, "ZIP5", "ZIP5_OCT2025.txt", strings.Join([]string{line("AL352031011200", "0", "", "20254"), line("MA023241411201R", "1", "", "20254"),
		line("AL3520x1011200", "0", "", "20254"), line("AL352041011200", "7", "", "20254"), line("AL352051011200", "0", "", "20259"), "short", ""}, "\r\n"), nil)
	if err != nil || len(rejects) != 4 {
		t.Fatal(err, rejects)
	}
	z := tables[0]
	if z.Effective.String() != "2025-10-01" || z.Rows != 2 || cell(t, z, 1, "carrier") != "14112" || cell(t, z, 1, "plus4") != "1" || cell(t, z, 0, "zip") != "35203" {
		t.Errorf("%s, %d rows", z.Effective, z.Rows)
	}
	tables, rejects, err = read(t, "ZIP9", "ZIP9_OCT2025.txt", strings.Join([]string{line("MA023241421201", "1", "0001", "20254"), line("MA023241421201", "1", "0002", "20254"),
		line("MA023241421299", "1", "0003", "20254"), line("MA023241421201", "1", "00a4", "20254")}, "\n"), nil)
	if err != nil || len(rejects) != 1 || tables[0].Rows != 2 || cell(t, tables[0], 0, "high") != "2" {
		t.Fatal(err, rejects, tables)
	}
}

// CMS's own files are read without a reject.
func TestPublishedFiles(t *testing.T) {
	for _, c := range []struct {
		layout, name, id string
		rows             int
		options          map[string]string
	}{
		{"PPRRVU", "PPRRVU2025_Oct.csv.gz", "mpfs.rvu", 19090, nil},
		{"GPCI", "GPCI2025.csv", "mpfs.gpci", 109, nil},
		{"ANES", "ANES2025.csv", "mpfs.anesthesia", 109, nil},
		{"OPPSCAP", "OPPSCAP_Oct.csv.gz", "mpfs.oppscap", 16100, map[string]string{"year": "2025"}},
		{"LOCCO", "25LOCCO.csv", "mpfs.counties", 110, nil},
		{"PFREV", "PFREV4.txt.gz", "mpfs.published", 1526, nil},
	} {
		data := evidence.Read(t, "data/payment/mpfs/2025/"+c.name)
		tables, rejects, err := read(t, c.layout, strings.TrimSuffix(filepath.Base(c.name), ".gz"), string(data), c.options)
		if err != nil || len(rejects) > 0 || tables[0].ID != c.id || tables[0].Rows != c.rows || tables[0].Effective.Year() != 2025 {
			t.Errorf("%s: %v %v", c.name, err, rejects)
		}
	}
}

// Any bytes under any of the names give tables, rejects or an error, no panic, and
// what is read can be packed.
func FuzzRead(f *testing.F) {
	f.Add("PPRRVU2025_Oct.csv", []byte(pprrvuHead+"G0404,,x,A,,0.00,0.18,,0.18,NA,0.01,0.19,0.19,3,XXX,0.00,0.00,0.00,6,0,0,0,0,,32.3465,01,0,99,0.00,0.00,0.00\n"))
	f.Add("GPCI2025.csv", []byte("MAC,State,Locality Number,Locality Name,PW GPCI,PE GPCI,MP GPCI\n1,AL,0,x,1,1,1\n"))
	f.Add("ZIP9_OCT2025.txt", []byte("MA023241421201      10001"+strings.Repeat(" ", 50)+"20254\n"))
	f.Add("PFREV4.txt", []byte(`"2025","01112","57","50688","  ","77.78","77.78"," ","0","A","2","0.00","0.00","9","0.00","0.00"`))
	f.Add("ANES2025.csv", []byte("Contractor,Locality,Locality Name,National Anes CF\n1,2,x,19.31\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		file := File{Name: name, Data: data, Options: map[string]string{"year": "2025"}}
		l, err := Find(file)
		if err != nil {
			return
		}
		tables, _, err := l.Read(file)
		if err != nil {
			return
		}
		for _, tab := range tables {
			var b strings.Builder
			if err := tab.Pack(&b); err != nil {
				t.Fatal(err)
			}
			if _, err := refdata.Unpack([]byte(b.String())); err != nil {
				t.Fatal(err)
			}
		}
	})
}
