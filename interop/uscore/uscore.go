// SPDX-License-Identifier: Apache-2.0

// Package uscore holds a small invented record of a family: resources that claim
// every profile of US Core 3.1.1 and 6.1.0, are valid by them, and between them
// show each element that the profiles want supported. Demonstrations and tests use it.
package uscore

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
