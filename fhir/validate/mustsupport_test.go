// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"strings"
	"testing"
)

func TestMustSupport(t *testing.T) {
	base := profileOf("Patient", `{"path":"Patient.gender","mustSupport":true},{"path":"Patient.birthDate","mustSupport":true}`)
	derived := strings.NewReplacer("http://example.org/p", "http://example.org/q", "http://hl7.org/fhir/StructureDefinition/Patient", "http://example.org/p").Replace(
		profileOf("Patient", `{"path":"Patient.name","mustSupport":true},{"path":"Patient.name.given","mustSupport":true},
 {"path":"Patient.telecom","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
 {"path":"Patient.telecom","sliceName":"phone","mustSupport":true},{"path":"Patient.telecom.system","fixedCode":"phone"},
 {"path":"Patient.telecom.value","mustSupport":true},{"path":"Patient.gender","mustSupport":true}`))
	v := with(t, base, derived)
	d := document(t, `{"resourceType":"Patient","name":[{"given":["A","B"]},{"given":["C"]}],"telecom":[{"system":"phone","value":"1"},{"system":"email","value":"x"},{"system":"phone"}],"gender":"male"}`)
	all, ok := v.MustSupport(d, "http://example.org/q")
	var got []string
	for _, s := range all {
		got = append(got, fmt.Sprint(s.Element, " ", s.Present, " ", s.Profile[len(s.Profile)-1:]))
	}
	want := "Patient.name 2 q; Patient.name.given 3 q; Patient.telecom:phone 2 q; Patient.telecom.value 1 q; Patient.gender 1 q; Patient.birthDate 0 p"
	if !ok || strings.Join(got, "; ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if _, ok := v.MustSupport(d, "http://example.org/none"); ok {
		t.Error("a profile that is not loaded has a report")
	}
}
