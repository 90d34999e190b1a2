// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// listRow is a line of an assignment list (CMS's flags) or of an enrollment file.
type listRow struct {
	first               int    // year*12 + month-1 of the first flag
	flags, kinds        string // a letter or digit a month
	tin, npi, residence string
	months              bool // of an enrollment file
	assigned            bool // of CMS's list of assigned beneficiaries
	version
}

// settleLists puts enrollment, designation and opt-outs into the beneficiary.
func (a *assembler) settleLists() {
	b := &a.b
	// CMS's lists first: an enrollment file says more of a month and goes over them.
	slices.SortFunc(a.lists, func(x, y listRow) int {
		if x.months != y.months {
			if x.months {
				return 1
			}
			return -1
		}
		return cmp.Or(x.first-y.first, x.compare(y.version))
	})
	for i := range a.lists {
		l := &a.lists[i]
		b.Known = true
		for k := 0; k < len(l.flags); k++ {
			year, m := (l.first+k)/12, time.Month((l.first+k)%12+1)
			if l.months {
				c := Coverage(max(0, strings.IndexByte(coverageLetters, l.flags[k])))
				var t EnrollmentType
				if k < len(l.kinds) {
					t = EnrollmentType(l.kinds[k] - '0')
				}
				b.Enrollment.Set(year, m, c, t)
			} else if f := l.flags[k]; f >= '1' && f <= '4' {
				b.Enrollment.Set(year, m, BothParts, EnrollmentType(f-'0'))
			}
		}
		if l.residence != "" {
			b.Enrollment.Residence = l.residence
		}
		if year := l.first / 12; l.assigned && l.first%12 == 0 && (len(b.Listed) == 0 || b.Listed[len(b.Listed)-1] != year) {
			b.Listed = append(b.Listed, year)
		}
		if !l.months {
			b.Clinician = Designation{TIN: l.tin, NPI: l.npi}
		}
	}
	var latest optOut
	for _, o := range a.optOuts {
		if later := o.effective.Sub(latest.effective); latest.effective.IsZero() || later > 0 || later == 0 && o.declined {
			latest = o
		}
	}
	b.OptedOut = latest.declined
}

var listName = regexp.MustCompile(`(?i)[AQ]ALR\.(?:Y)?(\d{4})(?:Q([1-4]))?\.D(\d{6})`)

// readList reads an assignment list (CMS's report of assigned or assignable
// beneficiaries: bene_mbi_id, enrollflag1 to enrollflag12, va_tin, va_npi) or an
// enrollment file (bene_mbi_id, year, coverage, types, residence) and gives each line as
// a row. Flag 1 is January in a year's list, and the first of the twelve months that end
// with the quarter in a quarterly one.
func readList(r io.Reader, name string, give func(mbi, row []byte) error, reject func(line int, reason string)) error {
	cr := csv.NewReader(bufio.NewReaderSize(r, 1<<16))
	cr.FieldsPerRecord, cr.ReuseRecord = -1, true
	head, err := cr.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	l, err := newListLayout(name, head)
	if err != nil {
		return err
	}
	var buf []byte
	for n := 2; ; n++ {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			reject(n, "is no line of a csv file")
			continue
		}
		row, mbi, reason := l.row(buf[:0], rec)
		if reason != "" {
			reject(n, reason)
			continue
		}
		buf = row
		if err := give(mbi, row); err != nil {
			return err
		}
	}
}

// listLayout knows where a list has its columns.
type listLayout struct {
	at     map[string]int
	months bool
	// assignable tells that the list names who could be assigned, not who is.
	assignable bool
	first      int
	delivered  civil.Date
}

// isList tells a list by its header line.
func isList(head []byte) bool {
	line, _, _ := bytes.Cut(bytes.ToLower(head), []byte("\n"))
	return bytes.HasPrefix(line, []byte("bene_mbi_id,")) && (bytes.Contains(line, []byte("enrollflag1")) || bytes.Contains(line, []byte("coverage")))
}

func newListLayout(name string, head []string) (*listLayout, error) {
	l := &listLayout{at: map[string]int{}}
	for i, h := range head {
		l.at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	if _, ok := l.at["coverage"]; ok {
		l.months = true
		return l, nil
	}
	x := listName.FindStringSubmatch(path.Base(name))
	if x == nil {
		return nil, fmt.Errorf("%s: the name of an assignment list tells its year: P.A1234.ACO.AALR.Y2025.D260301...", name)
	}
	year, _ := strconv.Atoi(x[1])
	l.first = year * 12
	if x[2] != "" {
		quarter, _ := strconv.Atoi(x[2])
		l.first = year*12 + 3*quarter - 12
	}
	day, err := civil.ParseCompact("20" + x[3])
	if err != nil {
		return nil, fmt.Errorf("%s: %q in the name is no day", name, x[3])
	}
	l.delivered, l.assignable = day, assignableName.MatchString(path.Base(name))
	return l, nil
}

// assignableName matches CMS's table 1-6, of assignable beneficiaries and designations.
var assignableName = regexp.MustCompile(`_1-6\b`)

func (l *listLayout) field(rec []string, name string) string {
	if i, ok := l.at[name]; ok && i < len(rec) {
		return strings.TrimSpace(rec[i])
	}
	return ""
}

// row packs one line; reason tells why it can't be.
func (l *listLayout) row(b []byte, rec []string) (row, mbi []byte, reason string) {
	id := l.field(rec, "bene_mbi_id")
	if len(id) != 11 {
		return b, nil, "bene_mbi_id is no identifier of 11 characters"
	}
	first, flags, kind := l.first, "", byte(listKind)
	if l.assignable {
		kind = assignableKind
	}
	if l.months {
		year, err := strconv.Atoi(l.field(rec, "year"))
		flags = l.field(rec, "coverage")
		if err != nil || year < 2000 || year > 2199 || len(flags) != 12 || strings.Trim(flags, coverageLetters) != "" {
			return b, nil, "wants a year and 12 letters of " + coverageLetters
		}
		if kinds := l.field(rec, "types"); kinds != "" && (len(kinds) != 12 || strings.Trim(kinds, "01234") != "") {
			return b, nil, "types are 12 digits of 0 to 4"
		}
		first, kind = year*12, monthsKind
	} else {
		all := make([]byte, 12)
		for i := range all {
			f := l.field(rec, "enrollflag"+strconv.Itoa(i+1))
			if f == "" {
				f = "0"
			}
			if len(f) != 1 || f[0] < '0' || f[0] > '4' {
				return b, nil, "enrollflag" + strconv.Itoa(i+1) + " is none of 0 to 4"
			}
			all[i] = f[0]
		}
		flags = string(all)
	}
	b = append(b, kind)
	b = binary.AppendVarint(b, int64(l.delivered))
	b = binary.AppendVarint(b, int64(first))
	for _, s := range []string{flags, l.field(rec, "types"), l.field(rec, "va_tin"), l.field(rec, "va_npi"), l.field(rec, "residence")} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b, []byte(id), ""
}

// readOptOuts reads CMS's list of preferences on sharing claims (1-800-MEDICARE): records
// of 459 bytes between a header and a trailer.
func readOptOuts(r io.Reader, name string, give func(mbi, row []byte) error, reject func(line int, reason string)) error {
	sc := bufio.NewScanner(r)
	var buf []byte
	for n := 1; sc.Scan(); n++ {
		line := sc.Bytes()
		if bytes.HasPrefix(line, []byte("HDR_")) || bytes.HasPrefix(line, []byte("TRL_")) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(line) < 369 {
			reject(n, fmt.Sprintf("has %d bytes, wanted 459", len(line)))
			continue
		}
		preference := line[368]
		if preference == ' ' {
			continue // no choice on claims in this record
		}
		day, err := civil.ParseCompact(line[354:362])
		if err != nil || preference != 'Y' && preference != 'N' {
			reject(n, "has no day or no preference Y or N")
			continue
		}
		buf = append(buf[:0], optOutKind)
		buf = binary.AppendVarint(buf, 0)
		buf = binary.AppendVarint(buf, int64(day))
		buf = append(buf, 1, preference)
		if err := give(bytes.TrimSpace(line[:11]), buf); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
