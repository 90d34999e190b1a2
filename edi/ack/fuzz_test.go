// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Any input gives a file and a report, and what the report says can be acknowledged or
// is refused with an error.
func FuzzRead(f *testing.F) {
	seed, err := os.ReadFile(filepath.Join("testdata", "mixed.999"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("ISA*00*          *00*          *30*560891234      *30*566012345      *260105*1505*^*00501*000000007*1*P*:~TA1*000000100*260105*0823*R*024~IEA*1*000000007~"))
	f.Add(bytes.Replace(seed, []byte("AK2*837*0002"), []byte("IK4*1:2:3*99999999999*7~CTX*A:B^C"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, report, err := Read(bytes.NewReader(data), x12.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range file.Groups {
			if len(g.Transactions) > len(data) {
				t.Fatal("more transactions than bytes")
			}
		}
		for _, ic := range report.Interchanges {
			ic.AckRequested = true
			for _, g := range ic.Groups {
				g.FunctionalID = "HC"
			}
		}
		var b bytes.Buffer
		opt := options()
		_, err1 := WriteTA1(&b, report, opt)
		_, err2 := Write999(&b, report, opt)
		if err1 == nil && err2 == nil && b.Len() > 0 {
			if _, again, err := Read(&b, x12.Options{}); err != nil || len(again.Interchanges) == 0 {
				t.Fatalf("an acknowledgment does not read back: %v", err)
			}
		}
	})
}
