// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
)

// People read the counts in the narrative; a measure's title is no markup.
func TestNarrative(t *testing.T) {
	e, ms := load(t, proportionMeasure())
	ms[0].Title = `<script>"Share" & more</script>`
	tally := NewTally(ms[0])
	for _, labels := range [][]string{{"ip", "den", "num"}, {"ip", "den"}} {
		d, err := node.ParseResource(labelledPatient("p", labels))
		if err != nil {
			t.Fatal(err)
		}
		results, err := e.Evaluate(Request{Measures: ms, Period: year2026(t)}, d.Root())
		if err != nil {
			t.Fatal(err)
		}
		tally.Add(&results[0], false)
	}
	b, err := tally.SummaryReport(year2026(t), About{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := node.ParseResource(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, issue := range (&validate.Validator{}).Validate(d) {
		if issue.Severity != validate.Information {
			t.Errorf("%s", issue)
		}
	}
	const want = `<div xmlns="http://www.w3.org/1999/xhtml"><p>&lt;script&gt;&#34;Share&#34; &amp; more&lt;/script&gt;, 2026-01-01 to 2026-12-31 (summary)</p><table>` +
		`<tr><td>initial-population</td><td>2</td></tr><tr><td>denominator</td><td>2</td></tr><tr><td>denominator-exclusion</td><td>0</td></tr>` +
		`<tr><td>numerator</td><td>1</td></tr><tr><td>numerator-exclusion</td><td>0</td></tr><tr><td>denominator-exception</td><td>0</td></tr><tr><td>score</td><td>0.5</td></tr></table></div>`
	if got := d.Root().Get("text").Get("div").Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
