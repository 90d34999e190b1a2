// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func (m *Model) readMapping(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.mapping", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	code, hcc := b.Text("diagnosis"), b.Numbers("hcc", 0)
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		i, err := m.position(t, hcc[row])
		if err != nil {
			return err
		}
		d := m.diagnoses[code[row]]
		d.categories = d.categories.or(one(i))
		m.diagnoses[code[row]] = d
		return nil
	})
}

func (m *Model) readEdits(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.edits", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	code, sex := b.Text("diagnosis"), b.Text("sex")
	lo, hi, hcc := b.Numbers("age_min", 0), b.Numbers("age_max", 0), b.Numbers("hcc", 0)
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		d, ok := m.diagnoses[code[row]]
		if !ok {
			return nil // not a payment diagnosis this year
		}
		e := edit{min: int(lo[row]), max: int(hi[row])}
		if sex[row] != "" {
			e.sex = sex[row][0]
		}
		if hcc[row] != 0 {
			i, err := m.position(t, hcc[row])
			if err != nil {
				return err
			}
			e.to = one(i)
		}
		d.edits = append(d.edits, e)
		m.diagnoses[code[row]] = d
		return nil
	})
}

func (m *Model) readHierarchy(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.hierarchy", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	hcc, drops := b.Numbers("hcc", 0), b.Numbers("drops", 0)
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		c := &m.categories[m.byNumber[int(hcc[row])]]
		c.drops = c.drops.or(one(m.byNumber[int(drops[row])]))
		return nil
	})
}

func (m *Model) readLabels(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.labels", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	model, hcc, label := b.Text("model"), b.Numbers("hcc", 0), b.Text("label")
	for row, name := range model {
		if i, ok := m.byNumber[int(hcc[row])]; ok && name == m.tableModel() {
			m.categories[i].label = label[row]
		}
	}
	return b.Err()
}

func (m *Model) readRequirements(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.requirements", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	hcc, other := b.Numbers("hcc", 0), b.Numbers("any_of", 0)
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		i, err := m.position(t, hcc[row])
		if err != nil {
			return err
		}
		var companion set // none: the category never counts
		if other[row] != 0 {
			j, err := m.position(t, other[row])
			if err != nil {
				return err
			}
			companion = one(j)
		}
		if n := len(m.required); n == 0 || m.required[n-1].category != i {
			m.required = append(m.required, requirement{category: i})
		}
		r := &m.required[len(m.required)-1]
		r.anyOf = r.anyOf.or(companion)
		return nil
	})
}

func (m *Model) readGroups(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.groups", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	group, hcc := b.Text("group"), b.Numbers("hcc", 0)
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		i, err := m.position(t, hcc[row])
		if err != nil {
			return err
		}
		m.groups[group[row]] = m.groups[group[row]].or(one(i))
		return nil
	})
}

func (m *Model) readInteractions(cat *refdata.Catalog, on civil.Date) error {
	t, err := m.load(cat, "hcc.interactions", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	name, left, right := b.Text("interaction"), b.Text("left"), b.Text("right")
	if b.Err() != nil {
		return b.Err()
	}
	return m.rows(b, func(row int) error {
		x := interaction{name: name[row]}
		for _, side := range []string{left[row], right[row]} {
			if err := m.operand(&x, side); err != nil {
				return fmt.Errorf("table %s %s, %s: %w", t.ID, t.Version, x.name, err)
			}
		}
		m.interact = append(m.interact, x)
		return nil
	})
}

// operand adds one side of an interaction: a fact about the person, a group, a
// category or an interaction listed before.
func (m *Model) operand(x *interaction, side string) error {
	switch side {
	case "DISABLED":
		x.needs |= disabled
		return nil
	case "NONAGED":
		x.needs |= nonAged
		return nil
	}
	if g, ok := m.groups[side]; ok {
		x.sets = append(x.sets, g)
		return nil
	}
	for _, y := range m.interact {
		if y.name == side {
			x.needs |= y.needs
			x.sets = append(x.sets, y.sets...)
			return nil
		}
	}
	if digits, ok := strings.CutPrefix(side, "HCC"); ok {
		if n, err := strconv.Atoi(digits); err == nil {
			if i, ok := m.byNumber[n]; ok {
				x.sets = append(x.sets, one(i))
				return nil
			}
		}
	}
	return fmt.Errorf("%q is no fact, group, category or interaction of %s", side, m.Name)
}

// readFactors leaves Factors nil where the tables have none for the model and year.
func (m *Model) readFactors(cat *refdata.Catalog, on civil.Date) error {
	t, err := cat.Load("hcc.factors", on)
	var missing *refdata.NotLoadedError
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	m.versions["hcc.factors"] = t.Version
	b := t.Bind()
	model, verified := b.Text("model"), b.Text("verified")
	norm, coding := b.Numbers("normalization", 3), b.Numbers("coding_percent", 2)
	if b.Err() != nil {
		return b.Err()
	}
	for row := range model {
		if model[row] == m.Name {
			m.Factors = &Factors{norm[row], coding[row], verified[row] == "yes"}
		}
	}
	return nil
}
