// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// oracle reads the regulation again, word for word and without haste: every question is
// asked of the whole list of claims anew, nothing is shared with the code under test but
// the tables and the list of participants.
type oracle struct {
	codes       map[string]map[string]bool // kind, code
	rules       map[string]bool
	p           *Participants
	specialties Specialties
	aco         string
	year        int
	prospective bool
}

func newOracle(t *testing.T, year int, p *Participants, s Specialties, aco string, m Method) *oracle {
	t.Helper()
	table, err := refdata.Embedded().Load("mssp.assignment", civil.Of(year, 6, 1))
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{codes: map[string]map[string]bool{}, rules: map[string]bool{}, p: p, specialties: s, aco: aco, year: year, prospective: m == Prospective}
	b := table.Bind()
	kind, code := b.Text("kind"), b.Text("code")
	for i := range kind {
		if o.codes[kind[i]] == nil {
			o.codes[kind[i]] = map[string]bool{}
		}
		o.codes[kind[i]][code[i]] = true
	}
	return o
}

func (o *oracle) has(kind, code string) bool { return o.codes[kind][code] }

func (o *oracle) span() (from, to, expanded civil.Date) {
	if o.prospective {
		return civil.Of(o.year-2, 10, 1), civil.Of(o.year-1, 9, 30), civil.Of(o.year-3, 10, 1)
	}
	return civil.Of(o.year, 1, 1), civil.Of(o.year, 12, 31), civil.Of(o.year-1, 1, 1)
}

// item is a service as the oracle sees it.
type item struct {
	day     civil.Date
	class   string // primary, practitioner, specialist
	whose   string
	charges money.Cents
}

func (o *oracle) items(b *feed.Beneficiary, from, to civil.Date) (list []item) {
	for _, c := range b.Claims {
		for _, l := range c.Lines {
			if l.From.Before(from) || l.From.After(to) {
				continue
			}
			if x, ok := o.item(b, &c, &l); ok && x.whose != "several" {
				list = append(list, x)
			}
		}
	}
	return list
}

func (o *oracle) class(specialty string) string {
	for _, k := range []string{"primary", "practitioner", "specialist"} {
		if o.has(k, specialty) {
			return k
		}
	}
	return ""
}

func (o *oracle) during(b *feed.Beneficiary, s feed.Setting, day civil.Date) bool {
	for _, c := range b.Claims {
		if c.Setting == s && c.From.Sub(day) <= 0 && c.Thru.Sub(day) >= 0 {
			return true
		}
	}
	return false
}

func (o *oracle) item(b *feed.Beneficiary, c *feed.Claim, l *feed.Line) (item, bool) {
	service := o.has("service", l.Code) ||
		o.has("service-not-in-snf", l.Code) && l.Place != "31" && !o.during(b, feed.SNF, l.From) ||
		o.has("service-not-inpatient", l.Code) && l.Place != "21" && !o.during(b, feed.Inpatient, l.From)
	limited := o.has("service-not-in-snf", l.Code) || o.has("service-not-inpatient", l.Code)
	if c.Setting == feed.Professional {
		class := o.class(l.Specialty)
		ok := service && class != "" && !o.has("denied", l.Denial) && (l.Processing == "" || o.has("processed", l.Processing))
		return item{l.From, class, o.owner(o.p.byTIN[l.TIN], "TIN "+l.TIN), l.Allowed}, ok
	}
	if c.Setting != feed.Outpatient || c.NonPayment != "" {
		return item{}, false
	}
	x := item{l.From, "primary", o.owner(o.p.byCCN[c.Facility], "CCN "+c.Facility), l.Paid}
	known := o.class(o.specialties[c.Attending])
	switch {
	case o.has("bill-type", "FQHC:"+c.BillType), o.has("bill-type", "RHC:"+c.BillType):
		return x, service || o.has("rule", "center-all-services") && !limited
	case o.has("bill-type", "CAH2:"+c.BillType):
		x.class = known
		return x, service && known != "" && len(l.Revenue) == 4 && o.has("cah-revenue", l.Revenue[:3])
	case o.has("bill-type", "ETA:"+c.BillType) && o.p.eta[c.Facility]:
		x.class = known
		return x, (service || o.has("service-teaching", l.Code)) && known != ""
	}
	return item{}, false
}

func (o *oracle) owner(aco, self string) string {
	switch aco {
	case "":
		return self
	case several:
		return "several"
	}
	return aco
}

// plurality asks for each competitor whether it stays behind.
func (o *oracle) plurality(list []item, classes string) bool {
	charges, last := map[string]money.Cents{}, map[string]civil.Date{}
	for _, x := range list {
		if strings.Contains(classes, x.class) {
			charges[x.whose] += x.charges
			if d, ok := last[x.whose]; !ok || x.day.After(d) {
				last[x.whose] = x.day
			}
		}
	}
	if charges[o.aco] <= 0 {
		return false
	}
	for who := range charges {
		if who == o.aco {
			continue
		}
		if charges[who] > charges[o.aco] || charges[who] == charges[o.aco] && !last[o.aco].After(last[who]) {
			return false
		}
	}
	return true
}

func (o *oracle) assign(b *feed.Beneficiary) (bool, Step) {
	from, to, expanded := o.span()
	first, last := civil.Of(o.year, 1, 1), civil.Of(o.year, 12, 31)
	if o.prospective && !b.Death.IsZero() && b.Death.Before(first) || !o.enrolled(b, from, to) {
		return false, NoStep
	}
	if o.prospective {
		if !b.Death.IsZero() && b.Death.Before(last) {
			last = b.Death
		}
		if !o.enrolled(b, first, last) {
			return false, NoStep
		}
	}
	if r := b.Enrollment.Residence; r != "" && r != "US" {
		return false, NoStep
	}
	if b.Clinician.TIN != "" {
		if o.p.byTIN[b.Clinician.TIN] == o.aco {
			return true, Voluntary
		}
		return false, NoStep
	}
	if b.OptedOut {
		return false, NoStep
	}
	list := o.items(b, from, to)
	any := func(list []item, classes string, ours bool) bool {
		for _, x := range list {
			if strings.Contains(classes, x.class) && (!ours || x.whose == o.aco) {
				return true
			}
		}
		return false
	}
	if any(list, "primary specialist", true) {
		if any(list, "primary practitioner", false) {
			return o.step(o.plurality(list, "primary practitioner"), Step1)
		}
		return o.step(o.plurality(list, "specialist"), Step2)
	}
	wide := o.items(b, expanded, to)
	if o.has("rule", "step-3") && any(list, "practitioner", true) && any(wide, "primary specialist", true) {
		classes := "primary practitioner"
		if o.has("rule", "step-3-all-specialties") {
			classes += " specialist"
		}
		return o.step(o.plurality(wide, classes), Step3)
	}
	return false, NoStep
}

func (o *oracle) step(won bool, s Step) (bool, Step) {
	if won {
		return true, s
	}
	return false, NoStep
}

// enrolled holds the months of a span against 425.401; months nobody knows of don't count.
func (o *oracle) enrolled(b *feed.Beneficiary, from, to civil.Date) bool {
	states := map[feed.Coverage]int{}
	seen := map[[2]int]bool{}
	for d := from; !d.After(to); d = d.AddDays(1) {
		y, m, _ := d.YMD()
		if k := [2]int{y, int(m)}; !seen[k] {
			seen[k] = true
			states[b.Enrollment.At(y, m)]++
		}
	}
	if states[feed.PartAOnly]+states[feed.PartBOnly]+states[feed.HealthPlan] > 0 {
		return false
	}
	return states[feed.BothParts] > 0 || states[feed.Unknown] == len(seen)
}

// organisation is a generated one, read.
func organisation(t *testing.T, lives, months int, seed uint64) (*feed.Feed, *Participants, Specialties) {
	t.Helper()
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: seed, Year: 2025, Months: months, Dir: dir, Layouts: layouts}); err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	open := func(name string) *os.File {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	p, err := ReadParticipants(open("participants.csv"), "participants.csv")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSpecialties(open("providers.csv"), "providers.csv")
	if err != nil {
		t.Fatal(err)
	}
	return f, p, s
}

// oracleCase is one organisation, year and method.
type oracleCase struct {
	year   int
	method Method
	aco    string
	oracle *oracle
	pool   sync.Pool

	mu            sync.Mutex
	steps         map[Step]int
	total, misses int
}

// compare assigns one life twice.
func (x *oracleCase) compare(t *testing.T, b *feed.Beneficiary) {
	a := x.pool.Get().(*Assigner)
	defer x.pool.Put(a)
	got := a.Assign(b, nil)
	want, step := x.oracle.assign(b)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.total++
	x.steps[step]++
	if got.Assigned == want && got.Step == step {
		return
	}
	if x.misses++; x.misses < 5 {
		t.Errorf("%d %s: %+v, oracle %t %s", x.year, x.method, got, want, step)
	}
}

// TestOracle assigns 10,000 generated lives under each method and year.
func TestOracle(t *testing.T) {
	lives := 10_000
	if testing.Short() {
		lives = 1_000
	}
	f, p, s := organisation(t, lives, 30, 11)
	var runs strings.Builder
	cases := []*oracleCase{{year: 2025, method: Retrospective, aco: synth.ACO}, {year: 2025, method: Prospective, aco: synth.ACO},
		{year: 2024, method: Retrospective, aco: synth.ACO}, {year: 2025, method: Retrospective, aco: synth.OtherACO}}
	for _, x := range cases {
		rules, err := Load(refdata.Embedded(), x.year)
		if err != nil {
			t.Fatal(err)
		}
		x.oracle, x.steps = newOracle(t, x.year, p, s, x.aco, x.method), map[Step]int{}
		x.pool.New = func() any {
			return New(Config{Rules: rules, Participants: p, Specialties: s, ACO: x.aco, Method: x.method})
		}
	}
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		for _, x := range cases {
			x.compare(t, b)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, x := range cases {
		fmt.Fprintf(&runs, "| %s | %d | %s | %d | %d | %d | %d | %d | %d | %d |\n", x.aco, x.year, x.method, x.total, x.total-x.misses,
			x.steps[Voluntary], x.steps[Step1], x.steps[Step2], x.steps[Step3], x.steps[NoStep])
		for _, step := range []Step{Voluntary, Step1, Step2, Step3} {
			if x.steps[step] == 0 && !(step == Step3 && x.year == 2024) && !testing.Short() {
				t.Errorf("%d %s: no life is assigned by %s", x.year, x.method, step)
			}
		}
	}
	if !testing.Short() {
		ledger.Check(t, "assignment.md", fmt.Sprintf(ledgerText, runs.String(), tableRows(t)))
	}
}

// tableRows counts the rows of the newest table by kind.
func tableRows(t *testing.T) string {
	t.Helper()
	table, err := refdata.Embedded().Load("mssp.assignment", civil.Of(2025, 6, 1))
	if err != nil {
		t.Fatal(err)
	}
	b := table.Bind()
	kind, verified, cite := b.Text("kind"), b.Text("verified"), b.Text("cite")
	var out strings.Builder
	for i := 0; i < len(kind); {
		rows, checked, j := 0, 0, i
		for ; j < len(kind) && kind[j] == kind[i] && cite[j] == cite[i]; j++ {
			rows++
			if verified[j] == "yes" {
				checked++
			}
		}
		fmt.Fprintf(&out, "| %s | %d | %d | %s |\n", kind[i], rows, checked, cite[i])
		i = j
	}
	return out.String()
}

const ledgerText = `# Beneficiary assignment

Written by the tests of vbc/assignment. An oracle that reads 42 CFR 425.400 to 425.404 anew, asks every question of the whole
list of claims and shares nothing with the program but the tables, assigns generated lives beside it: 30 months of care with
adjustments, cancels, changes of identifiers, deaths, opt-outs, designations, months of Part A or B alone and of health plans.

| organisation | year | method | lives | agree | voluntary | step 1 | step 2 | step 3 | not assigned |
|---|---|---|---|---|---|---|---|---|---|
%s
Besides, by hand and by property: ties (later service, same day), every step with its borders, SNF and inpatient exclusions,
denied lines, practices of two organisations, health centers, method II and teaching hospitals, eligibility under both methods,
more charges never losing a beneficiary, order of claims without effect, and every practice that is told to change a result
changing it when it leaves or joins.

## The table mssp.assignment of 2025

| kind | rows | compared with the text | source |
|---|---|---|---|
%s
## Open

- The lists of primary care services and specialties were not compared with the text of 42 CFR 425.400(c)(1), 425.20 and
  425.402(c): their rows say so, and results do.
- Whether specialists' charges count in step 3 (taken: they do) and whether every service of a health center or rural clinic
  counts (taken: it does) wait for the same comparison.
- The feed has no allowed charges of outpatient facilities; their payment stands in for them. CMS imputes those of teaching
  hospitals.
- A tie in charges and day is answered with no assignment and told as such: CMS draws by lot.
- A designation is taken from the assignment list; the deadline of the designation and overlap with other models are not checked.
- Performance years before 2023 are not loaded.
`
