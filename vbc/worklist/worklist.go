// SPDX-License-Identifier: Apache-2.0

// Package worklist makes lists of people to see: whose risk score rests on which diagnoses
// and claims, which conditions of earlier years were not found again, what other claims hint
// at, who meets the definition of a chronic condition.
//
// A list is no diagnosis. It tells a clinician what to look at; a condition counts for risk
// adjustment only when a clinician finds it and documents it (42 CFR 422.310(b)).
package worklist

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// Config says what to look for.
type Config struct {
	Catalog *refdata.Catalog
	// Model is the risk adjustment model, such as CMS-HCC V28.
	Model string
	// Year is the year that is worked: what is found in it counts for the payment year after.
	Year int
	// Lookback is how many years before it are searched for conditions, 1 to 3.
	Lookback int
	Suspects *Suspects    // nil: none
	Chronic  *Definitions // nil: none
}

// Lister finds what the lists say of one beneficiary after the other. It is read-only and
// safe for concurrent use; each worker has a Finder.
type Lister struct {
	cfg Config
	// now pays for Year, next for the year after it.
	now, next *risk.Model
	filters   []*risk.Filter // of Year, of the year before, ...
	groups    []string
	// Notes say what is not loaded and what stands in its place.
	Notes []string
}

// New reads the model and the filters.
func New(cfg Config) (*Lister, error) {
	if cfg.Lookback < 1 || cfg.Lookback > 3 {
		return nil, fmt.Errorf("looking back %d years: wanted 1 to 3", cfg.Lookback)
	}
	l := &Lister{cfg: cfg}
	var err error
	if l.now, err = risk.New(cfg.Catalog, cfg.Model, cfg.Year); err != nil {
		return nil, err
	}
	l.next, err = risk.New(cfg.Catalog, cfg.Model, cfg.Year+1)
	var missing *refdata.NotLoadedError
	if errors.As(err, &missing) {
		l.next, err = l.now, nil
		l.Notes = append(l.Notes, fmt.Sprintf("the tables of %s for %d are not loaded: what is open is valued by those of %d", cfg.Model, cfg.Year+1, cfg.Year))
	}
	if err != nil {
		return nil, err
	}
	for k := range cfg.Lookback + 1 {
		f, err := account.FilterOf(cfg.Catalog, cfg.Year-k, &l.Notes)
		if err != nil {
			return nil, err
		}
		l.filters = append(l.filters, f)
	}
	for _, m := range []*risk.Model{l.now, l.next} {
		if note := fmt.Sprintf("tables of %s for %d are not verified", m.Name, m.Year); !m.Verified && !slices.Contains(l.Notes, note) {
			l.Notes = append(l.Notes, note)
		}
	}
	l.groups = l.next.Groups()
	if err := cfg.Suspects.check(l.next); err != nil {
		return nil, err
	}
	return l, nil
}

// Model values what is open: that of the payment year after the year that is worked.
func (l *Lister) Model() *risk.Model { return l.next }

// Catalog has the tables.
func (l *Lister) Catalog() *refdata.Catalog { return l.cfg.Catalog }

// Evidence is one claim that carries a diagnosis or a code.
type Evidence struct {
	Code    string       `json:"code"`
	Claim   int64        `json:"claim"`
	Setting feed.Setting `json:"-"`
	Place   string       `json:"setting"`
	Day     civil.Date   `json:"day"` // last day of the claim
	NPI     string       `json:"npi,omitempty"`
}

// Term is one addend of a score with the claims behind it.
type Term struct {
	Name        string     `json:"name"`
	Coefficient int64      `json:"-"` // thousandths
	Factor      string     `json:"coefficient"`
	Label       string     `json:"label,omitempty"`
	Evidence    []Evidence `json:"evidence,omitempty"`
}

// Score is a raw risk score with its terms.
type Score struct {
	PaymentYear int    `json:"payment_year"`
	Segment     string `json:"segment"`
	Raw         int64  `json:"-"` // thousandths
	Text        string `json:"raw_score"`
	Terms       []Term `json:"terms,omitempty"`
}

// Gap is a payment category of earlier years that was not found again.
type Gap struct {
	HCC   int    `json:"hcc"`
	Label string `json:"label"`
	// Coefficient is the category's factor; Adds what the score of the next payment year
	// would gain, with hierarchies, interactions and the number of categories. Thousandths.
	Coefficient int64    `json:"-"`
	Adds        int64    `json:"-"`
	Factor      string   `json:"coefficient"`
	Gain        string   `json:"adds"`
	Last        Evidence `json:"last"`
}

// Person is what the lists say of one beneficiary.
type Person struct {
	MBI       string `json:"mbi"`
	First     string `json:"first_name,omitempty"`
	Last      string `json:"last_name,omitempty"`
	Practice  string `json:"practice,omitempty"`
	Clinician string `json:"clinician,omitempty"`
	// Unscored says why there is no score: ESRD, or data that the model can't use.
	Unscored string `json:"unscored,omitempty"`
	// Score pays for the year that is worked, by the diagnoses of the year before; Next for
	// the year after, by what has been found so far.
	Score *Score `json:"score,omitempty"`
	Next  *Score `json:"next_score,omitempty"`
	// Before counts payment categories of the years before, Again those of them found again.
	Before    int         `json:"before"`
	Again     int         `json:"found_again"`
	Open      []Gap       `json:"open,omitempty"`
	Suspects  []Suspicion `json:"suspects,omitempty"`
	Condition []Condition `json:"conditions,omitempty"`
	// Trace has every step of the scores, for whoever asked for it.
	Trace *trace.Trace `json:"trace,omitempty"`
}

// Finder works for one goroutine.
type Finder struct {
	l       *Lister
	scratch risk.Scratch
	codes   []string
	found   map[int]*seen // by category
	numbers []int
}

// seen is a category's evidence in a span of years.
type seen struct {
	now, before []Evidence // the latest of each diagnosis
}

// Finder makes a worker.
func (l *Lister) Finder() *Finder { return &Finder{l: l} }

// Find makes the lists of one beneficiary. What it returns is the caller's own. The trace,
// if it is on, gets every step of both scores.
func (f *Finder) Find(b *feed.Beneficiary, t *trace.Trace) Person {
	l := f.l
	p := Person{MBI: strings.Clone(b.MBI), First: strings.Clone(b.First), Last: strings.Clone(b.Last)}
	who := account.Person(b, l.cfg.Year)
	next := account.Person(b, l.cfg.Year+1)
	f.collect(b, &next)
	switch {
	case b.OptedOut:
		p.Unscored = "does not share claims"
		return p
	case b.MedicareStatus == "11" || b.MedicareStatus == "21" || b.MedicareStatus == "31":
		p.Unscored = "ESRD: " + l.next.Name + " is not the model"
	default:
		p.Score = f.score(l.now, &who, b, 1, 1, &p, t)
		p.Next = f.score(l.next, &next, b, 0, 0, &p, t)
	}
	if b.Death.IsZero() && p.Next != nil {
		f.recapture(b, &next, &p)
		f.suspect(b, &p)
	}
	f.conditions(b, &p)
	return p
}

// collect finds the evidence of every category by year.
func (f *Finder) collect(b *feed.Beneficiary, who *risk.Person) {
	f.found = map[int]*seen{}
	for i := range b.Claims {
		c := &b.Claims[i]
		k := f.l.cfg.Year - c.Thru.Year()
		if k < 0 || k >= len(f.l.filters) || !account.Eligible(f.l.filters[k], c) {
			continue
		}
		for _, code := range c.Diagnoses {
			f.numbers = f.l.next.Categories(who, code, f.numbers[:0])
			for _, hcc := range f.numbers {
				s := f.found[hcc]
				if s == nil {
					s = &seen{}
					f.found[hcc] = s
				}
				list := &s.before
				if k == 0 {
					list = &s.now
				}
				*list = latest(*list, evidence(c, code))
			}
		}
	}
}

// latest keeps the latest claim of each code, in order of code.
func latest(list []Evidence, e Evidence) []Evidence {
	i, have := slices.BinarySearchFunc(list, e, func(x, y Evidence) int { return strings.Compare(x.Code, y.Code) })
	if !have {
		return slices.Insert(list, i, e)
	}
	if e.Day.After(list[i].Day) {
		list[i] = e
	}
	return list
}

// evidence is a claim that carries a code.
func evidence(c *feed.Claim, code string) Evidence {
	return Evidence{Code: strings.Clone(code), Claim: c.ID, Setting: c.Setting, Place: c.Setting.String(), Day: c.Thru, NPI: strings.Clone(clinician(c, code))}
}

// clinician is who stands behind a code of a claim: of a line that has it, else of the first
// line that names one, else the attending physician.
func clinician(c *feed.Claim, code string) string {
	npi := c.Attending
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.NPI == "" {
			continue
		}
		if l.Diagnosis == code || l.Code == code {
			return l.NPI
		}
		if npi == "" {
			npi = l.NPI
		}
	}
	return npi
}

// score computes a raw score by the diagnoses of the years from back to upTo before the year
// that is worked.
func (f *Finder) score(m *risk.Model, who *risk.Person, b *feed.Beneficiary, back, upTo int, p *Person, t *trace.Trace) *Score {
	who.Diagnoses = f.diagnoses(b, back, upTo)
	end := t.Section(fmt.Sprintf("risk score %d, %s", f.l.cfg.Year+1-back, m.Name))
	r, err := m.Score(who, &f.scratch, t)
	end()
	if err != nil {
		p.Unscored = err.Error()
		return nil
	}
	s := &Score{PaymentYear: f.l.cfg.Year + 1 - back, Segment: r.Segment, Raw: r.Score, Text: milli(r.Score)}
	for _, x := range r.Terms {
		term := Term{Name: x.Name, Coefficient: x.Coefficient, Factor: milli(x.Coefficient)}
		if hcc := m.Category(x); hcc != 0 {
			term.Label = m.Label(hcc)
			term.Evidence = f.behind(m, who, b, hcc, back, upTo)
		}
		s.Terms = append(s.Terms, term)
	}
	return s
}

// diagnoses are the codes of the claims that count of some years.
func (f *Finder) diagnoses(b *feed.Beneficiary, back, upTo int) []string {
	f.codes = f.codes[:0]
	for i := range b.Claims {
		c := &b.Claims[i]
		if k := f.l.cfg.Year - c.Thru.Year(); k < back || k > upTo || !account.Eligible(f.l.filters[k], c) {
			continue
		}
		for _, code := range c.Diagnoses {
			if !slices.Contains(f.codes, code) {
				f.codes = append(f.codes, code)
			}
		}
	}
	return f.codes
}

// behind is the latest claim of each diagnosis that leads to a category.
func (f *Finder) behind(m *risk.Model, who *risk.Person, b *feed.Beneficiary, hcc, back, upTo int) (out []Evidence) {
	for i := range b.Claims {
		c := &b.Claims[i]
		if k := f.l.cfg.Year - c.Thru.Year(); k < back || k > upTo || !account.Eligible(f.l.filters[k], c) {
			continue
		}
		for _, code := range c.Diagnoses {
			f.numbers = m.Categories(who, code, f.numbers[:0])
			if slices.Contains(f.numbers, hcc) {
				out = latest(out, evidence(c, code))
			}
		}
	}
	return out
}
