// SPDX-License-Identifier: Apache-2.0

// Fhirschema makes fhir/schema/r4.bin of HL7's packages: the types, search
// parameters and compartments of R4 core, and the search parameters and
// CapabilityStatements of the implementation guides.
//
//	go run ./tools/fhirschema -packages DIR
//
// DIR holds the packages as files named id#version.tgz.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// sources are the packages that the table is made of; the first is R4 itself.
var sources = []string{
	"hl7.fhir.r4.core#4.0.1",
	"hl7.fhir.us.core#3.1.1",
	"hl7.fhir.us.core#6.1.0",
	"hl7.fhir.us.carin-bb#2.0.0",
	"hl7.fhir.us.davinci-hrex#1.0.0",
	"hl7.fhir.us.davinci-pdex#2.0.0",
	"hl7.fhir.us.davinci-pdex-plan-net#1.1.0",
	"hl7.fhir.us.davinci-drug-formulary#2.0.1",
	"hl7.fhir.us.davinci-dtr#2.0.1",
	"fhir.onc.us-quality-core#0.1.0",
}

func main() {
	dir := flag.String("packages", ".", "the folder of the packages")
	out := flag.String("out", "fhir/schema/r4.bin", "the table to write")
	flag.Parse()
	s, err := build(*dir)
	if err == nil {
		table := schema.Encode(s)
		fmt.Printf("%d types, %d search parameters, %d compartments, %d guides, %d bytes\n",
			len(s.Types), len(s.SearchParameters), len(s.Compartments), len(s.Guides), len(table))
		err = os.WriteFile(*out, table, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fhirschema:", err)
		os.Exit(1)
	}
}

// build reads the sources from a folder.
func build(dir string) (*schema.Schema, error) {
	s := &schema.Schema{}
	for i, id := range sources {
		p, err := packages.Open(filepath.Join(dir, id+".tgz"))
		if err != nil {
			return nil, err
		}
		if p.ID() != id {
			return nil, fmt.Errorf("the file of %s holds %s", id, p.ID())
		}
		b := builder{schema: s, pkg: p, rules: map[schema.Invariant]*schema.Invariant{}, bindings: map[schema.Binding]*schema.Binding{}}
		if err := b.read(i == 0); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	sort.SliceStable(s.Types, func(i, j int) bool { return s.Types[i].Name < s.Types[j].Name })
	return s, s.Link()
}
