// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Clinician is whom a rate belongs to.
type Clinician struct {
	TIN string `json:"tin"`
	NPI string `json:"npi"`
}

// visit is one claim's lines of one clinician: what CMS calls a split claim.
type visit struct {
	clinician Clinician
	patient   string
	claimID   string
	from      civil.Date
	age       int
	sex       byte
	diagnoses []string
	lines     []line
	rates     rates // those that it can be eligible for
}

type line struct {
	code      string
	place     string
	modifiers [4]string
}

// split makes a visit for each clinician on a professional claim. Lines of a
// clinician who is not named belong to the billing provider.
func (s *Set) split(c *claim.Claim) []*visit {
	var list []*visit
	for i := range c.Lines {
		l := &c.Lines[i]
		v := visitOf(&list, c, Clinician{c.Billing.TaxID, rendering(c, l)})
		date := l.From
		if date.IsZero() {
			date = c.From
		}
		if v.from.IsZero() || date.Before(v.from) {
			v.from = date
		}
		place := l.PlaceOfService
		if place == "" {
			place = c.PlaceOfService
		}
		v.lines = append(v.lines, line{l.Procedure, place, l.Modifiers})
	}
	kept := list[:0]
	for _, v := range list {
		for _, l := range v.lines {
			v.rates |= s.relevant[l.code]
		}
		if v.rates != 0 {
			v.rates |= s.always
			kept = append(kept, v)
		}
	}
	return kept
}

func rendering(c *claim.Claim, l *claim.Line) string {
	for _, p := range []*claim.Provider{l.Provider(claim.Rendering), c.Provider(claim.Rendering)} {
		if p != nil && p.NPI != "" {
			return p.NPI
		}
	}
	return c.Billing.NPI
}

func visitOf(list *[]*visit, c *claim.Claim, who Clinician) *visit {
	for _, v := range *list {
		if v.clinician == who {
			return v
		}
	}
	person := c.Patient
	if c.PatientIsSubscriber {
		person = c.Subscriber
	}
	v := &visit{clinician: who, patient: patientKey(c), claimID: c.ID, sex: person.Sex}
	for _, d := range c.Diagnoses {
		v.diagnoses = append(v.diagnoses, d.Code)
	}
	*list = append(*list, v)
	return v
}

// patientKey is the member number; a dependent shares the subscriber's, so the
// birth date and first name tell them apart.
func patientKey(c *claim.Claim) string {
	if c.PatientIsSubscriber || c.Patient.ID != "" && c.Patient.ID != c.Subscriber.ID {
		return first(c.Patient.ID, c.Subscriber.ID)
	}
	return c.Subscriber.ID + "/" + c.Patient.Born.String() + "/" + c.Patient.Name.First
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// qualityModifiers are the CPT Category II modifiers: they turn what the code
// says into an exception (1P, 2P, 3P) or into not done (8P).
var qualityModifiers = []string{"1P", "2P", "3P", "8P"}

// matches tells whether a line meets the rule.
func (r codeRule) matches(l line) bool {
	if r.code != l.code || slices.Contains(r.places, l.place) ||
		len(r.placesOfServiceOnly) > 0 && !slices.Contains(r.placesOfServiceOnly, l.place) {
		return false
	}
	if len(r.modifiers) > 0 && !l.hasAny(r.modifiers) {
		return false
	}
	return !l.hasAny(r.modifiersBarred)
}

// matchesQuality is matches for a quality-data code. A code without a modifier in
// the measure does not speak of a line with one of the four: the file of 2018 barred
// them one by one, later files leave it unsaid.
func (r codeRule) matchesQuality(l line) bool {
	return r.matches(l) && (len(r.modifiers) > 0 || !l.hasAny(qualityModifiers))
}

func (l line) hasAny(modifiers []string) bool {
	for _, m := range l.modifiers {
		if m != "" && slices.Contains(modifiers, m) {
			return true
		}
	}
	return false
}

// eligible tells whether a visit is in the denominator, and if not why. Conditions
// are asked in the order of the reasons.
func (e *eligibility) eligible(v *visit) (bool, string) {
	switch {
	case v.age < e.minAge:
		return false, "younger than the measure asks"
	case e.maxAge >= 0 && v.age > e.maxAge:
		return false, "older than the measure asks"
	case e.sex != 0 && v.sex != e.sex:
		return false, "not of the sex that the measure asks"
	case len(e.diagnoses) > 0 && !slices.ContainsFunc(v.diagnoses, func(d string) bool { return e.diagnoses[d] }):
		return false, "no diagnosis of the measure"
	case slices.ContainsFunc(v.diagnoses, func(d string) bool { return e.excluded[d] }):
		return false, "a diagnosis that the measure excludes"
	}
	if len(e.procedures) == 0 {
		return true, ""
	}
	for _, l := range v.lines {
		if slices.ContainsFunc(e.procedures[l.code], func(r codeRule) bool { return r.matches(l) }) {
			return true, ""
		}
	}
	return false, "no encounter or procedure of the measure"
}

// eligible tells whether a visit meets any option of the group.
func (g *group) eligible(v *visit) (bool, string) {
	why := ""
	for i := range g.eligibility {
		ok, reason := g.eligibility[i].eligible(v)
		if ok {
			return true, ""
		}
		why = reason
	}
	return false, why
}

// outcomes are all that the visit's quality-data codes say.
func (g *group) outcomes(v *visit, add func(Outcome)) {
	for _, option := range g.performance {
		if option.met(v) {
			add(option.outcome)
		}
	}
}

func (p *performance) met(v *visit) bool {
	for _, rule := range p.codes {
		if !slices.ContainsFunc(v.lines, rule.matchesQuality) {
			return false
		}
	}
	return true
}
