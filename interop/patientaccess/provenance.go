// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// SourceFormat is the form in which a payer got what a resource is made of: a code of the
// PDex guide's ProvenancePayerDataSource.
type SourceFormat string

// The forms of sources.
const (
	FromX12837  SourceFormat = "x12837"
	FromX12278  SourceFormat = "x12278"
	FromPartner SourceFormat = "customtx" // a trading partner's own format, as CMS's files
	FromSTU3    SourceFormat = "hl7fhirdstu3"
	FromR4      SourceFormat = "hl7fhirr4"
	FromCapture SourceFormat = "capture" // entered by the payer
)

// The PDex guide, 2.0.0.
const (
	pdexGuide         = "http://hl7.org/fhir/us/davinci-pdex/"
	pdexProfile       = pdexGuide + "StructureDefinition/"
	profileProvenance = pdexProfile + "pdex-provenance"
	profileDispense   = pdexProfile + "pdex-medicationdispense"
	profileAuthorized = pdexProfile + "pdex-priorauthorization|2.0.0"

	sysSourceFormat = pdexGuide + "CodeSystem/ProvenancePayerDataSource"
	sysParticipant  = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	sysTransmitter  = "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type"
)

// provenance says who made the resources of the set that no other record tells better of,
// and in which form their source came. number is the source's.
func (x *mapping) provenance(system, number string) {
	format := x.in.Format
	if !x.opt.PDex || format == "" {
		return
	}
	w := &x.w
	var targets []Resource
	for _, r := range x.set.Resources {
		if !r.Sketch && r.Type != "Organization" && r.Type != "Practitioner" {
			targets = append(targets, r)
		}
	}
	x.resource("Provenance", x.id("Provenance", targets[0].ID), profileProvenance, func() {
		w.array("target", func() {
			for _, r := range targets {
				w.element(func() { w.text("reference", r.Type+"/"+r.ID) })
			}
		})
		w.text("recorded", x.updated)
		w.array("agent", func() {
			w.element(func() { // the payer made it
				w.concept("type", sysParticipant, "author")
				w.object("who", func() { x.to(x.insurer) })
			})
			w.element(func() {
				w.concept("type", sysTransmitter, "transmitter")
				w.object("who", func() { x.to(x.transmitter()) })
			})
		})
		w.array("entity", func() {
			w.element(func() {
				w.array("extension", func() {
					w.element(func() {
						w.text("url", pdexProfile+"ProvenanceSourceFrom")
						w.concept("valueCodeableConcept", sysSourceFormat, string(format))
					})
				})
				w.text("role", "source")
				w.object("what", func() { w.logical(system, number) })
			})
		})
	})
}

// transmitter is who sent the source: the organization that billed an 837 or asked for an
// authorization, otherwise the payer.
func (x *mapping) transmitter() int {
	sent := x.in.Format == FromX12837 || x.in.Format == FromX12278
	if b := &x.c.Billing; sent && b.Organization {
		if i := x.add(b, true); i >= 0 {
			return i
		}
	}
	return x.insurer
}

// dispense writes the MedicationDispense of a pharmacy's claim. A compound has no code that
// the guide's value set knows, and a claim that was denied dispensed nothing.
func (x *mapping) dispense() {
	if !x.opt.PDex || x.profile != pharmacy || x.amounts.denied || x.c.Dispensing.Compound == compoundDrug {
		return
	}
	for i := range x.c.Lines {
		x.dispensed(&x.c.Lines[i], i)
	}
}

func (x *mapping) dispensed(l *claim.Line, i int) {
	w, d := &x.w, x.c.Dispensing
	x.resource("MedicationDispense", x.id("MedicationDispense", x.set.Resources[0].ID, l.Drug.NDC, string(rune('0'+i%10))), profileDispense, func() {
		w.array("extension", func() {
			if d.Fill != "" {
				w.element(func() {
					w.text("url", pdexProfile+"DispenseRefill")
					w.object("valueQuantity", func() { w.decimal("value", decimal(d.Fill)) })
				})
			}
		})
		w.array("identifier", func() {
			w.element(func() {
				w.text("system", x.claimSystem())
				w.text("value", x.claimNumber())
			})
		})
		status := "completed"
		if x.status() == "cancelled" {
			status = "cancelled"
		}
		w.text("status", status)
		w.object("medicationCodeableConcept", func() {
			w.codings(sysNDC, l.Drug.NDC)
			w.text("text", l.Description)
		})
		w.reference("subject", "Patient/"+x.patientID)
		w.array("performer", func() {
			w.element(func() { w.object("actor", func() { x.to(x.provider) }) })
		})
		if kind := fillKind(d.Fill); kind != "" {
			w.concept("type", sysIncident, kind)
		}
		if q := l.Drug; q.Quantity.Value != 0 {
			w.object("quantity", func() {
				w.decimal("value", q.Quantity)
				w.text("unit", q.Unit)
			})
		}
		if d.DaysSupply != "" {
			w.object("daysSupply", func() {
				w.decimal("value", decimal(d.DaysSupply))
				w.unit("days", "d")
			})
		}
		w.date("whenHandedOver", l.From)
		if d.DispenseAsWritten == "1" || d.DispenseAsWritten == "2" { // the prescriber's or the patient's will
			w.object("substitution", func() { w.bool("wasSubstituted", false) })
		}
	})
}

// fillKind is HL7's act code of the first filling, or of a refill.
func fillKind(fill string) string {
	switch {
	case fill == "":
		return ""
	case decimal(fill).Value == 0:
		return "FF"
	}
	return "RF"
}
