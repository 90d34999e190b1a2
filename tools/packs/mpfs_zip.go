// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// zipSpan is a ZIP code's locality over some years; plus4 is -1 for the five digits.
type zipSpan struct {
	zip, plus4, from, to int
	carrier, locality    string
}

// noEnd is the year that stands for "until further notice".
const noEnd = 9999

// zipTables packs CMS's quarterly ZIP files of 2020 to 2026. A nine-digit code is
// kept only where its locality is not that of its first five digits, and runs of
// such codes become one row: 1.1 million records shrink to some 60 thousand.
func zipTables(dir string) ([]*refdata.Table, error) {
	carriers, err := readMaybeGzip(filepath.Join(dir, "carriers.txt.gz"))
	if err != nil {
		return nil, err
	}
	localities, err := readMaybeGzip(filepath.Join(dir, "localities.txt.gz"))
	if err != nil {
		return nil, err
	}
	records, err := readMaybeGzip(filepath.Join(dir, "records.tsv.gz"))
	if err != nil {
		return nil, err
	}
	spans, err := readSpans(string(records), strings.Fields(string(carriers)), strings.Fields(string(localities)))
	if err != nil {
		return nil, err
	}
	plain := map[int][]zipSpan{}
	divided := map[int]bool{}
	for _, s := range spans {
		if s.plus4 < 0 {
			plain[s.zip] = append(plain[s.zip], s)
		} else {
			divided[s.zip] = true
		}
	}
	meta := refdata.Meta{ID: "mpfs.zip", Version: "2026", Title: "Localities of ZIP codes", Effective: civil.Of(2020, time.January, 1),
		Ends: civil.Of(2026, time.December, 31), Source: "CMS ZIP Code to Carrier Locality files, 2020 to 2026", Verified: true,
		Note: "years, not quarters, bound the rows", Cite: "Pub. 100-04 ch. 1, 10.1.1", Columns: layout.ZIPColumns}
	five := refdata.NewBuilder(meta)
	meta.ID, meta.Title, meta.Columns = "mpfs.zip9", "Localities of nine-digit ZIP codes", layout.ZIP9Columns
	meta.Note = "only codes whose locality is not that of their first five digits; years, not quarters, bound the rows"
	nine := refdata.NewBuilder(meta)
	slices.SortFunc(spans, func(a, b zipSpan) int {
		return cmp.Or(a.zip-b.zip, a.from-b.from, a.to-b.to, strings.Compare(a.carrier+a.locality, b.carrier+b.locality), a.plus4-b.plus4)
	})
	for i := 0; i < len(spans); {
		s := spans[i]
		i++
		if s.plus4 < 0 {
			flag := 0
			if divided[s.zip] {
				flag = 1
			}
			if err := five.Add(s.zip, s.carrier, s.locality, flag, yearStart(s.from), yearEnd(s.to)); err != nil {
				return nil, err
			}
			continue
		}
		if sameAsPlain(s, plain[s.zip]) {
			continue
		}
		high := s.plus4
		for i < len(spans) && spans[i] == (zipSpan{s.zip, high + 1, s.from, s.to, s.carrier, s.locality}) {
			high++
			i++
		}
		if err := nine.Add(s.zip, s.plus4, high, s.carrier, s.locality, yearStart(s.from), yearEnd(s.to)); err != nil {
			return nil, err
		}
	}
	return []*refdata.Table{five.Table(), nine.Table()}, nil
}

func readSpans(records string, carriers, localities []string) ([]zipSpan, error) {
	var spans []zipSpan
	for n, line := range strings.Split(strings.TrimSpace(records), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("ZIP record %d: %d fields", n+1, len(f))
		}
		var v [6]int
		for i, s := range f {
			if i == 1 && s == "" {
				v[i] = -1
				continue
			}
			var err error
			if v[i], err = strconv.Atoi(s); err != nil {
				return nil, fmt.Errorf("ZIP record %d: %w", n+1, err)
			}
		}
		if v[4] >= len(carriers) || v[5] >= len(localities) {
			return nil, fmt.Errorf("ZIP record %d: no such carrier or locality", n+1)
		}
		spans = append(spans, zipSpan{v[0], v[1], v[2], v[3], carriers[v[4]], localities[v[5]]})
	}
	return spans, nil
}

// sameAsPlain tells whether the five digits alone give the same locality in every
// year of the zipSpan.
func sameAsPlain(s zipSpan, plain []zipSpan) bool {
	for year := s.from; year <= min(s.to, 2026); year++ {
		same := false
		for _, p := range plain {
			if p.from <= year && year <= p.to && p.carrier == s.carrier && p.locality == s.locality {
				same = true
			}
		}
		if !same {
			return false
		}
	}
	return true
}

func yearStart(y int) civil.Date { return civil.Of(y, time.January, 1) }

func yearEnd(y int) civil.Date {
	if y == noEnd {
		return 0
	}
	return civil.Of(y, time.December, 31)
}
