// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
)

// lostPerson names what of a person is left out.
func (x *mapping) lostPerson(of string, p *claim.Person) {
	x.lostIn(p.SSN != "", of, ".ssn", Withheld)
	x.lostIn(p.IDKind != "" && p.IDKind != "MI", of, ".idKind", NoPlace)
	x.lostIn(p.PropertyID != "", of, ".propertyID", NoPlace)
	x.lostIn(p.Pregnant, of, ".pregnant", NoPlace)
	x.lostIn(p.Weight.Value != 0 && (x.profile != professional || p != &x.c.Patient || x.c.Ambulance != nil), of, ".weight", NoPlace)
	x.lostIn(p.Address.Subdivision != "" && p.Address.State != "", of, ".address.subdivision", NoPlace)
	x.lostIn(p.Sex != 0 && p.Sex != 'F' && p.Sex != 'M' && p.Sex != 'U', of, ".sex", NoPlace)
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
		x.lostIn(o.GroupName != "" && o.Group == "", of, ".groupName", NoPlace)
		x.lostIn(o.InsuranceType != "", of, ".insuranceType", NoPlace)
		x.lostIn(o.Responsibility != 0 && (&plan{responsibility: o.Responsibility}).order() == 0, of, ".responsibility", NoPlace)
		x.lostIn(o.NonCovered != 0, of, ".nonCovered", NoPlace)
		x.lostIn(o.RemainingLiable != 0, of, ".remainingLiable", NoPlace)
		x.lostIn(!o.PaidDate.IsZero(), of, ".paidDate", NoPlace)
		x.lostIn(len(o.Adjustments) > 0, of, ".adjustments", NoPlace)
		x.lostIn(o.Assigned != 0, of, ".assigned", NoPlace)
		x.lostIn(o.Released != 0, of, ".released", NoPlace)
		x.lostIn(o.ControlNumber != "", of, ".controlNumber", NoPlace)
		x.lostIn(len(o.OutpatientRemarks) > 0, of, ".outpatientRemarks", NoPlace)
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
	x.lostIn(s.Relationship != "" && s.Relationship != o.Relationship, of, ".relationship", NoPlace)
	x.lostIn(s.Group != "" && s.Group != o.Group, of, ".group", NoPlace)
	x.lostIn(s.GroupName != "" && s.GroupName != o.GroupName, of, ".groupName", NoPlace)
	x.lostIn(!s.Died.IsZero(), of, ".died", NoPlace)
	if self(o.Relationship) { // then the Patient stands for the subscriber
		x.lostIn(s.Name != x.c.Patient.Name && s.Name != (claim.Name{}), of, ".name", Differs)
		x.lostIn(s.Address != x.c.Patient.Address && s.Address != (claim.Address{}), of, ".address", Differs)
		x.lostIn(!s.Born.IsZero() && s.Born != x.c.Patient.Born, of, ".born", Differs)
		x.lostIn(s.Sex != 0 && s.Sex != x.c.Patient.Sex, of, ".sex", Differs)
	}
}

func (x *mapping) lostPayer(of string, p *claim.Payer) {
	x.lostIn(p.IDKind != "" && p.IDKind != "PI", of, ".idKind", NoPlace)
	x.lostIn(p.Address.Subdivision != "" && p.Address.State != "", of, ".address.subdivision", NoPlace)
	for _, r := range p.References {
		x.lost(true, of+".references("+r.Qualifier+")", NoPlace)
	}
}
