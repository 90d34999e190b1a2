// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"errors"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Rows that no CCLF file makes.
const (
	listKind       = 'L' // a line of an assignment list
	assignableKind = 'M' // a line of a list of assignable beneficiaries
	monthsKind     = 'E' // a line of an enrollment file
	optOutKind     = 'O' // a preference on sharing claims
)

var errRow = errors.New("a temporary file is damaged: a row can't be read back")

// take reads one row back.
func (a *assembler) take(raw string) error {
	u := unpacker{s: raw}
	kind := u.byte()
	v := version{u.date(), raw}
	switch kind {
	case '1':
		a.takeHeader(&u, v)
	case '2':
		a.takeRevenueLine(&u, v)
	case '3':
		r := codeRow{claim: u.int(), seq: u.int(), code: u.text(), day: u.date(), version: v}
		a.procs = append(a.procs, r)
	case '4':
		r := codeRow{claim: u.int(), seq: u.int(), class: u.text(), code: u.text(), version: v}
		a.diags = append(a.diags, r)
	case '5':
		a.takePhysicianLine(&u, v)
	case '6':
		a.takeEquipmentLine(&u, v)
	case '7':
		a.takeDrug(&u, v)
	case '8':
		a.takePerson(&u, v)
	case listKind, assignableKind, monthsKind:
		r := listRow{first: int(u.int()), flags: u.text(), kinds: u.text(), tin: u.text(), npi: u.text(), residence: u.text(), months: kind == monthsKind, assigned: kind == listKind, version: v}
		a.lists = append(a.lists, r)
	case withdrawnKind:
		a.withdrawn = append(a.withdrawn, withdrawal{id: u.int(), group: int(u.byte()), day: v.delivered})
	case optOutKind:
		a.optOuts = append(a.optOuts, optOut{effective: u.date(), declined: u.text() == "N"})
	}
	if u.bad {
		return errRow
	}
	return nil
}

func kindOf(code string) byte {
	switch code {
	case "1", "01":
		return cancel
	case "2", "02":
		return adjustment
	}
	return original
}

func (a *assembler) takeHeader(u *unpacker, v version) {
	a.pending = append(a.pending, pending{version: v})
	p := &a.pending[len(a.pending)-1]
	p.ID, p.kind, p.Effective, p.Loaded = u.int(), kindOf(u.text()), u.date(), u.date()
	p.Type, p.From, p.Thru, p.Facility = u.text(), u.date(), u.date(), u.text()
	p.BillType = u.text()
	if class := u.text(); class != "" {
		p.BillType += class
	}
	p.Frequency, p.Paid = u.text(), u.cents()
	p.IME = u.cents()
	p.IME += u.cents()
	p.DSH = u.cents()
	p.DSH += u.cents()
	p.Uncompensated = u.cents()
	p.DRG, p.PatientStatus, p.AdmissionType, p.AdmissionSource = u.text(), u.text(), u.text(), u.text()
	p.Principal, p.Admitting, p.NonPayment, p.PrimaryPayer = u.text(), u.text(), u.text(), u.text()
	p.Attending, p.Operating, p.OtherNPI, p.FacilityNPI, p.ControlNumber = u.text(), u.text(), u.text(), u.text(), u.text()
	p.Charge = u.cents()
	p.Setting = settingOf(p.Type)
	p.key = chainKey{provider: p.Facility, from: p.From, thru: p.Thru}
}

func (a *assembler) takeRevenueLine(u *unpacker, v version) {
	a.lines = append(a.lines, lineRow{version: v})
	r := &a.lines[len(a.lines)-1]
	r.claim, r.Number, r.From, r.Thru = u.int(), u.int(), u.date(), u.date()
	r.Revenue, r.Code, r.Units, r.Paid = u.text(), u.text(), u.int(), u.cents()
	for i := range r.Modifiers {
		r.Modifiers[i] = u.text()
	}
}

// takeLine reads what CCLF5 and CCLF6 have in common.
func (a *assembler) takeLine(u *unpacker, v version) *lineRow {
	a.details = append(a.details, lineRow{version: v})
	r := &a.details[len(a.details)-1]
	r.claim, r.Number, r.kind, r.effective, r.loaded = u.int(), u.int(), kindOf(u.text()), u.date(), u.date()
	r.claimType, r.claimFrom, r.claimEnd, r.control = u.text(), u.date(), u.date(), u.text()
	r.From, r.Thru, r.Code, r.Paid, r.Allowed = u.date(), u.date(), u.text(), u.cents(), u.cents()
	return r
}

func (a *assembler) takePhysicianLine(u *unpacker, v version) {
	r := a.takeLine(u, v)
	r.Units, r.Specialty, r.Place, r.TIN, r.NPI, r.Referring = u.int(), u.text(), u.text(), u.text(), u.text(), u.text()
	r.Denial, r.Processing, r.PrimaryPayer, r.Diagnosis = u.text(), u.text(), u.text(), u.text()
	for i := range r.Modifiers {
		r.Modifiers[i] = u.text()
	}
	for i := range r.dx {
		r.dx[i] = u.text()
	}
}

func (a *assembler) takeEquipmentLine(u *unpacker, v version) {
	r := a.takeLine(u, v)
	r.Place, r.NPI, r.Referring = u.text(), u.text(), u.text()
	r.Denial, r.Processing, r.PrimaryPayer = u.text(), u.text(), u.text()
}

func (a *assembler) takeDrug(u *unpacker, v version) {
	p := pending{version: v}
	p.ID, p.kind, p.Effective, p.Loaded = u.int(), kindOf(u.text()), u.date(), u.date()
	p.Type, p.From, p.Setting = u.text(), u.date(), Drug
	p.Thru = p.From
	l := Line{Number: 1, From: p.From, Thru: p.From, Code: u.text(), Units: u.int(), DaysSupply: u.int(), NPI: u.text(), Referring: u.text()}
	l.Paid = u.cents()
	p.Paid = l.Paid
	reference, fill, status := u.text(), u.text(), u.text()
	l.Fill, l.DispenseAsWritten = fill, u.text()
	a.held = append(a.held, l)
	p.Lines = a.held[len(a.held)-1 : len(a.held) : len(a.held)]
	p.ControlNumber = reference
	p.key = chainKey{provider: l.NPI, from: p.From, number: reference + "/" + fill + "/" + status}
	a.pending = append(a.pending, p)
}

// takePerson keeps the latest demographics, and of each the hospice period and any day
// of death: an earlier file's is not lost if a later one leaves it out.
func (a *assembler) takePerson(u *unpacker, v version) {
	var x Beneficiary
	x.State, x.County, x.Zip, x.Birth, x.Sex = u.text(), u.text(), u.text(), u.date(), u.letter()
	x.MedicareStatus, x.Dual, x.Death = u.text(), u.text(), u.date()
	stay := Period{u.date(), u.date()}
	x.First, x.Last, x.OREC, x.PartA, x.PartB = u.text(), u.text(), u.letter(), u.date(), u.date()
	b := &a.b
	b.Known = true
	if !stay.Begin.IsZero() {
		b.Hospice = append(b.Hospice, stay)
	}
	if !x.Death.IsZero() && (b.Death.IsZero() || v.compare(a.person.death) > 0) {
		b.Death, a.person.death = x.Death, v
	}
	if a.person.seen && v.compare(a.person.version) <= 0 {
		return
	}
	a.person.seen, a.person.version = true, v
	b.State, b.County, b.Zip, b.Birth, b.Sex = x.State, x.County, x.Zip, x.Birth, sex(x.Sex)
	b.MedicareStatus, b.Dual, b.First, b.Last, b.OREC, b.PartA, b.PartB = x.MedicareStatus, x.Dual, x.First, x.Last, x.OREC, x.PartA, x.PartB
}

// sex reads CCLF8's code.
func sex(code byte) byte {
	switch code {
	case '1', 'M':
		return 'M'
	case '2', 'F':
		return 'F'
	}
	return 0
}

// withdrawal takes a claim out of force that files up to a day told of.
type withdrawal struct {
	id    int64
	group int
	day   civil.Date
}

// optOut is a preference on sharing claims, from a day on.
type optOut struct {
	effective civil.Date
	declined  bool
}
