// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// request is a request of two items, of which one was denied.
func request() *Authorization {
	amount := money.Cents(30099)
	valid := Period{day, day.AddDays(90)}
	return &Authorization{Number: "AUTH1", Request: "R7", Kind: "professional", Status: Partial, Received: day.AddDays(-5), Decided: day,
		StatusChanged: day, Valid: valid, Level: "U",
		Member:    AuthorizationMember{Number: "M100", Last: "SAMPLE", First: "GIA", Born: civil.Of(1950, time.May, 1), Sex: "F", Plan: "H1234-001", Group: "G5"},
		Requester: AuthorizationProvider{NPI: "1000000012", Name: "LAKESIDE GROUP", Organization: true},
		Provider:  &AuthorizationProvider{NPI: "2000000010", Name: "RIVERA", First: "ALEX"},
		Diagnoses: []string{"G89.4", "M54.50"},
		Items: []AuthorizationItem{
			{Status: Approved, ServiceType: "3", System: "HC", Code: "G0438", Modifiers: []string{"GA"}, Description: "EXAMPLE VISIT", Dates: valid,
				RequestedUnits: "4", ApprovedUnits: "3", UsedUnits: "1", Amount: &amount, Authorization: "AUTH1-1", Trace: "T1", Decided: day, Valid: valid},
			{Status: Rejected, System: "HP", Code: "BB201", Dates: Period{day, day}, Denial: []AuthorizationReason{
				{"carc", "50", "not medically necessary"}, {"rarc", "N10", ""}, {"886", "0F", ""}}}},
		Documents: []AuthorizationDocument{{"OPERATIVE NOTE", "DocumentReference/1"}, {"LETTER", ""}}}
}

// waiting is a request that the payer has not decided, and says no more than it must.
func waiting() *Authorization {
	return &Authorization{Number: "AUTH2", Kind: "institutional", Status: Pended, StatusChanged: day,
		Member: AuthorizationMember{Number: "1S00E00AA06", MBI: true}, Requester: AuthorizationProvider{NPI: "2000000010"},
		EndsWhen: "the episode ends", Items: []AuthorizationItem{{Status: Pended}}}
}

func pdexMapper(t testing.TB) *Mapper {
	t.Helper()
	m, err := New(Options{Base: "https://payer.example", Key: []byte("test"), Updated: time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC), PDex: true,
		Payer: claim.Payer{Name: "EXAMPLE PLAN", ID: "P1"}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func authorized(t testing.TB, a *Authorization) string {
	t.Helper()
	var s Set
	if err := pdexMapper(t).MapAuthorization(a, FromCapture, &s); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, r := range s.Resources {
		b.Write(r.JSON)
		b.WriteByte('\n')
	}
	fmt.Fprint(&b, s.Losses)
	return b.String()
}

// TestNothingOfAnAuthorizationGoesUnsaid changes every field, one at a time.
func TestNothingOfAnAuthorizationGoesUnsaid(t *testing.T) {
	for name, make := range map[string]func() *Authorization{"request": request, "waiting": waiting} {
		before := authorized(t, make())
		n := 0
		for ; ; n++ {
			a, at, path := make(), 0, ""
			alter(reflect.ValueOf(a).Elem(), "", func(p string) bool {
				at++
				if at == n+1 {
					path = p
				}
				return at == n+1
			})
			if path == "" {
				break
			}
			if authorized(t, a) == before && !strings.HasSuffix(path, ".Scale") && path != ".Items[0].Denial[+]" &&
				!strings.HasSuffix(path, ".Member.Sex") { // other letters are refused when it is read
				t.Errorf("%s: a change of %s is neither in the resources nor among the losses", name, path)
			}
		}
		if n < 40 {
			t.Fatalf("only %d fields were found", n)
		}
	}
}

// TestAuthorizationJSON reads the JSON of a request back, and refuses what is wrong by name.
func TestAuthorizationJSON(t *testing.T) {
	text, err := json.Marshal(request())
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseAuthorization(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(request(), back); diff != "" {
		t.Error(diff)
	}
	good := string(text)
	for want, bad := range map[string]string{
		`unknown field "colour"`:  strings.Replace(good, `{`, `{"colour":"red",`, 1),
		"number is missing":       strings.Replace(good, `"AUTH1"`, `""`, 1),
		"status_changed":          strings.Replace(good, `"status_changed":"2025-11-12",`, "", 1),
		`status "maybe"`:          strings.Replace(good, `"partial"`, `"maybe"`, 1),
		"items[1].denial is":      strings.Replace(good, `"denial":[`, `"denial":[],"documents_":[`, 1),
		"items[0].approved_units": strings.Replace(good, `"approved_units":"3"`, `"approved_units":"three"`, 1),
		"something after":         good + good,
		"is no authorization":     "[]",
		"kind":                    strings.Replace(good, `"professional"`, `"dental"`, 1),
	} {
		if want == "items[1].denial is" {
			a := request()
			a.Items[1].Denial = nil
			b, _ := json.Marshal(a)
			bad = string(b)
		}
		if _, err := ParseAuthorization([]byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestShown is a table of 42 CFR 422.119(b)(1)(iv)(B)(3).
func TestShown(t *testing.T) {
	changed := civil.Of(2025, time.March, 10)
	year := civil.Of(2026, time.March, 10)
	for _, c := range []struct {
		status  AuthorizationStatus
		through civil.Date
		on      civil.Date
		want    bool
	}{
		{Rejected, 0, year, true}, {Rejected, 0, year.AddDays(1), false}, {Cancelled, 0, year.AddDays(1), false},
		{Approved, changed.AddDays(30), year, true}, {Approved, changed.AddDays(30), year.AddDays(1), false},
		{Approved, year.AddDays(100), year.AddDays(100), true}, {Approved, year.AddDays(100), year.AddDays(101), false},
		{Approved, 0, year.AddDays(900), true}, {Pended, 0, year.AddDays(900), true}, {Partial, changed, year.AddDays(1), false},
	} {
		a := Authorization{Status: c.status, StatusChanged: changed, Valid: Period{changed, c.through}}
		if a.Shown(c.on) != c.want {
			t.Errorf("%s until %v is shown on %v: %v", c.status, c.through, c.on, !c.want)
		}
	}
	a := Authorization{Items: []AuthorizationItem{{System: "N4"}}}
	if !a.ForDrug() || request().ForDrug() {
		t.Error("drugs are not told from services")
	}
}

func FuzzAuthorization(f *testing.F) {
	text, err := json.Marshal(request())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAuthorization([]byte(s))
		if err != nil {
			return
		}
		var set Set
		if pdexMapper(t).MapAuthorization(a, FromCapture, &set) != nil {
			return
		}
		for _, r := range set.Resources {
			if _, err := node.ParseResource(r.JSON); err != nil {
				t.Fatalf("%v in %s", err, r.JSON)
			}
		}
	})
}

// pdexUnfilled says why must-support elements have no content, by their beginnings.
var pdexUnfilled = []struct{ element, why string }{
	{"enterer", "the input does not say who entered the request"},
	{"facility", "the input names providers, not places"},
	{"item.extension:itemTraceNumber", "PAS 2.0.1 does not let its extension stand in an ExplanationOfBenefit; a note says it"},
	{"item.extension:preAuthIssueDate", "as itemTraceNumber"},
	{"item.extension:preAuthPeriod", "as itemTraceNumber; the period of the whole is in preAuthRefPeriod"},
	{"item.extension:previousAuthorizationNumber", "the input has no earlier authorization"},
	{"item.extension:administrationReferenceNumber", "X12's number of a request that is pended; the input's own number is in preAuthRef"},
	{"item.extension:authorizedItemDetail", "the input approves what was asked for, or less of it"},
	{"item.extension:authorizedProvider", "the provider is in careTeam"},
	{"adjudication", "decisions stand with the items; the guide's rule of the header names a value set that does not exist"},
	{"total", "the input has no amounts of the whole"},
	{"agent.onBehalfOf", "agents are organizations"},
}

// TestPDex validates what the PDex guide asks for.
func TestPDex(t *testing.T) {
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0", "hl7.fhir.us.davinci-pas#2.0.1", "hl7.fhir.us.davinci-pdex#2.0.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	found := map[string][]node.Node{}
	take := func(name, text string) {
		for _, line := range strings.Split(text, "\n") {
			if !strings.HasPrefix(line, "{") {
				continue
			}
			d, err := node.ParseResource([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			url := d.Root().Get("meta").Get("profile").At(0).Text()
			for _, i := range v.Validate(d) {
				if i.Severity == validate.Error {
					t.Errorf("%s: %s: %s", name, url, i)
				}
			}
			if strings.Contains(url, "davinci-pdex") {
				found[url] = append(found[url], d.Root())
			}
		}
	}
	take("request", authorized(t, request()))
	take("waiting", authorized(t, waiting()))
	for name, in := range fixtures() {
		in.Format = FromX12837
		if name == "filling" {
			in.Format, in.Claim.Dispensing.DispenseAsWritten = FromPartner, "1"
		}
		var s Set
		if err := pdexMapper(t).Map(in, &s); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, r := range s.Resources {
			b.Write(r.JSON)
			b.WriteByte('\n')
		}
		take(name, b.String())
	}
	var b strings.Builder
	for _, url := range slices.Sorted(maps.Keys(found)) {
		profile, ok := x.Find(url)
		if !ok {
			t.Fatalf("%s is not in the packages", url)
		}
		mustSupport(t, &b, url, profile, found[url], pdexUnfilled)
	}
	for _, u := range pdexUnfilled {
		if !strings.Contains(b.String(), "- `"+u.element) {
			t.Errorf("the reason for %s is not needed", u.element)
		}
	}
	if !t.Failed() {
		ledger.Check(t, "pdex.md", fmt.Sprintf(pdexText, b.String()))
	}
}

const pdexText = `# PDex 2.0.0

Prior authorizations, pharmacies' claims and the provenance of both, made from fixtures and validated against R4 and
the profiles of the PDex guide, with the packages of R4, US Core 3.1.1, CARIN Blue Button 2.0.0, PAS 2.0.1 and PDex
2.0.0 loaded: there is no error. A test changes every field of an authorization, one at a time: the resources change
with it, or the losses name the field.

Members see an authorization while it is active and for a year at least after its last change of status (42 CFR 422.119(b)(1)(iv)(B)(3));
those for drugs are left out (422.119(b)(1)(iv)). Both are counted.

%s`
