// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// TestFeedSums compares the number of claims and the payments of each member of an invented
// ACO with what its generator says a reader must find.
func TestFeedSums(t *testing.T) {
	t.Setenv("WOODLAWN_REFDATA", t.TempDir())
	aco, out := filepath.Join(t.TempDir(), "aco"), filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{{"aco", "generate", "--lives", "60", "--months", "12", "--out", aco},
		{"eob", "--cclf", aco, "--date", "2026-01-05", "--out", out}} {
		var stderr bytes.Buffer
		if code := Main(args, Streams{In: strings.NewReader(""), Out: io.Discard, Err: &stderr}); code != ExitOK {
			t.Fatalf("%v: exit %d: %s", args, code, stderr.String())
		}
	}
	type sums struct {
		claims      int
		a, b, copay money.Cents
	}
	have, mbi := map[string]*sums{}, map[string]string{}
	eachResource(t, out, func(n node.Node) {
		if n.ResourceType() == "Patient" {
			v := n.Get("identifier").At(0).Get("value").Text()
			mbi["Patient/"+n.Get("id").Text()] = v
		}
	})
	eachResource(t, out, func(n node.Node) {
		if n.ResourceType() != "ExplanationOfBenefit" {
			return
		}
		who := mbi[n.Get("patient").Get("reference").Text()]
		s := have[who]
		if s == nil {
			s = &sums{}
			have[who] = s
		}
		s.claims++
		for item := range n.Get("total").Items() {
			amount, err := money.ParseCents(item.Get("amount").Get("value").Text())
			if err != nil {
				t.Fatal(err)
			}
			switch kind := item.Get("category").Get("coding").At(0).Get("code").Text(); {
			case kind == "paidbypatient":
				s.copay += amount
			case kind == "benefit" && strings.Contains(n.Get("meta").Get("profile").At(0).Text(), "Institutional"):
				s.a += amount
			case kind == "benefit":
				s.b += amount
			}
		}
	})
	f, err := os.Open(filepath.Join(aco, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "bene_mbi_id,opted_out,claims,part_a_paid,part_b_paid,dme_paid,part_d_copay"; strings.Join(rows[0], ",") != want {
		t.Fatalf("truth.csv has %v", rows[0])
	}
	compared := 0
	for _, row := range rows[1:] {
		claims, _ := strconv.Atoi(row[2])
		want := sums{claims: claims}
		for i, to := range []*money.Cents{&want.a, &want.b, &want.b, &want.copay} {
			c, err := money.ParseCents(row[3+i])
			if err != nil {
				t.Fatal(err)
			}
			*to += c
		}
		got := have[row[0]]
		if got == nil {
			got = &sums{}
		}
		if compared++; *got != want && row[1] == "false" {
			t.Errorf("%s: %+v, want %+v", row[0], *got, want)
		}
	}
	if compared < 50 {
		t.Errorf("only %d members were compared", compared)
	}
}
