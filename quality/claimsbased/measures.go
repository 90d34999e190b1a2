// SPDX-License-Identifier: Apache-2.0

// Package claimsbased evaluates the quality measures that clinicians report with
// quality-data codes on their claims, straight from the claims. The measures come
// from CMS's single-source file, which the user brings: it names CPT codes.
package claimsbased

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Outcome is what a quality-data code says of an instance.
type Outcome uint8

// The outcomes. Unreported means that no quality-data code was billed.
const (
	Unreported Outcome = iota
	Met
	NotMet
	Exception
	Exclusion
)

var outcomes = map[string]Outcome{"performanceMet": Met, "performanceNotMet": NotMet,
	"eligiblePopulationException": Exception, "eligiblePopulationExclusion": Exclusion}

func (o Outcome) String() string {
	return [...]string{"unreported", "performance met", "performance not met", "exception", "exclusion"}[o]
}

// MarshalText writes the name of the outcome.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Set is a year's measures.
type Set struct {
	Year     int
	Measures []*Measure // by ID
	// relevant gives, for every procedure code that makes a claim worth keeping, the rates
	// whose eligibility asks for it; always are those that ask for none.
	relevant map[string]rates
	always   rates
}

// rates are a set of strata of all measures, a bit each. Beyond 64 the last bit stands for
// all that follow.
type rates uint64

func bit(n int) rates { return 1 << min(n, 63) }

// Measure is one measure, compiled.
type Measure struct {
	ID      string
	Unit    string // patient, latest, date or episode: see counting.json
	Inverse bool   // a low rate is good
	// Verified tells whether the way of counting was checked against the year's
	// specification.
	Verified bool
	Source   string
	// Strata are the rates: one, or one for each option group.
	Strata []Stratum

	diagnoses map[string]bool
}

// Stratum is one rate of a measure.
type Stratum struct {
	Name   string // option groups, joined by +
	groups []*group
	bit    rates
}

// group is eligibility and performance options that belong together.
type group struct {
	name        string
	eligibility []eligibility
	performance []performance
}

type eligibility struct {
	diagnoses, excluded map[string]bool
	procedures          map[string][]codeRule
	minAge, maxAge      int // years, inclusive; maxAge -1 for none
	sex                 byte
}

type performance struct {
	outcome Outcome
	codes   []codeRule // all must be on the claim
}

// codeRule is a code and what its line may and may not carry.
type codeRule struct {
	code                        string
	modifiers, modifiersBarred  []string
	places, placesOfServiceOnly []string // barred and required
}

// The single-source file's own words.
type (
	fileMeasure struct {
		MeasureID          string            `json:"measureId"`
		EligibilityOptions []fileEligibility `json:"eligibilityOptions"`
		PerformanceOptions []filePerformance `json:"performanceOptions"`
	}
	fileEligibility struct {
		OptionGroup             string     `json:"optionGroup"`
		DiagnosisCodes          []string   `json:"diagnosisCodes"`
		DiagnosisExclusionCodes []string   `json:"diagnosisExclusionCodes"`
		ProcedureCodes          []fileCode `json:"procedureCodes"`
		MinAge                  *float64   `json:"minAge"`
		MaxAge                  *float64   `json:"maxAge"`
		SexCode                 string     `json:"sexCode"`
	}
	filePerformance struct {
		OptionGroup  string     `json:"optionGroup"`
		OptionType   string     `json:"optionType"`
		QualityCodes []fileCode `json:"qualityCodes"`
	}
	fileCode struct {
		Code                      string   `json:"code"`
		Modifiers                 []string `json:"modifiers"`
		ModifierExclusions        []string `json:"modifierExclusions"`
		PlacesOfService           []string `json:"placesOfService"`
		PlacesOfServiceExclusions []string `json:"placesOfServiceExclusions"`
	}
)

// Load reads a single-source file. A member that it does not know, a measure
// whose way of counting is not loaded for the year: each is an error that names
// the measure, because a rate that passes over a condition would be wrong.
func Load(r io.Reader, year int) (*Set, error) {
	var file map[string]json.RawMessage
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("single-source file: %w", err)
	}
	counts, err := countingOf(year)
	if err != nil {
		return nil, err
	}
	set := &Set{Year: year, relevant: map[string]rates{}}
	for _, id := range slices.Sorted(maps.Keys(file)) {
		dec := json.NewDecoder(bytes.NewReader(file[id]))
		dec.DisallowUnknownFields()
		var m fileMeasure
		if err := dec.Decode(&m); err != nil {
			return nil, fmt.Errorf("single-source file: measure %s: %w", id, err)
		}
		c, known := counts.rows[id]
		if !known {
			return nil, fmt.Errorf("measure %s: how it is counted in %d is not loaded", id, year)
		}
		compiled, err := compile(id, m, c)
		if err != nil {
			return nil, fmt.Errorf("single-source file: measure %s: %w", id, err)
		}
		compiled.Verified, compiled.Source = counts.Verified, counts.Source
		set.Measures = append(set.Measures, compiled)
	}
	if len(set.Measures) == 0 {
		return nil, fmt.Errorf("single-source file: there is no measure in it")
	}
	set.index()
	return set, nil
}

// index notes which codes speak of which rates.
func (s *Set) index() {
	n := 0
	for _, m := range s.Measures {
		for i := range m.Strata {
			st := &m.Strata[i]
			st.bit = bit(n)
			n++
			for _, g := range st.groups {
				for k := range g.eligibility {
					codes := g.eligibility[k].procedures
					if len(codes) == 0 {
						s.always |= st.bit
					}
					for code := range codes {
						s.relevant[code] |= st.bit
					}
				}
			}
		}
	}
}

func compile(id string, m fileMeasure, c countingRow) (*Measure, error) {
	out := &Measure{ID: id, Unit: c.Unit, Inverse: c.Inverse, diagnoses: map[string]bool{}}
	byName := map[string]*group{}
	for _, e := range m.EligibilityOptions {
		g := byName[e.OptionGroup]
		if g == nil {
			g = &group{name: e.OptionGroup}
			byName[e.OptionGroup] = g
		}
		compiled, err := e.compile()
		if err != nil {
			return nil, err
		}
		g.eligibility = append(g.eligibility, compiled)
		maps.Copy(out.diagnoses, compiled.diagnoses)
	}
	for _, p := range m.PerformanceOptions {
		g, outcome := byName[p.OptionGroup], outcomes[p.OptionType]
		if g == nil || outcome == Unreported || len(p.QualityCodes) == 0 {
			return nil, fmt.Errorf("performance option %q of group %q is not understood", p.OptionType, p.OptionGroup)
		}
		option := performance{outcome: outcome}
		for _, q := range p.QualityCodes {
			option.codes = append(option.codes, q.compile())
		}
		g.performance = append(g.performance, option)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if c.Strata || len(out.Strata) == 0 {
			out.Strata = append(out.Strata, Stratum{Name: name, groups: []*group{byName[name]}})
			continue
		}
		only := &out.Strata[0]
		only.Name += "+" + name
		only.groups = append(only.groups, byName[name])
	}
	return out, nil
}

func (e fileEligibility) compile() (eligibility, error) {
	out := eligibility{diagnoses: codeSet(e.DiagnosisCodes), excluded: codeSet(e.DiagnosisExclusionCodes),
		procedures: map[string][]codeRule{}, maxAge: -1}
	for _, p := range e.ProcedureCodes {
		out.procedures[p.Code] = append(out.procedures[p.Code], p.compile())
	}
	for _, age := range []struct {
		from *float64
		to   *int
	}{{e.MinAge, &out.minAge}, {e.MaxAge, &out.maxAge}} {
		if age.from == nil {
			continue
		}
		if *age.to = int(*age.from); float64(*age.to) != *age.from || *age.from < 0 {
			return out, fmt.Errorf("age %v is not in whole years", *age.from)
		}
	}
	switch e.SexCode {
	case "":
	case "F", "M":
		out.sex = e.SexCode[0]
	default:
		return out, fmt.Errorf("sex code %q is not known", e.SexCode)
	}
	return out, nil
}

func (c fileCode) compile() codeRule {
	return codeRule{code: c.Code, modifiers: c.Modifiers, modifiersBarred: c.ModifierExclusions,
		places: c.PlacesOfServiceExclusions, placesOfServiceOnly: c.PlacesOfService}
}

// codeSet drops the points, which claims do not have.
func codeSet(codes []string) map[string]bool {
	set := map[string]bool{}
	for _, c := range codes {
		set[strings.ReplaceAll(c, ".", "")] = true
	}
	return set
}

//go:embed counting.json
var countingJSON []byte

type countingRow struct {
	Measure string `json:"measure"`
	Unit    string `json:"unit"`
	Inverse bool   `json:"inverse"`
	Strata  bool   `json:"strata"`
}

type counting struct {
	Year     int           `json:"year"`
	Verified bool          `json:"verified"`
	Source   string        `json:"source"`
	Measures []countingRow `json:"measures"`
	rows     map[string]countingRow
}

func countingOf(year int) (*counting, error) {
	var file struct {
		Versions []counting `json:"versions"`
	}
	if err := json.Unmarshal(countingJSON, &file); err != nil {
		return nil, err
	}
	for i := range file.Versions {
		v := &file.Versions[i]
		if v.Year != year {
			continue
		}
		v.rows = map[string]countingRow{}
		for _, row := range v.Measures {
			v.rows[row.Measure] = row
		}
		return v, nil
	}
	return nil, fmt.Errorf("how measures are counted in %d is not loaded", year)
}
