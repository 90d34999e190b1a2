// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"net/url"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// searchset checks the entries of a search's result: matches and includes have an
// id, outcomes are OperationOutcomes, and matches are of the type that the link
// to itself asks for (R4, search.html: the types of entries in a searchset).
func (r *run) searchset(n node.Node) {
	self := ""
	for link := range n.Get("link").Items() {
		if link.Get("relation").Is("self") {
			self = link.Get("url").Text()
		}
	}
	if self == "" {
		r.add(Warning, "required", n, "link", "", "a searchset should have a link to itself that says what was asked")
	}
	types := r.searched(self)
	for entry := range n.Get("entry").Items() {
		res, mode := entry.Get("resource"), entry.Get("search").Get("mode").Text()
		if !res.Exists() {
			continue
		}
		outcome := res.ResourceType() == "OperationOutcome"
		if mode == "outcome" && !outcome {
			r.add(Error, "invalid", res, "search.mode", "", "the entry is marked as an outcome, but is a %s", res.ResourceType())
		}
		if mode == "" && outcome || mode == "outcome" {
			continue
		}
		if res.ID() == "" {
			r.add(Error, "required", res, "id", "", "a resource that a search finds must have an id")
		}
		if len(types) > 0 && !types[res.ResourceType()] && mode != "include" {
			severity := Warning
			if mode == "match" {
				severity = Error
			}
			r.add(severity, "invalid", res, "search.mode", "", "the search asks for other types than %s", res.ResourceType())
		}
	}
}

// searched are the resource types that a search's URL asks for, nil for all.
func (r *run) searched(link string) map[string]bool {
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return nil
	}
	if list := u.Query().Get("_type"); list != "" {
		types := map[string]bool{}
		for _, name := range strings.Split(list, ",") {
			types[name] = true
		}
		return types
	}
	last := u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	if t := r.schema.Type(last); t != nil && t.Kind == schema.Resource {
		return map[string]bool{last: true}
	}
	return nil
}

// once refuses a second link of a kind that a Bundle has one of.
func (r *run) once(n node.Node) {
	seen := map[string]bool{}
	for link := range n.Get("link").Items() {
		switch relation := link.Get("relation").Text(); relation {
		case "self", "first", "previous", "prev", "next", "last":
			if seen[relation] {
				r.add(Error, "invalid", link, "link", "", "a Bundle has one link %s", relation)
			}
			seen[relation] = true
		}
	}
}

// entryProfiles checks the entries that the caller's policy names a profile for.
func (r *run) entryProfiles(n node.Node) {
	for _, want := range r.validator.Policy.Entries {
		index := 0
		for entry := range n.Get("entry").Items() {
			res := entry.Get("resource")
			if res.ResourceType() != want.Type {
				continue
			}
			if index == want.Index {
				v := path.ResourceValue(res)
				r.claim(v, want.Profile, scope{resource: v, root: v})
				break
			}
			index++
		}
	}
}
