// SPDX-License-Identifier: Apache-2.0

package readmission

import (
	"cmp"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// Days is how long after a discharge an admission counts as a readmission.
const Days = 30

// Cohort is a specialty cohort of the measure.
type Cohort string

// The specialty cohorts.
const (
	Medicine          Cohort = "Medicine"
	SurgeryGynecology Cohort = "Surgery/Gynecology"
	Cardiorespiratory Cohort = "Cardiorespiratory"
	Cardiovascular    Cohort = "Cardiovascular"
	Neurology         Cohort = "Neurology"
)

// Stay is one inpatient stay at a short-term acute or critical access hospital. Stays in
// psychiatric, rehabilitation and long-term hospitals are no readmissions: leave them out.
type Stay struct {
	ID                   string
	Hospital             string // CCN
	Admission, Discharge civil.Date
	// Status is the patient discharge status (FL 17), two digits.
	Status string
	// Principal is the principal discharge diagnosis, ICD-10-CM.
	Principal string
	// Procedures are all procedures of the stay, ICD-10-PCS.
	Procedures []string
	// Age is the patient's at admission, in years.
	Age int
	// CancerHospital is a hospital that is exempt from the PPS for cancer (42 CFR 412.23(f)).
	CancerHospital bool
}

// Exclusion is why a stay is no index stay.
type Exclusion string

// The exclusions of the hospital-wide readmission measure, in the order in which they are tested.
const (
	Counted          Exclusion = ""
	WrongDates       Exclusion = "discharge before admission, or no date"
	TooYoung         Exclusion = "younger than 65 at admission"
	DiedInHospital   Exclusion = "died in hospital"
	AgainstAdvice    Exclusion = "left against medical advice"
	Transferred      Exclusion = "transferred to another acute care hospital"
	AtCancerHospital Exclusion = "at a PPS-exempt cancer hospital"
	NotEnrolled      Exclusion = "not enrolled before and after the stay"
	NoFollowUp       Exclusion = "fewer than 30 days of data after discharge"
	SameDayReturn    Exclusion = "part of a stay that went on the same day"
	ExcludedCare     Exclusion = "psychiatric, rehabilitation or medical treatment of cancer"
)

// Options say what to ask of an index stay.
type Options struct {
	// MinAge is the least age at admission; 0 asks for no age. The measure asks for 65.
	MinAge int
	// Through is the last day that the data cover; zero means that all is known.
	Through civil.Date
	// Enrolled tells whether the person was enrolled in Medicare fee for service on all
	// days of a span: the year before the admission and the 30 days after the discharge.
	// Nil asks nothing.
	Enrolled func(from, through civil.Date) bool
}

// Outcome is an index stay, or a stay that is none and why, with what followed it.
type Outcome struct {
	// Index is the stay's place in the slice that Outcomes was given.
	Index    int       `json:"index"`
	Excluded Exclusion `json:"excluded,omitempty"`
	Detail   string    `json:"detail,omitempty"` // the category of excluded care
	Cohort   Cohort    `json:"cohort,omitempty"`
	// Readmission is the place of the first admission within 30 days, -1 if there is none,
	// and Verdict whether it was planned. A planned one ends the search: what follows it
	// is not counted against this stay.
	Readmission int     `json:"readmission"`
	Verdict     Verdict `json:"verdict,omitzero"`
}

// Unplanned tells whether the stay counts in the numerator.
func (o *Outcome) Unplanned() bool {
	return o.Excluded == Counted && o.Readmission >= 0 && !o.Verdict.Planned
}

// Cohort is the specialty cohort of a stay: surgery and gynecology by any of its
// procedures, else by the CCS category of its principal diagnosis, else medicine.
func (l *Lists) Cohort(s *Stay) Cohort {
	for _, code := range s.Procedures {
		code = plain(code)
		if l.cohortCode[code] || l.cohortProcedure[l.procedures.of(code)] {
			return SurgeryGynecology
		}
	}
	if c, ok := l.cohortDiagnosis[l.DiagnosisCategory(s.Principal)]; ok {
		return c
	}
	return Medicine
}

// Outcomes finds, for the stays of one person in any order, the index stays and their
// readmissions. Stays of one hospital with the same principal diagnosis, of which one
// begins on the day on which the other ends, are one stay.
func (l *Lists) Outcomes(stays []Stay, opt Options, t *trace.Trace) []Outcome {
	order := make([]int, len(stays))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(stays[a].Admission.Sub(stays[b].Admission), stays[a].Discharge.Sub(stays[b].Discharge))
	})
	out := make([]Outcome, 0, len(stays))
	for k, i := range order {
		s := &stays[i]
		o := Outcome{Index: i, Readmission: -1}
		at := nextStay(stays, order, k)
		var next *Stay
		if at >= 0 {
			next = &stays[at]
		}
		o.Excluded, o.Detail = l.exclusion(s, next, opt)
		if o.Excluded == Counted {
			o.Cohort = l.Cohort(s)
		}
		var section func()
		if t.On() {
			section = t.Section("stay " + s.ID + " " + s.Admission.String() + " to " + s.Discharge.String())
			result := "index stay"
			if o.Excluded != Counted {
				result = "no index stay: " + string(o.Excluded)
				if o.Detail != "" {
					result += " (" + o.Detail + ")"
				}
			}
			t.Add(trace.Step{Name: "index stay", Result: result, Cite: "CMS Hospital-Wide All-Cause Readmission Measure", Unverified: !l.Verified,
				Inputs: []trace.Input{trace.In("status", s.Status), trace.In("age", s.Age), trace.In("cohort", o.Cohort)},
				Table:  &trace.Row{Table: tableLists, Version: l.Version, Key: s.Principal}})
		}
		if o.Excluded == Counted && next != nil && next.Admission.Sub(s.Discharge) <= Days {
			o.Readmission = at
			o.Verdict = l.Planned(next.Principal, next.Procedures, t)
		}
		if section != nil {
			section()
		}
		out = append(out, o)
	}
	return out
}

// nextStay is the place of the first stay after the k-th that begins when this one has
// ended or later, -1 if there is none. What overlaps it is neither.
func nextStay(stays []Stay, order []int, k int) int {
	for _, i := range order[k+1:] {
		if !stays[i].Admission.Before(stays[order[k]].Discharge) {
			return i
		}
	}
	return -1
}

func (l *Lists) exclusion(s, next *Stay, opt Options) (Exclusion, string) {
	switch {
	case s.Admission.IsZero() || s.Discharge.IsZero() || s.Discharge.Before(s.Admission):
		return WrongDates, ""
	case s.Age < opt.MinAge:
		return TooYoung, ""
	case s.Status == "20" || s.Status == "40" || s.Status == "41" || s.Status == "42":
		return DiedInHospital, ""
	case s.Status == "07":
		return AgainstAdvice, ""
	case next != nil && next.Hospital == s.Hospital && next.Admission == s.Discharge && plain(next.Principal) == plain(s.Principal):
		return SameDayReturn, ""
	case s.Status == "02" || s.Status == "82":
		return Transferred, "status " + s.Status
	case next != nil && next.Hospital != s.Hospital && next.Admission.Sub(s.Discharge) <= 1:
		return Transferred, "admitted elsewhere " + next.Admission.String()
	case s.CancerHospital:
		return AtCancerHospital, ""
	case opt.Enrolled != nil && !opt.Enrolled(s.Admission.AddDays(-365), s.Discharge.AddDays(Days)):
		return NotEnrolled, ""
	case !opt.Through.IsZero() && s.Discharge.AddDays(Days).After(opt.Through):
		return NoFollowUp, ""
	}
	if group, ok := l.excluded[l.DiagnosisCategory(s.Principal)]; ok {
		// Surgery for cancer stays in the measure; its medical treatment does not.
		if group != "Medical Treatment of Cancer" || l.Cohort(s) != SurgeryGynecology {
			return ExcludedCare, group
		}
	}
	return Counted, ""
}
