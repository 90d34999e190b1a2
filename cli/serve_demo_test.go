// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// TestDemoIsValid holds the demo's resources to the profiles that they claim, of US Core
// and CARIN Blue Button.
func TestDemoIsValid(t *testing.T) {
	var files []string
	for _, name := range []string{"hl7.fhir.us.core#6.1.0.tgz", "hl7.fhir.us.carin-bb#2.0.0.tgz"} {
		files = append(files, evidence.Path(t, filepath.Join("fhir", "packages", name)))
	}
	index, err := packages.Load(files...)
	if err != nil {
		t.Fatal(err)
	}
	v := &validate.Validator{Definitions: index, MemberOf: terminology.NewStore(index).MemberOf}
	b, err := demoFiles.ReadFile("demodata/members.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	profiles := 0
	for line := range strings.Lines(string(b)) {
		d, err := node.ParseResource([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		profiles += strings.Count(line, "/StructureDefinition/")
		if issues := v.Validate(d); validate.Errors(issues) {
			t.Errorf("%s/%s: %v", d.Root().ResourceType(), d.Root().ID(), issues)
		}
		d.Release()
	}
	if profiles < 28 {
		t.Errorf("the demo claims %d profiles", profiles)
	}
}
