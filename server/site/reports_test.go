// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/calendar"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/store"
)

func read(base, patient, client, user string, entities ...string) audit.Event {
	return audit.Event{Kind: audit.Rest, Subtype: "read", Action: audit.Read, Outcome: audit.Success, Base: base, Patient: patient, Client: client, User: user, Entities: entities}
}

// TestUsage counts by hand what a trail of two years holds.
func TestUsage(t *testing.T) {
	c := oneLine()
	c.Lines = append(c.Lines, site.Line{ID: "caid", Kind: site.Medicaid})
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "audit.log")
	trail, err := audit.Open(path, func() time.Time { return day })
	if err != nil {
		t.Fatal(err)
	}
	add := func(e audit.Event) {
		t.Helper()
		if err := trail.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	add(read("ma", "a", "app1", "Patient/a", "Coverage/1"))
	add(read("ma", "a", "app1", "Patient/a", "Coverage/1")) // the same visit
	add(read("ma", "b", "app1", "RelatedPerson/r", "Coverage/2"))
	add(read("ma", "b", "app2", "Patient/b", "Coverage/2"))      // another app
	add(read("ma", "c", "app1", "Practitioner/d", "Coverage/3")) // staff
	add(read("ma", "d", "backend", "", "Coverage/4"))            // a backend service
	add(read("ma", "e", "app1", "Patient/e", "Coverage"))        // a search that found nothing
	add(read("caid", "a", "app1", "Patient/a", "Observation/1")) // the same id in another line
	refused := read("ma", "f", "app1", "Patient/f", "Coverage/5")
	refused.Outcome = audit.MinorFailure
	add(refused)
	add(audit.Event{Kind: audit.Authorization, Subtype: "token", Outcome: audit.Success, Base: "ma", Client: "app1", User: "Patient/g", Patient: "g"})
	day = day.AddDate(0, 0, 1)
	add(read("ma", "h", "app1", "Patient/h", "Coverage/6"))
	day = day.AddDate(0, 0, 1)
	add(read("ma", "h", "app1", "Patient/h", "Coverage/6")) // another day
	day = day.AddDate(1, 0, 0)
	add(read("ma", "a", "app1", "Patient/a", "Coverage/1")) // another year
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(year int) []site.Usage {
		t.Helper()
		list, err := site.CountUsage(mustOpen(t, path), c, year)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	want := []site.Usage{
		{Line: "caid", Kind: site.Medicaid, Year: 2026, Patients: 1, Apps: 1, Answers: 1, Level: "State (managed care: plan, 42 CFR 438.242(b)(5)(iii))", Due: "2027-03-31", Cite: "42 CFR 431.60(f)", Verified: true},
		{Line: "ma", Kind: site.MA, Contract: "H0001", Year: 2026, Patients: 3, MoreThanOnce: 2, MoreThanOneAnswer: 3, Apps: 2, Answers: 6, Level: "MA contract", Due: "2027-03-31", Cite: "42 CFR 422.119(f)"},
	}
	if d := cmp.Diff(want, count(2026)); d != "" {
		t.Error(d)
	}
	if got := count(2025); len(got) != 2 || got[0].Patients != 0 || got[0].Due != "2026-03-31" {
		t.Errorf("a year without use: %+v", got)
	}
	if got := count(0); len(got) != 3 {
		t.Errorf("all years: %+v", got)
	}
}

// TestUsageAsSlowly compares the count with a plain one, over random trails.
func TestUsageAsSlowly(t *testing.T) {
	c := oneLine()
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		path := filepath.Join(dir, fmt.Sprint(n))
		trail, err := audit.Open(path, func() time.Time { return day })
		if err != nil {
			rt.Fatal(err)
		}
		visits := map[string]map[string]bool{}
		for range rapid.IntRange(0, 40).Draw(rt, "answers") {
			day = day.AddDate(0, 0, rapid.IntRange(0, 1).Draw(rt, "days"))
			p, app := rapid.StringMatching("[a-e]").Draw(rt, "patient"), rapid.StringMatching("[xy]").Draw(rt, "app")
			if err := trail.Note(read("ma", p, app, "Patient/"+p, "Coverage/1")); err != nil {
				rt.Fatal(err)
			}
			if visits[p] == nil {
				visits[p] = map[string]bool{}
			}
			visits[p][day.String()+app] = true
		}
		if err := trail.Close(); err != nil {
			rt.Fatal(err)
		}
		again := 0
		for _, v := range visits {
			if len(v) > 1 {
				again++
			}
		}
		list, err := site.CountUsage(mustOpen(t, path), c, 2026)
		if err != nil || len(list) != 1 || list[0].Patients != len(visits) || list[0].MoreThanOnce != again {
			rt.Errorf("%+v %v, want %d and %d", list, err, len(visits), again)
		}
	})
}

func TestTimeliness(t *testing.T) {
	s, err := openStore(t.Context(), t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	catalog, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	today := civil.FromTime(time.Now().UTC())
	cal, err := calendar.Open(catalog, today)
	if err != nil {
		t.Fatal(err)
	}
	back := func(n int) civil.Date { // the last day whose nth business day is not before today
		d := today
		for cal.Add(d, n).After(today) || cal.Add(d.AddDays(-1), n) == cal.Add(d, n) {
			d = d.AddDays(-1)
		}
		return d
	}
	eob := func(id, use, created, paid, served string) string {
		text := `{"resourceType":"ExplanationOfBenefit","id":"` + id + `","use":"` + use + `","billablePeriod":{"start":"` + served + `"}`
		if created != "" {
			text += `,"created":"` + created + `"`
		}
		if paid != "" {
			text += `,"payment":{"date":"` + paid + `"}`
		}
		return text + "}"
	}
	write := func(texts ...string) {
		t.Helper()
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			for _, text := range texts {
				if err := put(tx, text); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(eob("today", "claim", today.String()+"T01:02:03Z", "", "2026-01-05"), eob("late3", "claim", back(4).String(), "", "2015-12-31"),
		eob("paid", "claim", "", today.String(), "2026-01-05"), eob("old", "claim", "2020-01-02", "", "2019-12-01"),
		eob("undated", "claim", "", "", "2016-01-01"), eob("future", "claim", today.AddDays(40).String(), "", "2026-01-05"),
		eob("auth", "preauthorization", "2020-01-02", "", "2019-12-01"))
	// A later version does not make a claim late: it could be seen from the first.
	write(eob("today", "claim", today.String(), today.String(), "2026-01-05"))
	check := func(from civil.Date) *site.Timeliness {
		t.Helper()
		got, err := site.CheckTimeliness(t.Context(), s, &site.Line{ID: "ma", Kind: site.MA}, cal, from, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := check(0)
	if got.Claims != 6 || got.OnTime != 2 || got.Late != 2 || got.Undated != 1 || got.Early != 1 || got.Before != 1 || got.Earliest.String() != "2015-12-31" ||
		got.LateBy["2-5"] != 1 || got.LateBy["over 20"] != 1 || got.Cite != "42 CFR 422.119(b)(1)(i)" {
		t.Errorf("%+v", got)
	}
	if len(got.Worst) != 2 || got.Worst[0].ID != "old" || got.Worst[0].Deadline.String() != "2020-01-03" || got.Worst[1].ID != "late3" || got.Worst[1].BusinessDay != 3 && cal.Business(today) {
		t.Errorf("the latest claims: %+v", got.Worst)
	}
	if got := check(civil.Of(2021, 1, 1)); got.Late != 1 || got.Claims != 5 {
		t.Errorf("from 2021: %+v", got)
	}
}

func mustOpen(t testing.TB, path string) *bytes.Reader {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}
