// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// unlikePublished are elements of the guide's published examples that no claim of ours
// becomes, and why.
var unlikePublished = map[string]string{
	"language":    "resources have no words of their own",
	"meta.source": "Provenance tells the source",
	"item.locationCodeableConcept.coding.code":   "a bill of an institution has no place of service by line",
	"item.locationCodeableConcept.coding.system": "a bill of an institution has no place of service by line",
	"item.servicedPeriod.start":                  "no fixture of a stay has lines of several days",
	"subType.coding.code":                        "a professional claim does not say its kind",
	"subType.coding.system":                      "a professional claim does not say its kind",
}

// TestPublishedExamples compares the elements, and the categories of supporting information,
// of the ExplanationOfBenefits that the guide publishes with those that the
// fixtures become: what an example has, a claim must be able to become, or the table says why
// not.
func TestPublishedExamples(t *testing.T) {
	p, err := packages.Open(evidence.Path(t, "fhir/packages/hl7.fhir.us.carin-bb#2.0.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]map[string]bool{}
	all := fixtures()
	for name, in := range fixtures() {
		all["rich "+name] = rich(in)
	}
	for _, in := range all {
		d, err := node.ParseResource(slices.Clone(mapped(t, in).Explanation().JSON))
		if err != nil {
			t.Fatal(err)
		}
		paths(ours, d.Root())
	}
	theirs := map[string]map[string]bool{}
	examples := 0
	for _, r := range p.Examples() {
		n := r.Node
		if n.ResourceType() == "ExplanationOfBenefit" {
			examples++
			paths(theirs, n)
		}
	}
	if examples != 10 {
		t.Errorf("%d examples, want 10", examples)
	}
	used := map[string]bool{}
	for _, profile := range slices.Sorted(maps.Keys(theirs)) {
		for _, path := range slices.Sorted(maps.Keys(theirs[profile])) {
			if ours[profile][path] {
				continue
			}
			if _, ok := unlikePublished[path]; !ok {
				t.Errorf("%s: an example has %s, which no claim becomes", profile, path)
			}
			used[path] = true
		}
	}
	for path := range unlikePublished {
		if !used[path] {
			t.Errorf("the reason for %s is not needed", path)
		}
	}
}

// paths notes the paths of a resource's values, without indexes, by its profile; supporting
// information has its category's code in its path.
func paths(to map[string]map[string]bool, root node.Node) {
	url := root.Get("meta").Get("profile").At(0).Text()
	url = url[strings.LastIndex(url, "/")+1:]
	if to[url] == nil {
		to[url] = map[string]bool{}
	}
	var walk func(n node.Node, at string)
	walk = func(n node.Node, at string) {
		for name, list := range n.Elements() {
			for e := range list.Items() {
				path := strings.TrimPrefix(at+"."+name, ".")
				if code := e.Get("category").Get("coding").At(0).Get("code"); code.Exists() && name == "supportingInfo" {
					path += "(" + code.Text() + ")"
				}
				switch {
				case name == "display" || name == "text" || name == "category":
				case e.Kind() == node.Object:
					walk(e, path)
				default:
					to[url][path] = true
				}
			}
		}
	}
	walk(root, "")
}
