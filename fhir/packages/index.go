// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Index finds definitions by their canonical URL: StructureDefinitions, value
// sets, code systems, questionnaires, search parameters. The last one added with
// a URL wins; with URL|version that version is found as long as it was added.
// An Index is not safe for writing and reading at once.
type Index struct {
	Parent *Index // asked for what this one does not hold; may be nil

	byURL map[string]node.Node
	types map[string][]node.Node
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{byURL: map[string]node.Node{}, types: map[string][]node.Node{}}
}

// AddPackage adds all definitions of a package. Files that could not be read are
// returned by name.
func (x *Index) AddPackage(p *Package) (bad map[string]error) {
	for name, r := range p.Resources() {
		if r.Err != nil {
			if bad == nil {
				bad = map[string]error{}
			}
			bad[name] = r.Err
			continue
		}
		x.Add(r.Node)
	}
	return bad
}

// Add adds one definition; a resource without a URL is passed over.
func (x *Index) Add(r node.Node) {
	url := r.Get("url").Text()
	if url == "" {
		return
	}
	x.byURL[url] = r
	if version := r.Get("version").Text(); version != "" {
		x.byURL[url+"|"+version] = r
	}
	x.types[r.ResourceType()] = append(x.types[r.ResourceType()], r)
}

// Find is the definition with a canonical URL. A version that was not added is
// answered with the version that is there.
func (x *Index) Find(canonical string) (node.Node, bool) {
	if r, ok := x.byURL[canonical]; ok {
		return r, true
	}
	if url, _, versioned := strings.Cut(canonical, "|"); versioned {
		if r, ok := x.byURL[url]; ok {
			return r, true
		}
	}
	if x.Parent != nil {
		return x.Parent.Find(canonical)
	}
	return node.Node{}, false
}

// OfType is all definitions of a resource type in this index, in the order they
// were added.
func (x *Index) OfType(resourceType string) []node.Node { return x.types[resourceType] }
