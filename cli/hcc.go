// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"fmt"

	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

type hccCmd struct {
	File    string `arg:"" help:"JSON lines, plain or gzip; - is standard input."`
	Model   string `help:"Model for lines that name none." default:"CMS-HCC V28"`
	Year    int    `help:"Payment year for lines that name none." default:"2026"`
	Explain bool   `help:"Show how each score came about (with --format json inside each line)."`
}

// Help is the long help.
func (hccCmd) Help() string {
	return `Scores one person a line with CMS's risk adjustment models. A line is a JSON object with
id, model, payment_year, age, sex, dual_code, orec, lti, new_enrollee, snp, low_income, esrd
(dialysis, transplant, graft), graft_months, segment (to override) and dx, a list of ICD-10-CM
codes. Each line is answered by one line in the same order: risk_score, hccs after hierarchies,
and terms, the addends of the score. A line that can't be scored is answered with an error, and
the exit code is 1.`
}

func (c hccCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	in, closeIn, err := a.open(c.File)
	if err != nil {
		return err
	}
	defer closeIn()
	answers := &risk.Answers{Catalog: cat, Model: c.Model, Year: c.Year, Explain: c.Explain, ExplainText: c.Explain && a.Format != "json"}
	out := bufio.NewWriterSize(a.Out, 256<<10)
	lines, rejects, err := eachLine(in, out, func() lineFunc { return answers.Scorer().Line })
	if flushErr := out.Flush(); err == nil && flushErr != nil {
		return &ExitError{ExitInternal, flushErr}
	}
	if err != nil {
		return err
	}
	if rejects > 0 {
		return &ExitError{ExitRejects, fmt.Errorf("%d of %d lines could not be scored; their answers say why", rejects, lines)}
	}
	return nil
}
