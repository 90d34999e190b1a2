// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Codes is a small terminology for the searches of the suite. One of its value sets
// has more codes than a statement may have values.
var Codes search.Codes = codes{}

type codes struct{}

func (codes) In(valueSet string) (map[string][]string, error) {
	switch valueSet {
	case "http://example.org/fhir/ValueSet/vitals":
		many := []string{"8480-6"}
		for i := range 70_000 {
			many = append(many, fmt.Sprintf("other-%d", i))
		}
		return map[string][]string{"http://loinc.org": many, "http://example.org/vitals": {"2345-7"}}, nil
	case "http://example.org/fhir/ValueSet/genders":
		return map[string][]string{"http://hl7.org/fhir/administrative-gender": {"female", "other"}}, nil
	case "http://example.org/fhir/ValueSet/nothing":
		return nil, nil
	}
	return nil, errors.New("the value set is not loaded")
}

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

func (codes) Below(system, code string) ([]string, error) {
	if system != actCode {
		return nil, errors.New("the code system is not loaded")
	}
	return map[string][]string{"_ActEncounterCode": {"_ActEncounterCode", "AMB", "EMER", "IMP", "ACUTE"}, "IMP": {"IMP", "ACUTE"}}[code], nil
}

func (codes) Above(system, code string) ([]string, error) {
	if system != actCode {
		return nil, errors.New("the code system is not loaded")
	}
	return map[string][]string{"ACUTE": {"ACUTE", "IMP", "_ActEncounterCode"}}[code], nil
}
