// SPDX-License-Identifier: Apache-2.0

package element

import "testing"

func TestResource(t *testing.T) {
	o := Object{}.Set("active", true).Set("name", "A & B").Set("alias", []string(nil)).Set("partOf", Reference("Organization", "")).
		Set("type", Concepts("http://x", []string{"a", "b"})).Extend("http://e", "valueCode", "").Extend("http://e", "valueCode", "c").
		ExtendBy("http://f", Object{}).ExtendBy("http://f", Object{}.Extend("g", "valueBoolean", false)).Add("contact", nil).Add("contact", Object{"x": 1})
	b, err := Resource("Organization", "o1", "2026-11-01T00:00:00Z", "http://p", o)
	want := `{"resourceType":"Organization","id":"o1","meta":{"lastUpdated":"2026-11-01T00:00:00Z","profile":["http://p"]},"active":true,"contact":[{"x":1}],` +
		`"extension":[{"url":"http://e","valueCode":"c"},{"extension":[{"url":"g","valueBoolean":false}],"url":"http://f"}],"name":"A & B",` +
		`"type":[{"coding":[{"code":"a","system":"http://x"}]},{"coding":[{"code":"b","system":"http://x"}]}]}`
	if err != nil || string(b) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b, want)
	}
	if b, err := Resource("Basic", "b", "", "http://p", nil); err != nil || string(b) != `{"resourceType":"Basic","id":"b","meta":{"profile":["http://p"]}}` {
		t.Errorf("%v %s", err, b)
	}
}
