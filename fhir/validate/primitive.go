// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// maxString is the size that FHIR allows a string.
const maxString = 1 << 20

// primitive checks a primitive: its JSON kind, its format, its extensions and rules.
func (r *run) primitive(n node.Node, t *schema.Type, el *schema.Element, s scope) {
	if k := n.Kind(); k == node.Object || k == node.Array {
		r.add(Error, "structure", n, el.Path, "", "a %s should stand here, not %s", t.Name, k)
		return
	}
	if n.HasValue() {
		if reason := badPrimitive(n, t); reason != "" {
			r.add(Error, "value", n, t.Name, "", "%s", reason)
		}
		if t.Name == "code" {
			r.required(path.NodeValue(n, t), el)
		}
	} else if n.ExtensionJSON() == nil {
		return
	}
	if x := n.ExtensionJSON(); x != nil {
		inner := s
		inner.owner, inner.ownerPath, inner.ownerURL, inner.ownerNode = t, el.Path, "", n
		for name, child := range n.Elements() {
			e, et := t.JSONElement(name)
			if e == nil {
				r.add(Error, "structure", child, "element", "", "%s has no element %s", t.Name, quoteName(name))
				continue
			}
			r.element(child, e, et, inner, t)
		}
	}
	if t.Name == "xhtml" {
		r.links(n, s)
	}
	v := path.NodeValue(n, t)
	r.invariants(v, t.Invariants, "", s)
	r.invariants(v, el.Invariants, "", s)
}

// regexes keeps the compiled patterns of the primitive types.
var regexes sync.Map // type name -> *regexp.Regexp

func regexOf(t *schema.Type) *regexp.Regexp {
	if re, ok := regexes.Load(t.Name); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile("^(?:" + t.Regex + ")$")
	if err != nil {
		re = regexp.MustCompile("")
	}
	regexes.Store(t.Name, re)
	return re
}

// badPrimitive says what is wrong with a primitive's value, or nothing.
func badPrimitive(n node.Node, t *schema.Type) string {
	switch t.Name {
	case "boolean":
		if _, ok := n.Bool(); !ok {
			return "a boolean is true or false, without quotes"
		}
		return ""
	case "integer", "positiveInt", "unsignedInt":
		i, ok := n.Int()
		switch {
		case !ok:
			return "a whole number without quotes should stand here"
		case i > 1<<31-1 || i < -1<<31:
			return "the number is beyond 32 bits"
		case t.Name == "positiveInt" && i < 1:
			return "the number must be 1 or more"
		case t.Name == "unsignedInt" && i < 0:
			return "the number must be 0 or more"
		}
		return ""
	case "decimal":
		if _, ok := n.Decimal(); !ok {
			return "a number without quotes should stand here"
		}
		return ""
	}
	if n.Kind() != node.String {
		return "a string in quotes should stand here, not " + n.Kind().String()
	}
	return badText(n.Text(), t)
}

func badText(s string, t *schema.Type) string {
	switch {
	case s == "":
		return "the value must not be empty"
	case len(s) > maxString && t.Name != "base64Binary" && t.Name != "xhtml":
		return "the value is longer than the 1 MB that FHIR allows"
	}
	switch t.Name {
	case "string", "markdown":
		if strings.TrimSpace(s) == "" {
			return "the value must hold more than white space"
		}
		return ""
	case "xhtml":
		return ""
	case "base64Binary":
		compact := strings.Map(func(c rune) rune {
			if unicode.IsSpace(c) {
				return -1
			}
			return c
		}, s)
		if _, err := base64.StdEncoding.DecodeString(compact); err != nil {
			return "the value is not base64"
		}
		return ""
	case "date", "dateTime", "instant":
		if _, err := datetime.Parse(s); err != nil {
			return "the value is no " + t.Name + " of the calendar"
		}
	case "time":
		if _, err := datetime.ParseTime(s); err != nil {
			return "the value is no time of day"
		}
	}
	if t.Regex != "" && !regexOf(t).MatchString(s) {
		return "the value does not have the form of a " + t.Name
	}
	return ""
}
