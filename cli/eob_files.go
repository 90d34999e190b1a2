// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

// eobTypes are the resources of a run; each has a file.
var eobTypes = []string{"ExplanationOfBenefit", "Patient", "Coverage", "Organization", "Practitioner", "RelatedPerson", "MedicationDispense", "Provenance"}

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
	seen      map[resourceKey]uint64
	seed      maphash.Seed
	lost      int // fields
	rejected  int // claims
	described int // mentions of a resource that differ from what was written
	reported  int // lines of the loss report
	// since is the first day of service that is asked for; early counts the claims before.
	since civil.Date
	early int
	// drugs and past count prior authorizations that are left out.
	drugs, past int
}

func newEOBFiles(dir string, run *priceRun, m *patientaccess.Mapper, network patientaccess.Network) (*eobFiles, error) {
	out, err := newOutputs(dir)
	if err != nil {
		return nil, err
	}
	s := &eobFiles{run: run, mapper: m, network: network, dir: dir, out: out, resources: map[string]*output{},
		counts: map[string]int{}, seen: map[resourceKey]uint64{}, seed: maphash.MakeSeed()}
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
	Claim       string               `json:"claim_id,omitempty"`
	Explanation string               `json:"explanation_of_benefit,omitempty"`
	Resource    string               `json:"resource,omitempty"` // of a member's record
	Profile     string               `json:"profile,omitempty"`
	Losses      []patientaccess.Loss `json:"losses"`
}

// check lets every payee through: no 835 is written.
func (s *eobFiles) check(int, *adjudicate.Result) {}

// prepare maps a claim that was decided. A payment that could not be written on an
// 835 is not made, here as there.
func (s *eobFiles) prepare(_ int, c *claim837.Parsed, r *adjudicate.Result, out *prepared) {
	out.mapErr, out.early, out.losses = nil, false, out.losses[:0]
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
	in.Network, in.Format = s.network, patientaccess.FromX12837
	if out.early = s.tooEarly(in); out.early {
		return
	}
	if out.mapErr = m.Map(in, &out.set); out.mapErr != nil {
		return
	}
	e := out.set.Explanation()
	line, err := json.Marshal(lossLine{Claim: in.Claim.ID, Explanation: e.Type + "/" + e.ID, Profile: out.set.Profile, Losses: out.set.Losses})
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
	if out.early {
		s.early++
		return nil
	}
	if out.mapErr != nil {
		return s.reject(c, "unmapped", []string{out.mapErr.Error()})
	}
	for i := range out.set.Resources {
		if err := s.write(&out.set.Resources[i]); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	s.lost += len(out.set.Losses)
	s.reported++
	if _, err := s.losses.Write(out.losses); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

// resourceKey is the place of a type among eobTypes, and the id, which is 16 bytes in
// hexadecimal digits.
type resourceKey struct {
	kind uint8
	id   [16]byte
}

func keyOf(r *patientaccess.Resource) (resourceKey, error) {
	k := resourceKey{kind: uint8(slices.Index(eobTypes, r.Type))}
	if n, err := hex.Decode(k.id[:], []byte(r.ID)); err != nil || n != len(k.id) {
		return k, fmt.Errorf("%s/%s is no id that the mapping makes", r.Type, r.ID)
	}
	return k, nil
}

// write writes a resource unless it was written for an earlier claim.
func (s *eobFiles) write(r *patientaccess.Resource) error {
	if r.Type != eobTypes[0] && r.Type != "MedicationDispense" && r.Type != "Provenance" { // each claim has those of its own
		key, err := keyOf(r)
		if err != nil {
			return err
		}
		before, ok := s.seen[key]
		if ok && r.Sketch {
			return nil // the payer's own record is written
		}
		sum := maphash.Bytes(s.seed, r.JSON)
		if ok {
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
	rows = append(rows, []string{filepath.Join(s.dir, lossesFile), strconv.Itoa(s.reported)},
		[]string{filepath.Join(s.dir, rejectsFile), strconv.Itoa(s.rejected)})
	if a.Format == "json" {
		return writeJSON(a.Out, struct {
			Files     []map[string]string `json:"files"`
			Lost      int                 `json:"fields_lost"`
			Described int                 `json:"resources_described_differently"`
			Early     int                 `json:"claims_before_the_first_day"`
			Drugs     int                 `json:"authorizations_of_drugs"`
			Past      int                 `json:"authorizations_past"`
		}{objects(rows), s.lost, s.described, s.early, s.drugs, s.past})
	}
	if err := writeRows(a, rows); err != nil || a.Format == "csv" {
		return err
	}
	fmt.Fprintf(a.Out, "%d fields of %d claims have no place in the guide; %s names them.\n", s.lost, explained, lossesFile)
	if s.early > 0 {
		fmt.Fprintf(a.Out, "%d claims with services before %v alone are left out (42 CFR 422.119(h)).\n", s.early, s.since)
	}
	if s.drugs > 0 {
		fmt.Fprintf(a.Out, "%d prior authorizations of drugs are left out (42 CFR 422.119(b)(1)(iv)).\n", s.drugs)
	}
	if s.past > 0 {
		fmt.Fprintf(a.Out, "%d prior authorizations that ended are left out: their status has not changed for more than a year (42 CFR 422.119(b)(1)(iv)(B)(3)).\n", s.past)
	}
	if s.described > 0 {
		fmt.Fprintf(a.Out, "%d mentions of a member, plan or provider differ from the first one, which was written.\n", s.described)
	}
	return nil
}
