// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// Presence is what a person is at one FHIR base, where each base has patients of its
// own: the id that is theirs in one line of business may be another's in the next.
type Presence struct {
	Resource string   `json:"resource"` // the FHIR base
	FHIRUser string   `json:"fhir_user"`
	Patients []Person `json:"patients,omitempty"`
}

// at is the person as a FHIR base knows them; false if it does not.
func (a Account) at(resource string) (Account, bool) {
	if len(a.At) == 0 {
		return a, true
	}
	i := slices.IndexFunc(a.At, func(p Presence) bool { return p.Resource == resource })
	if i < 0 {
		return a, false
	}
	a.FHIRUser, a.Patients = a.At[i].FHIRUser, a.At[i].Patients
	a.At = nil
	return a, true
}

// at is the session of a person as a FHIR base knows them.
func (x *session) at(resource string) (*session, error) {
	account, ok := x.Account.at(resource)
	if !ok {
		return nil, accessDenied("there is no record that this person may open")
	}
	y := *x
	y.Account = account
	return &y, nil
}

// self is the id of the person's own Patient resource, if they are a patient.
func (a *Account) self() string {
	if id, ok := strings.CutPrefix(a.FHIRUser, "Patient/"); ok {
		return id
	}
	return ""
}

// home is the first FHIR base that knows the person, with what they are there.
func (s *Server) home(who Account) (resource string, at Account) {
	for _, r := range s.Resources {
		if a, ok := who.at(r); ok {
			return r, a
		}
	}
	return s.Resources[0], who
}

// baseName is the name of a FHIR base in the audit trail.
func (s *Server) baseName(resource string) string {
	if s.BaseName != nil {
		return s.BaseName(resource)
	}
	u, err := url.Parse(resource)
	if err != nil {
		return ""
	}
	return u.Path
}

// recordOf records an event that concerns a person without an app.
func (s *Server) recordOf(r *http.Request, who Account, e audit.Event) error {
	resource, at := s.home(who)
	e.Base, e.User, e.Patient = s.baseName(resource), at.FHIRUser, at.self()
	return s.record(r, e)
}
