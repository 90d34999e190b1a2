// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// plan is one insurance of the patient, this payer's or another's.
type plan struct {
	id, relatedID    string // relatedID is empty if the patient is the subscriber
	system           string // of the member number
	filing           string
	subscriber       *claim.Person
	relationship     string
	group, groupName string
	number, name     string // of the plan
	kind             string // in words
	responsibility   byte
	begins, ends     civil.Date
	payor            int // index among the parties
}

// otherCoverage is another payer's plan.
type otherCoverage struct {
	plan
	source *claim.OtherPayer
}

// self tells whether a relationship code, or its absence, is the subscriber's own.
func self(relationship string) bool { return relationship == "18" || relationship == "" }

// ownPlan is the insurance under which the claim was filed.
func (x *mapping) ownPlan() plan {
	c := x.c
	p := plan{system: x.memberSystem(c.FilingIndicator), filing: c.FilingIndicator, subscriber: &c.Subscriber,
		relationship: c.Patient.Relationship, group: c.Subscriber.Group, groupName: c.Subscriber.GroupName,
		number: x.in.Plan, responsibility: c.Responsibility, ends: x.p.CoverageEnds, payor: x.insurer}
	if c.PatientIsSubscriber {
		p.subscriber, p.relationship = &c.Patient, "18"
		if p.group == "" {
			p.group = c.Patient.Group
		}
		if p.groupName == "" {
			p.groupName = c.Patient.GroupName
		}
	}
	x.identifyPlan(&p)
	return p
}

// otherPlans are the plans of the other payers that say who their member is.
func (x *mapping) otherPlans() {
	for i := range x.c.OtherPayers {
		o := &x.c.OtherPayers[i]
		if o.Subscriber.ID == "" || o.Payer.Name == "" && o.Payer.ID == "" {
			continue
		}
		p := plan{system: x.opt.Base + "/payer/" + x.id("payer", o.Payer.ID, nameUnlessID(&o.Payer)) + "/member", filing: o.FilingIndicator,
			subscriber: &o.Subscriber, relationship: o.Relationship, group: o.Group, groupName: o.GroupName,
			responsibility: o.Responsibility, payor: x.addPayer(&o.Payer)}
		if o.FilingIndicator == "MA" || o.FilingIndicator == "MB" {
			p.system = idMBI
		}
		x.identifyPlan(&p)
		x.secondPlan = append(x.secondPlan, otherCoverage{p, o})
	}
}

func (x *mapping) identifyPlan(p *plan) {
	parts := []string{"Coverage", x.patientID, x.parties[p.payor].id, p.subscriber.ID, p.group, p.filing}
	if p.number != "" {
		parts = append(parts, p.number)
	}
	p.id = x.id(parts...)
	if !self(p.relationship) {
		p.relatedID = x.id("RelatedPerson", x.patientID, p.system, p.subscriber.ID)
	}
}

// coverages writes the plans and their subscribers.
func (x *mapping) coverages() {
	own := x.ownPlan()
	x.coverage(&own)
	for i := range x.secondPlan {
		x.coverage(&x.secondPlan[i].plan)
	}
}

// coverage writes a C4BB-Coverage.
func (x *mapping) coverage(p *plan) {
	w := &x.w
	x.resource("Coverage", p.id, profileCoverage, func() {
		w.array("identifier", func() { w.identifier(sysIdentifierV2, "MB", p.system, p.subscriber.ID) })
		w.text("status", "active")
		if p.filing != "" {
			w.concept("type", sysFiling, p.filing)
		} else {
			w.object("type", func() { w.text("text", p.kind) })
		}
		if p.relatedID != "" {
			w.reference("subscriber", "RelatedPerson/"+p.relatedID)
		} else {
			w.reference("subscriber", "Patient/"+x.patientID)
		}
		w.text("subscriberId", p.subscriber.ID)
		w.reference("beneficiary", "Patient/"+x.patientID)
		w.concept("relationship", sysRelationship, relationshipCode(p.relationship))
		w.period("period", p.begins, p.ends)
		w.array("payor", func() { w.element(func() { x.to(p.payor) }) })
		w.array("class", func() {
			class := func(kind, value, name string) {
				if value != "" {
					w.element(func() {
						w.concept("type", sysCoverageClass, kind)
						w.text("value", value)
						w.text("name", name)
					})
				}
			}
			class("group", p.group, p.groupName)
			class("plan", p.number, p.name)
		})
		if n := p.order(); n > 0 {
			w.int("order", n)
		}
	})
	if p.relatedID != "" {
		x.relatedPerson(p.relatedID, p.system, p.subscriber, p.relationship)
	}
}

// order is the place of the plan among those that pay, from 1; 0 if it is not known.
func (p *plan) order() int { return strings.IndexByte("PSTABCDEFGH", p.responsibility) + 1 }

// to writes a reference to a party with its name.
func (x *mapping) to(i int) {
	x.w.text("reference", x.parties[i].reference())
	x.w.text("display", x.parties[i].display())
}

// relationshipCode is FHIR's word for the patient's relationship, X12 1069.
func relationshipCode(x12 string) string {
	switch x12 {
	case "18", "":
		return "self"
	case "01":
		return "spouse"
	case "19":
		return "child"
	case "53":
		return "common"
	}
	return "other"
}
