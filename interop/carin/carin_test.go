// SPDX-License-Identifier: Apache-2.0

package carin

import (
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// TestSample: the claims are valid, and show each element of each profile that the
// profile wants supported.
func TestSample(t *testing.T) {
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	present, profiles := map[string]int{}, map[string]bool{}
	for body := range Sample() {
		d, err := node.ParseResource(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range v.Validate(d) {
			// The server gives meta.lastUpdated, which the profiles want.
			if i.Severity == validate.Error && !strings.Contains(i.Location+i.Rule+i.Text, "lastUpdated") {
				t.Errorf("%s: %v", d.Root().ID(), i)
			}
		}
		for p := range d.Root().Get("meta").Get("profile").Items() {
			profiles[p.Text()] = true
			support, ok := v.MustSupport(d, p.Text())
			if !ok {
				t.Fatalf("%s is not in the package", p.Text())
			}
			for _, s := range support {
				present[p.Text()+" "+s.Element] += s.Present
			}
		}
	}
	if len(profiles) != 10 {
		t.Errorf("%d profiles", len(profiles))
	}
	for element, n := range present {
		if n == 0 && !strings.Contains(element, "lastUpdated") {
			t.Errorf("the sample lacks %s", element)
		}
	}
}
