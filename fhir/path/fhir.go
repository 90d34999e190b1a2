// SPDX-License-Identifier: Apache-2.0

package path

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

func fnExtension(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	url, ok, err := ev.text(c.args[0], "the address of an extension")
	if err != nil || !ok {
		return out, err
	}
	typ := ev.schema.Type("Extension")
	for _, v := range in {
		for x := range v.node.Extensions(url) {
			out = append(out, Value{kind: NodeKind, node: x, typ: typ})
		}
	}
	return out, nil
}

// fnHasValue tells whether the input is one primitive with a value.
func fnHasValue(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	has := len(in) == 1 && (in[0].kind != NodeKind || in[0].node.HasValue())
	return append(out, Boolean(has)), nil
}

func fnGetValue(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	if len(in) == 1 && (in[0].kind != NodeKind || in[0].node.HasValue()) {
		if v, ok := in[0].System(); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// fnResolve follows references, canonical URLs and URLs. What cannot be found
// gives nothing, or with Options.TypedReferences an empty resource of its type.
func fnResolve(ev *evaluator, _ *call, in, out []Value) ([]Value, error) {
	for _, v := range in {
		ref := v.str
		if v.kind == NodeKind {
			if ref = v.node.Text(); v.node.Kind() == node.Object {
				ref = v.node.Get("reference").Text()
			}
		}
		if n, ok := ev.find(ref, v.node); ok {
			out = append(out, ResourceValue(n))
			continue
		}
		if !ev.opts.TypedReferences {
			continue
		}
		name := referenceType(ref)
		if name == "" && v.kind == NodeKind {
			name = v.node.Get("type").Text()
		}
		if t := ev.schema.Type(name); t != nil && t.Kind == schema.Resource {
			out = append(out, Value{kind: NodeKind, typ: t})
		}
	}
	return out, nil
}

// find looks in the resource itself, in a Bundle's entries, then asks.
func (ev *evaluator) find(ref string, from node.Node) (node.Node, bool) {
	if ref == "" {
		return node.Node{}, false
	}
	root := ev.resource(ev.opts.RootResource).node
	if from.Doc() != nil {
		if !root.Exists() || root.Doc() != from.Doc() {
			root = from.Doc().Root()
		}
	}
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		if n := ev.resource(ev.opts.Resource).node.Contained(id); n.Exists() {
			return n, true
		}
		if id == "" {
			return root, root.Exists()
		}
		n := root.Contained(id)
		return n, n.Exists()
	}
	if root.ResourceType() == "Bundle" {
		for entry := range root.Get("entry").Items() {
			ev.steps--
			full := entry.Get("fullUrl")
			r := entry.Get("resource")
			if full.Is(ref) || strings.HasSuffix(full.Text(), "/"+ref) || ref == r.ResourceType()+"/"+r.ID() {
				return r, r.Exists()
			}
		}
	}
	if ev.opts.Resolve != nil {
		return ev.opts.Resolve(ref)
	}
	return node.Node{}, false
}

// referenceType is the resource type that a reference names: Patient of
// Patient/1, http://example.org/fhir/Patient/1 and Patient/1/_history/2.
func referenceType(ref string) string {
	ref, _, _ = strings.Cut(ref, "?")
	if i := strings.Index(ref, "/_history/"); i >= 0 {
		ref = ref[:i]
	}
	parts := strings.Split(ref, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}

func fnMemberOf(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	set, ok, err := ev.text(c.args[0], "the value set of memberOf()")
	if err != nil || !ok || len(in) == 0 || ev.opts.MemberOf == nil {
		return out, err
	}
	if len(in) > 1 {
		return out, fail(c.at, "memberOf() takes one value, not %d", len(in))
	}
	if member, known := ev.opts.MemberOf(in[0], set); known {
		out = append(out, Boolean(member))
	}
	return out, nil
}

func fnConformsTo(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	profile, ok, err := ev.text(c.args[0], "the profile of conformsTo()")
	if err != nil || !ok || len(in) == 0 {
		return out, err
	}
	if len(in) > 1 {
		return out, fail(c.at, "conformsTo() takes one value, not %d", len(in))
	}
	if ev.opts.ConformsTo != nil {
		if conforms, known := ev.opts.ConformsTo(in[0], profile); known {
			return append(out, Boolean(conforms)), nil
		}
	}
	t := ev.schema.TypeByURL(profile)
	if t == nil {
		return out, fail(c.at, "the profile that conformsTo() names is not loaded")
	}
	return append(out, Boolean(in[0].typ != nil && in[0].typ.Is(t.Name))), nil
}

// fnCheckModifiers fails if an element has a modifier extension that is not named.
func fnCheckModifiers(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	known := map[string]bool{}
	for i := range c.args {
		url, _, err := ev.text(c.args[i], "a modifier extension of checkModifiers()")
		if err != nil {
			return out, err
		}
		known[url] = true
	}
	for _, v := range in {
		for x := range v.node.Get("modifierExtension").Items() {
			if !known[x.Get("url").Text()] {
				return out, fail(c.at, "an element has a modifier extension that is not understood")
			}
		}
	}
	return append(out, in...), nil
}

// The elements and attributes that a narrative may have (FHIR R4, narrative.html:
// the formatting of HTML 4.0 chapters 7 to 11 and 15, links and images).
var (
	htmlElements = wordSet(`div p br h1 h2 h3 h4 h5 h6 hr span em strong dfn code samp kbd var cite abbr acronym
		blockquote q sub sup pre ins del ul ol li dl dt dd table caption thead tbody tfoot colgroup col tr th td
		tt i b big small u strike s address bdo center font dir a img`)
	htmlAttributes = wordSet(`title style class id lang xml:lang dir accesskey tabindex name href rel rev charset type
		hreflang src alt longdesc height width usemap ismap span align valign char charoff abbr axis headers scope
		rowspan colspan border cellpadding cellspacing frame rules summary cite datetime start value compact color
		face size bgcolor nowrap clear noshade xmlns`)
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// fnHTMLChecks tells whether a narrative is one XHTML div with allowed content only.
func fnHTMLChecks(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	for _, v := range in {
		out = append(out, Boolean(goodNarrative(v.String())))
	}
	return out, nil
}

func goodNarrative(s string) bool {
	dec := xml.NewDecoder(strings.NewReader(s))
	dec.Entity = xml.HTMLEntity
	depth, roots, content := 0, 0, false
	for {
		t, err := dec.Token()
		if err == io.EOF {
			return roots == 1 && depth == 0 && content
		}
		if err != nil {
			return false
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth == 0 {
				if roots++; roots > 1 || t.Name.Local != "div" {
					return false
				}
			}
			depth++
			content = content || t.Name.Local == "img"
			if !goodElement(t) {
				return false
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			text := strings.TrimSpace(string(t)) != ""
			if content = content || text; text && depth == 0 {
				return false
			}
		case xml.Directive, xml.ProcInst:
			return false
		}
	}
}

func goodElement(t xml.StartElement) bool {
	if !htmlElements[t.Name.Local] {
		return false
	}
	for _, a := range t.Attr {
		name := a.Name.Local
		if a.Name.Space == "xmlns" {
			continue
		}
		if !htmlAttributes[name] && !(a.Name.Space != "" && name == "lang") {
			return false
		}
		if (name == "href" || name == "src") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Value)), "javascript:") {
			return false
		}
	}
	return true
}
