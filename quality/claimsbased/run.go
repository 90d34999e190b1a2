// SPDX-License-Identifier: Apache-2.0

package claimsbased

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Run gathers a year's claims and gives the rates. Only what the measures can use
// is kept of a claim. It is not safe for concurrent use.
type Run struct {
	set    *Set
	claims map[claimKey][]*visit
	order  []claimKey
	// dates are the claims of a patient with one control number, for replacements that
	// correct the date.
	dates map[claimName][]civil.Date
	// Counts of what Add was given. Unmatched are replacements and voids of claims that were
	// not given before, or had no code of a measure.
	Given, Kept, OtherYear, OtherForm, Replaced, Voided, Unmatched int
}

// claimKey names a claim, so that its replacement or void finds it. The date is in
// it because practices use a patient control number again for the next visit.
type claimKey struct {
	claimName
	date civil.Date
}

type claimName struct{ tin, id, patient string }

// NewRun starts a run.
func NewRun(set *Set) *Run {
	return &Run{set: set, claims: map[claimKey][]*visit{}, dates: map[claimName][]civil.Date{}}
}

// Add takes a claim. What it needs is copied. An answer that is not empty says why
// the claim cannot be used; it names no person.
func (r *Run) Add(c *claim.Claim) (reject string) {
	r.Given++
	if c.Form != claim.Professional {
		r.OtherForm++
		return ""
	}
	person := c.Patient
	if c.PatientIsSubscriber {
		person = c.Subscriber
	}
	switch {
	case c.Subscriber.ID == "" && c.Patient.ID == "":
		return "the claim has no member number"
	case person.Born.IsZero():
		return "the claim has no birth date, which every measure asks"
	}
	key := claimKey{claimName{clone(c.Billing.TaxID), clone(c.ID), clone(patientKey(c))}, c.ServiceDate()}
	if c.Frequency == '7' || c.Frequency == '8' {
		if earlier, ok := r.earlier(key); ok {
			r.Replaced++
			r.claims[earlier] = nil
		} else {
			r.Unmatched++
		}
	}
	if c.Frequency == '8' {
		r.Voided++
		return ""
	}
	var kept []*visit
	for _, v := range r.set.split(c) {
		if v.from.IsZero() {
			return "the claim has no date of service"
		}
		if v.from.Year() != r.set.Year {
			r.OtherYear++
			continue
		}
		v.age = person.Born.Age(v.from)
		kept = append(kept, v.detached())
	}
	if len(kept) == 0 {
		return ""
	}
	if _, again := r.claims[key]; !again {
		r.order = append(r.order, key)
		r.dates[key.claimName] = append(r.dates[key.claimName], key.date)
	}
	r.claims[key] = append(r.claims[key], kept...)
	r.Kept++
	return ""
}

// earlier is the claim that a replacement or void is about: that with its date, else, where
// the date itself was corrected, the only one with its control number.
func (r *Run) earlier(key claimKey) (claimKey, bool) {
	if visits, ok := r.claims[key]; ok {
		return key, visits != nil
	}
	var found []claimKey
	for _, d := range r.dates[key.claimName] {
		if k := (claimKey{key.claimName, d}); r.claims[k] != nil {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return key, false
	}
	return found[0], true
}

// clone frees a text of the reader's memory.
func clone(s string) string { return string([]byte(s)) }

// detached copies what a reader may use again.
func (v *visit) detached() *visit {
	v.clinician = Clinician{clone(v.clinician.TIN), clone(v.clinician.NPI)}
	v.patient, v.claimID = clone(v.patient), clone(v.claimID)
	for i := range v.diagnoses {
		v.diagnoses[i] = clone(v.diagnoses[i])
	}
	for i := range v.lines {
		l := &v.lines[i]
		l.code, l.place = clone(l.code), clone(l.place)
		for j := range l.modifiers {
			l.modifiers[j] = clone(l.modifiers[j])
		}
	}
	return v
}

// Result is one rate of one clinician.
type Result struct {
	Clinician
	Measure string `json:"measure"`
	Stratum string `json:"stratum"`
	Unit    string `json:"unit"`
	Inverse bool   `json:"inverse"`
	// Verified tells whether the way of counting was checked for the year.
	Verified bool `json:"verified"`

	Eligible   int `json:"eligible"` // instances before exclusions
	Met        int `json:"met"`
	NotMet     int `json:"notMet"`
	Exceptions int `json:"exceptions"`
	Exclusions int `json:"exclusions"`
	Unreported int `json:"unreported"`
}

// Rate is met / (met + not met), in millionths rounded half up; false if nobody
// is left.
func (r *Result) Rate() (int64, bool) { return ratio(r.Met, r.Met+r.NotMet) }

// Completeness is the part of the eligible instances, without exclusions, that a
// code was reported for, in millionths rounded half up; false if there are none.
func (r *Result) Completeness() (int64, bool) {
	return ratio(r.Met+r.NotMet+r.Exceptions, r.Eligible-r.Exclusions)
}

func ratio(part, whole int) (int64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return (int64(part)*2_000_000 + int64(whole)) / (2 * int64(whole)), true
}

// Results gives every rate that has an eligible instance, by clinician and measure. It uses
// all cores.
func (r *Run) Results() []Result {
	byClinician := r.byClinician()
	who := sortedClinicians(byClinician)
	lists := make([][]Result, len(who))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(who); i = int(next.Add(1)) - 1 {
				lists[i] = r.set.results(who[i], byClinician[who[i]])
			}
		})
	}
	wg.Wait()
	return slices.Concat(lists...)
}

// results are one clinician's rates.
func (s *Set) results(who Clinician, visits []*visit) (out []Result) {
	for _, m := range s.Measures {
		for i := range m.Strata {
			result := Result{Clinician: who, Measure: m.ID, Stratum: m.Strata[i].Name, Unit: m.Unit, Inverse: m.Inverse,
				Verified: m.Verified}
			for _, instance := range m.instances(&m.Strata[i], visits) {
				result.count(instance.outcome)
			}
			if result.Eligible > 0 {
				out = append(out, result)
			}
		}
	}
	return out
}

func sortedClinicians(by map[Clinician][]*visit) []Clinician {
	return slices.SortedFunc(maps.Keys(by), func(a, b Clinician) int {
		return cmp.Or(cmp.Compare(a.TIN, b.TIN), cmp.Compare(a.NPI, b.NPI))
	})
}

func (r *Result) count(o Outcome) {
	r.Eligible++
	switch o {
	case Met:
		r.Met++
	case NotMet:
		r.NotMet++
	case Exception:
		r.Exceptions++
	case Exclusion:
		r.Exclusions++
	default:
		r.Unreported++
	}
}

// byClinician gives the visits of each clinician in the order they came.
func (r *Run) byClinician() map[Clinician][]*visit {
	out := map[Clinician][]*visit{}
	for _, key := range r.order {
		for _, v := range r.claims[key] {
			out[v.clinician] = append(out[v.clinician], v)
		}
	}
	return out
}
