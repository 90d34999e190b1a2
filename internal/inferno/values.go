// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// value is one value of a search parameter in a resource, read without the
// server's index.
type value struct {
	kind         string // token reference string date
	system, code string // of a token
	text         string // of a string; of a reference; a date as it stands
	low, high    string // of a date or period, as they stand; empty for no end
}

var compiledExpr = map[string]*path.Expr{}

// param is the definition of a parameter of a type, or nil.
func param(typ, code string) *schema.SearchParameter {
	for _, p := range schema.R4().Search(typ, code) {
		return p
	}
	return nil
}

// values are those of a parameter in a resource.
func values(d *doc, code string) (list []value) {
	if code == "_id" {
		return []value{{kind: "token", code: d.id}}
	}
	p := param(d.typ, code)
	if p == nil || p.Expression == "" {
		return nil
	}
	e := compiledExpr[p.Expression]
	if e == nil {
		e = path.MustCompile(p.Expression)
		compiledExpr[p.Expression] = e
	}
	found, err := e.Evaluate(path.ResourceValue(d.root), &path.Options{TypedReferences: true})
	if err != nil {
		return nil
	}
	for _, v := range found {
		n := v.Node()
		switch p.Type {
		case "token":
			list = append(list, tokens(n, v)...)
		case "reference":
			ref := n.Get("reference").Text()
			if n.Kind() != node.Object {
				ref = n.Text()
			}
			if ref != "" && ref[0] != '#' {
				list = append(list, value{kind: "reference", text: ref})
			}
		case "string":
			list = append(list, texts(n, v)...)
		case "uri":
			list = append(list, value{kind: "reference", text: v.String()})
		case "date":
			if n.Kind() == node.Object {
				list = append(list, value{kind: "date", low: n.Get("start").Text(), high: n.Get("end").Text()})
			} else {
				list = append(list, value{kind: "date", text: v.String(), low: v.String(), high: v.String()})
			}
		}
	}
	return list
}

func tokens(n node.Node, v path.Value) (list []value) {
	if n.Kind() != node.Object {
		return []value{{kind: "token", code: v.String()}}
	}
	coding := func(c node.Node) {
		if c.Get("code").Text() != "" {
			list = append(list, value{kind: "token", system: c.Get("system").Text(), code: c.Get("code").Text()})
		}
	}
	switch {
	case n.Get("coding").Exists():
		for c := range n.Get("coding").Items() {
			coding(c)
		}
	case n.Get("value").Exists(): // Identifier
		list = append(list, value{kind: "token", system: n.Get("system").Text(), code: n.Get("value").Text()})
	default:
		coding(n)
	}
	return list
}

func texts(n node.Node, v path.Value) (list []value) {
	if n.Kind() != node.Object {
		return []value{{kind: "string", text: v.String()}}
	}
	for _, name := range []string{"family", "given", "city", "line", "state", "postalCode", "text"} {
		for item := range n.Get(name).Items() {
			list = append(list, value{kind: "string", text: item.Text()})
		}
	}
	return list
}

// escape protects what has a meaning in a search.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(s)
}

// ask writes a value as clients do.
func (v value) ask() string {
	switch v.kind {
	case "token":
		if v.system != "" {
			return escape(v.system) + "|" + escape(v.code)
		}
		return escape(v.code)
	case "date":
		if v.text != "" {
			return v.text
		}
		if v.low != "" {
			return "ge" + v.low
		}
		return "le" + v.high
	}
	return escape(v.text)
}

// others are further ways to ask for the value, each of which must find it too.
func (v value) others() (list []string) {
	switch v.kind {
	case "token":
		if v.system != "" {
			list = append(list, escape(v.code))
		}
		list = append(list, v.ask()+",no-such-code")
	case "reference":
		if typ, id, ok := strings.Cut(v.text, "/"); ok && !strings.Contains(typ, ":") {
			list = append(list, id)
		}
	case "date":
		if v.low != "" {
			list = append(list, "ge"+v.low, "gt1900-01-01")
		}
		if v.high != "" {
			list = append(list, "le"+v.high, "lt2100-01-01")
		}
	}
	return list
}

// meets tells whether a resource has the value, by the plain meaning of the
// parameter; sure is false where only the server's finer rules can tell.
func meets(d *doc, code string, v value) (ok, sure bool) {
	has := values(d, code)
	switch v.kind {
	case "token":
		return slices.ContainsFunc(has, func(h value) bool {
			return strings.EqualFold(h.code, v.code) && (v.system == "" || h.system == v.system)
		}), true
	case "reference":
		return slices.ContainsFunc(has, func(h value) bool { return h.text == v.text }), true
	case "string":
		return slices.ContainsFunc(has, func(h value) bool {
			return strings.HasPrefix(strings.ToLower(h.text), strings.ToLower(v.text))
		}), true
	}
	// The spans must at least touch: an answer outside the day that was asked for is wrong.
	return slices.ContainsFunc(has, func(h value) bool {
		low, high := v.low, v.high
		if v.text == "" { // asked for by ge or le
			if v.low != "" {
				high = ""
			} else {
				low = ""
			}
		}
		return (high == "" || h.low == "" || cut(h.low, high) <= cut(high, h.low)) && (low == "" || h.high == "" || cut(h.high, low) >= cut(low, h.high))
	}), false
}

// cut makes two dates equally exact; the day is exact enough, as zones differ.
func cut(a, b string) string { return a[:min(len(a), len(b), 10)] }
