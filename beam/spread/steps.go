// SPDX-License-Identifier: Apache-2.0

package spread

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func init() {
	register.DoFn4x1[context.Context, string, func(string, []byte), func(string), error](&readFn{})
	register.DoFn3x1[string, func(*[]byte) bool, func([]byte), error](&measureFn{})
	register.DoFn2x1[int, func(*string) bool, error](&writeRejectsFn{})
	register.DoFn1x1[account.Sums, error](&writeSumsFn{})
	register.Combiner3[account.Sums, []byte, account.Sums](&sumFn{})
	register.Function1x2(underOne)
	register.Emitter1[string]()
	register.Emitter1[[]byte]()
	register.Emitter2[string, []byte]()
	register.Iter1[string]()
	register.Iter1[[]byte]()
	beam.RegisterCoder(reflect.TypeFor[account.Sums](), encodeSums, decodeSums)
}

func encodeSums(s account.Sums) ([]byte, error) { return json.Marshal(s) }

func decodeSums(b []byte) (s account.Sums, err error) {
	err = json.Unmarshal(b, &s)
	return s, err
}

var (
	rowsRead = beam.NewCounter("woodlawn", "rows")
	rejected = beam.NewCounter("woodlawn", "rejected")
)

// readFn reads one file of the deliveries into rows by beneficiary.
type readFn struct {
	Job  string
	work *work
}

// Setup reads what all files share.
func (f *readFn) Setup() (err error) {
	f.work, err = open(f.Job)
	return err
}

// ProcessElement gives each record of a file with the current identifier of its
// beneficiary, and why records were set aside.
func (f *readFn) ProcessElement(ctx context.Context, path string, row func(mbi string, row []byte), reject func(string)) error {
	var rows int64
	err := feed.ReadRows(path, f.work.layouts, f.work.xref, func(mbi, packed []byte) error {
		row(string(mbi), slices.Clone(packed)) // bytes, for a text of other runners is UTF-8
		rows++
		return nil
	}, func(err error) {
		rejected.Inc(ctx, 1)
		reject(err.Error())
	})
	rowsRead.Inc(ctx, rows)
	return err
}

// measureFn is account.Measure.
type measureFn struct {
	Job  string
	work *work
}

// Setup makes the plan.
func (f *measureFn) Setup() (err error) {
	f.work, err = open(f.Job)
	return err
}

// ProcessElement measures one beneficiary.
func (f *measureFn) ProcessElement(mbi string, rows func(*[]byte) bool, life func([]byte)) error {
	packet := feed.Packet{MBI: mbi, Former: f.work.xref.Former(mbi)}
	var row []byte
	for rows(&row) {
		packet.Rows = append(packet.Rows, string(row))
	}
	l, err := account.Measure(f.work.plan, packet)
	if err != nil {
		return fmt.Errorf("a beneficiary could not be measured: %w", err)
	}
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	life(b)
	return nil
}

// sumFn is account.Sums as a combiner.
type sumFn struct{}

// CreateAccumulator makes the account of nobody.
func (*sumFn) CreateAccumulator() account.Sums { return account.Sums{} }

// AddInput adds a life.
func (*sumFn) AddInput(s account.Sums, life []byte) account.Sums {
	var l account.Life
	if err := json.Unmarshal(life, &l); err != nil {
		panic(err) // measureFn wrote it
	}
	s.Add(&l)
	return s
}

// MergeAccumulators adds up two accounts.
func (*sumFn) MergeAccumulators(a, b account.Sums) account.Sums {
	var s account.Sums // Merge may share maps with its argument; a fresh one shares none with either
	s.Merge(&a)
	s.Merge(&b)
	return s
}

// ExtractOutput gives the account.
func (*sumFn) ExtractOutput(s account.Sums) account.Sums { return s }

// underOne brings texts together under one key.
func underOne(s string) (int, string) { return 0, s }

// writeSumsFn writes the account as JSON.
type writeSumsFn struct{ Path string }

// ProcessElement writes the file whole or not at all, so that a step that is run twice
// does no harm.
func (f *writeSumsFn) ProcessElement(s account.Sums) error {
	b, err := Encode(&s)
	if err != nil {
		return err
	}
	return replace(f.Path, b)
}

// Encode is the account as it is written: one line of JSON.
func Encode(s *account.Sums) ([]byte, error) {
	b, err := json.Marshal(s)
	return append(b, '\n'), err
}

// writeRejectsFn writes why records were set aside, sorted.
type writeRejectsFn struct{ Path string }

// ProcessElement writes the file whole or not at all.
func (f *writeRejectsFn) ProcessElement(_ int, reasons func(*string) bool) error {
	var lines []string
	var s string
	for reasons(&s) {
		lines = append(lines, s)
	}
	slices.Sort(lines)
	var text []byte
	for _, l := range lines {
		text = append(append(text, l...), '\n')
	}
	return replace(f.Path, text)
}
