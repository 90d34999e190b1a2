// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// serveConsent takes the member's decision. What they may decide is worked out anew
// from the app's request; the form can only narrow it.
func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	a, err := s.continuation(r.Context(), form.Get("continue"))
	if err != nil || a == nil {
		s.refuseApp(w, r, a, err)
		return
	}
	who, err := s.session(r)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if who == nil {
		s.loginPage(w, r, http.StatusOK, a, "You were logged out. Log in again to go on.")
		return
	}
	if who, err = who.at(a.resource); err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	if form.Get("decision") != "allow" {
		s.deny(w, r, a, who, "the member did not allow it")
		return
	}
	if a.launch != nil && a.launch.Subject != "" && a.launch.Subject != who.Account.ID {
		s.deny(w, r, a, who, "the app was opened by another person")
		return
	}
	patient := ""
	if a.needsPatient() {
		patient = form.Get("patient")
		if !slices.ContainsFunc(a.patients(&who.Account), func(p Person) bool { return p.ID == patient }) {
			s.deny(w, r, a, who, "there is no record that this person may open")
			return
		}
	}
	granted := consented(a.scopes, form["scope"])
	if granted.Without(scope.OfflineAccess | scope.OnlineAccess).Empty() {
		s.deny(w, r, a, who, "the member allowed nothing")
		return
	}
	s.grantCode(w, r, a, who, granted, patient)
}

// consented is the part of the scopes that the member ticked. Identity and launch
// context are no choice of their own: they come with the login.
func consented(scopes scope.Set, ticked []string) scope.Set {
	out := scopes
	out.Scopes = nil
	for _, x := range scopes.Scopes {
		if slices.Contains(ticked, x.String()) {
			out.Scopes = append(out.Scopes, x)
		}
	}
	if !slices.Contains(ticked, "offline_access") {
		out = out.Without(scope.OfflineAccess)
	}
	return out
}

func (s *Server) deny(w http.ResponseWriter, r *http.Request, a *authorization, who *session, why string) {
	err := accessDenied(why)
	s.recordRefusal(r, audit.Event{Kind: audit.Authorization, Subtype: "consent", Client: a.client.ID, Base: s.baseName(a.resource), User: who.Account.FHIRUser, Patient: who.Account.self()}, err)
	s.refuseApp(w, r, a, err)
}

func (s *Server) recordConsent(r *http.Request, g *Grant) error {
	return s.record(r, audit.Event{Kind: audit.Authorization, Subtype: "consent", Action: audit.Create, Outcome: audit.Success,
		Client: g.Client, Base: s.baseName(g.Resource), User: g.FHIRUser, Patient: g.Patient, Scope: g.Scope.String()})
}

// choice is a scope in words, to be ticked.
type choice struct {
	Scope string
	Does  string // see, change
	What  string
	Only  string // the restriction of a granular scope
}

// contents are the words for resource types that members meet.
var contents = map[string]string{
	"*": "everything in the health record", "ExplanationOfBenefit": "claims, and what was paid for them", "Coverage": "insurance coverage",
	"Patient": "name, address, and other personal details", "Observation": "test results, vital signs, and other observations",
	"Condition": "health problems and diagnoses", "AllergyIntolerance": "allergies", "MedicationRequest": "prescribed medicines",
	"MedicationDispense": "medicines from the pharmacy", "Medication": "medicines", "Immunization": "vaccinations", "Procedure": "procedures",
	"Encounter": "visits", "CarePlan": "care plans", "CareTeam": "the care team", "Goal": "health goals", "Device": "implants and devices",
	"DiagnosticReport": "test reports", "DocumentReference": "documents and notes", "Practitioner": "doctors and other clinicians",
	"PractitionerRole": "where clinicians work", "Organization": "hospitals, practices, and insurers", "Location": "places of care",
	"Provenance": "where each piece of information came from", "RelatedPerson": "family and caregivers", "ServiceRequest": "orders and referrals",
	"Claim": "claims and prior authorization requests", "ClaimResponse": "decisions on claims and prior authorizations", "Consent": "consents",
	"QuestionnaireResponse": "answers to questionnaires", "Specimen": "specimens", "AuditEvent": "who has seen the record",
}

func describe(x scope.Scope) choice {
	c := choice{Scope: x.String(), What: contents[x.Type]}
	if c.What == "" {
		c.What = x.Type
	}
	if x.Permission&(scope.Read|scope.Search) != 0 {
		c.Does = "See"
	}
	if x.Permission&(scope.Create|scope.Update|scope.Delete) != 0 {
		c.Does = strings.TrimPrefix(c.Does+" and change", " and c")
		if c.Does == "hange" {
			c.Does = "Change"
		}
	}
	var only []string
	for _, p := range x.Where {
		value := p.Value
		if _, after, ok := strings.Cut(value, "|"); ok {
			value = after
		}
		only = append(only, p.Name+" "+value)
	}
	c.Only = strings.Join(only, ", ")
	if x.Context == scope.User {
		c.What += ", of everyone whose record you may open"
	}
	return c
}
