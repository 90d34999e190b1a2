// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

// eobTypes are the resources of a run; each has a file.
var eobTypes = []string{"ExplanationOfBenefit", "Patient", "Coverage", "Organization", "Practitioner", "RelatedPerson"}

const lossesFile = "losses.ndjson"

// eobFiles is the priceSink of `woodlawn eob`.
type eobFiles struct {
	run             *priceRun
	mapper          *patientaccess.Mapper
	network         patientaccess.Network
	dir             string
	out             *outputs
	resources       map[string]*output
	counts          map[string]int
	losses, rejects *output
	// seen keeps what was written around the claims (a hash of its name, and of its
	// content), so that a resource of many claims is written once. The first stands.
	seen      map[[16]byte][8]byte
	lost      int // fields
	rejected  int // claims
	described int // mentions of a resource that differ from what was written
}

func newEOBFiles(dir string, run *priceRun, m *patientaccess.Mapper, network patientaccess.Network) (*eobFiles, error) {
	out, err := newOutputs(dir)
	if err != nil {
		return nil, err
	}
	s := &eobFiles{run: run, mapper: m, network: network, dir: dir, out: out, resources: map[string]*output{},
		counts: map[string]int{}, seen: map[[16]byte][8]byte{}}
	for _, kind := range eobTypes {
		if s.resources[kind], err = out.create(kind + ".ndjson"); err != nil {
			out.drop()
			return nil, err
		}
	}
	if s.losses, err = out.create(lossesFile); err == nil {
		s.rejects, err = out.create(rejectsFile)
	}
	if err != nil {
		out.drop()
		return nil, err
	}
	return s, nil
}

// lossLine is a line of the loss report.
type lossLine struct {
	Claim       string               `json:"claim_id"`
	Explanation string               `json:"explanation_of_benefit"`
	Profile     string               `json:"profile"`
	Losses      []patientaccess.Loss `json:"losses"`
}

// check lets every payee through: no 835 is written.
func (s *eobFiles) check(int, *adjudicate.Result) {}

// prepare maps a claim that was decided. A payment that could not be written on an
// 835 is not made, here as there.
func (s *eobFiles) prepare(_ int, c *claim837.Parsed, r *adjudicate.Result, out *prepared) {
	out.mapErr, out.losses = nil, out.losses[:0]
	if r.Status != adjudicate.Paid {
		return
	}
	if err := s.run.codes.Check(&r.Payment, s.run.date); err != nil {
		r.Hold("it cannot be written on the 835: " + err.Error())
		return
	}
	s.explain(s.mapper, &patientaccess.Input{Claim: &c.Claim, Payment: &r.Payment, Allowed: r.Allowed, AllowedKnown: true,
		Adjudicated: s.run.date, Paid: s.paid(r)}, out)
}

// explain maps a claim with its answer, on any core.
func (s *eobFiles) explain(m *patientaccess.Mapper, in *patientaccess.Input, out *prepared) {
	in.Network = s.network
	if out.mapErr = m.Map(in, &out.set); out.mapErr != nil {
		return
	}
	e := out.set.Explanation()
	line, err := json.Marshal(lossLine{in.Claim.ID, e.Type + "/" + e.ID, out.set.Profile, out.set.Losses})
	if err != nil {
		out.mapErr = err
		return
	}
	out.losses = append(line, '\n')
}

// paid is the date of the payment, if there is one.
func (s *eobFiles) paid(r *adjudicate.Result) civil.Date {
	if r.Payment.Paid == 0 && r.PaidToPatient == 0 {
		return 0
	}
	return s.run.date
}

func (s *eobFiles) result(c *claim837.Parsed, r *adjudicate.Result, out *prepared) error {
	if r.Status != adjudicate.Paid {
		return s.reject(c, r.Status.String(), r.Reasons)
	}
	return s.explained(c, out)
}

// explained writes what explain has made, in the order of the input.
func (s *eobFiles) explained(c *claim837.Parsed, out *prepared) error {
	if out.mapErr != nil {
		return s.reject(c, "unmapped", []string{out.mapErr.Error()})
	}
	for i := range out.set.Resources {
		if err := s.write(&out.set.Resources[i]); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	s.lost += len(out.set.Losses)
	if _, err := s.losses.Write(out.losses); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

// write writes a resource unless it was written for an earlier claim.
func (s *eobFiles) write(r *patientaccess.Resource) error {
	if r.Type != eobTypes[0] { // each claim has one of its own
		name, content := sha256.Sum256([]byte(r.Type+"/"+r.ID)), sha256.Sum256(r.JSON)
		key, sum := [16]byte(name[:16]), [8]byte(content[:8])
		if before, ok := s.seen[key]; ok {
			if before != sum {
				s.described++
			}
			return nil
		}
		s.seen[key] = sum
	}
	s.counts[r.Type]++
	f := s.resources[r.Type]
	if _, err := f.Write(r.JSON); err != nil {
		return err
	}
	return f.WriteByte('\n')
}

func (s *eobFiles) refused(p *claim837.Parsed) error {
	return s.reject(p, "refused", refusals(p))
}

// reject sets a claim aside.
func (s *eobFiles) reject(p *claim837.Parsed, status string, reasons []string) error {
	s.rejected++
	return s.rejects.reject(p, status, reasons)
}

func (s *eobFiles) report(*x12.Report) error { return nil }

// keep gives the files their names; types without a resource have none.
func (s *eobFiles) keep() error {
	for _, kind := range eobTypes {
		if s.counts[kind] == 0 {
			s.out.discard(s.resources[kind])
		}
	}
	return s.out.keep()
}

// print says what was written.
func (s *eobFiles) print(a *App) error {
	rows := [][]string{{"File", "Lines"}}
	for _, kind := range eobTypes {
		if s.counts[kind] > 0 {
			rows = append(rows, []string{filepath.Join(s.dir, kind+".ndjson"), strconv.Itoa(s.counts[kind])})
		}
	}
	explained := s.counts[eobTypes[0]]
	rows = append(rows, []string{filepath.Join(s.dir, lossesFile), strconv.Itoa(explained)},
		[]string{filepath.Join(s.dir, rejectsFile), strconv.Itoa(s.rejected)})
	if a.Format == "json" {
		return writeJSON(a.Out, struct {
			Files     []map[string]string `json:"files"`
			Lost      int                 `json:"fields_lost"`
			Described int                 `json:"resources_described_differently"`
		}{objects(rows), s.lost, s.described})
	}
	if err := writeRows(a, rows); err != nil || a.Format == "csv" {
		return err
	}
	fmt.Fprintf(a.Out, "%d fields of %d claims have no place in the guide; %s names them.\n", s.lost, explained, lossesFile)
	if s.described > 0 {
		fmt.Fprintf(a.Out, "%d mentions of a member, plan or provider differ from the first one, which was written.\n", s.described)
	}
	return nil
}
