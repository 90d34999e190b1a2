// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Pricer prices bills with the tables of a catalog. It is safe for concurrent use.
type Pricer struct {
	catalog *refdata.Catalog
	mu      sync.Mutex
	days    atomic.Pointer[map[civil.Date]*loaded]
}

// loaded is a fiscal year, or why it can't be had.
type loaded struct {
	year *year
	err  error
}

// New makes a pricer.
func New(cat *refdata.Catalog) *Pricer {
	p := &Pricer{catalog: cat}
	p.days.Store(&map[civil.Date]*loaded{})
	return p
}

// maxDays bounds the discharge dates that are remembered.
const maxDays = 20_000

// yearOf finds the tables for a discharge date. Dates with the same versions of
// all tables share one year.
func (p *Pricer) yearOf(on civil.Date) (*year, error) {
	if l, ok := (*p.days.Load())[on]; ok {
		return l.year, l.err
	}
	if on.IsZero() {
		return nil, errors.New("cannot price: the bill has no discharge date")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	days := *p.days.Load()
	if l, ok := days[on]; ok {
		return l.year, l.err
	}
	l := p.load(days, on)
	if len(days) < maxDays {
		days = maps.Clone(days)
		days[on] = l
		p.days.Store(&days)
	}
	return l.year, l.err
}

func (p *Pricer) load(days map[civil.Date]*loaded, on civil.Date) *loaded {
	for _, l := range days {
		if l.year != nil && l.year.fiscalYear == on.FiscalYear() && p.sameTables(l.year, on) {
			return l
		}
	}
	y, err := loadYear(p.catalog, on)
	return &loaded{y, err}
}

func (p *Pricer) sameTables(y *year, on civil.Date) bool {
	for _, id := range tableIDs {
		t, err := p.catalog.Load(id, on)
		if err != nil || t.Version != y.meta[id].Version || t.Imported != y.meta[id].Imported {
			return false
		}
	}
	return true
}

// Price prices a bill. A nil prov means that the hospital has no record on file,
// which is return code 51. The trace may be nil.
//
// An error means that the tables of the discharge's fiscal year, or a figure that
// this bill needs, are not loaded (*refdata.NotLoadedError, *MissingError); all
// else is answered by the return code.
func (p *Pricer) Price(b *Bill, prov *ProviderRecord, t *trace.Trace) (Payment, error) {
	y, err := p.yearOf(b.Discharge)
	if err != nil {
		return Payment{}, err
	}
	c := calc{year: y, b: b, p: prov, t: t, out: blank}
	c.out.Unverified = y.unverified
	if err := c.run(); err != nil {
		return Payment{}, err
	}
	if t.On() {
		c.explainResult()
	}
	return c.out, nil
}
