// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// The invented practices: ours and ours2 are the ACO's, theirs another ACO's, shared is
// in both, alone and alone2 in none.
const (
	ours, ours2, theirs, shared, alone, alone2 = "900000001", "900000002", "900000003", "900000004", "900000005", "900000006"

	list = `aco_id,tin,ccn,kind
A1,900000001,,practice
A1,900000002,,practice
A2,900000003,,practice
A1,900000004,,practice
A2,900000004,,practice
A1,800000001,981801,FQHC
A1,800000002,981301,CAH2
,800000003,980001,ETA
`
)

func participants(t testing.TB) *Participants {
	t.Helper()
	p, err := ReadParticipants(strings.NewReader(list), "participants.csv")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rules(t testing.TB, year int) *Rules {
	t.Helper()
	r, err := Load(refdata.Embedded(), year)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// visit is a claim with one line on a day of 2025 (or another year, by an offset in days).
func visit(tin, specialty, code string, day int, allowed money.Cents) feed.Claim {
	d := civil.Of(2025, 1, 1).AddDays(day)
	return feed.Claim{Setting: feed.Professional, From: d, Thru: d, Lines: []feed.Line{{From: d, Thru: d, Code: code, Specialty: specialty,
		TIN: tin, NPI: "1900000001", Allowed: allowed, Place: "11", Denial: "1", Processing: "A"}}}
}

func facility(ccn, bill, revenue, code string, day int, paid money.Cents) feed.Claim {
	d := civil.Of(2025, 1, 1).AddDays(day)
	return feed.Claim{Setting: feed.Outpatient, Facility: ccn, BillType: bill, From: d, Thru: d, Attending: "1900000001",
		Lines: []feed.Line{{From: d, Revenue: revenue, Code: code, Paid: paid}}}
}

func enrolled(b *feed.Beneficiary) *feed.Beneficiary {
	b.MBI = "1S00A00AA00"
	for y := 2023; y <= 2025; y++ {
		for m := time.January; m <= time.December; m++ {
			b.Enrollment.Set(y, m, feed.BothParts, feed.AgedNonDual)
		}
	}
	b.Enrollment.Residence = "US"
	return b
}

func with(claims ...feed.Claim) *feed.Beneficiary {
	return enrolled(&feed.Beneficiary{Claims: claims})
}

func TestSteps(t *testing.T) {
	snf := feed.Claim{Setting: feed.SNF, From: civil.Of(2025, 2, 1), Thru: civil.Of(2025, 2, 20)}
	denied := visit(ours, "08", "99213", 10, 9000)
	denied.Lines[0].Denial = "0"
	inSNF := visit(ours, "08", "99308", 10, 9000)
	inSNF.Lines[0].Place = "31"
	for name, x := range map[string]struct {
		b      *feed.Beneficiary
		year   int // 2025 if none
		step   Step
		reason Reason
	}{
		"plurality":                           {b: with(visit(ours, "08", "99213", 10, 9000), visit(alone, "11", "99213", 20, 8000)), step: Step1, reason: Plurality},
		"two practices of the ACO add up":     {b: with(visit(ours, "08", "99213", 10, 5000), visit(ours2, "50", "99213", 12, 4000), visit(alone, "11", "99213", 20, 8000)), step: Step1, reason: Plurality},
		"two practices of nobody do not":      {b: with(visit(ours, "08", "99213", 10, 5000), visit(alone, "11", "99213", 20, 4000), visit(alone2, "11", "99213", 20, 4000)), step: Step1, reason: Plurality},
		"more elsewhere":                      {b: with(visit(ours, "08", "99213", 10, 5000), visit(theirs, "11", "99213", 20, 5001)), reason: MoreElsewhere},
		"tie, later with us":                  {b: with(visit(ours, "08", "99213", 21, 5000), visit(alone, "11", "99213", 20, 5000)), step: Step1, reason: Plurality},
		"tie, later elsewhere":                {b: with(visit(ours, "08", "99213", 10, 5000), visit(alone, "11", "99213", 20, 5000)), reason: TieLost},
		"tie on the same day":                 {b: with(visit(ours, "08", "99213", 20, 5000), visit(alone, "11", "99213", 20, 5000)), reason: TieUndecided},
		"specialist alone":                    {b: with(visit(ours, "06", "99213", 10, 5000), visit(alone, "06", "99213", 20, 4000)), step: Step2, reason: Plurality},
		"specialist does not count in step 1": {b: with(visit(ours, "06", "99213", 10, 5000), visit(alone, "50", "99213", 20, 100)), reason: MoreElsewhere},
		"an unlisted specialty never counts":  {b: with(visit(ours, "02", "99213", 10, 5000)), reason: NoServices},
		"no primary care service":             {b: with(visit(ours, "08", "93000", 10, 5000)), reason: NoServices},
		"practitioner alone":                  {b: with(visit(ours, "50", "99213", 10, 5000)), reason: NoPhysician},
		"step 3":                              {b: with(visit(ours, "50", "99213", 10, 5000), visit(ours, "08", "99213", -100, 100)), step: Step3, reason: Plurality},
		"no step 3 in 2024":                   {b: with(visit(ours, "50", "99213", -10, 5000), visit(ours, "08", "99213", -400, 100)), year: 2024, reason: NoPhysician},
		"step 3 counts 24 months":             {b: with(visit(ours, "50", "99213", 10, 5000), visit(ours, "08", "99213", -100, 100), visit(alone, "08", "99213", -90, 6000)), reason: MoreElsewhere},
		"step 3 wants a physician of ours":    {b: with(visit(ours, "50", "99213", 10, 5000), visit(alone, "08", "99213", -100, 100)), reason: NoPhysician},
		"before the window":                   {b: with(visit(ours, "08", "99213", -1, 5000)), reason: NoServices},
		"denied":                              {b: with(denied), reason: NoServices},
		"in a nursing facility bed of SNF":    {b: with(inSNF), reason: NoServices},
		"during a SNF stay":                   {b: with(snf, visit(ours, "08", "99308", 40, 9000)), reason: NoServices},
		"nursing facility after the stay":     {b: with(snf, visit(ours, "08", "99308", 60, 9000)), step: Step1, reason: Plurality},
		"a TIN of two organisations":          {b: with(visit(shared, "08", "99213", 10, 9000)), reason: NoPhysician},
		"new code of 2025":                    {b: with(visit(ours, "08", "G0556", 10, 9000)), step: Step1, reason: Plurality},
		"that code in 2024":                   {b: with(visit(ours, "08", "G0556", -10, 9000)), year: 2024, reason: NoServices},
		"health center":                       {b: with(facility("981801", "77", "0521", "G0467", 10, 9000)), step: Step1, reason: Plurality},
		"health center of nobody":             {b: with(visit(ours, "08", "99213", 10, 5000), facility("981899", "77", "0521", "99213", 10, 9000)), reason: MoreElsewhere},
		"method II hospital":                  {b: with(facility("981301", "85", "0983", "99213", 10, 9000)), step: Step1, reason: Plurality},
		"method II, facility line":            {b: with(facility("981301", "85", "0510", "99213", 10, 9000)), reason: NoServices},
		"teaching hospital":                   {b: with(visit(ours, "08", "99213", 10, 5000), facility("980001", "13", "0510", "G0463", 10, 9000)), reason: MoreElsewhere},
		"G0463 at another hospital":           {b: with(visit(ours, "08", "99213", 10, 5000), facility("980002", "13", "0510", "G0463", 10, 9000)), step: Step1, reason: Plurality},
		"no charges":                          {b: with(visit(ours, "08", "99213", 10, 0)), reason: NoChargesAnywhere},
	} {
		year := x.year
		if year == 0 {
			year = 2025
		}
		a := New(Config{Rules: rules(t, year), Participants: participants(t), Specialties: Specialties{"1900000001": "08"}, ACO: "A1", Method: Retrospective})
		tr := trace.New()
		r := a.Assign(x.b, tr)
		if r.Assigned != (x.step != NoStep) || r.Step != x.step || r.Reason != x.reason {
			t.Errorf("%s: %t %q %q, want %q %q", name, r.Assigned, r.Step, r.Reason, x.step, x.reason)
		}
		if len(tr.Steps) < 3 || tr.Steps[0].Cite == "" {
			t.Errorf("%s: the trace has %d steps", name, len(tr.Steps))
		}
	}
}

func TestEligibility(t *testing.T) {
	visits := func() []feed.Claim {
		return []feed.Claim{visit(ours, "08", "99213", 10, 9000), visit(ours, "08", "99213", -150, 9000)}
	}
	set := func(y int, m time.Month, c feed.Coverage) func(*feed.Beneficiary) {
		return func(b *feed.Beneficiary) { b.Enrollment.Set(y, m, c, feed.NoType) }
	}
	for name, x := range map[string]struct {
		change func(*feed.Beneficiary)
		method Method
		reason Reason
	}{
		"as it is":                        {func(*feed.Beneficiary) {}, Retrospective, Plurality},
		"a month of Part B alone":         {set(2025, 3, feed.PartBOnly), Retrospective, NotEligible},
		"a month of Part A alone":         {set(2025, 3, feed.PartAOnly), Retrospective, NotEligible},
		"a month in a health plan":        {set(2025, 12, feed.HealthPlan), Retrospective, NotEligible},
		"a health plan before the window": {set(2024, 12, feed.HealthPlan), Retrospective, Plurality},
		"prospective, plan in the window": {set(2024, 9, feed.HealthPlan), Prospective, NotEligible},
		"prospective, plan after it":      {set(2024, 11, feed.HealthPlan), Prospective, Plurality},
		"prospective, plan in the year":   {set(2025, 5, feed.HealthPlan), Prospective, NotEligible},
		"abroad":                          {func(b *feed.Beneficiary) { b.Enrollment.Residence = "CA" }, Retrospective, NotEligible},
		"died in the year":                {func(b *feed.Beneficiary) { b.Death = civil.Of(2025, 6, 1) }, Prospective, Plurality},
		"died before the year":            {func(b *feed.Beneficiary) { b.Death = civil.Of(2024, 12, 1) }, Prospective, DeathBeforeYear},
		"no enrollment known":             {func(b *feed.Beneficiary) { b.Enrollment = feed.Enrollment{} }, Retrospective, Plurality},
		"opted out":                       {func(b *feed.Beneficiary) { b.OptedOut = true }, Retrospective, ClaimsNotShared},
		"designated one of ours":          {func(b *feed.Beneficiary) { b.Clinician.TIN = ours2 }, Prospective, Designated},
		"designated another":              {func(b *feed.Beneficiary) { b.Clinician.TIN = alone }, Retrospective, DesignatedOther},
		"designated, though in a plan":    {func(b *feed.Beneficiary) { b.Clinician.TIN = ours; set(2025, 1, feed.HealthPlan)(b) }, Retrospective, NotEligible},
	} {
		b := with(visits()...)
		x.change(b)
		r := New(Config{Rules: rules(t, 2025), Participants: participants(t), ACO: "A1", Method: x.method}).Assign(b, nil)
		if r.Reason != x.reason {
			t.Errorf("%s: %q (%s), want %q", name, r.Reason, r.Not, x.reason)
		}
		if r.EnrollmentUnknown != (name == "no enrollment known") {
			t.Errorf("%s: enrollment unknown %t", name, r.EnrollmentUnknown)
		}
	}
}

func TestWindows(t *testing.T) {
	for _, x := range []struct {
		w    Window
		want string
	}{{WindowOf(2025, Retrospective), "2025-01-01 2025-12-31 2024-01-01"}, {WindowOf(2025, Prospective), "2023-10-01 2024-09-30 2022-10-01"},
		{Ending(2025, time.March), "2024-04-01 2025-03-31 2023-04-01"}} {
		if got := x.w.Begin.String() + " " + x.w.End.String() + " " + x.w.Expanded.String(); got != x.want {
			t.Errorf("%s, want %s", got, x.want)
		}
	}
}

// TestChangesHold takes each practice that is told to change a result away, or adds it, in
// the list itself: the result does change. No other practice changes it.
func TestChangesHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var claims []feed.Claim
		for range rapid.IntRange(1, 8).Draw(rt, "visits") {
			claims = append(claims, visit(rapid.SampledFrom([]string{ours, ours2, theirs, shared, alone, alone2}).Draw(rt, "tin"),
				rapid.SampledFrom([]string{"08", "50", "06"}).Draw(rt, "specialty"), "99213", rapid.IntRange(-300, 300).Draw(rt, "day"),
				money.Cents(rapid.IntRange(0, 3).Draw(rt, "allowed")*1000)))
		}
		b, p := with(claims...), participants(t)
		cfg := Config{Rules: rules(t, 2025), Participants: p, ACO: "A1", Method: Retrospective}
		a := New(cfg)
		r := a.Assign(b, nil)
		a.Explain(&r)
		for _, tin := range []string{ours, ours2, alone, alone2} {
			var add, drop []string
			if owner := p.byTIN[tin]; owner == "A1" && r.Assigned {
				drop = []string{tin}
			} else if owner == "" && !r.Assigned {
				add = []string{tin}
			} else {
				continue
			}
			q, err := p.With("A1", add, drop)
			if err != nil {
				rt.Fatal(err)
			}
			other := cfg
			other.Participants = q
			told := false
			for _, c := range r.Changes {
				told = told || c.TIN == tin
			}
			if changed := New(other).Assign(b, nil).Assigned != r.Assigned; changed != told {
				rt.Fatalf("TIN %s changes the result: %t, told %t (%+v)", tin, changed, told, r)
			}
		}
	})
}

// TestMonotone: more charges at the ACO never lose a beneficiary; order never matters.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var claims []feed.Claim
		for range rapid.IntRange(1, 8).Draw(rt, "visits") {
			claims = append(claims, visit(rapid.SampledFrom([]string{ours, theirs, alone}).Draw(rt, "tin"),
				rapid.SampledFrom([]string{"08", "50", "06"}).Draw(rt, "specialty"), "99213", rapid.IntRange(-300, 300).Draw(rt, "day"),
				money.Cents(rapid.IntRange(0, 3).Draw(rt, "allowed")*1000)))
		}
		a := New(Config{Rules: rules(t, 2025), Participants: participants(t), ACO: "A1", Method: Retrospective})
		before := a.Assign(with(claims...), nil)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1)).Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		if again := a.Assign(with(claims...), nil); again.Assigned != before.Assigned || again.Reason != before.Reason || again.Margin != before.Margin {
			rt.Fatalf("another order gives %+v, not %+v", again, before)
		}
		i := rapid.IntRange(0, len(claims)-1).Draw(rt, "which")
		if claims[i].Lines[0].TIN != ours {
			return
		}
		claims[i].Lines[0].Allowed += 500
		if more := a.Assign(with(claims...), nil); before.Assigned && !more.Assigned {
			rt.Fatalf("more charges at the ACO lose the beneficiary: %+v, then %+v", before, more)
		}
	})
}

func TestLists(t *testing.T) {
	for _, bad := range []string{"aco_id,tin\nA1,900000001\n", "aco_id,tin,ccn,kind\nA1,12,,x\n", "aco_id,tin,ccn,kind\nA1,,,x\n", "aco_id,tin,ccn,kind\n", ""} {
		if _, err := ReadParticipants(strings.NewReader(bad), "p.csv"); err == nil || !strings.Contains(err.Error(), "p.csv") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	p := participants(t)
	if _, err := p.With("A1", nil, []string{theirs}); err == nil {
		t.Error("a practice that is not ours is taken away")
	}
	if got := strings.Join(p.TINs("A1"), " "); got != "800000001 800000002 900000001 900000002" {
		t.Errorf("TINs %s", got)
	}
	if _, err := ReadSpecialties(strings.NewReader("npi,specialty\n19,08\n"), "s.csv"); err == nil {
		t.Error("an npi of two digits is taken")
	}
	if _, err := Load(refdata.Embedded(), 2019); err == nil {
		t.Error("rules of 2019 are not loaded, and no error tells")
	}
}
