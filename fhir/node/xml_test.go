// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

func TestXML(t *testing.T) {
	const in = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a person -->
<Observation xmlns="http://hl7.org/fhir">
  <id value="x"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>A &amp; "B"</p></div></text>
  <contained><Patient><id value="p"/><multipleBirthInteger value="2"/></Patient></contained>
  <status value="final"><extension url="http://example.org/e"><valueBoolean value="true"/></extension></status>
  <code id="c1"><coding><code value="1"/></coding></code>
  <valueQuantity><value value="72.50"/><unit value="kg"/></valueQuantity>
  <strange value="kept"/>
</Observation>`
	const want = `{"resourceType":"Observation","id":"x",` +
		`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>A &amp; \"B\"</p></div>"},` +
		`"contained":[{"resourceType":"Patient","id":"p","multipleBirthInteger":2}],` +
		`"status":"final","_status":{"extension":[{"url":"http://example.org/e","valueBoolean":true}]},` +
		`"code":{"id":"c1","coding":[{"code":"1"}]},"valueQuantity":{"value":72.50,"unit":"kg"},"strange":"kept"}`
	d, err := node.ParseXML([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, bad := range []string{
		``, `<Patient/>`, `<Patient xmlns="http://hl7.org/fhir">`, `<Patient xmlns="http://hl7.org/fhir">text</Patient>`,
		`<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>`, `<Patient xmlns="http://hl7.org/fhir"/><a/>`,
	} {
		if _, err := node.ParseXML([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func FuzzParseXML(f *testing.F) {
	f.Add(`<Patient xmlns="http://hl7.org/fhir"><id value="x"/><name id="n"><given value="a"/><given><extension url="u"><valueInteger value="1"/></extension></given></name></Patient>`)
	f.Add(`<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Basic><text><div xmlns="http://www.w3.org/1999/xhtml">x</div></text></Basic></resource></entry></Bundle>`)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := node.ParseXML([]byte(s))
		if err != nil {
			_ = err.Error()
			return
		}
		if d.Root().ResourceType() == "" {
			t.Fatalf("%q became %s", s, d.Bytes())
		}
	})
}
