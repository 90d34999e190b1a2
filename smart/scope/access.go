// SPDX-License-Identifier: Apache-2.0

package scope

import "slices"

// Access is what the bearer of a token may do: granted scopes bound to the
// patient and the user of the launch. It is made once per request and asked once
// per resource type that the request touches.
type Access struct {
	Client   string // client_id of the app
	Subject  string // account of the user; the client for backend services
	FHIRUser string // reference of the user, for example Patient/123; empty for backend services
	Patient  string // id of the patient in context; empty if none was chosen
	// UserPatients are the patients whose records the user may see under user/
	// scopes. Nil means that the user is staff and not bound to a compartment.
	UserPatients []string
	Granted      Set
}

// Filter is the restriction of one interaction with one resource type, to be put
// into the store's query: a resource is in it if any alternative holds. No
// alternative means that the interaction is refused.
type Filter struct{ Any []Alternative }

// Alternative holds for a resource that lies in the compartment of one of
// Patients and matches every search parameter of Where.
type Alternative struct {
	Patients []string // nil: not bound to a compartment
	Where    []Param
}

// Denied tells whether nothing is allowed.
func (f Filter) Denied() bool { return len(f.Any) == 0 }

// Unrestricted tells whether all resources of the type are allowed.
func (f Filter) Unrestricted() bool {
	return slices.ContainsFunc(f.Any, func(a Alternative) bool { return a.Patients == nil && len(a.Where) == 0 })
}

// For is the filter for an interaction with a resource type; type * asks for an
// interaction with all types at once (system search, $export), which only scopes
// on * allow. Of several permissions all must be in one scope.
//
// Types that are in no patient's compartment (Practitioner, Organization) come with
// the patients of the token too; the server, which knows the compartment's
// definition, decides which of them every member may read.
func (a *Access) For(resourceType string, p Permission) Filter {
	var f Filter
	if p == 0 {
		return f
	}
	for _, s := range a.Granted.Scopes {
		if s.Permission&p != p || (s.Type != "*" && s.Type != resourceType) {
			continue
		}
		alt := Alternative{Where: s.Where}
		switch s.Context {
		case Patient:
			if a.Patient == "" {
				continue
			}
			alt.Patients = []string{a.Patient}
		case User:
			if a.FHIRUser == "" || (a.UserPatients != nil && len(a.UserPatients) == 0) {
				continue
			}
			alt.Patients = a.UserPatients
		case System: // not bound to a compartment
		default:
			continue
		}
		f.add(alt)
	}
	return f
}

// add keeps the alternatives free of those that another one includes.
func (f *Filter) add(alt Alternative) {
	for _, have := range f.Any {
		if have.includes(alt) {
			return
		}
	}
	f.Any = append(slices.DeleteFunc(f.Any, alt.includes), alt)
}

// includes tells whether every resource of o is one of a.
func (a Alternative) includes(o Alternative) bool {
	if a.Patients != nil {
		if o.Patients == nil || slices.ContainsFunc(o.Patients, func(id string) bool { return !slices.Contains(a.Patients, id) }) {
			return false
		}
	}
	return !slices.ContainsFunc(a.Where, func(p Param) bool { return !slices.Contains(o.Where, p) })
}
