// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

//go:embed templates1.json
var hospitalTemplatesJSON []byte

// hospitalTemplates are what changes in a Category I report with the reporting period.
type hospitalTemplates struct {
	Year          int          `json:"year"`
	Verified      bool         `json:"verified"`
	Source        string       `json:"source"`
	Report        []templateID `json:"report"`
	PatientData   []templateID `json:"patientData"`
	SexTranslated bool         `json:"sexTranslated"`
}

var loadHospitalTemplates = sync.OnceValues(func() ([]hospitalTemplates, error) {
	var file struct {
		Versions []hospitalTemplates `json:"versions"`
	}
	err := json.Unmarshal(hospitalTemplatesJSON, &file)
	return file.Versions, err
})

// hospitalTemplatesOf gives the templates of a reporting period's year. A year that is
// not loaded is a *YearError.
func hospitalTemplatesOf(year int) (*hospitalTemplates, error) {
	versions, err := loadHospitalTemplates()
	if err != nil {
		return nil, err
	}
	known := &YearError{Category: "I", Year: year}
	for i := range versions {
		if versions[i].Year == year {
			return &versions[i], nil
		}
		known.Known = append(known.Known, versions[i].Year)
	}
	slices.Sort(known.Known)
	return nil, known
}

// HospitalYear says whether Category I reports of a year can be written, and whether
// their templates were checked against CMS's guide of that year.
func HospitalYear(year int) (verified bool, err error) {
	t, err := hospitalTemplatesOf(year)
	if err != nil {
		return false, err
	}
	return t.Verified, nil
}
