// SPDX-License-Identifier: Apache-2.0

package refdata

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Builder makes a table row by row.
type Builder struct{ t Table }

// NewBuilder starts a table; Meta needs no Rows and no hashes of the payload.
func NewBuilder(meta Meta) *Builder {
	b := &Builder{t: Table{Meta: meta}}
	b.t.text = make([][]string, len(meta.Columns))
	b.t.nums = make([][]int64, len(meta.Columns))
	b.t.Rows = 0
	return b
}

// Add appends a row: a string for a Text column, for a Number column an integer
// already in the column's scale or a string that is parsed at it (blank is 0), for
// a Day column a civil.Date.
func (b *Builder) Add(values ...any) error {
	t := &b.t
	if len(values) != len(t.Columns) {
		return fmt.Errorf("table %s row %d: %d values for %d columns", t.ID, t.Rows+1, len(values), len(t.Columns))
	}
	for i, v := range values {
		if err := b.put(i, v); err != nil {
			for j := range t.Columns { // drop what the failed row has left
				t.text[j] = t.text[j][:min(len(t.text[j]), t.Rows)]
				t.nums[j] = t.nums[j][:min(len(t.nums[j]), t.Rows)]
			}
			return fmt.Errorf("table %s row %d column %s: %w", t.ID, t.Rows+1, t.Columns[i].Name, err)
		}
	}
	t.Rows++
	return nil
}

func (b *Builder) put(i int, v any) error {
	c := b.t.Columns[i]
	switch x := v.(type) {
	case string:
		if c.Kind == Text {
			b.t.text[i] = append(b.t.text[i], x)
			return nil
		}
		if c.Kind == Number {
			if x == "" {
				b.t.nums[i] = append(b.t.nums[i], 0)
				return nil
			}
			n, err := money.ParseScaled(x, int(c.Scale))
			if err != nil {
				return err
			}
			b.t.nums[i] = append(b.t.nums[i], n)
			return nil
		}
	case int:
		if c.Kind == Number {
			b.t.nums[i] = append(b.t.nums[i], int64(x))
			return nil
		}
	case int64:
		if c.Kind == Number {
			b.t.nums[i] = append(b.t.nums[i], x)
			return nil
		}
	case civil.Date:
		if c.Kind == Day {
			b.t.nums[i] = append(b.t.nums[i], int64(x))
			return nil
		}
	}
	return fmt.Errorf("%T does not fit a %s column", v, c.Kind)
}

// Rows is the number of rows so far.
func (b *Builder) Rows() int { return b.t.Rows }

// Table is the table as built. The builder must not be used after.
func (b *Builder) Table() *Table { return &b.t }
