// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

const definitionPrefix = "http://hl7.org/fhir/StructureDefinition/"

// reference checks a reference: what it contains must be there, and be of a type
// that the element allows.
func (r *run) reference(n node.Node, el *schema.Element, s scope) {
	ref := n.Get("reference").Text()
	if ref == "" {
		return
	}
	name := ""
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		target := s.root.Node()
		if id != "" {
			target = s.root.Node().Contained(id)
		}
		if !target.Exists() {
			r.add(Error, "not-found", n, "reference", "", "the resource contains nothing with the id of this reference")
			return
		}
		name = target.ResourceType()
	} else {
		name = r.referenceType(ref)
	}
	if name == "" {
		return
	}
	if t := n.Get("type").Text(); t != "" && t != name && !strings.Contains(t, "/") {
		r.add(Error, "structure", n, "reference", "", "the reference says that it is to a %s, but it is to a %s", quoteName(t), name)
	}
	var allowed []string
	for i := range el.Types {
		for _, target := range el.Types[i].Targets {
			t := strings.TrimPrefix(target, definitionPrefix)
			if t == "Resource" || t == name {
				return
			}
			allowed = append(allowed, t)
		}
	}
	if len(allowed) > 0 {
		r.add(Error, "structure", n, el.Path, "", "%s refers to %s, not to a %s", el.Path, strings.Join(allowed, ", "), name)
	}
}

// referenceType is the resource type that a literal reference names, or nothing.
func (r *run) referenceType(ref string) string {
	if i := strings.Index(ref, "/_history/"); i >= 0 {
		ref = ref[:i]
	}
	if strings.HasPrefix(ref, "urn:") || strings.ContainsAny(ref, "?|") {
		return ""
	}
	parts := strings.Split(ref, "/")
	if len(parts) < 2 {
		return ""
	}
	name := parts[len(parts)-2]
	if t := r.schema.Type(name); t != nil && t.Kind == schema.Resource {
		return name
	}
	return ""
}
