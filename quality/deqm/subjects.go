// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// scope is whom a request is about.
type scope struct {
	subject string     // reference to a patient or group; empty
	group   *node.Node // a group that came with the request
	// Patients of these, where there is no subject.
	practitioner, organization string
}

// scopeOf reads whom a request is about.
func scopeOf(in Input) (scope, error) {
	var s scope
	s.subject = relative(in.Text("subject"))
	if g, ok := in.Resource("subjectGroup"); ok {
		s.group = &g
	} else if text := in.Text("subjectGroup"); text != "" { // by reference
		if s.subject != "" {
			return s, failure(Invalid, "subject and subjectGroup exclude each other")
		}
		s.subject = relative(text)
		if !strings.Contains(s.subject, "/") {
			s.subject = "Group/" + s.subject
		}
	}
	if s.group != nil && s.subject != "" {
		return s, failure(Invalid, "subject and subjectGroup exclude each other")
	}
	if s.group != nil && s.group.ResourceType() != "Group" {
		return s, failure(Invalid, "subjectGroup is a Group")
	}
	s.practitioner, s.organization = relative(in.Text("practitioner")), relative(in.Text("organization"))
	for _, name := range []string{"reporter", "provider"} {
		ref := relative(in.Text(name))
		switch typ, _, _ := strings.Cut(ref, "/"); typ {
		case "Practitioner":
			s.practitioner = ref
		case "Organization":
			s.organization = ref
		}
	}
	if s.practitioner != "" && !strings.Contains(s.practitioner, "/") {
		s.practitioner = "Practitioner/" + s.practitioner
	}
	if s.organization != "" && !strings.Contains(s.organization, "/") {
		s.organization = "Organization/" + s.organization
	}
	if s.subject != "" {
		if !strings.Contains(s.subject, "/") {
			s.subject = "Patient/" + s.subject
		}
		typ, id, _ := strings.Cut(s.subject, "/")
		if typ != "Patient" && typ != "Group" {
			return s, failure(Unsupported, "a subject is a Patient or a Group of patients")
		}
		if !search.ValidID(id) {
			return s, failure(Invalid, "the subject is a reference, as Patient/1 or Group/1")
		}
	}
	return s, nil
}

// relative is Type/id of a reference that may be absolute or have a version.
func relative(ref string) string {
	ref, _, _ = strings.Cut(ref, "/_history/")
	parts := strings.Split(ref, "/")
	if n := len(parts); n > 2 {
		return parts[n-2] + "/" + parts[n-1]
	}
	return ref
}

// one tells whether the scope is a single patient.
func (s *scope) one() bool { return strings.HasPrefix(s.subject, "Patient/") }

// isGroup tells whether the scope is a group of patients.
func (s *scope) isGroup() bool { return s.group != nil || strings.HasPrefix(s.subject, "Group/") }

// patients yields the ids of the patients, each once.
func (s *scope) patients(ctx context.Context, r Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := map[string]bool{}
		emit := func(id string, err error) bool {
			if err != nil {
				return yield("", err)
			}
			if seen[id] {
				return true
			}
			seen[id] = true
			return yield(id, nil)
		}
		switch {
		case s.one():
			emit(strings.TrimPrefix(s.subject, "Patient/"), nil)
		case s.group != nil:
			members(ctx, r, *s.group, 0, emit)
		case s.subject != "":
			readGroup(ctx, r, strings.TrimPrefix(s.subject, "Group/"), 0, emit)
		case s.practitioner != "":
			s.ofPractitioner(ctx, r, emit)
		case s.organization != "":
			if !find(ctx, r, "organization", s.organization, emit) {
				return
			}
			find(ctx, r, "general-practitioner", s.organization, emit)
		default:
			// Everybody: each comes once as it is, so that no list of them is kept.
			for src, err := range r.Find(ctx, "Patient", "", "") {
				if err != nil {
					yield("", err)
					return
				}
				id, err := idOf(src)
				if !yield(id, err) || err != nil {
					return
				}
			}
		}
	}
}

func find(ctx context.Context, r Reader, parameter, target string, emit func(string, error) bool) bool {
	for src, err := range r.Find(ctx, "Patient", parameter, target) {
		id := ""
		if err == nil {
			id, err = idOf(src)
		}
		if !emit(id, err) || err != nil {
			return false
		}
	}
	return true
}

// ofPractitioner yields the practitioner's patients. With an organization, they must be
// the organization's, or the practitioner must have a role there.
func (s *scope) ofPractitioner(ctx context.Context, r Reader, emit func(string, error) bool) {
	if s.organization == "" {
		find(ctx, r, "general-practitioner", s.practitioner, emit)
		return
	}
	works, err := s.worksThere(ctx, r)
	if err != nil {
		emit("", err)
		return
	}
	for src, err := range r.Find(ctx, "Patient", "general-practitioner", s.practitioner) {
		if err != nil {
			emit("", err)
			return
		}
		doc, err := node.ParseResource(src)
		if err != nil {
			emit("", err)
			return
		}
		theirs := works || relative(doc.Root().Get("managingOrganization").Get("reference").Text()) == s.organization
		id := doc.Root().ID()
		doc.Release()
		if theirs && !emit(id, nil) {
			return
		}
	}
}

func (s *scope) worksThere(ctx context.Context, r Reader) (bool, error) {
	for src, err := range r.Find(ctx, "PractitionerRole", "practitioner", s.practitioner) {
		if err != nil {
			return false, err
		}
		doc, err := node.ParseResource(src)
		if err != nil {
			return false, err
		}
		there := relative(doc.Root().Get("organization").Get("reference").Text()) == s.organization
		doc.Release()
		if there {
			return true, nil
		}
	}
	return false, nil
}

func idOf(src []byte) (string, error) {
	doc, err := node.ParseResource(src)
	if err != nil {
		return "", err
	}
	defer doc.Release()
	return doc.Root().ID(), nil
}

// maxGroups bounds groups of groups.
const maxGroups = 5

func readGroup(ctx context.Context, r Reader, id string, depth int, emit func(string, error) bool) bool {
	src, err := r.Read(ctx, "Group", id)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			err = failure(Missing, "there is no such Group")
		}
		return emit("", err)
	}
	doc, err := node.ParseResource(src)
	if err != nil {
		return emit("", err)
	}
	return members(ctx, r, doc.Root(), depth, emit)
}

// members yields the patients of a group that are in it now.
func members(ctx context.Context, r Reader, group node.Node, depth int, emit func(string, error) bool) bool {
	if depth > maxGroups {
		return emit("", failure(Invalid, "groups are members of groups more than %d deep", maxGroups))
	}
	for m := range group.Get("member").Items() {
		if m.Get("inactive").Is("true") {
			continue
		}
		switch typ, id, _ := strings.Cut(relative(m.Get("entity").Get("reference").Text()), "/"); typ {
		case "Patient":
			if !emit(id, nil) {
				return false
			}
		case "Group":
			if !readGroup(ctx, r, id, depth+1, emit) {
				return false
			}
		}
	}
	return true
}
