// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Member is what a payer's own records say of a member.
type Member struct {
	// Person has the member number in ID.
	Person claim.Person
	// System is the system of the member number if it is not Options.Base's.
	System string
	// Format is the form in which the record came, for its Provenance.
	Format SourceFormat
	// Numbers are further numbers by which the payer knows the member.
	Numbers []Number
	// Race and Ethnicity are codes of OMB's categories, empty if they are not known.
	Race, Ethnicity string
	Plans           []MemberPlan
}

// MemberPlan is an insurance of a member.
type MemberPlan struct {
	Filing        string // X12 1032, as on claims
	Number        string // of the plan, as Input.Plan
	Kind          string // in words, where no filing indicator says it
	Group         string
	From, Through civil.Date
}

// MBI is the system of Medicare Beneficiary Identifiers.
const MBI = idMBI

// MapMember writes a member's Patient and Coverages, and the payer, into set. Claims of
// the member, mapped with the same Options, refer to them.
func (m *Mapper) MapMember(in *Member, set *Set) error {
	if in.Person.ID == "" {
		return fmt.Errorf("the member has no number")
	}
	if m.opt.Payer.Name == "" {
		return fmt.Errorf("the payer has no name")
	}
	set.Resources, set.Losses, set.ends, set.buf = set.Resources[:0], set.Losses[:0], set.ends[:0], set.buf[:0]
	m.hash(set)
	x := &mapping{Mapper: m, in: &Input{MemberSystem: in.System, Format: in.Format}, c: &claim.Claim{Patient: in.Person, PatientIsSubscriber: true},
		p: &claim.ClaimPayment{}, set: set, mac: set.mac}
	x.w.b = set.buf
	x.patientID = x.identifyPatient()
	x.insurer = x.addPayer(&m.opt.Payer)
	x.member = in
	x.patientResource()
	for i := range in.Plans {
		f := &in.Plans[i]
		p := plan{system: x.memberSystem(f.Filing), filing: f.Filing, kind: f.Kind, subscriber: &in.Person, relationship: "18",
			group: f.Group, number: f.Number, begins: f.From, ends: f.Through, payor: x.insurer}
		x.identifyPlan(&p)
		x.coverage(&p)
	}
	x.provenance(x.memberSystem(""), in.Person.ID)
	x.parties.write(x)
	set.take(&x.w)
	return nil
}

// take gives each resource its bytes.
func (s *Set) take(w *writer) {
	s.buf = w.b
	start := 0
	for i, end := range s.ends {
		s.Resources[i].JSON = s.buf[start:end:end]
		start = end
	}
}

// Compact lets go of what the Set keeps for the next Map, for a Set that is kept itself.
func (s *Set) Compact() {
	text := slices.Clone(s.buf)
	start := 0
	for i, end := range s.ends {
		s.Resources[i].JSON = text[start:end:end]
		start = end
	}
	s.buf, s.mac, s.owner = text, nil, nil
}

const (
	usCore       = "http://hl7.org/fhir/us/core/StructureDefinition/"
	sysRace      = "urn:oid:2.16.840.1.113883.6.238"
	raceURL      = usCore + "us-core-race"
	ethnicityURL = usCore + "us-core-ethnicity"
)

// ombNames are the names of OMB's categories, which the guide asks for in words.
var ombNames = map[string]string{
	"1002-5": "American Indian or Alaska Native", "2028-9": "Asian", "2054-5": "Black or African American",
	"2076-8": "Native Hawaiian or Other Pacific Islander", "2106-3": "White",
	"2135-2": "Hispanic or Latino", "2186-5": "Not Hispanic or Latino"}

// demographics writes the extensions of US Core for race and ethnicity.
func (w *writer) demographics(m *Member) {
	category := func(url, code string) {
		if code == "" {
			return
		}
		w.element(func() {
			w.array("extension", func() {
				w.element(func() {
					w.text("url", "ombCategory")
					w.object("valueCoding", func() {
						w.text("system", sysRace)
						w.text("code", code)
						w.text("display", ombNames[code])
					})
				})
				w.element(func() {
					w.text("url", "text")
					w.text("valueString", ombNames[code])
				})
			})
			w.text("url", url)
		})
	}
	w.array("extension", func() {
		category(raceURL, m.Race)
		category(ethnicityURL, m.Ethnicity)
	})
}
