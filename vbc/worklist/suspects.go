// SPDX-License-Identifier: Apache-2.0

package worklist

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// Suspects are rules by which a code of a claim hints at a condition that no diagnosis
// states. They are the user's own: none are shipped.
type Suspects struct {
	name string
	// rules by code system and code; those of a prefix apart.
	rules    map[[2]string][]suspectRule
	prefixes []suspectRule
}

type suspectRule struct {
	system, code, reason string
	hcc, line            int
}

// codeSystems are what a rule may name.
var codeSystems = []string{"HCPCS", "NDC", "ICD10CM", "ICD10PCS", "DRG", "REVENUE"}

// ReadSuspects reads a csv with the columns system (HCPCS, NDC, ICD10CM, ICD10PCS, DRG,
// REVENUE), code (with a * at its end for all that begin so), hcc and reason.
func ReadSuspects(r io.Reader, name string) (*Suspects, error) {
	s := &Suspects{name: name, rules: map[[2]string][]suspectRule{}}
	err := feed.EachRow(r, name, []string{"system", "code", "hcc", "reason"}, func(line int, f []string) error {
		x := suspectRule{system: strings.ToUpper(f[0]), code: plain(f[1]), reason: f[3], line: line}
		hcc, err := strconv.Atoi(f[2])
		if !slices.Contains(codeSystems, x.system) || x.code == "" || x.code == "*" || err != nil {
			return fmt.Errorf("%s, line %d: wants a system (%s), a code and the number of an HCC", name, line, strings.Join(codeSystems, ", "))
		}
		x.hcc = hcc
		if stem, ok := strings.CutSuffix(x.code, "*"); ok {
			x.code = stem
			s.prefixes = append(s.prefixes, x)
		} else {
			s.rules[[2]string{x.system, x.code}] = append(s.rules[[2]string{x.system, x.code}], x)
		}
		return nil
	})
	return s, err
}

// plain is a code as claims carry it: upper case, without points and hyphens.
func plain(code string) string {
	return strings.ToUpper(strings.NewReplacer(".", "", "-", "").Replace(strings.TrimSpace(code)))
}

// check holds the rules against the model.
func (s *Suspects) check(m *risk.Model) error {
	if s == nil {
		return nil
	}
	bad := func(x *suspectRule) error {
		if m.Has(x.hcc) {
			return nil
		}
		return fmt.Errorf("%s, line %d: %s has no category %d", s.name, x.line, m.Name, x.hcc)
	}
	for _, list := range s.rules {
		for i := range list {
			if err := bad(&list[i]); err != nil {
				return err
			}
		}
	}
	for i := range s.prefixes {
		if err := bad(&s.prefixes[i]); err != nil {
			return err
		}
	}
	return nil
}

// Suspicion is a category that a code hints at and no diagnosis of the years states.
type Suspicion struct {
	HCC    int      `json:"hcc"`
	Label  string   `json:"label"`
	Reason string   `json:"reason"`
	System string   `json:"system"`
	Last   Evidence `json:"last"`
}

// suspect looks at every code of the claims of the year that is worked and the one before.
func (f *Finder) suspect(b *feed.Beneficiary, p *Person) {
	s := f.l.cfg.Suspects
	if s == nil {
		return
	}
	hit := func(c *feed.Claim, x *suspectRule, code string) {
		if f.known(x.hcc) {
			return
		}
		e := evidence(c, code)
		for i := range p.Suspects {
			if have := &p.Suspects[i]; have.HCC == x.hcc && have.Reason == x.reason {
				if e.Day.After(have.Last.Day) {
					have.Last, have.System = e, x.system
				}
				return
			}
		}
		p.Suspects = append(p.Suspects, Suspicion{HCC: x.hcc, Label: f.l.next.Label(x.hcc), Reason: x.reason, System: x.system, Last: e})
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		if k := f.l.cfg.Year - c.Thru.Year(); k != 0 && k != 1 {
			continue
		}
		codesOf(c, func(system, code string) {
			for i, list := 0, s.rules[[2]string{system, code}]; i < len(list); i++ {
				hit(c, &list[i], code)
			}
			for i := range s.prefixes {
				if x := &s.prefixes[i]; x.system == system && strings.HasPrefix(code, x.code) {
					hit(c, x, code)
				}
			}
		})
	}
	slices.SortFunc(p.Suspects, func(x, y Suspicion) int {
		return cmp.Or(cmp.Compare(x.HCC, y.HCC), strings.Compare(x.Reason, y.Reason))
	})
}

// codesOf gives every code of a claim with its system.
func codesOf(c *feed.Claim, give func(system, code string)) {
	for _, code := range c.Diagnoses {
		give("ICD10CM", code)
	}
	for i := range c.Procedures {
		give("ICD10PCS", c.Procedures[i].Code)
	}
	if c.DRG != "" {
		give("DRG", strings.TrimLeft(c.DRG, "0"))
		give("DRG", c.DRG)
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Code != "" {
			if c.Setting == feed.Drug {
				give("NDC", l.Code)
			} else {
				give("HCPCS", l.Code)
			}
		}
		if l.Revenue != "" {
			give("REVENUE", l.Revenue)
		}
	}
}
