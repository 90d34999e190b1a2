// SPDX-License-Identifier: Apache-2.0

package x12

import "testing"

func TestRelations(t *testing.T) {
	for _, c := range []struct {
		rule    string
		present []int
		want    bool
	}{
		{"P0304", nil, true}, {"P0304", []int{3}, false}, {"P0304", []int{3, 4}, true},
		{"R0203", nil, false}, {"R0203", []int{3}, true},
		{"E0207", []int{2}, true}, {"E0207", []int{2, 7}, false},
		{"C0605", []int{5}, true}, {"C0605", []int{6}, false}, {"C0605", []int{5, 6}, true},
		{"L050607", []int{5}, false}, {"L050607", []int{5, 7}, true}, {"L050607", []int{6}, true},
	} {
		r, err := parseRelation(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		var mask uint64
		for _, n := range c.present {
			mask |= 1 << n
		}
		if r.holds(mask) != c.want {
			t.Errorf("%s with %v is %t", c.rule, c.present, !c.want)
		}
	}
	for _, bad := range []string{"X0304", "P03", "P03A4", "P030"} {
		if _, err := parseRelation(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		format, value string
		want          flaw
	}{
		{"D8", "20240229", flawNone}, {"D8", "20230229", flawDate}, {"D8", "2024022", flawDate},
		{"RD8", "20240101-20240131", flawNone}, {"RD8", "20240131-20240101", flawRange}, {"RD8", "20240101", flawDate}, {"RD8", "20240101-20241301", flawDate},
		{"DT", "202401012359", flawNone}, {"DT", "202401012360", flawDate}, {"DT", "20240101", flawDate},
		{"TM", "0000", flawNone}, {"TM", "2400", flawTime}, {"TM", "12", flawTime}, {"ZZ", "anything", flawNone},
	} {
		if got := checkPeriod(c.value, c.format); got != c.want {
			t.Errorf("%s %q: flaw %d, want %d", c.format, c.value, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	decimal := elemSpec{kind: 'R', min: 1, max: 5}
	whole := elemSpec{kind: 'N', min: 1, max: 3}
	for v, want := range map[string]flaw{"1": flawNone, "-12.5": flawNone, ".5": flawNone, "123456": flawLong, "1.2.3": flawNumber, "-": flawNumber,
		"1-": flawNumber, "1e5": flawNumber, "12345": flawNone, "-12345.": flawNone} {
		if got := decimal.check(v, classOf(v), ""); got != want {
			t.Errorf("decimal %q: flaw %d, want %d", v, got, want)
		}
	}
	for v, want := range map[string]flaw{"1": flawNone, "-12": flawNone, "1.5": flawNumber, "1234": flawLong} {
		if got := whole.check(v, classOf(v), ""); got != want {
			t.Errorf("whole %q: flaw %d, want %d", v, got, want)
		}
	}
}

// TestTableErrors: a table that is wrong does not compile.
func TestTableErrors(t *testing.T) {
	const dict = "e 1 AN 1 5\ne 2 ID 1 2\ns AA 1 2\ns BB 1"
	const head = "guide G T V1\n"
	if _, err := compileGuide(dict, head+"loop L 1 R 1\nAA 1 R 1 R S\nBB 2 S 0 R\nend"); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no guide": "", "no head": "loop L 1 R 1", "no end": head + "loop L 1 R 1\nAA 1 R 1 R", "empty loop": head + "loop L 1 R 1\nend",
		"unknown segment": head + "loop L 1 R 1\nZZ 1 R 1 R\nend", "too many elements": head + "loop L 1 R 1\nBB 1 R 1 R R\nend",
		"bad usage": head + "loop L 1 R 1\nAA 1 R 1 Q\nend", "bad repeat": head + "loop L 1 R x\nAA 1 R 1 R\nend",
		"unknown tree": head + "loop L 1 R 1\nAA 1 R 1 R\nuse x\nend", "after the end": head + "loop L 1 R 1\nAA 1 R 1 R\nend\nend",
	} {
		if _, err := compileGuide(dict, text); err == nil {
			t.Errorf("%s: compiles", name)
		}
	}
	for _, bad := range []string{"e 1 XX 1 5", "e 1 AN a 5", "s AA 9", "q AA 1", "e 1", "s AA 1 / Z01"} {
		if _, err := compileGuide(bad, head); err == nil {
			t.Errorf("dictionary %q compiles", bad)
		}
	}
}
