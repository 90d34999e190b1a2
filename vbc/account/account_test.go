// SPDX-License-Identifier: Apache-2.0

package account_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// org is an invented organisation with a plan of four years.
type org struct {
	dir     string
	layouts *cclf.Layouts
	plan    *account.Plan
	config  assignment.Config
}

func newOrg(tb testing.TB, lives int) *org {
	tb.Helper()
	cat := refdata.Embedded()
	layouts, err := cclf.Load(cat)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 11, Year: 2025, Months: 60, Dir: dir, Layouts: layouts}); err != nil {
		tb.Fatal(err)
	}
	rules, err := assignment.Load(cat, 2025)
	if err != nil {
		tb.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "participants.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	participants, err := assignment.ReadParticipants(file, "participants.csv")
	if err != nil {
		tb.Fatal(err)
	}
	cfg := assignment.Config{Rules: rules, Participants: participants, ACO: synth.ACO, Method: assignment.Retrospective}
	limit := account.Limits{Completion: 1_013_000}
	for t := feed.ESRD; t <= feed.AgedNonDual; t++ {
		limit.Truncation[t] = 9_000_00 // low, so that it cuts
	}
	years := []int{2022, 2023, 2024, 2025}
	scorer, err := account.NewScorer(cat, years)
	if err != nil {
		tb.Fatal(err)
	}
	plan, err := account.New(account.Config{Years: years, Limits: []account.Limits{limit, limit, limit, limit},
		Roster: account.ByClaims, Assignment: cfg, Catalog: cat, Scorer: scorer})
	if err != nil {
		tb.Fatal(err)
	}
	return &org{dir, layouts, plan, cfg}
}

func (o *org) open(tb testing.TB, workers int) *feed.Feed {
	tb.Helper()
	f, err := feed.Open(feed.Config{Dir: o.dir, Layouts: o.layouts, Temp: tb.TempDir(), Workers: workers, Reject: func(err error) { tb.Error(err) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

func text(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// TestSpreadOut measures every beneficiary from packed rows in another order, as machines
// that share nothing would, and merges in another order: the account is the same, bit for bit.
func TestSpreadOut(t *testing.T) {
	o := newOrg(t, 500)
	local, err := account.Run(o.open(t, 3), []*account.Plan{o.plan}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := feed.Files(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	xref, err := feed.ReadCrossref(files, o.layouts)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	slices.Reverse(files)
	for _, file := range files {
		err := feed.ReadRows(file, o.layouts, xref, func(mbi, row []byte) error {
			rows[string(mbi)] = append(rows[string(mbi)], string(row))
			return nil
		}, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	shards := make([]account.Sums, 7)
	for mbi, list := range rows {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		life, err := account.Measure(o.plan, feed.Packet{MBI: mbi, Former: xref.Former(mbi), Rows: list})
		if err != nil {
			t.Fatal(err)
		}
		var back account.Life // over the wire
		if err := json.Unmarshal([]byte(text(t, life)), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(life, back); diff != "" {
			t.Fatalf("a life changes on the wire:\n%s", diff)
		}
		shards[rng.IntN(len(shards))].Add(&back)
	}
	var total account.Sums
	for _, i := range rng.Perm(len(shards)) {
		total.Merge(&shards[i])
	}
	if diff := cmp.Diff(text(t, local[0]), text(t, &total)); diff != "" {
		t.Errorf("spread out the account is another (-local +spread):\n%s", diff)
	}
	if total.Years[3].Lives < 50 || total.Years[0].Cells[feed.AgedNonDual].Risk == 0 {
		t.Errorf("an account of nearly nobody: %s", text(t, &total))
	}
}

// oracle computes a beneficiary's year the long way: annualised, in floating point, with
// the exclusions spelled out.
func oracle(b *feed.Beneficiary, year int, l account.Limits) (months map[feed.EnrollmentType]float64, spent map[feed.EnrollmentType]float64) {
	months, spent = map[feed.EnrollmentType]float64{}, map[feed.EnrollmentType]float64{}
	in := map[time.Month]feed.EnrollmentType{}
	for m := time.Month(1); m <= 12; m++ {
		if b.Enrollment.At(year, m) == feed.BothParts {
			in[m] = b.Enrollment.TypeAt(year, m)
			months[in[m]]++
		}
	}
	for _, c := range b.Claims {
		y, m, _ := c.Thru.YMD()
		kind, ok := in[m]
		if y != year || !ok || c.Setting == feed.Drug {
			continue
		}
		spent[kind] += float64(c.Paid-c.IME-c.DSH-c.Uncompensated) / 100
	}
	for kind, sum := range spent {
		part := months[kind] / 12
		annual := sum * float64(l.Completion) / 1e6 / part
		spent[kind] = min(annual, float64(l.Truncation[kind])/100) * part
	}
	return months, spent
}

// TestExpenditures compares with the oracle, life by life.
func TestExpenditures(t *testing.T) {
	o := newOrg(t, 400)
	limit := account.Limits{Completion: 1_013_000}
	for k := range limit.Truncation {
		limit.Truncation[k] = 9_000_00
	}
	var mu sync.Mutex
	compared, cut := 0, 0
	_, err := account.Run(o.open(t, 2), []*account.Plan{o.plan}, func(b *feed.Beneficiary, lives []account.Life) error {
		mu.Lock()
		defer mu.Unlock()
		for i, year := range o.plan.Years() {
			y := &lives[0].Years[i]
			if !y.Assigned {
				continue
			}
			months, spent := oracle(b, year, limit)
			for k := range y.Expenditure {
				kind := feed.EnrollmentType(k)
				if float64(y.Months[k]) != months[kind] {
					t.Errorf("%d: %d months of type %d, want %v", year, y.Months[k], k, months[kind])
				}
				if d := float64(y.Expenditure[k])/100 - spent[kind]; d > 0.011 || d < -0.011 {
					t.Errorf("%d: type %d spends %s, want %.4f", year, k, y.Expenditure[k], spent[kind])
				}
				compared++
				if y.Cut[k] > 0 {
					cut++
				}
			}
			var settings, paid money.Cents
			for k := range y.Setting {
				settings += y.Setting[k]
			}
			for k := range y.Paid {
				paid += y.Paid[k]
			}
			if settings != paid {
				t.Errorf("settings add up to %s, types to %s", settings, paid)
			}
			if y.Setting[feed.Drug] != 0 {
				t.Error("drugs of Part D are no expenditure")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if compared < 500 || cut < 20 {
		t.Errorf("compared %d cells, %d of them cut: too few to tell", compared, cut)
	}
}

// TestExplain retells a life claim by claim and comes to the same figures.
func TestExplain(t *testing.T) {
	o := newOrg(t, 60)
	var mu sync.Mutex
	told := 0
	_, err := account.Run(o.open(t, 1), []*account.Plan{o.plan}, func(b *feed.Beneficiary, lives []account.Life) error {
		mu.Lock()
		defer mu.Unlock()
		tr := trace.New()
		y := account.Explain(o.plan, b, 3, tr)
		if diff := cmp.Diff(lives[0].Years[3], y); diff != "" {
			t.Errorf("explained otherwise (-measured +explained):\n%s", diff)
		}
		if y.Assigned && len(tr.Steps) < 5 {
			t.Errorf("only %d steps", len(tr.Steps))
		}
		told++
		return nil
	})
	if err != nil || told == 0 {
		t.Fatal(told, err)
	}
}

// TestMergeOrder: lives in any order, in any groups, give one account.
func TestMergeOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "lives")
		lives := make([]account.Life, n)
		for i := range lives {
			l := &lives[i]
			l.County = rapid.SampledFrom([]string{"12001", "12003", ""}).Draw(t, "county")
			for k := range l.Years {
				y := &l.Years[k]
				if y.Assigned = rapid.Bool().Draw(t, "assigned"); !y.Assigned {
					continue
				}
				y.Step = rapid.SampledFrom([]assignment.Step{assignment.Step1, assignment.Step2}).Draw(t, "step")
				y.Practice = rapid.SampledFrom([]string{"900000001", "900000002"}).Draw(t, "practice")
				for x := range y.Months {
					y.Months[x] = rapid.Int64Range(0, 12).Draw(t, "months")
					y.Expenditure[x] = money.Cents(rapid.Int64Range(-1000, 1e9).Draw(t, "spent"))
					y.Score[x] = rapid.Int64Range(0, 5e6).Draw(t, "score")
				}
			}
		}
		var one account.Sums
		for i := range lives {
			one.Add(&lives[i])
		}
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		var a, b account.Sums
		for i := n - 1; i >= 0; i-- {
			if i < cut {
				a.Add(&lives[i])
			} else {
				b.Add(&lives[i])
			}
		}
		b.Merge(&a)
		if diff := cmp.Diff(&one, &b); diff != "" {
			t.Fatalf("in two groups (-one +two):\n%s", diff)
		}
	})
}
