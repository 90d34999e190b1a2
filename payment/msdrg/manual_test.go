// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"bufio"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// manual is what the text of the Definitions Manual v40 lists, as sets of codes by
// a name for the list.
type manual map[string]map[string]bool

func (m manual) add(list, code string) {
	if m[list] == nil {
		m[list] = map[string]bool{}
	}
	m[list][code] = true
}

var (
	codeLine40 = regexp.MustCompile(`^(?:  ([A-Z0-9]{3,7})|(?:  )?([A-Z0-9]{7})\*)\s+\S`) // a star marks procedures outside the operating room
	hacHeading = regexp.MustCompile(`^HAC (\d\d):`)
)

// readManual reads Appendices F to I of the Definitions Manual v40.
func readManual(t *testing.T) manual {
	text := string(evidence.Read(t, "data/payment/msdrg/definitions-manual/v40/appendix_F_J.txt.gz"))
	m := manual{}
	appendix, hac, kind := "", "", ""
	sc := bufio.NewScanner(strings.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		if c := codeLine40.FindStringSubmatch(line); c != nil {
			list := appendix
			if appendix == "I" {
				list += " " + hac + kind
			}
			m.add(list, c[1]+c[2])
			continue
		}
		switch h := hacHeading.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "|") && strings.Contains(line, "Appendix "):
			_, rest, _ := strings.Cut(line, "Appendix ")
			appendix = rest[:1]
		case strings.HasPrefix(line, "Appendix H Part 2"):
			appendix = "H2"
		case h != nil:
			hac, kind = h[1], ""
		case strings.HasPrefix(line, "IN ADDITION"):
			kind = " too"
		case line != "" && line[0] != ' ' && appendix == "I":
			switch {
			case strings.Contains(line, "PROCEDURES"):
				kind = " procedures"
			case strings.Contains(line, "PRINCIPAL"):
				kind = " principal"
			default:
				kind = ""
			}
		}
	}
	return m
}

// tableLists are the lists of the tables in v40.0, named as in the manual.
func tableLists(t *testing.T) manual {
	m := manual{}
	rows(t, "msdrg.diagnoses", func(get func(string) string) {
		lists := strings.Fields(get("lists") + " " + get("hac_lists"))
		alive := slices.Contains(lists, "mccalive")
		switch severity := get("severity"); {
		case alive:
			m.add("H", get("code"))
			m.add("H2", get("code"))
		case severity == "MCC":
			m.add("H", get("code"))
		case severity == "CC":
			m.add("G", get("code"))
		}
		for _, l := range lists {
			switch {
			case l == "hac06_sdx" || l == "hac11_sdx":
				m.add("I "+l[3:5], get("code"))
			case l == "hac06_show":
				m.add("I 06 too", get("code"))
			case l == "hac11_pdx":
				m.add("I 11 principal", get("code"))
			case strings.HasPrefix(l, "HAC") && l != "HAC06" && l != "HAC11":
				m.add("I "+l[3:], get("code"))
			}
		}
	})
	rows(t, "msdrg.procedures", func(get func(string) string) {
		code := get("code")
		if strings.HasPrefix(code, "Z@") {
			return
		}
		for _, l := range strings.Fields(get("lists")) {
			switch {
			case l == "d477":
				m.add("F", code)
			case strings.HasPrefix(l, "hac") && strings.HasSuffix(l, "_proc"):
				m.add("I "+l[3:5]+" procedures", code)
			}
		}
	})
	return m
}

// rows calls fn with the rows of a table that are in force in v40.0.
func rows(t *testing.T, id string, fn func(get func(string) string)) {
	t.Helper()
	table, err := refdata.Embedded().LoadVersion(id, "v43.1")
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, c := range table.Columns {
		column[c.Name] = i
	}
	for r := range table.Rows {
		get := func(name string) string { return table.Cell(r, column[name]) }
		if get("from") == "400" {
			fn(get)
		}
	}
}

// TestDefinitionsManual holds the tables of v40.0 against the manual's text. Its
// procedures are those before the code update of October 2022: where it differs,
// the code was new then or had just ended.
func TestDefinitionsManual(t *testing.T) {
	want, have := readManual(t), tableLists(t)
	starts, ended := procedureDates(t)
	n := 0
	for list, codes := range want {
		for code := range codes {
			n++
			if !have[list][code] && !ended[code] {
				t.Errorf("Appendix %s has %s, the tables do not", list, code)
			}
		}
	}
	for list, codes := range have {
		for code := range codes {
			if !want[list][code] && !starts[code] {
				t.Errorf("the tables have %s, Appendix %s does not", code, list)
			}
		}
	}
	if len(want) < 24 || n < 30000 {
		t.Errorf("%d lists with %d codes were read", len(want), n)
	}
}

// procedureDates are the procedure codes that began on 1 October 2022, and those
// that ended on the day before.
func procedureDates(t *testing.T) (starts, ended map[string]bool) {
	t.Helper()
	table, err := refdata.Embedded().LoadVersion("mce.procedures", "v43.1")
	if err != nil {
		t.Fatal(err)
	}
	b := table.Bind()
	code, from, to := b.Text("code"), b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	first := civil.Of(2022, 10, 1)
	starts, ended = map[string]bool{}, map[string]bool{}
	for i := range code {
		starts[code[i]] = starts[code[i]] || from[i] == first
		ended[code[i]] = ended[code[i]] || to[i] == first.AddDays(-1)
	}
	return starts, ended
}

// TestManualDRGs holds the DRGs of v40.0, and their titles, against Appendix A.
func TestManualDRGs(t *testing.T) {
	line := regexp.MustCompile(`^(\d{3}) (\d\d|  )  (.) (.*)$`)
	v := named(t, "v40.0")
	left := map[int]bool{}
	for _, drg := range append(v.DRGs(), 999) {
		left[drg] = true
	}
	n := 0
	evidence.Lines(t, "data/payment/msdrg/definitions-manual/v40/appendix_A.txt.gz", func(_ int, text []byte) {
		f := line.FindStringSubmatch(strings.TrimRight(string(text), " "))
		if f == nil {
			return
		}
		n++
		drg := atoi(f[1])
		if !left[drg] {
			t.Errorf("v40.0 has no DRG %d", drg)
		}
		delete(left, drg)
		if got := strings.ToUpper(v.DRGTitle(drg)); got != strings.TrimSpace(f[4]) {
			t.Errorf("DRG %d is titled %q, in the manual %q", drg, got, f[4])
		}
	})
	if n < 700 || len(left) > 0 {
		t.Errorf("%d lines read; DRGs that the manual does not have: %v", n, left)
	}
}

func atoi(s string) (n int) {
	for _, d := range s {
		n = 10*n + int(d-'0')
	}
	return n
}
