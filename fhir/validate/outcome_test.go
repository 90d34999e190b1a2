// SPDX-License-Identifier: Apache-2.0

package validate

import "testing"

// What the validator says must itself be valid.
func TestOperationOutcome(t *testing.T) {
	v := &Validator{}
	issues := v.Validate(document(t, `{"resourceType":"Patient","gender":["x"],"birthDate":"1","nickname":"<b>","contact":[{"gender":"male"}]}`))
	if !Errors(issues) {
		t.Fatal("no errors")
	}
	for _, some := range [][]Issue{nil, issues} {
		b := OperationOutcome(some)
		if got := found(v.Validate(document(t, string(b)))); got != "" {
			t.Errorf("%s: %s", b, got)
		}
	}
}
