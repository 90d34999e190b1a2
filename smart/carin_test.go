// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"slices"
	"strings"
	"testing"
)

// TestCARINCapabilities: discovery names what CARIN Blue Button wants of a server
// (Inferno: c4bb_v200_smart_capabilities).
func TestCARINCapabilities(t *testing.T) {
	w := newWorld(t)
	list, _ := w.get("/fhir/.well-known/smart-configuration").json["capabilities"].([]any)
	for _, want := range []string{"launch-standalone", "client-public", "client-confidential-symmetric", "sso-openid-connect", "context-standalone-patient", "permission-offline", "permission-patient", "permission-user"} {
		if !slices.Contains(list, any(want)) {
			t.Errorf("%s is not among %v", want, list)
		}
	}
}

// TestCARINScopes: the scopes of version 1 that CARIN names are granted as asked
// (Inferno: c4bb_v200_smart_scopes).
func TestCARINScopes(t *testing.T) {
	asked := []string{"openid", "fhirUser", "launch/patient", "offline_access", "patient/ExplanationOfBenefit.read", "patient/Coverage.read", "patient/Patient.read", "patient/Organization.read", "patient/Practitioner.read"}
	w := newWorld(t)
	granted := " " + w.tokens(w.public(), "ann", strings.Join(asked, " "))["scope"].(string) + " "
	for _, s := range asked {
		if !strings.Contains(granted, " "+s+" ") {
			t.Errorf("%s is not granted: %s", s, granted)
		}
	}
}
