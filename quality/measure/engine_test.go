// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func TestLoadSaysWhatIsWrong(t *testing.T) {
	withoutNumerator := measureJSON("M", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"), population("den", Denominator, "den"))
	undefined := measureJSON("M", Cohort, "boolean", "", population("ip", InitialPopulation, "nothing"))
	for want, src := range map[string][]byte{
		"needs a population numerator":                    bundleOf(withoutNumerator),
		`library Example|1.0 does not define "nothing"`:   bundleOf(undefined),
		"its library http://example.org/Library/Example ": []byte(undefined),
		"the object has no resourceType":                  []byte(`{}`),
		"no scoring \"odd\"":                              bundleOf(measureJSON("M", "odd", "boolean", "")),
		"has no group":                                    bundleOf(`{"resourceType":"Measure","name":"M"}`),
		"the ELM is not base64":                           []byte(`{"resourceType":"Library","content":[{"contentType":"application/elm+json","data":"%"}]}`),
	} {
		_, err := NewEngine(Options{}).Load(src)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestLoadGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(bundleOf(proportionMeasure()))
	z.Close()
	ms, err := NewEngine(Options{}).Load(b.Bytes())
	if err != nil || len(ms) != 1 || ms[0].Canonical() != "http://example.org/Measure/Share|1.0" {
		t.Errorf("got %v, %v", ms, err)
	}
}

// A folder holds bundles and a bulk export; results come in order, and what is
// broken is set aside without harm to the rest.
func TestBatch(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for i := range 40 {
		labels := []string{"ip", "den"}
		if i%2 == 0 {
			labels = append(labels, "num")
		}
		lines = append(lines, string(labelledPatient("p"+string(rune('a'+i%26))+string(rune('a'+i/26)), labels)))
	}
	lines[7] = `{"resourceType":"Bundle","entry":[` // broken
	lines[8] = `{"resourceType":"Bundle","entry":[]}`
	write("a.ndjson", strings.Join(lines, "\n"))
	write("Condition.ndjson", `{"resourceType":"Condition","id":"x","subject":{"reference":"Patient/z"},"code":{"coding":[{"system":"urn:example:local","code":"ip"}]}}`+"\n")
	write("Patient.ndjson", `{"resourceType":"Patient","id":"z"}`+"\n")
	e, ms := load(t, proportionMeasure())
	b := &Batch{Engine: e, Workers: 4, Individual: true, Request: Request{Measures: ms, Period: year2026(t)}}
	tally := NewTally(ms[0])
	var order, bad []string
	err := b.Run(func(yield func(Patient) bool) error { return ReadPatients(dir, yield) }, func(o *Outcome) error {
		if o.Err != nil {
			bad = append(bad, o.Where+": "+o.Err.Error())
			return nil
		}
		order = append(order, o.Results[0].Subject)
		tally.Add(&o.Results[0], true)
		if !bytes.Contains(o.Reports[0], []byte(`"type":"individual"`)) {
			t.Errorf("report %s", o.Reports[0])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(order) != 39 || order[0] != "paa" || order[37] != "pnb" || order[38] != "z" {
		t.Errorf("order %v", order)
	}
	if len(bad) != 2 || !strings.HasPrefix(bad[0], "a.ndjson line 8: ") || !strings.Contains(bad[1], "no Patient resource") {
		t.Errorf("set aside: %v", bad)
	}
	g := &tally.Groups[0]
	if g.Count(InitialPopulation) != 39 || g.Count(Denominator) != 38 || g.Count(Numerator) != 19 {
		t.Errorf("counts %v", g.Counts)
	}
}

func TestReports(t *testing.T) {
	strata := `,"stratifier":[{"id":"s","code":{"coding":[{"code":"sex"}]},"criteria":{"expression":"gender"}}]`
	e, ms := load(t, measureJSON("Share", Proportion, "boolean", strata, population("ip", InitialPopulation, "ip"),
		population("den", Denominator, "den"), population("num", Numerator, "num")))
	tally := NewTally(ms[0])
	var out strings.Builder
	for _, labels := range []string{"ip den num", "ip den", "ip"} {
		rs := evaluateOne(t, e, ms, labelledPatient("patient-"+strings.ReplaceAll(labels, " ", "-"), strings.Fields(labels)))
		tally.Add(&rs[0], true)
		rep, err := rs[0].IndividualReport(year2026(t), About{})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(rep, '\n'))
	}
	for _, make := range []func(Period, About) ([]byte, error){tally.SummaryReport, tally.SubjectListReport} {
		rep, err := make(year2026(t), About{})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(rep, '\n'))
	}
	ledger.Golden(t, filepath.Join("testdata", "reports.ndjson"), out.String())
}

// Any bytes may be given for a bundle: they are refused or loaded, never a crash.
func FuzzLoad(f *testing.F) {
	f.Add(bundleOf(proportionMeasure()))
	f.Add(bundleOf(ratioMeasure()))
	f.Add([]byte(`{"resourceType":"ValueSet","url":"u","expansion":{"contains":[{"system":"s","code":"c"}]}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 2 && src[0] == 0x1f {
			return
		}
		ms, err := NewEngine(Options{}).Load(src)
		if err == nil {
			for _, m := range ms {
				m.Label()
			}
		}
	})
}
