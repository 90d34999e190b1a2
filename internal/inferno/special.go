// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

const (
	absentExtension = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	absentSystem    = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
)

// special does the rows that are like no others.
func (r *runner) special(row Row, typ string) (result, bool) {
	id := strings.TrimSuffix(row.ID, "_test")
	switch {
	case strings.HasSuffix(id, "document_reference_custodian"):
		for _, d := range r.ofType(typ) {
			if !d.root.Get("custodian").Exists() {
				return not("%s has no custodian", d.ref()), true
			}
		}
		return held("each has one"), true
	case strings.HasSuffix(id, "practitioner_address"):
		if len(r.ofType("PractitionerRole")) > 0 {
			return held("PractitionerRole is served"), true
		}
		return not("neither is there"), true
	case id == "pdex_patient_operation_in_cap_stmt_validation":
		for res := range r.get("metadata").root.Get("rest").At(0).Get("resource").Items() {
			for op := range res.Get("operation").Items() {
				if res.Get("type").Is("Patient") && op.Get("name").Is("everything") {
					return held("Patient has the operation everything"), true
				}
			}
		}
		return not("the CapabilityStatement has no $everything"), true
	case strings.HasSuffix(id, "clinical_note_types"):
		return r.demonstrated(map[string][]string{
			"DocumentReference?type=http://loinc.org|":    {"11488-4", "18842-5", "34117-2", "28570-0", "11506-3"},
			"DiagnosticReport?category=http://loinc.org|": {"LP29684-5", "LP29708-2", "LP7839-6"},
		}), true
	case strings.HasSuffix(id, "screening_assessment_category"):
		return r.demonstrated(map[string][]string{
			"Condition?category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|":   {"sdoh"},
			"Observation?category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|": {"sdoh", "functional-status", "disability-status", "cognitive-status"},
		}), true
	case strings.HasSuffix(id, "clinical_note_attachments"):
		return r.attachments(), true
	case strings.HasSuffix(id, "data_absent_reason_extension"):
		return r.anywhere(absentExtension), true
	case strings.HasSuffix(id, "data_absent_reason_code_system"):
		return r.anywhere(absentSystem), true
	case strings.HasSuffix(id, "eob_type_data_absent"):
		for _, d := range r.ofType("ExplanationOfBenefit") {
			if found := find(d.root.Get("type"), "system", absentSystem) || find(d.root.Get("type"), "url", absentExtension); found {
				return not("%s has one", d.ref()), true
			}
		}
		return held("none of %d does", len(r.ofType("ExplanationOfBenefit"))), true
	case strings.HasSuffix(id, "eob_insurer_same"):
		return r.insurers(), true
	case strings.HasSuffix(id, "eob_outcome_complete"):
		for _, d := range r.ofType("ExplanationOfBenefit") {
			if !d.root.Get("outcome").Is("complete") {
				return not("%s has %s", d.ref(), d.root.Get("outcome").Text()), true
			}
		}
		return held("each of %d has it", len(r.ofType("ExplanationOfBenefit"))), true
	case strings.Contains(id, "list_practitioners_with_specialty_and_location"):
		return r.rolesBy("specialty", "location"), true
	case strings.Contains(id, "list_specialty_covered_by_network"):
		return r.servicesBy(), true
	}
	return result{}, false
}

// demonstrated wants matches of each search.
func (w *world) demonstrated(asked map[string][]string) result {
	var said []string
	for base, codes := range asked {
		typ, rest, _ := strings.Cut(base, "?")
		name, system, _ := strings.Cut(rest, "=")
		for _, code := range codes {
			f, err := w.search(false, typ, url.Values{name: {system + code}}, "")
			if err != nil {
				return not("%v", err)
			}
			if len(f.match) == 0 {
				return not("the data has no %s with %s%s", typ, strings.ReplaceAll(system, "|", " "), code)
			}
		}
		said = append(said, typ+" "+name+" "+strings.Join(codes, ", "))
	}
	slices.Sort(said)
	return held("%s", strings.Join(said, "; "))
}

// attachments wants each form of a report to be a document too.
func (w *world) attachments() result {
	documents, n := map[string]bool{}, 0
	for _, d := range w.ofType("DocumentReference") {
		for c := range d.root.Get("content").Items() {
			documents[c.Get("attachment").Get("url").Text()] = true
		}
	}
	for _, d := range w.ofType("DiagnosticReport") {
		for f := range d.root.Get("presentedForm").Items() {
			if u := f.Get("url").Text(); u != "" {
				if n++; !documents[u] {
					return not("%s of %s is the attachment of no DocumentReference", short(u), d.ref())
				}
			}
		}
	}
	if n == 0 {
		return not("no report of the data has a form with an address")
	}
	return held("%d forms", n)
}

// anywhere wants an address in some resource, as the server gives it.
func (w *world) anywhere(text string) result {
	for _, d := range w.docs {
		if strings.Contains(string(w.get(d.ref()).body), `"`+text+`"`) {
			return held("`%s`", d.ref())
		}
	}
	return not("no resource of the data has %s", text)
}

func find(n node.Node, name, text string) bool {
	if n.Kind() != node.Object {
		return false
	}
	for e, v := range n.Elements() {
		for item := range v.Items() {
			if e == name && item.Is(text) || find(item, name, text) {
				return true
			}
		}
	}
	return false
}

// insurers: the insurer of a claim is the payer of the coverage that is in focus.
func (w *world) insurers() result {
	n := 0
	for _, d := range w.ofType("ExplanationOfBenefit") {
		for i := range d.root.Get("insurance").Items() {
			if !i.Get("focal").Is("true") {
				continue
			}
			c := w.byRef[i.Get("coverage").Get("reference").Text()]
			if c == nil {
				return not("%s has a coverage that is not there", d.ref())
			}
			payers := references(c, "payor")
			if insurer := d.root.Get("insurer").Get("reference").Text(); !slices.Contains(payers, insurer) {
				return not("%s: %s is no payer of %s", d.ref(), insurer, c.ref())
			}
			n++
		}
	}
	if n == 0 {
		return not("no claim of the data has a coverage in focus")
	}
	return held("in %d claims", n)
}

// rolesBy lists practitioners by two elements of their roles at once.
func (w *world) rolesBy(a, b string) result {
	for _, d := range w.ofType("PractitionerRole") {
		va, vb := values(d, a), values(d, b)
		if len(va) == 0 || len(vb) == 0 {
			continue
		}
		params := url.Values{a: {va[0].ask()}, b: {vb[0].ask()}, "_include": {"PractitionerRole:practitioner"}}
		f, err := w.search(false, "PractitionerRole", params, "")
		if err != nil {
			return not("%v", err)
		}
		for _, p := range references(d, "practitioner") {
			if !slices.Contains(f.include, p) {
				return not("PractitionerRole?%s does not bring %s", readable(params), p)
			}
		}
		return held("`PractitionerRole?%s`", readable(params))
	}
	return not("no role of the data has both")
}

// servicesBy lists services of a specialty that a network's affiliations offer.
func (w *world) servicesBy() result {
	for _, d := range w.ofType("OrganizationAffiliation") {
		networks := values(d, "network")
		for _, ref := range references(d, "service") {
			service := w.byRef[ref]
			if service == nil || len(networks) == 0 || len(values(service, "specialty")) == 0 {
				continue
			}
			params := url.Values{"_has:OrganizationAffiliation:service:network": {networks[0].ask()}, "specialty": {values(service, "specialty")[0].ask()}}
			f, err := w.search(false, "HealthcareService", params, "")
			if err != nil {
				return not("%v", err)
			}
			if !slices.Contains(f.match, ref) {
				return not("HealthcareService?%s does not find %s", readable(params), ref)
			}
			return held("`HealthcareService?%s`", readable(params))
		}
	}
	return not("no affiliation of the data has a network and a service with a specialty")
}

// scopes are the granular scopes that US Core 6.1.0 wants supported, in the two sets
// that together hold all: by the first value of category.
var scopes = map[string]map[string][]string{
	"Granular Scopes 1": {
		"Condition":   {"http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis", "http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern"},
		"Observation": {"http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "http://terminology.hl7.org/CodeSystem/observation-category|social-history"},
	},
	"Granular Scopes 2": {
		"Condition":   {"http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"},
		"Observation": {"http://terminology.hl7.org/CodeSystem/observation-category|vital-signs", "http://terminology.hl7.org/CodeSystem/observation-category|survey", "http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh"},
	},
}

// granted is Options.Authorize: the token names a set of scopes.
func granted(r *http.Request) (*server.Grant, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	set := scopes[token]
	if set == nil {
		return &server.Grant{}, nil
	}
	a := &store.Access{Types: map[string][]store.Filter{}}
	for typ, categories := range set {
		for _, c := range categories {
			q, err := search.Parse(typ, url.Values{"category": {c}}, search.Options{})
			if err != nil {
				return nil, err
			}
			a.Types[typ] = append(a.Types[typ], store.Filter(q.Criteria))
		}
	}
	return &server.Grant{Access: a}, nil
}

// filtered repeats a search, or all reads, under granular scopes: what is outside
// them must be gone, and nothing else.
func (r *runner) filtered(group, typ string, codes []string) result {
	token := ""
	for name := range scopes {
		if strings.Contains(group, name+" ") {
			token = name
		}
	}
	allowed := func(d *doc) bool {
		return slices.ContainsFunc(scopes[token][typ], func(c string) bool {
			system, code, _ := strings.Cut(c, "|")
			ok, _ := meets(d, "category", value{kind: "token", system: system, code: code})
			return ok
		})
	}
	all := r.ofType(typ)
	inside, outside := 0, 0
	for _, d := range all {
		want := 200
		if inside++; !allowed(d) {
			inside, outside, want = inside-1, outside+1, 404
		}
		if len(codes) == 0 {
			if a := r.request("GET", d.ref(), "", token); a.status != want {
				return not("GET %s is answered by %d, not %d", d.ref(), a.status, want)
			}
		}
	}
	if inside == 0 || outside == 0 {
		return not("the data has %d resources inside the scopes and %d outside", inside, outside)
	}
	if len(codes) == 0 {
		return held("%d read, %d not to be seen", inside, outside)
	}
	first, hidden := "", 0
	for _, p := range pick(all, codes) {
		params := url.Values{}
		for code, v := range p.values {
			params.Set(code, v.ask())
		}
		if first == "" {
			first = typ + "?" + readable(params)
		}
		open, err := r.search(false, typ, params, "")
		if err != nil {
			return not("%v", err)
		}
		narrow, err := r.search(false, typ, params, token)
		if err != nil {
			return not("%v", err)
		}
		for _, ref := range open.match {
			if in := slices.Contains(narrow.match, ref); in != allowed(r.byRef[ref]) {
				return not("%s: %s is found: %v", first, ref, in)
			} else if !in {
				hidden++
			}
		}
		if len(narrow.match) > len(open.match) {
			return not("%s finds more under scopes", first)
		}
	}
	if first == "" {
		return not("no resource of the data has all of %s", strings.Join(codes, ", "))
	}
	return held("`%s`, %d hidden", first, hidden)
}
