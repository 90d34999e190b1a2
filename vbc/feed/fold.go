// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
)

// Each gives every beneficiary to fn, on all cores. Beneficiaries of one part come one
// after the other in order of MBI; parts is how many there are, and parts may overlap in
// time. What fn is given is good until it returns. Each may be called again.
func (f *Feed) Each(fn func(part int, b *Beneficiary) error) error {
	return f.each(fn, func(int) error { return nil })
}

// EachPart is Each that tells after a part is done, on the goroutine that worked on it.
func (f *Feed) EachPart(fn func(part int, b *Beneficiary) error, done func(part int) error) error {
	return f.each(fn, done)
}

func (f *Feed) each(fn func(part int, b *Beneficiary) error, done func(part int) error) error {
	f.Report.Totals = Totals{}
	next := make(chan int)
	stop := make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	for range min(f.workers, len(f.parts)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var a assembler
			for i := range next {
				t, err := f.fold(i, &a, fn)
				if err == nil {
					err = done(i)
				}
				mu.Lock()
				f.Report.Totals.add(&t)
				if err != nil {
					first = errors.Join(first, err)
					once.Do(func() { close(stop) })
				}
				mu.Unlock()
			}
		}()
	}
feeding:
	for i := range f.parts {
		select {
		case next <- i:
		case <-stop:
			break feeding
		}
	}
	close(next)
	wg.Wait()
	return first
}

// Parts is the number of parts that Each tells of.
func (f *Feed) Parts() int { return len(f.parts) }

// ref points at one row in a part that was read.
type ref struct {
	mbi string
	row string
}

// fold reads a part and gives its beneficiaries to fn.
func (f *Feed) fold(i int, a *assembler, fn func(int, *Beneficiary) error) (Totals, error) {
	var t Totals
	refs, err := f.refs(i)
	if err != nil {
		return t, err
	}
	slices.SortFunc(refs, func(x, y ref) int { return strings.Compare(x.mbi, y.mbi) })
	var rows []string
	for start := 0; start < len(refs); {
		mbi := refs[start].mbi
		rows = rows[:0]
		for start < len(refs) && refs[start].mbi == mbi {
			rows = append(rows, refs[start].row)
			start++
		}
		b, err := a.assemble(mbi, f.Crossref.Former(mbi), rows)
		if err != nil {
			return t, err
		}
		t.count(b)
		if err := fn(i, b); err != nil {
			return t, err
		}
	}
	return t, nil
}

// refs reads a part whole.
func (f *Feed) refs(i int) ([]ref, error) {
	file := f.parts[i].f
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	text.Grow(int(size))
	if _, err := io.Copy(&text, io.NewSectionReader(file, 0, size)); err != nil {
		return nil, err
	}
	u := unpacker{s: text.String()}
	refs := make([]ref, 0, size/100+1)
	for len(u.s) > 0 {
		n := int(u.byte())
		if n > len(u.s) {
			return nil, errRow
		}
		mbi := u.s[:n]
		u.s = u.s[n:]
		row := u.text()
		if u.bad {
			return nil, errRow
		}
		refs = append(refs, ref{mbi, row})
	}
	return refs, nil
}

// Collect gives every beneficiary to fn, on all cores, and what fn returns to emit, one
// at a time and in the same order on every machine. fn says no to leave one out.
func Collect[T any](f *Feed, fn func(*Beneficiary) (T, bool, error), emit func(T) error) error {
	waiting := make([][]T, len(f.parts))
	var mu sync.Mutex
	next := 0
	done := make([]bool, len(f.parts))
	flush := func() error {
		for next < len(done) && done[next] {
			for _, x := range waiting[next] {
				if err := emit(x); err != nil {
					return err
				}
			}
			waiting[next] = nil
			next++
		}
		return nil
	}
	return f.each(func(part int, b *Beneficiary) error {
		x, ok, err := fn(b)
		if ok && err == nil {
			waiting[part] = append(waiting[part], x)
		}
		return err
	}, func(part int) error {
		mu.Lock()
		defer mu.Unlock()
		done[part] = true
		return flush()
	})
}
