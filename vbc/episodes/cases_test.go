// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func rules(t testing.TB, model string, year int) *Rules {
	t.Helper()
	r, err := Load(refdata.Embedded(), model, year)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const twoHospitals = "ccn,region,track,beds,safety_net\n980101,1,3,300,no\n980102,1,1,900,yes\n"

func hospitals(t testing.TB, text string) Hospitals {
	t.Helper()
	h, err := ReadHospitals(strings.NewReader(text), "hospitals.csv")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func day(s string) civil.Date {
	d, err := civil.ParseISO(s)
	if err != nil {
		panic(err)
	}
	return d
}

// person is covered by both parts for three years.
func person() *feed.Beneficiary {
	p := &feed.Beneficiary{MBI: "1S00A00AA00", Known: true, Sex: 'F', Birth: day("1950-05-05"), MedicareStatus: "10", Dual: "NA"}
	for y := 2024; y <= 2027; y++ {
		for m := time.January; m <= time.December; m++ {
			p.Enrollment.Set(y, m, feed.BothParts, feed.AgedNonDual)
		}
	}
	return p
}

func stay(id int64, ccn, code, from, to string, dollars int) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Inpatient, Facility: ccn, DRG: code, From: day(from), Thru: day(to), Paid: money.Cents(dollars * 100), PatientStatus: "01"}
}

func outpatient(id int64, ccn, code, on string, dollars int) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Outpatient, Facility: ccn, From: day(on), Thru: day(on), Paid: money.Cents(dollars * 100),
		Lines: []feed.Line{{Code: code, From: day(on), Paid: money.Cents(dollars * 100)}}}
}

func visit(id int64, on, code string, dollars int) feed.Claim {
	return feed.Claim{ID: id, Setting: feed.Professional, From: day(on), Thru: day(on), Lines: []feed.Line{{Code: code, From: day(on), Allowed: money.Cents(dollars * 100)}}}
}

func only(t *testing.T, list []Episode) *Episode {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("%d episodes, wanted 1: %+v", len(list), list)
	}
	return &list[0]
}

// TestWindow follows the regulation's count of days: the day of discharge or procedure is
// the first of the 30 (42 CFR 512.537) or 90 days (42 CFR 510.210(a)).
func TestWindow(t *testing.T) {
	h := hospitals(t, twoHospitals)
	for _, c := range []struct {
		model           string
		year            int
		claim           feed.Claim
		start, end      string
		category, price string
	}{
		{"TEAM", 2026, stay(1, "980101", "0470", "2026-03-01", "2026-03-04", 12000), "2026-03-01", "2026-04-02", "LEJR", "470"},
		{"TEAM", 2026, outpatient(1, "980101", "27702", "2026-03-04", 9000), "2026-03-04", "2026-04-02", "LEJR", "469"},
		{"TEAM", 2026, outpatient(1, "980101", "22633", "2026-03-04", 9000), "2026-03-04", "2026-04-02", "SPINE", "402"},
		{"CJR", 2024, stay(1, "980101", "522", "2024-03-01", "2024-03-04", 12000), "2024-03-01", "2024-06-01", "LEJR", "522"},
		{"BPCI Advanced", 2024, stay(1, "980101", "291", "2024-03-01", "2024-03-04", 12000), "2024-03-01", "2024-06-01", "CHF", "291"},
	} {
		p := person()
		p.Claims = []feed.Claim{c.claim}
		e := only(t, New(Config{Rules: rules(t, c.model, c.year), Hospitals: h}).Episodes(p))
		got := []string{e.Start.String(), e.End.String(), e.Category, e.Type}
		if diff := cmp.Diff([]string{c.start, c.end, c.category, c.price}, got); diff != "" || !e.Counts() {
			t.Errorf("%s: %s %+v", c.model, diff, e.Cancelled)
		}
	}
}

// TestNoEpisode lists what anchors nothing.
func TestNoEpisode(t *testing.T) {
	b := New(Config{Rules: rules(t, "TEAM", 2026), Hospitals: hospitals(t, twoHospitals+"981301,1,3,20,no\n")})
	unpaid := stay(1, "980101", "470", "2026-03-01", "2026-03-04", 1)
	unpaid.NonPayment = "N"
	for name, c := range map[string]feed.Claim{
		"another hospital":          stay(1, "980103", "470", "2026-03-01", "2026-03-04", 1),
		"another MS-DRG":            stay(1, "980101", "291", "2026-03-01", "2026-03-04", 1),
		"no payment":                unpaid,
		"admitted before the model": stay(1, "980101", "470", "2025-12-31", "2026-01-04", 1),
		"discharged after the year": stay(1, "980101", "470", "2026-12-30", "2027-01-02", 1),
		"critical access hospital":  stay(1, "981301", "470", "2026-03-01", "2026-03-04", 1),
		"procedure of no category":  outpatient(1, "980101", "66984", "2026-03-01", 1),
	} {
		p := person()
		p.Claims = []feed.Claim{c}
		if list := b.Episodes(p); len(list) != 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// TestCancellation has a timeline for each reason.
func TestCancellation(t *testing.T) {
	anchor := func() feed.Claim { return stay(1, "980101", "470", "2026-03-01", "2026-03-04", 12000) }
	for _, c := range []struct {
		name   string
		model  string
		year   int
		change func(p *feed.Beneficiary)
		want   []Reason // by start
	}{
		{"nothing", "TEAM", 2026, func(p *feed.Beneficiary) {}, []Reason{""}},
		{"health plan from the next month", "TEAM", 2026, func(p *feed.Beneficiary) { p.Enrollment.Set(2026, 4, feed.HealthPlan, 0) }, []Reason{LostCriteria}},
		{"health plan after the end", "TEAM", 2026, func(p *feed.Beneficiary) { p.Enrollment.Set(2026, 5, feed.HealthPlan, 0) }, []Reason{""}},
		{"Part A alone at the start", "TEAM", 2026, func(p *feed.Beneficiary) { p.Enrollment.Set(2026, 3, feed.PartAOnly, 0) }, []Reason{NotEligible}},
		{"entitled by ESRD", "TEAM", 2026, func(p *feed.Beneficiary) { p.MedicareStatus = "31" }, []Reason{NotEligible}},
		{"another payer at the start", "TEAM", 2026, func(p *feed.Beneficiary) { p.Claims[0].PrimaryPayer = "A" }, []Reason{NotEligible}},
		{"another payer later", "TEAM", 2026, func(p *feed.Beneficiary) {
			x := visit(2, "2026-03-20", "99213", 100)
			x.Lines[0].PrimaryPayer = "E"
			p.Claims = append(p.Claims, x)
		}, []Reason{LostCriteria}},
		{"died on discharge", "TEAM", 2026, func(p *feed.Beneficiary) { p.Death = day("2026-03-04") }, []Reason{DiedInAnchor}},
		{"discharge status says died", "TEAM", 2026, func(p *feed.Beneficiary) { p.Claims[0].PatientStatus = "20" }, []Reason{DiedInAnchor}},
		{"died after the anchor", "TEAM", 2026, func(p *feed.Beneficiary) { p.Death = day("2026-03-05") }, []Reason{""}},
		{"died, and coverage ends with death", "TEAM", 2026, func(p *feed.Beneficiary) {
			p.Death = day("2026-03-20")
			p.Enrollment.Set(2026, 4, feed.NotEnrolled, 0)
		}, []Reason{""}},
		{"another anchor of another category on the last day", "TEAM", 2026, func(p *feed.Beneficiary) {
			p.Claims = append(p.Claims, stay(2, "980102", "330", "2026-04-02", "2026-04-09", 1))
		}, []Reason{NewAnchor, ""}},
		{"another anchor the day after", "TEAM", 2026, func(p *feed.Beneficiary) {
			p.Claims = append(p.Claims, stay(2, "980102", "330", "2026-04-03", "2026-04-09", 1))
		}, []Reason{"", ""}},
		{"another anchor at a hospital that does not take part", "TEAM", 2026, func(p *feed.Beneficiary) {
			p.Claims = append(p.Claims, stay(2, "980103", "330", "2026-03-20", "2026-03-29", 1))
		}, []Reason{""}},
		{"transfer to another anchor", "TEAM", 2026, func(p *feed.Beneficiary) {
			p.Claims[0].PatientStatus = "02"
			p.Claims = append(p.Claims, stay(2, "980102", "470", "2026-03-05", "2026-03-09", 1))
		}, []Reason{Transferred, ""}},
		{"the model ends", "TEAM", 2030, func(p *feed.Beneficiary) {
			p.Claims = []feed.Claim{stay(1, "980101", "470", "2030-11-30", "2030-12-03", 1)}
			p.Enrollment.Set(2030, 11, feed.BothParts, 0)
		}, []Reason{AfterModel}},
		{"died in the 90 days", "CJR", 2024, func(p *feed.Beneficiary) {
			p.Claims[0] = stay(1, "980101", "470", "2024-03-01", "2024-03-04", 1)
			p.Death = day("2024-05-30")
		}, []Reason{DiedInEpisode}},
		{"within an episode that stands", "BPCI Advanced", 2024, func(p *feed.Beneficiary) {
			p.Claims = []feed.Claim{stay(1, "980101", "470", "2024-03-01", "2024-03-04", 1), stay(2, "980102", "291", "2024-04-01", "2024-04-05", 1),
				stay(3, "980102", "871", "2024-06-02", "2024-06-05", 1)}
		}, []Reason{"", OtherEpisode, ""}},
	} {
		p := person()
		p.Claims = []feed.Claim{anchor()}
		c.change(p)
		var got []Reason
		for _, e := range New(Config{Rules: rules(t, c.model, c.year), Hospitals: hospitals(t, twoHospitals)}).Episodes(p) {
			why := Reason("")
			if e.Cancelled != nil {
				if why = e.Cancelled.Reason; e.Cancelled.Cite == "" {
					t.Errorf("%s: no regulation is cited", c.name)
				}
			}
			got = append(got, why)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestProcedureBeforeAdmission is the rule of three days.
func TestProcedureBeforeAdmission(t *testing.T) {
	b := New(Config{Rules: rules(t, "TEAM", 2026), Hospitals: hospitals(t, twoHospitals)})
	for _, c := range []struct {
		on, code string
		starts   []string
	}{
		{"2026-03-01", "27447", []string{"2026-03-01"}},               // the day of admission
		{"2026-02-26", "27447", []string{"2026-02-26"}},               // three days before
		{"2026-02-25", "27447", []string{"2026-02-25", "2026-03-01"}}, // four days
		{"2026-02-27", "22612", []string{"2026-02-27", "2026-03-01"}}, // another category
		{"2026-02-27", "71046", []string{"2026-03-01"}},               // no anchor
	} {
		p := person()
		p.Claims = []feed.Claim{stay(7, "980101", "470", "2026-03-01", "2026-03-04", 12000), outpatient(8, "980101", c.code, c.on, 5000)}
		var starts []string
		for _, e := range b.Episodes(p) {
			starts = append(starts, e.Start.String())
		}
		if diff := cmp.Diff(c.starts, starts); diff != "" {
			t.Errorf("%s on %s: %s", c.code, c.on, diff)
		}
	}
}

func TestPlaces(t *testing.T) {
	r := rules(t, "TEAM", 2026)
	for ccn, want := range map[string]string{"210001": "acute", "210879": "acute", "210880": "", "211300": "critical access", "212299": "long-term",
		"213025": "rehabilitation", "21T001": "rehabilitation", "21S001": "psychiatric", "214499": "psychiatric", "21U001": "", "2100": "", "215001": "", "21A001": ""} {
		if got := r.Place(ccn); got != want {
			t.Errorf("CCN %s is %q, want %q", ccn, got, want)
		}
	}
}

func TestLoad(t *testing.T) {
	for _, c := range []struct {
		model string
		year  int
	}{{"TEAM", 2025}, {"TEAM", 2031}, {"CJR", 2015}, {"BPCI Advanced", 2026}, {"EPM", 2026}} {
		if _, err := Load(refdata.Embedded(), c.model, c.year); err == nil {
			t.Errorf("%s in %d loads", c.model, c.year)
		}
	}
	for _, c := range []struct {
		model    string
		from, to int
	}{{"TEAM", 2026, 2030}, {"CJR", 2016, 2024}, {"BPCI Advanced", 2018, 2025}} {
		for y := c.from; y <= c.to; y++ {
			r := rules(t, c.model, y)
			if r.tracks[r.params["default_track"].value] == nil {
				t.Errorf("%s in %d: the default track %q is none", c.model, y, r.params["default_track"].value)
			}
			for _, m := range []map[string]*Trigger{r.drgs, r.hcpcs} {
				for _, x := range m {
					if r.categories[x.Category] == nil {
						t.Errorf("%s in %d: %s %s leads to no category", c.model, y, x.Kind, x.Code)
					}
				}
			}
		}
	}
	// The regulation names the tracks of each year (42 CFR 512.520).
	for year, want := range map[int]string{2026: "1 3", 2027: "1 2 3", 2028: "1 2 3", 2029: "2 3", 2030: "2 3"} {
		r, got := rules(t, "TEAM", year), ""
		for _, name := range []string{"1", "2", "3"} {
			if r.tracks[name] != nil {
				got += " " + name
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("tracks of %d:%s, want %s", year, got, want)
		}
	}
}
