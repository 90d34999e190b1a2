// SPDX-License-Identifier: Apache-2.0

package layout

import "testing"

func TestCCS(t *testing.T) {
	f := File{Name: "ccs_dx_icd10cm_2019_1.csv", Data: []byte("'ICD-10-CM CODE','CCS CATEGORY','ICD-10-CM CODE DESCRIPTION'\n" +
		"'A150','1',\"Tuberculosis of lung\"\n" +
		"'A021','2',\"Salmonella sepsis\"\n" +
		"'A021','3',\"Again\"\n" +
		"'X','2',\"Too short\"\n" +
		"'A022','none',\"No category\"\n")}
	l, err := Find(f)
	if err != nil || l.Name != "CCS" {
		t.Fatalf("layout %v, %v", l, err)
	}
	tables, rejects, err := l.Read(f)
	if err != nil || len(tables) != 1 {
		t.Fatalf("%v, %v", tables, err)
	}
	got := tables[0]
	if got.ID != "ccs.diagnoses" || got.Version != "2019.1" || got.Rows != 2 || len(rejects) != 3 {
		t.Errorf("%s %s with %d rows, rejects %v", got.ID, got.Version, got.Rows, rejects)
	}
	if got.Cell(0, 0) != "A021" || got.Cell(0, 1) != "2" {
		t.Errorf("first row %s %s: rows must be in the order of their codes", got.Cell(0, 0), got.Cell(0, 1))
	}
	f.Name = "ccs.csv"
	if _, _, err := l.Read(f); err == nil {
		t.Error("a file without a release is taken")
	}
}
