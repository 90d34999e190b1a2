// SPDX-License-Identifier: Apache-2.0

package adjustments

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

var today = civil.Of(2026, 1, 6)

func TestEmbedded(t *testing.T) {
	c, err := Open(refdata.Embedded(), today)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		list, code string
		on         civil.Date
		ok         bool
	}{
		{Reason, "45", today, true}, {Reason, "253", civil.Of(2013, 6, 2), true}, {Reason, "253", civil.Of(2013, 6, 1), false},
		{Remark, "N115", today, true}, {Provider, "FB", today, true}, {Reason, "FB", today, false}, {Reason, "9999", today, false},
	} {
		if _, ok := c.Find(k.list, k.code, k.on); ok != k.ok {
			t.Errorf("%s %s on %s is found: %v", k.list, k.code, k.on, ok)
		}
	}
}

func TestCheck(t *testing.T) {
	c, err := Open(refdata.Embedded(), today)
	if err != nil {
		t.Fatal(err)
	}
	line := claim.LinePayment{Adjustments: []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "45"}}, Remarks: []string{"M15"}}
	good := claim.ClaimPayment{Lines: []claim.LinePayment{line}, Outpatient: &claim.OutpatientAdjudication{Remarks: []string{"MA01"}}}
	if err := c.Check(&good, today); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*claim.ClaimPayment){
		"wrong group": func(p *claim.ClaimPayment) {
			p.Adjustments = []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "1"}}
		},
		"unknown reason": func(p *claim.ClaimPayment) {
			p.Adjustments = []claim.Adjustment{{Group: claim.ContractualObligation, Reason: "X9"}}
		},
		"unknown remark": func(p *claim.ClaimPayment) { p.Outpatient = &claim.OutpatientAdjudication{Remarks: []string{"ZZ1"}} },
	} {
		p := good
		spoil(&p)
		if err := c.Check(&p, today); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
