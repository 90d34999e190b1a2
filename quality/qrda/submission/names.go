// SPDX-License-Identifier: Apache-2.0

package submission

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda/converter"
)

// Names are CMS's identifiers of the electronic measures of a year, from the file
// measures-data.json of its public repository qpp-measures-data. MIPS takes them, and not
// those of the FHIR versions of the measures.
type Names struct {
	byNumber map[string]*ecqm  // by the number in CMS125v13
	titles   map[string]string // of activities and interoperability measures, by id
}

type ecqm struct {
	ID       string       `json:"measureId"`
	Name     string       `json:"eMeasureId"`
	UUID     string       `json:"eMeasureUuid"`
	Title    string       `json:"title"`
	Metric   string       `json:"metricType"`
	Category string       `json:"category"`
	Groups   []stratumIDs `json:"strata"`
}

// stratumIDs are the populations of one performance rate.
type stratumIDs struct {
	UUIDs struct {
		IPOP     string   `json:"initialPopulationUuid"`
		DENOM    string   `json:"denominatorUuid"`
		NUMER    string   `json:"numeratorUuid"`
		DENEX    string   `json:"denominatorExclusionUuid"`
		DENEXCEP string   `json:"denominatorExceptionUuid"`
		Strata   []string `json:"strata"`
	} `json:"eMeasureUuids"`
}

var cmsNumber = regexp.MustCompile(`^CMS0*([0-9]+)`)

// LoadNames reads measures-data.json of a performance year.
func LoadNames(r io.Reader) (*Names, error) {
	d := json.NewDecoder(r)
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, fmt.Errorf("measures data: the file is no list of measures")
	}
	n := &Names{byNumber: map[string]*ecqm{}, titles: map[string]string{}}
	for d.More() {
		e := new(ecqm)
		if err := d.Decode(e); err != nil {
			return nil, fmt.Errorf("measures data: %w", err)
		}
		if e.Category == "ia" || e.Category == "pi" {
			n.titles[e.ID] = e.Title
		}
		m := cmsNumber.FindStringSubmatch(e.Name)
		if m == nil || e.UUID == "" || e.Category != "quality" {
			continue
		}
		n.byNumber[m[1]] = e
	}
	if len(n.byNumber) == 0 {
		return nil, fmt.Errorf("measures data: the file has no electronic measure")
	}
	return n, nil
}

// of finds CMS's measure for a FHIR measure by its number.
func (n *Names) of(m *measure.Measure) (*ecqm, error) {
	if n == nil {
		return nil, nil
	}
	short := m.IDs["short-name"]
	no := cmsNumber.FindStringSubmatch(strings.ToUpper(short))
	if no == nil {
		return nil, fmt.Errorf("measure %s has no CMS number in its short name %q", m.Label(), short)
	}
	e := n.byNumber[no[1]]
	if e == nil {
		return nil, fmt.Errorf("measure %s (CMS%s) is no electronic measure of MIPS in this year's measures data", m.Label(), no[1])
	}
	if len(e.Groups) != len(m.Groups) {
		return nil, fmt.Errorf("measure %s has %d groups, CMS's %s has %d rates", m.Label(), len(m.Groups), e.Name, len(e.Groups))
	}
	return e, nil
}

func (e *ecqm) group(i int) *stratumIDs {
	if e == nil {
		return nil
	}
	return &e.Groups[i]
}

// population is CMS's UUID of a population, or the measure's own if there are no names.
func (s *stratumIDs) population(code, own string) string {
	if s == nil {
		return own
	}
	switch code {
	case "IPOP":
		return s.UUIDs.IPOP
	case "DENOM":
		return s.UUIDs.DENOM
	case "NUMER":
		return s.UUIDs.NUMER
	case "DENEX":
		return s.UUIDs.DENEX
	case "DENEXCEP":
		return s.UUIDs.DENEXCEP
	}
	return ""
}

func (s *stratumIDs) stratum(i int, own string) string {
	if s == nil {
		return own
	}
	if i < len(s.UUIDs.Strata) {
		return s.UUIDs.Strata[i]
	}
	return ""
}

// Expect gives the populations of a measure by its UUID in lower case.
func (n *Names) Expect(uuid string) (*converter.Expected, bool) {
	for _, e := range n.byNumber {
		if strings.ToLower(e.UUID) != uuid {
			continue
		}
		x := &converter.Expected{ID: e.ID}
		for i := range e.Groups {
			rate := map[string]string{}
			for _, code := range []string{"IPOP", "DENOM", "NUMER", "DENEX", "DENEXCEP"} {
				if id := e.Groups[i].population(code, ""); id != "" {
					rate[code] = id
				}
			}
			x.Rates, x.Strata = append(x.Rates, rate), append(x.Strata, e.Groups[i].UUIDs.Strata)
		}
		return x, true
	}
	return nil, false
}
