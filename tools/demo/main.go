// SPDX-License-Identifier: Apache-2.0

// Demo writes the claims of `make demo`: two 837 files whose people, providers and
// stories are invented, each claim made to show one rule.
//
//	go run ./tools/demo
package main

import (
	"bytes"
	"flag"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	to := flag.String("to", "demo", "folder to write")
	flag.Parse()
	for name, content := range files() {
		if err := os.WriteFile(filepath.Join(*to, name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// files are the demo's files by name.
func files() map[string][]byte {
	return map[string][]byte{
		"professional.837":  professional(),
		"institutional.837": institutional(),
		"providers.csv":     hospitals(),
		"clinicians.csv":    clinicians(),
		"beneficiaries.csv": beneficiaries(),
		"CASES.md":          casesPage(),
	}
}

// casesPage lists the claims and the rule that each shows.
func casesPage() []byte {
	var b bytes.Buffer
	b.WriteString("# The demo's claims\n\nEvery person, provider and story is invented. " +
		"`go run ./tools/demo` writes this page and the files beside it.\n\n| claim | what it shows |\n|---|---|\n")
	for _, c := range professionalCases {
		b.WriteString("| " + c.id + " | " + c.shows + " |\n")
	}
	for _, c := range institutionalCases {
		b.WriteString("| " + c.id + " | " + c.shows + " |\n")
	}
	return b.Bytes()
}
