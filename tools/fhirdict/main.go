// SPDX-License-Identifier: Apache-2.0

// Fhirdict makes the dictionary with which package store packs resources: text that
// many FHIR resources have in common, so that what is kept of one is mostly what it
// alone says. It is made of this project's invented resources.
//
//	go run ./tools/fhirdict -out store/fhir1.dict cli/demodata/members.ndjson
//
// A dictionary that stores were written with never changes. A better one gets the
// next number, and package store reads with all of them.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"log"
	"os"

	"github.com/klauspost/compress/s2"

	"github.com/woodlawn-health/woodlawn/interop/carin"
	"github.com/woodlawn-health/woodlawn/interop/uscore"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		log.Fatal("fhirdict: ", err)
	}
}

func run(out string, files []string) error {
	var d dictionary
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(b) {
			d.add(bytes.TrimSpace(line))
		}
	}
	for _, sample := range []iter.Seq[[]byte]{uscore.Sample(), carin.Sample()} {
		for line := range sample {
			d.add(line)
		}
	}
	fmt.Printf("%d of %d resources, %d bytes\n", d.taken, d.seen, len(d.text))
	return os.WriteFile(out, s2.MakeDict(d.text, nil).Bytes(), 0o644)
}

// dictionary is a text of resources.
type dictionary struct {
	text        []byte
	taken, seen int
}

// news is the share of a resource that the dictionary must lack for it to be taken in.
const news = 0.2

func (d *dictionary) add(resource []byte) {
	d.seen++
	size := len(resource)
	if s := s2.MakeDict(d.text, nil); s != nil {
		size = len(s.Encode(nil, resource))
	}
	if float64(size) > news*float64(len(resource)) && len(d.text)+len(resource) <= s2.MaxDictSize {
		d.text, d.taken = append(d.text, resource...), d.taken+1
	}
}
