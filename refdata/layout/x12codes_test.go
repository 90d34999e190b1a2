// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"slices"
	"testing"
)

func TestX12Codes(t *testing.T) {
	f := File{Name: "codes.csv", Options: map[string]string{"release": "2026-11-01"}, Data: []byte("\xef\xbb\xbf" + x12CodesHeader + "\n" +
		"CARC,45,1995-01-01,,CO PR,\"Charge, above\"\n" +
		"RARC,N1,2000-01-01,2001-01-01,,Old\n" +
		"CSC,1,2000-01-01,,,Other list\n" +
		"CARC,45,1995-13-01,,,Bad day\n" +
		"CARC,45,1995-01-01,,CR,Bad group\n" +
		"CARC\n")}
	l, err := Find(f)
	if err != nil || l.Name != "X12CODES" {
		t.Fatalf("layout %v, %v", l, err)
	}
	tables, rejects, err := l.Read(f)
	if err != nil || len(tables) != 1 || tables[0].Rows != 2 {
		t.Fatalf("%v %v %v", tables, rejects, err)
	}
	var lines []int
	for _, r := range rejects {
		lines = append(lines, r.Line)
	}
	if !slices.Equal(lines, []int{4, 5, 6, 7}) {
		t.Errorf("rejected lines %v", rejects)
	}
	f.Options = nil
	if _, _, err := l.Read(f); err == nil {
		t.Error("a list without a release is taken")
	}
}
