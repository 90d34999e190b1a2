// SPDX-License-Identifier: Apache-2.0

package validate

import "strings"

// Policy says how strict a Validator is where FHIR leaves it to the one who
// validates. The zero Policy reports what it cannot check as information.
type Policy struct {
	// Unloaded is the severity of a profile or extension that a resource or a
	// profile uses and that is not loaded: information by default.
	Unloaded Severity
	// Extensions are starts of addresses whose extensions need not be loaded.
	Extensions []string
	// Targets is the severity of a reference whose target a profile asks to be of
	// a profile, where the target cannot be found: not reported by default.
	Targets Severity
	// HTMLInMarkdown is the severity of what looks like an HTML tag in markdown:
	// a warning by default.
	HTMLInMarkdown Severity
	// Links is the severity of a narrative's link to an id that is not there: a
	// warning by default, as R4 does not forbid it.
	Links Severity
	// Displays is the severity of a display that is not the code's: a warning by default.
	Displays Severity
	// Entries are profiles that entries of a Bundle must meet.
	Entries []EntryProfile
}

// EntryProfile asks that one resource of a Bundle meets a profile.
type EntryProfile struct {
	Type    string // resource type
	Index   int    // among the entries of that type, from 0
	Profile string // canonical URL
}

// or is a severity, or the default if none is set.
func (s Severity) or(other Severity) Severity {
	if s == "" {
		return other
	}
	return s
}

// unloadedExtension is the severity of an extension that is not loaded.
func (r *run) unloadedExtension(url string) Severity {
	for _, start := range r.validator.Policy.Extensions {
		if strings.HasPrefix(url, start) {
			return Information
		}
	}
	return r.unloaded()
}

// unloaded is the severity of a definition that is not loaded.
func (r *run) unloaded() Severity { return r.validator.Policy.Unloaded.or(Information) }
