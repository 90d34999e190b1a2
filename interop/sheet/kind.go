// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/interop/element"
)

// Kind is one sheet of a set, and what its rows become.
type Kind struct {
	Name     string // organizations: the name of its file, organizations.csv or .ndjson
	Resource string // Organization
	Profile  string // canonical URL
	Columns  []Column
	// Make makes the resource of a row that has been checked; nil makes none: the rows
	// are learnt of with Learn only.
	Make func(*Row) element.Object
	// Learn is given every row that is whole in itself at the first reading.
	Learn func(*Row)
	// ID is the id of the row's resource; nil takes the column id.
	ID func(*Row) string
}

// Column is a column of a sheet.
type Column struct {
	Name   string
	Need   bool   // must not be empty
	Many   bool   // values separated by semicolons; in NDJSON also a list
	Note   string // for those who fill it
	To     string // the kind that its ids belong to
	System string // the code system that its codes are of
	Form   Form
}

// Need, May and Many make columns that must have a value, may have one, may have many.
func Need(name, note string) Column { return Column{Name: name, Need: true, Note: note} }
func May(name, note string) Column  { return Column{Name: name, Note: note} }
func Many(name, note string) Column { return Column{Name: name, Many: true, Note: note} }

// Of says of which kind's ids a column is.
func (c Column) Of(kind string) Column { c.To = kind; return c }

// Codes says of which code system a column's codes are.
func (c Column) Codes(system string) Column { c.System = system; return c }

// As says what a column's text looks like.
func (c Column) As(f Form) Column { c.Form = f; return c }

// Is says what a column holds, for people.
func (c Column) Is() string {
	switch {
	case c.To != "":
		return "id of " + c.To
	case c.System != "":
		return "code of " + c.System[strings.LastIndexByte(c.System, '/')+1:]
	}
	return []string{"text", "NPI", "NUCC code", "hours", "closed days", "ZIP code", "state", "degrees", "yes or no", "date", "amount", "GeoJSON", "RxNorm code"}[c.Form]
}

// Form is what a column's text must look like.
type Form uint8

// The forms.
const (
	Free     Form = iota
	NPI           // National Provider Identifier (45 CFR 162.406)
	Taxonomy      // NUCC code: nine characters and an X
	Hours         // mon-fri 08:00-17:00; sun all-day
	Closed        // 2026-12-24..2026-12-26 Holidays
	ZIP           // five or nine digits
	State         // two capital letters
	Degrees       // of latitude or longitude
	YesNo         // yes or no
	Day           // 2026-11-01
	Amount        // dollars or per cent with up to two decimals
	GeoJSON       // a shape
	RxNorm        // an RXCUI: up to eight digits
)

var (
	zipForm     = regexp.MustCompile(`^\d{5}(-?\d{4})?$`)
	stateForm   = regexp.MustCompile(`^[A-Z]{2}$`)
	degreesForm = regexp.MustCompile(`^-?\d{1,3}(\.\d{1,10})?$`)
	amountForm  = regexp.MustCompile(`^(0|[1-9]\d{0,8})(\.\d{1,2})?$`)
	rxnormForm  = regexp.MustCompile(`^[1-9]\d{0,7}$`)
	hourForm    = regexp.MustCompile(`^([a-z]{3})(?:-([a-z]{3}))? (?:(all-day)|([01]\d:[0-5]\d|2[0-3]:[0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d))$`)
	closedForm  = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d) (.+)$`)
)

// IsTaxonomy tells whether v looks like a NUCC code. The list itself is NUCC's.
func IsTaxonomy(v string) bool {
	if len(v) != 10 || v[9] != 'X' {
		return false
	}
	return !strings.ContainsFunc(v, func(c rune) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') })
}

// wrong says what is wrong with a value of the form, and what to do.
func (f Form) wrong(v string) string {
	good, why := true, ""
	switch f {
	case NPI:
		good, why = claim837.ValidNPI(v), "an NPI has ten digits, of which the last checks the others (45 CFR 162.406); look it up in NPPES"
	case Taxonomy:
		good, why = IsTaxonomy(v), "a NUCC taxonomy code has ten characters, the last an X"
	case Hours:
		good, why = ParseHours(v) != nil, "write hours as mon-fri 08:00-17:00; sat 09:00-12:00; sun all-day"
	case Closed:
		_, _, _, good = ParseClosed(v)
		why = "write closed days as 2026-12-24..2026-12-26 Holidays"
	case ZIP:
		good, why = zipForm.MatchString(v), "a ZIP code has five or nine digits"
	case State:
		good, why = stateForm.MatchString(v), "a state is two capital letters"
	case Degrees:
		good, why = degreesForm.MatchString(v), "write degrees as 41.8781 or -87.6298"
	case YesNo:
		good, why = slices.Contains([]string{"yes", "no", "true", "false", "y", "n"}, strings.ToLower(v)), "write yes or no"
	case Day:
		_, err := civil.ParseISO(v)
		good, why = err == nil, "write the date as 2026-11-01"
	case Amount:
		good, why = amountForm.MatchString(v), "write the number as 10 or 10.50"
	case GeoJSON:
		good, why = json.Valid([]byte(v)), "the text is no GeoJSON"
	case RxNorm:
		good, why = rxnormForm.MatchString(v), "an RxNorm concept is a number of up to eight digits"
	}
	if good {
		return ""
	}
	return why
}

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// Span is hours of one or more days of the week.
type Span struct {
	Days     []string // mon, tue ...
	All      bool     // all day
	From, To string   // times of day, as FHIR writes them
}

// ParseHours reads mon-fri 08:00-17:00; sun all-day. It gives nothing for a text
// that it does not understand.
func ParseHours(text string) (list []Span) {
	for _, part := range strings.Split(text, ";") {
		m := hourForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(part)))
		if m == nil {
			return nil
		}
		from := slices.Index(weekdays, m[1])
		to := from
		if m[2] != "" {
			to = slices.Index(weekdays, m[2])
		}
		if from < 0 || to < from || m[3] == "" && m[4] >= m[5] {
			return nil
		}
		s := Span{Days: weekdays[from : to+1], All: m[3] != ""}
		if !s.All {
			s.From, s.To = m[4]+":00", m[5]+":00"
		}
		list = append(list, s)
	}
	return list
}

// ParseClosed reads 2026-12-24..2026-12-26 Holidays.
func ParseClosed(text string) (from, to civil.Date, why string, ok bool) {
	m := closedForm.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, "", false
	}
	from, err := civil.ParseISO(m[1])
	if err != nil {
		return 0, 0, "", false
	}
	if to, err = civil.ParseISO(m[2]); err != nil || to.Before(from) {
		return 0, 0, "", false
	}
	return from, to, m[3], true
}
