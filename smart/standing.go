// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// UpstreamID begins the ids of accounts that come from the OpenID provider. No
// built-in account's id begins so.
const UpstreamID = "oidc-"

// account is the built-in account with an id; nil if there is none.
func (s *Server) account(id string) *Account {
	i := slices.IndexFunc(s.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Accounts[i]
}

// present is an account of a session as the settings have it now; false if they have
// it no more.
func (s *Server) present(a Account) (Account, bool) {
	if strings.HasPrefix(a.ID, UpstreamID) {
		return a, s.Upstream != nil
	}
	now := s.account(a.ID)
	if now == nil {
		return a, false
	}
	a = *now
	a.PasswordHash = ""
	return a, true
}

// stands tells whether the person who allowed something may still open all of it: an
// account that was taken out of the settings, or one that lost a patient, opens
// nothing by what it allowed before. Who comes from the OpenID provider is only
// asked for at login.
func (s *Server) stands(g *Grant) bool {
	if strings.HasPrefix(g.Subject, UpstreamID) {
		return s.Upstream != nil
	}
	a := s.account(g.Subject)
	if a == nil {
		return false
	}
	at, ok := a.at(g.Resource)
	if !ok || at.FHIRUser != g.FHIRUser || g.Staff && !at.Staff {
		return false
	}
	if g.Staff { // may be launched in the context of any patient
		return true
	}
	opens := func(id string) bool {
		return slices.ContainsFunc(at.Patients, func(p Person) bool { return p.ID == id })
	}
	if g.Patient != "" && !opens(g.Patient) {
		return false
	}
	return !g.Scope.HasContext(scope.User) || !slices.ContainsFunc(g.UserPatients, func(id string) bool { return !opens(id) })
}
