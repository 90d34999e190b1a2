// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

// TestOfficialAnswers holds every answer against that of CMS's grouper.
func TestOfficialAnswers(t *testing.T) {
	g := grouper()
	var s msdrg.Scratch
	for _, file := range caseFiles {
		t.Run(file, func(t *testing.T) {
			shown := 0
			for i, l := range readCases(t, file) {
				v, err := g.Named(l.Version)
				if err != nil {
					t.Fatal(err)
				}
				c := l.input()
				r := v.Group(&c, &s, nil)
				if got := answerOf(&r); !reflect.DeepEqual(got, l.Expect) {
					t.Errorf("line %d (-official +ours):\n%s", i+1, cmp.Diff(l.Expect, got))
					if shown++; shown == 5 {
						t.Fatal("and perhaps more")
					}
				}
				// The JSON form says the same.
				var back answer
				b, err := r.MarshalJSON()
				if err == nil {
					err = json.Unmarshal(b, &back)
				}
				if err != nil || !reflect.DeepEqual(back, l.Expect) {
					t.Fatalf("line %d: JSON %s: %v", i+1, b, err)
				}
			}
		})
	}
}
