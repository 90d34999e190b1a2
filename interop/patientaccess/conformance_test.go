// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// rich adds to a fixture what else a claim can say for the guide.
func rich(in *Input) *Input {
	c, p := in.Claim, in.Payment
	in.Network = InNetwork
	c.MedicalRecord, c.PayerControlNumber, c.Frequency = "MR7", "ICN0", '7'
	c.Patient.Died, c.Patient.Address.Country = day.AddDays(9), "US"
	if c.PatientIsSubscriber {
		c.Patient.Group, c.Patient.GroupName = "G5", "EXAMPLE WORKS"
		c.Subscriber = c.Patient
	} else {
		c.Patient.Address = c.Subscriber.Address
	}
	c.Billing.TaxID, c.Billing.Contact.Phone = "360000001", "5550100100"
	c.Billing.Address = claim.Address{Line1: "100 LAKE AVENUE", City: "CHICAGO", State: "IL", ZIP: "60611", Country: "US"}
	p.Received, p.CoverageEnds = day.AddDays(5), civil.Of(2025, 12, 31)
	if c.Form == claim.Institutional {
		c.AdmissionType, c.AdmissionSource, c.PatientStatus = '1', '1', "01"
		c.Providers = append(c.Providers, claim.Provider{Role: claim.Operating, Name: claim.Name{Last: "MODEL", First: "EVE"}, NPI: "2000000028"})
		enrichLines(in)
		return in
	}
	c.Providers = append(c.Providers, claim.Provider{Role: claim.Rendering, Name: claim.Name{Last: "RIVERA", First: "ALEX"},
		NPI: "2000000010", TaxID: "360000009", Taxonomy: "207R00000X", Address: c.Billing.Address, Contact: c.Billing.Contact})
	c.Providers = append(c.Providers, claim.Provider{Role: claim.Facility, Organization: true, Name: claim.Name{Last: "LAKESIDE HOSPITAL"}, NPI: "3000000018"})
	if c.Ambulance != nil {
		c.Ambulance.StretcherNote = "COULD NOT SIT"
	}
	enrichLines(in)
	return in
}

func enrichLines(in *Input) {
	for i := range in.Claim.Lines {
		l := &in.Claim.Lines[i]
		l.Modifiers[0], l.Units.Value, l.UnitKind = "GA", 2, "UN"
	}
	for i := range in.Payment.Lines {
		in.Payment.Lines[i].Units = in.Claim.Lines[i].Units
	}
}

// unfilled says why must-support elements have no content, by their beginnings.
var unfilled = []struct{ element, why string }{
	{"identifier:uniquememberid", "a number for a person across plans is not on a claim"},
	{"identifier:naiccode", "not on a claim"},
	{"class:plan", "a claim knows the number of the plan, not its name"},
	{"extension:", "race, ethnicity and birth sex are not on a claim"},
	{"telecom", "a claim has no telephone number of a member"},
	{"communication", "not on a claim"},
	{"address.period", "not on a claim"},
	{"adjudication:adjudicationamounttype", "the amounts stand with the lines, and the guide wants them in one place"},
}

// guideValidator knows the guide and what it builds on.
func guideValidator(t *testing.T) (*packages.Index, *validate.Validator) {
	t.Helper()
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	return x, &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
}

// TestMustSupport validates the fixtures against the guide's profiles and lists
// which must-support elements they fill.
func TestMustSupport(t *testing.T) {
	x, v := guideValidator(t)
	found := map[string][]node.Node{}
	var order []string
	all := fixtures()
	for name, in := range fixtures() {
		all["rich "+name] = rich(in)
	}
	for _, name := range slices.Sorted(mapsKeys(all)) {
		s := mapped(t, all[name])
		for _, r := range s.Resources {
			d, err := node.Parse(slices.Clone(r.JSON))
			if err != nil {
				t.Fatal(err)
			}
			url := d.Root().Get("meta").Get("profile").At(0).Text()
			if found[url] == nil {
				order = append(order, url)
			}
			found[url] = append(found[url], d.Root())
			for _, i := range v.Validate(d) {
				if i.Severity == validate.Error {
					t.Errorf("%s: %s: %s", name, r.Type, i)
				}
			}
		}
	}
	slices.Sort(order)
	var b strings.Builder
	for _, url := range order {
		profile, ok := x.Find(url)
		if !ok {
			t.Fatalf("%s is not in the packages", url)
		}
		mustSupport(t, &b, url, profile, found[url], unfilled)
	}
	for _, u := range unfilled {
		if !strings.Contains(b.String(), "- `"+u.element) {
			t.Errorf("the reason for %s is not needed", u.element)
		}
	}
	if !t.Failed() {
		ledger.Check(t, "carin-eob.md", fmt.Sprintf(carinText, b.String()))
	}
}

func mapsKeys(m map[string]*Input) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func mustSupport(t *testing.T, b *strings.Builder, url string, profile node.Node, have []node.Node,
	unfilled []struct{ element, why string }) {
	kind := profile.Get("type").Text()
	codes := map[string]string{} // of slices
	for e := range profile.Get("snapshot").Get("element").Items() {
		for _, at := range []string{".category", ".type"} {
			if slice, ok := strings.CutSuffix(e.Get("id").Text(), at); ok && e.Get("patternCodeableConcept").Exists() {
				codes[slice] = e.Get("patternCodeableConcept").Get("coding").At(0).Get("code").Text()
			}
		}
		if p := e.Get("type").At(0).Get("profile").At(0); strings.Contains(e.Get("id").Text(), "xtension:") && p.Exists() {
			codes[e.Get("id").Text()] = p.Text() // an extension is told by its URL
		}
		if p := e.Get("patternIdentifier"); p.Exists() {
			codes[e.Get("id").Text()] = p.Get("type").Get("coding").At(0).Get("code").Text()
		}
	}
	total, filled := 0, 0
	var open []string
	for e := range profile.Get("snapshot").Get("element").Items() {
		if must, _ := e.Get("mustSupport").Bool(); !must {
			continue
		}
		id := e.Get("id").Text()
		rest, below := strings.CutPrefix(id, kind+".")
		if !below {
			continue
		}
		total++
		if slices.ContainsFunc(have, func(n node.Node) bool { return fills(n, kind, strings.Split(rest, "."), codes) }) {
			filled++
			continue
		}
		n := slices.IndexFunc(unfilled, func(u struct{ element, why string }) bool { return strings.HasPrefix(rest, u.element) })
		if n < 0 {
			t.Errorf("%s: %s is not filled, without a reason", url, rest)
			continue
		}
		open = append(open, fmt.Sprintf("- `%s`: %s", rest, unfilled[n].why))
	}
	fmt.Fprintf(b, "## %s\n\n%d resources of the fixtures, no error; %d of %d must-support elements are filled.\n\n", url[strings.LastIndex(url, "/")+1:],
		len(have), filled, total)
	if len(open) > 0 {
		fmt.Fprintf(b, "Not filled:\n\n%s\n\n", strings.Join(open, "\n"))
	}
}

// fills tells whether a resource has content at an element of the profile.
func fills(n node.Node, id string, path []string, codes map[string]string) bool {
	if len(path) == 0 {
		return n.Exists()
	}
	step, slice, sliced := strings.Cut(path[0], ":")
	id += "." + path[0]
	if stem, choice := strings.CutSuffix(step, "[x]"); choice {
		if sliced {
			return fills(n.Get(slice), id, path[1:], codes)
		}
		value, _ := n.Choice(stem)
		return fills(value, id, path[1:], codes)
	}
	for item := range n.Get(step).Items() {
		if sliced && !inSlice(item, slice, codes[id]) {
			continue
		}
		if fills(item, id, path[1:], codes) {
			return true
		}
	}
	return false
}

func inSlice(item node.Node, slice, code string) bool {
	if code == "" && slice == "NPI" { // US Core tells this slice by its system
		return item.Get("system").Is(idNPI)
	}
	if code == "" { // adjudicationamounttype: told by a value set
		return slice == "adjudicationamounttype" && item.Get("amount").Exists() && !item.Get("reason").Exists()
	}
	if item.Get("url").Is(code) {
		return true
	}
	for _, concept := range []string{"category", "type"} {
		if item.Get(concept).Get("coding").At(0).Get("code").Is(code) {
			return true
		}
	}
	return false
}

const carinText = `# CARIN Blue Button 2.0.0

Fixtures of claims, each once bare and once with all that a claim can say for the guide, become
resources. Each resource is validated against R4 and its profile, with the packages of R4, US Core 3.1.1 and
CARIN Blue Button 2.0.0 loaded: there is no error. Bindings to code systems that the packages do not hold (NUBC, X12,
CPT, HCPCS, ICD, NCPDP, the taxonomy of providers) are not checked.

The guide's rule EOB-pharm-careTeam-practitioner says that prescribers are practitioners, and tests that they are
organizations. Woodlawn writes practitioners. A validator that follows references and keeps to the letter of the test
reports this, on Pharmacy resources with a prescriber.

The ten ExplanationOfBenefits that the guide publishes have no element that these do not, but for language, meta.source, the place
of service of an institution's line, the period of a stay's line and the kind of a professional claim.

What the demo's claims become is in [the ledger of claims](carin-claims.md).

%s`
