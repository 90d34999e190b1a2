// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// Risk is what adjusts an episode's price for the patient and the hospital (42 CFR
// 512.545(a), 510.301(a)). Variables are named as in the file of factors.
type Risk struct {
	// HCCs counts condition categories after hierarchies; -1 if they are not known.
	HCCs      int      `json:"hccs"`
	Age       int      `json:"age"`
	Variables []string `json:"variables,omitempty"`
	// Multiplier is the product of the factors in billionths; One without any.
	Multiplier int64 `json:"multiplier"`
	// Missing are variables without a factor: they adjust nothing.
	Missing []string `json:"missing,omitempty"`
}

// One is a multiplier of 1, in billionths.
const One int64 = 1_000_000_000

// Factors are the risk factors by category and variable, in millionths.
type Factors struct {
	name string
	by   map[[2]string]int64
}

// ReadFactors reads a csv with the columns category, variable and factor: a category of *
// is any. Variables are hcc_0 to hcc_4, age_0, age_65, age_75, age_85, economic_yes,
// economic_no, beds_0, beds_251, beds_501, beds_851, safety_net_yes, safety_net_no; a factor
// multiplies the price.
func ReadFactors(r io.Reader, name string) (*Factors, error) {
	f := &Factors{name, map[[2]string]int64{}}
	err := eachRow(r, name, []string{"category", "variable", "factor"}, nil, func(x []string) error {
		v, err := money.ParseScaled(x[2], 6)
		if err != nil {
			return err
		}
		if v < 200_000 || v > 5_000_000 {
			return fmt.Errorf("factor %s is not from 0.2 to 5", x[2])
		}
		key := [2]string{x[0], x[1]}
		if _, ok := f.by[key]; ok {
			return fmt.Errorf("%s of %s is listed twice", x[1], x[0])
		}
		f.by[key] = v
		return nil
	})
	return f, err
}

func (f *Factors) find(category, variable string) (int64, bool) {
	if f == nil {
		return 0, false
	}
	v, ok := f.by[[2]string{category, variable}]
	if !ok {
		v, ok = f.by[[2]string{"*", variable}]
	}
	return v, ok
}

// risk finds an episode's variables and multiplies their factors.
func (b *Builder) risk(p *feed.Beneficiary, e *Episode, t *trace.Trace) Risk {
	r := b.Rules
	x := Risk{HCCs: -1, Age: p.Birth.Age(e.Start), Multiplier: One}
	h := b.Hospitals[e.Hospital]
	if r.hccLevels > 0 {
		x.HCCs = b.conditions(p, e, t)
		if x.HCCs >= 0 {
			x.Variables = append(x.Variables, "hcc_"+strconv.Itoa(min(x.HCCs, r.hccLevels)))
		} else {
			x.Missing = append(x.Missing, "hcc")
		}
	}
	if r.ages != nil {
		x.Variables = append(x.Variables, "age_"+strconv.Itoa(bracket(r.ages, x.Age)))
	}
	if r.params["economic"].value == "yes" {
		x.Variables = append(x.Variables, "economic_"+yesNo(r.fullMedicaid[p.Dual]))
	}
	if r.beds != nil {
		if h.Beds > 0 {
			lows := make([]int, len(r.beds))
			for i, n := range r.beds {
				lows[i] = n + 1
			}
			x.Variables = append(x.Variables, "beds_"+strconv.Itoa(bracket(lows, h.Beds)))
		} else {
			x.Missing = append(x.Missing, "beds")
		}
	}
	if r.params["safety_net"].value == "yes" {
		if h.SafetyNet != "" {
			x.Variables = append(x.Variables, "safety_net_"+h.SafetyNet)
		} else {
			x.Missing = append(x.Missing, "safety_net")
		}
	}
	for _, v := range x.Variables {
		f, ok := b.Factors.find(e.Category, v)
		if !ok {
			x.Missing = append(x.Missing, v)
			continue
		}
		x.Multiplier = money.HalfUp(x.Multiplier, f, 1_000_000)
		if t.On() {
			t.Add(trace.Step{Name: "risk factor " + v, Result: string(money.AppendScaled(nil, f, 6)), Table: &trace.Row{Table: b.Factors.name, Version: "as loaded", Key: e.Category + ", " + v},
				Cite: r.params["final_price"].cite})
		}
	}
	if t.On() {
		s := trace.Step{Name: "risk adjustment", Result: string(money.AppendScaled(nil, x.Multiplier, 9)), Rounding: "half up to 9 decimals", Cite: r.params["final_price"].cite}
		if len(x.Missing) > 0 {
			s.Inputs, s.Unverified = []trace.Input{trace.In("without a factor", x.Missing)}, true
		}
		t.Add(s)
	}
	return x
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// bracket is the largest limit that n reaches, 0 if none.
func bracket(limits []int, n int) int {
	low := 0
	for _, l := range limits {
		if n >= l {
			low = l
		}
	}
	return low
}

// conditions counts the condition categories of the days before the anchor, from every
// diagnosis of inpatient, outpatient and professional claims; -1 without a model.
func (b *Builder) conditions(p *feed.Beneficiary, e *Episode, t *trace.Trace) int {
	if b.HCC == nil || p.Sex != 'F' && p.Sex != 'M' {
		return -1
	}
	before := span{e.Start.AddDays(-b.Rules.hccDays), e.Start.AddDays(-1)}
	b.diagnoses = b.diagnoses[:0]
	for _, c := range b.claims {
		if c.Setting != feed.Inpatient && c.Setting != feed.Outpatient && c.Setting != feed.Professional || !before.has(c.From) {
			continue
		}
		for _, dx := range c.Diagnoses {
			if !slices.Contains(b.diagnoses, dx) {
				b.diagnoses = append(b.diagnoses, dx)
			}
		}
	}
	slices.Sort(b.diagnoses)
	res, err := b.HCC.Score(&risk.Person{Age: p.Birth.Age(e.Start), Sex: p.Sex, Dual: p.Dual, OREC: p.OREC, Diagnoses: b.diagnoses}, &b.scratch, nil)
	if err != nil {
		return -1
	}
	if t.On() {
		t.Add(trace.Step{Name: "condition categories", Inputs: []trace.Input{trace.In("from", before.from), trace.In("to", before.to), trace.In(b.HCC.Name, res.HCCs)},
			Table: b.Rules.row("hcc_days_before"), Result: strconv.Itoa(len(res.HCCs)), Cite: b.Rules.params["hcc_days_before"].cite, Unverified: true})
	}
	return len(res.HCCs)
}
