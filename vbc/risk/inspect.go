// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"maps"
	"slices"
	"strconv"
)

// Categories appends to into the numbers of the categories that a diagnosis of a person
// leads to, after the edits of age and sex and before hierarchies.
func (m *Model) Categories(p *Person, code string, into []int) []int {
	d := m.diagnoses[code]
	c := d.at(p)
	for i := c.next(0); i >= 0; i = c.next(i + 1) {
		into = append(into, m.categories[i].number)
	}
	return into
}

// at is where a diagnosis leads for a person: edits of age and sex go over the mapping.
func (d *diagnosis) at(p *Person) set {
	for i := range d.edits {
		e := &d.edits[i]
		if (e.sex == 0 || e.sex == p.Sex) && p.Age >= e.min && p.Age <= e.max {
			return e.to
		}
	}
	return d.categories
}

// Has tells whether the model has a category.
func (m *Model) Has(hcc int) bool {
	_, ok := m.byNumber[hcc]
	return ok
}

// Factor is the relative factor of a category in a segment, in thousandths. ok is false
// where the segment has none: the category does not pay.
func (m *Model) Factor(segment string, hcc int) (value int64, ok bool) {
	seg, i := m.segments[segment], m.byNumber[hcc]
	if seg == nil || !m.Has(hcc) || seg.categories[i].name == "" {
		return 0, false
	}
	return seg.categories[i].value, true
}

// Above tells that a hierarchy lets one category silence another.
func (m *Model) Above(hcc, lesser int) bool {
	i, ok := m.byNumber[hcc]
	j, known := m.byNumber[lesser]
	return ok && known && m.categories[i].drops.has(j)
}

// Groups are the names of the groups of categories that the model's interactions speak of,
// such as DIABETES_V28.
func (m *Model) Groups() []string { return slices.Sorted(maps.Keys(m.groups)) }

// InGroup tells that a category belongs to a group.
func (m *Model) InGroup(group string, hcc int) bool {
	i, ok := m.byNumber[hcc]
	return ok && m.groups[group].has(i)
}

// Category is the number of the category whose factor a term is, 0 if it is of something
// else: age and sex, an interaction, the number of categories.
func (m *Model) Category(t Term) int {
	if i := m.termCategory(t.Name); i >= 0 {
		return m.categories[i].number
	}
	return 0
}

// Number is a category as Result has it, as a number.
func Number(hcc string) int {
	n, _ := strconv.Atoi(hcc)
	return n
}

// Version is that of a table behind the model, such as hcc.coefficients.
func (m *Model) Version(table string) string { return m.versions[table] }
