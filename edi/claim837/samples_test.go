// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// expectation is what a sample must come to, and why that is right.
type expectation struct {
	good, bad int    // claims
	rules     string // rules that must be among the errors
	why       string
}

// others says what is expected of the samples that are no 837 professional or
// institutional claims, by folder.
var others = map[string]expectation{
	"270-271": {rules: "837.ST01", why: "no claim"}, "275": {rules: "837.ST01", why: "no claim; the BIN payload is taken by its length"},
	"276-277": {rules: "837.ST01", why: "no claim"}, "277CA": {rules: "837.ST01", why: "no claim"},
	"278": {rules: "837.ST01", why: "no claim"}, "820": {rules: "837.ST01", why: "no claim"}, "834": {rules: "837.ST01", why: "no claim"},
	"835": {rules: "837.ST01", why: "no claim"}, "999": {rules: "837.ST01", why: "no claim"},
}

const (
	brokenHI   = "its HI parts code and qualifier with *, lines do not add up, HL02 names no open level, SE01 is wrong; its authors' check is looser"
	deidentify = "its codes were overwritten when it was de-identified (BHT01, CLM05, SV101, no HI)"
	otherMark  = "its claims part components with >, its ISA16 says :"
)

var expected = map[string]expectation{
	"837I/databricks__CC_837I_EDI.txt":                              {good: 1, why: "valid but for an invented NPI"},
	"837I/inteligenz__InstitutionalClaim5010.txt":                   {bad: 1, rules: "X12.ST03 X12.SE01 837I.2320.unexpected", why: "GS08 names the professional guide, as the sample means it to; loops are in the order of 4010"},
	"837I/linuxforhe__institutional-claim.837i":                     {good: 1, why: "old habits (CLM06, DTP*434*D8) are warnings"},
	"837I/linuxforhe__two-claims-single-provider.837i":              {good: 2, why: "CLM06 is a warning"},
	"837P/databricks__CHPW_Claimdata.txt":                           {good: 5, why: "HL01 does not start at 1 in each ST: a warning"},
	"837P/imsweb__x12_complex.txt":                                  {bad: 6, rules: "837P.2300.HI01-02.required X12.GE01 X12.SE01 837.HL02.parent", why: brokenHI},
	"837P/imsweb__x12_many_claims.txt":                              {bad: 820, rules: "837P.2300.HI01-02.required 837.CLM02.total", why: brokenHI},
	"837P/imsweb__x12_multiple_gs.txt":                              {bad: 6, rules: "837P.2300.HI01-02.required X12.SE01", why: brokenHI},
	"837P/imsweb__x12_valid.txt":                                    {bad: 2, rules: "837P.2300.HI01-02.required 837.CLM02.total 837.HL02.parent X12.SE01", why: brokenHI},
	"837P/imsweb__x12_valid_different_separators.txt":               {bad: 2, rules: "837P.2300.HI01-02.required 837.CLM02.total 837.HL02.parent X12.SE01", why: brokenHI},
	"837P/inteligenz__MedicaidExample.txt":                          {bad: 5, rules: "837P.HEADER.BHT01.code 837P.2300.HI.required", why: deidentify},
	"837P/linuxforhe__demo.ambulance.example5.837":                  {bad: 1, rules: "837P.2300.CLM05-02.required", why: "CLM05-2 is empty"},
	"837P/linuxforhe__demo.autoaccident.837":                        {good: 1, why: "valid but for invented NPIs"},
	"837P/linuxforhe__demo.cob.2ndary.example4.837":                 {bad: 1, rules: "837.CLM05.separator", why: otherMark},
	"837P/linuxforhe__demo.cob.example3.A.837":                      {bad: 1, rules: "837P.2330B.NM1.required", why: "loop 2320 has no other payer name"},
	"837P/linuxforhe__demo.cob.example3.B.837":                      {good: 1, why: "valid but for invented NPIs"},
	"837P/linuxforhe__demo.drug.example10.1.837":                    {good: 1, why: "valid"},
	"837P/linuxforhe__demo.example1.837":                            {good: 1, why: "valid"},
	"837P/linuxforhe__demo.example11.837":                           {bad: 1, rules: "837.CLM05.separator", why: otherMark},
	"837P/linuxforhe__demo.example2.837":                            {good: 1, why: "valid but for invented NPIs"},
	"837P/linuxforhe__demo.example7.837":                            {good: 1, why: "valid but for invented identifiers"},
	"837D/kputnam__claim-from-billing-provider-to-payer-a.edi":      {good: 1, why: "valid but for invented NPIs"},
	"837D/kputnam__claim-multi-quantity-single-line.edi":            {good: 1, why: "valid"},
	"837D/kputnam__multiple-tooth-numbers.edi":                      {good: 1, why: "valid"},
	"837D/kputnam__predetermination-of-benefits.edi":                {good: 1, why: "valid but for an invented NPI"},
	"837D/moov-io__sample.txt":                                      {good: 1, why: "valid but for invented NPIs"},
	"837P/moov-io__sample.txt":                                      {good: 8, why: "valid but for invented NPIs and pointers"},
	"837P/uhin__837.edi":                                            {good: 1, why: "valid"},
	"275/xlate__sample275_with_HL7_invalid_BIN01.edi":               {rules: "837.ST01 X12.BIN.length", why: "the BIN length is wrong, as the sample means it to be"},
	"TA1/uhin__TA1.edi":                                             {rules: "X12.ISA.width X12.ISA12", why: "a TA1 of version 4010 whose ISA lacks its padding"},
	"999/imsweb__x12_999_accepted.txt":                              {rules: "837.ST01 X12.IEA02", why: "no claim; IEA02 differs from ISA13"},
	"malformed/arcward__271_mismatched_control_numbers.txt":         {rules: "X12.IEA02 X12.GE02 X12.SE02", why: "all three control numbers differ"},
	"malformed/gunajii__invalid_837.edi":                            {rules: "837.CLM.required 837P.2010BB.unexpected", why: "no CLM; the ISA is short too"},
	"malformed/imsweb__x12_bad_segment_identifier.txt":              {bad: 2, rules: "837P.1000A.unknown 837P.2010AA.unknown 837P.2000B.unknown", why: "unknown segment identifiers"},
	"malformed/imsweb__x12_loop_errors1_exceeds_max_1_parent.txt":   {bad: 1, rules: "837P.2010AA.NM1.repeat", why: "2010AA appears too many times"},
	"malformed/imsweb__x12_missing_elements.txt":                    {bad: 2, rules: "837P.1000B.NM102.required 837P.2300.CLM05.required", why: "NM102 of 1000B and CLM05 of 2300 are missing"},
	"malformed/imsweb__x12_missing_required_loop_in_one_repeat.txt": {bad: 2, rules: "837P.2010BA.NM1.required", why: "2010BA is missing in the first subscriber"},
	"malformed/imsweb__x12_segment_errors.txt":                      {bad: 1, rules: "837P.2010AA.N3.required 837P.2300.HI.required 837P.2010AA.REF.repeat", why: "N3 and HI are missing, REF is one too many"},
	"malformed/inteligenz__MissingEntityCode.txt":                   {bad: 5, rules: "837P.2310A.NM101.qualifier", why: "NM101 is missing; " + deidentify},
	"malformed/kartik-hir__batch_with_one_bad_transaction.x12":      {rules: "837.ST01", why: "no claim; what is bad in it is for the reader of eligibility requests to say"},
	"malformed/xlate__837-header-ref-only.edi":                      {rules: "837.CLM.required 837P.HEADER.unexpected 837P.1000A.NM1.required", why: "header only"},
}

// TestSamples reads every sample, compares with what is expected and writes the ledger.
func TestSamples(t *testing.T) {
	root := evidence.Path(t, "data/edi")
	files, err := filepath.Glob(filepath.Join(root, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	var table strings.Builder
	read, refused, claims, aside := 0, 0, 0, 0
	for _, path := range files {
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		folder, _, _ := strings.Cut(name, "/")
		if folder == "bench" || folder == "hl7v2" {
			continue
		}
		want, ok := expected[name]
		if !ok {
			if want, ok = others[folder]; !ok {
				t.Errorf("%s: nothing is expected of this sample", name)
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		report, err := Run(context.Background(), bytes.NewReader(data), Options{File: name}, 2, Stages{})
		if err != nil {
			t.Fatal(err)
		}
		have := rules(report, false)
		if int(report.Claims) != want.good+want.bad || int(report.Rejected) != want.bad {
			t.Errorf("%s: %d claims, %d set aside; want %d and %d: %v", name, report.Claims, report.Rejected, want.good+want.bad, want.bad, have)
		}
		for rule := range strings.FieldsSeq(want.rules) {
			if !contains(have, rule) {
				t.Errorf("%s: no %s among %v", name, rule, have)
			}
		}
		if want.rules == "" && !report.OK() {
			t.Errorf("%s: %v", name, have)
		}
		outcome := "read"
		if !report.OK() {
			outcome = "refused"
			refused++
		} else {
			read++
		}
		claims, aside = claims+int(report.Claims), aside+int(report.Rejected)
		fmt.Fprintf(&table, "| %s | %s | %d | %d | %s | %s |\n", name, outcome, report.Accepted(), report.Rejected, firstReasons(report), want.why)
	}
	ledger.Check(t, "x12-samples.md", fmt.Sprintf(samplesHead, read+refused, read, refused, claims, aside)+table.String())
}

const samplesHead = `# X12 samples

What the 837 reader makes of sample files that others published: %d files, of which %d are read without an error and %d
refused, wholly or in part, with the reasons named. They hold %d claims, of which %d are set aside. This page is written by a
test, which fails if a sample comes to another outcome than the last column gives as right.

Files that hold no claim are split into segments and their envelopes are checked; their
transactions are refused here with rule 837.ST01. A check that practically every payer
lives without is a warning and sets nothing aside: the NPI check digit, the form of Medicare identifiers, diagnosis pointers,
numbering of HL and LX, elements that the guide does not use, DTP*434*D8.

| file | outcome | claims good | set aside | first reasons (w: warning) | why that is right |
|---|---|---|---|---|---|
`

func contains(list []string, v string) bool {
	for _, have := range list {
		if have == v {
			return true
		}
	}
	return false
}

// firstReasons lists up to four rules, each once, errors before warnings.
func firstReasons(r *x12.Report) string {
	var errs, warnings []string
	r.Each(func(i *x12.Issue) {
		list, rule := &errs, i.Rule
		if i.Warning {
			list, rule = &warnings, "w "+rule
		}
		if !contains(*list, rule) {
			*list = append(*list, rule)
		}
	})
	all := append(errs, warnings...)
	if len(all) > 4 {
		all = append(all[:4:4], fmt.Sprintf("and %d more", len(all)-4))
	}
	return strings.Join(all, ", ")
}
