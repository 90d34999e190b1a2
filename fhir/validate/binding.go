// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// laterVersion starts the addresses of extensions that stand for elements of R5.
const laterVersion = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"

// readBindings reads a binding and its additional bindings.
func (d *definition) readBindings(b node.Node) {
	if set := b.Get("valueSet").Text(); set != "" {
		d.binding = &schema.Binding{Strength: b.Get("strength").Text(), ValueSet: set}
	}
	for _, url := range []string{laterVersion + "ElementDefinition.binding.additional", toolPrefix + "additional-binding"} {
		for x := range b.Extensions(url) {
			if x.Extension("usage").Exists() {
				continue // for a context of use, which a resource does not tell
			}
			strength := x.Extension("purpose").Get("valueCode").Text()
			if strength == "maximum" {
				strength = "required"
			}
			if set := x.Extension("valueSet").Get("valueCanonical").Text(); set != "" {
				d.further = append(d.further, &schema.Binding{Strength: strength, ValueSet: set})
			}
		}
	}
}

// bindingRules checks the bindings of a profile's element.
func (r *run) bindingRules(v path.Value, d *definition, p *profile) {
	if d.binding != nil {
		r.bound(v, d.binding, d.label(), p.url)
	}
	for _, b := range d.further {
		r.bound(v, b, d.label(), p.url)
	}
}

// bound checks a coded value against a binding, as far as the value set is loaded:
// one that is not in it is an error if it is required, a warning if it is
// extensible or preferred.
func (r *run) bound(v path.Value, b *schema.Binding, rule, profile string) {
	if r.validator.MemberOf == nil {
		return
	}
	severity := Error
	switch b.Strength {
	case "required":
	case "extensible", "preferred":
		if severity = Warning; !coded(v.Node()) {
			return
		}
	default:
		return
	}
	if member, known := r.validator.MemberOf(v, b.ValueSet); known && !member {
		r.add(severity, "code-invalid", v.Node(), rule, profile, "the code is not in the value set %s, whose use is %s", b.ValueSet, b.Strength)
	}
}

// coded tells whether a value holds a code at all.
func coded(n node.Node) bool {
	return n.Kind() != node.Object || n.Get("coding").Exists() || n.Get("code").Exists()
}
