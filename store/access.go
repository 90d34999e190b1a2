// SPDX-License-Identifier: Apache-2.0

package store

import (
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Access is what a request may see and touch. It becomes part of every
// statement, so that nothing outside it is read, counted, chained through or
// included. Nil allows everything; the zero Access allows nothing.
type Access struct {
	// Patients, if not nil, limits resources of types that belong to patients to
	// those in the compartments of these patients. Types that belong to none
	// (Organization, Practitioner) are not limited by it.
	Patients []string
	// Types are the resource types that may be seen. Each has alternatives, of
	// which one must hold with all its criteria (granular scopes such as
	// patient/Observation.rs?category=laboratory); none means all of the type.
	Types map[string][]Filter
	// AllTypes allows those that Types does not name.
	AllTypes bool
}

// Filter is criteria that must all hold.
type Filter []search.Criterion

// Allows tells whether anything of a type may be seen.
func (a *Access) Allows(resourceType string) bool {
	if a == nil || a.AllTypes {
		return true
	}
	_, ok := a.Types[resourceType]
	return ok
}

// permitted adds the conditions under which the access allows to see r.
func (b *builder) permitted(typ string) {
	a := b.access
	if a == nil {
		return
	}
	if !a.Allows(typ) {
		b.add(" AND 1 = 0")
		return
	}
	if a.Patients != nil && search.For(typ).InPatientCompartment() {
		c := search.InPatient(typ, a.Patients...)
		b.add(" AND (")
		b.criterion(&c, asTest)
		if typ == "Provenance" {
			b.aboutPatients(a.Patients)
		}
		b.add(")")
	}
	if alternatives := a.Types[typ]; len(alternatives) > 0 {
		b.add(" AND (")
		for i, f := range alternatives {
			if i > 0 {
				b.add(" OR ")
			}
			b.add("(1 = 1")
			for j := range f {
				b.add(" AND ")
				b.criterion(&f[j], asTest)
			}
			b.add(")")
		}
		b.add(")")
	}
}

// aboutPatients adds that a Provenance may be seen if what it is about may. R4's
// compartment has only those that name the patient, but an app that may read a
// resource may read where it comes from (US Core, PDex).
func (b *builder) aboutPatients(patients []string) {
	target := search.For("Provenance").Param("target")
	b.add(" OR r.rid IN (SELECT x.rid FROM ix_ref x WHERE x.shard IN ("+b.store.anyOf+") AND x.sp = ? AND x.target IN (", target.Key)
	var keys []int64
	for _, id := range patients {
		keys = append(keys, search.ResourceKey("Patient", id))
	}
	first := true
	for _, typ := range target.Targets {
		if typ == "Provenance" || len(keys) == 0 || !search.For(typ).InPatientCompartment() || !b.access.Allows(typ) {
			continue
		}
		if !first {
			b.add(" UNION ALL ")
		}
		first = false
		b.add("SELECT t.key FROM ix_ref c JOIN res t ON t.shard = c.shard AND t.type = ? AND t.rid = c.rid WHERE c.shard IN ("+b.store.anyOf+") AND c.sp = ? AND c.target IN (",
			typ, search.CompartmentKey(typ))
		b.list(keys, len(keys))
		b.add(")")
	}
	if first {
		b.add("SELECT 0 WHERE 1 = 0")
	}
	b.add("))")
}
