// SPDX-License-Identifier: Apache-2.0

package submission

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
)

// codes are the population codes of QRDA.
var codes = map[measure.Role]string{measure.InitialPopulation: "IPOP", measure.Denominator: "DENOM", measure.DenominatorExclusion: "DENEX",
	measure.DenominatorException: "DENEXCEP", measure.Numerator: "NUMER", measure.NumeratorExclusion: "NUMEX",
	measure.Population: "MSRPOPL", measure.PopulationExclusion: "MSRPOPLEX"}

// methods are the aggregate methods of QRDA (HL7 ObservationMethod).
var methods = map[string]string{"sum": "SUM", "average": "AVERAGE", "avg": "AVERAGE", "count": "COUNT", "median": "MEDIAN",
	"min": "MIN", "minimum": "MIN", "max": "MAX", "maximum": "MAX", "": "SUM"}

var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// Result is a measure's result as a report says it. The year decides the codes of the sex.
// Names, if not nil, are CMS's own identifiers; without them those of the FHIR measure
// stand, which must be UUIDs.
func Result(t *measure.Tally, s *Tally, year int, names *Names) (qrda.MeasureResult, error) {
	m := t.Measure
	r := qrda.MeasureResult{ID: m.IDs["version-specific"], SetID: m.IDs["version-independent"], Title: m.Title}
	own, err := names.of(m)
	if err != nil {
		return r, err
	}
	if own != nil {
		r.ID, r.SetID, r.Title = own.UUID, "", own.Title
	}
	if r.ID == "" {
		return r, fmt.Errorf("measure %s has no version-specific identifier, which a report needs", m.Label())
	}
	if len(t.Groups) == 0 {
		return r, fmt.Errorf("measure %s is a composite: QRDA reports its components", m.Label())
	}
	for i := range t.Groups {
		if err := addGroup(&r, &t.Groups[i], s.groups[i], year, own.group(i)); err != nil {
			return r, fmt.Errorf("measure %s, group %d: %w", m.Label(), i+1, err)
		}
	}
	return r, nil
}

func addGroup(r *qrda.MeasureResult, g *measure.GroupTally, s []supplements, year int, own *stratumIDs) error {
	at := map[int]int{} // place in the group to place in the report
	for k, p := range g.Group.Populations {
		code := codes[p.Role]
		if code == "" {
			continue
		}
		pop := qrda.Population{Code: code, ID: own.population(code, p.ID), Count: g.Counts[k],
			Sex: tallies(s[k].sex, sexes), Race: tallies(s[k].race, races), Ethnicity: tallies(s[k].ethnicity, ethnicities), Payer: tallies(s[k].payer, payers)}
		if !uuid.MatchString(pop.ID) {
			return fmt.Errorf("population %s has the identifier %q, which is no UUID", p.Role, pop.ID)
		}
		if year >= 2026 {
			for i := range pop.Sex {
				pop.Sex[i].Code = federalSex[pop.Sex[i].Code]
			}
		}
		pop.Strata = strata(g, k, own)
		at[k] = len(r.Populations)
		r.Populations = append(r.Populations, pop)
	}
	for k, p := range g.Group.Populations {
		if p.Role != measure.Observation {
			continue
		}
		to := g.Group.Observes(k)
		if _, ok := at[to]; !ok {
			continue
		}
		method, ok := methods[strings.ToLower(p.Aggregate)]
		if !ok {
			return fmt.Errorf("observations are aggregated by %q, which QRDA does not know", p.Aggregate)
		}
		value, ok := g.ObservedAt(k)
		if !ok {
			continue // nothing was observed
		}
		millionths, err := scaled(value)
		if err != nil {
			return err
		}
		r.Populations[at[to]].Observed = &qrda.Observed{ID: p.ID, Method: method, Value: millionths, Unit: "1"}
	}
	if g.Group.Scoring == measure.Proportion {
		for k, p := range g.Group.Populations {
			if p.Role == measure.Numerator {
				r.Rates = append(r.Rates, qrda.PerformanceRate(own.population("NUMER", p.ID), g.Counts[k]-g.Count(measure.NumeratorExclusion),
					g.Count(measure.Denominator), g.Count(measure.DenominatorExclusion), g.Count(measure.DenominatorException)))
				break
			}
		}
	}
	return nil
}

// strata are the counts of those for whom a stratifier is true.
func strata(g *measure.GroupTally, k int, own *stratumIDs) []qrda.Stratum {
	var list []qrda.Stratum
	for i, s := range g.Group.Stratifiers {
		id := own.stratum(i, s.ID)
		if !uuid.MatchString(id) || len(s.Components) > 0 {
			continue
		}
		n := 0
		if st := g.Strata[i]["true"]; st != nil {
			n = st.Counts[k]
		}
		list = append(list, qrda.Stratum{ID: id, Count: n})
	}
	return list
}

// scaled is a decimal in millionths, rounded half away from zero.
func scaled(d elm.Decimal) (int64, error) {
	v, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return 0, fmt.Errorf("%s is no number", d)
	}
	v.Mul(v, big.NewRat(1_000_000, 1))
	half := big.NewRat(1, 2)
	if v.Sign() < 0 {
		half.Neg(half)
	}
	v.Add(v, half)
	n := new(big.Int).Quo(v.Num(), v.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("%s is too large for a report", d)
	}
	return n.Int64(), nil
}
