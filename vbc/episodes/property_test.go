// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// drawPerson draws a timeline of 2026 that is dense in anchors, transfers and overlaps.
func drawPerson(t *rapid.T) *feed.Beneficiary {
	p := person()
	first := day("2026-01-01")
	on := func(name string) civil.Date { return first.AddDays(rapid.IntRange(0, 120).Draw(t, name)) }
	for i := range rapid.IntRange(1, 12).Draw(t, "claims") {
		from := on("from")
		c := feed.Claim{ID: int64(i + 1), From: from, Thru: from.AddDays(rapid.IntRange(0, 25).Draw(t, "days")),
			Facility: rapid.SampledFrom([]string{"980101", "980102", "980103", "981301", "983025"}).Draw(t, "ccn"), Paid: money.Cents(rapid.IntRange(0, 3_000_000).Draw(t, "paid")),
			PatientStatus: rapid.SampledFrom([]string{"01", "02", "03", "20"}).Draw(t, "status")}
		c.Setting = rapid.SampledFrom([]feed.Setting{feed.Inpatient, feed.Inpatient, feed.Inpatient, feed.Outpatient, feed.SNF, feed.HomeHealth, feed.Professional, feed.Drug}).Draw(t, "setting")
		switch c.Setting {
		case feed.Inpatient:
			c.DRG = rapid.SampledFrom([]string{"470", "0480", "235", "291", "124", "871"}).Draw(t, "drg")
		case feed.Outpatient, feed.Professional:
			c.Paid = 0
			for k := range rapid.IntRange(0, 3).Draw(t, "lines") {
				l := feed.Line{Number: int64(k), From: from.AddDays(rapid.IntRange(0, 3).Draw(t, "line day")), Code: rapid.SampledFrom([]string{"27447", "22612", "99213", "J7190"}).Draw(t, "code")}
				l.Paid, l.Allowed = money.Cents(rapid.IntRange(0, 50_000).Draw(t, "line paid")), 2000
				c.Paid += l.Paid
				c.Lines = append(c.Lines, l)
			}
		}
		p.Claims = append(p.Claims, c)
	}
	if rapid.IntRange(0, 5).Draw(t, "dies") == 0 {
		p.Death = on("death")
	}
	for range rapid.IntRange(0, 2).Draw(t, "gaps") {
		y, m, _ := on("gap").YMD()
		p.Enrollment.Set(y, m, rapid.SampledFrom([]feed.Coverage{feed.HealthPlan, feed.PartAOnly, feed.BothParts}).Draw(t, "coverage"), 0)
	}
	return p
}

// models are those whose rules the properties hold for, as history so that dates fit.
func models(t testing.TB) []Config {
	var list []Config
	for _, m := range []struct {
		model string
		year  int
	}{{"TEAM", 2026}, {"CJR", 2023}, {"BPCI Advanced", 2024}} {
		list = append(list, Config{Rules: rules(t, m.model, m.year), Hospitals: hospitals(t, twoHospitals), Baseline: true, From: day("2026-01-01"), To: day("2026-12-31")})
	}
	return list
}

// TestOracleOnDenseTimelines compares with the oracle where anchors crowd.
func TestOracleOnDenseTimelines(t *testing.T) {
	cfgs := models(t)
	var oracles []*oracle
	for _, c := range cfgs {
		oracles = append(oracles, newOracle(t, c.Rules.Model, civil.Of(c.Rules.Year, 12, 31), c.Hospitals, c.From, c.To))
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		i := rapid.IntRange(0, len(cfgs)-1).Draw(t, "model")
		if diff := cmp.Diff(oracles[i].lines(p), ours(New(cfgs[i]).Episodes(p))); diff != "" {
			t.Fatalf("%s (-oracle +ours):\n%s", cfgs[i].Rules.Model, diff)
		}
	})
}

// TestOrderOfClaims shuffles the claims.
func TestOrderOfClaims(t *testing.T) {
	cfgs := models(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		b := New(rapid.SampledFrom(cfgs).Draw(t, "model"))
		want := ours(b.Episodes(p))
		p.Claims = rapid.Permutation(p.Claims).Draw(t, "order")
		if diff := cmp.Diff(want, ours(b.Episodes(p))); diff != "" {
			t.Fatalf("the order of claims matters:\n%s", diff)
		}
	})
}

// TestAddedClaims adds one claim to a timeline: an excluded one changes no spending, one
// within an episode adds its amount to one setting, one before everything changes nothing.
func TestAddedClaims(t *testing.T) {
	x, err := ReadExclusions(strings.NewReader("kind,code\nhcpcs,Q9999\ndrg,849\ndiagnosis,C50911\n"), "x.csv")
	if err != nil {
		t.Fatal(err)
	}
	cfgs := models(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPerson(t)
		cfg := rapid.SampledFrom(cfgs).Draw(t, "model")
		cfg.Exclusions = x
		before := append([]Episode(nil), New(cfg).Episodes(p)...)
		if len(before) == 0 {
			return
		}
		e := rapid.SampledFrom(before).Draw(t, "episode")
		if !e.Counts() || !p.Death.IsZero() {
			return
		}
		on := e.Discharged.AddDays(2)
		if on.After(e.End) {
			return
		}
		amount := money.Cents(rapid.IntRange(1, 900_000).Draw(t, "amount"))
		add := feed.Claim{ID: 99, From: on, Thru: on, Facility: "980109", Paid: amount}
		excluded, setting := true, Readmission
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			add.Setting, add.DRG = feed.Inpatient, "849"
		case 1:
			add.Setting, add.Lines, add.Paid = feed.Professional, []feed.Line{{Code: "Q9999", From: on, Allowed: amount}}, 0
		case 2:
			add.Setting, add.Lines, add.Paid = feed.Professional, []feed.Line{{Code: "99213", From: on, Allowed: amount, Diagnosis: "C50911"}}, 0
		case 3:
			add.Setting, excluded, setting = feed.SNF, false, SNF
		case 4:
			add.Setting, add.DRG, excluded, add.Thru = feed.Inpatient, "177", false, on
			for _, c := range p.Claims {
				if c.Setting == feed.Inpatient && on.Sub(c.Thru) <= 1 && on.Sub(c.Thru) >= 0 {
					return // it would be a transfer
				}
			}
			if cfg.Rules.drgs["177"] != nil {
				return
			}
		}
		if add.Setting == feed.Inpatient {
			for _, c := range p.Claims {
				if c.Setting == feed.Inpatient && on.Sub(c.Thru) >= 0 && on.Sub(c.Thru) <= 1 {
					return // it would be a transfer
				}
			}
		}
		p.Claims = append(p.Claims, add)
		for _, after := range New(cfg).Episodes(p) {
			if after.ID != e.ID {
				continue
			}
			want := e.Spend
			if !excluded {
				want[setting] += amount
			}
			if diff := cmp.Diff(want, after.Spend); diff != "" || after.Total != want.Total() || !after.Counts() {
				t.Fatalf("a claim of %s in %s:\n%s", amount, add.Setting, diff)
			}
			if excluded && after.Excluded != e.Excluded+amount {
				t.Fatalf("excluded %s after %s, added %s", after.Excluded, e.Excluded, amount)
			}
			return
		}
		t.Fatal("the episode is gone")
	})
}

// fuzz feeds a reader of a user's file: whatever it takes, it answers with an error that
// names the file, or with a value.
func fuzz(f *testing.F, seeds []string, read func(io.Reader) error) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := read(strings.NewReader(text)); err != nil && !strings.HasPrefix(err.Error(), "f.csv") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}

func FuzzHospitals(f *testing.F) {
	fuzz(f, []string{twoHospitals, "ccn,region\n", "region,ccn,discount\n1,980101,3.5\n", "\ufeffccn,region\n980101,9\n"}, func(r io.Reader) error {
		h, err := ReadHospitals(r, "f.csv")
		for ccn, x := range h {
			if len(ccn) != 6 || x.Discount > 10_000 {
				return fmt.Errorf("accepted %+v", x)
			}
		}
		return err
	})
}

func FuzzExclusions(f *testing.F) {
	fuzz(f, []string{"kind,code\ndrg,0012\nhcpcs,J7190\ndiagnosis,C50.911\n", "kind,code,from,to\ndrg,12,2026-01-01,2026-02-30\n"}, func(r io.Reader) error {
		_, err := ReadExclusions(r, "f.csv")
		return err
	})
}

func FuzzAmounts(f *testing.F) {
	fuzz(f, []string{"claim_id,kind,amount\n1,standardized,5\n", "claim_id,kind,amount\n1,pass-through,-5\n"}, func(r io.Reader) error {
		_, err := ReadAmounts(r, "f.csv")
		return err
	})
}

// FuzzPrices also prices an episode with whatever was read: no figure overflows.
func FuzzPrices(f *testing.F) {
	cfg := Config{Rules: rules(f, "TEAM", 2026), Hospitals: hospitals(f, twoHospitals)}
	p := person()
	p.Claims = []feed.Claim{stay(1, "980101", "470", "2026-03-01", "2026-03-04", 16000)}
	fuzz(f, []string{"region,type,price\n1,470,20000\n", "year,region,type,price,outlier_cap,normalization,final_normalization,trend,final_trend,post_mean,post_sd\n" +
		"2026,1,0470,99999999.99,1,0.2,5,5,0.2,,\n2026,1,*,,,,,,,12,3\n"}, func(r io.Reader) error {
		var err error
		if cfg.Prices, err = ReadPrices(r, "f.csv", 2026); err != nil {
			return err
		}
		b := New(cfg)
		if list := b.Episodes(p); len(list) != 1 || list[0].Price != nil && list[0].Price.Target < 0 {
			return fmt.Errorf("priced %+v", list)
		}
		a := NewAccount(cfg.Hospitals["980101"])
		a.Add(&b.out[0])
		_, err = cfg.Rules.Reconcile(a, nil, cfg.Prices, nil)
		return err
	})
}

func FuzzFactors(f *testing.F) {
	fuzz(f, []string{"category,variable,factor\n*,age_65,1.05\n", "category,variable,factor\n*,age_65,1\n*,age_65,2\n"}, func(r io.Reader) error {
		_, err := ReadFactors(r, "f.csv")
		return err
	})
}

func FuzzQuality(f *testing.F) {
	fuzz(f, []string{"ccn,measure,percentile\n980101,PSI 90,55.5\n", "ccn,measure,rate\n980101,PSI 90,0.9\n"}, func(r io.Reader) error {
		_, err := ReadQuality(r, "f.csv")
		return err
	})
}
