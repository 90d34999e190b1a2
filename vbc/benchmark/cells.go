// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Year is a year of the benchmark.
type Year int

// The years.
const (
	BY1 Year = iota
	BY2
	BY3
	PY
	years   = 4
	anyYear = Year(-1)
)

var yearNames = []string{"BY1", "BY2", "BY3", "PY"}

func (y Year) String() string {
	if y == anyYear {
		return ""
	}
	return yearNames[y]
}

// kind is what the value of a cell is.
type kind byte

const (
	dollars kind = iota // a person and year
	factor
	cents // a whole sum
	count // persons, in billionths
	signed
)

// cellKinds are the cells that a file may have. docs/guide/aco.md describes them.
var cellKinds = map[string]kind{
	"national_per_capita": dollars, "national_risk": factor, "truncation": dollars, "completion": factor, "acpt": factor,
	"regional_per_capita": dollars, "regional_risk": factor, "regional_demographic_risk": factor, "assignable_share": factor,
	"county_per_capita": dollars, "county_assignable": count, "demographic_risk": factor,
	"prior_savings": signed, "prior_savings_proration": factor, "low_income_share": factor, "participant_revenue": cents,
	"aco_per_capita": dollars, "aco_person_years": count, "aco_risk": factor, "dual_share": factor, "historical_benchmark": dollars, "adjusted_benchmark": dollars,
}

// Cell is one value that CMS gave.
type Cell struct {
	Value    int64 // in the unit of its kind
	Source   string
	Verified bool
	Line     int
}

type cellKey struct {
	name   string
	kind   feed.EnrollmentType // NoType is all
	year   Year
	county string
	prior  int // 1 to 3, of the years before the agreement
}

func (k cellKey) String() string {
	s := k.name
	if k.kind != feed.NoType {
		s += " " + typeCodes[k.kind]
	}
	if k.year != anyYear {
		s += " " + k.year.String()
	}
	if k.prior > 0 {
		s += fmt.Sprintf(" P%d", k.prior)
	}
	if k.county != "" {
		s += " " + k.county
	}
	return s
}

var typeCodes = []string{"ALL", "ESRD", "DISABLED", "AGED_DUAL", "AGED_NON_DUAL"}

// Delivery is one set of CMS's figures: a preliminary or a final benchmark.
type Delivery struct {
	Name  string
	Date  civil.Date
	cells map[cellKey]Cell
	order []string // counties, sorted
}

// Verified tells that every cell was checked against what CMS sent.
func (d *Delivery) Verified() bool {
	for _, c := range d.cells {
		if !c.Verified {
			return false
		}
	}
	return true
}

// Len is the number of cells.
func (d *Delivery) Len() int { return len(d.cells) }

// ReadCells reads a csv file of cells: delivery, date, cell, type, year, county, value,
// source, verified. A file may hold several deliveries; they come back by date. It fails
// at the first line that is no cell, for a benchmark with a cell left out is another one.
func ReadCells(r io.Reader, name string) ([]*Delivery, error) {
	cr := csv.NewReader(r)
	cr.ReuseRecord = true
	head, err := cr.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at := make([]int, len(cellColumns))
	for i, c := range cellColumns {
		if at[i] = slices.Index(head, c); at[i] < 0 {
			return nil, fmt.Errorf("%s: no column %s", name, c)
		}
	}
	var out []*Delivery
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		f := make([]string, len(at))
		for i, k := range at {
			f[i] = strings.TrimSpace(rec[k])
		}
		line, _ := cr.FieldPos(0)
		if out, err = addCell(out, f, line); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, line, err)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no cell", name)
	}
	for _, d := range out {
		d.sortCounties()
	}
	slices.SortStableFunc(out, func(a, b *Delivery) int { return a.Date.Sub(b.Date) })
	return out, nil
}

var cellColumns = []string{"delivery", "date", "cell", "type", "year", "county", "value", "source", "verified"}

func addCell(out []*Delivery, f []string, line int) ([]*Delivery, error) {
	date, err := civil.ParseISO(f[1])
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(out, func(d *Delivery) bool { return d.Name == f[0] })
	if i < 0 {
		if len(out) >= 50 {
			return out, errors.New("more than 50 deliveries")
		}
		out = append(out, &Delivery{Name: f[0], Date: date, cells: map[cellKey]Cell{}})
		i = len(out) - 1
	}
	d := out[i]
	if d.Date != date {
		return out, fmt.Errorf("delivery %s is of %s and of %s", d.Name, d.Date, date)
	}
	key, err := keyOf(f)
	if err != nil {
		return out, err
	}
	if old, twice := d.cells[key]; twice {
		return out, fmt.Errorf("%s is on line %d too", key, old.Line)
	}
	value, err := valueOf(key.name, f[6])
	if err != nil {
		return out, err
	}
	if f[8] != "yes" && f[8] != "no" {
		return out, fmt.Errorf("verified is %q, wanted yes or no", f[8])
	}
	d.cells[key] = Cell{Value: value, Source: f[7], Verified: f[8] == "yes", Line: line}
	return out, nil
}

func keyOf(f []string) (cellKey, error) {
	k := cellKey{name: f[2], year: anyYear, county: f[5]}
	if _, known := cellKinds[k.name]; !known {
		return k, fmt.Errorf("%q is no cell", k.name)
	}
	t := slices.Index(typeCodes, f[3])
	if t < 0 {
		return k, fmt.Errorf("type %q is none of %s", f[3], strings.Join(typeCodes, ", "))
	}
	k.kind = feed.EnrollmentType(t)
	switch y := slices.Index(yearNames, f[4]); {
	case y >= 0:
		k.year = Year(y)
	case len(f[4]) == 2 && f[4][0] == 'P' && f[4][1] >= '1' && f[4][1] <= '3':
		k.prior = int(f[4][1] - '0')
	case f[4] != "":
		return k, fmt.Errorf("year %q is none of BY1, BY2, BY3, PY and, for prior savings, P1 to P3", f[4])
	}
	if (k.county != "") != strings.HasPrefix(k.name, "county_") {
		return k, fmt.Errorf("cell %s with county %q", k.name, k.county)
	}
	return k, nil
}

// The bounds of what a benchmark is computed from: half a million dollars a person and
// year, two million person years. Inside them no product leaves 64 bits.
const (
	most      = 500_000 * dollar
	mostYears = PersonYears(2_000_000 * 1_000_000)
)

// valueOf reads a value and bounds it.
func valueOf(name, text string) (int64, error) {
	switch k := cellKinds[name]; k {
	case dollars, signed:
		v, err := decimal(text, 9)
		if err == nil && (v > int64(most) || v < -int64(most) || k == dollars && v < int64(dollar)) {
			err = fmt.Errorf("%s %s is no amount a person and year", name, text)
		}
		return v, err
	case factor:
		v, err := decimal(text, 12)
		if err == nil && (v < 0 || v > 20*int64(one)) {
			err = fmt.Errorf("%s %s is out of range (0 to 20)", name, text)
		}
		return v, err
	case count:
		v, err := decimal(text, 6)
		if err == nil && (v < 0 || v > int64(mostYears)) {
			err = fmt.Errorf("%s %s is no number of person years", name, text)
		}
		return v, err
	}
	v, err := money.ParseCents(text)
	if err == nil && (v < 0 || v > 1e14) {
		err = fmt.Errorf("%s %s is out of range", name, text)
	}
	return int64(v), err
}

func (d *Delivery) sortCounties() {
	seen := map[string]bool{}
	for k := range d.cells {
		if k.county != "" && !seen[k.county] {
			seen[k.county] = true
			d.order = append(d.order, k.county)
		}
	}
	slices.Sort(d.order)
}

// Change is a cell that two deliveries give otherwise; a side that lacks it is empty.
type Change struct{ Cell, Before, After string }

// Changes lists the cells in which a delivery differs from an earlier one, by name.
func (d *Delivery) Changes(before *Delivery) []Change {
	var out []Change
	for k, c := range d.cells {
		if old, ok := before.cells[k]; !ok {
			out = append(out, Change{k.String(), "", valueText(k.name, c.Value)})
		} else if old.Value != c.Value {
			out = append(out, Change{k.String(), valueText(k.name, old.Value), valueText(k.name, c.Value)})
		}
	}
	for k, old := range before.cells {
		if _, ok := d.cells[k]; !ok {
			out = append(out, Change{k.String(), valueText(k.name, old.Value), ""})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Cell, b.Cell) })
	return out
}

// valueText prints a value with the decimals that it has.
func valueText(name string, v int64) string {
	scale := map[kind]int{dollars: 9, signed: 9, factor: 12, count: 6, cents: 2}[cellKinds[name]]
	return string(money.AppendTrimmed(nil, v, scale))
}

// Truncation is the 99th percentile of a type and year in cents, 0 if it is not loaded.
func (d *Delivery) Truncation(t feed.EnrollmentType, y Year) money.Cents {
	c := d.cells[cellKey{name: "truncation", kind: t, year: y}]
	return money.Cents(money.HalfUp(c.Value, 1, int64(dollar)/100))
}

// Completion is the completion factor of a year in millionths, 0 if it is not loaded.
func (d *Delivery) Completion(y Year) int64 {
	return money.HalfUp(d.cells[cellKey{name: "completion", year: y}].Value, 1, 1_000_000)
}

// Revenue is the participants' Part A and Part B revenue, if it is loaded.
func (d *Delivery) Revenue() (money.Cents, bool) {
	c, ok := d.cells[cellKey{name: "participant_revenue", year: PY}]
	return money.Cents(c.Value), ok
}

// HasHistorical tells that a delivery gives the historical benchmark by type, before or
// after its adjustment, so that none needs to be made of claims.
func (d *Delivery) HasHistorical() bool { return d.gives("historical_benchmark") || d.hasAdjusted() }

// hasAdjusted tells that a delivery gives the benchmark with its adjustment.
func (d *Delivery) hasAdjusted() bool { return d.gives("adjusted_benchmark") }

func (d *Delivery) gives(name string) bool {
	for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
		if _, ok := d.cells[cellKey{name: name, kind: t, year: anyYear}]; ok {
			return true
		}
	}
	return false
}
