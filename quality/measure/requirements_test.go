// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// published are the data requirements that CMS's tooling wrote into a measure (its
// contained library effective-data-requirements), by type and code filter.
func published(m node.Node) map[string]bool {
	set := map[string]bool{}
	for lib := range m.Get("contained").Items() {
		if !strings.Contains(lib.ID(), "effective-data-requirements") {
			continue
		}
		for d := range lib.Get("dataRequirement").Items() {
			profile := d.Get("profile").At(0).Text()
			// The first filter is the retrieve's; more come from conditions of the query.
			filter := ""
			switch f := d.Get("codeFilter").At(0); {
			case f.Get("valueSet").Exists():
				filter = f.Get("path").Text() + " in " + f.Get("valueSet").Text()
			case f.Get("code").At(0).Get("system").Exists():
				filter = f.Get("path").Text() + " = " + f.Get("code").At(0).Get("code").Text()
			}
			set[fmt.Sprintf("%s %s %s", d.Get("type").Text(), profile, filter)] = true
		}
	}
	return set
}

// What our analysis says that a published measure retrieves is what CMS's own tooling
// says, and five requirements more: the observations of CMS986 are functions, which the
// tooling does not follow, and no score can be computed without what they retrieve.
func TestRequirementsOfPublishedMeasures(t *testing.T) {
	theirs, missing, more := 0, 0, 0
	for _, name := range measureNames(t) {
		src, err := unzipped(evidence.Read(t, ecqmFolder+name+"/measure-bundle.json.gz"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := bundleLimits.ParseResource(src)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, r := range resources(doc.Root(), nil) {
			if r.ResourceType() == "Measure" {
				want = published(r)
			}
		}
		ms, err := NewEngine(Options{}).Load(src)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, q := range ms[0].Requirements() {
			filter := ""
			switch {
			case q.ValueSet != nil:
				filter = q.CodePath + " in " + q.ValueSet.URL
			case len(q.Codes) > 0:
				filter = q.CodePath + " = " + q.Codes[0].Code
			}
			have[fmt.Sprintf("%s %s %s", q.Type, q.Profile, filter)] = true
		}
		theirs += len(want)
		var lacking []string
		for k := range want {
			if !have[k] {
				lacking = append(lacking, k)
			}
		}
		for k := range have {
			if !want[k] {
				more++
				if name != "CMS986FHIRMalnutritionScore" {
					t.Errorf("%s: of ours more: %s", name, k)
				}
			}
		}
		slices.Sort(lacking)
		missing += len(lacking)
		for _, k := range lacking {
			t.Errorf("%s: %s is not among ours", name, k)
		}
	}
	if more != 5 {
		t.Errorf("%d of ours more", more)
	}
	t.Logf("%d requirements of theirs, %d not among ours, %d of ours more", theirs, missing, more)
}
