// SPDX-License-Identifier: Apache-2.0

// Package risk scores beneficiaries with CMS's risk adjustment models: CMS-HCC V22,
// V24 and V28, the ESRD models V21 and V24, and RxHCC, by payment year. Diagnoses
// become condition categories, hierarchies silence the lesser ones, and the relative
// factors of the person's segment are added up: demographic, categories, interactions,
// number of categories (42 CFR 422.308(c), 425.605(a)(1) for shared savings).
//
// The models are tables (hcc.mapping, hcc.hierarchy, hcc.coefficients, ...): a new
// payment year is a new set of packs, not new code. Factors are integers of
// thousandths, as CMS prints them; a sum of them is exact.
//
// A Model is read-only and safe for concurrent use. Scoring allocates nothing once a
// Scratch has grown to its size.
package risk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const maxAge = 130

// family groups the models that share segments and demographic variables.
type family uint8

const (
	cmsHCC family = iota
	esrdV21
	esrdV24
	rx
)

// Model is one risk adjustment model in one payment year.
type Model struct {
	Name string // "CMS-HCC V28"
	Year int    // payment year
	// Verified tells that every table behind the model was compared with CMS's own.
	Verified bool
	// Factors bring the raw score to the scale of payment; nil if they are not loaded.
	Factors *Factors

	family     family
	categories []category // sorted by their number as text, the order of results
	byNumber   map[int]int
	diagnoses  map[string]diagnosis
	required   []requirement
	groups     map[string]set
	interact   []interaction
	segments   map[string]*segment
	versions   map[string]string // table ID to the version that was read
}

// Factors are the steps from the raw score to the payment score (42 CFR 422.308(c)(2)).
type Factors struct {
	Normalization int64 // thousandths
	CodingPercent int64 // hundredths of a percent: the MA coding pattern adjustment
	Verified      bool
}

// category is one hierarchical condition category.
type category struct {
	number int
	text   string // number as text
	label  string
	drops  set
}

// diagnosis is where an ICD-10-CM code leads.
type diagnosis struct {
	categories set
	edits      []edit
}

// edit replaces the categories of a diagnosis for persons of some age and sex.
type edit struct {
	sex      byte // 0 is both
	min, max int
	to       set // empty makes the diagnosis invalid
}

// requirement drops a category that comes without any of some others.
type requirement struct {
	category int
	anyOf    set
}

// interaction holds if every flag holds and every set is met.
type interaction struct {
	name  string
	needs flags
	sets  []set
}

// New reads a model from the tables. Without them it returns a *refdata.NotLoadedError.
func New(cat *refdata.Catalog, name string, year int) (*Model, error) {
	m := &Model{Name: name, Year: year, Verified: true, byNumber: map[int]int{}, diagnoses: map[string]diagnosis{},
		groups: map[string]set{}, segments: map[string]*segment{}, versions: map[string]string{}}
	switch {
	case name == "CMS-HCC ESRD V21":
		m.family = esrdV21
	case name == "CMS-HCC ESRD V24":
		m.family = esrdV24
	case strings.HasPrefix(name, "RxHCC"):
		m.family = rx
	}
	on := civil.Of(year, time.January, 1)
	coefficients, err := cat.Load("hcc.coefficients", on)
	if err != nil {
		return nil, err
	}
	if err := m.readCategories(cat, on); err != nil {
		return nil, err
	}
	if len(m.categories) == 0 {
		return nil, &refdata.NotLoadedError{ID: "hcc.mapping of " + name, On: on}
	}
	for _, read := range []func(*refdata.Catalog, civil.Date) error{m.readMapping, m.readEdits, m.readHierarchy,
		m.readLabels, m.readRequirements, m.readGroups, m.readInteractions} {
		if err := read(cat, on); err != nil {
			return nil, err
		}
	}
	if err := m.readSegments(coefficients); err != nil {
		return nil, err
	}
	if len(m.segments) == 0 {
		return nil, &refdata.NotLoadedError{ID: "hcc.coefficients of " + name, On: on}
	}
	return m, m.readFactors(cat, on)
}

// Segments lists the model's segments.
func (m *Model) Segments() []string {
	var names []string
	for name := range m.segments {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Label is the name of a category.
func (m *Model) Label(hcc int) string {
	if i, ok := m.byNumber[hcc]; ok {
		return m.categories[i].label
	}
	return ""
}

// tableModel is the name under which tables list the model: RxHCC V08 has factors of
// its own for PDPs and MA-PD plans, and one mapping.
func (m *Model) tableModel() string {
	if strings.HasPrefix(m.Name, "RxHCC V08") {
		return "RxHCC V08"
	}
	return m.Name
}

// load fetches a table and remembers its version.
func (m *Model) load(cat *refdata.Catalog, id string, on civil.Date) (*refdata.Table, error) {
	t, err := cat.Load(id, on)
	if err != nil {
		return nil, err
	}
	m.versions[id] = t.Version
	return t, nil
}

// rows calls fn for every row of the model, and notes rows that were not verified.
func (m *Model) rows(b *refdata.Binder, fn func(row int) error) error {
	model, verified := b.Text("model"), b.Text("verified")
	if b.Err() != nil {
		return b.Err()
	}
	want := m.tableModel()
	for row, name := range model {
		if name == want {
			m.Verified = m.Verified && verified[row] == "yes"
			if err := fn(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// position is the place of a category that a table names.
func (m *Model) position(t *refdata.Table, number int64) (int, error) {
	i, ok := m.byNumber[int(number)]
	if !ok {
		return 0, fmt.Errorf("table %s %s: %s has no category %d", t.ID, t.Version, m.Name, number)
	}
	return i, nil
}

// readCategories takes every category that a diagnosis or a hierarchy names.
func (m *Model) readCategories(cat *refdata.Catalog, on civil.Date) error {
	numbers := map[int]bool{}
	for _, src := range [][2]string{{"hcc.mapping", "hcc"}, {"hcc.hierarchy", "hcc"}, {"hcc.hierarchy", "drops"}} {
		t, err := m.load(cat, src[0], on)
		if err != nil {
			return err
		}
		b := t.Bind()
		hcc := b.Numbers(src[1], 0)
		if err := m.rows(b, func(row int) error { numbers[int(hcc[row])] = true; return nil }); err != nil {
			return err
		}
	}
	for n := range numbers {
		m.categories = append(m.categories, category{number: n, text: strconv.Itoa(n)})
	}
	if len(m.categories) > maxCategories {
		return fmt.Errorf("%s has %d categories, more than %d", m.Name, len(m.categories), maxCategories)
	}
	slices.SortFunc(m.categories, func(a, b category) int { return strings.Compare(a.text, b.text) })
	for i := range m.categories {
		m.byNumber[m.categories[i].number] = i
	}
	return nil
}
