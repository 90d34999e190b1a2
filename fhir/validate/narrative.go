// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"encoding/xml"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// linkSchemes are those that a narrative may link to.
var linkSchemes = map[string]bool{
	"http": true, "https": true, "mailto": true, "tel": true, "ftp": true, "sms": true, "cid": true, "data": true,
}

// links checks the links of a narrative: #id must be in it or in the resource,
// others must have a scheme that a browser can follow.
func (r *run) links(n node.Node, s scope) {
	dec := xml.NewDecoder(strings.NewReader(n.Text()))
	dec.Entity = xml.HTMLEntity
	ids, refs := map[string]bool{}, []string{}
	for {
		t, err := dec.Token()
		if err != nil {
			break // whether it is XHTML at all, txt-1 says
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "id", a.Name.Local == "name" && start.Name.Local == "a":
				ids[a.Value] = true
			case a.Name.Local == "href" && start.Name.Local == "a":
				refs = append(refs, a.Value)
			}
		}
	}
	for _, ref := range refs {
		if id, ok := strings.CutPrefix(ref, "#"); ok {
			if id != "" && !ids[id] && !s.resource.Node().Contained(id).Exists() && !s.root.Node().Contained(id).Exists() && s.resource.Node().ID() != id {
				r.add(Warning, "not-found", n, "link", "", "a link in the narrative goes to an id that is not there")
			}
			continue
		}
		if scheme, _, ok := strings.Cut(ref, ":"); ok && !strings.ContainsAny(scheme, "/?#") && !linkSchemes[strings.ToLower(scheme)] {
			r.add(Error, "invalid", n, "link", "", "a link in the narrative has the scheme %s, which cannot be followed", quoteName(scheme))
		}
	}
}
