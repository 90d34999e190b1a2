// SPDX-License-Identifier: Apache-2.0

// Package edits checks claims for what CMS returns, denies or reviews before it
// pays: here the Medicare Code Editor (MCE), which looks at the diagnoses and
// procedures of an inpatient claim before they are grouped.
package edits

import (
	"fmt"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// MCE is the Medicare Code Editor over the tables of a catalog. It is safe for
// concurrent use.
type MCE struct {
	cat    *refdata.Catalog
	mu     sync.Mutex
	tables map[string]*mceTables // by release
}

// NewMCE is a code editor over the tables of a catalog; they are read when the
// first claim is checked.
func NewMCE(cat *refdata.Catalog) *MCE { return &MCE{cat: cat, tables: map[string]*mceTables{}} }

// MCECase is an inpatient claim as the code editor sees it. ICD-10 codes may carry
// their points and small letters.
type MCECase struct {
	Discharge civil.Date
	// Admission gives the length of stay; without it the edits that ask for that
	// are not made.
	Admission civil.Date
	Age       int  // whole years on admission
	Sex       byte // M, F or U
	// DischargeStatus is the patient discharge status code (UB-04 FL 17).
	DischargeStatus int
	Admitting       string // admitting diagnosis; may be empty
	Principal       string
	Secondary       []string
	Procedures      []string
}

// MCEEdit is one finding of the code editor.
type MCEEdit struct {
	// Number is that of the Definitions of Medicare Code Edits.
	Number int    `json:"edit"`
	Name   string `json:"name"`
	// Place tells which code is meant; it is PlaceClaim if none is.
	Place MCEPlace `json:"place"`
	// Index counts secondary diagnoses or procedures from 0.
	Index   int    `json:"index"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Effect  Effect `json:"effect"`
	Cite    string `json:"cite"`
	// Unverified tells that the rule behind the edit was not compared with answers
	// of the official editor.
	Unverified bool `json:"unverified,omitempty"`
}

func (e *MCEEdit) String() string {
	if e.Code == "" {
		return fmt.Sprintf("edit %d, %s: %s", e.Number, e.Name, e.Message)
	}
	return fmt.Sprintf("edit %d, %s: %s %s %s", e.Number, e.Name, e.Place, e.Code, e.Message)
}

// MCEPlace is where on a claim a finding lies.
type MCEPlace string

// The places.
const (
	PlaceClaim     MCEPlace = "claim"
	PlaceAdmitting MCEPlace = "admitting diagnosis"
	PlacePrincipal MCEPlace = "principal diagnosis"
	PlaceSecondary MCEPlace = "secondary diagnosis"
	PlaceProcedure MCEPlace = "procedure"
)

// Effect is what becomes of a claim with an edit.
type Effect string

// The effects of the Claims Processing Manual, chapter 3, section 20.2.1.
const (
	Return Effect = "return" // to the provider, to be corrected
	Deny   Effect = "deny"
	Review Effect = "review" // pay only after the contractor looked at it
)

// Check makes the edits that are in force on the day of discharge, in the order of
// the editor's table. Without tables for that day the error is a
// *refdata.NotLoadedError.
func (m *MCE) Check(c *MCECase) ([]MCEEdit, error) {
	t, err := m.load(c.Discharge)
	if err != nil {
		return nil, err
	}
	k := t.read(c)
	for i := range t.rules {
		r := &t.rules[i]
		if !r.span.holds(c.Discharge) {
			continue
		}
		r.check(k, r)
	}
	return k.found, nil
}

func (m *MCE) load(on civil.Date) (*mceTables, error) {
	edits, err := m.cat.Load("mce.edits", on)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tables[edits.Version]
	if t == nil {
		if t, err = loadMCE(m.cat, edits); err != nil {
			return nil, err
		}
		m.tables[edits.Version] = t
	}
	return t, nil
}
