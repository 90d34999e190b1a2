// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"github.com/woodlawn-health/woodlawn/claim"
)

// party is an organization or practitioner to which the claim refers.
type party struct {
	organization bool
	id           string
	provider     claim.Provider
	payerID      string // of a payer
}

func (p *party) reference() string {
	if p.organization {
		return "Organization/" + p.id
	}
	return "Practitioner/" + p.id
}

// parties are those of one claim in the order in which they are first met.
type parties []party

// add finds the party or adds it, and returns its index. What this mention knows
// and earlier ones did not is filled in. It returns -1 if nothing identifies the
// party: a practitioner needs an NPI or a tax number, by the guide.
func (x *mapping) add(p *claim.Provider, organization bool) int {
	number := p.NPI
	if number == "" && !p.TaxIDIsSSN {
		number = p.TaxID
	}
	if number == "" && organization {
		number = otherNumber(p)
	}
	var id string
	switch {
	case number != "" && organization:
		id = x.id("Organization", number)
	case number != "":
		id = x.id("Practitioner", number)
	case organization && p.Name.Last != "":
		id = x.id("Organization", "", p.Name.Last, p.Address.Line1, p.Address.City, p.Address.State, p.Address.ZIP)
	default:
		return -1
	}
	for i := range x.parties {
		if x.parties[i].id == id {
			fill(&x.parties[i].provider, p)
			return i
		}
	}
	x.parties = append(x.parties, party{organization: organization, id: id, provider: *p})
	return len(x.parties) - 1
}

// Qualifiers of a provider's references that are identifiers of an organization.
const (
	CertificationNumber = "CCN"   // CMS's
	PharmacyNumber      = "NCPDP" // of the National Council for Prescription Drug Programs
)

func referenceSystem(qualifier string) (system string, known bool) {
	switch qualifier {
	case CertificationNumber:
		return idCCN, true
	case PharmacyNumber:
		return idNCPDP, true
	}
	return "", false
}

// otherNumber is a number that identifies an organization without an NPI.
func otherNumber(p *claim.Provider) string {
	for _, r := range p.References {
		if _, known := referenceSystem(r.Qualifier); known {
			return r.Qualifier + r.Value
		}
	}
	return ""
}

// addPayer is add for a payer.
func (x *mapping) addPayer(p *claim.Payer) int {
	id := x.id("Organization", "payer", p.ID, nameUnlessID(p))
	for i := range x.parties {
		if x.parties[i].id == id {
			return i
		}
	}
	x.parties = append(x.parties, party{organization: true, id: id, payerID: p.ID,
		provider: claim.Provider{Organization: true, Name: claim.Name{Last: p.Name}, Address: p.Address}})
	return len(x.parties) - 1
}

func nameUnlessID(p *claim.Payer) string {
	if p.ID != "" {
		return ""
	}
	return p.Name
}

// fill completes what is known of a provider with another mention of it.
func fill(have, more *claim.Provider) {
	text := func(have *string, more string) {
		if *have == "" {
			*have = more
		}
	}
	if have.TaxID == "" {
		have.TaxID, have.TaxIDIsSSN = more.TaxID, more.TaxIDIsSSN
	}
	text(&have.Taxonomy, more.Taxonomy)
	text(&have.Name.First, more.Name.First)
	if have.Address == (claim.Address{}) {
		have.Address = more.Address
	}
	if have.Contact == (claim.Contact{}) {
		have.Contact = more.Contact
	}
}

func (list parties) write(x *mapping) {
	for i := range list {
		if list[i].organization {
			x.organization(&list[i])
		} else {
			x.practitioner(&list[i])
		}
	}
}

// display is the party's name as one text.
func (p *party) display() string { return displayName(p.provider.Name) }

func displayName(n claim.Name) string {
	out := n.Prefix
	for _, part := range []string{n.First, n.Middle, n.Last, n.Suffix} {
		if part != "" && out != "" {
			out += " "
		}
		out += part
	}
	return out
}

// numbers writes the identifiers of a provider. A social security number is a tax
// number too, but it is nobody's to hand on.
func (w *writer) numbers(p *party) {
	w.array("identifier", func() {
		if p.provider.NPI != "" {
			w.identifier(sysIdentifierV2, "NPI", idNPI, p.provider.NPI)
		}
		if p.provider.TaxID != "" && !p.provider.TaxIDIsSSN {
			w.identifier(sysIdentifierV2, "TAX", idEIN, p.provider.TaxID)
		}
		for _, r := range p.provider.References {
			if system, known := referenceSystem(r.Qualifier); known {
				w.identifier(sysIdentifierV2, "PRN", system, r.Value)
			}
		}
		if p.payerID != "" {
			w.identifier(sysIdentifierType, "payerid", "", p.payerID)
		}
	})
}

// identifier writes an Identifier as an item.
func (w *writer) identifier(typeSystem, typeCode, system, value string) {
	w.element(func() {
		w.concept("type", typeSystem, typeCode)
		w.text("system", system)
		w.text("value", value)
	})
}

// personName writes a HumanName as an item.
func (w *writer) personName(n claim.Name) {
	w.element(func() {
		w.text("family", n.Last)
		w.array("given", func() {
			w.string(n.First)
			w.string(n.Middle)
		})
		w.array("prefix", func() { w.string(n.Prefix) })
		w.array("suffix", func() { w.string(n.Suffix) })
	})
}

// address writes Address[0].
func (w *writer) address(a claim.Address) {
	w.array("address", func() {
		w.element(func() { w.addressFields(a) })
	})
}

func (w *writer) addressFields(a claim.Address) {
	w.array("line", func() {
		w.string(a.Line1)
		w.string(a.Line2)
	})
	w.text("city", a.City)
	if a.State != "" {
		w.text("state", a.State)
	} else {
		w.text("state", a.Subdivision)
	}
	w.text("postalCode", a.ZIP)
	w.text("country", a.Country)
}

// telecom writes how to reach a provider.
func (w *writer) telecom(c claim.Contact) {
	w.array("telecom", func() {
		point := func(system, value string) {
			if value != "" {
				w.element(func() {
					w.text("system", system)
					w.text("value", value)
				})
			}
		}
		phone := c.Phone
		if phone != "" && c.Extension != "" {
			phone += " ext. " + c.Extension
		}
		point("phone", phone)
		point("fax", c.Fax)
		point("email", c.Email)
		point("url", c.Website)
	})
}
