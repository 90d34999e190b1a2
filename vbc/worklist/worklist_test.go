// SPDX-License-Identifier: Apache-2.0

package worklist

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func day(text string) civil.Date {
	d, err := civil.ParseISO(text)
	if err != nil {
		panic(err)
	}
	return d
}

// woman is 75 in February of 2026, covered by both parts since 2023.
func woman(claims ...feed.Claim) *feed.Beneficiary {
	b := &feed.Beneficiary{MBI: "1S00A00AA00", Birth: day("1950-05-05"), Sex: 'F', OREC: '0', MedicareStatus: "10", PartB: day("2015-05-01"), Claims: claims}
	for m := range 36 {
		b.Enrollment.Set(2023+m/12, time.Month(m%12+1), feed.BothParts, feed.AgedNonDual)
	}
	return b
}

func visit(id int64, on, code string, dx ...string) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Professional, From: day(on), Thru: day(on), Diagnoses: dx, Lines: []feed.Line{{Number: 1, Code: code, NPI: fmt.Sprint(1900000000 + id)}}}
}

func stay(id int64, on string, dx ...string) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Inpatient, BillType: "11", From: day(on), Thru: day(on), Diagnoses: dx, Attending: "1999999999"}
}

func lister(tb testing.TB, cfg Config) *Lister {
	tb.Helper()
	cfg.Catalog, cfg.Model, cfg.Year, cfg.Lookback = refdata.Embedded(), "CMS-HCC V28", 2025, max(cfg.Lookback, 1)
	l, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// opened prints what is open: category, factor, gain, claim, clinician.
func opened(p *Person) string {
	var out []string
	for _, g := range p.Open {
		out = append(out, fmt.Sprintf("%d %s %s claim %d %s", g.HCC, g.Factor, g.Gain, g.Last.Claim, g.Last.NPI))
	}
	return strings.Join(out, "; ")
}

// TestRecapture compares with sums of CMS's V28 factors of 2026, community, non-dual, aged:
// heart failure (226) 0.360, chronic lung disease (280) 0.319, diabetes (37, 38) 0.166,
// diabetes with heart failure 0.112, heart failure with lung disease 0.078.
func TestRecapture(t *testing.T) {
	history := []feed.Claim{visit(1, "2024-03-01", "99213", "E1122", "I5032"), visit(2, "2024-06-01", "99213", "I5032"), stay(3, "2024-09-01", "J449"),
		visit(4, "2024-10-01", "80053", "C50911"), visit(5, "2023-05-01", "99213", "G309")}
	for _, c := range []struct {
		name          string
		claims        []feed.Claim
		lookback      int
		before, again int
		open          string
	}{
		{"nothing is found again", nil, 1, 3, 0, "226 0.360 0.360 claim 2 1900000002; 280 0.319 0.319 claim 3 1999999999; 37 0.166 0.166 claim 1 1900000001"},
		{"diabetes is: heart failure adds its interaction", []feed.Claim{visit(9, "2025-02-01", "99214", "E1122")}, 1, 3, 1,
			"226 0.360 0.472 claim 2 1900000002; 280 0.319 0.319 claim 3 1999999999"},
		{"a lesser diabetes is not the greater", []feed.Claim{visit(9, "2025-02-01", "99214", "E119", "I5032", "J449")}, 1, 3, 2, "37 0.166 0.000 claim 1 1900000001"},
		{"a worse heart failure is heart failure", []feed.Claim{visit(9, "2025-02-01", "99214", "I5084", "J449", "E1122")}, 1, 3, 3, ""},
		{"a laboratory's claim finds nothing", []feed.Claim{visit(9, "2025-02-01", "80053", "E1122", "I5032", "J449")}, 1, 3, 0,
			"226 0.360 0.360 claim 2 1900000002; 280 0.319 0.319 claim 3 1999999999; 37 0.166 0.166 claim 1 1900000001"},
		{"two years back there was dementia", []feed.Claim{visit(9, "2025-02-01", "99214", "I5032", "J449", "E1122")}, 2, 4, 3, "127 0.341 0.341 claim 5 1900000005"},
	} {
		l := lister(t, Config{Lookback: c.lookback})
		b := woman(append(c.claims, history...)...)
		p := l.Finder().Find(b, nil)
		// Four and more categories have a factor for their number, which gains include.
		if p.Before != c.before || p.Again != c.again || c.lookback == 1 && opened(&p) != c.open || len(p.Open) != p.Before-p.Again {
			t.Errorf("%s: %d of %d again; open %s", c.name, p.Again, p.Before, opened(&p))
		}
		b.Death = day("2025-12-01")
		if p := l.Finder().Find(b, nil); len(p.Open)+p.Before != 0 {
			t.Errorf("%s: the dead are on the list", c.name)
		}
	}
}

// TestScores names claim and clinician of each term.
func TestScores(t *testing.T) {
	l := lister(t, Config{})
	p := l.Finder().Find(woman(visit(1, "2024-03-01", "99213", "E1122"), visit(2, "2024-06-01", "99213", "E1122", "I10"), visit(3, "2025-02-01", "99214", "I5032")), nil)
	if p.Score == nil || p.Next == nil || p.Score.Segment != "CNA" || p.Score.PaymentYear != 2025 || p.Next.PaymentYear != 2026 {
		t.Fatalf("%+v", p)
	}
	sum := int64(0)
	for _, x := range p.Score.Terms {
		sum += x.Coefficient
		if x.Name == "HCC37" && (len(x.Evidence) != 1 || x.Evidence[0].Claim != 2 || x.Evidence[0].NPI != "1900000002" || x.Label == "") {
			t.Errorf("diabetes rests on %+v", x.Evidence)
		}
	}
	if sum != p.Score.Raw || len(p.Score.Terms) < 2 {
		t.Errorf("terms %+v sum up to %d of %d", p.Score.Terms, sum, p.Score.Raw)
	}
	b := woman()
	b.MedicareStatus = "31"
	if p := l.Finder().Find(b, nil); p.Score != nil || !strings.Contains(p.Unscored, "ESRD") {
		t.Errorf("ESRD is scored: %+v", p)
	}
}

func TestSuspects(t *testing.T) {
	s, err := ReadSuspects(strings.NewReader("system,code,hcc,reason\nHCPCS,E139*,213,oxygen\nNDC,00093-1057-01,37,tablets\nDRG,291,226,stay\n"), "rules.csv")
	if err != nil {
		t.Fatal(err)
	}
	l := lister(t, Config{Suspects: s})
	oxygen := feed.Claim{ID: 7, Setting: feed.Equipment, From: day("2025-03-01"), Thru: day("2025-03-01"), Lines: []feed.Line{{Code: "E1390", NPI: "1888888888"}}}
	drug := feed.Claim{ID: 8, Setting: feed.Drug, From: day("2024-03-01"), Thru: day("2024-03-01"), Lines: []feed.Line{{Code: "00093105701", NPI: "1777777777"}}}
	admission := stay(9, "2025-05-01", "I10")
	admission.DRG = "0291"
	old := oxygen
	old.ID, old.Thru = 6, day("2023-03-01")
	list := func(b *feed.Beneficiary) string {
		var out []string
		p := l.Finder().Find(b, nil)
		for _, x := range p.Suspects {
			out = append(out, fmt.Sprint(x.HCC, " ", x.Reason, " ", x.Last.Claim))
		}
		return strings.Join(out, "; ")
	}
	if got := list(woman(oxygen, drug, admission)); got != "37 tablets 8; 213 oxygen 7; 226 stay 9" {
		t.Errorf("suspects: %s", got)
	}
	if got := list(woman(oxygen, drug, visit(1, "2024-02-01", "99213", "E1122", "J9600"))); got != "" {
		t.Errorf("known conditions are suspected: %s", got)
	}
	if got := list(woman(old)); got != "" {
		t.Errorf("a hint of long ago is suspected: %s", got)
	}
	for text, want := range map[string]string{"system,code,hcc\n": "no column reason", "system,code,hcc,reason\nCPT,1,2,x\n": "line 2", "system,code,hcc,reason\nHCPCS,*,37,x\n": "line 2"} {
		if _, err := ReadSuspects(strings.NewReader(text), "rules.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s, _ = ReadSuspects(strings.NewReader("system,code,hcc,reason\nHCPCS,E1390,9999,x\n"), "rules.csv")
	if _, err := New(Config{Catalog: refdata.Embedded(), Model: "CMS-HCC V28", Year: 2025, Lookback: 1, Suspects: s}); err == nil || !strings.Contains(err.Error(), "rules.csv, line 2") {
		t.Errorf("a category that the model lacks: %v", err)
	}
}

// TestConditions uses the form of CMS's definitions: one claim of a stay, or two of others on
// different days, within two years.
func TestConditions(t *testing.T) {
	d, err := ReadDefinitions(strings.NewReader("condition,code,setting,claims,months\ndiabetes,E11*,inpatient snf hha,1,24\ndiabetes,E11*,professional outpatient,2,24\n"), "own.csv")
	if err != nil {
		t.Fatal(err)
	}
	l := lister(t, Config{Chronic: d})
	for _, c := range []struct {
		name   string
		want   string
		claims []feed.Claim
	}{
		{"a stay", "diabetes 1 2024-01-01 2024-01-01", []feed.Claim{stay(1, "2024-01-01", "E119")}},
		{"a stay before the months", "", []feed.Claim{stay(1, "2023-12-31", "E119")}},
		{"one visit", "", []feed.Claim{visit(1, "2025-01-01", "99213", "E119")}},
		{"two visits of one day", "", []feed.Claim{visit(1, "2025-01-01", "99213", "E119"), visit(2, "2025-01-01", "99213", "E119")}},
		{"two visits", "diabetes 2 2025-01-01 2025-03-01", []feed.Claim{visit(1, "2025-03-01", "99213", "E1165"), visit(2, "2025-01-01", "99213", "E119")}},
		{"both tests", "diabetes 2 2024-05-01 2025-03-01", []feed.Claim{visit(1, "2025-03-01", "99213", "E119"), visit(2, "2025-01-01", "99213", "E119"), stay(3, "2024-05-01", "E119")}},
		{"another condition", "", []feed.Claim{stay(1, "2025-01-01", "I10")}},
	} {
		got := ""
		p := l.Finder().Find(woman(c.claims...), nil)
		for _, x := range p.Condition {
			if x.Basis == "definition" {
				got += fmt.Sprintf("%s %d %s %s", x.Name, x.Claims, x.First, x.Last)
			} else if x.Name != "DIABETES_V28" || x.Basis != "CMS-HCC V28" {
				t.Errorf("%s: %+v", c.name, x)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, row := range []string{"a,E11,ward,1,24", "a,E11,any,0,24", "a,*,any,1,24", ",E11,any,1,24", "a,E11,any,1,999"} {
		if _, err := ReadDefinitions(strings.NewReader("condition,code,setting,claims,months\n"+row+"\n"), "own.csv"); err == nil || !strings.Contains(err.Error(), "own.csv, line 2") {
			t.Errorf("%s: %v", row, err)
		}
	}
}

// TestMoreFoundIsLessOpen: a claim of the year never opens a gap, and its order is nothing.
func TestMoreFoundIsLessOpen(t *testing.T) {
	l := lister(t, Config{Lookback: 2})
	codes := []string{"E1122", "E119", "I5032", "I5084", "J449", "G309", "C50911", "N186", "I480", "F329", "J9600"}
	rapid.Check(t, func(t *rapid.T) {
		n := int64(0)
		draw := func(year int, label string) []feed.Claim {
			var out []feed.Claim
			for _, code := range rapid.SliceOfN(rapid.SampledFrom(codes), 0, 5).Draw(t, label) {
				n++
				out = append(out, visit(n, fmt.Sprintf("%d-%02d-01", year, 1+n%12), "99213", code))
			}
			return out
		}
		claims := append(draw(2024, "last year"), draw(2023, "before")...)
		few := append(claims, draw(2025, "this year")...)
		p := l.Finder().Find(woman(few...), nil)
		more := l.Finder().Find(woman(append(draw(2025, "later"), few...)...), nil)
		if p.Before != more.Before || more.Again < p.Again || p.Before-p.Again != len(p.Open) || more.Before-more.Again != len(more.Open) {
			t.Fatalf("%d of %d, then %d of %d; open %s, then %s", p.Again, p.Before, more.Again, more.Before, opened(&p), opened(&more))
		}
		for _, g := range p.Open {
			if g.Adds < 0 || g.Last.Claim == 0 || g.Last.Day.Year() == 2025 {
				t.Fatalf("%+v", g)
			}
		}
	})
}

// FuzzRules gives any text as rules and definitions: they are read or refused.
func FuzzRules(f *testing.F) {
	f.Add("system,code,hcc,reason\nHCPCS,E1390,213,x\n")
	f.Add("condition,code,setting,claims,months\na,E11*,any,1,24\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ReadSuspects(strings.NewReader(text), "a.csv")
		_, _ = ReadDefinitions(strings.NewReader(text), "a.csv")
	})
}
