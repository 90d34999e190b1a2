// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// fixture is one of our own files: each has one claim that uses every loop of its
// guide that is modelled, with values that occur once.
func fixture(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// segments splits a fixture; envelope joins body segments with right counts.
func segments(text string) []string {
	var out []string
	for s := range strings.SplitSeq(text, "~") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// envelope puts segments from BHT on into an interchange with right counts.
func envelope(version string, body ...string) string {
	all := []string{
		"ISA*00*          *00*          *ZZ*CEDARBILLING   *ZZ*MAPLEPAYER     *260115*0930*^*00501*000000101*0*T*:",
		"GS*HC*CEDARBILLING*MAPLEPAYER*20260115*0930*7*X*" + version, "ST*837*0001*" + version}
	all = append(all, body...)
	all = append(all, fmt.Sprintf("SE*%d*0001", len(body)+2), "GE*1*7", "IEA*1*000000101")
	return strings.Join(all, "~\n") + "~\n"
}

// body is what stands between ST and SE.
func body(text string) []string {
	s := segments(text)
	return s[3 : len(s)-3]
}

// header and subscriber begin every small file; small is a claim of one line.
var (
	header = []string{"BHT*0019*00*B1*20260115*0930*CH", "NM1*41*2*CEDAR BILLING*****46*CEDAR1", "PER*IC*DORA*TE*5550100001",
		"NM1*40*2*MAPLE PAYER*****46*MAPLE1"}
	billing = []string{"HL*1**20*1", "NM1*85*2*BIRCH CLINIC*****XX*1912301953", "N3*12 ALDER ROAD", "N4*FERNDALE*WA*98248",
		"REF*EI*911234567"}
)

func subscriber(hl int) []string {
	return []string{fmt.Sprintf("HL*%d*1*22*0", hl), "SBR*P*18*******CI", "NM1*IL*1*HOLT*MARIAN****MI*MEM1", "N3*40 ELM COURT",
		"N4*FERNDALE*WA*98248", "DMG*D8*19610203*F", "NM1*PR*2*MAPLE PAYER*****PI*MAPLE2"}
}

func small(id string) []string {
	return []string{"CLM*" + id + "*40***11:B:1*Y*A*Y*Y", "HI*ABK:J069", "LX*1", "SV1*HC:G0438*40*UN*1***1", "DTP*472*D8*20260105"}
}

func join(parts ...[]string) []string {
	var out []string
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// file is a good file of n claims, each of a subscriber of its own.
func file(n int) string {
	parts := [][]string{header, billing}
	for i := range n {
		parts = append(parts, subscriber(i+2), small(fmt.Sprintf("C%06d", i)))
	}
	return envelope("005010X222A1", join(parts...)...)
}

// failer is what a test and a property check have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// read runs a text and returns the report and copies of what was said of claims.
func read(tb failer, text string, workers int, opt Options) (*x12.Report, []outcome) {
	tb.Helper()
	var out []outcome
	report, err := Run(context.Background(), bytes.NewReader([]byte(text)), opt, workers, nil, func(b *Batch) error {
		for i := range b.Claims {
			p := &b.Claims[i]
			o := outcome{ID: p.Claim.ID, Rejected: p.Rejected, Index: p.Claim.Source.Index, Segment: p.Claim.Source.Segment,
				Offset: p.Claim.Source.Offset, Lines: len(p.Claim.Lines), Raw: string(p.Raw)}
			for k := range p.Issues {
				o.Rules = append(o.Rules, p.Issues[k].Rule)
			}
			out = append(out, o)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return report, out
}

type outcome struct {
	ID       string
	Rejected bool
	Index    int
	Segment  int
	Offset   int64
	Lines    int
	Raw      string
	Rules    []string
}

// rules lists the rules of a report, errors only or all.
func rules(r *x12.Report, warnings bool) []string {
	var out []string
	r.Each(func(i *x12.Issue) {
		if warnings || !i.Warning {
			out = append(out, i.Rule)
		}
	})
	return out
}
