// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() {
	builders["directory"] = buildDirectory
	builders["formulary"] = func(from string) ([]*refdata.Table, error) {
		t, err := guideCodes(from, "formulary.codes", "hl7.fhir.us.davinci-drug-formulary#2.0.1", "Da Vinci US Drug Formulary 2.0.1")
		return []*refdata.Table{t}, err
	}
}

//go:embed directory/clock.csv
var directoryFiles embed.FS

// buildDirectory makes the code lists of Plan-Net and the time within which a
// directory must show what its payer was told.
func buildDirectory(from string) ([]*refdata.Table, error) {
	codes, err := guideCodes(from, "directory.codes", "hl7.fhir.us.davinci-pdex-plan-net#1.1.0", "Da Vinci PDex Plan-Net 1.1.0")
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(refdata.Meta{ID: "directory.clock", Version: "2021", Title: "Days to publish what a payer was told of its providers",
		Source: "CMS Interoperability and Patient Access final rule (85 FR 25510)", Effective: civil.Of(2021, time.January, 1),
		Columns: []refdata.Column{{Name: "program", Kind: refdata.Text}, {Name: "days", Kind: refdata.Number}, {Name: "verified", Kind: refdata.Text}, {Name: "cite", Kind: refdata.Text}}})
	f, err := directoryFiles.Open("directory/clock.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = vbcRows(f, func(r map[string]string) error { return b.Add(r["program"], r["days"], r["verified"], r["cite"]) })
	return []*refdata.Table{codes, b.Table()}, err
}

// guideCodes lists the codes of the code systems that a guide defines itself.
func guideCodes(from, id, pkg, title string) (*refdata.Table, error) {
	path := filepath.Join(from, "fhir", "packages", pkg+".tgz")
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := packages.Open(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	b := refdata.NewBuilder(refdata.Meta{ID: id, Version: p.Version, Title: "Code systems of " + title, Source: "HL7 package " + pkg,
		SourceSHA256: hex.EncodeToString(sum[:]), Verified: true, Effective: civil.Of(2020, time.January, 1),
		Columns: []refdata.Column{{Name: "system", Kind: refdata.Text}, {Name: "code", Kind: refdata.Text}, {Name: "display", Kind: refdata.Text}}})
	for _, r := range p.Resources() {
		if r.Err != nil || r.ResourceType() != "CodeSystem" || !strings.HasPrefix(r.Get("url").Text(), p.Canonical) {
			continue
		}
		for c := range r.Get("concept").Items() {
			if err := b.Add(r.Get("url").Text(), c.Get("code").Text(), c.Get("display").Text()); err != nil {
				return nil, err
			}
		}
	}
	return b.Table(), nil
}
