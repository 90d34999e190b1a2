// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// Every sample, good or malformed, is acknowledged; the acknowledgments have no fault;
// and a transaction is rejected if and only if none of its claims was kept.
func TestAcknowledgmentsAgreeWithClaims(t *testing.T) {
	files := 0
	for _, dir := range []string{"837P", "837I", "malformed", "834", "270-271", "999"} {
		names, err := filepath.Glob(filepath.Join(evidence.Path(t, "data/edi/"+dir), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range names {
			name := dir + "/" + filepath.Base(path)
			report, err := claim837.Run(context.Background(), bytes.NewReader(evidence.Read(t, "data/edi/"+name)), claim837.Options{}, 1, nil, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			files++
			agree(t, name, report)
		}
	}
	if files < 30 {
		t.Errorf("only %d samples were at hand", files)
	}
}

func agree(t *testing.T, name string, report *x12.Report) {
	var b bytes.Buffer
	opt := options()
	ta1, err := WriteTA1(&b, report, opt)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	opt.Control = ta1.NextControl
	if _, err := Write999(&b, report, opt); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	fates := map[string]byte{}
	if b.Len() == 0 {
		if name[:3] != "999" && report.Accepted() > 0 {
			t.Errorf("%s: claims were kept and nothing is acknowledged", name)
		}
		return
	}
	for _, g := range mustRead(t, b.Bytes()).Groups {
		for _, tx := range g.Transactions {
			fates[g.ControlNumber+"/"+tx.ControlNumber] = tx.Code
		}
	}
	for _, ic := range report.Interchanges {
		for _, g := range ic.Groups {
			for _, tx := range g.Transactions {
				fate, answered := fates[g.ControlNumber+"/"+tx.ControlNumber]
				if tx.Accepted() > 0 && (!answered || fate == 'R') {
					t.Errorf("%s: transaction %s has %d good claims and is rejected", name, tx.ControlNumber, tx.Accepted())
				}
				if tx.Claims > 0 && tx.Accepted() == 0 && fate == 'A' && Transaction(tx) != 'A' {
					t.Errorf("%s: no claim of transaction %s is good and it is accepted", name, tx.ControlNumber)
				}
			}
		}
	}
}
