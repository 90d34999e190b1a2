// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess/medicare"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

type acoImportCmd struct {
	Files      []string `arg:"" help:"Files of FHIR resources (NDJSON as bulk exports are, or a bundle) or of claims (837); may be gzipped." type:"existingfile"`
	Remittance []string `help:"835 files that answer the claims of the 837 files." type:"existingfile" placeholder:"FILE"`
	Out        string   `required:"" help:"Folder for RIF files, which the other commands read; it must hold none yet." type:"path" placeholder:"DIR"`
	Year       int      `help:"Year of beneficiaries whose Coverage names none." default:"2025"`
	Providers  string   `help:"Specialties of clinicians (csv: npi, specialty by CMS's code), which claims do not carry." type:"existingfile" placeholder:"FILE"`
}

// Help is the long help.
func (acoImportCmd) Help() string {
	return `Turns FHIR bulk exports of CMS's Beneficiary FHIR Data server (BCDA, AB2D, DPC), or an organisation's own
claims (837) with their answers (--remittance, 835), into Research Identifiable Files in a folder, from which
every aco command makes timelines.

Of exports are read ExplanationOfBenefits, in the form of FHIR STU3 or of CARIN Blue Button (FHIR R4:
versions 2 and 3 of BCDA, AB2D and DPC, and any payer's), Patients (identifiers, names, birth, sex,
death), Coverages (status, entitlement, coverage by month where it is told), and the Organizations and
Practitioners to whom claims refer; a file of those is read first. Resources that can't be read are
set aside in rejects.ndjson with file, line and reason; the exit code is 1 then.

Of 837 files the claims are taken that Medicare Part A or B answered: paid is what the 835 says. Claims of
other payers and claims without an answer are set aside with the reason. A replacement or void (frequency code
7 or 8) takes the claim out of force that its REF*F8 names, whatever the order of files, also one that
an earlier import told of.`
}

func (c acoImportCmd) Run(a *App) (err error) {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	files, err := newOutputs(c.Out)
	if err != nil {
		return err
	}
	defer files.drop()
	rejects, err := files.create("rejects.ndjson")
	if err != nil {
		return err
	}
	w := &medicare.Research{Year: c.Year, Create: func(kind rif.Kind) (io.Writer, error) {
		name := strings.ToLower(strings.ReplaceAll(kind.String(), " ", "_")) + ".csv"
		if _, err := os.Stat(filepath.Join(c.Out, name)); err == nil {
			return nil, fmt.Errorf("%s is there already; choose another folder", filepath.Join(c.Out, name))
		}
		return files.create(name)
	}}
	if c.Providers != "" {
		if w.Specialties, err = (acoAssignCmd{Providers: c.Providers}).specialties(); err != nil {
			return &ExitError{ExitInput, err}
		}
	}
	bad := 0
	billed := &billedImport{app: a, w: w, rejects: rejects, remittance: c.Remittance}
	for _, name := range c.inOrder(a) {
		if is, err := isX12(a, name); err != nil {
			return &ExitError{ExitInput, err}
		} else if is {
			if err := billed.read(name); err != nil {
				return &ExitError{ExitInput, err}
			}
			continue
		}
		err := c.read(a, name, w, func(line int, err error) error {
			bad++
			return json.NewEncoder(rejects).Encode(map[string]any{"file": filepath.Base(name), "line": line, "reason": err.Error()})
		})
		if err != nil {
			return &ExitError{ExitInput, err}
		}
	}
	bad += billed.bad
	if err := w.Finish(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if bad == 0 {
		files.discard(rejects)
		if err := files.remove("rejects.ndjson"); err != nil {
			return err
		}
	}
	if err := files.keep(); err != nil {
		return err
	}
	claims := 0
	var kinds []string
	for kind, n := range w.Claims {
		claims += n
		if n > 0 {
			kinds = append(kinds, fmt.Sprintf("%d %v", n, kind))
		}
	}
	slices.Sort(kinds)
	fmt.Fprintf(a.Out, "%d claims (%s), %d patients, %d resources of other types, %d set aside\n", claims, strings.Join(kinds, ", "), w.Patients, w.Other, bad)
	billed.print()
	if n := w.Unnamed(); n > 0 {
		fmt.Fprintf(a.Err, "%d references name a provider whose resource is in none of the files; give Organization and Practitioner files too\n", n)
	}
	return setAside(bad)
}

// read gives the resources of a file to the writer: one a line, or those of a bundle.
func (c acoImportCmd) read(a *App, name string, w *medicare.Research, reject func(int, error) error) error {
	in, done, err := a.open(name)
	if err != nil {
		return err
	}
	defer done()
	br := bufio.NewReaderSize(in, 1<<20)
	add := func(text []byte, line int) error {
		d, err := node.ParseResource(text)
		if err != nil {
			return reject(line, err)
		}
		defer d.Release()
		err = w.Add(d, filepath.Base(name), line)
		var one *medicare.Unreadable
		if errors.As(err, &one) {
			return reject(line, one)
		}
		return err
	}
	one := func(text []byte, line int) error {
		if !bytes.Contains(text, []byte(`"Bundle"`)) {
			return add(text, line)
		}
		var b struct {
			Type  string                               `json:"resourceType"`
			Entry []struct{ Resource json.RawMessage } `json:"entry"`
		}
		if err := json.Unmarshal(text, &b); err != nil || b.Type != "Bundle" {
			return add(text, line)
		}
		for _, providers := range []bool{true, false} { // first those to whom claims refer
			for _, e := range b.Entry {
				if isProvider(e.Resource) != providers {
					continue
				}
				if err := add(e.Resource, line); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if head, _ := br.Peek(2); len(head) == 2 && head[0] == '{' && (head[1] == '\n' || head[1] == '\r') { // a document over lines
		text, err := io.ReadAll(io.LimitReader(br, 1<<30))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return one(text, 1)
	}
	sc, err := openLines(br)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for n := 1; sc.Scan(); n++ {
		if text := bytes.TrimSpace(sc.Bytes()); len(text) > 0 {
			if err := one(text, n); err != nil {
				return err
			}
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
