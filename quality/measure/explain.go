// SPDX-License-Identifier: Apache-2.0

package measure

import "github.com/woodlawn-health/woodlawn/quality/elm"

// Explain tells how a population of the result came about.
func (r *Result) Explain(p *Criterion) (*elm.Explanation, error) {
	return r.run.Explain(r.Measure.unit, p.Expression)
}
