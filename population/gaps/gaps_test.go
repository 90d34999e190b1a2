// SPDX-License-Identifier: Apache-2.0

package gaps

import (
	"fmt"
	"strings"
	"testing"
)

func report(subject, url, end, improvement string, counts ...int) string {
	var pops []string
	for i, role := range []string{"initial-population", "denominator", "denominator-exclusion", "numerator"} {
		pops = append(pops, fmt.Sprintf(`{"code":{"coding":[{"code":%q}]},"count":%d}`, role, counts[i]))
	}
	return fmt.Sprintf(`{"resourceType":"MeasureReport","type":"individual","measure":%q,"subject":%s,"period":{"start":"2025-01-01","end":%q},"improvementNotation":{"coding":[{"code":%q}]},"group":[{"population":[%s]}]}`,
		url, subject, end, improvement, strings.Join(pops, ",")) + "\n"
}

const patients = `{"resourceType":"Organization","id":"o"}
{"resourceType":"Patient","id":"a","identifier":[{"system":"urn:other","value":"1S99A99AA99"},{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1s00-a00-aa00"}]}
{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"b","identifier":[{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1S00A00AA01"}]}}]}
{"resourceType":"Patient","id":"c"}
`

func read(tb testing.TB, reports string) (*Book, []string) {
	tb.Helper()
	b := NewBook()
	var bad []string
	reject := func(err error) { bad = append(bad, err.Error()) }
	if err := b.ReadPatients(strings.NewReader(patients), "patients.ndjson", reject); err != nil {
		tb.Fatal(err)
	}
	if err := b.ReadReports(strings.NewReader(reports), "reports.ndjson", reject); err != nil {
		tb.Fatal(err)
	}
	return b, bad
}

func TestReports(t *testing.T) {
	const a, far = `{"reference":"Patient/a"}`, `{"reference":"https://ehr.example/fhir/Patient/b"}`
	for _, c := range []struct {
		name, report, mbi string
		applies, open     bool
	}{
		{"in the numerator", report(a, "http://x/Measure/M|1", "2025-12-31", "increase", 1, 1, 0, 1), "1S00A00AA00", true, false},
		{"not in the numerator", report(a, "http://x/Measure/M|1", "2025-12-31", "increase", 1, 1, 0, 0), "1S00A00AA00", true, true},
		{"poor control is a gap", report(a, "http://x/Measure/M|1", "2025-12-31", "decrease", 1, 1, 0, 1), "1S00A00AA00", true, true},
		{"no poor control", report(a, "http://x/Measure/M|1", "2025-12-31", "decrease", 1, 1, 0, 0), "1S00A00AA00", true, false},
		{"excluded", report(a, "http://x/Measure/M|1", "2025-12-31", "increase", 1, 1, 1, 0), "1S00A00AA00", false, false},
		{"not in the denominator", report(a, "http://x/Measure/M|1", "2025-12-31", "increase", 1, 0, 0, 0), "1S00A00AA00", false, false},
		{"an absolute reference", report(far, "http://x/Measure/M", "2025-12-31", "increase", 1, 1, 0, 0), "1S00A00AA01", true, true},
		{"an identifier", report(`{"identifier":{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1S00-A00-AA02"}}`, "http://x/Measure/M", "2025-12-31", "increase", 1, 1, 0, 0), "1S00A00AA02", true, true},
	} {
		b, bad := read(t, c.report)
		items := b.Items(c.mbi, nil)
		if len(bad) > 0 || (len(items) == 1) != c.applies || c.applies && (items[0].Open != c.open || items[0].Measure != "M" || items[0].Reason == "") {
			t.Errorf("%s: %+v, %v", c.name, items, bad)
		}
		if c.applies && len(b.Items("1S00A00AA77", []string{"1S00A00AA55", c.mbi})) != 1 {
			t.Errorf("%s: a former identifier does not find it", c.name)
		}
	}
}

// TestLaterPeriodCounts: order of reports does not matter, and what can't be joined is counted.
func TestLaterPeriodCounts(t *testing.T) {
	const a = `{"reference":"Patient/a"}`
	early, late := report(a, "http://x/Measure/M", "2024-12-31", "increase", 1, 1, 0, 0), report(a, "http://x/Measure/M", "2025-12-31", "increase", 1, 1, 0, 1)
	unknown := report(`{"reference":"Patient/c"}`, "http://x/Measure/M", "2025-12-31", "increase", 1, 1, 0, 0)
	summary := strings.Replace(early, "individual", "summary", 1)
	for _, text := range []string{early + late + unknown + summary, summary + unknown + late + early} {
		b, bad := read(t, text)
		if items := b.Items("1S00A00AA00", nil); len(items) != 1 || items[0].Open || b.Twice != 1 || b.Unknown != 1 || b.Reports != 3 || len(bad) > 0 {
			t.Errorf("%+v; %+v, %v", items, b, bad)
		}
	}
	b, bad := read(t, early+"{no json\n"+strings.Replace(early, "http://x/Measure/M", "", 1))
	if len(bad) != 2 || !strings.HasPrefix(bad[0], "reports.ndjson, line 2: ") || !strings.HasPrefix(bad[1], "reports.ndjson, line 3: the MeasureReport names no measure") || len(b.Items("1S00A00AA00", nil)) != 1 {
		t.Errorf("%v", bad)
	}
}

// FuzzReports gives any text as reports and patients: it is read or refused.
func FuzzReports(f *testing.F) {
	f.Add(patients)
	f.Add(report(`{"reference":"Patient/a"}`, "http://x/Measure/M", "2025-12-31", "increase", 1, 1, 0, 0))
	f.Fuzz(func(t *testing.T, text string) {
		b := NewBook()
		_ = b.ReadPatients(strings.NewReader(text), "p", func(error) {})
		_ = b.ReadReports(strings.NewReader(text), "r", func(error) {})
	})
}
