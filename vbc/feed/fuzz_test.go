// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"bytes"
	"testing"
)

// FuzzRow takes damaged rows apart: no panic, and no more text than the row holds.
func FuzzRow(f *testing.F) {
	for _, kind := range "12345678LEO" {
		f.Add(append([]byte{byte(kind)}, bytes.Repeat([]byte{2}, 120)...))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		var a assembler
		a.reset("1S00A00AA00", nil)
		_, _ = a.assemble("1S00A00AA00", nil, []string{string(row), string(row)})
	})
}

// FuzzLists reads damaged lists.
func FuzzLists(f *testing.F) {
	f.Add([]byte("bene_mbi_id,year,coverage,types,residence\n1S00A00AA00,2025,FFFFFFFFFFFF,,US\n"))
	f.Add([]byte("bene_mbi_id,enrollflag1,va_tin\n1S00A00AA00,4,900000001\n"))
	f.Add(append([]byte("HDR_BENEDATASHR20251231\n"), bytes.Repeat([]byte{'1'}, 459)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func(give func(mbi, row []byte) error, reject func(int, string)) error{
			func(g func(mbi, row []byte) error, r func(int, string)) error {
				return readList(bytes.NewReader(data), "P.A1.ACO.AALR.Y2025.D260101", g, r)
			},
			func(g func(mbi, row []byte) error, r func(int, string)) error {
				return readOptOuts(bytes.NewReader(data), "optout", g, r)
			},
		} {
			_ = read(func(mbi, row []byte) error {
				var a assembler
				a.reset("x", nil)
				if err := a.take(string(row)); err != nil {
					t.Fatalf("a row of a list can't be read back: %v", err)
				}
				return nil
			}, func(int, string) {})
		}
	})
}
