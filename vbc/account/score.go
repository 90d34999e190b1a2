// SPDX-License-Identifier: Apache-2.0

package account

import (
	"errors"
	"fmt"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// Scorer computes prospective HCC risk scores as the Shared Savings Program does: the
// model of the performance year for every year (42 CFR 425.659(b)(1)(iii), agreements from
// 2024), without the Medicare Advantage coding adjustment. Scores are renormalised to the
// national mean of the enrollment type by whoever has that mean.
type Scorer struct {
	years   []int
	parts   []scorePart
	filters []*risk.Filter // by year of the plan: of the year of service before it
	version string
	notes   []string
}

// scorePart is one model of a blend.
type scorePart struct {
	model  *risk.Model
	esrd   bool
	weight int64 // ten-thousandths
	norm   int64 // thousandths
}

// NewScorer reads the models of the last year and the filters of the years before each. It
// is read-only and may serve any number of plans for the same years.
func NewScorer(cat *refdata.Catalog, years []int) (*Scorer, error) {
	py := years[len(years)-1]
	t, err := cat.Load("mssp.riskmodels", civil.Of(py, time.January, 1))
	if err != nil {
		return nil, err
	}
	s := &Scorer{years: years, version: t.Version}
	notes := &s.notes
	b := t.Bind()
	group, name, percent, verified := b.Text("group"), b.Text("model"), b.Numbers("percent", 2), b.Text("verified")
	if b.Err() != nil {
		return nil, b.Err()
	}
	for i := range group {
		m, err := risk.New(cat, name[i], py)
		if err != nil {
			return nil, err
		}
		part := scorePart{model: m, esrd: group[i] == "esrd", weight: percent[i], norm: 1000}
		if m.Factors != nil {
			part.norm = m.Factors.Normalization
		} else if percent[i] != 10000 {
			return nil, fmt.Errorf("table %s %s blends %s, whose normalization factor is not loaded", t.ID, t.Version, name[i])
		}
		if verified[i] != "yes" {
			*notes = append(*notes, fmt.Sprintf("risk scores: %s at %s%% in %d is not verified", name[i], money.AppendTrimmed(nil, percent[i], 2), py))
		}
		s.parts = append(s.parts, part)
	}
	for _, y := range years {
		f, err := FilterOf(cat, y-1, notes)
		if err != nil {
			return nil, err
		}
		s.filters = append(s.filters, f)
	}
	return s, nil
}

// FilterOf is the filter of a year of service; where the list of procedures of an early
// year is not loaded, that of the first year that is stands in, and a note says so.
func FilterOf(cat *refdata.Catalog, year int, notes *[]string) (*risk.Filter, error) {
	f, err := risk.NewFilter(cat, civil.Of(year, time.December, 31))
	var missing *refdata.NotLoadedError
	if !errors.As(err, &missing) {
		return f, err
	}
	for later := year + 1; later < year+6; later++ {
		if f, err := risk.NewFilter(cat, civil.Of(later, time.December, 31)); err == nil {
			*notes = append(*notes, fmt.Sprintf("risk scores: the eligible procedures of %d are not loaded, those of %d stand in (not verified)", year, later))
			return f, nil
		}
	}
	return nil, err
}

// score computes the scores of a year, one for months with ESRD and one for the others.
func (w *worker) score(p *Plan, b *feed.Beneficiary, i int, y *Year) {
	var other int64
	for t := feed.Disabled; t <= feed.AgedNonDual; t++ {
		other += y.Months[t]
	}
	if other+y.Months[feed.ESRD] == 0 || b.Sex == 0 || b.Birth.IsZero() {
		return
	}
	w.collectDiagnoses(p, b, i)
	if y.Months[feed.ESRD] > 0 {
		y.Score[feed.ESRD] = w.blend(p, b, i, true, nil)
	}
	if other > 0 {
		s := w.blend(p, b, i, false, nil)
		for t := feed.Disabled; t <= feed.AgedNonDual; t++ {
			if y.Months[t] > 0 {
				y.Score[t] = s
			}
		}
	}
}

// blend scores with each model of the blend and weights the normalised scores. A person
// whom a model has no factors for gets 0: no score.
func (w *worker) blend(p *Plan, b *feed.Beneficiary, i int, esrd bool, t *trace.Trace) (sum int64) {
	who := Person(b, p.years[i])
	who.Diagnoses = w.diagnoses
	for k := range p.scorer.parts {
		part := &p.scorer.parts[k]
		if part.esrd != esrd {
			continue
		}
		end := t.Section(fmt.Sprintf("risk score %d, %s", p.years[i], part.model.Name))
		r, err := part.model.Score(&who, &w.scratch, t)
		end()
		if err != nil {
			return 0
		}
		v := money.HalfUp(r.Score*part.weight, 100, part.norm)
		sum += v
		if t.On() {
			t.Add(trace.Step{Name: "part of the blend, without the MA coding adjustment", Formula: fmt.Sprintf("%s / %s x %s%%", money.AppendScaled(nil, r.Score, 3),
				money.AppendScaled(nil, part.norm, 3), money.AppendTrimmed(nil, part.weight, 2)), Result: string(money.AppendScaled(nil, v, 6)),
				Rounding: "half up to 6 decimals", Table: &trace.Row{Table: "mssp.riskmodels", Version: p.scorer.version, Key: part.model.Name},
				Cite: "42 CFR 425.659(b)(1), (b)(2)(i)", Unverified: !part.model.Verified})
		}
	}
	return sum
}

// Person is what the models ask about a beneficiary in a payment year, without diagnoses.
// Whether someone with ESRD has a transplant is not known: dialysis is assumed.
func Person(b *feed.Beneficiary, year int) risk.Person {
	who := risk.Person{Age: b.Birth.Age(civil.Of(year, time.February, 1)), Sex: b.Sex, Dual: b.Dual, OREC: b.OREC, ESRD: risk.Dialysis}
	if who.OREC < '0' || who.OREC > '3' {
		who.OREC = '0'
	}
	who.NewEnrollee = newEnrollee(b, year)
	return who
}

// newEnrollee tells that Part B did not cover the twelve months of the year before. Where
// no list tells of a month, the begin of Part B does.
func newEnrollee(b *feed.Beneficiary, year int) bool {
	for m := time.January; m <= time.December; m++ {
		switch b.Enrollment.At(year-1, m) {
		case feed.BothParts, feed.PartBOnly, feed.HealthPlan:
		case feed.Unknown:
			if b.PartB.IsZero() || b.PartB.After(civil.Of(year-1, m, 1)) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// collectDiagnoses gathers the diagnoses of the year before that count.
func (w *worker) collectDiagnoses(p *Plan, b *feed.Beneficiary, i int) {
	clear(w.diagnoses) // a text left in it would keep what it was read from in memory
	w.diagnoses = w.diagnoses[:0]
	year, f := p.years[i]-1, p.scorer.filters[i]
	for k := range b.Claims {
		if c := &b.Claims[k]; c.Thru.Year() == year && Eligible(f, c) {
			w.diagnoses = append(w.diagnoses, c.Diagnoses...)
		}
	}
}

// Eligible applies the filter of risk adjustment to a claim: whether its diagnoses count.
func Eligible(f *risk.Filter, c *feed.Claim) bool {
	needs := true
	switch c.Setting {
	case feed.Professional:
	case feed.Inpatient, feed.Outpatient, feed.SNF, feed.HomeHealth, feed.Hospice, feed.OtherSetting:
		var ok bool
		if ok, needs = f.BillType(c.BillType); !ok {
			return false
		}
	default:
		return false
	}
	if !needs {
		return true
	}
	for i := range c.Lines {
		if f.Procedure(c.Lines[i].Code) {
			return true
		}
	}
	return false
}
