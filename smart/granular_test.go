// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"strings"
	"testing"
)

// TestGranularScopesGranted: what US Core 6.1.0 wants granted by category is granted
// as it was asked for (Inferno: us_core_granted_granular_scopes).
func TestGranularScopesGranted(t *testing.T) {
	const cond, obs = "http://terminology.hl7.org/CodeSystem/condition-category", "http://terminology.hl7.org/CodeSystem/observation-category"
	asked := []string{
		"patient/Condition.rs?category=" + cond + "|encounter-diagnosis", "patient/Condition.rs?category=" + cond + "|problem-list-item",
		"patient/Condition.rs?category=http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern",
		"patient/Observation.rs?category=" + obs + "|laboratory", "patient/Observation.rs?category=" + obs + "|social-history",
		"patient/Observation.rs?category=" + obs + "|vital-signs", "patient/Observation.rs?category=" + obs + "|survey",
		"patient/Observation.rs?category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh",
	}
	w := newWorld(t)
	granted := w.tokens(w.public(), "ann", "launch/patient "+strings.Join(asked, " "))["scope"].(string)
	for _, s := range asked {
		if !strings.Contains(" "+granted+" ", " "+s+" ") {
			t.Errorf("%s is not granted: %s", s, granted)
		}
	}
}
