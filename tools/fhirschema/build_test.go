// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// The embedded table is what the packages give.
func TestTableIsCurrent(t *testing.T) {
	s, err := build(evidence.Path(t, "fhir/packages"))
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(evidence.Root(), "fhir", "schema", "r4.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(schema.Encode(s), have) {
		t.Error("fhir/schema/r4.bin is not what tools/fhirschema makes of the packages")
	}
}
