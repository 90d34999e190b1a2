// SPDX-License-Identifier: Apache-2.0

// Fhirschema makes fhir/schema/r4.bin of HL7's packages: the types, search
// parameters and compartments of R4 core, and the search parameters of the
// implementation guides.
//
//	go run ./tools/fhirschema [-out fhir/schema/r4.bin] R4CORE.tgz [GUIDE.tgz ...]
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

func main() {
	out := flag.String("out", "fhir/schema/r4.bin", "the table to write")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "fhirschema:", err)
		os.Exit(1)
	}
}

func run(out string, files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("name the package hl7.fhir.r4.core first, then the guides' packages")
	}
	s := &schema.Schema{}
	for i, file := range files {
		p, err := packages.Open(file)
		if err != nil {
			return err
		}
		b := builder{schema: s, pkg: p, rules: map[schema.Invariant]*schema.Invariant{}, bindings: map[schema.Binding]*schema.Binding{}}
		if err := b.read(i == 0); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	sort.SliceStable(s.Types, func(i, j int) bool { return s.Types[i].Name < s.Types[j].Name })
	if err := s.Link(); err != nil {
		return err
	}
	table := schema.Encode(s)
	fmt.Printf("%d types, %d search parameters, %d compartments, %d bytes\n",
		len(s.Types), len(s.SearchParameters), len(s.Compartments), len(table))
	return os.WriteFile(out, table, 0o644)
}
