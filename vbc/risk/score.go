// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Term is one addend of a score. Coefficient counts thousandths.
type Term struct {
	Name        string
	Coefficient int64
}

// Result is a score with the terms of its sum. Its slices belong to the Scratch and
// are good until the next Score.
type Result struct {
	Segment string
	// Score is the raw score, the sum of the terms, in thousandths.
	Score int64
	// Payment is the score after normalization and the MA coding pattern adjustment,
	// in thousandths; PaymentKnown is false where the factors are not loaded.
	Payment      int64
	PaymentKnown bool
	// Verified is false if any table behind the raw score was not compared with CMS's.
	Verified bool
	Terms    []Term
	HCCs     []string // after hierarchies, by their number as text
	Dropped  []string // silenced by a hierarchy or a missing companion
	// Unmapped counts the diagnoses that lead to no category of the model.
	Unmapped int
}

// Scratch is the memory of one worker.
type Scratch struct {
	terms   []Term
	hccs    []string
	dropped []string
	perDx   []set // what each diagnosis led to, for the trace
}

// Score computes the risk score of a person. It fails with a *PersonError if a field
// can't be used, and traces its steps if t is on.
func (m *Model) Score(p *Person, s *Scratch, t *trace.Trace) (Result, error) {
	f, err := p.flags()
	if err != nil {
		return Result{}, err
	}
	f = f.in(m.family, p) | graftFlags(p)
	name, err := m.family.segment(p, f)
	if err != nil {
		return Result{}, err
	}
	seg := m.segments[name]
	if seg == nil {
		return Result{}, &PersonError{"segment", name, "is no segment of " + m.Name}
	}
	s.terms, s.hccs, s.dropped = s.terms[:0], s.hccs[:0], s.dropped[:0]
	found, unmapped := m.find(p, s, t.On())
	kept := m.hierarchy(found)
	if !seg.demographic(p, f, s) && name != "TRANSPLANT" {
		return Result{}, &PersonError{"segment", name, fmt.Sprintf("has no factor for age %d", p.Age)}
	}
	if extra := m.graftSegments(name, f); extra != nil {
		extra.demographic(p, f, s)
	}
	seg.disease(m, kept, f, s)

	r := Result{Segment: name, Verified: m.Verified, Unmapped: unmapped}
	for _, term := range s.terms {
		r.Score += term.Coefficient
	}
	for i := kept.next(0); i >= 0; i = kept.next(i + 1) {
		s.hccs = append(s.hccs, m.categories[i].text)
	}
	gone := found.without(kept)
	for i := gone.next(0); i >= 0; i = gone.next(i + 1) {
		s.dropped = append(s.dropped, m.categories[i].text)
	}
	if m.Factors != nil {
		r.Payment, r.PaymentKnown = m.Factors.payment(r.Score), true
	}
	r.Terms, r.HCCs, r.Dropped = s.terms, s.hccs, s.dropped
	if t.On() {
		m.explain(p, s, seg, found, kept, &r, t)
	}
	return r, nil
}

// find maps the diagnoses to categories, after the age and sex edits.
func (m *Model) find(p *Person, s *Scratch, keep bool) (found set, unmapped int) {
	s.perDx = s.perDx[:0]
	for _, code := range p.Diagnoses {
		d, ok := m.diagnoses[code]
		c := d.at(p)
		if !ok {
			unmapped++
		}
		found = found.or(c)
		if keep {
			s.perDx = append(s.perDx, c)
		}
	}
	return found, unmapped
}

// hierarchy leaves the categories that count.
func (m *Model) hierarchy(found set) set {
	for _, r := range m.required {
		if found.has(r.category) && !found.meets(r.anyOf) {
			found = found.without(one(r.category))
		}
	}
	kept := found
	for i := found.next(0); i >= 0; i = found.next(i + 1) {
		kept = kept.without(m.categories[i].drops)
	}
	return kept
}

// demographic adds the factors of age, sex and entitlement; it tells whether the segment
// has one for the person's age and sex.
func (seg *segment) demographic(p *Person, f flags, s *Scratch) bool {
	sex := 0
	if p.Sex == 'M' {
		sex = 1
	}
	age := p.Age
	if age == 64 && p.OREC == '0' && p.NewEnrollee {
		age = 65 // entitled by age within the payment year
	}
	for i := range statusNames {
		if f&statusNames[i].needs == statusNames[i].needs {
			s.add(seg.cells[i][sex][age])
		}
	}
	found := len(s.terms) > 0
	for i := range seg.named {
		if n := &seg.named[i]; f&n.needs == n.needs {
			s.add(n.factor)
		}
	}
	return found
}

func (seg *segment) disease(m *Model, kept set, f flags, s *Scratch) {
	for i := kept.next(0); i >= 0; i = kept.next(i + 1) {
		s.add(seg.categories[i])
	}
	for i := range m.interact {
		x := &m.interact[i]
		if seg.interact[i].name != "" && x.holds(kept, f) {
			s.add(seg.interact[i])
		}
	}
	if n := kept.len(); n > 0 {
		s.add(seg.counts[min(n, 10)])
	}
}

func (x *interaction) holds(kept set, f flags) bool {
	if f&x.needs != x.needs {
		return false
	}
	for _, g := range x.sets {
		if !kept.meets(g) {
			return false
		}
	}
	return true
}

func (s *Scratch) add(f factor) {
	if f.name != "" {
		s.terms = append(s.terms, Term{f.name, f.value})
	}
}

// payment normalizes a raw score and takes the coding pattern adjustment off, each
// step rounded to three decimals as in the Rate Announcement.
func (f *Factors) payment(raw int64) int64 {
	normalized := money.HalfUp(raw, 1000, f.Normalization)
	return money.HalfUp(normalized, 10_000-f.CodingPercent, 10_000)
}
