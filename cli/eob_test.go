// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// writeDemo runs woodlawn eob over the demo's claims.
func writeDemo(t *testing.T) string {
	t.Helper()
	t.Setenv("WOODLAWN_REFDATA", t.TempDir())
	t.Setenv("WOODLAWN_REFDATA", t.TempDir())
	return runDemo(t, "eob", demoPayer()...)
}

func demoPayer() []string {
	demo := filepath.Join(evidence.Root(), "demo")
	return []string{"--providers", filepath.Join(demo, "providers.csv"), "--clinicians", filepath.Join(demo, "clinicians.csv"),
		"--beneficiaries", filepath.Join(demo, "beneficiaries.csv"), "--received", "2025-12-15"}
}

// runDemo runs a command over the demo's claims and returns the folder that it filled.
func runDemo(t *testing.T, command string, flags ...string) string {
	t.Helper()
	demo, out := filepath.Join(evidence.Root(), "demo"), t.TempDir()
	var stderr bytes.Buffer
	args := append([]string{command, filepath.Join(demo, "professional.837"), filepath.Join(demo, "institutional.837"),
		"--date", "2026-01-05", "--out", out}, flags...)
	code := Main(args, Streams{In: strings.NewReader(""), Out: io.Discard, Err: &stderr})
	if code != ExitRejects { // the demo has claims that are set aside
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	return out
}

// TestRemittanceSums writes the demo's payments as an 835, reads them back, and
// compares the totals of what the claims become both ways. An 835 does not say the
// allowed amount of a stay.
func TestRemittanceSums(t *testing.T) {
	totals := func(dir string) map[string]string {
		out := map[string]string{}
		eachResource(t, dir, func(n node.Node) {
			if n.ResourceType() != "ExplanationOfBenefit" {
				return
			}
			for total := range n.Get("total").Items() {
				kind := total.Get("category").Get("coding").At(0).Get("code").Text()
				if kind != "eligible" || !n.Get("subType").Exists() {
					out[n.ID()+" "+kind] = total.Get("amount").Get("value").Text()
				}
			}
			out[n.ID()+" payment"] = n.Get("payment").Get("amount").Get("value").Text()
		})
		return out
	}
	priced := totals(writeDemo(t))
	paid := runDemo(t, "price", demoPayer()...)
	answered := totals(runDemo(t, "eob", "--remittance", filepath.Join(paid, remittanceFile)))
	if diff := cmp.Diff(priced, answered); diff != "" || len(priced) < 200 {
		t.Errorf("%d totals (-priced +from the 835): %s", len(priced), diff)
	}
}

// eachResource calls fn with the resources of a run.
func eachResource(t *testing.T, dir string, fn func(n node.Node)) {
	t.Helper()
	for _, kind := range eobTypes {
		text, err := os.ReadFile(filepath.Join(dir, kind+".ndjson"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			d, err := node.ParseResource(line)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			fn(d.Root())
		}
	}
}

// TestDemoBaseR4 validates what the demo's claims become against R4 itself.
func TestDemoBaseR4(t *testing.T) {
	v := &validate.Validator{}
	count, have, refers := 0, map[string]bool{}, map[string]string{}
	eachResource(t, writeDemo(t), func(n node.Node) {
		count++
		have[n.ResourceType()+"/"+n.ID()] = true
		collect(n, refers)
		for _, i := range v.Validate(n.Doc()) {
			if i.Severity == validate.Error {
				t.Errorf("%s/%s: %s", n.ResourceType(), n.ID(), i)
			}
		}
	})
	for to, from := range refers {
		if !have[to] {
			t.Errorf("%s refers to %s, which was not written", from, to)
		}
	}
	if count < 100 {
		t.Errorf("only %d resources were written", count)
	}
}

// collect notes what a resource refers to, with where.
func collect(n node.Node, refers map[string]string) {
	if r := n.Get("reference"); r.Kind() == node.String {
		refers[r.Text()] = r.Location()
	}
	for _, e := range n.Elements() {
		if e.Kind() == node.Object {
			collect(e, refers)
		}
	}
}

// TestDemoProfiles validates the same against CARIN Blue Button, and writes the ledger.
func TestDemoProfiles(t *testing.T) {
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	dir := writeDemo(t)
	var order []string
	counts, errors := map[string]int{}, map[string]int{}
	eachResource(t, dir, func(n node.Node) {
		profile := n.Get("meta").Get("profile").At(0).Text()
		if counts[profile] == 0 {
			order = append(order, profile)
		}
		counts[profile]++
		for _, i := range v.Validate(n.Doc()) {
			if i.Severity == validate.Error {
				errors[profile]++
				t.Errorf("%s/%s: %s", n.ResourceType(), n.ID(), i)
			}
		}
	})
	var b strings.Builder
	for _, p := range order {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", strings.ReplaceAll(p[strings.LastIndexByte(p, '/')+1:], "|", " "), counts[p], errors[p])
	}
	lines := func(name string) int {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(text, []byte("\n"))
	}
	if !t.Failed() {
		ledger.Check(t, "carin-claims.md", fmt.Sprintf(carinPage, lines(lossesFile), lines(rejectsFile), b.String()))
	}
}

const carinPage = `# CARIN Blue Button from the demo's claims

` + "`woodlawn eob demo/*.837`" + ` prices the demo's claims and writes %d of them as resources; %d are set aside, as
` + "`woodlawn price`" + ` sets them aside. Each resource is validated against R4 and its profile, with the packages of R4,
US Core 3.1.1 and CARIN Blue Button 2.0.0 loaded.

| profile | resources | errors |
|---|---|---|
%s`
