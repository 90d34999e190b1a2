// SPDX-License-Identifier: Apache-2.0

package validate

import "encoding/json"

// outcomeIssue is OperationOutcome.issue.
type outcomeIssue struct {
	Severity    Severity    `json:"severity"`
	Code        string      `json:"code"`
	Details     outcomeText `json:"details"`
	Diagnostics string      `json:"diagnostics,omitempty"`
	Expression  []string    `json:"expression,omitempty"`
}

type outcomeText struct {
	Text string `json:"text"`
}

// OperationOutcome writes issues as FHIR's OperationOutcome: rule and profile go
// into diagnostics, the location into expression. Without issues it says that
// all is well, as FHIR asks for one issue at least.
func OperationOutcome(issues []Issue) []byte {
	out := struct {
		ResourceType string         `json:"resourceType"`
		Issue        []outcomeIssue `json:"issue"`
	}{ResourceType: "OperationOutcome"}
	for _, i := range issues {
		o := outcomeIssue{Severity: i.Severity, Code: i.Code, Details: outcomeText{i.Text}, Diagnostics: i.Rule}
		if i.Profile != "" {
			o.Diagnostics += " of " + i.Profile
		}
		if i.Location != "" {
			o.Expression = []string{i.Location}
		}
		out.Issue = append(out.Issue, o)
	}
	if len(out.Issue) == 0 {
		out.Issue = []outcomeIssue{{Severity: Information, Code: "informational", Details: outcomeText{"No issues were found."}}}
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings always marshal
	}
	return b
}
