// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Config says what to write.
type Config struct {
	Year  int // that use is counted of; months are those of it and the year before
	Rules *population.Rules
	// Assignment, if not nil, assigns each beneficiary in the year.
	Assignment *assignment.Config
	// Create opens the file of a table by its name, such as claims.parquet.
	Create func(name string) (io.Writer, error)
}

// Summary counts the rows of each table.
type Summary struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// rowGroup is how many rows are kept in memory of a table before they are written: the
// unit that a reader skips or takes.
const rowGroup = 100_000

// table is one file in the making.
type table[T any] struct {
	name string
	w    *parquet.GenericWriter[T]
	buf  []T
	rows int64
}

func newTable[T any](x *Config, name string) (*table[T], error) {
	f, err := x.Create(name + ".parquet")
	if err != nil {
		return nil, err
	}
	return &table[T]{name: name, w: parquet.NewGenericWriter[T](f, parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.CreatedBy("woodlawn", "", ""), parquet.MaxRowsPerRowGroup(rowGroup))}, nil
}

func (t *table[T]) add(rows ...T) error {
	t.rows += int64(len(rows))
	t.buf = append(t.buf, rows...)
	if len(t.buf) < 4096 {
		return nil
	}
	return t.flush()
}

func (t *table[T]) flush() error {
	_, err := t.w.Write(t.buf)
	clear(t.buf) // lets go of the texts
	t.buf = t.buf[:0]
	return err
}

func (t *table[T]) close() (Summary, error) {
	err := errors.Join(t.flush(), t.w.Close())
	if err != nil {
		err = fmt.Errorf("table %s: %w", t.name, err)
	}
	return Summary{t.name, t.rows}, err
}

// writer holds all tables.
type writer struct {
	beneficiaries *table[beneficiary]
	months        *table[month]
	claims        *table[claimRow]
	lines         *table[lineRow]
	diagnoses     *table[diagnosisRow]
	procedures    *table[procedureRow]
	assignment    *table[assignmentRow] // nil without participants
	use           *table[useRow]
}

// Write writes every table of a feed. Rows come in one order on every machine: by the
// beneficiaries of the feed, then as the timeline has them.
func Write(f *feed.Feed, x *Config) ([]Summary, error) {
	w, err := newWriter(x)
	if err != nil {
		return nil, err
	}
	var pool sync.Pool
	if x.Assignment != nil {
		pool.New = func() any { return assignment.New(*x.Assignment) }
	}
	err = feed.Collect(f, func(b *feed.Beneficiary) (*batch, bool, error) {
		var result *assignment.Result
		if x.Assignment != nil {
			one := pool.Get().(*assignment.Assigner)
			defer pool.Put(one)
			r := one.Assign(b, nil)
			result = &r
		}
		counts := x.Rules.Count(b, x.Year)
		return x.rowsOf(b, result, &counts), true, nil
	}, w.add)
	if err != nil {
		return nil, err
	}
	return w.close()
}

func newWriter(x *Config) (*writer, error) {
	w := &writer{}
	var errs []error
	w.beneficiaries = make1[beneficiary](x, "beneficiaries", &errs)
	w.months = make1[month](x, "months", &errs)
	w.claims = make1[claimRow](x, "claims", &errs)
	w.lines = make1[lineRow](x, "lines", &errs)
	w.diagnoses = make1[diagnosisRow](x, "diagnoses", &errs)
	w.procedures = make1[procedureRow](x, "procedures", &errs)
	w.use = make1[useRow](x, "use", &errs)
	if x.Assignment != nil {
		w.assignment = make1[assignmentRow](x, "assignment", &errs)
	}
	return w, errors.Join(errs...)
}

func make1[T any](x *Config, name string, errs *[]error) *table[T] {
	t, err := newTable[T](x, name)
	if err != nil {
		*errs = append(*errs, err)
	}
	return t
}

func (w *writer) add(b *batch) error {
	err := errors.Join(w.beneficiaries.add(b.beneficiary), w.months.add(b.months...), w.claims.add(b.claims...), w.lines.add(b.lines...),
		w.diagnoses.add(b.diagnoses...), w.procedures.add(b.procedures...), w.use.add(b.use...))
	if w.assignment != nil {
		err = errors.Join(err, w.assignment.add(b.assignment...))
	}
	return err
}

func (w *writer) close() ([]Summary, error) {
	var list []Summary
	var errs []error
	end := func(s Summary, err error) { list, errs = append(list, s), append(errs, err) }
	end(w.beneficiaries.close())
	end(w.months.close())
	end(w.claims.close())
	end(w.lines.close())
	end(w.diagnoses.close())
	end(w.procedures.close())
	if w.assignment != nil {
		end(w.assignment.close())
	}
	end(w.use.close())
	return list, errors.Join(errs...)
}
