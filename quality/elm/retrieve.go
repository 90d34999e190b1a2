// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// retrieve finds the patient's resources of a type, by code and by profile.
type retrieve struct {
	at
	typ     string
	profile string
	keep    func(node.Node) bool // what the profile asks for, nil for nothing
	path    string               // of the code; "" if the retrieve has no code filter
	set     *ValueSet            // codes in a value set, or
	codes   expr                 // codes of an expression
	notDone bool                 // ~ with a value set: resources about the set itself
	date    string               // path of a date filter
	during  expr
	same    bool     // for one patient the answer is always the same
	asked   []string // elements that are asked of what it finds
}

func compileRetrieve(c *compiler, n node.Node) expr {
	e := &retrieve{at: c.here(), typ: namedType(n.Get("dataType").Text()).fhirName(), profile: n.Get("templateId").Text()}
	e.keep = profileRule(e.profile, e.typ)
	c.retrieves = append(c.retrieves, e)
	before := len(c.touched)
	if e.path = n.Get("codeProperty").Text(); e.path != "" {
		codes := n.Get("codes")
		comparator := n.Get("codeComparator").Text()
		switch {
		case codes.Get("type").Is("ValueSetRef"):
			e.set = c.valueSet(codes)
			e.notDone = comparator == "~" || comparator == "="
		case codes.Exists():
			e.codes = c.expr(codes)
		default:
			e.path = ""
		}
	}
	if d := n.Get("dateRange"); d.Exists() {
		e.date, e.during = n.Get("dateProperty").Text(), c.expr(d)
	}
	e.same = len(c.touched) == before
	if n.Get("context").Exists() {
		return c.fail(n, "retrieves from a related context are not supported")
	}
	return e
}

func (e *retrieve) eval(r *run, f []Value) Value {
	if !e.same {
		return e.find(r, f)
	}
	// Functions retrieve anew for every episode that they are called with.
	found, ok := r.retrieved[e]
	if !ok {
		found = e.find(r, f)
		if r.retrieved == nil {
			r.retrieved = map[*retrieve]List{}
		}
		r.retrieved[e] = found
	}
	return found
}

func (e *retrieve) find(r *run, f []Value) List {
	all := r.patient.byType[e.typ]
	if len(all) == 0 {
		return List{}
	}
	out := make(List, 0, len(all))
	if e.path == "" {
		for _, res := range all {
			if e.takes(r, res) {
				out = append(out, res.value)
			}
		}
		return e.filterDates(r, f, out)
	}
	r.locator = e.locator
	match := e.matcher(r, f)
	last := -1
	for _, c := range r.patient.codes(e.typ, e.path) {
		if c.at != last && match(&c) && e.takes(r, all[c.at]) {
			last = c.at
			out = append(out, all[c.at].value)
		}
	}
	return e.filterDates(r, f, out)
}

// takes tells whether the resource is of the profile.
func (e *retrieve) takes(r *run, res *resource) bool {
	if r.opt.TrustProfiles && e.profile != "" {
		for p := range res.node.Get("meta").Get("profile").Items() {
			url, _, _ := strings.Cut(p.Text(), "|")
			if url == e.profile {
				return true
			}
		}
		return false
	}
	return e.keep == nil || e.keep(res.node)
}

// matcher makes the test of a code. The value set is not asked for before there is
// a code to look up: a patient without such resources needs no expansion.
func (e *retrieve) matcher(r *run, f []Value) func(*coded) bool {
	if e.notDone {
		return func(c *coded) bool {
			url, _, _ := strings.Cut(c.notDoneSet, "|")
			return url != "" && url == e.set.URL
		}
	}
	if e.set != nil {
		var set *CodeSet
		return func(c *coded) bool {
			if set == nil {
				set = r.codesOf(e.set)
			}
			if c.isText {
				return set.hasCode(c.code)
			}
			return c.isCode && set.Has(c.system, c.code)
		}
	}
	var codes []*Code
	switch v := e.codes.eval(r, f).(type) {
	case nil:
	case *ValueSet:
		set := r.codesOf(v)
		return func(c *coded) bool { return c.isCode && set.Has(c.system, c.code) }
	default:
		codes = codesIn(v, nil)
	}
	return func(c *coded) bool {
		for _, code := range codes {
			if c.code == code.Code && (c.isText || c.isCode && c.system == code.System) {
				return true
			}
		}
		return false
	}
}

// codesIn lists the codes of a code, a concept, or a list of them.
func codesIn(v Value, codes []*Code) []*Code {
	switch x := v.(type) {
	case *Code:
		return append(codes, x)
	case *Concept:
		return append(codes, x.Codes...)
	case List:
		for _, item := range x {
			codes = codesIn(item, codes)
		}
	}
	return codes
}

func (e *retrieve) filterDates(r *run, f []Value, l List) List {
	if e.during == nil {
		return l
	}
	during, ok := e.during.eval(r, f).(*Interval)
	if !ok {
		return List{}
	}
	out := l[:0]
	for _, v := range l {
		when := v
		for _, name := range strings.Split(e.date, ".") {
			if when != nil {
				when = r.get(when, name)
			}
		}
		hit := unknown
		switch t := r.plain(when).(type) {
		case nil:
		case Element: // a Period
			iv := &Interval{Low: r.plain(r.get(t, "start")), High: r.plain(r.get(t, "end")), LowClosed: true, HighClosed: true}
			hit = r.includes(during, iv, noPrecision)
		default:
			hit = r.inInterval(t, during, noPrecision)
		}
		if hit == yes {
			out = append(out, v)
		}
	}
	return out
}

// vitalSigns are the profiles of FHIR's vital signs, which libraries retrieve by name
// alone, with the LOINC code that each prescribes.
var vitalSigns = map[string]string{
	"bp": "85354-9", "us-core-blood-pressure": "85354-9",
	"heartrate": "8867-4", "us-core-heart-rate": "8867-4",
	"resprate": "9279-1", "us-core-respiratory-rate": "9279-1",
	"bodytemp": "8310-5", "us-core-body-temperature": "8310-5",
	"bodyheight": "8302-2", "us-core-body-height": "8302-2",
	"bodyweight": "29463-7", "us-core-body-weight": "29463-7",
	"bmi": "39156-5", "us-core-bmi": "39156-5",
	"headcircum": "9843-4", "us-core-head-circumference": "9843-4",
	"oxygensat": "2708-6", "us-core-pulse-oximetry": "59408-5",
	"pediatric-bmi-for-age": "59576-9", "pediatric-weight-for-height": "77606-2",
	"head-occipital-frontal-circumference-percentile": "8289-1",
}

// isVitalSign tells whether an observation is of the category that the profiles of
// vital signs prescribe besides the code.
func isVitalSign(n node.Node) bool {
	for c := range n.Get("category").Items() {
		if hasCoding(c, "http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs") {
			return true
		}
	}
	return false
}

func hasCoding(concept node.Node, system, code string) bool {
	for c := range concept.Get("coding").Items() {
		if c.Get("code").Is(code) && c.Get("system").Is(system) {
			return true
		}
	}
	return false
}

// profileRule is what tells a resource of a profile from others of its type. The
// profiles about what was not done are told by doNotPerform or by the status, and
// those about what was done leave such resources out.
func profileRule(profile, typ string) func(node.Node) bool {
	name := profile[strings.LastIndexByte(profile, '/')+1:]
	if loinc, ok := vitalSigns[name]; ok {
		return func(n node.Node) bool {
			return hasCoding(n.Get("code"), "http://loinc.org", loinc) && isVitalSign(n)
		}
	}
	if !strings.HasPrefix(name, "qicore-") && !strings.HasPrefix(name, "us-core-") {
		return nil
	}
	negative := strings.Contains(name, "not") && !strings.Contains(name, "note") || strings.HasSuffix(name, "declined") || strings.HasSuffix(name, "prohibited") ||
		strings.HasSuffix(name, "rejected") || strings.HasSuffix(name, "cancelled")
	switch typ {
	case "MedicationRequest", "ServiceRequest", "CommunicationRequest":
		return func(n node.Node) bool { return n.Get("doNotPerform").Is("true") == negative }
	case "DeviceRequest":
		return func(n node.Node) bool {
			flag, _ := n.Extension("http://hl7.org/fhir/StructureDefinition/request-doNotPerform").Choice("value")
			other := n.Get("modifierExtension")
			not := flag.Is("true")
			for x := range other.Items() {
				v, _ := x.Choice("value")
				not = not || strings.HasSuffix(x.Get("url").Text(), "doNotPerform") && v.Is("true")
			}
			return not == negative
		}
	case "Procedure", "MedicationAdministration", "Communication", "Immunization":
		if negative {
			return func(n node.Node) bool { return n.Get("status").Is("not-done") }
		}
	case "MedicationDispense":
		if negative {
			return func(n node.Node) bool { return n.Get("status").Is("declined") }
		}
	case "Observation":
		if negative {
			return func(n node.Node) bool { return n.Get("status").Is("cancelled") }
		}
	case "Task":
		if negative {
			return func(n node.Node) bool { return n.Get("status").Is("rejected") }
		}
	}
	return nil
}
