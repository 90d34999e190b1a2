// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// Usage is the yearly Patient Access figures of a line, for CMS: 42 CFR 422.119(f),
// 431.60(f), 457.730(f), 45 CFR 156.221(f).
type Usage struct {
	Line     string `json:"line"`
	Kind     Kind   `json:"kind,omitempty"`
	Contract string `json:"contract,omitempty"`
	Year     int    `json:"year"`
	// Patients are those whose data went to an app that they, or their
	// representative, let in.
	Patients int `json:"patients"`
	// MoreThanOnce are those of them to whom it happened on more than one day or with
	// more than one app.
	MoreThanOnce int `json:"patients_more_than_once"`
	// MoreThanOneAnswer are those of them whose data went in more than one answer: the
	// widest reading of "more than once", as one visit of an app takes many answers.
	MoreThanOneAnswer int    `json:"patients_more_than_one_answer"`
	Apps              int    `json:"apps"`
	Answers           int    `json:"answers"`
	Level             string `json:"reported_by,omitempty"`
	Due               string `json:"due,omitempty"`
	Cite              string `json:"cite,omitempty"`
	Verified          bool   `json:"cite_verified"`
}

// transfers is what is known of a patient in a year.
type transfers struct {
	first   uint64 // day and app of the first
	again   bool   // another day or app
	answers int
}

// CountUsage counts the figures from an audit trail, for the lines of the settings and
// for those that it finds besides; year 0 is every year. The trail's chain is checked
// on the way. Days are UTC.
//
// What counts is an answer that showed at least one resource of a patient to an app
// which a person, who is no staff, had allowed. The rules do not say what "more than
// once" is; the note of Usage does.
func CountUsage(trail io.Reader, c *Config, year int) ([]Usage, error) {
	type lineYear struct {
		line string
		year int
	}
	patients := map[lineYear]map[string]*transfers{}
	apps := map[lineYear]map[string]bool{}
	seed := maphash.MakeSeed()
	_, err := audit.Each(trail, func(r audit.Record) error {
		at := lineYear{r.Event.Base, r.Recorded.Year()}
		if year != 0 && at.year != year || !isTransfer(&r.Event) {
			return nil
		}
		if patients[at] == nil {
			patients[at], apps[at] = map[string]*transfers{}, map[string]bool{}
		}
		apps[at][r.Event.Client] = true
		visit := maphash.String(seed, r.Recorded.Format(time.DateOnly)+r.Event.Client)
		t := patients[at][r.Event.Patient]
		if t == nil {
			t = &transfers{first: visit}
			patients[at][r.Event.Patient] = t
		}
		t.again = t.again || visit != t.first
		t.answers++
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, l := range c.Lines { // a line that nobody used is reported too
		if at := (lineYear{l.ID, year}); year != 0 && patients[at] == nil {
			patients[at] = map[string]*transfers{}
		}
	}
	var list []Usage
	for at, of := range patients {
		u := Usage{Line: at.line, Year: at.year, Patients: len(of), Apps: len(apps[at])}
		for _, t := range of {
			u.Answers += t.answers
			if t.again {
				u.MoreThanOnce++
			}
			if t.answers > 1 {
				u.MoreThanOneAnswer++
			}
		}
		u.describe(c)
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b Usage) int { return cmp.Or(strings.Compare(a.Line, b.Line), cmp.Compare(a.Year, b.Year)) })
	return list, nil
}

// isTransfer tells whether an event showed a patient's data to an app of theirs.
func isTransfer(e *audit.Event) bool {
	if e.Kind != audit.Rest || e.Outcome != audit.Success || e.Client == "" || e.Patient == "" || e.User == "" || strings.HasPrefix(e.User, "Practitioner/") {
		return false
	}
	return slices.ContainsFunc(e.Entities, func(ref string) bool { return strings.Contains(ref, "/") })
}

// describe adds what the settings and the rules say of the line.
func (u *Usage) describe(c *Config) {
	i := slices.IndexFunc(c.Lines, func(l Line) bool { return l.ID == u.Line })
	if i < 0 {
		return
	}
	u.Kind, u.Contract = c.Lines[i].Kind, c.Lines[i].Contract
	rule, ok := RuleOf(u.Kind)
	if !ok {
		return
	}
	u.Level, u.Cite, u.Verified = rule.UsageLevel, rule.Usage, rule.UsageVerified
	if u.Year >= usageFirst {
		u.Due = time.Date(u.Year+1, time.March, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
}
