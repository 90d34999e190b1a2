// SPDX-License-Identifier: Apache-2.0

package uscore

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// TestSample: the record is valid by both versions of US Core, claims every profile
// that they define, and shows each element that these want supported.
func TestSample(t *testing.T) {
	core, err := packages.Open(evidence.Path(t, "fhir/packages/hl7.fhir.r4.core#4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	parent := packages.NewIndex()
	parent.AddPackage(core)
	for _, version := range []string{"3.1.1", "6.1.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/hl7.fhir.us.core#"+version+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x := packages.NewIndex()
		x.Parent = parent
		x.AddPackage(p)
		v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
		present, claimed := map[string]int{}, map[string]bool{}
		ids := map[string]bool{}
		for body := range Sample() {
			d, err := node.ParseResource(body)
			if err != nil {
				t.Fatal(err)
			}
			ref := d.Root().ResourceType() + "/" + d.Root().ID()
			if ids[ref] {
				t.Errorf("%s stands twice", ref)
			}
			ids[ref] = true
			other := false // it claims a profile of the other version alone
			for c := range d.Root().Get("meta").Get("profile").Items() {
				url, of, _ := strings.Cut(c.Text(), "|")
				if other = other || of != "" && of != version; other {
					continue
				}
				for n := 0; n < 5; n++ {
					claimed[url] = true
					support, _ := v.MustSupport(d, url)
					for _, s := range support {
						present[url+" "+s.Element] += s.Present
					}
					sd, ok := x.Find(url)
					if url = sd.Get("baseDefinition").Text(); !ok {
						break
					}
				}
			}
			for _, i := range v.Validate(d) {
				// 3.1.1 binds the flow rate, whose unit it fixes, to a set without that unit.
				flow := version == "3.1.1" && strings.Contains(i.Text, "ucum-vitals-common") && strings.HasPrefix(ref, "Observation/ana-oxygen")
				if i.Severity == validate.Error && !other && !flow {
					t.Errorf("%s: %s: %v", version, ref, i)
				}
			}
		}
		for _, sd := range x.OfType("StructureDefinition") {
			url := sd.Get("url").Text()
			if sd.Get("kind").Is("resource") && !claimed[url] {
				t.Errorf("%s: nothing claims %s", version, url)
			}
		}
		for element, n := range present {
			if n == 0 && strings.HasPrefix(element, p.Canonical) && !strings.HasSuffix(element, "us-core-blood-pressure Observation.value[x]") {
				t.Errorf("%s: the sample lacks %s", version, element)
			}
		}
	}
}
