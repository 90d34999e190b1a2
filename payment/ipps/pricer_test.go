// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

var testPricer = sync.OnceValue(func() *Pricer { return New(refdata.Embedded()) })

// anyBill draws a plausible bill and record of FY 2026.
func anyBill(t *rapid.T) (*Bill, *ProviderRecord) {
	p := guideRecord("459904", rapid.SampledFrom([]string{"26420", "12420", "   45", "42644"}).Draw(t, "area"), "45")
	p.ProviderType = rapid.SampledFrom([]string{"00", "07", "14", "16", "22"}).Draw(t, "type")
	p.Beds = rapid.Int64Range(10, 900).Draw(t, "beds")
	p.OperatingCCR = rapid.Int64Range(0, 900).Draw(t, "ccr")
	p.CapitalCCR = rapid.Int64Range(0, 90).Draw(t, "capital ccr")
	p.InternToBedRatio = rapid.Int64Range(0, 9000).Draw(t, "interns")
	p.CapitalIMERatio = rapid.Int64Range(0, 20000).Draw(t, "capital interns")
	p.SSIRatio = rapid.Int64Range(0, 5000).Draw(t, "ssi")
	p.MedicaidRatio = rapid.Int64Range(0, 5000).Draw(t, "medicaid")
	p.HospitalSpecificRate = money.Cents(rapid.Int64Range(0, 2_000_000).Draw(t, "hsp"))
	p.UncompensatedCare = money.Cents(rapid.Int64Range(0, 300_000).Draw(t, "ucc"))
	b := &Bill{ReviewCode: rapid.SampledFrom([]string{"00", "03", "06", "07", "09", "11"}).Draw(t, "review"),
		DRG:          rapid.SampledFrom([]string{"001", "039", "190", "291", "470", "521", "789", "871", "927"}).Draw(t, "drg"),
		LengthOfStay: rapid.IntRange(0, 60).Draw(t, "los"), Discharge: civil.Of(2026, 1, 15),
		CoveredCharges: money.Cents(rapid.Int64Range(0, 999_999_999).Draw(t, "charges"))}
	b.CoveredDays = b.LengthOfStay
	return b, p
}

func mustPrice(t *rapid.T, b *Bill, p *ProviderRecord, tr *trace.Trace) Payment {
	pay, err := testPricer().Price(b, p, tr)
	if err != nil {
		t.Fatal(err)
	}
	return pay
}

// A trace changes nothing, ends in the result, and every figure of a step has its
// source or its formula.
func TestTraceTellsTheSameStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, p := anyBill(t)
		tr := trace.New()
		with, without := mustPrice(t, b, p, tr), mustPrice(t, b, p, nil)
		if with != without {
			t.Fatalf("with a trace %+v, without %+v", with, without)
		}
		last := tr.Steps[len(tr.Steps)-1]
		if with.Paid() && last.Result != with.TotalPayment.String() {
			t.Fatalf("the trace ends in %q, the total is %s", last.Result, with.TotalPayment)
		}
		for _, s := range tr.Steps {
			if s.Formula == "" && s.Table == nil && s.Name != "Cost outlier" && !strings.HasPrefix(s.Name, "Return code") {
				t.Fatalf("step %q has neither formula nor table", s.Name)
			}
			if strings.Contains(s.Formula, "%!") {
				t.Fatalf("step %q: %s", s.Name, s.Formula)
			}
		}
	})
}

// More charges never pay less, and add at most the marginal share of their cost.
func TestChargesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, p := anyBill(t)
		p.ProviderType = "00"
		low := mustPrice(t, b, p, nil)
		more := money.Cents(rapid.Int64Range(1, 100_000_000).Draw(t, "more"))
		b.CoveredCharges += more
		high := mustPrice(t, b, p, nil)
		gain := high.TotalPayment - low.TotalPayment
		limit := int64(more)*(p.OperatingCCR+p.CapitalCCR)/1000*9/10 + 2
		if gain < 0 || int64(gain) > limit {
			t.Fatalf("%s more charges pay %s more, at most %d cents", more, gain, limit)
		}
	})
}

// A transferred stay pays no more without outlier than the same stay discharged home.
func TestTransferNeverPaysMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, p := anyBill(t)
		p.ProviderType = "00"
		for _, review := range []string{"06", "11"} {
			b.ReviewCode = review
			moved := mustPrice(t, b, p, nil)
			b.ReviewCode = "07"
			if home := mustPrice(t, b, p, nil); moved.TotalPayment > home.TotalPayment {
				t.Fatalf("review code %s pays %s, home %s", review, moved.TotalPayment, home.TotalPayment)
			}
		}
	})
}

// A sole community hospital never gets less than the same hospital without the status.
func TestHospitalSpecificRateNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, p := anyBill(t)
		p.CBSAGeographic, p.Beds, p.SSIRatio, p.MedicaidRatio = "26420", 400, 0, 0 // no cap of the type
		p.ProviderType = "16"
		own := mustPrice(t, b, p, nil)
		p.ProviderType = "00"
		if federal := mustPrice(t, b, p, nil); own.TotalPayment < federal.TotalPayment {
			t.Fatalf("with the status %s, without %s", own.TotalPayment, federal.TotalPayment)
		}
	})
}

func TestMissingTablesAreAnswered(t *testing.T) {
	p := guideRecord("459904", "26420", "45")
	b := &Bill{ReviewCode: "00", DRG: "291", LengthOfStay: 3, CoveredDays: 3, Discharge: civil.Of(2023, 5, 1)}
	var missing *refdata.NotLoadedError
	if _, err := testPricer().Price(b, p, nil); !errors.As(err, &missing) {
		t.Errorf("FY 2023 gives %v", err)
	}
	if _, err := testPricer().Price(&Bill{}, p, nil); err == nil {
		t.Error("a bill without discharge date was priced")
	}
	b.Discharge = civil.Of(2026, 5, 1)
	for name, set := range map[string]func(){
		"FY2026 car_t.factor":                  func() { b.DRG, b.Diagnoses = "018", []string{"C8330", "Z006"} },
		"FY2026 rule of new technology RECELL": func() { b.DRG, b.Procedures = "904", []string{"0HR0X72"} },
		"FY2026 islet.one and islet.more":      func() { b.DRG, b.Diagnoses, b.Procedures = "637", []string{"E1010", "Z006"}, []string{"3E033U1"} },
	} {
		b.Diagnoses, b.Procedures = nil, nil
		set()
		_, err := testPricer().Price(b, p, nil)
		var m *MissingError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewTechnologyRules(t *testing.T) {
	for _, c := range []struct {
		name       string
		procedures []string
		diagnoses  []string
		want       string // add-on at very high charges
	}{
		{"one code", []string{"X2H63V9"}, nil, "10725.00"},                            // AVEIR leadless, atrial alone
		{"both codes", []string{"X2H63V9", "X2HK3V9"}, nil, "15600.00"},               // AVEIR both chambers
		{"diagnosis missing", []string{"XW033K9"}, []string{"Y95"}, "0.00"},           // XACDURO
		{"first pair", []string{"XW033K9"}, []string{"J1561", "Y95"}, "13680.00"},     // XACDURO
		{"second pair", []string{"XW043K9"}, []string{"J95851", "B9683"}, "13680.00"}, // XACDURO
		{"crossed pairs", []string{"XW043K9"}, []string{"J95851", "Y95"}, "0.00"},
		{"two technologies", []string{"X2H63V9", "XW053T9", "5A1C00Z"}, nil, "129350.00"},
	} {
		p := guideRecord("459904", "26420", "45")
		p.OperatingCCR = 900
		b := &Bill{ReviewCode: "07", DRG: "291", LengthOfStay: 3, CoveredDays: 3, Discharge: civil.Of(2026, 5, 1),
			CoveredCharges: 900_000_00, Procedures: c.procedures, Diagnoses: c.diagnoses}
		pay, err := testPricer().Price(b, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if pay.NewTechnology.String() != c.want {
			t.Errorf("%s: add-on %s, want %s", c.name, pay.NewTechnology, c.want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	pricer := New(refdata.Embedded())
	var group sync.WaitGroup
	totals := make([]money.Cents, 16)
	for i := range totals {
		group.Go(func() {
			p := guideRecord("459904", "26420", "45")
			b := &Bill{ReviewCode: "00", DRG: "291", LengthOfStay: 3, CoveredDays: 3, Discharge: civil.Of(2026, 5, 1+i%4), CoveredCharges: 100_000_00}
			pay, err := pricer.Price(b, p, nil)
			if err == nil {
				totals[i] = pay.TotalPayment
			}
		})
	}
	group.Wait()
	for _, total := range totals {
		if total == 0 || total != totals[0] {
			t.Fatalf("totals %v", totals)
		}
	}
}

func BenchmarkPrice(b *testing.B) {
	p := guideRecord("509902", "42644", "50")
	p.Beds, p.OperatingCCR, p.CapitalCCR, p.InternToBedRatio, p.CapitalIMERatio = 640, 310, 28, 4200, 3900
	p.SSIRatio, p.MedicaidRatio, p.UncompensatedCare = 1350, 3120, 81245
	bill := &Bill{ReviewCode: "00", DRG: "870", LengthOfStay: 34, CoveredDays: 34, Discharge: civil.Of(2025, 12, 19),
		CoveredCharges: 89000000, Diagnoses: []string{"A419", "R6521", "J9601", "N179", "E872"}, Procedures: []string{"5A1955Z", "0BH17EZ", "02HV33Z"}}
	pricer := testPricer()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pricer.Price(bill, p, nil); err != nil {
			b.Fatal(err)
		}
	}
}
