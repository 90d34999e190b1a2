// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"cmp"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// prepare gathers all that the ExplanationOfBenefit refers to, and refuses claims
// that its profile cannot hold.
func (x *mapping) prepare() error {
	c := x.c
	refuse := func(reason string) error {
		return &UnmappableError{cmp.Or(c.ID, x.p.ControlNumber), profiles[x.profile].name + " ExplanationOfBenefit", reason}
	}
	payer := &x.opt.Payer
	if payer.Name == "" {
		payer = &c.Payer
	}
	start, _ := x.billable()
	switch {
	case memberNumber(c) == "":
		return refuse("the member has no number")
	case payer.Name == "":
		return refuse("the payer has no name")
	case c.Predetermination:
		return refuse("it asks what would be paid, and nothing was done yet")
	case start.IsZero():
		return refuse("it has no date of service")
	case len(c.Lines) == 0:
		return refuse("it has no service line")
	case x.profile != oral && x.profile != pharmacy && !x.in.NoDiagnoses && !x.hasDiagnosis():
		return refuse("it has no diagnosis")
	case x.profile == oral && x.in.Network == NoNetwork:
		return refuse("the profile asks whether the provider is in the payer's network")
	case x.profile == pharmacy:
		if reason := x.undispensable(); reason != "" {
			return refuse(reason)
		}
	}
	x.patientID = x.identifyPatient()
	x.insurer = x.addPayer(payer)
	if x.provider = x.billingProvider(); x.provider < 0 {
		return refuse("no provider has an NPI or a tax number as the profile asks")
	}
	x.facility = -1
	if f := c.Provider(claim.Facility); f != nil && !x.profile.institutional() {
		x.facility = x.add(f, true)
	}
	x.gatherTeam()
	x.otherPlans()
	x.tally()
	x.gatherInformation()
	return nil
}

func (x *mapping) hasDiagnosis() bool {
	for i := range x.c.Diagnoses {
		if _, kind := x.profile.diagnosisType(x.c.Diagnoses[i].Kind); kind != "" {
			return true
		}
	}
	return false
}

// billingProvider adds the provider as the profile wants it: an organization on
// institutional claims, a practitioner on dental ones.
func (x *mapping) billingProvider() int {
	b := &x.c.Billing
	if x.profile != oral {
		return x.add(b, b.Organization || x.profile.institutional() || x.profile == pharmacy)
	}
	if !b.Organization {
		return x.add(b, false)
	}
	if r := x.c.Provider(claim.Rendering); r != nil && !r.Organization {
		return x.add(r, false)
	}
	return -1
}

// billable is the period that the claim covers: its own dates or its lines'.
func (x *mapping) billable() (from, through civil.Date) {
	from, through = x.c.From, x.c.Through
	if !from.IsZero() {
		return from, through
	}
	for i := range x.c.Lines {
		l := &x.c.Lines[i]
		if !l.From.IsZero() && (from.IsZero() || l.From.Before(from)) {
			from = l.From
		}
		if !l.Through.IsZero() && (through.IsZero() || l.Through.After(through)) {
			through = l.Through
		}
	}
	return from, through
}

// explanation writes the ExplanationOfBenefit.
func (x *mapping) explanation() {
	w := &x.w
	number := x.claimNumber()
	id := x.id("ExplanationOfBenefit", x.parties[x.insurer].id, number, x.c.ID, x.parties[x.provider].id)
	x.resource("ExplanationOfBenefit", id, profiles[x.profile].url, func() {
		w.array("identifier", func() {
			w.identifier(sysIdentifierType, "uc", x.claimSystem(), number)
			w.furtherNumbers(x.in.Numbers)
		})
		w.text("status", x.status())
		w.concept("type", sysClaimType, profiles[x.profile].claimType)
		if sub := profiles[x.profile].subType; sub != "" {
			w.concept("subType", sysSubType, sub)
		}
		w.text("use", "claim")
		w.reference("patient", "Patient/"+x.patientID)
		from, through := x.billable()
		w.period("billablePeriod", from, through)
		w.text("created", x.created())
		w.object("insurer", func() { x.to(x.insurer) })
		w.object("provider", func() { x.to(x.provider) })
		x.related()
		x.payee()
		if x.c.Referral != "" {
			w.object("referral", func() { w.logical(x.opt.Base+"/referral", x.c.Referral) })
		}
		w.text("outcome", "complete")
		x.careTeam()
		x.supportingInfo()
		x.diagnoses()
		if x.profile.institutional() {
			x.procedures()
		}
		x.insurance()
		x.accident()
		x.items()
		x.header()
		w.array("total", func() { w.amountList(&x.amounts) })
		x.payment()
		x.processNotes()
	})
}

// furtherNumbers writes identifiers without a type.
func (w *writer) furtherNumbers(list []Number) {
	for _, n := range list {
		w.element(func() {
			w.text("system", n.System)
			w.text("value", n.Value)
		})
	}
}

// claimSystem is the system of the claim's number.
func (x *mapping) claimSystem() string {
	if x.in.System != "" {
		return x.in.System
	}
	return x.opt.Base + "/claim"
}

// claimNumber is the payer's number of the claim, or the provider's.
func (x *mapping) claimNumber() string {
	if x.p.ControlNumber != "" {
		return x.p.ControlNumber
	}
	return x.c.ID
}

// status is cancelled for a payment that is taken back and a claim that is void.
func (x *mapping) status() string {
	if x.p.Status == claim.Reversal || x.c.Frequency == '8' {
		return "cancelled"
	}
	return "active"
}

func (x *mapping) created() string {
	if x.in.Adjudicated.IsZero() {
		return x.updated[:len("2006-01-02")]
	}
	return x.in.Adjudicated.String()
}

// logical writes an identifier that stands for a reference.
func (w *writer) logical(system, value string) {
	w.object("identifier", func() {
		w.text("system", system)
		w.text("value", value)
	})
}

// related names the claim that this one replaces or voids.
func (x *mapping) related() {
	w := &x.w
	if x.c.PayerControlNumber == "" {
		return
	}
	w.array("related", func() {
		w.element(func() {
			w.concept("relationship", sysRelatedClaim, "prior")
			w.object("reference", func() {
				w.text("system", x.claimSystem())
				w.text("value", x.c.PayerControlNumber)
			})
		})
	})
}

// payee says who got the benefit.
func (x *mapping) payee() {
	w := &x.w
	w.object("payee", func() {
		if x.amounts.toPatient != 0 && x.amounts.toProvider == 0 || x.amounts.toPatient != 0 && x.in.Stated == nil {
			w.concept("type", sysPayeeType, "beneficiary")
			w.reference("party", "Patient/"+x.patientID)
			return
		}
		w.concept("type", sysPlainPayee, "provider")
		party := x.provider
		if x.profile == oral && x.c.Billing.Organization {
			party = x.add(&x.c.Billing, true)
		}
		w.object("party", func() { x.to(party) })
	})
}

// insurance names this payer's plan, which is focal, and the other payers'.
func (x *mapping) insurance() {
	w := &x.w
	own := x.ownPlan()
	w.array("insurance", func() {
		w.element(func() {
			w.bool("focal", true)
			w.reference("coverage", "Coverage/"+own.id)
			w.array("preAuthRef", func() { w.string(x.c.PriorAuth) })
		})
		for i := range x.secondPlan {
			w.element(func() {
				w.bool("focal", false)
				w.reference("coverage", "Coverage/"+x.secondPlan[i].id)
			})
		}
	})
}

// accident writes the accident that led to the claim.
func (x *mapping) accident() {
	w := &x.w
	kind, happened := x.accidentKind()
	if !happened {
		return
	}
	w.object("accident", func() {
		for _, d := range x.c.Dates {
			if d.Qualifier == accidentDate {
				w.date("date", d.From)
				break
			}
		}
		if kind != "" {
			w.concept("type", sysIncident, kind)
		}
		w.object("locationAddress", func() {
			w.text("state", x.c.AccidentState)
			w.text("country", x.c.AccidentCountry)
		})
	})
}

const accidentDate = "439" // DTP01

// accidentKind is FHIR's kind of the first accident among the related causes.
func (x *mapping) accidentKind() (kind string, happened bool) {
	for _, cause := range x.c.RelatedCauses {
		switch cause {
		case "AA":
			return "MVA", true
		case "OA":
			happened = true
		}
	}
	return "", happened && (x.c.AccidentState != "" || x.c.AccidentCountry != "" || x.hasDate(accidentDate))
}

func (x *mapping) hasDate(qualifier string) bool {
	for _, d := range x.c.Dates {
		if d.Qualifier == qualifier {
			return true
		}
	}
	return false
}

// processNotes writes the notes that items refer to, then the claim's own.
func (x *mapping) processNotes() {
	x.note(0, x.p.Adjustments, x.headerRemarks())
	x.notesAlone()
}

// notesAlone writes the notes that there are.
func (x *mapping) notesAlone() {
	w := &x.w
	w.array("processNote", func() {
		for i, text := range x.notes {
			w.element(func() {
				w.int("number", i+1)
				w.text("type", "print")
				w.text("text", text)
			})
		}
	})
}
