// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// extension checks an extension: its address, and if its definition is loaded,
// that it meets it and stands where it may.
func (r *run) extension(n node.Node, s scope, owner *schema.Type) {
	url := n.Get("url").Text()
	if url == "" {
		return // extension.url is required, which the structure says
	}
	if s.ownerURL != "" { // inside an extension the addresses are its own
		return
	}
	if !strings.Contains(url, ":") {
		r.add(Error, "invalid", n, "Extension.url", "", "the url of an extension must be absolute")
		return
	}
	p := r.validator.profile(url)
	if p == nil {
		if r.validator.Definitions != nil && !r.known(url) {
			r.add(Information, "not-found", n, "Extension.url", url, "the extension's definition is not loaded, so it was not checked")
		}
		return
	}
	if p.typeName != "Extension" {
		r.add(Error, "invalid", n, "Extension.url", url, "the url names a definition that is no extension")
		return
	}
	r.conform(path.NodeValue(n, r.schema.Type("Extension")), p, s)
	r.context(n, p, s, owner)
}

// known tells whether a definition with the address is loaded at all.
func (r *run) known(url string) bool {
	_, ok := r.validator.Definitions.Find(url)
	return ok
}

// context checks that an extension stands on an element that its definition names.
func (r *run) context(n node.Node, p *profile, s scope, owner *schema.Type) {
	if owner == nil || r.inContext(p, s, owner) {
		for _, rule := range p.onOwner {
			e, err := compile(rule)
			if err != nil || owner == nil {
				continue
			}
			if ok, known, err := e.Test(path.NodeValue(s.ownerNode, owner), r.options(s)); err == nil && known && !ok {
				r.add(Error, "structure", n, "Extension.contextInvariant", p.url, "the extension may not stand here: its context invariant is false")
			}
		}
		return
	}
	r.add(Error, "structure", n, "Extension.context", p.url, "the extension may not stand on a %s", owner.Name)
}

func (r *run) inContext(p *profile, s scope, owner *schema.Type) bool {
	for _, c := range p.contexts {
		switch c.kind {
		case "element":
			if r.onElement(c.expression, owner, s) {
				return true
			}
		case "extension":
			if s.holderURL == c.expression {
				return true
			}
		case "fhirpath":
			e, err := compile(c.expression)
			if err != nil {
				return true
			}
			found, err := e.Evaluate(s.resource, r.options(s))
			for _, f := range found {
				if f.Node() == s.ownerNode {
					return true
				}
			}
			if err != nil {
				return true
			}
		}
	}
	return len(p.contexts) == 0
}

// onElement tells whether a context names the element that holds the extension,
// its type, or what its type specialises.
func (r *run) onElement(expression string, owner *schema.Type, s scope) bool {
	expression = strings.TrimPrefix(expression, definitionPrefix)
	if expression == s.ownerPath || expression == strings.TrimSuffix(s.ownerPath, "[x]") || expression == "*" || expression == "Element" || owner.Is(expression) {
		return true
	}
	head, tail, _ := strings.Cut(expression, ".")
	ownerHead, ownerTail, _ := strings.Cut(s.ownerPath, ".")
	if t := r.schema.Type(ownerHead); tail != "" && tail == ownerTail && t.Is(head) {
		return true
	}
	// A context such as Observation.value.ofType(Quantity) or Patient.name.given
	// names a path through data types, which the walk does not keep.
	return strings.Count(expression, ".") > 1 || strings.Contains(expression, "(")
}
