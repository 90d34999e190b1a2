// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

const (
	sysServiceType  = "https://x12.org/codes/service-type-codes"
	sysReviewAction = "https://codesystem.x12.org/005010/306"
	sysReviewReason = "https://codesystem.x12.org/external/886"
	sysLevel        = "https://codesystem.x12.org/005010/1338"
	sysPriorAuth    = pdexGuide + "CodeSystem/PDexAdjudicationDiscriminator"
	sysInformation  = "http://terminology.hl7.org/CodeSystem/claiminformationcategory"
)

// MapAuthorization writes a prior authorization as the PDex guide's ExplanationOfBenefit,
// with the member's Patient and Coverage, the payer and the providers. The Patient and the
// Coverage are sketches: a member record says more.
func (m *Mapper) MapAuthorization(a *Authorization, format SourceFormat, set *Set) error {
	set.Resources, set.Losses, set.ends, set.buf = set.Resources[:0], set.Losses[:0], set.ends[:0], set.buf[:0]
	set.Profile = profileAuthorized
	m.hash(set)
	c := a.claim()
	in := &Input{Claim: c, Payment: &claim.ClaimPayment{}, Format: format, Plan: a.Member.Plan, Adjudicated: a.Decided, Sketch: true}
	if a.Member.MBI {
		in.MemberSystem = MBI
	}
	x := &mapping{Mapper: m, in: in, c: c, p: in.Payment, profile: professional, set: set, mac: set.mac}
	x.w.b = set.buf
	if m.opt.Payer.Name == "" {
		return &UnmappableError{a.Number, "PDex prior authorization", "the payer has no name"}
	}
	x.patientID = x.identifyPatient()
	x.insurer = x.addPayer(&m.opt.Payer)
	if x.provider = x.add(&c.Billing, c.Billing.Organization); x.provider < 0 {
		return &UnmappableError{a.Number, "PDex prior authorization", "the requester has no NPI"}
	}
	performer := -1
	if len(c.Providers) > 0 {
		performer = x.add(&c.Providers[0], c.Providers[0].Organization)
	}
	system := x.opt.Base + "/authorization"
	id := x.id("ExplanationOfBenefit", "preauthorization", x.parties[x.insurer].id, a.Number)
	x.resource("ExplanationOfBenefit", id, profileAuthorized, func() { x.authorization(a, system, performer) })
	around := len(set.Resources)
	x.patientResource()
	x.coverages()
	for i := around; i < len(set.Resources); i++ {
		set.Resources[i].Sketch = true
	}
	x.provenance(system, a.Number)
	x.lostAuthorization(a)
	x.parties.write(x)
	set.take(&x.w)
	return nil
}

// claim is what of a request is as on a claim.
func (a *Authorization) claim() *claim.Claim {
	m := &a.Member
	c := &claim.Claim{ID: a.Number, Form: claim.Professional, PatientIsSubscriber: true, Patient: claim.Person{ID: m.Number,
		Name: claim.Name{Last: m.Last, First: m.First}, Born: m.Born, Group: m.Group, Relationship: "18"}, Billing: a.Requester.provider(claim.Billing)}
	if m.Sex != "" {
		c.Patient.Sex = m.Sex[0]
	}
	if a.Provider != nil {
		c.Providers = append(c.Providers, a.Provider.provider(claim.Rendering))
	}
	for i, code := range a.Diagnoses {
		kind := claim.OtherDiagnosis
		if i == 0 {
			kind = claim.PrincipalDiagnosis
		}
		c.Diagnoses = append(c.Diagnoses, claim.Diagnosis{Code: strings.ReplaceAll(code, ".", ""), Kind: kind})
	}
	return c
}

func (p *AuthorizationProvider) provider(role claim.Role) claim.Provider {
	return claim.Provider{Role: role, Organization: p.Organization, NPI: p.NPI, Name: claim.Name{Last: p.Name, First: p.First}}
}

// authorization writes the ExplanationOfBenefit.
func (x *mapping) authorization(a *Authorization, system string, performer int) {
	w := &x.w
	if a.Level != "" {
		w.array("extension", func() {
			w.element(func() {
				w.text("url", pdexProfile+"extension-levelOfServiceCode")
				w.concept("valueCodeableConcept", sysLevel, a.Level)
			})
		})
	}
	w.array("identifier", func() {
		w.element(func() {
			w.text("system", system)
			w.text("value", a.Number)
		})
		if a.Request != "" {
			w.element(func() {
				w.text("system", x.opt.Base+"/authorization-request")
				w.text("value", a.Request)
			})
		}
	})
	status, outcome := "active", "complete"
	switch a.Status {
	case Cancelled:
		status = "cancelled"
	case Pended:
		outcome = "queued"
	case Partial:
		outcome = "partial"
	}
	w.text("status", status)
	w.concept("type", sysClaimType, a.Kind)
	w.text("use", "preauthorization")
	w.reference("patient", "Patient/"+x.patientID)
	if from, through := a.dates(); !from.IsZero() || !through.IsZero() {
		w.period("billablePeriod", from, through)
	}
	w.text("created", x.createdOn(a))
	w.object("insurer", func() { x.to(x.insurer) })
	w.object("provider", func() { x.to(x.provider) })
	w.text("outcome", outcome)
	w.text("disposition", a.disposition())
	w.array("preAuthRef", func() { w.string(a.Number) })
	w.array("preAuthRefPeriod", func() {
		w.element(func() {
			w.date("start", a.Valid.From)
			w.date("end", a.Valid.Through)
		})
	})
	if performer >= 0 {
		w.array("careTeam", func() {
			w.element(func() {
				w.int("sequence", 1)
				w.object("provider", func() { x.to(performer) })
				w.concept("role", sysCareTeamRole, "rendering")
			})
		})
	}
	x.documents(a)
	x.diagnoses()
	own := x.ownPlan()
	w.array("insurance", func() {
		w.element(func() {
			w.bool("focal", true)
			w.reference("coverage", "Coverage/"+own.id)
		})
	})
	w.array("item", func() {
		for i := range a.Items {
			w.element(func() { x.authorizedItem(a, i) })
		}
	})
	x.notesAlone()
}

// createdOn is the day of the decision, of the last change, or of the request.
func (x *mapping) createdOn(a *Authorization) string {
	if !a.Decided.IsZero() {
		return a.Decided.String()
	}
	return a.StatusChanged.String()
}

// disposition says in words what FHIR's outcome does not: the decision, when the status
// last changed, and when the approval ends.
func (a *Authorization) disposition() string {
	text := string(a.Status) + "; status last changed " + a.StatusChanged.String()
	if !a.Decided.IsZero() {
		text += "; decided " + a.Decided.String()
	}
	if a.EndsWhen != "" {
		text += "; ends when " + a.EndsWhen
	}
	return text
}

// dates are the first and last day that the items are asked for.
func (a *Authorization) dates() (from, through civil.Date) {
	for i := range a.Items {
		d := a.Items[i].Dates
		if !d.From.IsZero() && (from.IsZero() || d.From.Before(from)) {
			from = d.From
		}
		if d.Through.After(through) {
			through = d.Through
		}
	}
	return from, through
}

// documents writes when the request came in and what documents came with it.
func (x *mapping) documents(a *Authorization) {
	w := &x.w
	n := 0
	w.array("supportingInfo", func() {
		if !a.Received.IsZero() {
			n++
			w.element(func() {
				w.int("sequence", n)
				w.concept("category", pdexGuide+"CodeSystem/PDexSupportingInfoType", "clmrecvddate")
				w.date("timingDate", a.Received)
			})
		}
		for _, d := range a.Documents {
			n++
			w.element(func() {
				w.int("sequence", n)
				w.concept("category", sysInformation, "attachment")
				if d.Reference == "" {
					w.text("valueString", d.Title)
					return
				}
				w.object("valueReference", func() {
					w.text("reference", d.Reference)
					w.text("display", d.Title)
				})
			})
		}
	})
}

func (x *mapping) authorizedItem(a *Authorization, i int) {
	w, it := &x.w, &a.Items[i]
	w.int("sequence", i+1)
	if it.ServiceType != "" {
		w.concept("category", sysServiceType, it.ServiceType)
	}
	w.service(it.System, it.Code, it.Description)
	var modifiers [4]string
	copy(modifiers[:], it.Modifiers)
	w.modifiers(modifiers)
	if it.Dates.From == it.Dates.Through {
		w.date("servicedDate", it.Dates.From)
	} else {
		w.period("servicedPeriod", it.Dates.From, it.Dates.Through)
	}
	if it.RequestedUnits != "" {
		w.object("quantity", func() { w.decimal("value", decimal(it.RequestedUnits)) })
	}
	if text := it.note(); text != "" {
		x.notes = append(x.notes, "Item "+strconv.Itoa(i+1)+": "+text)
		w.ints("noteNumber", []int{len(x.notes)})
	}
	w.array("adjudication", func() { x.review(it) })
}

// note says in words what of an item the guide has extensions of the PAS guide for, which
// PAS 2.0.1, on which it builds, does not let stand there.
func (it *AuthorizationItem) note() string {
	var parts []string
	add := func(present bool, text string) {
		if present {
			parts = append(parts, text)
		}
	}
	add(!it.Decided.IsZero(), "decided "+it.Decided.String())
	add(!it.Valid.From.IsZero(), "valid from "+it.Valid.From.String())
	add(!it.Valid.Through.IsZero(), "valid through "+it.Valid.Through.String())
	add(it.Trace != "", "trace number "+it.Trace)
	return strings.Join(parts, ", ")
}

// review writes the decision on an item: the review action stands with the first of its
// adjudications, which says the amount that was asked for, known or not.
func (x *mapping) review(it *AuthorizationItem) {
	w := &x.w
	w.element(func() {
		w.array("extension", func() {
			w.element(func() {
				w.array("extension", func() {
					part := func(url string, value func()) {
						w.element(func() {
							w.text("url", url)
							value()
						})
					}
					if it.Authorization != "" {
						part("number", func() { w.text("valueString", it.Authorization) })
					}
					for _, r := range it.Denial {
						if r.List == "886" {
							part("reasonCode", func() { w.reason("valueCodeableConcept", sysReviewReason, r) })
						}
					}
					part(pdexProfile+"extension-reviewActionCode", func() {
						w.concept("valueCodeableConcept", sysReviewAction, reviewActions[it.Status])
					})
				})
				w.text("url", pdexProfile+"extension-reviewAction")
			})
		})
		w.concept("category", sysPlainAdjudicate, "submitted")
		if it.Amount != nil {
			w.money("amount", *it.Amount)
		} else {
			w.object("amount", w.absent)
		}
	})
	units := func(code, value string) {
		if value != "" {
			w.element(func() {
				w.discriminator(code)
				w.decimal("value", decimal(value))
			})
		}
	}
	units("allowedunits", it.ApprovedUnits)
	units("consumedunits", it.UsedUnits)
	for _, r := range it.Denial {
		system := sysCARC
		switch r.List {
		case "886":
			continue
		case "rarc":
			system = sysRARC
		}
		w.element(func() {
			w.discriminator("denialreason")
			w.reason("reason", system, r)
		})
	}
}

// discriminator writes the category of an adjudication without an amount. The guide's slices
// ask for a code, and its binding for one of a value set without that code: the second
// code satisfies the binding.
func (w *writer) discriminator(code string) {
	w.object("category", func() {
		w.array("coding", func() {
			w.coding(sysPriorAuth, code)
			w.coding(pdexGuide+"CodeSystem/PDexPayerAdjudicationStatus", "other")
		})
	})
}

// reason writes a code with the payer's own words of it.
func (w *writer) reason(name, system string, r AuthorizationReason) {
	w.object(name, func() {
		w.codings(system, r.Code)
		w.text("text", r.Text)
	})
}

// lostAuthorization names what of a request has no place.
func (x *mapping) lostAuthorization(a *Authorization) {
	for i := range a.Items {
		it := &a.Items[i]
		of := "items[" + strconv.Itoa(i) + "]"
		x.lost(len(it.Modifiers) > 4, of+".modifiers", NoPlace)
		x.lost(it.System != "" && procedureSystem(it.System, it.Code) == "", of+".system", NoPlace)
	}
	x.lost(a.Drug, "drug", NoPlace)
	if a.Provider != nil && a.Provider.NPI == "" {
		x.lost(true, "provider", NoNumber)
	}
}
