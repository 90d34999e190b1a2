// SPDX-License-Identifier: Apache-2.0

package puf

import (
	"cmp"
	"maps"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/settlement"
)

// Tally counts the replays of one year and track.
type Tally struct {
	Year       int              `json:"year"`
	Track      settlement.Track `json:"track,omitempty"`
	ACOs       int              `json:"acos"`
	Reproduced int              `json:"reproduced"`
	// Printed counts the ACO-years whose earned savings or losses CMS printed, Exact
	// those of them that agree.
	Printed int `json:"earned_printed"`
	Exact   int `json:"earned_equal"`
	// Earned and Owed are computed, PublishedEarned and PublishedOwed CMS's.
	Earned          money.Cents `json:"earned"`
	PublishedEarned money.Cents `json:"published_earned"`
	Owed            money.Cents `json:"owed"`
	PublishedOwed   money.Cents `json:"published_owed"`
}

// Summary adds up replays by year and by year and track.
type Summary struct {
	years  map[int]*Tally
	tracks map[trackYear]*Tally
	Total  Tally
	Misses []*Replay
}

type trackYear struct {
	year  int
	track settlement.Track
}

// Add counts one replay.
func (s *Summary) Add(r *Replay) {
	if s.years == nil {
		s.years, s.tracks = map[int]*Tally{}, map[trackYear]*Tally{}
	}
	year := r.Row.Year
	if s.years[year] == nil {
		s.years[year] = &Tally{Year: year}
	}
	key := trackYear{year, r.Track}
	if s.tracks[key] == nil {
		s.tracks[key] = &Tally{Year: year, Track: r.Track}
	}
	for _, t := range []*Tally{s.years[year], s.tracks[key], &s.Total} {
		t.add(r)
	}
	if !r.Reproduced {
		s.Misses = append(s.Misses, r)
	}
}

func (t *Tally) add(r *Replay) {
	t.ACOs++
	if r.Reproduced {
		t.Reproduced++
	}
	c := r.Check("earned savings or losses")
	if c == nil {
		return
	}
	t.Printed++
	if c.OK {
		t.Exact++
	}
	t.Earned += max(money.Cents(c.Computed), 0)
	t.Owed += min(money.Cents(c.Computed), 0)
	t.PublishedEarned += max(money.Cents(c.Published), 0)
	t.PublishedOwed += min(money.Cents(c.Published), 0)
}

// Check finds a comparison by name, or nil if CMS printed no such figure.
func (r *Replay) Check(name string) *Check {
	for i := range r.Checks {
		if r.Checks[i].Name == name {
			return &r.Checks[i]
		}
	}
	return nil
}

// ByYear lists the years in order.
func (s *Summary) ByYear() []*Tally {
	return slices.SortedFunc(maps.Values(s.years), func(a, b *Tally) int { return cmp.Compare(a.Year, b.Year) })
}

// ByTrack lists years and tracks in order.
func (s *Summary) ByTrack() []*Tally {
	return slices.SortedFunc(maps.Values(s.tracks), func(a, b *Tally) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Track, b.Track))
	})
}
