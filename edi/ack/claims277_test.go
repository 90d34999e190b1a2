// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func claimsOptions(dir string) ClaimsOptions {
	return ClaimsOptions{Options: options(), Payer: claim.Payer{Name: "Sample Payer", ID: "PAYER"}, Submitter: "Elm Street Clinic",
		Received: civil.Of(2026, 1, 5), Processed: civil.Of(2026, 1, 5), Dir: dir}
}

func sent(transaction, id, npi string, charge money.Cents) *claim.Claim {
	on := civil.Of(2025, 11, 3)
	return &claim.Claim{Form: claim.Professional, ID: id, Charge: charge, Source: claim.Source{Interchange: "000000123", Group: "17", Transaction: transaction},
		Billing:    claim.Provider{Organization: true, Name: claim.Name{Last: "Clinic " + npi}, NPI: npi},
		Subscriber: claim.Person{Name: claim.Name{Last: "Doe", First: "Jane"}, ID: "1EG4TE5MK73"}, PatientIsSubscriber: true,
		Lines: []claim.Line{{From: on, Through: on}, {From: on.AddDays(2)}}}
}

func TestGolden277(t *testing.T) {
	w, err := NewClaims(claimsOptions(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	stay := sent("0002", "H1", "1992999999", 4000000)
	stay.Form, stay.BillType, stay.Frequency, stay.From, stay.Through = claim.Institutional, "11", '1', civil.Of(2025, 10, 30), civil.Of(2025, 11, 5)
	for _, add := range []error{
		w.Add(sent("0001", "A1", "1234567893", 15000), true, "26001A1"),
		w.Add(sent("0001", "B1", "1992999999", 700), true, "26001B1"),
		w.Add(sent("0001", "A2", "1234567893", 25000), false, "", Status{"A7", "562", "85"}, Status{"A6", "187", ""}),
		w.Add(stay, true, ""),
		w.Add(sent("0003", "X1", "1234567893", 1), false, ""), // of a transaction that the 999 rejects
	} {
		if add != nil {
			t.Fatal(add)
		}
	}
	rep := interchange(transaction837("0001", 3, 1), transaction837("0002", 1, 0), transaction837("0003", 1, 1, x12.Issue{Level: x12.Transaction, Code: "4"}))
	rep.Interchanges[0].Groups[0].Transactions[0].Reference = "B1"
	var b bytes.Buffer
	done, err := w.Close(&b, rep, 41)
	if err != nil || done != (Written{1, 2, 42}) {
		t.Fatalf("%+v, %v", done, err)
	}
	ledger.Golden(t, filepath.Join("testdata", "claims.277"), b.String())
	envelopes(t, b.Bytes())
}

// envelopes reads a file whose envelopes and counts must be right, and returns its segments.
func envelopes(t *testing.T, b []byte) []string {
	t.Helper()
	r := x12.NewReader(bytes.NewReader(b), x12.Options{})
	var all []string
	for {
		seg, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(seg.Raw))
	}
	r.Report().Each(func(i *x12.Issue) { t.Errorf("%s %s: %s", i.Rule, i.Place(), i.Message) })
	return all
}

// Counts and charges hold, and the levels point at their parents, whatever goes through
// the temporary file.
func TestTotals277(t *testing.T) {
	const claims = 500
	for _, limit := range []int{0, 1, 5000} {
		opt := claimsOptions(t.TempDir())
		opt.SpoolLimit = limit
		w, err := NewClaims(opt)
		if err != nil {
			t.Fatal(err)
		}
		for i := range claims {
			if err := w.Add(sent("0001", fmt.Sprint("C", i), fmt.Sprint("123456789", i%3), 1000), i%5 > 0, ""); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if _, err := w.Close(&b, interchange(transaction837("0001", claims, claims/5)), 41); err != nil {
			t.Fatal(err)
		}
		parents := map[string]string{}
		seen := 0
		for _, s := range envelopes(t, b.Bytes()) {
			e := strings.Split(s, "*")
			switch {
			case e[0] == "HL":
				if _, twice := parents[e[1]]; twice || (e[2] != "" && parents[e[2]] == "") {
					t.Fatalf("level %s", s)
				}
				want := map[string]string{"20": "", "21": "20", "19": "21", "PT": "19"}[e[3]]
				if parents[e[2]] != want {
					t.Fatalf("level %s stands under %q", s, parents[e[2]])
				}
				parents[e[1]] = e[3]
			case e[0] == "TRN" && strings.HasPrefix(e[2], "C"):
				seen++
			}
		}
		for _, want := range []string{"QTY*90*400~", "QTY*AA*100~", "AMT*YU*4000~", "AMT*YY*1000~"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %s", want)
			}
		}
		if seen != claims {
			t.Errorf("%d of %d claims", seen, claims)
		}
	}
}
