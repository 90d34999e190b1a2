// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"slices"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func TestEligibleDiagnoses(t *testing.T) {
	f, err := NewFilter(refdata.Embedded(), civil.Of(2025, time.June, 1))
	if err != nil {
		t.Fatal(err)
	}
	dx := []claim.Diagnosis{{Code: "E119", Kind: claim.PrincipalDiagnosis}, {Code: "I10", Kind: claim.OtherDiagnosis},
		{Code: "R69", Kind: claim.AdmittingDiagnosis}, {Code: "25000", Kind: claim.OtherDiagnosis, ICD9: true}}
	visit, ambulance := []claim.Line{{Procedure: "A0428"}, {Procedure: "99213"}}, []claim.Line{{Procedure: "A0428"}}
	counted := []string{"E119", "I10"}
	for _, c := range []struct {
		name string
		c    claim.Claim
		want []string
	}{
		{"office visit", claim.Claim{Form: claim.Professional, Frequency: '1', Lines: visit}, counted},
		{"ambulance", claim.Claim{Form: claim.Professional, Frequency: '1', Lines: ambulance}, nil},
		{"void", claim.Claim{Form: claim.Professional, Frequency: '8', Lines: visit}, nil},
		{"inpatient", claim.Claim{Form: claim.Institutional, Frequency: '1', BillType: "11"}, counted},
		{"outpatient visit", claim.Claim{Form: claim.Institutional, Frequency: '1', BillType: "13", Lines: visit}, counted},
		{"outpatient without one", claim.Claim{Form: claim.Institutional, Frequency: '1', BillType: "13", Lines: ambulance}, nil},
		{"skilled nursing", claim.Claim{Form: claim.Institutional, Frequency: '1', BillType: "21", Lines: visit}, nil},
		{"home health", claim.Claim{Form: claim.Institutional, Frequency: '1', BillType: "32", Lines: visit}, nil},
		{"dental", claim.Claim{Form: claim.Dental, Frequency: '1', Lines: visit}, nil},
	} {
		c.c.Diagnoses = dx
		tr := trace.New()
		if got := f.EligibleDiagnoses(&c.c, nil, tr); !slices.Equal(got, c.want) || len(tr.Steps) != 1 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
