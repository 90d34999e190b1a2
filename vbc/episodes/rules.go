// SPDX-License-Identifier: Apache-2.0

// Package episodes finds the episodes of bundled payment models in beneficiaries'
// timelines, sums what was spent in them, prices them and reconciles a hospital's year:
// the Transforming Episode Accountability Model (TEAM, 42 CFR part 512 subpart E) and, as
// history, Comprehensive Care for Joint Replacement (CJR, 42 CFR part 510) and BPCI
// Advanced. The models differ in tables (episodes.*), not in code.
//
// A Builder's answer about a beneficiary depends on that beneficiary's timeline alone and
// not on the order of claims, so that any number of cores gives the same.
package episodes

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Models are the names that Load takes.
var Models = []string{"TEAM", "CJR", "BPCI Advanced"}

// Rules are a model's rules in one performance year.
type Rules struct {
	Model string
	Year  int
	// Begins is the first day on which the model's episodes may start.
	Begins civil.Date
	// NotHeld names CMS's lists that the tables lack: what they exclude is excluded only
	// if the user's lists do.
	NotHeld []string
	// Missing says what else of the year could not be loaded.
	Missing []string

	versions   map[string]string // of the tables, by ID
	params     map[string]param
	drgs       map[string]*Trigger // by MS-DRG of three digits
	hcpcs      map[string]*Trigger
	categories map[string]*Category
	tracks     map[string]*Track
	measures   []Measure
	excluded   map[string]exclusion // "drg 123"
	places     []place
	gmlos      map[string]int64 // geometric mean stay by MS-DRG, tenths of days
	gmlosTable string           // version of ipps.drg

	days, before, postDays, deviations int
	hccDays, hccLevels                 int
	ages, beds, weights                []int
	endsBy                             civil.Date
	percentile                         int
	normalLimit, trendLimit            int64 // hundredths of a percent
	neutral                            int64 // hundredths of a point
	transfers, died, otherPayers       map[string]bool
	denied, fullMedicaid               map[string]bool
	deathInEpisode, laterCancels       bool
}

// Trigger is a code that anchors an episode.
type Trigger struct {
	Kind, Code, Category string
	// PricedAs is the MS-DRG whose target price holds.
	PricedAs string
	from, to civil.Date
	verified bool
	cite     string
}

// Category is an episode category.
type Category struct {
	Code, Title, ServiceLine string
	// Discount is CMS's discount on the target price, hundredths of a percent.
	Discount int64
	verified bool
	cite     string
}

// Track is a participation track with its limits in hundredths of a percent: of the total
// target price, and how much of a gain or a loss the composite quality score moves.
type Track struct {
	Name                     string
	StopGain, StopLoss       int64
	QualityGain, QualityLoss int64
	verified                 bool
	cite                     string
}

// Measure is a quality measure and the categories that it is weighted by.
type Measure struct {
	Name       string
	Categories []string // nil is all
	Higher     bool     // higher rates are better
	verified   bool
	cite       string
}

func (m *Measure) covers(category string) bool {
	return m.Categories == nil || slices.Contains(m.Categories, category)
}

type param struct {
	value    string
	verified bool
	cite     string
}

type exclusion struct {
	reason   string
	table    string // the table's ID and version, or the user's file
	verified bool
	cite     string
}

type place struct{ setting, low, high string }

// Load reads a model's rules for a performance year. It fails with a
// *refdata.NotLoadedError if the model did not run in that year.
func Load(cat *refdata.Catalog, model string, year int) (*Rules, error) {
	r := &Rules{Model: model, Year: year, versions: map[string]string{}, params: map[string]param{}, drgs: map[string]*Trigger{}, hcpcs: map[string]*Trigger{}, categories: map[string]*Category{},
		tracks: map[string]*Track{}, excluded: map[string]exclusion{}, gmlos: map[string]int64{}}
	for _, part := range []struct {
		id   string
		read func(*refdata.Binder) func(int)
	}{{"parameters", r.readParameters}, {"categories", r.readCategories}, {"triggers", r.readTriggers}, {"tracks", r.readTracks},
		{"measures", r.readMeasures}, {"exclusions", r.readExclusions}} {
		if err := r.rows(cat, "episodes."+part.id, part.read); err != nil {
			return nil, err
		}
	}
	if len(r.params) == 0 {
		return nil, &refdata.NotLoadedError{ID: "episodes.parameters of " + model, On: civil.Of(year, time.January, 1)}
	}
	if err := r.settle(); err != nil {
		return nil, fmt.Errorf("table episodes.parameters, %s in %d: %w", model, year, err)
	}
	for _, read := range []func(*refdata.Catalog) error{r.readPlaces, r.readStays, r.readCategoriesOfCare} {
		if err := read(cat); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// rows gives a reader every row of the model that is in force at the end of the year, or
// was when the model ended in it.
func (r *Rules) rows(cat *refdata.Catalog, id string, read func(*refdata.Binder) func(int)) error {
	on := civil.Of(r.Year, time.December, 31)
	t, err := cat.Load(id, on)
	if err != nil {
		return err
	}
	r.versions[id] = t.Version
	b := t.Bind()
	model, from, to := b.Text("model"), b.Days("from"), b.Days("to")
	row := read(b)
	if b.Err() != nil {
		return b.Err()
	}
	for i := range model {
		if model[i] == r.Model && !on.Before(from[i]) && !on.After(to[i]) {
			row(i)
		}
	}
	return nil
}

func (r *Rules) readParameters(b *refdata.Binder) func(int) {
	name, value, from, verified, cite := b.Text("name"), b.Text("value"), b.Days("from"), b.Text("verified"), b.Text("cite")
	return func(i int) {
		r.params[name[i]] = param{value[i], verified[i] == "yes", cite[i]}
		if name[i] == "days_after" {
			r.Begins = from[i]
		}
	}
}

func (r *Rules) readCategories(b *refdata.Binder) func(int) {
	code, title, line, discount := b.Text("category"), b.Text("title"), b.Text("service_line"), b.Numbers("discount", 2)
	verified, cite := b.Text("verified"), b.Text("cite")
	return func(i int) {
		r.categories[code[i]] = &Category{code[i], title[i], line[i], discount[i], verified[i] == "yes", cite[i]}
	}
}

func (r *Rules) readTriggers(b *refdata.Binder) func(int) {
	category, kind, code, priced := b.Text("category"), b.Text("kind"), b.Text("code"), b.Text("priced_as")
	from, to, verified, cite := b.Days("from"), b.Days("to"), b.Text("verified"), b.Text("cite")
	return func(i int) {
		m := r.drgs
		if kind[i] == "hcpcs" {
			m = r.hcpcs
		}
		m[code[i]] = &Trigger{kind[i], code[i], category[i], priced[i], from[i], to[i], verified[i] == "yes", cite[i]}
	}
}

func (r *Rules) readTracks(b *refdata.Binder) func(int) {
	name, gain, loss := b.Text("track"), b.Numbers("stop_gain", 2), b.Numbers("stop_loss", 2)
	up, down, verified, cite := b.Numbers("quality_gain", 2), b.Numbers("quality_loss", 2), b.Text("verified"), b.Text("cite")
	return func(i int) {
		r.tracks[name[i]] = &Track{name[i], gain[i], loss[i], up[i], down[i], verified[i] == "yes", cite[i]}
	}
}

func (r *Rules) readMeasures(b *refdata.Binder) func(int) {
	name, categories, better, verified, cite := b.Text("measure"), b.Text("categories"), b.Text("better"), b.Text("verified"), b.Text("cite")
	return func(i int) {
		m := Measure{Name: name[i], Higher: better[i] == "higher", verified: verified[i] == "yes", cite: cite[i]}
		if categories[i] != "*" {
			m.Categories = strings.Fields(categories[i])
		}
		r.measures = append(r.measures, m)
	}
}

func (r *Rules) readExclusions(b *refdata.Binder) func(int) {
	kind, code, reason, verified, cite := b.Text("kind"), b.Text("code"), b.Text("reason"), b.Text("verified"), b.Text("cite")
	return func(i int) {
		if kind[i] == "not held" {
			r.NotHeld = append(r.NotHeld, reason[i])
			return
		}
		r.excluded[kind[i]+" "+code[i]] = exclusion{reason[i], "episodes.exclusions", verified[i] == "yes", cite[i]}
	}
}

func (r *Rules) readPlaces(cat *refdata.Catalog) error {
	t, err := cat.Load("episodes.places", civil.Of(r.Year, time.January, 1))
	if err != nil {
		return err
	}
	b := t.Bind()
	setting, low, high := b.Text("setting"), b.Text("low"), b.Text("high")
	for i := range setting {
		r.places = append(r.places, place{setting[i], low[i], high[i]})
	}
	return b.Err()
}

// readStays reads the geometric mean length of stay by MS-DRG, by which an IPPS payment
// that reaches beyond the episode is divided.
func (r *Rules) readStays(cat *refdata.Catalog) error {
	t, err := cat.Load("ipps.drg", civil.Of(r.Year, time.January, 1))
	var none *refdata.NotLoadedError
	if errors.As(err, &none) {
		r.Missing = append(r.Missing, "geometric mean lengths of stay of "+strconv.Itoa(r.Year)+" are not loaded: hospital stays that end after an episode are divided by days")
		return nil
	}
	if err != nil {
		return err
	}
	b := t.Bind()
	drg, gmlos := b.Text("drg"), b.Numbers("gmlos", 1)
	for i := range drg {
		r.gmlos[drg[i]] = gmlos[i]
	}
	r.gmlosTable = t.Version
	return b.Err()
}

// readCategoriesOfCare turns the excluded major diagnostic categories into their MS-DRGs.
func (r *Rules) readCategoriesOfCare(cat *refdata.Catalog) error {
	mdcs := map[int64]exclusion{}
	for key, x := range r.excluded {
		if mdc, ok := strings.CutPrefix(key, "mdc "); ok {
			n, err := strconv.ParseInt(mdc, 10, 64)
			if err != nil {
				return fmt.Errorf("table episodes.exclusions: MDC %q", mdc)
			}
			mdcs[n] = x
		}
	}
	if len(mdcs) == 0 {
		return nil
	}
	t, err := cat.Load("msdrg.formulas", civil.Of(r.Year, time.January, 1))
	var none *refdata.NotLoadedError
	if errors.As(err, &none) {
		r.Missing = append(r.Missing, "MS-DRGs by major diagnostic category of "+strconv.Itoa(r.Year)+" are not loaded: readmissions are not excluded by category")
		return nil
	}
	if err != nil {
		return err
	}
	b := t.Bind()
	mdc, drg := b.Numbers("mdc", 0), b.Numbers("drg", 0)
	if b.Err() != nil {
		return b.Err()
	}
	for i := range mdc {
		if x, ok := mdcs[mdc[i]]; ok && drg[i] > 0 && drg[i] < 998 { // 998 and 999 are no groups
			x.table = "episodes.exclusions, msdrg.formulas " + t.Version
			r.excluded[fmt.Sprintf("drg %03d", drg[i])] = x
		}
	}
	return nil
}

// Category is a category by its code, nil if the year has none.
func (r *Rules) Category(code string) *Category { return r.categories[code] }

// Place is the kind of hospital that a CCN tells: acute, critical access, long-term,
// rehabilitation, psychiatric, children; empty if none of them.
func (r *Rules) Place(ccn string) string {
	if len(ccn) != 6 {
		return ""
	}
	tail := ccn[2:]
	for i := range r.places {
		p := &r.places[i]
		if len(p.low) == 1 && tail[0] == p.low[0] || len(p.low) == 4 && tail >= p.low && tail <= p.high && digits(tail) {
			return p.setting
		}
	}
	return ""
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// row points at a parameter.
func (r *Rules) row(name string) *trace.Row {
	return r.rowOf("episodes.parameters", name)
}

func (r *Rules) rowOf(table, key string) *trace.Row {
	return &trace.Row{Table: table, Version: r.versions[table], Key: r.Model + ", " + key}
}

// Verified tells whether every parameter, trigger and category of the year was compared
// with the regulation's text.
func (r *Rules) Verified() bool {
	for _, p := range r.params {
		if !p.verified {
			return false
		}
	}
	for _, m := range []map[string]*Trigger{r.drgs, r.hcpcs} {
		for _, t := range m {
			if !t.verified {
				return false
			}
		}
	}
	for _, c := range r.categories {
		if !c.verified {
			return false
		}
	}
	return true
}

// HCCModel is the name of the risk model whose categories are counted; empty for none.
func (r *Rules) HCCModel() string { return r.params["hcc_model"].value }
