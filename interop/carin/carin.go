// SPDX-License-Identifier: Apache-2.0

// Package carin holds the claims of one invented member as CARIN Blue Button 2.0.0
// resources: every profile, and between them each element that the profiles want
// supported. Demonstrations and tests use it; package patientaccess makes the
// resources of real claims.
package carin

import (
	_ "embed"
	"iter"
	"strings"
)

//go:embed sample.ndjson
var sample string

// Sample yields the resources as JSON. References between them are to Type/id.
func Sample() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range strings.Lines(sample) {
			if !yield([]byte(strings.TrimSuffix(line, "\n"))) {
				return
			}
		}
	}
}
