// SPDX-License-Identifier: Apache-2.0

package node

import (
	"iter"
	"strings"
)

// ResourceType is the type of a resource, or nothing for another element.
func (n Node) ResourceType() string {
	t := n.Get("resourceType")
	if t.Kind() != String {
		return ""
	}
	return t.Text()
}

// ID is the id of a resource or element, or nothing.
func (n Node) ID() string { return n.Get("id").Text() }

// Contained is the resource of that id (without #) inside this one.
func (n Node) Contained(id string) Node {
	for r := range n.Get("contained").Items() {
		if r.ID() == id {
			return r
		}
	}
	return Node{}
}

// Extensions yields the extensions with that address.
func (n Node) Extensions(url string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for x := range n.Get("extension").Items() {
			if x.Get("url").Is(url) && !yield(x) {
				return
			}
		}
	}
}

// Extension is the first extension with that address.
func (n Node) Extension(url string) Node {
	for x := range n.Extensions(url) {
		return x
	}
	return Node{}
}

// choiceTypes are the names that may follow the stem of a choice element: the
// data types that R4 allows in an open choice.
var choiceTypes = func() map[string]string {
	const names = `base64Binary boolean canonical code date dateTime decimal id instant integer integer64 markdown oid
	positiveInt string time unsignedInt uri url uuid Address Age Annotation Attachment CodeableConcept CodeableReference
	Coding ContactDetail ContactPoint Contributor Count DataRequirement Distance Dosage Duration Expression
	Extension HumanName Identifier Meta Money MoneyQuantity ParameterDefinition Period Quantity Range Ratio RatioRange Reference
	RelatedArtifact SampledData Signature SimpleQuantity Timing TriggerDefinition UsageContext`
	m := map[string]string{}
	for _, name := range strings.Fields(names) {
		m[strings.ToUpper(name[:1])+name[1:]] = name
	}
	return m
}()

// Choice is the element that a choice holds and the name of its type: Choice("value")
// finds valueQuantity and says "Quantity", valueDateTime and says "dateTime". It
// goes by the names of FHIR's data types; which of them an element allows, package
// schema knows. A choice never repeats.
func (n Node) Choice(stem string) (Node, string) {
	obj := n.object()
	if obj == 0 {
		return Node{}, ""
	}
	d := n.doc
	end := d.tape[obj].next
	for at := obj + 1; at < end; at = d.tape[at].next {
		key := d.name(at)
		if key[0] == '_' {
			key = key[1:]
		}
		if len(key) <= len(stem) || string(key[:len(stem)]) != stem || d.tape[at].kind == Null {
			continue
		}
		if t, ok := choiceTypes[string(key[len(stem):])]; ok {
			return n.Get(string(key)), t
		}
	}
	return Node{}, ""
}
