// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// writeHeader writes BPR to the end of loop 1000B. A payment of zero is a notice (H)
// without a method or banks.
func writeHeader(e *emit.Encoder, r *claim.Remittance, total money.Cents) {
	handling, method, format, from, to := r.Handling, r.Method, r.Format, r.PayerBank, r.Payee.Bank
	if handling == "" {
		handling = "I"
	}
	if total == 0 {
		handling, method, format, from, to = "H", "NON", "", claim.BankAccount{}, claim.BankAccount{}
	}
	e.Begin("BPR")
	e.Required(handling, 2)
	e.Cents(total)
	e.ID(choose(r.Debit, "D", "C"), 1)
	e.Required(method, 3)
	e.ID(format, 10)
	writeAccount(e, from)
	if total != 0 && (from != claim.BankAccount{}) {
		e.ID(r.OriginatorID, 10)
		e.ID(r.OriginatorSupplement, 9)
	} else {
		e.Skip(2)
	}
	writeAccount(e, to)
	e.Date(r.Date)
	e.End()

	e.Begin("TRN")
	e.ID("1", 2)
	e.Required(r.TraceNumber, 50)
	e.Required(r.OriginatorID, 10)
	e.ID(r.OriginatorSupplement, 50)
	e.End()
	if r.Currency != "" {
		e.Begin("CUR")
		e.ID("PR", 3)
		e.ID(r.Currency, 3)
		e.End()
	}
	writeReference(e, "EV", r.Receiver)
	writeReference(e, "F2", r.System)
	writeDate(e, "405", r.Production)
	writePayer(e, r)
	writePayee(e, &r.Payee, r.Delivery)
}

func writeAccount(e *emit.Encoder, b claim.BankAccount) {
	e.ID(b.RoutingKind, 2)
	e.ID(b.Routing, 12)
	e.ID(b.AccountKind, 3)
	e.ID(b.Account, 35)
}

// writePayer writes loop 1000A. A payer's number that is no national plan id goes
// into REF*2U.
func writePayer(e *emit.Encoder, r *claim.Remittance) {
	p := &r.Payer
	e.Begin("N1")
	e.ID("PR", 3)
	e.Text(p.Name, 60)
	if p.IDKind == "XV" {
		e.ID("XV", 2)
		e.ID(p.ID, 80)
	}
	e.End()
	writeAddress(e, &p.Address)
	if p.IDKind != "XV" {
		writeReference(e, "2U", p.ID)
	}
	writeReferences(e, p.References)
	writeContact(e, "CX", &r.Contact)
	for i := range r.Technical {
		writeContact(e, "BL", &r.Technical[i])
	}
	if r.Website != "" {
		e.Begin("PER")
		e.ID("IC", 2)
		e.Skip(1)
		e.ID("UR", 2)
		e.ID(r.Website, 256)
		e.End()
	}
}

// writePayee writes loop 1000B.
func writePayee(e *emit.Encoder, p *claim.Payee, d *claim.Delivery) {
	e.Begin("N1")
	e.ID("PE", 3)
	e.Text(p.Name, 60)
	plan := ""
	for _, r := range p.References {
		if r.Qualifier == "XV" {
			plan = r.Value
		}
	}
	switch {
	case p.NPI != "":
		e.ID("XX", 2)
		e.ID(p.NPI, 80)
	case p.TaxID != "":
		e.ID("FI", 2)
		e.ID(p.TaxID, 80)
	default:
		e.ID("XV", 2)
		e.ID(plan, 80)
	}
	e.End()
	writeAddress(e, &p.Address)
	if p.NPI != "" {
		writeReference(e, "TJ", p.TaxID)
	}
	for _, r := range p.References {
		if r.Qualifier != "XV" {
			writeReference(e, r.Qualifier, r.Value)
		}
	}
	if d != nil {
		e.Begin("RDM")
		e.Required(d.Method, 2)
		e.Text(d.Name, 60)
		e.ID(d.Number, 256)
		e.End()
	}
}

func writeAddress(e *emit.Encoder, a *claim.Address) {
	if a.Line1 == "" && a.City == "" {
		return
	}
	e.Begin("N3")
	e.Text(a.Line1, 55)
	e.Text(a.Line2, 55)
	e.End()
	e.Begin("N4")
	e.Text(a.City, 30)
	e.ID(a.State, 2)
	e.ID(a.ZIP, 15)
	if a.Country != "" || a.Subdivision != "" {
		e.ID(a.Country, 3)
		e.Skip(2)
		e.ID(a.Subdivision, 3)
	}
	e.End()
}

// writeContact writes a PER; three ways to reach somebody fit in it.
func writeContact(e *emit.Encoder, function string, c *claim.Contact) {
	if *c == (claim.Contact{}) {
		return
	}
	e.Begin("PER")
	e.ID(function, 2)
	e.Text(c.Name, 60)
	n := 0
	for _, way := range [...]struct{ kind, number string }{
		{"TE", c.Phone}, {"EX", c.Extension}, {"FX", c.Fax}, {"EM", c.Email}, {"UR", c.Website}} {
		if way.number == "" {
			continue
		}
		if n++; n > 3 {
			e.Fail("has no room: a contact has at most three of phone, extension, fax, e-mail and web site")
			break
		}
		e.ID(way.kind, 2)
		e.ID(way.number, 256)
	}
	e.End()
}

func writeReference(e *emit.Encoder, qualifier, value string) {
	if value == "" {
		return
	}
	e.Begin("REF")
	e.Required(qualifier, 3)
	e.ID(value, 50)
	e.End()
}

func writeReferences(e *emit.Encoder, list []claim.Reference) {
	for i := range list {
		writeReference(e, list[i].Qualifier, list[i].Value)
	}
}

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
