// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Check looks whether the fee schedule's tables fit together, for each period that
// has relative values: rules that are all there, a conversion factor, an anesthesia
// factor for each locality, indices for each locality that a ZIP code leads to. It
// returns a sentence for each thing that does not fit.
func Check(cat *refdata.Catalog) []string {
	p := New(cat)
	var findings []string
	for _, m := range cat.Versions("mpfs.rvu") {
		s := p.schedule(m.Effective)
		told := func(format string, args ...any) {
			findings = append(findings, fmt.Sprintf("fee schedule of %s: ", m.Effective)+fmt.Sprintf(format, args...))
		}
		for _, err := range []error{s.err, s.rvuErr, s.gpciErr, s.anesErr, s.zipErr} {
			if err != nil {
				told("%v", err)
			}
		}
		if !s.cf[0].ok {
			told("no conversion factor; import PPRRVU")
		}
		for i := range s.policy {
			if !s.policy[i].ok && m.Effective.Year() >= 2025 {
				told("rule %s is not in table mpfs.policy", policyKeys[i])
			}
		}
		for i := range s.gpcis {
			if g := &s.gpcis[i]; s.anesErr == nil && g.anesthesia[0] == 0 {
				told("locality %s/%s has no anesthesia conversion factor", g.carrier, g.locality)
			}
		}
		if s.zip == nil || s.gpciErr != nil {
			continue
		}
		seen := map[uint32]bool{}
		for _, z := range []*zipRows{&s.zip.five, &s.zip.nine} {
			for i := range z.rows {
				r := &z.rows[i]
				if _, ok := s.local[r.locality]; ok || seen[r.locality] || !r.holds(m.Effective) {
					continue
				}
				seen[r.locality] = true
				told("locality %05d/%02d of the ZIP code files has no indices", r.locality/100, r.locality%100)
			}
		}
	}
	return findings
}
