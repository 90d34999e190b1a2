// SPDX-License-Identifier: Apache-2.0

// Package patientaccess makes a member's view of a claim: the claim as the
// provider billed it and the payer's answer become the resources of the CARIN
// Blue Button guide 2.0.0, as 42 CFR 422.119(b)(1)(i) asks of payers.
//
// One file maps one thing: explanation.go the claim as a whole, item.go its
// lines, adjudication.go the amounts and reasons, and so on. What of a claim has
// no place in the guide is named in the Set's losses.
package patientaccess

import (
	"fmt"
	"hash"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Network says how the payer's network took part in a benefit.
type Network uint8

// The kinds of benefit. Original Medicare has no network, hence NoNetwork.
const (
	NoNetwork Network = iota
	InNetwork
	OutOfNetwork
)

// Options are what the payer knows beside its claims.
type Options struct {
	// Payer is the insurer; if it has no name, the payer that the claim names is.
	Payer claim.Payer
	// Base is the URI under which the payer's own identifiers stand: of claims
	// (Base/claim), members (Base/member) and referrals (Base/referral). It has no
	// slash at its end.
	Base string
	// Key makes the ids of resources. Without a key of the payer's own, who knows a
	// member number can compute the member's id.
	Key []byte
	// PDex asks for the resources of the PDex guide 2.0.0 too: the MedicationDispense of a
	// pharmacy's claim, and the Provenance of what has a Format.
	PDex bool
	// Updated is meta.lastUpdated of all resources, cut to seconds.
	Updated time.Time
}

// Input is one adjudicated claim.
type Input struct {
	Claim   *claim.Claim
	Payment *claim.ClaimPayment
	// Allowed is the allowed amount of the claim as a whole where the lines do not
	// say it, as for a stay that is paid by DRG.
	Allowed      money.Cents
	AllowedKnown bool
	Network      Network
	// Adjudicated is the date of the decision; Paid, if it is set, the date of the payment.
	Adjudicated, Paid civil.Date
	// Trace is the number of the check or transfer (TRN02).
	Trace string
	// Format is the form in which the claim came, for its Provenance.
	Format SourceFormat
	// Stated are the payer's amounts where it says them by kind and not as
	// adjustments; Payment then has no adjustments and no lines.
	Stated *Stated
	// Numbers are further numbers of the claim that the payer knows. System is the
	// system of the claim's own number if it is not Options.Base's.
	Numbers []Number
	System  string
	// MemberSystem is the system of the member's number if it is neither Medicare's by the
	// filing indicator nor Options.Base's.
	MemberSystem string
	// NoDiagnoses says that the source has none, as CCLF of equipment: the guide's element
	// then says that the diagnosis is unknown.
	NoDiagnoses bool
	// Plan is the payer's number of the member's plan.
	Plan string
	// Sketch says that the payer's member records tell of the patient and the plan, and
	// that the claim knows less: see Resource.Sketch.
	Sketch bool
}

// Number is a number with the URI of the system in which it stands.
type Number struct{ System, Value string }

// Resource is one FHIR resource as JSON.
type Resource struct {
	Type, ID string
	JSON     []byte
	// Sketch tells that it is of use only where there is no better resource of this id.
	Sketch bool
}

// Set is what one claim becomes: its ExplanationOfBenefit first, then all that it
// refers to. Its memory is used again by the next Map into it.
type Set struct {
	Profile   string // canonical URL of the ExplanationOfBenefit's profile
	Resources []Resource
	Losses    []Loss

	ends  []int
	buf   []byte
	mac   hash.Hash // of the mapper that used the Set last
	owner *Mapper
}

// Explanation is the ExplanationOfBenefit.
func (s *Set) Explanation() Resource { return s.Resources[0] }

// UnmappableError says why a claim cannot be written under its profile.
type UnmappableError struct {
	ClaimID string
	Profile string
	Reason  string
}

func (e *UnmappableError) Error() string {
	return fmt.Sprintf("claim %s cannot be a %s: %s", e.ClaimID, e.Profile, e.Reason)
}

// Mapper maps claims. It is safe for use by many goroutines.
type Mapper struct {
	opt     Options
	updated string
}

// New makes a mapper.
func New(opt Options) (*Mapper, error) {
	if opt.Base == "" {
		return nil, fmt.Errorf("the base of the payer's identifiers is missing")
	}
	if opt.Updated.IsZero() {
		return nil, fmt.Errorf("the time of the update is missing")
	}
	return &Mapper{opt: opt, updated: opt.Updated.UTC().Format("2006-01-02T15:04:05Z")}, nil
}

// Map writes the resources of a claim into set.
func (m *Mapper) Map(in *Input, set *Set) error {
	set.Resources, set.Losses, set.ends, set.buf = set.Resources[:0], set.Losses[:0], set.ends[:0], set.buf[:0]
	p := profileOf(in.Claim)
	set.Profile = profiles[p].url
	m.hash(set)
	x := &mapping{Mapper: m, in: in, c: in.Claim, p: in.Payment, profile: p, set: set, mac: set.mac}
	x.w.b = set.buf
	if err := x.prepare(); err != nil {
		return err
	}
	x.explanation()
	x.dispense()
	around := len(set.Resources)
	x.patientResource()
	x.coverages()
	for i := around; in.Sketch && i < len(set.Resources); i++ {
		set.Resources[i].Sketch = true
	}
	x.provenance(x.claimSystem(), x.claimNumber())
	x.parties.write(x)
	x.losses()
	set.take(&x.w)
	return nil
}

// mapping is one claim on its way.
type mapping struct {
	*Mapper
	in      *Input
	c       *claim.Claim
	p       *claim.ClaimPayment
	profile profileKind
	set     *Set
	mac     hash.Hash
	w       writer

	member     *Member // if the payer's records are mapped, not a claim
	patientID  string
	provider   int // index of the billing provider among the parties
	insurer    int
	parties    parties
	team       []teamMember
	amounts    amounts // of the whole claim
	lines      []lineAmounts
	byLine     bool // amounts stand with the items, not with the header
	info       []information
	notes      []string
	usedPlace  bool // the claim's place of service stands with a line
	facility   int  // index of the service facility among the parties, or -1
	secondPlan []otherCoverage
}

// resource opens a resource with its meta, and closes it after body.
func (x *mapping) resource(kind, id, profile string, body func()) {
	w := &x.w
	w.element(func() {
		w.text("resourceType", kind)
		w.text("id", id)
		w.object("meta", func() {
			w.text("lastUpdated", x.updated)
			w.array("profile", func() { w.string(profile) })
		})
		body()
	})
	x.set.Resources = append(x.set.Resources, Resource{Type: kind, ID: id})
	x.set.ends = append(x.set.ends, len(w.b))
}
