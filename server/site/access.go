// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/url"
	"reflect"
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart/scope"
	"github.com/woodlawn-health/woodlawn/store"
)

// reach is what scopes allow, in the store's terms.
type reach struct {
	access  *store.Access
	allowed map[string]scope.Permission // by resource type
	all     scope.Permission            // on all types at once, without bounds
}

// alternative is one way in which a resource may be in scope: in the compartment of
// one of the patients (nil: of anybody), and meeting all criteria.
type alternative struct {
	patients []string
	filter   store.Filter
}

// shared are types outside patients' compartments that each member may read: they
// describe providers, places, plans, products and forms, and no person's care.
var shared = []string{"ActivityDefinition", "CodeSystem", "Endpoint", "HealthcareService", "InsurancePlan", "Library", "Location", "Measure",
	"Medication", "MedicationKnowledge", "Organization", "OrganizationAffiliation", "PlanDefinition", "Practitioner", "PractitionerRole",
	"Questionnaire", "StructureDefinition", "Substance", "ValueSet"}

// othersToo are types in a patient's compartment that name other patients as well.
// They are not for members.
var othersToo = []string{"Group"}

// reachOf works out what the scopes of an access allow on the types served. The
// result becomes part of the store's statements: bounds to patients go into
// Access.Patients where all scopes have the same, otherwise into the filters.
func reachOf(a *scope.Access, types []string) *reach {
	r := &reach{access: &store.Access{Types: map[string][]store.Filter{}}, allowed: map[string]scope.Permission{}}
	byType := map[string][]alternative{}
	for _, typ := range types {
		if alternatives, may := alternativesOf(a, typ); may != 0 {
			byType[typ], r.allowed[typ] = alternatives, may
		}
	}
	patients, bound := []string{}, true
	for typ, alternatives := range byType {
		if !search.For(typ).InPatientCompartment() {
			continue
		}
		for _, x := range alternatives {
			if x.patients == nil {
				bound = false
			}
			patients = append(patients, x.patients...)
		}
	}
	if slices.Sort(patients); bound {
		patients = slices.Compact(patients)
		r.access.Patients = patients
	}
	for typ, alternatives := range byType {
		r.access.Types[typ] = filters(typ, alternatives, r.access.Patients)
	}
	for _, p := range []scope.Permission{scope.Create, scope.Read, scope.Update, scope.Delete, scope.Search} {
		if a.For("*", p).Unrestricted() {
			r.all |= p
		}
	}
	return r
}

// filters are the alternatives as the store takes them, beside a bound to patients
// that holds for all types. None means all of the type.
func filters(typ string, alternatives []alternative, bound []string) []store.Filter {
	var list []store.Filter
	for _, x := range alternatives {
		f := x.filter
		if x.patients != nil && !slices.Equal(sorted(x.patients), bound) {
			f = append(slices.Clone(f), search.InPatient(typ, x.patients...))
		}
		if len(f) == 0 {
			return nil
		}
		list = append(list, f)
	}
	return list
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// alternativesOf are those of a type, and the permissions that some scope gives on
// it. The store bounds every interaction alike, so where scopes bound reading and
// searching differently a resource must be within both bounds.
func alternativesOf(a *scope.Access, typ string) (both []alternative, may scope.Permission) {
	for _, p := range []scope.Permission{scope.Read, scope.Search, scope.Create, scope.Update, scope.Delete} {
		var mine []alternative
		for _, alt := range a.For(typ, p).Any {
			if x, ok := usable(typ, alt); ok {
				mine = append(mine, x)
			}
		}
		switch {
		case len(mine) == 0:
			continue
		case may == 0:
			both = mine
		case !reflect.DeepEqual(both, mine):
			both = crossed(both, mine)
		}
		may |= p
	}
	if len(both) == 0 {
		return nil, 0
	}
	return both, may
}

// maxAlternatives bounds what differing scopes may multiply to; beyond it nothing
// is allowed.
const maxAlternatives = 64

func crossed(one, two []alternative) []alternative {
	if len(one)*len(two) > maxAlternatives {
		return nil
	}
	var both []alternative
	for _, a := range one {
		for _, b := range two {
			x := alternative{patients: a.patients, filter: append(slices.Clone(a.filter), b.filter...)}
			switch {
			case a.patients == nil:
				x.patients = b.patients
			case b.patients != nil:
				x.patients = slices.DeleteFunc(slices.Clone(a.patients), func(id string) bool { return !slices.Contains(b.patients, id) })
				if len(x.patients) == 0 {
					continue
				}
			}
			both = append(both, x)
		}
	}
	return both
}

// usable reads the restriction of a scope on a type; false if it cannot be kept.
func usable(typ string, alt scope.Alternative) (x alternative, ok bool) {
	x.patients = alt.Patients
	for _, w := range alt.Where {
		q, err := search.Parse(typ, url.Values{w.Name: {w.Value}}, search.Options{})
		if err != nil || len(q.Criteria) == 0 {
			return x, false
		}
		x.filter = append(x.filter, q.Criteria...)
	}
	types := search.For(typ)
	switch {
	case types == nil:
		return x, false
	case x.patients == nil:
	case slices.Contains(othersToo, typ):
		return x, false
	case types.InPatientCompartment():
	case slices.Contains(shared, typ):
		x.patients = nil
	default: // as Device: outside the compartment, but a patient's
		p := types.Param("patient")
		if p == nil || p.Type != "reference" || len(x.patients) == 0 {
			return x, false
		}
		var refs []string
		for _, id := range x.patients {
			refs = append(refs, "Patient/"+id)
		}
		q, err := search.Parse(typ, url.Values{"patient": {joined(refs)}}, search.Options{})
		if err != nil || len(q.Criteria) == 0 {
			return x, false
		}
		x.filter, x.patients = append(x.filter, q.Criteria...), nil
	}
	return x, true
}

func joined(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ","
		}
		out += s
	}
	return out
}

// attachments tells whether an access that opens no Binary by itself may read those that
// its DocumentReferences have as attachments: it has a scope for Binaries of all its
// patients.
func (r *reach) attachments(a *scope.Access) bool {
	if _, open := r.allowed["Binary"]; open || r.access.Patients == nil || r.allowed["DocumentReference"]&scope.Read == 0 {
		return false
	}
	return slices.ContainsFunc(a.For("Binary", scope.Read).Any, func(alt scope.Alternative) bool {
		return len(alt.Where) == 0 && !slices.ContainsFunc(r.access.Patients, func(id string) bool { return !slices.Contains(alt.Patients, id) })
	})
}

// permissions of the server's interactions.
var permissions = map[server.Interaction]scope.Permission{
	server.Read: scope.Read, server.Search: scope.Search, server.Create: scope.Create, server.Update: scope.Update, server.Delete: scope.Delete,
	server.Import: scope.Create | scope.Update,
}

// may tells whether an interaction with a type, or with the whole system, is allowed.
func (r *reach) may(i server.Interaction, resourceType string, backend bool) bool {
	if i == server.Export { // what is exported is asked for type by type
		for _, p := range r.allowed {
			if backend && p&(scope.Read|scope.Search) == scope.Read|scope.Search {
				return true
			}
		}
		return false
	}
	p, known := permissions[i]
	if !known || p == 0 {
		return false
	}
	if i == server.Import && !backend {
		return false
	}
	if resourceType == "" {
		return r.all&p == p
	}
	return r.allowed[resourceType]&p == p
}
