// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// mapLevel puts a segment above the claims into the context; false if no field
// carries it.
func (p *parser) mapLevel(n *x12.Node) bool {
	o := &p.open
	loop, seg := n.Tag>>8, n.Tag&0xFF
	if seg == segHL {
		p.openLevel(loop)
		return true
	}
	switch loop {
	case loopOther: // ST, BHT and SE are told by claim.Source and the report
		return n.Loop.Scope == scopeHeader
	case loopSubmitter:
		if seg == segNM1 {
			o.submitter = p.t.El(9)
		}
		return true
	case loopReceiver:
		o.receiver = p.t.El(9)
		return true
	case loopBillingLevel:
		if seg == segPRV {
			o.billing.Taxonomy = p.t.El(3)
			return true
		}
		return false
	case loopBilling:
		return p.mapProvider(&o.billing, claim.Billing, seg)
	case loopPayTo:
		return p.mapProvider(&o.payTo, claim.PayTo, seg)
	case loopPayToPlan:
		if o.payToPlan == nil {
			o.payToPlan = &claim.Payer{}
		}
		return p.mapPayer(o.payToPlan, seg)
	case loopSubscriberLevel:
		return p.mapSubscriberLevel(seg)
	case loopSubscriber:
		return p.mapPerson(&o.subscriber, seg)
	case loopPayer:
		return p.mapPayer(&o.payer, seg)
	case loopPatientLevel:
		return seg == segPAT && p.mapPatientInfo(&o.patient)
	case loopPatient:
		return p.mapPerson(&o.patient, seg)
	}
	return false
}

// openLevel forgets what the levels from this one down held.
func (p *parser) openLevel(loop int) {
	o := &p.open
	switch loop {
	case loopBillingLevel:
		o.billing, o.payTo, o.payToPlan = claim.Provider{}, claim.Provider{}, nil
		o.unmodelled[scopeBilling] = nil
		fallthrough
	case loopSubscriberLevel:
		o.subscriber, o.payer = claim.Person{}, claim.Payer{}
		o.responsibility, o.insuranceType, o.filing = 0, "", ""
		o.unmodelled[scopeSubscriber] = nil
		fallthrough
	case loopPatientLevel:
		o.patient, o.hasPatient = claim.Person{}, loop == loopPatientLevel
		o.unmodelled[scopePatient] = nil
	}
}

func (p *parser) mapSubscriberLevel(seg int) bool {
	o, t := &p.open, &p.t
	switch seg {
	case segSBR:
		o.responsibility = first(t.El(1))
		o.subscriber.Relationship, o.subscriber.Group, o.subscriber.GroupName = t.El(2), t.El(3), t.El(4)
		o.insuranceType, o.filing = t.El(5), t.El(9)
		return true
	case segPAT:
		return p.mapPatientInfo(&o.subscriber)
	}
	return false
}

// mapPatientInfo reads a PAT.
func (p *parser) mapPatientInfo(who *claim.Person) bool {
	t := &p.t
	if t.El(1) != "" {
		who.Relationship = t.El(1)
	}
	if t.El(6) != "" {
		who.Died = date(t.El(6))
	}
	if t.El(8) != "" {
		who.Weight = p.fixed(8)
	}
	who.Pregnant = t.El(9) == "Y"
	return true
}

// mapProvider reads the segments of a loop about a provider.
func (p *parser) mapProvider(to *claim.Provider, role claim.Role, seg int) bool {
	t := &p.t
	switch seg {
	case segNM1:
		to.Role, to.Organization, to.Name = role, t.El(2) == "2", p.name()
		to.NPI = p.npi()
		return t.El(8) == "" || t.El(8) == "XX"
	case segN3, segN4:
		p.mapAddress(&to.Address, seg)
		return true
	case segREF:
		switch q := t.El(1); {
		case q == "EI" && to.TaxID == "":
			to.TaxID = t.El(2)
		case q == "SY" && to.TaxID == "":
			to.TaxID, to.TaxIDIsSSN = t.El(2), true
		default:
			to.References = append(to.References, claim.Reference{Qualifier: q, Value: t.El(2)})
		}
		return t.El(4) == ""
	case segPRV:
		to.Taxonomy = t.El(3)
		return true
	case segPER:
		return p.mapContact(&to.Contact)
	}
	return false
}

// mapContact reads a PER; a second one is not carried.
func (p *parser) mapContact(to *claim.Contact) bool {
	if *to != (claim.Contact{}) {
		return false
	}
	t := &p.t
	to.Name = t.El(2)
	carried := true
	for n := 3; n < t.N && n <= 7; n += 2 {
		field := &to.Phone
		switch t.El(n) {
		case "FX":
			field = &to.Fax
		case "EM":
			field = &to.Email
		case "EX":
			field = &to.Extension
		}
		carried = carried && *field == ""
		*field = t.El(n + 1)
	}
	return carried
}

func (p *parser) name() claim.Name {
	t := &p.t
	return claim.Name{Last: t.El(3), First: t.El(4), Middle: t.El(5), Prefix: t.El(6), Suffix: t.El(7)}
}

func (p *parser) mapAddress(a *claim.Address, seg int) {
	t := &p.t
	if seg == segN3 {
		a.Line1, a.Line2 = t.El(1), t.El(2)
		return
	}
	a.City, a.State, a.ZIP, a.Country, a.Subdivision = t.El(1), t.El(2), t.El(3), t.El(4), t.El(7)
}

// mapPerson reads the segments of a loop about a subscriber or patient.
func (p *parser) mapPerson(to *claim.Person, seg int) bool {
	t := &p.t
	switch seg {
	case segNM1:
		to.Name = p.name()
		to.ID = t.El(9)
		p.checkBeneficiary()
		return true
	case segN3, segN4:
		p.mapAddress(&to.Address, seg)
		return true
	case segDMG:
		to.Born, to.Sex = date(t.El(2)), first(t.El(3))
		return true
	case segREF:
		switch q := t.El(1); {
		case q == "SY" && to.SSN == "":
			to.SSN = t.El(2)
			return true
		case q == "Y4" && to.PropertyID == "":
			to.PropertyID = t.El(2)
			return true
		case q == "1W" && to.ID == "":
			to.ID = t.El(2)
			return true
		}
	}
	return false
}

// mapPayer reads the segments of a loop about a payer.
func (p *parser) mapPayer(to *claim.Payer, seg int) bool {
	t := &p.t
	switch seg {
	case segNM1:
		to.Name, to.IDKind, to.ID = t.El(3), t.El(8), t.El(9)
		return true
	case segN3, segN4:
		p.mapAddress(&to.Address, seg)
		return true
	case segREF:
		to.References = append(to.References, claim.Reference{Qualifier: t.El(1), Value: t.El(2)})
		return t.El(4) == ""
	}
	return false
}
