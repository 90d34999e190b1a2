// SPDX-License-Identifier: Apache-2.0

package puf

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/benchmark"
	"github.com/woodlawn-health/woodlawn/vbc/settlement"
)

// Check compares one published figure with the computed one. Values are in units of
// 10^-Scale.
type Check struct {
	Name      string
	Computed  int64
	Published int64
	Tolerance int64 // what the printed digits leave open
	Scale     uint8
	OK        bool
}

// Replay is one ACO-year settled anew.
type Replay struct {
	Row    *Row
	Track  settlement.Track
	Result settlement.Result
	Checks []Check
	// Reproduced tells that every published figure agrees; Reason names the first that
	// does not.
	Reproduced bool
	Reason     string
	// Notes say what the file leaves open and how it was read.
	Notes []string
}

// Replayer settles the rows of a file.
type Replayer struct {
	file  *File
	cat   *refdata.Catalog
	rules map[int]*settlement.Rules
}

// NewReplayer prepares the replay of a file.
func NewReplayer(f *File, cat *refdata.Catalog) *Replayer {
	return &Replayer{file: f, cat: cat, rules: map[int]*settlement.Rules{}}
}

// Replay settles one row. It fails if the year's rules are not loaded or if the row's
// inputs can't be settled.
func (rp *Replayer) Replay(row *Row, t *trace.Trace) (*Replay, error) {
	rules := rp.rules[row.Year]
	if rules == nil {
		var err error
		if rules, err = settlement.Load(rp.cat, row.Year); err != nil {
			return nil, err
		}
		rp.rules[row.Year] = rules
	}
	out := &Replay{Row: row, Track: row.Track}
	in := rp.inputs(out, rules)
	res, err := settlement.Settle(in, rules, t)
	if err != nil {
		return nil, fmt.Errorf("line %d, %s %d: %w", row.Line, row.ID(), row.Year, err)
	}
	out.Result = res
	rp.compare(out, in, rules)
	return out, nil
}

// inputs reads the settlement's inputs off a row, and notes what it had to infer.
func (rp *Replayer) inputs(out *Replay, rules *settlement.Rules) settlement.Inputs {
	row := out.Row
	in := settlement.Inputs{Track: row.Track, TrackYear: row.AgreementYear, Months: row.months, Assigned: int(row.assigned.value),
		Benchmark: money.Cents(row.benchmark.value), Expenditures: money.Cents(row.expenditures.value),
		QualityScore: settlement.Rate(row.score.value), Disaster: money.Cents(-row.disaster.value)}
	if row.AgreementPeriod > 1 {
		in.TrackYear = max(in.TrackYear, 3)
	}
	variable, known := rules.VariableMSR(in.Assigned)
	isVariable := known && within(int64(variable), row.msr.value, rp.half(row.Year, "minsavperc", 9))
	if in.Track == "" {
		in.Track = "Track 1"
		if row.msr.known && !isVariable {
			in.Track = "Track 2"
		}
		out.Track = in.Track
		out.Notes = append(out.Notes, fmt.Sprintf("the file of %d has no track; its minimum savings rate is that of %s", row.Year, in.Track))
	}
	if two, _ := rules.TwoSided(in.Track); two && row.msr.known && !isVariable {
		in.MSRIsFixed, in.FixedMSR = true, settlement.Rate(row.msr.value)
	}
	met := row.qualityMet.value == 1
	if !row.qualityMet.known {
		met = row.finalRate.value > 0
		out.Notes = append(out.Notes, fmt.Sprintf("the file of %d does not print the quality gate; it is read off the final sharing rate", row.Year))
	}
	if met {
		in.Quality = settlement.QualityMet
	}
	if !row.score.known {
		in.QualityScore = settlement.Whole
		out.Notes = append(out.Notes, "no quality score is printed: complete reporting gives the maximum rate (first performance year)")
	}
	if row.months == 6 {
		out.Notes = append(out.Notes, "performance period of six months in 2019")
	}
	return in
}

// dollar is half a dollar in cents and a cent for the rounding of the computed figure:
// CMS prints whole dollars.
const dollar = 51

// leastDigits are the decimals that CMS prints rates with at least; a small file whose
// figures all end in zeros would suggest fewer.
var leastDigits = map[string]int{"qualscore": 4, "minsavperc": 4, "sav_rate": 4, "finalsharerate": 2}

// half is half a unit of the last digit that a year's column of rates was printed with,
// in units of 10^-scale, and one unit more for the rounding of the computed figure.
func (rp *Replayer) half(year int, column string, scale int) int64 {
	digits := max(rp.file.precision[yearColumn{year, column}], leastDigits[column])
	if digits >= scale {
		return 1
	}
	return money.Pow10(scale-digits)/2 + 1
}

func within(a, b, tolerance int64) bool { return a-b <= tolerance && b-a <= tolerance }

// add notes a check if the figure was published.
func (out *Replay) add(name string, computed int64, published figure, tolerance int64, scale uint8) {
	if !published.known {
		return
	}
	c := Check{Name: name, Computed: computed, Published: published.value, Tolerance: tolerance, Scale: scale}
	if c.OK = within(c.Computed, c.Published, c.Tolerance); !c.OK && out.Reason == "" {
		out.Reason = fmt.Sprintf("%s: computed %s, published %s", name, c.text(computed), c.text(c.Published))
	}
	out.Checks = append(out.Checks, c)
}

// ComputedText and PublishedText print the figures with the decimals of their scale.
func (c *Check) ComputedText() string { return c.text(c.Computed) }

// PublishedText is the figure as CMS printed it.
func (c *Check) PublishedText() string { return c.text(c.Published) }

func (c *Check) text(v int64) string { return string(money.AppendScaled(nil, v, int(c.Scale))) }

// compare holds the computed figures against the published ones.
func (rp *Replayer) compare(out *Replay, in settlement.Inputs, rules *settlement.Rules) {
	row, res := out.Row, &out.Result
	const difference = 2 * dollar // benchmark and expenditures are rounded each
	out.add("benchmark less expenditures", int64(res.Difference), row.difference, difference+dollar, 2)
	open := money.HalfUp(difference, int64(settlement.Whole), row.benchmark.value)
	rateOpen := rp.half(row.Year, "sav_rate", 9)
	if row.rate.exponent && row.rate.decimals > 0 && row.rate.decimals < 9 {
		rateOpen = money.Pow10(9-row.rate.decimals)/2 + 1
	}
	out.add("savings rate", int64(res.Rate), row.rate, rateOpen+open, 9)
	out.add("minimum savings rate", int64(res.MSR), row.msr, rp.half(row.Year, "minsavperc", 9), 9)
	if row.printsTotal() {
		total, slack := benchmark.Total(money.Cents(row.perCapita.value), row.personYears.value, row.months)
		out.add("updated benchmark x person years", int64(total), row.benchmark, int64(slack), 2)
	}
	scoreHalf := rp.half(row.Year, "qualscore", 9)
	rateHalf := rules.MaxShare(in.Track)
	if rules.Quality != settlement.ScoreScales || !row.score.known {
		scoreHalf, rateHalf = 0, 0
	}
	rateSlack := money.HalfUp(scoreHalf, int64(rateHalf), int64(settlement.Whole))
	out.add("final sharing rate", int64(res.FinalRate), row.finalRate, rateSlack+rp.half(row.Year, "finalsharerate", 9), 9)
	generated := int64(res.Generated)
	if two, _ := rules.TwoSided(in.Track); !two && row.generated.value < 0 {
		generated = int64(res.Difference) // some years print what a one-sided ACO does not owe
	}
	out.add("generated savings or losses", generated, row.generated, difference+dollar, 2)
	earnedSlack := difference + dollar + money.HalfUp(abs(int64(res.Generated)), rateSlack, int64(settlement.Whole))
	out.add("earned savings or losses", int64(res.Earned), row.earned, earnedSlack, 2)
	out.Reproduced = out.Reason == ""
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
