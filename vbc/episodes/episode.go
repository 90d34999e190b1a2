// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Setting is where an episode's money went.
type Setting uint8

// The settings.
const (
	Anchor Setting = iota // the anchor hospitalization with transfers, or the anchor procedure's claim
	Readmission
	Rehabilitation
	LongTerm
	Psychiatric
	OtherInpatient
	SNF
	HomeHealth
	Hospice
	Outpatient
	Professional
	Equipment
	settings
)

var settingNames = [settings]string{"anchor", "readmission", "inpatient rehabilitation", "long-term hospital", "psychiatric hospital",
	"other inpatient", "SNF", "home health", "hospice", "outpatient", "professional", "equipment"}

func (s Setting) String() string { return settingNames[s] }

// Settings lists all settings.
func Settings() []Setting {
	list := make([]Setting, settings)
	for i := range list {
		list[i] = Setting(i)
	}
	return list
}

// Spend is money by setting.
type Spend [settings]money.Cents

// Total adds the settings.
func (s *Spend) Total() (sum money.Cents) {
	for _, c := range s {
		sum += c
	}
	return sum
}

// MarshalJSON writes the settings that are not 0 by name.
func (s Spend) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, c := range s {
		if c == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, settingNames[i])
		b = append(b, ':')
		b = c.Append(b)
	}
	return append(b, '}'), nil
}

// Cancel says why an anchor makes no episode that is reconciled.
type Cancel struct {
	Reason Reason     `json:"reason"`
	Detail string     `json:"detail,omitempty"`
	On     civil.Date `json:"on,omitzero"`
	Cite   string     `json:"cite"`
}

// Reason is a kind of cancellation.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	NotEligible   Reason = "not eligible at the start"
	AfterModel    Reason = "ends after the model"
	DiedInAnchor  Reason = "died during the anchor"
	DiedInEpisode Reason = "died during the episode"
	LostCriteria  Reason = "no longer eligible"
	Transferred   Reason = "transferred to another anchor"
	NewAnchor     Reason = "another anchor began"
	OtherEpisode  Reason = "within an earlier episode"
)

// Episode is one anchor and what followed.
type Episode struct {
	// ID is the beneficiary's identifier, a hyphen and the number of the anchor claim.
	ID       string `json:"id"`
	MBI      string `json:"mbi"`
	Model    string `json:"model"`
	Year     int    `json:"performance_year"` // of the discharge or procedure
	Category string `json:"category"`
	// Type is the MS-DRG that prices the episode; Code what triggered it.
	Type     string `json:"type"`
	Code     string `json:"trigger"`
	Hospital string `json:"ccn"`
	Region   string `json:"region"`
	Anchor   int64  `json:"anchor_claim"`
	// Start and End are the first and the last day, both included. Discharged is the day of
	// discharge from the anchor, of the last hospital if the patient was transferred, or of
	// the outpatient procedure.
	Start      civil.Date `json:"start"`
	Discharged civil.Date `json:"discharged"`
	End        civil.Date `json:"end"`
	Outpatient bool       `json:"outpatient,omitempty"`
	Cancelled  *Cancel    `json:"cancelled,omitempty"`
	// CoverageKnown is false if no list tells the coverage of some month.
	CoverageKnown bool `json:"coverage_known"`

	// Spend is what counts, by setting; Excluded what was left out by an exclusion. Post is
	// everything in the days after the episode. All are 0 for a cancelled episode.
	Spend    Spend       `json:"spend"`
	Total    money.Cents `json:"total"`
	Excluded money.Cents `json:"excluded"`
	Post     money.Cents `json:"post_episode"`
	// Readmissions counts stays in acute hospitals after the anchor, without excluded ones.
	Readmissions         int `json:"readmissions"`
	ExcludedReadmissions int `json:"excluded_readmissions,omitempty"`

	// Risk is what adjusts the price; Price nil if there is no target price for the type.
	Risk  Risk   `json:"risk"`
	Price *Price `json:"price,omitempty"`
}

// Counts tells that the episode is reconciled.
func (e *Episode) Counts() bool { return e.Cancelled == nil }
