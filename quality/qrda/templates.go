// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed templates.json
var templatesJSON []byte

// Templates are the template identifiers of a QRDA Category III report, as one
// performance year's guide names them.
type Templates struct {
	Year     int    `json:"year"`
	Verified bool   `json:"verified"`
	Source   string `json:"source"`

	Report                  []templateID `json:"report"`
	MeasureSection          []templateID `json:"measureSection"`
	ActivitySection         []templateID `json:"activitySection"`
	InteroperabilitySection []templateID `json:"interoperabilitySection"`
	Parameters              []templateID `json:"parameters"`
	Results                 []templateID `json:"results"`
	Rate                    []templateID `json:"rate"`
	Data                    []templateID `json:"data"`
	Sex                     []templateID `json:"sex"`
	Payer                   []templateID `json:"payer"`
	SexCode                 code         `json:"sexCode"`
	SexSystem               string       `json:"sexSystem"`
	// SexTranslated tells that the sex stands in a translation, under a null value.
	SexTranslated bool `json:"sexTranslated"`
}

// templateID is a root and its extension, which may be empty.
type templateID [2]string

type code struct {
	Code   string `json:"code"`
	System string `json:"system"`
}

var loadTemplates = sync.OnceValues(func() ([]Templates, error) {
	var file struct {
		Versions []Templates `json:"versions"`
	}
	err := json.Unmarshal(templatesJSON, &file)
	return file.Versions, err
})

// YearError is a performance year for which no templates are loaded.
type YearError struct {
	Category string // I or III
	Year     int
	Known    []int
}

func (e *YearError) Error() string {
	return fmt.Sprintf("QRDA Category %s templates of year %d are not loaded; known: %v", e.Category, e.Year, e.Known)
}

// TemplatesOf gives the templates of a performance year. A year that is not loaded
// is a *YearError.
func TemplatesOf(year int) (*Templates, error) {
	versions, err := loadTemplates()
	if err != nil {
		return nil, err
	}
	known := &YearError{Category: "III", Year: year}
	for i := range versions {
		if versions[i].Year == year {
			return &versions[i], nil
		}
		known.Known = append(known.Known, versions[i].Year)
	}
	slices.Sort(known.Known)
	return nil, known
}
