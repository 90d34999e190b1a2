// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Authorization is a request for prior authorization and the payer's decision: what
// 42 CFR 422.119(b)(1)(iv)(A) has members see. Its JSON is one line of the files that
// `woodlawn eob --authorizations` reads.
type Authorization struct {
	// Number is the payer's number of the request, which the decision keeps.
	Number string `json:"number"`
	// Request is the requester's number of it.
	Request string `json:"request,omitempty"`
	// Kind is institutional, professional, oral, pharmacy or vision.
	Kind   string              `json:"kind"`
	Status AuthorizationStatus `json:"status"`
	// Received is when the request came in, Decided when it was approved or denied, and
	// StatusChanged when its status last changed.
	Received      civil.Date `json:"received,omitzero"`
	Decided       civil.Date `json:"decided,omitzero"`
	StatusChanged civil.Date `json:"status_changed"`
	// Valid is the period of the approval. EndsWhen is the circumstance under which it ends
	// where it has no last day.
	Valid    Period `json:"valid,omitzero"`
	EndsWhen string `json:"ends_when,omitempty"`
	// Level is X12 1338, the level of service: U urgent, E elective, 03 emergency.
	Level string `json:"level,omitempty"`
	// Drug says that it is for a drug: then members need not see it, and it is left out.
	Drug   bool                `json:"drug,omitempty"`
	Member AuthorizationMember `json:"member"`
	// Requester asked for it; Provider is to give the services, if it is another.
	Requester AuthorizationProvider   `json:"requester"`
	Provider  *AuthorizationProvider  `json:"provider,omitempty"`
	Diagnoses []string                `json:"diagnoses,omitempty"` // ICD-10-CM, the principal one first
	Items     []AuthorizationItem     `json:"items"`
	Documents []AuthorizationDocument `json:"documents,omitempty"` // that a provider submitted
}

// AuthorizationStatus is what the payer has decided.
type AuthorizationStatus string

// The states of a request, and of an item of one, with their X12 306 codes.
const (
	Approved  AuthorizationStatus = "approved"  // A1
	Partial   AuthorizationStatus = "partial"   // A2
	Rejected  AuthorizationStatus = "denied"    // A3
	Pended    AuthorizationStatus = "pended"    // A4: not decided, or more information is wanted
	Modified  AuthorizationStatus = "modified"  // A6
	Cancelled AuthorizationStatus = "cancelled" // C
)

var reviewActions = map[AuthorizationStatus]string{Approved: "A1", Partial: "A2", Rejected: "A3", Pended: "A4", Modified: "A6", Cancelled: "C"}

// Period is a period of days; either end may be open.
type Period struct {
	From    civil.Date `json:"from,omitzero"`
	Through civil.Date `json:"through,omitzero"`
}

// AuthorizationMember is whom the request is for. MBI says that the number is a Medicare
// Beneficiary Identifier.
type AuthorizationMember struct {
	Number string     `json:"number"`
	MBI    bool       `json:"mbi,omitempty"`
	Last   string     `json:"last,omitempty"`
	First  string     `json:"first,omitempty"`
	Born   civil.Date `json:"born,omitzero"`
	Sex    string     `json:"sex,omitempty"` // F, M or U
	Plan   string     `json:"plan,omitempty"`
	Group  string     `json:"group,omitempty"`
}

// AuthorizationProvider is a person, or with Organization an organization.
type AuthorizationProvider struct {
	NPI          string `json:"npi"`
	Name         string `json:"name,omitempty"` // of an organization, or the family name
	First        string `json:"first,omitempty"`
	Organization bool   `json:"organization,omitempty"`
}

// AuthorizationItem is a service that was asked for.
type AuthorizationItem struct {
	Status AuthorizationStatus `json:"status"`
	// ServiceType is X12 1365, as 3 (consultation).
	ServiceType string `json:"service_type,omitempty"`
	// Code is a HCPCS, CPT (system HC), HIPPS (HP), CDT (AD) or drug code (N4).
	System      string   `json:"system,omitempty"`
	Code        string   `json:"code,omitempty"`
	Modifiers   []string `json:"modifiers,omitempty"`
	Description string   `json:"description,omitempty"`
	Dates       Period   `json:"dates,omitzero"`
	// RequestedUnits, ApprovedUnits and UsedUnits are numbers as text.
	RequestedUnits string `json:"requested_units,omitempty"`
	ApprovedUnits  string `json:"approved_units,omitempty"`
	UsedUnits      string `json:"used_units,omitempty"`
	// Amount is what was asked for, in dollars.
	Amount *money.Cents `json:"amount,omitempty"`
	// Authorization is the number of this item's approval.
	Authorization string     `json:"authorization,omitempty"`
	Trace         string     `json:"trace,omitempty"`
	Decided       civil.Date `json:"decided,omitzero"`
	Valid         Period     `json:"valid,omitzero"`
	// Denial are the reasons of a denial: claim adjustment reason codes and remark codes,
	// and the decision reason codes of X12 278 (X12 886).
	Denial []AuthorizationReason `json:"denial,omitempty"`
}

// AuthorizationReason is a reason of a denial. List is carc, rarc or 886.
type AuthorizationReason struct {
	List string `json:"list"`
	Code string `json:"code"`
	Text string `json:"text,omitempty"`
}

// AuthorizationDocument names documentation that a provider submitted with the request.
type AuthorizationDocument struct {
	Title string `json:"title"`
	// Reference is that of a resource that the payer serves, as DocumentReference/1.
	Reference string `json:"reference,omitempty"`
}

// ParseAuthorization reads one line of JSON. Names that it does not know are refused, so that
// nothing is dropped without a word.
func ParseAuthorization(line []byte) (*Authorization, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	var a Authorization
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("is no authorization: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("has something after the authorization; give one a line")
	}
	return &a, a.check()
}

// check names the first field that is missing or unknown.
func (a *Authorization) check() error {
	switch {
	case a.Number == "":
		return errors.New("number is missing")
	case a.Member.Number == "":
		return errors.New("member.number is missing")
	case a.StatusChanged.IsZero():
		return errors.New("status_changed is missing; it decides how long members see the authorization")
	case a.Requester.NPI == "":
		return errors.New("requester.npi is missing")
	case reviewActions[a.Status] == "":
		return fmt.Errorf("status %q is none of approved, partial, denied, pended, modified and cancelled", a.Status)
	case !strings.Contains(" institutional professional oral pharmacy vision ", " "+a.Kind+" ") || a.Kind == "":
		return fmt.Errorf("kind %q is none of institutional, professional, oral, pharmacy and vision", a.Kind)
	case len(a.Items) == 0:
		return errors.New("items is empty")
	case a.Member.Sex != "" && a.Member.Sex != "F" && a.Member.Sex != "M" && a.Member.Sex != "U":
		return fmt.Errorf("member.sex %q is none of F, M and U", a.Member.Sex)
	}
	for i := range a.Items {
		if err := a.Items[i].check(); err != nil {
			return fmt.Errorf("items[%d].%w", i, err)
		}
	}
	return nil
}

func (it *AuthorizationItem) check() error {
	if reviewActions[it.Status] == "" {
		return fmt.Errorf("status %q is none of approved, partial, denied, pended, modified and cancelled", it.Status)
	}
	for _, f := range []struct{ name, value string }{{"requested_units", it.RequestedUnits}, {"approved_units", it.ApprovedUnits}, {"used_units", it.UsedUnits}} {
		if _, err := money.ParseFixed(f.value, 4); f.value != "" && err != nil {
			return fmt.Errorf("%s is no number", f.name)
		}
	}
	// Every denial has a specific reason (42 CFR 422.119(b)(1)(iv)(A)(5) and 422.122(a)).
	if it.Status == Rejected && len(it.Denial) == 0 {
		return errors.New("denial is missing; a denied item needs its specific reason (42 CFR 422.122(a))")
	}
	for _, r := range it.Denial {
		if r.List != "carc" && r.List != "rarc" && r.List != "886" || r.Code == "" {
			return errors.New("denial needs a list (carc, rarc or 886) and a code")
		}
	}
	return nil
}

// ForDrug tells whether it is for a drug: by the payer's word, or by the code of an item.
func (a *Authorization) ForDrug() bool {
	for i := range a.Items {
		if a.Items[i].System == "N4" {
			return true
		}
	}
	return a.Drug
}

// Shown tells whether members must see it on a day: while it is active, and for a year at
// least after its last change of status (42 CFR 422.119(b)(1)(iv)(B)(3)). An approval
// without a last day, and a request that is not decided, are active.
func (a *Authorization) Shown(on civil.Date) bool {
	y, m, d := a.StatusChanged.YMD()
	if !on.After(civil.Of(y+1, m, d)) {
		return true
	}
	switch a.Status {
	case Rejected, Cancelled:
		return false
	case Pended:
		return true
	}
	last := a.Valid.Through
	for i := range a.Items {
		if t := a.Items[i].Valid.Through; t.After(last) {
			last = t
		}
	}
	return last.IsZero() || !on.After(last)
}
