// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"bytes"
	"encoding/xml"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// linkSchemes are those that a narrative may link to.
var linkSchemes = map[string]bool{
	"http": true, "https": true, "mailto": true, "tel": true, "ftp": true, "sms": true, "cid": true, "data": true,
}

// narrativeRefers tells whether the narrative refers to every contained resource,
// as an image does: FHIR counts that, though the FHIRPath of dom-3 cannot see it.
func narrativeRefers(n node.Node) bool {
	source := n.JSON() // narratives stand in sections too; in them quotes are escaped
	for r := range n.Get("contained").Items() {
		id := r.ID()
		if id == "" || !bytes.Contains(source, []byte(`"#`+id+`\"`)) && !bytes.Contains(source, []byte(`"#`+id+`"`)) {
			return false
		}
	}
	return true
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
				r.add(r.validator.Policy.Links.or(Warning), "not-found", n, "link", "", "a link in the narrative goes to an id that is not there")
			}
			continue
		}
		if scheme, _, ok := strings.Cut(ref, ":"); ok && !strings.ContainsAny(scheme, "/?#") && !linkSchemes[strings.ToLower(scheme)] {
			r.add(Error, "invalid", n, "link", "", "a link in the narrative has the scheme %s, which cannot be followed", quoteName(scheme))
		}
	}
}

// markdown reports what looks like an HTML tag in markdown, which R4 leaves
// without support: readers show it as it stands, or take it out.
func (r *run) markdown(n node.Node) {
	if !n.HasValue() || !bytes.ContainsRune(n.JSON(), '<') {
		return
	}
	text := n.Text()
	for i := 0; i+1 < len(text); i++ {
		if c := text[i+1]; text[i] == '<' && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && (i == 0 || text[i-1] != '\\') &&
			strings.IndexByte(text[i:], '>') > 0 && !autolink(text[i+1:]) {
			r.add(r.validator.Policy.HTMLInMarkdown.or(Warning), "invalid", n, "markdown", "", "the markdown holds what looks like an HTML tag at %s", quoteName(text[i:i+2]))
			return
		}
	}
}

// autolink tells whether what follows a < is an address in angle brackets.
func autolink(s string) bool {
	s, _, _ = strings.Cut(s, ">")
	return !strings.ContainsAny(s, " \n") && strings.ContainsAny(s, ":@")
}
