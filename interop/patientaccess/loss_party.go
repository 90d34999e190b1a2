// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
)

// lostPerson names what of a person is left out.
func (x *mapping) lostPerson(of string, p *claim.Person) {
	x.lost(p.SSN != "", of+".ssn", Withheld)
	x.lost(p.IDKind != "" && p.IDKind != "MI", of+".idKind", NoPlace)
	x.lost(p.PropertyID != "", of+".propertyID", NoPlace)
	x.lost(p.Pregnant, of+".pregnant", NoPlace)
	x.lost(p.Weight.Value != 0 && (x.profile != professional || p != &x.c.Patient || x.c.Ambulance != nil), of+".weight", NoPlace)
	x.lost(p.Address.Subdivision != "" && p.Address.State != "", of+".address.subdivision", NoPlace)
	x.lost(p.Sex != 0 && p.Sex != 'F' && p.Sex != 'M' && p.Sex != 'U', of+".sex", NoPlace)
}

// lostPlan names what of the plan is left out.
func (x *mapping) lostPlan() {
	own := x.ownPlan()
	x.lost(own.groupName != "" && own.group == "", "claim.subscriber.groupName", NoPlace)
	if x.c.PatientIsSubscriber {
		x.lost(x.c.Patient.Group != "" && x.c.Patient.Group != own.group, "claim.patient.group", Differs)
		x.lost(x.c.Patient.GroupName != "" && x.c.Patient.GroupName != own.groupName, "claim.patient.groupName", Differs)
	}
	x.lost(x.c.Responsibility != 0 && own.order() == 0, "claim.responsibility", NoPlace)
}

// lostPayers names what of the payers is left out.
func (x *mapping) lostPayers() {
	c := x.c
	if x.opt.Payer.Name != "" {
		x.lost(c.Payer.Name != "" && c.Payer.Name != x.opt.Payer.Name, "claim.payer.name", Replaced)
		x.lost(c.Payer.ID != "" && c.Payer.ID != x.opt.Payer.ID, "claim.payer.id", Replaced)
		x.lost(c.Payer.Address != (claim.Address{}) && c.Payer.Address != x.opt.Payer.Address, "claim.payer.address", Replaced)
	}
	x.lostPayer("claim.payer", &c.Payer)
	for i := range c.OtherPayers {
		o := &c.OtherPayers[i]
		of := "claim.otherPayers[" + strconv.Itoa(i) + "]"
		x.lostPayer(of+".payer", &o.Payer)
		if x.coverageOf(o) == nil {
			x.lost(true, of, NoMember)
		}
		x.lost(o.GroupName != "" && o.Group == "", of+".groupName", NoPlace)
		x.lost(o.InsuranceType != "", of+".insuranceType", NoPlace)
		x.lost(o.Responsibility != 0 && (&plan{responsibility: o.Responsibility}).order() == 0, of+".responsibility", NoPlace)
		x.lost(o.NonCovered != 0, of+".nonCovered", NoPlace)
		x.lost(o.RemainingLiable != 0, of+".remainingLiable", NoPlace)
		x.lost(!o.PaidDate.IsZero(), of+".paidDate", NoPlace)
		x.lost(len(o.Adjustments) > 0, of+".adjustments", NoPlace)
		x.lost(o.Assigned != 0, of+".assigned", NoPlace)
		x.lost(o.Released != 0, of+".released", NoPlace)
		x.lost(o.ControlNumber != "", of+".controlNumber", NoPlace)
		x.lost(len(o.OutpatientRemarks) > 0, of+".outpatientRemarks", NoPlace)
		x.lostSegments(of, o.Unmodelled)
		x.lostOtherSubscriber(of+".subscriber", o)
	}
}

func (x *mapping) coverageOf(o *claim.OtherPayer) *otherCoverage {
	for i := range x.secondPlan {
		if x.secondPlan[i].source == o {
			return &x.secondPlan[i]
		}
	}
	return nil
}

func (x *mapping) lostOtherSubscriber(of string, o *claim.OtherPayer) {
	s := &o.Subscriber
	x.lostPerson(of, s)
	x.lost(s.Relationship != "" && s.Relationship != o.Relationship, of+".relationship", NoPlace)
	x.lost(s.Group != "" && s.Group != o.Group, of+".group", NoPlace)
	x.lost(s.GroupName != "" && s.GroupName != o.GroupName, of+".groupName", NoPlace)
	x.lost(!s.Died.IsZero(), of+".died", NoPlace)
	if self(o.Relationship) { // then the Patient stands for the subscriber
		x.lost(s.Name != x.c.Patient.Name && s.Name != (claim.Name{}), of+".name", Differs)
		x.lost(s.Address != x.c.Patient.Address && s.Address != (claim.Address{}), of+".address", Differs)
		x.lost(!s.Born.IsZero() && s.Born != x.c.Patient.Born, of+".born", Differs)
		x.lost(s.Sex != 0 && s.Sex != x.c.Patient.Sex, of+".sex", Differs)
	}
}

func (x *mapping) lostPayer(of string, p *claim.Payer) {
	x.lost(p.IDKind != "" && p.IDKind != "PI", of+".idKind", NoPlace)
	x.lost(p.Address.Subdivision != "" && p.Address.State != "", of+".address.subdivision", NoPlace)
	for _, r := range p.References {
		x.lost(true, of+".references("+r.Qualifier+")", NoPlace)
	}
}
