// SPDX-License-Identifier: Apache-2.0

package path

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/fhir/node"
)

const bundle = `{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"http://example.org/fhir/Patient/p1","resource":{"resourceType":"Patient","id":"p1","active":true,
  "name":[{"use":"official","family":"Example","given":["Ann","B."]},{"use":"nickname","given":["Annie"]}],
  "birthDate":"1970-03","_birthDate":{"extension":[{"url":"http://example.org/x","valueString":"about"}]},
  "contained":[{"resourceType":"Organization","id":"o1","name":"Org"}],"managingOrganization":{"reference":"#o1"},
  "deceasedDateTime":"2020-01-01T10:00:00Z"}},
 {"fullUrl":"http://example.org/fhir/Observation/o1","resource":{"resourceType":"Observation","id":"o1","status":"final",
  "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/p1"},
  "valueQuantity":{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"},
  "performer":[{"reference":"Practitioner/x"},{"reference":"https://example.org/fhir/Organization/y/_history/2"}]}}]}`

func entry(t testing.TB, i int) Value {
	d, err := node.ParseResource([]byte(bundle))
	if err != nil {
		t.Fatal(err)
	}
	return ResourceValue(d.Root().Get("entry").At(i).Get("resource"))
}

func TestExpressions(t *testing.T) {
	patient, obs := entry(t, 0), entry(t, 1)
	opts := &Options{
		TypedReferences: true,
		Now:             time.Date(2026, 11, 24, 3, 4, 5, 6e6, time.FixedZone("", -5*3600)),
		Variables:       map[string][]Value{"limit": {Integer(3)}},
		MemberOf: func(v Value, set string) (bool, bool) {
			return v.Node().Get("coding").At(0).Get("code").Is("29463-7"), set == "http://example.org/vs"
		},
	}
	for _, c := range []struct {
		in         Value
		expr, want string
	}{
		{patient, "Patient.name.given", "Ann B. Annie"},
		{patient, "name.where(use = 'official').given.first()", "Ann"},
		{patient, "Observation.status", ""},
		{patient, "Resource.id | DomainResource.id", "p1"},
		{patient, "birthDate < @1970-04", "true"},
		{patient, "birthDate < @1970-03-15", ""},
		{patient, "birthDate.extension('http://example.org/x').value", "about"},
		{patient, "birthDate.extension('http://example.org/x').value.type().name", "string"},
		{patient, "deceased is dateTime and deceased.toDate() = @2020-01-01", "true"},
		{patient, "deceased + 1 month", "2020-02-01T10:00:00Z"},
		{patient, "managingOrganization.resolve().name", "Org"},
		{patient, "contained.first().type().name & '/' & contained.first().id", "Organization/o1"},
		{patient, "name.given.count() <= %limit", "true"},
		{patient, "active and name.exists(use = 'old').not()", "true"},
		{patient, "today() = @2026-11-24 and now().toString() = '2026-11-24T03:04:05.006-05:00'", "true"},
		{patient, "timeOfDay() = @T03:04:05.006", "true"},
		{patient, "name.select(given.join('-')).join(';')", "Ann-B.;Annie"},
		{patient, "defineVariable('n', name.first().given).select(%n.count() + 1)", "3"},
		{patient, "name.given.aggregate($total & $this, '')", "AnnB.Annie"},
		{patient, "Patient.children().where($this is HumanName).count()", "2"},
		{patient, "nonsense.exists() or 'a' in ('a' | 'b')", "true"},
		{obs, "value as Quantity > 70 'kg'", "true"},
		{obs, "value.value", "72.50"},
		{obs, "value + 500 'g'", "73.00 'kg'"},
		{obs, "value.toQuantity('g').value", "72500"},
		{obs, "value * 2.0", "145000 'g'"},
		{obs, "value > 100 'cm'", ""},
		{obs, "value = 72500 'g'", "true"},
		{obs, "subject.where(resolve() is Patient).reference", "Patient/p1"},
		{obs, "subject.resolve().name.first().family", "Example"},
		{obs, "performer.where(resolve() is Practitioner).count()", "1"},
		{obs, "performer.where(resolve() is Organization).count()", "1"},
		{obs, "code.memberOf('http://example.org/vs')", "true"},
		{obs, "code.memberOf('http://example.org/other')", ""},
		{obs, "1 / 3", "0.333333333333333333"},
		{obs, "10.log(10) + 2.718281828459045235.ln() - 1.exp().round(5)", "-0.71828"},
		{obs, "2.power(10) + 4.sqrt() + 2.power(-1)", "1026.5"},
		{obs, "9223372036854775807 + 1", ""},
		{obs, "'a\\u00e9b'.length() & 'x'", "error"},
		{obs, "'äbc'.substring(1).indexOf('c')", "1"},
		{obs, "'x1y22'.replaceMatches('([a-z])([0-9]+)', '$2$1')", "1x22y"},
		{obs, "@2024-02-29 + 1 year", "2025-02-28"},
		{obs, "@T23:30 + 45 minutes", "00:15"},
		{obs, "(3 | 1 | 2).sort(-$this)", "3 2 1"},
		{obs, "{} = 1", ""},
		{obs, "1 year > 11 months", "true"},
		{obs, "'<b>'.escape('html')", "&lt;b&gt;"},
	} {
		e, err := Compile(c.expr)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := e.Evaluate(c.in, opts)
		var texts []string
		for _, v := range got {
			texts = append(texts, v.String())
		}
		text := strings.Join(texts, " ")
		if err != nil {
			text = "error"
		}
		if text != c.want {
			t.Errorf("%s is %q (%v), want %q", c.expr, text, err, c.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct {
		source string
		offset int
	}{
		{"", 0}, {"a.", 2}, {"a b", 2}, {"(1", 2}, {"'abc", 0}, {"a.foo()", 2}, {"where()", 0}, {"@2015-13-01", 0},
		{"1 +", 3}, {"a is Nonsense", 5}, {"%", 0}, {"$what", 0}, {"a[1", 3}, {"#", 0}, {"'\\q'", 1}, {"a.'b'", 2},
		{strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), 100}, {"@T10:00Z", 7},
	} {
		_, err := Compile(c.source)
		var e *Error
		if !errors.As(err, &e) || !e.Syntax {
			t.Errorf("%q: %v", c.source, err)
			continue
		}
		if e.Offset != c.offset {
			t.Errorf("%q fails at %d, want %d: %v", c.source, e.Offset, c.offset, err)
		}
	}
	if _, err := Compile(strings.Repeat("a.", 20000) + "a"); err == nil {
		t.Error("an endless expression compiles")
	}
}

func TestEvaluationErrors(t *testing.T) {
	patient := entry(t, 0)
	for _, source := range []string{
		"name.single()", "name.given + 'x'", "1 + 'a'", "name < 1", "-'a'", "%nothing", "name.given.startsWith('x')",
		"'a'.matches('(')", "name is HumanName", "('a'|'b').toInteger()", "conformsTo('http://example.org/none')", "iif(name, 1, 2)",
	} {
		_, err := MustCompile(source).Evaluate(patient, nil)
		var e *Error
		if !errors.As(err, &e) || e.Syntax || e.Expression != source {
			t.Errorf("%s: %v", source, err)
		} else if strings.Contains(err.Error(), "Annie") {
			t.Errorf("%s: the error tells data: %v", source, err)
		}
	}
	// After an error the pooled state must be as new.
	if got, err := MustCompile("$index + $total.count()").Evaluate(patient, nil); err != nil || got[0].String() != "0" {
		t.Errorf("%v %v", got, err)
	}
}

func TestHostile(t *testing.T) {
	patient := entry(t, 0)
	for _, source := range []string{
		"(1|2|3).repeat($this + 1)",
		"('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').repeat($this & $this)",
		"Patient.descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants()))))",
		"'" + strings.Repeat("a", 1000) + "'" + strings.Repeat(".replace('a','aaaaaaaaaaaaaaaaaaaaaaaa')", 20),
	} {
		if _, err := MustCompile(source).Evaluate(patient, &Options{Steps: 100_000}); err == nil {
			t.Errorf("%.60s came to an end", source)
		}
	}
}

func TestValues(t *testing.T) {
	obs := entry(t, 1)
	v, err := MustCompile("value").Evaluate(obs, nil)
	if err != nil || len(v) != 1 || v[0].Unit() != "kg" || v[0].TypeName() != "FHIR.Quantity" {
		t.Fatalf("%v %v", v, err)
	}
	if d, ok := v[0].Decimal(); !ok || d.Cmp(decimal.MustParse("72.5")) != 0 {
		t.Errorf("the value is %v", d)
	}
	ok, known, err := MustCompile("value.exists()").Test(obs, nil)
	if !ok || !known || err != nil {
		t.Error(ok, known, err)
	}
	if _, known, err = MustCompile("value > 1 'm'").Test(obs, nil); known || err != nil {
		t.Error(known, err)
	}
	if got := v[0].Node().Location(); got != "Bundle.entry[1].resource.valueQuantity" {
		t.Errorf("the value stands at %s", got)
	}
}

// The rules of a large Bundle must not take the square of its length.
func TestLargeBundle(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
	const n = 30_000
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"fullUrl":"urn:x:` + strconv.Itoa(i) + `"}`)
	}
	b.WriteString(`]}`)
	d, err := node.ParseResource([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{
		"entry.select(fullUrl & '|').isDistinct()", "entry.fullUrl.distinct().count() = 30000", "(entry.fullUrl | entry.fullUrl).count() = 30000",
	} {
		if ok, known, err := MustCompile(source).Test(Root(d), nil); !ok || !known || err != nil {
			t.Errorf("%s: %v %v %v", source, ok, known, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		"Patient.name.where(use = 'official').given.first() | @2015-01-01T10:00+01:00", "1 + -2 'mg' / 3.0 div 4",
		"iif(a.b[0] ~ {}, $this, %`x-y`)", "name.repeat($this).aggregate($total & 'x').sort(-$this)",
		"1.2.lowBoundary(3).power(2).sqrt().log(3)", "descendants().toString().replaceMatches('a*', '$1')",
	} {
		f.Add(s)
	}
	patient := entry(f, 0)
	f.Fuzz(func(t *testing.T, source string) {
		e, err := Compile(source)
		if err != nil {
			_ = err.Error()
			return
		}
		got, err := e.Evaluate(patient, &Options{Steps: 20_000})
		if err != nil {
			_ = err.Error()
		}
		for _, v := range got {
			_ = v.String()
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	patient, obs := entry(b, 0), entry(b, 1)
	for _, c := range []struct {
		name, expr string
		in         Value
	}{
		{"path", "Patient.name.given", patient},
		{"where", "Patient.name.where(use = 'official').given.first()", patient},
		{"search", "(Observation.value as Quantity) | (Observation.value as SampledData)", obs},
		{"reference", "Observation.subject.where(resolve() is Patient)", obs},
		{"dom3", "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()", patient},
	} {
		e := MustCompile(c.expr)
		opts := &Options{TypedReferences: true}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var out []Value
			for b.Loop() {
				var err error
				if out, err = e.Append(out[:0], c.in, opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		MustCompile("Patient.name.where(use = 'official').given.first()")
	}
}
