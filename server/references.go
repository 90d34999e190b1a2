// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// link is a text in a resource that may name another entry of a transaction.
type link struct {
	at   node.Node
	text string
	// reference is false for a uri, which is rewritten only if it names an entry.
	reference bool
}

// condition tells whether it is a conditional reference: Patient?identifier=...
func (l *link) condition() bool {
	typ, _, ok := strings.Cut(l.text, "?")
	return ok && l.reference && search.IsResource(typ)
}

// linksOf appends the references and URNs inside an element.
func linksOf(n node.Node, links []link) []link {
	for name, child := range n.Elements() {
		for item := range child.Items() {
			switch item.Kind() {
			case node.Object:
				links = linksOf(item, links)
			case node.String:
				text := item.Text()
				if isReference := name == "reference"; isReference || strings.HasPrefix(text, "urn:") {
					links = append(links, link{item, text, isReference})
				}
			}
		}
	}
	return links
}

// rewrite gives the resource with the links that are in ids replaced.
func rewrite(root node.Node, links []link, ids map[string]string) (body []byte, changed bool) {
	src, offset := root.JSON(), root.Offset()
	from := 0
	slices.SortFunc(links, func(a, b link) int { return a.at.Offset() - b.at.Offset() })
	for _, l := range links {
		local, ok := ids[l.text]
		plain, fragment, _ := strings.Cut(l.text, "#")
		if !ok && fragment != "" {
			if local, ok = ids[plain]; ok {
				local += "#" + fragment
			}
		}
		start := l.at.Offset() - offset
		if !ok {
			continue
		}
		body = append(body, src[from:start]...)
		body = appendText(body, local)
		from = start + len(l.at.JSON())
		changed = true
	}
	return append(body, src[from:]...), changed
}

// patchFromBinary takes the JSON Patch out of the Binary that carries it in a Bundle.
func (e *entry) patchFromBinary(binary node.Node) error {
	media, _, _ := strings.Cut(binary.Get("contentType").Text(), ";")
	data, err := base64.StdEncoding.DecodeString(binary.Get("data").Text())
	if binary.ResourceType() != "Binary" || err != nil || media != jsonPatch {
		return failure(http.StatusBadRequest, "not-supported", "a patch in a Bundle is a Binary with a JSON Patch")
	}
	e.req.body, e.req.media = data, jsonPatch
	return nil
}
