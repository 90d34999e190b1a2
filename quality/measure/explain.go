// SPDX-License-Identifier: Apache-2.0

package measure

import "github.com/woodlawn-health/woodlawn/quality/elm"

// Explain tells how a population of the result came about. With Request.Trace it names
// the resources that decided, too.
func (r *Result) Explain(p *Criterion) (*elm.Explanation, error) {
	return r.run.Explain(r.unit, p.Expression)
}

// Highlight gives the CQL behind a population, with what became of every clause. The
// result must come of a Request with Trace.
func (r *Result) Highlight(p *Criterion) ([]elm.Highlighted, error) {
	return r.run.Highlight(r.unit, p.Expression)
}
