// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
)

// TestNothingIsLost looks for every value of the full fixtures in the claim. What
// is not looked for are qualifiers that become the name or type of a field.
func TestNothingIsLost(t *testing.T) {
	for _, name := range []string{"professional.edi", "institutional.edi", "dental.edi"} {
		text := fixture(t, name)
		r := NewReader(strings.NewReader(text), Options{Rejected: func(p *Parsed) { t.Errorf("%s: set aside: %v", name, p.Issues) }})
		var c claim.Claim
		if err := r.Next(&c); err != nil {
			t.Fatal(name, err)
		}
		if rules := rules(r.Report(), true); len(rules) > 0 {
			t.Errorf("%s has issues: %v", name, rules)
		}
		b, err := json.Marshal(&c)
		if err != nil {
			t.Fatal(err)
		}
		lookForAll(t, normal(string(b)), name, body(text))
		if err := r.Next(&c); err != io.EOF {
			t.Errorf("%s: %v after the last claim", name, err)
		}
	}
}

// TestNothingIsLostOfBadClaims takes each segment out in turn, which breaks the
// claim more often than not: what is left of it must still be there.
func TestNothingIsLostOfBadClaims(t *testing.T) {
	for _, name := range []string{"professional.edi", "institutional.edi", "dental.edi"} {
		text := fixture(t, name)
		version := strings.Split(segments(text)[2], "*")[3]
		all := body(text)
		for i, out := range all {
			if strings.HasPrefix(out, "HL*") || strings.HasPrefix(out, "CLM*") {
				continue // without these the claim is no claim
			}
			left := append(slices.Clone(all[:i]), all[i+1:]...)
			var have string
			_, err := Run(context.Background(), strings.NewReader(envelope(version, left...)), Options{}, 1, Stages{Emit: func(b *Batch) error {
				for k := range b.Claims {
					text, err := json.Marshal(&b.Claims[k].Claim)
					if err != nil {
						return err
					}
					have += normal(string(text))
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			lookForAll(t, have, name+" without "+out, left)
		}
	}
}

// lookForAll looks for the values of all segments.
func lookForAll(t *testing.T, have, name string, segs []string) {
	t.Helper()
	for _, seg := range segs {
		elements := strings.Split(seg, "*")
		checked, listed := carried[elements[0]]
		for i, el := range elements[1:] {
			if !listed || slices.Contains(checked, i+1) {
				lookFor(t, have, name, seg, i+1, el)
			}
		}
	}
}

// carried lists the elements of a segment whose values a claim must hold.
// Segments not listed must be held whole.
var carried = map[string][]int{
	"BHT": {}, "HL": {}, "PER": {2, 4, 6}, "NM1": {3, 4, 5, 7, 9}, "REF": {2, 4}, "PRV": {3}, "SBR": {3, 4, 5, 9}, "PAT": {1, 6, 8},
	"DMG": {2}, "CLM": {1, 2, 5, 11, 12, 20}, "DTP": {3}, "PWK": {1, 2, 6}, "AMT": {2}, "CR1": {2, 6, 9, 10}, "CR2": {8, 10, 11},
	"CRC": {1, 3, 4}, "HI": {1, 2, 3}, "CAS": {2, 3, 4, 5, 6}, "OI": {}, "LX": {}, "SV1": {1, 2, 3, 4, 5}, "SV2": {1, 2, 3, 4, 5, 7},
	"SV3": {1, 2, 3, 4, 6, 11}, "TOO": {2}, "DN1": {1, 2}, "DN2": {1},
	"MEA": {2, 3}, "QTY": {1, 2}, "LIN": {3}, "CTP": {4, 5}, "SVD": {1, 2, 3, 4, 5}, "CL1": {3},
}

func lookFor(t *testing.T, have, name, seg string, n int, element string) {
	t.Helper()
	if strings.HasPrefix(seg, "NM1*41") || strings.HasPrefix(seg, "NM1*40") || seg == "PER*IC*DORA QUILL*TE*5550100001" ||
		strings.HasPrefix(seg, "PER*IC*DORA QUILL") {
		return // who sends and receives the file is told by claim.Source
	}
	qualifiers := map[string]bool{"D8": true, "RD8": true, "TM": true, "B": true, "A": true, "ABK": true, "ABF": true, "ABJ": true, "APR": true,
		"ABN": true, "DR": true, "BBR": true, "BBQ": true, "BI": true, "BH": true, "BE": true, "BG": true, "TC": true}
	for part := range strings.SplitSeq(element, ":") {
		if part == "" || qualifiers[part] {
			continue
		}
		if strings.HasPrefix(seg, "DTP") || strings.HasPrefix(seg, "HI") {
			for half := range strings.SplitSeq(part, "-") {
				lookForOne(t, have, name, seg, n, half)
			}
			continue
		}
		lookForOne(t, have, name, seg, n, part)
	}
}

func lookForOne(t *testing.T, have, name, seg string, n int, v string) {
	t.Helper()
	if len(v) == 1 && v[0] >= 'A' && v[0] <= 'Z' { // kept as a byte, which JSON prints as a number
		return
	}
	if len(v) == 12 { // a date with a time
		lookForOne(t, have, name, seg, n, v[:8])
		v = v[8:]
	}
	if !strings.Contains(have, normal(v)) {
		t.Errorf("%s: %s: element %d: %q is not in the claim", name, seg, n, v)
	}
}

// normal writes dates and numbers as the claim's JSON does.
func normal(v string) string { return strings.ReplaceAll(v, "-", "") }
