// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

//go:embed programs.json
var programsJSON []byte

type programList struct {
	Source   string   `json:"source"`
	Verified bool     `json:"verified"`
	Names    []string `json:"names"`
}

func (p programList) has(name string) bool { return slices.Contains(p.Names, name) }

// programs are the names of CMS's programs, by who reports.
var programs = sync.OnceValue(func() (lists struct {
	Hospital  programList `json:"hospital"`
	Clinician programList `json:"clinician"`
}) {
	if err := json.Unmarshal(programsJSON, &lists); err != nil {
		panic("programs.json: " + err.Error()) // the file is part of the program
	}
	return lists
})

// KnownProgram tells whether CMS takes Category III reports under a program's name.
func KnownProgram(name string) bool { return programs().Clinician.has(name) }
