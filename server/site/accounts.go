// SPDX-License-Identifier: Apache-2.0

package site

import "github.com/woodlawn-health/woodlawn/smart"

// accounts are the settings' accounts as the authorization server takes them.
func (s *Site) accounts() []smart.Account {
	var list []smart.Account
	base := map[string]string{}
	for _, l := range s.config.Lines {
		base[l.ID] = s.issuer + l.Path
	}
	for _, a := range s.config.Accounts {
		account := smart.Account{ID: a.ID, Username: a.Username, PasswordHash: a.PasswordHash, Name: a.Name, FHIRUser: a.FHIRUser,
			Patients: persons(a.Patients), Staff: a.Staff}
		for _, p := range a.At {
			account.At = append(account.At, smart.Presence{Resource: base[p.Line], FHIRUser: p.FHIRUser, Patients: persons(p.Patients)})
		}
		list = append(list, account)
	}
	return list
}

func persons(list []Person) (out []smart.Person) {
	for _, p := range list {
		out = append(out, smart.Person{ID: p.ID, Name: p.Name})
	}
	return out
}
