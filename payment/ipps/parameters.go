// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// MissingError says that a constant or rule that a bill needs is not in the
// tables of its fiscal year. It is an answer: nothing is guessed in its place.
type MissingError struct {
	FiscalYear int
	Name       string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("cannot price: FY%d %s not loaded", e.FiscalYear, e.Name)
}

// parameters are the constants and switches of one fiscal year.
type parameters struct {
	fiscalYear int
	version    string
	rows       map[string][]parameter
	missing    string // the first that was asked for as required and is not there
}

type parameter struct {
	name            string
	effective, ends civil.Date
	text            string
	verified        bool
	cite, source    string
}

func readParameters(t *refdata.Table, fiscalYear int) (*parameters, error) {
	b := t.Bind()
	names, effective, ends := b.Text("name"), b.Days("effective"), b.Days("ends")
	values, verified := b.Text("value"), b.Text("verified")
	cites, sources := b.Text("cite"), b.Text("source")
	if err := b.Err(); err != nil {
		return nil, err
	}
	p := &parameters{fiscalYear: fiscalYear, version: t.Version, rows: map[string][]parameter{}}
	for i, name := range names {
		p.rows[name] = append(p.rows[name], parameter{name, effective[i], ends[i], values[i], verified[i] == "yes", cites[i], sources[i]})
	}
	return p, nil
}

// find is the row of a name, whatever its dates.
func (p *parameters) find(name string) (parameter, bool) {
	if rows := p.rows[name]; len(rows) > 0 {
		return rows[0], true
	}
	return parameter{}, false
}

// shown is a value as it stands, for the trace.
func (p *parameters) shown(name string) string {
	row, _ := p.find(name)
	return row.text
}

// text is a value that must be there. Like number, list, flag and day it notes
// what is missing, and is for reading the tables, not for pricing.
func (p *parameters) text(name string) string {
	row, ok := p.find(name)
	if !ok && p.missing == "" {
		p.missing = name
	}
	return row.text
}

// number is a number that must be there.
func (p *parameters) number(name string) decimal {
	text := p.text(name)
	d, err := parseDecimal(text)
	if err != nil && p.missing == "" {
		p.missing = fmt.Sprintf("%s (%q is not a number)", name, text)
	}
	return d
}

func (p *parameters) integer(name string) int64 { return p.number(name).units(0) }
func (p *parameters) flag(name string) bool     { return p.text(name) == "1" }
func (p *parameters) list(name string) []string { return strings.Fields(p.text(name)) }

func (p *parameters) day(name string) civil.Date {
	text := p.text(name)
	var d civil.Date
	if err := d.UnmarshalText([]byte(text)); err != nil && p.missing == "" {
		p.missing = fmt.Sprintf("%s (%q is not a date)", name, text)
	}
	return d
}

// optional is a number that may be absent; a bill that needs it cannot be priced.
func (p *parameters) optional(name string) (decimal, bool) {
	row, ok := p.find(name)
	if !ok {
		return decimal{}, false
	}
	d, err := parseDecimal(row.text)
	return d, err == nil
}

// prefixed are the names that start with a prefix, in order.
func (p *parameters) prefixed(prefix string) []string {
	var names []string
	for name := range p.rows {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// row points a trace at a parameter; verified tells whether it was checked.
func (p *parameters) row(name string) (at *trace.Row, verified bool) {
	r, ok := p.find(name)
	return &trace.Row{Table: "ipps.parameters", Version: p.version, Key: name}, ok && r.verified
}

// inForce tells whether a row holds on a day.
func (r *parameter) inForce(on civil.Date) bool {
	return (r.effective.IsZero() || !on.Before(r.effective)) && (r.ends.IsZero() || !on.After(r.ends))
}

// holdsAny tells whether one of the codes is in the row's list.
func (r *parameter) holdsAny(codes []string) bool {
	for _, code := range strings.Fields(r.text) {
		if slices.Contains(codes, code) {
			return true
		}
	}
	return false
}

// Amounts are the Part A deductible and coinsurance and the sequestration rates.
type Amounts struct{ p *parameters }

// LoadAmounts reads table medicare.amounts.
func LoadAmounts(cat *refdata.Catalog, on civil.Date) (*Amounts, error) {
	t, err := cat.Load("medicare.amounts", on)
	if err != nil {
		return nil, err
	}
	p, err := readParameters(t, on.FiscalYear())
	if err != nil {
		return nil, err
	}
	return &Amounts{p}, nil
}

// on is the row of a name in force on a day.
func (a *Amounts) on(name string, day civil.Date) (parameter, decimal, error) {
	for _, r := range a.p.rows[name] {
		if r.inForce(day) {
			d, err := parseDecimal(r.text)
			return r, d, err
		}
	}
	return parameter{}, decimal{}, &MissingError{day.FiscalYear(), fmt.Sprintf("%s for %s", name, day)}
}
