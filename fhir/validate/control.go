// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/xml"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// control is what extensions of an ElementDefinition ask beyond R4's own elements.
type control struct {
	mustHaveValue bool     // a primitive must have a value, not extensions alone
	alternatives  []string // extensions that may stand in for the value
	languages     []string // of narrative sections: codes, or _no, _yes, _resource
	source        Severity // of narrative that does not say where it is from
}

// readControl reads the extensions of an ElementDefinition, nil if there are none.
func readControl(e node.Node) *control {
	if !e.Get("extension").Exists() {
		return nil
	}
	var c control
	c.mustHaveValue = e.Extension(laterVersion + "ElementDefinition.mustHaveValue").Get("valueBoolean").Is("true")
	for x := range e.Extensions(laterVersion + "ElementDefinition.valueAlternatives") {
		c.alternatives = append(c.alternatives, x.Get("valueCanonical").Text())
	}
	for x := range e.Extensions(definitionPrefix + "narrative-language-control") {
		c.languages = append(c.languages, x.Get("valueCode").Text())
	}
	switch e.Extension(definitionPrefix + "narrative-source-control").Get("valueCode").Text() {
	case "error", "fatal":
		c.source = Error
	case "warning":
		c.source = Warning
	case "information":
		c.source = Information
	}
	if !c.mustHaveValue && len(c.alternatives)+len(c.languages) == 0 && c.source == "" {
		return nil
	}
	return &c
}

// controls checks a value against the extensions of its definition.
func (r *run) controls(v path.Value, d *definition, p *profile) {
	n, c := v.Node(), d.control
	if !n.HasValue() && n.Kind() != node.Object {
		if c.mustHaveValue {
			r.add(Error, "required", n, d.label(), p.url, "the element must have a value")
		}
		if len(c.alternatives) > 0 && !hasAny(n, c.alternatives) {
			r.add(Error, "required", n, d.label(), p.url, "without a value the element must have the extension %s", strings.Join(c.alternatives, " or "))
		}
	}
	div := n.Get("div")
	if !div.Exists() {
		return
	}
	sections, unsourced := narrativeParts(div.Text())
	if c.source != "" {
		for _, text := range unsourced {
			r.add(c.source, "invalid", n, d.label(), p.url, "the narrative at %s has no class that says where it is from", quoteName(text))
		}
	}
	for _, language := range c.languages {
		switch own := n.Doc().Root().Get("language").Text(); {
		case language == "_no" && len(sections) > 0:
			r.add(Error, "invalid", n, d.label(), p.url, "the profile allows no language sections in the narrative, but there are %s", strings.Join(sections, ", "))
		case language == "_yes" && len(sections) == 0:
			r.add(Error, "required", n, d.label(), p.url, "the profile asks for language sections in the narrative")
		case language == "_resource" && own != "" && !contains(sections, own):
			r.add(Error, "required", n, d.label(), p.url, "the narrative has no section in the resource's language %s", quoteName(own))
		case !strings.HasPrefix(language, "_") && !contains(sections, language):
			r.add(Error, "required", n, d.label(), p.url, "the narrative has no section in the language %s", quoteName(language))
		}
	}
}

func hasAny(n node.Node, extensions []string) bool {
	for _, url := range extensions {
		if n.Extension(url).Exists() {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// sources are the classes by which a part of a narrative says where it is from.
var sources = map[string]bool{"boilerplate": true, "generated": true, "original": true, "extensions": true, "additional": true}

// narrativeParts reads a narrative: the languages of the sections, which are divs
// directly in it, and the texts that are in no element with the class of a source.
func narrativeParts(s string) (sections, unsourced []string) {
	dec := xml.NewDecoder(strings.NewReader(s))
	dec.Entity = xml.HTMLEntity
	var sourced []bool // of the open elements
	for {
		t, err := dec.Token()
		if err != nil {
			return sections, unsourced
		}
		switch t := t.(type) {
		case xml.StartElement:
			known, language := len(sourced) > 0 && sourced[len(sourced)-1], ""
			for _, a := range t.Attr {
				switch {
				case a.Name.Local == "class":
					for _, class := range strings.Fields(a.Value) {
						known = known || sources[class]
					}
				case a.Name.Local == "lang" && a.Value != "":
					language = a.Value
				}
			}
			if len(sourced) == 1 && t.Name.Local == "div" && language != "" {
				sections = append(sections, language)
			}
			sourced = append(sourced, known)
		case xml.EndElement:
			if len(sourced) > 0 {
				sourced = sourced[:len(sourced)-1]
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(t)); text != "" && len(sourced) > 0 && !sourced[len(sourced)-1] {
				unsourced = append(unsourced, text)
			}
		}
	}
}
