// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// bundle checks what no invariant says of a Bundle: that the address of an entry
// is absolute and names the type and id of its resource, that no address stands
// twice, that a document holds what its Composition refers to.
func (r *run) bundle(n node.Node) {
	kind := n.Get("type").Text()
	self := 0
	for link := range n.Get("link").Items() {
		if link.Get("relation").Is("self") {
			if self++; self == 2 {
				r.add(Error, "invalid", link, "link", "", "a Bundle has one link to itself")
			}
		}
	}
	addresses := map[string]bool{}
	for entry := range n.Get("entry").Items() {
		full := entry.Get("fullUrl").Text()
		if full == "" {
			continue
		}
		res := entry.Get("resource")
		key := full + "|" + res.Get("meta").Get("versionId").Text()
		if addresses[key] && kind != "history" {
			r.add(Error, "invalid", entry, "bdl-7", "", "the fullUrl stands twice in the Bundle")
		}
		addresses[key], addresses[full] = true, true
		r.fullURL(entry, full, res)
	}
	if kind == "document" {
		first := n.Get("entry").At(0)
		r.inDocument(first.Get("resource"), first.Get("fullUrl").Text(), addresses)
	}
}

func (r *run) fullURL(entry node.Node, full string, res node.Node) {
	switch {
	case !strings.Contains(full, ":"):
		r.add(Error, "invalid", entry, "fullUrl", "", "the fullUrl must be an absolute address")
	case !strings.HasPrefix(full, "http://") && !strings.HasPrefix(full, "https://"), !res.Exists():
	case r.referenceType(full) == "":
	case res.ID() == "":
		r.add(Error, "invalid", entry, "fullUrl", "", "the fullUrl is a REST address, but the resource has no id")
	case !strings.HasSuffix(full, "/"+res.ResourceType()+"/"+res.ID()):
		r.add(Error, "invalid", entry, "fullUrl", "", "the fullUrl is a REST address, so it must end with the resource's type and id")
	}
}

// inDocument checks that every reference of a Composition finds an entry.
func (r *run) inDocument(n node.Node, from string, addresses map[string]bool) {
	for name, child := range n.Elements() {
		if name == "contained" || name == "relatesTo" {
			continue
		}
		for item := range child.Items() {
			if ref := item.Get("reference"); ref.HasValue() && !addresses[absolute(ref.Text(), from)] && !strings.HasPrefix(ref.Text(), "#") {
				r.add(Error, "not-found", item, "reference", "", "the document does not hold what its Composition refers to")
			}
			if item.Kind() == node.Object {
				r.inDocument(item, from, addresses)
			}
		}
	}
}

// absolute is a reference as a fullUrl: a relative one counts from the base of
// the address that it stands at, if that is a REST address.
func absolute(ref, from string) string {
	if i := strings.Index(ref, "/_history/"); i >= 0 {
		ref = ref[:i]
	}
	if strings.Contains(ref, ":") {
		return ref
	}
	parts := strings.Split(from, "/")
	if len(parts) < 3 || strings.HasPrefix(from, "urn:") {
		return ref
	}
	return strings.Join(parts[:len(parts)-2], "/") + "/" + ref
}
