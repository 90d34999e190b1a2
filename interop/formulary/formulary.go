// SPDX-License-Identifier: Apache-2.0

// Package formulary makes a drug formulary of a payer's own sheets: resources of
// the Da Vinci US Drug Formulary guide 2.0.1
// (hl7.org/fhir/us/davinci-drug-formulary), as 42 CFR 422.119(b)(2)(ii) wants of
// MA-PD plans through the Patient Access API. Drugs are named by RxNorm.
package formulary

import (
	"embed"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/element"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/refdata"
)

type object = element.Object

const (
	canonical = "http://hl7.org/fhir/us/davinci-drug-formulary"
	ext       = canonical + "/StructureDefinition/"
	codes     = canonical + "/CodeSystem/"
	tierCodes = codes + "usdf-DrugTierCS-TEMPORARY-TRIAL-USE"
	pharmacy  = codes + "usdf-PharmacyBenefitTypeCS-TEMPORARY-TRIAL-USE"
	costKinds = codes + "usdf-BenefitCostTypeCS-TEMPORARY-TRIAL-USE"
	options   = codes + "usdf-CostShareOptionCS-TEMPORARY-TRIAL-USE"
	contacts  = codes + "usdf-PlanContactTypeCS-TEMPORARY-TRIAL-USE"
	itemKinds = codes + "usdf-InsuranceItemTypeCS"
	products  = "http://hl7.org/fhir/us/davinci-pdex-plan-net/CodeSystem/InsuranceProductTypeCS"
	rxnorm    = "http://www.nlm.nih.gov/research/umls/rxnorm"
	snomed    = "http://snomed.info/sct"
	actCodes  = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	planTypes = "http://terminology.hl7.org/CodeSystem/insurance-plan-type"
	ownIDs    = "urn:woodlawn:formulary:id" // a payer's own numbers
)

// Options of a build.
type Options struct {
	Today   civil.Date // the day of the build, which becomes meta.lastUpdated
	Catalog *refdata.Catalog
}

// cost is a row of the costs: what a member pays at a pharmacy for a tier.
type cost struct{ pharmacy, tier, kind, option, amount string }

type build struct {
	costs map[string][]cost // by plan, in the order of the sheet
}

// Build writes the resources of the rows that are whole, and gives the others to
// reject; see sheet.Build.Run. It holds the costs of the plans, and of each item its
// id. Errors are of reading and writing, and *refdata.NotLoadedError.
func Build(sources []sheet.Source, opt Options, write func(*sheet.Kind, []byte) error, reject func(sheet.Reject) error) ([]sheet.Sum, error) {
	lists, err := sheet.LoadCodes(opt.Catalog, "formulary.codes", opt.Today)
	if err != nil {
		return nil, err
	}
	products, err := sheet.LoadCodes(opt.Catalog, "directory.codes", opt.Today)
	if err != nil {
		return nil, err
	}
	f := &build{costs: map[string][]cost{}}
	b := &sheet.Build{Kinds: f.kinds(), Codes: lists.And(products), Check: check,
		Writing: func(*sheet.Kind, *sheet.Row) string { return opt.Today.String() + "T00:00:00Z" }}
	return b.Run(sources, write, reject)
}

//go:embed sample
var sample embed.FS

// Sample is the sheets of an invented payer's two plans with one formulary. The drugs and
// their RxNorm codes are real, the tiers and costs are not.
func Sample() []sheet.Source {
	dir, err := fs.Sub(sample, "sample")
	if err != nil {
		panic(err) // the folder is embedded
	}
	s, err := sheet.Folder(dir, "sample", Kinds())
	if err != nil {
		panic(err)
	}
	return s
}

// Folder finds the sheets of a formulary in a folder.
func Folder(path string) ([]sheet.Source, error) { return sheet.Folder(os.DirFS(path), path, Kinds()) }

// Kinds are the sheets, in the order in which a formulary is built.
func Kinds() []sheet.Kind { return (&build{}).kinds() }

func (f *build) kinds() []sheet.Kind {
	id := sheet.Need("id", "your own id: letters, digits, - and . ; it stays the same from build to build")
	period := []sheet.Column{sheet.May("start", "").As(sheet.Day), sheet.May("end", "").As(sheet.Day)}
	return []sheet.Kind{
		{Name: "areas", Resource: "Location", Profile: ext + "usdf-InsurancePlanLocation", Make: area, Columns: []sheet.Column{
			id, sheet.Need("name", ""), sheet.May("line1", ""), sheet.May("city", ""), sheet.May("state", "two letters").As(sheet.State), sheet.May("zip", "").As(sheet.ZIP),
			sheet.May("boundary", "GeoJSON of the area").As(sheet.GeoJSON)}},
		{Name: "formularies", Resource: "InsurancePlan", Profile: ext + "usdf-Formulary", Make: formulary, Columns: slices.Concat([]sheet.Column{
			id, sheet.Need("name", ""), sheet.Need("identifier", "the payer's number of it"), sheet.May("status", "active (as if empty), draft, retired"),
			sheet.Many("areas", "").Of("areas")}, period)},
		{Name: "costs", Columns: []sheet.Column{
			sheet.Need("plan", "").Of("plans"), sheet.Need("pharmacy", "1-month-in-retail, 3-month-in-mail ...").Codes(pharmacy), sheet.Need("tier", "generic, preferred-brand ...").Codes(tierCodes),
			sheet.Need("kind", "copay or coinsurance").Codes(costKinds), sheet.Need("option", "charge, after-deductible, no-charge ...").Codes(options),
			sheet.May("amount", "dollars of a copay, per cent of a coinsurance").As(sheet.Amount)},
			Learn: func(r *sheet.Row) {
				f.costs[r.Get("plan")] = append(f.costs[r.Get("plan")], cost{r.Get("pharmacy"), r.Get("tier"), r.Get("kind"), r.Get("option"), r.Get("amount")})
			}},
		{Name: "plans", Resource: "InsurancePlan", Profile: ext + "usdf-PayerInsurancePlan", Make: f.plan, Columns: slices.Concat([]sheet.Column{
			id, sheet.Need("name", ""), sheet.Need("identifier", "as H1234-001"), sheet.Need("product", "mediadv, medid, qhp ...").Codes(products),
			sheet.May("status", "active (as if empty), draft, retired"), sheet.Many("areas", "where it is sold").Of("areas"),
			{Name: "formularies", Need: true, Many: true, To: "formularies"}, sheet.May("contact_name", ""), sheet.May("contact_phone", ""),
			sheet.May("marketing_url", ""), sheet.May("summary_url", ""), sheet.May("formulary_url", "")}, period)},
		{Name: "drugs", Resource: "MedicationKnowledge", Profile: ext + "usdf-FormularyDrug", Make: drug,
			ID: func(r *sheet.Row) string { return r.Get("rxnorm") }, Columns: []sheet.Column{
				sheet.Need("rxnorm", "code of the clinical or branded drug or pack (SCD, SBD, GPCK, BPCK)").As(sheet.RxNorm), sheet.Need("name", "its name in RxNorm"),
				sheet.May("group", "code of the drug form group (SCDG, SBDG)").As(sheet.RxNorm), sheet.May("group_name", ""), sheet.May("status", "active (as if empty), inactive"),
				sheet.May("dose_form", "SNOMED CT code"), sheet.May("dose_form_name", ""), sheet.Many("synonyms", "")}},
		{Name: "items", Resource: "Basic", Profile: ext + "usdf-FormularyItem", Make: item,
			ID: func(r *sheet.Row) string { return r.Get("formulary") + "-" + r.Get("rxnorm") }, Columns: slices.Concat([]sheet.Column{
				sheet.Need("formulary", "").Of("formularies"), {Name: "rxnorm", Need: true, To: "drugs", Form: sheet.RxNorm}, sheet.Need("tier", "").Codes(tierCodes),
				{Name: "pharmacy", Need: true, Many: true, System: pharmacy, Note: "where it is covered"}, sheet.May("status", "active (as if empty), draft, retired"),
				sheet.May("prior_authorization", "yes or no").As(sheet.YesNo), sheet.May("prior_authorization_new_starts", "only for who begins").As(sheet.YesNo),
				sheet.May("step_therapy", "yes or no").As(sheet.YesNo), sheet.May("step_therapy_new_starts", "only for who begins").As(sheet.YesNo),
				sheet.May("quantity_limit", "yes or no").As(sheet.YesNo), sheet.May("quantity_text", "which limit"), sheet.May("more", "what else to know of the coverage")}, period)},
	}
}

// check notes what is wrong in a row beside what every sheet checks.
func check(k *sheet.Kind, r *sheet.Row) {
	allowed := []string{"", "active", "draft", "retired"}
	if k.Name == "drugs" {
		allowed = []string{"", "active", "inactive", "entered-in-error"}
	}
	if !slices.Contains(allowed, r.Get("status")) {
		r.Bad("status", "write one of %v", allowed[1:])
	}
	if start, end := r.Date("start"), r.Date("end"); !start.IsZero() && !end.IsZero() && end.Before(start) {
		r.Bad("end", "the day is before the start")
	}
	if k.Name == "costs" {
		switch free := slices.Contains([]string{"no-charge", "no-charge-after-deductible", "coinsurance-not-applicable", "copay-not-applicable"}, r.Get("option")); {
		case r.Get("amount") == "" && !free:
			r.Bad("amount", "the value is missing: this option has a charge")
		case r.Get("kind") == "coinsurance" && len(r.Get("amount")) > 0 && percentOver(r.Get("amount")):
			r.Bad("amount", "a coinsurance is 100 per cent at most")
		}
	}
}

func percentOver(v string) bool {
	n, err := json.Number(v).Float64()
	return err != nil || n > 100
}

func status(r *sheet.Row) string {
	if v := r.Get("status"); v != "" {
		return v
	}
	return "active"
}

func periodOf(r *sheet.Row) object { return element.Period(r.Date("start"), r.Date("end")) }

func identifiers(r *sheet.Row) []object {
	return []object{{"system": ownIDs, "value": r.Get("identifier")}}
}

func area(r *sheet.Row) object {
	o := object{"status": "active", "name": r.Get("name")}
	if v := r.Get("boundary"); v != "" {
		o.Extend("http://hl7.org/fhir/StructureDefinition/location-boundary-geojson", "valueAttachment",
			object{"contentType": "application/geo+json", "data": base64.StdEncoding.EncodeToString([]byte(v))})
	}
	a := object{}.Set("city", r.Get("city")).Set("state", r.Get("state")).Set("postalCode", r.Get("zip"))
	if v := r.Get("line1"); v != "" {
		a["line"] = []string{v}
	}
	return o.Set("address", a)
}

func formulary(r *sheet.Row) object {
	return object{"status": status(r), "name": r.Get("name"), "identifier": identifiers(r), "type": []object{element.Concept(actCodes, "DRUGPOL")}}.
		Set("period", periodOf(r)).Set("coverageArea", element.References("Location", r.List("areas")))
}

func (f *build) plan(r *sheet.Row) object {
	drugPlan := object{}.Add("coding", element.Coding(planTypes, "drug").Set("display", "Drug")) // the profile wants the display too
	coverage := object{"type": element.Concept(actCodes, "DRUGPOL"), "benefit": []object{{"type": drugPlan}}}
	for _, id := range r.List("formularies") {
		coverage.Extend(ext+"usdf-FormularyReference-extension", "valueReference", element.Reference("InsurancePlan", id))
	}
	o := object{"status": status(r), "name": r.Get("name"), "identifier": identifiers(r), "type": []object{element.Concept(products, r.Get("product"))},
		"coverage": []object{coverage}, "plan": []object{object{"type": drugPlan}.Set("specificCost", specificCosts(f.costs[r.Get("id")]))}}
	if v := r.Get("contact_phone"); v != "" {
		o.Add("contact", object{"purpose": element.Concept("http://terminology.hl7.org/CodeSystem/contactentity-type", "PATINF"),
			"telecom": []object{{"system": "phone", "value": v}}}.Set("name", object{}.Set("text", r.Get("contact_name"))))
	}
	for _, c := range [][2]string{{"marketing_url", "MARKETING"}, {"summary_url", "SUMMARY"}, {"formulary_url", "FORMULARY"}} {
		if v := r.Get(c[0]); v != "" {
			o.Add("contact", object{"purpose": element.Concept(contacts, c[1]), "telecom": []object{{"system": "url", "value": v}}})
		}
	}
	return o.Set("period", periodOf(r)).Set("coverageArea", element.References("Location", r.List("areas")))
}

// specificCosts gathers costs by pharmacy, then by tier, in the order of the sheet.
func specificCosts(list []cost) (all []object) {
	at := map[string]object{}
	for _, c := range list {
		byPharmacy := at[c.pharmacy]
		if byPharmacy == nil {
			byPharmacy = object{"category": element.Concept(pharmacy, c.pharmacy)}
			at[c.pharmacy] = byPharmacy
			all = append(all, byPharmacy)
		}
		key := c.pharmacy + " " + c.tier
		byTier := at[key]
		if byTier == nil {
			byTier = object{"type": element.Concept(tierCodes, c.tier)}
			at[key] = byTier
			byPharmacy.Add("benefit", byTier)
		}
		o := object{"type": element.Concept(costKinds, c.kind), "qualifiers": []object{element.Concept(options, c.option)}}
		if c.amount != "" {
			value := object{"value": json.Number(c.amount), "unit": "$", "system": "urn:iso:std:iso:4217", "code": "USD"}
			if c.kind == "coinsurance" {
				value = object{"value": json.Number(c.amount), "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
			}
			o["value"] = value
		}
		byTier.Add("cost", o)
	}
	return all
}

func drug(r *sheet.Row) object {
	code := object{}.Add("coding", element.Coding(rxnorm, r.Get("rxnorm")).Set("display", r.Get("name")))
	if v := r.Get("group"); v != "" {
		code.Add("coding", element.Coding(rxnorm, v).Set("display", r.Get("group_name")))
	}
	form := object{}
	if v := r.Get("dose_form"); v != "" {
		form.Add("coding", element.Coding(snomed, v).Set("display", r.Get("dose_form_name")))
	} else {
		form.Set("text", r.Get("dose_form_name"))
	}
	return object{"status": status(r), "code": code}.Set("doseForm", form).Set("synonym", r.List("synonyms"))
}

func item(r *sheet.Row) object {
	o := object{"code": element.Concept(itemKinds, "formulary-item"), "subject": element.Reference("MedicationKnowledge", r.Get("rxnorm"))}
	o.Extend(ext+"usdf-FormularyReference-extension", "valueReference", element.Reference("InsurancePlan", r.Get("formulary")))
	o.Extend(ext+"usdf-AvailabilityStatus-extension", "valueCode", status(r))
	o.Extend(ext+"usdf-AvailabilityPeriod-extension", "valuePeriod", periodOf(r))
	for _, p := range r.List("pharmacy") {
		o.Extend(ext+"usdf-PharmacyBenefitType-extension", "valueCodeableConcept", element.Concept(pharmacy, p))
	}
	o.Extend(ext+"usdf-DrugTierID-extension", "valueCodeableConcept", element.Concept(tierCodes, r.Get("tier")))
	for _, c := range [][2]string{{"prior_authorization", "PriorAuthorization"}, {"prior_authorization_new_starts", "PriorAuthorizationNewStartsOnly"},
		{"step_therapy", "StepTherapyLimit"}, {"step_therapy_new_starts", "StepTherapyLimitNewStartsOnly"}, {"quantity_limit", "QuantityLimit"}} {
		if r.Get(c[0]) != "" {
			o.Extend(ext+"usdf-"+c[1]+"-extension", "valueBoolean", r.Yes(c[0]))
		}
	}
	if v := r.Get("quantity_text"); v != "" {
		o.ExtendBy(ext+"usdf-QuantityLimitDetail-extension", object{}.Extend("Description", "valueString", v))
	}
	return o.Extend(ext+"usdf-AdditionalCoverageInformation-extension", "valueMarkdown", r.Get("more"))
}
