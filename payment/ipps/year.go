// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// year is what pricing needs of one fiscal year, ready to look up.
type year struct {
	*rules
	fiscalYear  int
	first, last civil.Date
	parameters  *parameters

	drgs     map[string]drgRow
	areas    map[string]areaRow
	rates    [9]rateRow // by table number 1 to 8
	counties map[string]countyRow
	midnight map[string]int64 // 6 decimals

	tech newTechnologies

	meta       map[string]refdata.Meta
	unverified bool // of a figure behind every payment
}

type drgRow struct {
	weight, gmlos, amlos int64 // 4, 1, 1 decimals
	postAcute, special   bool
	title                string
}

type areaRow struct {
	size                                          byte // L, or 0
	effective                                     civil.Date
	geographic, reclassified, ruralFloor, imputed int64 // 4 decimals
	name                                          string
}

type rateRow struct{ labor, nonlabor money.Cents }

type countyRow struct {
	effective  civil.Date
	adjustment int64 // 4 decimals
}

// tableIDs are the tables of a fiscal year.
var tableIDs = []string{"ipps.parameters", "ipps.drg", "ipps.wageindex", "ipps.rates", "ipps.outmigration", "ipps.midnight",
	"ipps.newtech", "ipps.newtech-codes", "ipps.newtech-rules"}

// loadYear reads the tables in force on a day.
func loadYear(cat *refdata.Catalog, on civil.Date) (*year, error) {
	tables := map[string]*refdata.Table{}
	for _, id := range tableIDs {
		t, err := cat.Load(id, on)
		if err != nil {
			return nil, fmt.Errorf("cannot price a discharge of %s: %w", on, err)
		}
		tables[id] = t
	}
	fy := on.FiscalYear()
	y := &year{fiscalYear: fy, first: civil.Of(fy-1, 10, 1), last: civil.Of(fy, 9, 30), meta: map[string]refdata.Meta{}}
	for id, t := range tables {
		y.meta[id] = t.Meta
	}
	var err error
	if y.parameters, err = readParameters(tables["ipps.parameters"], fy); err != nil {
		return nil, err
	}
	if y.rules, err = newRules(y.parameters); err != nil {
		return nil, err
	}
	for _, read := range []func(map[string]*refdata.Table) error{y.readDRGs, y.readAreas, y.readRates, y.readCounties, y.readNewTech} {
		if err := read(tables); err != nil {
			return nil, err
		}
	}
	y.unverified = y.findUnverified()
	return y, nil
}

func (y *year) readDRGs(tables map[string]*refdata.Table) error {
	b := tables["ipps.drg"].Bind()
	drg, weight, gmlos, amlos := b.Text("drg"), b.Numbers("weight", 4), b.Numbers("gmlos", 1), b.Numbers("amlos", 1)
	postAcute, special, title := b.Text("post_acute"), b.Text("special_pay"), b.Text("title")
	y.drgs = make(map[string]drgRow, len(drg))
	for i, code := range drg {
		y.drgs[code] = drgRow{weight[i], gmlos[i], amlos[i], postAcute[i] == "Y", special[i] == "Y", title[i]}
	}
	return b.Err()
}

func (y *year) readAreas(tables map[string]*refdata.Table) error {
	b := tables["ipps.wageindex"].Bind()
	cbsa, size, effective := b.Text("cbsa"), b.Text("size"), b.Days("effective")
	geographic, reclassified := b.Numbers("geographic", 4), b.Numbers("reclassified", 4)
	floor, imputed, name := b.Numbers("rural_floor", 4), b.Numbers("imputed_floor", 4), b.Text("name")
	y.areas = make(map[string]areaRow, len(cbsa))
	for i, code := range cbsa {
		row := areaRow{0, effective[i], geographic[i], reclassified[i], floor[i], imputed[i], name[i]}
		if size[i] != "" {
			row.size = size[i][0]
		}
		if old, ok := y.areas[code]; ok && old.effective.After(row.effective) {
			continue
		}
		y.areas[code] = row
	}
	return b.Err()
}

func (y *year) readRates(tables map[string]*refdata.Table) error {
	b := tables["ipps.rates"].Bind()
	number, labor, nonlabor := b.Numbers("table", 0), b.Numbers("labor", 2), b.Numbers("nonlabor", 2)
	for i, n := range number {
		if n >= 1 && n <= 8 {
			y.rates[n] = rateRow{money.Cents(labor[i]), money.Cents(nonlabor[i])}
		}
	}
	if err := b.Err(); err != nil {
		return err
	}
	for n := 1; n <= 8; n++ {
		if y.rates[n].labor == 0 {
			return &MissingError{y.fiscalYear, fmt.Sprintf("standardised amount table %d", n)}
		}
	}
	return nil
}

func (y *year) readCounties(tables map[string]*refdata.Table) error {
	b := tables["ipps.outmigration"].Bind()
	county, effective, adjustment := b.Text("county"), b.Days("effective"), b.Numbers("adjustment", 4)
	y.counties = make(map[string]countyRow, len(county))
	for i, c := range county {
		if day := effective[i]; !day.Before(y.first) && !day.After(y.last) {
			y.counties[c] = countyRow{day, adjustment[i]}
		}
	}
	if err := b.Err(); err != nil {
		return err
	}
	b = tables["ipps.midnight"].Bind()
	msa, factor := b.Text("msa"), b.Numbers("factor", 6)
	y.midnight = make(map[string]int64, len(msa))
	for i, m := range msa {
		y.midnight[m] = factor[i]
	}
	return b.Err()
}

// row points a trace at a row of one of the year's tables.
func (y *year) row(table, key string) *trace.Row {
	return &trace.Row{Table: table, Version: y.meta[table].Version, Key: key}
}

// area finds the row of a CBSA or, by its two digits, of a state's rural area. A
// row counts if its effective date lies in the fiscal year and is not after on.
func (y *year) area(code string, on civil.Date) (areaRow, bool) {
	row, ok := y.areas[strings.TrimSpace(code)]
	if !ok || row.effective.Before(y.first) || row.effective.After(on) {
		return areaRow{}, false
	}
	return row, true
}
