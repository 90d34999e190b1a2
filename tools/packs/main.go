// SPDX-License-Identifier: Apache-2.0

// Packs makes the tables that the binary embeds (refdata/packs) from CMS's files.
//
//	go run ./tools/packs -from ../shared [mpfs ipps msdrg ...]
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// builders make the tables of one field from the folder of CMS's files.
var builders = map[string]func(from string) ([]*refdata.Table, error){}

func main() {
	log.SetFlags(0)
	from := flag.String("from", filepath.Join("..", "shared"), "folder with CMS's files")
	to := flag.String("to", filepath.Join("refdata", "packs"), "folder for the packs")
	flag.Parse()
	for name, build := range builders {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), name) {
			continue
		}
		tables, err := build(*from)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		for _, t := range tables {
			path := filepath.Join(*to, t.FileName())
			if err := t.WriteFile(path); err != nil {
				log.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%-40s %8d rows %9d bytes\n", t.FileName(), t.Rows, info.Size())
		}
	}
}
