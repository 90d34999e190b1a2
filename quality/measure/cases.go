// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Case is a test case: a patient's data with the MeasureReport that is expected.
type Case struct {
	Name, Description string
	Data              []node.Node
	Expected          node.Node
	Period            Period
}

// ParseCase reads a bundle that has one MeasureReport among the patient's resources.
func ParseCase(src []byte) (*Case, error) {
	doc, err := node.ParseResource(src)
	if err != nil {
		return nil, err
	}
	c := &Case{Name: doc.Root().Get("meta").Get("tag").At(0).Get("code").Text()}
	if c.Name == "" {
		c.Name = doc.Root().ID()
	}
	for _, r := range resources(doc.Root(), nil) {
		if r.ResourceType() != "MeasureReport" {
			c.Data = append(c.Data, r)
			continue
		}
		if c.Expected.Exists() {
			return nil, fmt.Errorf("case %s has more than one MeasureReport", c.Name)
		}
		c.Expected = r
	}
	if !c.Expected.Exists() {
		return nil, fmt.Errorf("case %s has no MeasureReport to compare with", c.Name)
	}
	c.Description = c.Expected.Extension(cqfm + "testCaseDescription").Get("valueMarkdown").Text()
	p := c.Expected.Get("period")
	c.Period, err = ParsePeriod(p.Get("start").Text(), p.Get("end").Text())
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.Name, err)
	}
	return c, nil
}

// Mismatch is one count that is not the expected one.
type Mismatch struct {
	Group      int // from 0
	Role       string
	Expected   string
	Got        string
	Criterion  *Criterion // nil if the measure has no such population
	Definition string     // what decided
}

func (m Mismatch) String() string {
	return fmt.Sprintf("group %d %s: expected %s, got %s", m.Group+1, m.Role, m.Expected, m.Got)
}

// Compare lists where a result differs from a case's expectation.
func (c *Case) Compare(res *Result) []Mismatch {
	var list []Mismatch
	i := 0
	for g := range c.Expected.Get("group").Items() {
		if i >= len(res.Groups) {
			list = append(list, Mismatch{Group: i, Role: "group", Expected: "a group", Got: "none"})
			break
		}
		list = append(list, compareGroup(i, g, &res.Groups[i])...)
		i++
	}
	if i < len(res.Groups) {
		list = append(list, Mismatch{Group: i, Role: "group", Expected: "no group", Got: "a group"})
	}
	return list
}

func compareGroup(index int, expected node.Node, got *GroupResult) []Mismatch {
	var list []Mismatch
	observations := map[string][]string{} // as expected, by the population's code
	for p := range expected.Get("population").Items() {
		role := code(p.Get("code"))
		count := p.Get("count").Text()
		if strings.HasSuffix(role, "observation") {
			observations[role] = append(observations[role], canonicalNumber(count))
			continue
		}
		pr := got.population(Role(role))
		switch {
		case pr == nil:
			list = append(list, Mismatch{Group: index, Role: role, Expected: count, Got: "no such population"})
		case fmt.Sprint(pr.Count) != count:
			list = append(list, Mismatch{Group: index, Role: role, Expected: count, Got: fmt.Sprint(pr.Count),
				Criterion: pr.Criterion, Definition: pr.Criterion.Expression})
		}
	}
	for _, pr := range got.Populations {
		if pr.Criterion.Role != Observation {
			continue
		}
		name := observationName(got.Group, pr.Criterion)
		want := observations[name]
		delete(observations, name)
		have := make([]string, len(pr.Observations))
		for i, v := range pr.Observations {
			have[i] = canonicalNumber(elm.Text(v))
		}
		sort.Strings(want)
		sort.Strings(have)
		if strings.Join(want, " ") != strings.Join(have, " ") {
			list = append(list, Mismatch{Group: index, Role: name, Expected: "[" + strings.Join(want, " ") + "]",
				Got: "[" + strings.Join(have, " ") + "]", Criterion: pr.Criterion, Definition: pr.Criterion.Expression})
		}
	}
	for name, want := range observations {
		list = append(list, Mismatch{Group: index, Role: name, Expected: "[" + strings.Join(want, " ") + "]", Got: "no such population"})
	}
	return list
}

// observationName is how test cases code an observation: by the population that it
// observes.
func observationName(g *Group, p *Criterion) string {
	target := g.observed(p)
	if target == nil {
		return string(Observation)
	}
	return string(target.Role) + "-observation"
}

func (g *GroupResult) population(role Role) *PopulationResult {
	for i := range g.Populations {
		if g.Populations[i].Criterion.Role == role {
			return &g.Populations[i]
		}
	}
	return nil
}

// canonicalNumber writes 3, 3.0 and 3.00 alike.
func canonicalNumber(s string) string {
	if d, ok := elm.ParseDecimal(s); ok {
		s = d.String()
		s = strings.TrimRight(s, "0")
		return strings.TrimSuffix(s, ".")
	}
	return s
}
