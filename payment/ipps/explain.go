// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/trace"
)

// step adds a step to the trace. param, if any, is the parameter behind it. Call
// it only while the trace is on.
func (c *calc) step(name, result, cite, param, format string, args ...any) {
	c.t.Add(trace.Step{Name: name, Result: result, Cite: cite, Formula: fmt.Sprintf(format, args...)})
	if param != "" {
		row, verified := c.parameters.row(param)
		c.lastStep().Table, c.lastStep().Unverified = row, !verified
	}
}

// stepRow adds a step that read a row of a table.
func (c *calc) stepRow(name, result, cite string, row *trace.Row, formula string) {
	c.t.Add(trace.Step{Name: name, Result: result, Cite: cite, Table: row, Formula: formula, Unverified: !c.tableVerified(row.Table)})
}

func (c *calc) lastStep() *trace.Step { return &c.t.Steps[len(c.t.Steps)-1] }

// rounded names the rounding of the last step.
func (c *calc) rounded(how string) { c.lastStep().Rounding = how }

// mark says of the last step whether a parameter behind it was checked.
func (c *calc) mark(param string) {
	if _, verified := c.parameters.row(param); !verified {
		c.lastStep().Unverified = true
	}
}

// use notes that the payment rests on a parameter that not every payment uses.
func (c *calc) use(param string) {
	if row, ok := c.parameters.find(param); ok && !row.verified {
		c.out.Unverified = true
	}
}

func (y *year) tableVerified(id string) bool {
	meta, ok := y.meta[id]
	return ok && meta.Verified
}

// sometimes are the prefixes of parameters that only some payments use.
var sometimes = []string{"transfer.", "discharge.", "bill.", "hsp.", "nctap.", "car_t.", "covid.", "islet.", "wage_index.rural_floor"}

// findUnverified tells whether a figure behind every payment of the year was not
// checked against CMS's publication.
func (y *year) findUnverified() bool {
	for _, id := range []string{"ipps.drg", "ipps.wageindex", "ipps.rates"} {
		if !y.tableVerified(id) {
			return true
		}
	}
next:
	for name, rows := range y.parameters.rows {
		for _, prefix := range sometimes {
			if strings.HasPrefix(name, prefix) {
				continue next
			}
		}
		for _, r := range rows {
			if !r.verified {
				return true
			}
		}
	}
	return false
}

// factors prints " x f" for every factor that is not 1.
func factors(list ...decimal) string {
	var b strings.Builder
	for _, f := range list {
		if f.cmp(one) != 0 {
			b.WriteString(" x " + f.String())
		}
	}
	return b.String()
}

func when(cond bool, text string) string {
	if cond {
		return text
	}
	return ""
}

func (c *calc) rateTableWords() string {
	return when(c.p.Quality == "1", "quality data submitted") + when(c.p.Quality != "1", "no quality data") +
		when(c.p.EHRReduction == "Y", ", no meaningful EHR user") +
		when(c.wageIndex.cmp(one) > 0, ", wage index above 1") + when(c.wageIndex.cmp(one) <= 0, ", wage index not above 1")
}

// explainResult ends the trace with the sum and the return code.
func (c *calc) explainResult() {
	o := &c.out
	meaning := returnCodes[o.ReturnCode]
	if !o.Paid() {
		c.t.Add(trace.Step{Name: "Return code " + o.ReturnCode, Result: "not paid: " + meaning})
		return
	}
	var parts []string
	for _, part := range []struct {
		name   string
		amount fmt.Stringer
		zero   bool
	}{
		{"federal operating", o.OperatingFSP, o.OperatingFSP == 0}, {"hospital-specific", o.OperatingHSP, o.OperatingHSP == 0},
		{"teaching", o.OperatingIME, o.OperatingIME == 0}, {"disproportionate share", o.OperatingDSH, o.OperatingDSH == 0},
		{"operating outlier", o.OperatingOutlier, o.OperatingOutlier == 0}, {"capital", o.CapitalTotal, o.CapitalTotal == 0},
		{"uncompensated care", o.UncompensatedCare, o.UncompensatedCare == 0}, {"new technology", o.NewTechnology, o.NewTechnology == 0},
		{"low volume", o.LowVolume, o.LowVolume == 0}, {"readmissions", o.HRRAdjustment, o.HRRAdjustment == 0},
		{"value-based purchasing", o.VBPAdjustment, o.VBPAdjustment == 0}, {"hospital-acquired conditions", o.HACReduction, o.HACReduction == 0},
		{"islet cells", o.Islet, o.Islet == 0},
	} {
		if !part.zero {
			parts = append(parts, part.amount.String()+" "+part.name)
		}
	}
	c.t.Add(trace.Step{Name: "Total payment", Result: o.TotalPayment.String(), Formula: strings.Join(parts, " + "), Cite: "42 CFR 412.2",
		Inputs: []trace.Input{trace.In("return code", o.ReturnCode+", "+meaning)}})
	if o.PassThrough > 0 {
		c.t.Add(trace.Step{Name: "Pass-through, beside the total", Result: o.PassThrough.String(), Cite: "42 CFR 412.113",
			Formula: fmt.Sprintf("%s a day x %d covered days", c.p.PassThroughTotal, c.b.CoveredDays)})
	}
}

// returnCodes are the meanings of the return codes.
var returnCodes = map[string]string{
	"00": "paid, stay shorter than the geometric mean", "02": "paid with cost outlier", "03": "transfer paid by the day",
	"05": "transfer with cost outlier", "06": "transfer paid by the day, no outlier", "10": "post-acute transfer, special payment",
	"12": "post-acute transfer paid by the day", "14": "paid", "16": "paid with cost outlier",
	"30": "paid, flagged for outlier reconciliation", "33": "transfer paid by the day, flagged for outlier reconciliation",
	"40": "post-acute transfer, special payment, flagged for outlier reconciliation",
	"42": "post-acute transfer paid by the day, flagged for outlier reconciliation", "44": "paid, flagged for outlier reconciliation",
	"51": "no provider record", "52": "no wage index, or provider type no longer valid", "53": "waiver state, or HAC reduction outside its states",
	"54": "DRG without weight", "55": "discharge outside the provider record's dates", "56": "invalid length of stay",
	"57": "invalid review code", "58": "charges not numeric", "61": "invalid lifetime reserve days", "62": "invalid covered days",
	"65": "invalid capital pay code, readmissions data or EHR indicator", "67": "cost outlier, but covered days end before the stay",
	"68": "invalid value-based purchasing data",
}

// Meaning says in words what a return code means.
func Meaning(returnCode string) string { return returnCodes[returnCode] }
