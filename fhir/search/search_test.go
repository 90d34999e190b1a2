// SPDX-License-Identifier: Apache-2.0

package search

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"

	"pgregory.net/rapid"
)

func extract(t testing.TB, text string) *Index {
	t.Helper()
	d, err := node.ParseResource([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var x Index
	if err := For(d.Root().ResourceType()).Extract(&x, d); err != nil {
		t.Fatal(err)
	}
	return &x
}

// TestAllParameters: every search parameter of R4 with an expression compiles for
// every type that it is for, but for those that are named here.
func TestAllParameters(t *testing.T) {
	reasons := map[string]string{
		"_text": "text of the whole resource is not indexed", "_content": "text of the whole resource is not indexed",
		"_query": "no named queries", "_filter": "not required", "near": "no index of places", "phonetic": "no index of sounds", "part-agree": "an example of an extension of another type",
		"chromosome-variant-coordinate": "three parts", "chromosome-window-coordinate": "three parts",
		"referenceseqid-variant-coordinate": "three parts", "referenceseqid-window-coordinate": "three parts",
	}
	n := 0
	for _, typ := range schema.R4().Types {
		types := For(typ.Name)
		if types == nil {
			continue
		}
		n += len(types.Params())
		for _, code := range types.Unsupported {
			for _, sp := range schema.R4().Search(typ.Name, code) {
				if reasons[code] == "" && sp.Expression != "" && !strings.HasSuffix(sp.URL, "/example") {
					t.Errorf("%s %s is not supported: %s", typ.Name, code, sp.Expression)
				}
			}
		}
	}
	if n < 2500 {
		t.Errorf("only %d parameters of all types", n)
	}
}

func TestExpressionsAreCutToTheType(t *testing.T) {
	for _, c := range [][3]string{
		{"Encounter", "AllergyIntolerance.recordedDate | Encounter.period | (Flag.period)", "Encounter.period"},
		{"Observation", "(Observation.value as Quantity) | (Observation.value as SampledData)", "(Observation.value as Quantity) | (Observation.value as SampledData)"},
		{"Patient", "Patient.deceased.exists() and Patient.deceased != false", "Patient.deceased.exists() and Patient.deceased != false"},
		{"Flag", "Condition.a.where(b = '|') | Flag.c.where(x | y)", "Flag.c.where(x | y)"},
		{"Patient", "Resource.meta.tag", "Resource.meta.tag"},
		{"Patient", "Flag.period", ""},
	} {
		if got := partsFor(c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"Müller": "muller", "  Two   Words ": "two words", "ÅNGSTRÖM": "angstrom", "Zoë\tX": "zoe x", "": "", "plain": "plain",
		"İstanbul": "istanbul", "a\x00b": "ab", strings.Repeat("é", 300): strings.Repeat("e", 256),
	} {
		if got := Normalize(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := Normalize(s)
		if len(once) > maxText {
			t.Fatalf("%d bytes", len(once))
		}
		if twice := Normalize(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", s, once, twice)
		}
	})
}

func TestBadParameters(t *testing.T) {
	for query, unknown := range map[string]bool{
		"Patient?nonsense=1": true, "Patient?name:nonsense=1": false, "Patient?phonetic=x": true, "Patient?gender:in=http://x": false, "Patient?gender:below=x": false,
		"Patient?_filter=x": true, "Patient?_sort=nonsense": true, "Patient?_sort=gender": true, "Patient?_include=Patient:nonsense": true, "Patient?birthdate:exact=2000": false,
		"Observation?subject:Nonsense=1": false, "Patient?_include:nonsense=Patient:link": false,
		"Patient?birthdate=x": false, "Patient?birthdate=2000-13": false, "Patient?birthdate:missing=maybe": false, "Patient?_count=x": false,
		"Patient?_total=some": false, "Patient?_summary=x": false, "Patient?_elements=a.b": false, "Patient?identifier=a|b|c": false, "Patient?identifier=|": false,
		"Patient?identifier:of-type=a|b": false, "Patient?name=a,,b": false, "Patient?_include=x": false, "Patient?_has:x=1": false, "Patient?_include=Nonsense:x": false,
		"Patient?_has:Observation:subject:nonsense=1": true, "Patient?_has:Nonsense:subject:code=1": false, "Patient?_has:Observation:nonsense:code=1": true,
		"Patient?_has:Encounter:service-provider:status=x": false, "Observation?subject:Organization.name=x": false, "Observation?subject.nonsense=x": true,
		"Patient?organization.partof.partof.partof.partof.partof.partof.name=x": false,
		"RiskAssessment?probability=x":                                          false, "RiskAssessment?probability=1|a|b": false, "Observation?value-quantity=1|a": false, "Observation?value-quantity=1|a|": false,
		"Observation?code-value-quantity=8480-6": false, "Observation?code-value-quantity=a|$1": false, "Observation?subject=a b": false, "ValueSet?url:above=x": false,
		"Nonsense?x=1": false,
	} {
		typ, params, _ := strings.Cut(query, "?")
		values, err := url.ParseQuery(params)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(typ, values, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Unknown != unknown {
			t.Errorf("%s: %v", query, err)
		}
		q, err := Parse(typ, values, Options{Lenient: true})
		if unknown != (err == nil) || err == nil && len(q.Unknown) != 1 {
			t.Errorf("%s, lenient: %v", query, err)
		}
	}
	for _, lenient := range []bool{false, true} { // a modifier that is not there is never read over
		for _, query := range []string{"Observation?subject:Nonsense=1", "Patient?_include:nonsense=Patient:link", "Patient?name:nonsense=1", "Patient?gender:below=x", "Patient?birthdate:exact=2000", "Patient?gender:in=http://x"} {
			typ, params, _ := strings.Cut(query, "?")
			values, err := url.ParseQuery(params)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(typ, values, Options{Lenient: lenient})
			var e *Error
			if !errors.As(err, &e) || !e.Modifier {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
	if _, err := Parse("Patient", url.Values{"name": make([]string, 300)}, Options{}); err == nil {
		t.Error("any number of parameters is taken")
	}
	if _, err := Parse("Patient", url.Values{"name": {strings.Repeat("a,", 600) + "a"}}, Options{}); err == nil {
		t.Error("any number of values is taken")
	}
}

// TestQuantityOrder: a quantity is found by any unit of its kind, on the right
// side of the number.
func TestQuantityOrder(t *testing.T) {
	units := []string{"kg", "g", "mg", "ug", "[lb_av]"}
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.SampledFrom(units).Draw(t, "from"), rapid.SampledFrom(units).Draw(t, "to")
		a, b := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "a"), rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "b")
		ua, okA := number(a, from)
		ub, okB := number(b, to)
		if !okA || !okB || ua.unit != ub.unit {
			t.Fatal("not of one kind")
		}
		x, y := mustUnit(from), mustUnit(to)
		want, err := ucum.Compare(rat(a), x, rat(b), y)
		if err != nil {
			t.Fatal(err)
		}
		switch got := compare(ua.value, ub.value); {
		case want == 0 && got != 0, want < 0 && got > 0, want > 0 && got < 0:
			t.Fatalf("%d %s and %d %s: %d, want %d", a, from, b, to, got, want)
		}
	})
}

// TestSpanHoldsTheInstant: the span of a date holds every instant that it may mean.
func TestSpanHoldsTheInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-5e9, 5e9).Draw(t, "at"), 0).UTC()
		for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z", "2006-01-02T15:04:05Z"} {
			x := flagDates(at.Format(layout))
			if len(x) != 1 || x[0].Lo > at.UnixMicro() || x[0].Hi < at.UnixMicro() {
				t.Fatalf("%s: %+v", at.Format(layout), x)
			}
		}
	})
}

func flagDates(date string) []Date {
	d, err := node.ParseResource([]byte(`{"resourceType":"Flag","id":"a","period":{"start":"` + date + `","end":"` + date + `"}}`))
	if err != nil {
		return nil
	}
	var x Index
	if For("Flag").Extract(&x, d) != nil {
		return nil
	}
	return x.Dates
}

func TestPatients(t *testing.T) {
	x := extract(t, `{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/a"},"performer":[{"reference":"Patient/b/_history/3"},{"reference":"http://elsewhere.org/Patient/c"}]}`)
	if strings.Join(x.Patients, " ") != "a b" && strings.Join(x.Patients, " ") != "b a" {
		t.Errorf("%v", x.Patients)
	}
	if x := extract(t, `{"resourceType":"Patient","id":"a","link":[{"other":{"reference":"Patient/b"}}]}`); len(x.Patients) < 1 {
		t.Errorf("%v", x.Patients)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"name=x&birthdate=ge2000", "_has:Observation:patient:code=a|b", "organization.name:exact=a\\,b", "identifier:of-type=a|b|c",
		"_sort=-birthdate,family&_count=3&_include=Patient:organization", "general-practitioner:Practitioner.name=x", "_elements=a&_summary=true&_total=none"} {
		f.Add("Patient", seed)
		f.Add("Observation", seed)
	}
	f.Add("Observation", "code-value-quantity=a|b$gt5e3|c|d&value-quantity=1e999999&date=ap2000")
	f.Fuzz(func(t *testing.T, typ, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		q, err := Parse(typ, values, Options{Lenient: true})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%v", err)
		}
		if err == nil && (q.Count < 0 || q.Count > 1000) {
			t.Fatalf("a page of %d", q.Count)
		}
	})
}
