// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// information is an entry of supportingInfo.
type information struct {
	category string
	lines    []int // indexes of the lines that refer to it
	body     func()
}

func (x *mapping) inform(category string, lines []int, body func()) {
	x.info = append(x.info, information{category, lines, body})
}

// informCode adds an entry with a code, if there is one.
func (x *mapping) informCode(category, system, code string) {
	if code != "" {
		x.inform(category, nil, func() { x.w.concept("code", system, code) })
	}
}

func (x *mapping) informText(category, value string, lines []int) {
	if value != "" {
		x.inform(category, lines, func() { x.w.text("valueString", value) })
	}
}

// gatherInformation lists what supportingInfo will hold.
func (x *mapping) gatherInformation() {
	c, p, w := x.c, x.p, &x.w
	if !p.Received.IsZero() {
		x.inform("clmrecvddate", nil, func() { w.date("timingDate", p.Received) })
	}
	switch {
	case x.profile.institutional():
		x.gatherStay()
	case x.profile == pharmacy:
		x.gatherDispensing()
		return
	default:
		x.gatherService()
	}
	x.informText("medicalrecordnumber", c.MedicalRecord, nil)
	x.informText("patientaccountnumber", c.ID, nil)
}

// gatherStay lists what institutional claims alone have.
func (x *mapping) gatherStay() {
	c, w := x.c, &x.w
	if x.profile == inpatient || !c.Admission.IsZero() {
		x.inform("admissionperiod", nil, func() {
			if c.Admission.IsZero() {
				w.object("timingPeriod", w.absent)
				return
			}
			end := c.Through
			if x.profile != inpatient || c.PatientStatus == stillPatient {
				end = 0
			}
			w.period("timingPeriod", c.Admission, end)
		})
	}
	if c.BillType != "" {
		frequency := ""
		if c.Frequency != 0 {
			frequency = string(c.Frequency)
		}
		x.informCode("typeofbill", sysTypeOfBill, "0"+c.BillType+frequency)
	}
	if c.AdmissionSource != 0 {
		system := sysPointOfOrigin
		if c.AdmissionType == newborn {
			system = sysNewbornOrigin
		}
		x.informCode("pointoforigin", system, string(c.AdmissionSource))
	}
	if c.AdmissionType != 0 {
		x.informCode("admtype", sysAdmissionType, string(c.AdmissionType))
	}
	x.informCode("discharge-status", sysDischarge, c.PatientStatus)
	if x.profile == inpatient {
		x.informCode("drg", sysMSDRG, x.drg())
	}
}

// NUBC codes that change what an element holds.
const (
	stillPatient = "30" // discharge status: the stay goes on
	newborn      = '4'  // type of admission
)

// drg is the DRG that was paid, or the billed one.
func (x *mapping) drg() string {
	if x.p.DRG != "" {
		return x.p.DRG
	}
	return x.c.DRG
}

// gatherService lists what professional and dental claims alone have.
func (x *mapping) gatherService() {
	c, w := x.c, &x.w
	if x.facility >= 0 {
		x.inform("servicefacility", nil, func() {
			w.object("valueReference", func() { x.to(x.facility) })
		})
	}
	if x.profile != professional {
		x.gatherTeeth()
		return
	}
	x.gatherTransport(c.Ambulance, c.Providers, x.linesWithoutAmbulance())
	for i := range c.Lines {
		x.gatherTransport(c.Lines[i].Ambulance, c.Lines[i].Providers, []int{i})
	}
	if c.Patient.Weight.Value != 0 && c.Ambulance == nil {
		x.informQuantity("patientweight", c.Patient.Weight, "[lb_av]", x.allLines())
	}
}

func (x *mapping) linesWithoutAmbulance() []int {
	var out []int
	for i := range x.c.Lines {
		if x.c.Lines[i].Ambulance == nil {
			out = append(out, i)
		}
	}
	return out
}

func (x *mapping) allLines() []int {
	out := make([]int, len(x.c.Lines))
	for i := range out {
		out[i] = i
	}
	return out
}

// gatherTransport lists an ambulance transport. Each entry must be referred to by
// a line.
func (x *mapping) gatherTransport(a *claim.Ambulance, providers []claim.Provider, lines []int) {
	if len(lines) == 0 {
		return
	}
	if a != nil {
		if pounds, ok := poundsOf(a); ok {
			x.informQuantity("patientweight", pounds, "[lb_av]", lines)
		}
		if a.Reason != "" {
			x.inform("ambulancetransportreason", lines, func() {
				x.w.object("reason", func() {
					x.w.text("system", sysTransportReason)
					x.w.text("code", a.Reason)
				})
			})
		}
		if a.Miles.Value != 0 {
			x.informQuantity("transportationdistance", a.Miles, "[mi_i]", lines)
		}
		x.informText("roudtrippurpose", a.RoundTripNote, lines) // the guide's own spelling
		x.informText("stretcherpurpose", a.StretcherNote, lines)
	}
	for i := range providers {
		switch providers[i].Role {
		case claim.PickUp:
			x.informText("pickuplocation", placeText(&providers[i]), lines)
		case claim.DropOff:
			x.informText("dropofflocation", placeText(&providers[i]), lines)
		}
	}
}

// poundsOf is the patient's weight on an ambulance claim.
func poundsOf(a *claim.Ambulance) (money.Fixed, bool) {
	pounds, err := money.ParseFixed(a.Weight, 2)
	return pounds, err == nil && a.Weight != ""
}

func (x *mapping) informQuantity(category string, value money.Fixed, unit string, lines []int) {
	x.inform(category, lines, func() {
		x.w.object("valueQuantity", func() {
			x.w.decimal("value", value)
			x.w.unit(unit, unit)
		})
	})
}

// placeText is a place on one line.
func placeText(p *claim.Provider) string {
	a := &p.Address
	var parts []string
	for _, s := range []string{displayName(p.Name), a.Line1, a.Line2, a.City, strings.TrimSpace(a.State + " " + a.ZIP), a.Country} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// supportingInfo writes the list.
func (x *mapping) supportingInfo() {
	w := &x.w
	w.array("supportingInfo", func() {
		for i := range x.info {
			w.element(func() {
				w.int("sequence", i+1)
				w.concept("category", sysSupportingInfo, x.info[i].category)
				x.info[i].body()
			})
		}
	})
}

// lineInformation are the sequences of the entries that belong to a line.
func (x *mapping) lineInformation(line int) []int {
	var out []int
	for i := range x.info {
		for _, l := range x.info[i].lines {
			if l == line {
				out = append(out, i+1)
			}
		}
	}
	return out
}
