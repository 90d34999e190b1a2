// SPDX-License-Identifier: Apache-2.0

package puf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const pufFile = "data/vbc/mssp_puf/mssp_aco_puf_2013_2021.csv.gz"

// TestPublicUseFile settles every ACO-year that CMS published and writes the ledger.
func TestPublicUseFile(t *testing.T) {
	f, err := Read(bytes.NewReader(evidence.Read(t, pufFile)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range f.Rejects {
		t.Error(e)
	}
	rp := NewReplayer(f, refdata.Embedded())
	var s Summary
	checks := map[string]*[2]int{}
	for i := range f.Rows {
		r, err := rp.Replay(&f.Rows[i], nil)
		if err != nil {
			t.Error(err)
			continue
		}
		s.Add(r)
		for _, c := range r.Checks {
			if checks[c.Name] == nil {
				checks[c.Name] = new([2]int)
			}
			checks[c.Name][0]++
			if c.OK {
				checks[c.Name][1]++
			}
		}
	}
	if s.Total.Reproduced*100 < s.Total.ACOs*99 {
		t.Errorf("%d of %d ACO-years reproduce", s.Total.Reproduced, s.Total.ACOs)
	}
	for _, m := range s.Misses {
		if knownMisses[m.Row.ID()] == "" {
			t.Errorf("%d %s: %s, and no reason known", m.Row.Year, m.Row.ID(), m.Reason)
		}
	}
	ledger.Check(t, "mssp.md", msspLedger(&s, checks))
}

// knownMisses gives the reason of each ACO-year that does not reproduce.
var knownMisses = map[string]string{
	"KCMPA-ACO, LLC": "152 assigned beneficiaries: below 500 the regulation's table gives 12.2 % and more, CMS printed 25.4 %; " +
		"nothing was earned either way",
}

func msspLedger(s *Summary, checks map[string]*[2]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Shared Savings Program results\n\nWritten by the tests of vbc/settlement/puf: every ACO-year of CMS's public-use file is settled from its benchmark,\n"+
		"expenditures, beneficiaries, track and quality score, and held against the figures that CMS printed. A figure agrees\n"+
		"if it lies within what the printed digits of its inputs and of itself leave open.\n\n"+
		"%d of %d ACO-years reproduce in every printed figure (%.2f %%).\n\n", s.Total.Reproduced, s.Total.ACOs, 100*float64(s.Total.Reproduced)/float64(s.Total.ACOs))
	b.WriteString("| year | ACOs | all figures agree | earned printed | earned agrees | earned, computed | earned, published | owed, computed | owed, published |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, y := range append(s.ByYear(), &s.Total) {
		name := fmt.Sprint(y.Year)
		if y.Year == 0 {
			name = "all"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %s | %s | %s | %s |\n", name, y.ACOs, y.Reproduced, y.Printed, y.Exact, y.Earned, y.PublishedEarned, y.Owed, y.PublishedOwed)
	}
	b.WriteString("\n## By track\n\n| year | track | ACOs | all figures agree |\n|---|---|---|---|\n")
	for _, y := range s.ByTrack() {
		fmt.Fprintf(&b, "| %d | %s | %d | %d |\n", y.Year, y.Track, y.ACOs, y.Reproduced)
	}
	b.WriteString("\n## By figure\n\n| figure | printed | agrees |\n|---|---|---|\n")
	for _, name := range []string{"benchmark less expenditures", "savings rate", "minimum savings rate", "updated benchmark x person years",
		"final sharing rate", "generated savings or losses", "earned savings or losses"} {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", name, checks[name][0], checks[name][1])
	}
	b.WriteString("\n## Misses\n\n| year | ACO | figure | reason |\n|---|---|---|---|\n")
	for _, m := range s.Misses {
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", m.Row.Year, m.Row.ID(), m.Reason, knownMisses[m.Row.ID()])
	}
	b.WriteString(`
## What the file leaves open, and how it is read

- 2013 to 2015: no track. A minimum savings rate other than the variable one can only be Track 2's.
- 2013 to 2015: no quality gate. It is read off the final sharing rate (0 is not met). 2013 has no earned amounts.
- Two-sided ACOs: the elected minimum rate is read from the file where it is not the variable one; the gates are still tested.
- 2014 and 2015: rates are printed at a hundredth of their size.
- 2019: ACOs with a six-month period (42 CFR 425.609) are told by their benchmark, half of the yearly one; relief from
  losses is prorated by 6/12.
- 2019 and 2020: no sequestration (suspended when these payments were made). Sequestration is taken before the payment
  limit: the one ACO at its limit (A1409, 2018) was paid the limit in full.
- 2020 and 2021: the public health emergency took all shared losses away (42 CFR 425.605(f)).
- Participants' revenue is not printed: the revenue-based loss limit of BASIC C to E and Track 1+ is not tested. It was
  reached once (A4627, 2021), where all of the loss was taken away.
- The relief from losses for extreme circumstances (disadj) is an input, not computed: counties and months are not printed.
- Rules of 2022 to 2025 (alternative quality standard, low-revenue ACOs below the minimum rate, 42 CFR 425.605(h)) are loaded and
  not verified: the file ends with 2021. The months of 2023 under the public health emergency are left to the relief input.
- Loss limits by benchmark and the limits of Tracks 2, 3 and ENHANCED were never reached; their figures are not verified.
`)
	return b.String()
}

// FuzzRead feeds files with anything in them.
func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Add("performance_year,n_ab\n1,2\n")
	f.Add(strings.Replace(sample, "0.0300", "1e999", 1))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		rp := NewReplayer(file, refdata.Embedded())
		for i := range file.Rows {
			r, err := rp.Replay(&file.Rows[i], trace.New())
			if err == nil && r.Result.Earned > 0 && r.Result.Earned > r.Result.Difference {
				t.Errorf("earned %s of %s", r.Result.Earned, r.Result.Difference)
			}
		}
	})
}

// sample is an invented file: a saver, a loser with relief, and a line that is no good.
const sample = `aco_id,aco_name,current_start_date,agreement_period_num,current_track_1,current_track_3,n_ab,sav_rate,minsavperc,bnchmkminexp,gensaveloss,disadj,earnsaveloss,met_qps,qualscore,updatedbnchmk,abtotbnchmk,abtotexp,finalsharerate,n_ab_year_py,performance_year
T0001,Maple Valley Care,1/1/2018,1,1,0,10000,0.0500,0.0300,5000000,5000000,,2205000,1,0.9,10000,100000000,95000000,0.45,10000,2018
T0002,Cedar Hills Care,1/1/2017,1,0,1,20000,-0.0300,0.0200,-6000000,-6000000,-100000,-2300000,1,1,10000,200000000,206000000,0.75,20000,2018
T0003,Broken Line Care,1/1/2017,1,0,1,many,-0.0300,0.0200,-6000000,-6000000,-100000,-2300000,1,1,10000,200000000,206000000,0.75,20000,2018
`

func TestSample(t *testing.T) {
	f, err := Read(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Rejects) != 1 || f.Rejects[0].Line != 4 || f.Rejects[0].Column != "n_ab" {
		t.Errorf("rejects %v", f.Rejects)
	}
	rp := NewReplayer(f, refdata.Embedded())
	for i, want := range []string{"2205000.00", "-2300000.00"} {
		r, err := rp.Replay(&f.Rows[i], nil)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Reproduced || r.Result.Earned.String() != want {
			t.Errorf("%s: earned %s, want %s (%s)", r.Row.ID(), r.Result.Earned, want, r.Reason)
		}
	}
}

func TestReadNamesTheMissingColumn(t *testing.T) {
	_, err := Read(strings.NewReader("aco_id,performance_year\nA1,2019\n"))
	if err == nil || !strings.Contains(err.Error(), "n_ab") {
		t.Errorf("error %v", err)
	}
}
