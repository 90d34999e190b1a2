// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// schedule is the fee schedule of a period in which no table changes, ready to
// price from. What could not be loaded is an error in its place.
type schedule struct {
	*rules
	table   *refdata.Table // mpfs.rvu
	rvus    []rvu
	index   map[codeKey]int32
	rvuErr  error
	gpciTab *refdata.Table
	gpcis   []gpci
	local   map[uint32]int32 // by carrier and locality
	gpciErr error
	cf      [2]rate // standard, qualifying APM
	cfFrom  string
	anesErr error
	zip     *zipIndex
	zipErr  error
	err     error // the rules themselves
}

// period holds a schedule that is made when it is first asked for.
type period struct {
	once sync.Once
	s    *schedule
}

// tablesByVersion change whole; tablesByRow carry the dates of each row too.
var (
	tablesByVersion = []string{"mpfs.rvu", "mpfs.gpci", "mpfs.anesthesia", "mpfs.zip", "mpfs.zip9"}
	tablesByRow     = []string{"mpfs.policy", "mpfs.status", "mpfs.denials", "mpfs.pos", "mpfs.practitioners", "mpfs.visits", "mpfs.anesthesia-base", "mpfs.cf"}
)

// longAgo is before the fee schedule began.
var longAgo = civil.Of(1900, time.January, 1)

// boundaries are the days on which some table or row starts, or has just ended.
func boundaries(cat *refdata.Catalog) []civil.Date {
	days := []civil.Date{longAgo}
	add := func(from, to civil.Date) {
		if !from.IsZero() {
			days = append(days, from)
		}
		if !to.IsZero() {
			days = append(days, to.AddDays(1))
		}
	}
	for _, id := range slices.Concat(tablesByVersion, tablesByRow) {
		for _, m := range cat.Versions(id) {
			add(m.Effective, m.Ends)
		}
	}
	for _, id := range tablesByRow {
		for _, m := range cat.Versions(id) {
			t, err := cat.LoadListed(m)
			if err != nil {
				continue // it is told when a claim needs the table
			}
			b := t.Bind()
			from, to := b.Days("effective"), b.Days("ends")
			for i := range from {
				add(from[i], to[i])
			}
		}
	}
	slices.SortFunc(days, func(a, b civil.Date) int { return a.Sub(b) })
	return slices.Compact(days)
}

// schedule is the fee schedule for a day.
func (p *Pricer) schedule(on civil.Date) *schedule {
	i := sort.Search(len(p.starts), func(i int) bool { return p.starts[i].After(on) }) - 1
	if i < 0 {
		i = 0
	}
	span := &p.spans[i]
	span.once.Do(func() { span.s = p.compile(p.starts[i]) })
	return span.s
}

func (p *Pricer) compile(on civil.Date) *schedule {
	s := &schedule{}
	if s.rules, s.err = readRules(p.cat, on); s.err != nil {
		s.rules = &rules{}
		return s
	}
	if s.table, s.rvuErr = p.cat.Load("mpfs.rvu", on); s.rvuErr == nil {
		s.rvus, s.index, s.rvuErr = readRVUs(s.table)
	}
	s.gpciErr = s.readGPCIs(p.cat, on)
	s.anesErr = s.readAnesthesia(p.cat, on)
	s.readFactors(p.cat, on)
	s.zip, s.zipErr = p.zips.load(p.cat, on)
	return s
}

func (s *schedule) readGPCIs(cat *refdata.Catalog, on civil.Date) error {
	t, err := cat.Load("mpfs.gpci", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	carrier, locality := b.Text("carrier"), b.Text("locality")
	work, pe, mp := b.Numbers("work", 3), b.Numbers("pe", 3), b.Numbers("mp", 3)
	if err := b.Err(); err != nil {
		return err
	}
	s.gpciTab, s.gpcis, s.local = t, make([]gpci, t.Rows), make(map[uint32]int32, t.Rows)
	for i := range s.gpcis {
		s.gpcis[i] = gpci{work: work[i], pe: pe[i], mp: mp[i], carrier: carrier[i], locality: locality[i], row: i}
		s.local[localityKey(carrier[i], locality[i])] = int32(i)
	}
	return nil
}

func (s *schedule) readAnesthesia(cat *refdata.Catalog, on civil.Date) error {
	t, err := cat.Load("mpfs.anesthesia", on)
	if err != nil {
		return err
	}
	b := t.Bind()
	carrier, locality := b.Text("carrier"), b.Text("locality")
	cf, apm := b.Numbers("cf", 4), b.Numbers("cf_qualifying_apm", 4)
	if err := b.Err(); err != nil {
		return err
	}
	for i := range cf {
		if k, ok := s.local[localityKey(carrier[i], locality[i])]; ok {
			if apm[i] == 0 {
				apm[i] = cf[i]
			}
			s.gpcis[k].anesthesia = [2]int64{cf[i], apm[i]}
		}
	}
	return nil
}

// readFactors looks for the conversion factors of the day in every version of
// mpfs.cf, a user's before the binary's: a PPRRVU file brings its own.
func (s *schedule) readFactors(cat *refdata.Catalog, on civil.Date) {
	kinds := map[string]int{"standard": 0, "qualifying-apm": 1}
	for _, m := range cat.Versions("mpfs.cf") {
		t, err := cat.LoadListed(m)
		if err != nil {
			continue
		}
		b := t.Bind()
		kind, cf, from, to, source, verified := b.Text("kind"), b.Numbers("cf", 4), b.Days("effective"), b.Days("ends"), b.Text("source"), b.Text("verified")
		if b.Err() != nil {
			continue
		}
		for i, name := range kind {
			k, ok := kinds[name]
			if !ok || s.cf[k].ok || on.Before(from[i]) || !to[i].IsZero() && on.After(to[i]) {
				continue
			}
			s.cf[k] = rate{cf[i], true, verified[i] == "yes", source[i], t, name}
		}
	}
	if !s.cf[1].ok { // one factor for all
		s.cf[1] = s.cf[0]
	}
}

// localityKey is a contractor and locality number in one word.
func localityKey(carrier, locality string) uint32 {
	c, _ := strconv.Atoi(carrier)
	l, _ := strconv.Atoi(locality)
	return uint32(c)*100 + uint32(l)
}

// row finds a code; mod is empty for the row without a modifier.
func (s *schedule) row(k codeKey) *rvu {
	if i, ok := s.index[k]; ok {
		return &s.rvus[i]
	}
	return nil
}

// missing says what to import so that a code can be priced.
func (s *schedule) missing(code string, on civil.Date) string {
	if s.rvuErr != nil {
		return fmt.Sprintf("the relative values for %s are not loaded: import PPRRVU for %d (woodlawn refdata import FILE)", on, on.Year())
	}
	if !s.table.Imported && code != "" && code[0] >= '0' && code[0] <= '9' || code != "" && code[0] == 'D' {
		return fmt.Sprintf("HCPCS %s is not loaded for %s: import PPRRVU for %d (woodlawn refdata import FILE)", code, on, on.Year())
	}
	return fmt.Sprintf("HCPCS %s is not in the relative value file %s for %s", code, s.table.Version, on)
}
