// SPDX-License-Identifier: Apache-2.0

package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// Keys of the rows that a modifier looks at, made from the parameter's own.
func identifierKey(param int64) int64 { return mix(param, 2) } // :identifier of a reference
func ofTypeKey(param int64) int64     { return mix(param, 3) } // :of-type of an identifier
func textKey(param int64) int64       { return mix(param, 4) } // :text of a token
func canonicalKey(param int64) int64  { return mix(param, 5) } // quantity in base units

func typeName(v path.Value) string {
	if v.Type() == nil {
		return ""
	}
	return v.Type().Name
}

// token appends the rows of a coded value, identifier, contact point or primitive.
func (x *Index) token(param int64, v path.Value) {
	n := v.Node()
	if n.Kind() != node.Object {
		code := v.String()
		if code == "" {
			return
		}
		system := NoSystem
		if name := typeName(v); name == "code" || name == "boolean" || v.Kind() == path.BooleanKind {
			system = ImpliedSystem
		}
		x.addToken(param, code, system)
		return
	}
	switch typ := v.Type(); {
	case typ == nil:
	case typ.Is("CodeableConcept"):
		for c := range n.Get("coding").Items() {
			x.coding(param, c)
		}
		x.addText(textKey(param), n.Get("text").Text())
	case typ.Is("Coding"):
		x.coding(param, n)
	case typ.Is("Identifier"):
		x.identifier(param, n)
	case typ.Is("ContactPoint"):
		if value := n.Get("value").Text(); value != "" {
			x.addToken(param, value, systemKey(n.Get("use").Text()))
		}
	}
}

func (x *Index) addToken(param int64, code string, system int64) {
	t := Token{param, codeKey(code), system}
	for i := range x.Tokens {
		if x.Tokens[i] == t {
			return
		}
	}
	x.Tokens = append(x.Tokens, t)
}

func (x *Index) coding(param int64, c node.Node) {
	if code := c.Get("code").Text(); code != "" {
		x.addToken(param, code, systemKey(c.Get("system").Text()))
	} else if system := c.Get("system").Text(); system != "" {
		x.Tokens = append(x.Tokens, Token{param, 0, systemKey(system)})
	}
	x.addText(textKey(param), c.Get("display").Text())
}

func (x *Index) identifier(param int64, n node.Node) {
	value := n.Get("value").Text()
	if value == "" {
		return
	}
	x.addToken(param, value, systemKey(n.Get("system").Text()))
	kind := n.Get("type")
	for c := range kind.Get("coding").Items() {
		x.Tokens = append(x.Tokens, Token{ofTypeKey(param), codeKey(value), ofType(c.Get("system").Text(), c.Get("code").Text())})
	}
	x.addText(textKey(param), kind.Get("text").Text())
}

func ofType(system, code string) int64 { return Key(system, strings.ToLower(code)) }

// text appends the rows of a string, or of the parts of a name or address.
func (x *Index) text(param int64, v path.Value) {
	n := v.Node()
	if n.Kind() != node.Object {
		x.addText(param, v.String())
		return
	}
	for name, part := range n.Elements() {
		switch name {
		case "use", "type", "period", "extension", "id":
			continue
		}
		for item := range part.Items() {
			x.addText(param, item.Text())
		}
	}
}

func (x *Index) addText(param int64, s string) {
	if s == "" {
		return
	}
	row := String{param, Normalize(s), Key(s)}
	for i := range x.Strings {
		if x.Strings[i] == row {
			return
		}
	}
	x.Strings = append(x.Strings, row)
}

// maxText bounds what is kept of a text; longer ones are compared by their beginning.
const maxText = 256

// clip cuts a text at maxText bytes, between characters.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// Normalize is the form in which texts are compared: without case, accents and
// outer or repeated white space.
func Normalize(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < utf8.RuneSelf && s[i] != 0
	}
	if !plain {
		var b strings.Builder
		for _, r := range norm.NFD.String(s) {
			switch {
			case unicode.Is(unicode.Mn, r) || r == utf8.RuneError || r == 0:
			case unicode.IsSpace(r) || unicode.IsControl(r):
				b.WriteByte(' ')
			default:
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	if strings.Contains(s, "  ") || strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return clip(strings.ToLower(s))
}

// reference appends the rows of a Reference, a canonical or a uri.
func (x *Index) reference(param int64, v path.Value) {
	n := v.Node()
	ref := n.Text()
	if n.Kind() == node.Object {
		ref = n.Get("reference").Text()
		if id := n.Get("identifier"); id.Exists() {
			if value := id.Get("value").Text(); value != "" {
				x.addToken(identifierKey(param), value, systemKey(id.Get("system").Text()))
			}
		}
	}
	if ref == "" || ref[0] == '#' {
		return
	}
	for _, target := range referenceKeys(ref) {
		row := Reference{param, target}
		known := false
		for i := range x.References {
			known = known || x.References[i] == row
		}
		if !known {
			x.References = append(x.References, row)
		}
	}
}

// referenceKeys are the keys by which a reference is found: that of the resource,
// or that of the address, with and without the version of a canonical.
func referenceKeys(ref string) []int64 {
	if typ, id := LocalReference(ref); typ != "" {
		return []int64{ResourceKey(typ, id)}
	}
	if plain, _, versioned := strings.Cut(ref, "|"); versioned {
		return []int64{Key(ref), Key(plain)}
	}
	return []int64{Key(ref)}
}
