// SPDX-License-Identifier: Apache-2.0

package converter_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/converter"
	"github.com/woodlawn-health/woodlawn/quality/qrda/submission"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

const id = "a3c7e2b0-0000-4000-8000-00000000000"

// good is an invented report without an error.
func good(t testing.TB, program, who string) string {
	t.Helper()
	f, err := submission.Read(strings.NewReader(`{"year":2026,"program":"` + program + `",` + who + `,"cehrt":"0015CINVENTED01",
		"organization":{"name":"Harbour Family Practice","id":"2.16.840.1.113883.19.5","number":"223344"},
		"activities":[{"id":"IA_EPA_1","performed":true}],
		"interoperability":[{"id":"PI_PPHI_1","answer":true},{"id":"PI_EP_1","numerator":75,"denominator":80},{"id":"PI_HIE_5","answer":true},{"id":"PI_EP_2","answer":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := qrda.MeasureResult{ID: id + "0", Title: "An invented measure", Rates: []qrda.Rate{qrda.PerformanceRate(id+"4", 50, 90, 10, 5)}}
	for i, p := range []struct {
		code string
		n    int
	}{{"IPOP", 100}, {"DENOM", 90}, {"DENEX", 10}, {"NUMER", 50}, {"DENEXCEP", 5}} {
		pop := qrda.Population{Code: p.code, ID: id + fmt.Sprint(i+1), Count: p.n, Sex: []qrda.Tally{{Code: "248152002", Count: 1}},
			Race: []qrda.Tally{{Code: "2106-3", Count: 1}}, Ethnicity: []qrda.Tally{{Code: "2186-5", Count: 1}}, Payer: []qrda.Tally{{Code: "A", Count: 1}},
			Strata: []qrda.Stratum{{ID: id + "9", Count: 2}}}
		m.Populations = append(m.Populations, pop)
	}
	var b bytes.Buffer
	if err := f.Report([]qrda.MeasureResult{m}, nil, time.Date(2027, 2, 3, 4, 5, 6, 0, time.UTC)).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// names know the invented measure.
type names struct{ change func(*converter.Expected) }

func (n names) Expect(uuid string) (*converter.Expected, bool) {
	if uuid != id+"0" {
		return nil, false
	}
	e := &converter.Expected{ID: "999", Rates: []map[string]string{{"IPOP": id + "1", "DENOM": id + "2", "DENEX": id + "3", "NUMER": id + "4", "DENEXCEP": id + "5"}},
		Strata: [][]string{{id + "9"}}}
	if n.change != nil {
		n.change(e)
	}
	return e, true
}

func check(t testing.TB, text string, n converter.Names) []string {
	t.Helper()
	doc, err := xmltree.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, p := range converter.Check(doc, n) {
		rules = append(rules, p.Rule)
	}
	return rules
}

// part is the text from a mark to the end of the element that holds it.
func part(text, from, to string) string {
	i := strings.Index(text, from)
	j := strings.Index(text[i:], to)
	return text[i : i+j+len(to)]
}

// each gives, for an error of the list, a change that makes it.
var each = map[int]func(string) string{
	5: func(s string) string { return `<ClinicalDocument xmlns="urn:hl7-org:v3"/>` },
	7: func(s string) string {
		return swap(s, `<templateId root="2.16.840.1.113883.10.20.27.3.1" extension`, `<templateId root="9" extension`)
	},
	8: func(s string) string {
		return cut(s, part(s, `2.16.840.1.113883.10.20.27.3.4"`, "</observation>"), "MSRAGG", "27.3.3")
	},
	9: func(s string) string { return swap(s, `xsi:type="INT" value="100"`, `xsi:type="INT" value="many"`) },
	11: func(s string) string {
		return swap(s, part(s, `2.16.840.1.113883.10.20.27.3.29`, "</organizer>"), `2.16.840.1.113883.10.20.27.3.29" extension="2016-09-01"/><reference><externalDocument><id root="2.16.840.1.113883.3.7031" extension="X"/></externalDocument></reference></organizer>`)
	},
	12: func(s string) string { return swap(s, `extension="PI_PPHI_1"`, ``) },
	13: func(s string) string { return swap(s, `xsi:type="INT" value="100"`, `xsi:type="INT" value="89"`) },
	15: func(s string) string {
		return swap(s, `<templateId root="2.16.840.1.113883.10.20.27.2.5"`, `<templateId root="9"`)
	},
	16: func(s string) string { return swap(s, `extension="PI_EP_1"`, ``) },
	17: func(s string) string {
		p := part(s, `2.16.840.1.113883.10.20.27.3.28`, "</organizer>")
		return swap(s, p, strings.NewReplacer("<component>", "<x>", "</component>", "</x>").Replace(p))
	},
	18: func(s string) string { return swap(s, `2.16.840.1.113883.10.20.27.3.31`, `9`) },
	22: func(s string) string { return params(s, "27.2.5") },
	23: func(s string) string {
		return strings.NewReplacer("27.2.1\"", "9\"", "27.2.4\"", "9\"", "27.2.5\"", "9\"", "27.3.28\"", "9\"", "27.3.29\"", "9\"").Replace(s)
	},
	24: func(s string) string { return swap(s, `root="2.16.840.1.113883.3.249.7"`, `root="9"`) },
	25: func(s string) string { return swap(s, `extension="MIPS_INDIV"`, `extension="MIPS"`) },
	26: func(s string) string { return twice(s, "27.2.5") },
	27: func(s string) string { return twice(s, "27.2.4") },
	28: func(s string) string { return twice(s, "27.2.1") },
	29: func(s string) string {
		p := paramsOf(s, "27.2.1")
		return swap(s, p, swap(p, `<low value="20260101"/>`, ``))
	},
	30: func(s string) string {
		p := paramsOf(s, "27.2.1")
		return swap(s, p, swap(p, `<high value="20261231"/>`, `<high/>`))
	},
	31: func(s string) string {
		p := paramsOf(s, "27.2.1")
		return swap(s, p, swap(p, `<low value="20260101"/>`, `<low value="20"/>`))
	},
	32: func(s string) string { return params(s, "27.2.1") },
	33: func(s string) string {
		return swap(s, `xsi:type="REAL" value="0.666667"`, `xsi:type="REAL" value="66.7"`)
	},
	39: func(s string) string {
		p := part(s, `2.16.840.1.113883.10.20.27.3.32`, "</observation>")
		return swap(s, p, swap(p, "27.3.3\"", "9\""))
	},
	41: func(s string) string { return swap(s, `value="75"`, `value="7.5"`) },
	42: func(s string) string { return swap(s, `value="75"`, `value="-75"`) },
	43: func(s string) string { return swap(s, `2.16.840.1.113883.10.20.27.3.33`, `9`) },
	44: func(s string) string { return params(s, "27.2.4") },
	45: func(s string) string { return swap(s, `2.16.840.1.113883.10.20.27.3.33`, `9`) },
	50: func(s string) string {
		p := part(s, `2.16.840.1.113883.10.20.27.3.33`, "</organizer>")
		return swap(s, p, swap(p, "27.3.27", "9"))
	},
	51: func(s string) string { return swap(s, `xsi:type="CD" code="Y"`, `xsi:type="CD" code="yes"`) },
	52: func(s string) string {
		p := part(s, `2.16.840.1.113883.10.20.27.3.5"`, "MSRAGG")
		return swap(s, p, swap(p, "27.3.3\"", "9\""))
	},
	53: func(s string) string { return swap(s, `xsi:type="INT" value="100"`, `xsi:type="INT" value="-1"`) },
	57: func(s string) string { return swap(s, `code="DENEXCEP"`, ``) },
	58: func(s string) string { return swap(s, `<id root="`+id+`5"/>`, ``) },
	61: func(s string) string { return swap(s, `<id root="`+id+`4"/>`, ``) },
	67: func(s string) string {
		p := part(s, `2.16.840.1.113883.10.20.27.3.6"`, "MSRAGG")
		return swap(s, p, swap(p, "27.3.3\"", "9\""))
	},
	69: func(s string) string { p := paramsOf(s, "27.2.1"); return swap(s, p, swap(p, `20260101`, `20261301`)) },
	70: func(s string) string { return swap(s, `root="2.16.840.1.113883.4.738"`, `root="9"`) },
	71: func(s string) string { p := part(s, `<entry>`, "</entry>"); return swap(s, p, p+p) },
	72: func(s string) string { return swap(s, `2.16.840.1.113883.10.20.27.3.14`, `9`) },
	81: func(s string) string { return swap(s, part(s, "<entry>", "</entry>"), "") },
	84: func(s string) string { return swap(s, `root="2.16.840.1.113883.4.2"`, `root="9"`) },
	85: func(s string) string { return swap(s, `"000777777"`, `"77"`) },
	86: func(s string) string { return swap(s, `root="2.16.840.1.113883.4.2"`, `root="9"`) },
	87: func(s string) string { return swap(s, `root="2.16.840.1.113883.4.6"`, `root="9"`) },
	88: func(s string) string { return swap(s, `"1234567893"`, `"12345"`) },
	89: func(s string) string { return swap(s, `root="2.16.840.1.113883.4.6"`, `root="9"`) },
	91: func(s string) string {
		return swap(s, `xsi:type="REAL" value="0.666667"`, `xsi:type="REAL" nullFlavor="NA"`)
	},
	92: func(s string) string { return swap(s, `xsi:type="INT" value="5"`, `xsi:type="INT" value="85"`) },
	93: func(s string) string { return swap(s, `xsi:type="INT" value="50"`, `xsi:type="INT" value="76"`) },
	94: func(s string) string { return swap(s, `xsi:type="INT" value="10"`, `xsi:type="INT" value="91"`) },
	95: func(s string) string {
		return swap(s, `root="2.16.840.1.113883.10.20.27.2.1" extension="2020-12-01"`, `root="2.16.840.1.113883.10.20.27.2.1" extension="2017-06-01"`)
	},
	97: func(s string) string { return swap(s, `0015CINVENTED01`, `0014CINVENTED01`) },
	98: func(s string) string { return swap(s, `xsi:type="INT" value="10"`, `xsi:type="INT" value="85"`) },
	100: func(s string) string {
		p := part(s, `<participant typeCode="DEV">`, "</participant>")
		return swap(s, p, p+p)
	},
	102: func(s string) string { return swap(s, `extension="PI_EP_1"`, `extension="PI_HIE_1"`) },
	105: func(s string) string {
		return swap(s, `extension="000777777"/>`, `extension="000777777"/><id root="2.16.840.1.113883.4.2" extension="000777778"/>`)
	},
}

// byName are changes of what the year's measure is.
var byName = map[int]func(*converter.Expected){
	14: func(e *converter.Expected) { delete(e.Rates[0], "DENEX") },
	48: func(e *converter.Expected) { e.Strata[0] = []string{id + "8"} },
	49: func(e *converter.Expected) { e.Strata[0] = nil },
	59: func(e *converter.Expected) { e.Rates[0]["NUMER"] = id + "7" },
}

// byProgram are programs without what they need: first as it must be, then as it is.
var byProgram = map[int][4]string{
	35: {"MIPS_APMENTITY", `"apm_entity":"A1001"`, `root="2.16.840.1.113883.3.249.5.4"`, `root="9"`},
	62: {"MIPS_APMENTITY", `"apm_entity":"A1001"`, `extension="A1001"`, ``},
	78: {"MIPS_VIRTUALGROUP", `"virtual_group":"VG01"`, `root="2.16.840.1.113883.3.249.5.2"`, `root="9"`},
}

func swap(s, from, to string) string { return strings.Replace(s, from, to, 1) }

// cut replaces the last mark inside a part of the text.
func cut(s, p, _, mark string) string {
	i := strings.LastIndex(p, mark+`"`)
	return swap(s, p, p[:i]+"9"+p[i+len(mark):])
}

func section(s, root string) string {
	i := strings.Index(s, "113883.10.20."+root+`"`)
	start := strings.LastIndex(s[:i], "<component>")
	end := i + strings.Index(s[i:], "</section>\n") + len("</section>\n")
	return s[start:end] + part(s[end:], "", "</component>\n")
}

func twice(s, root string) string { p := section(s, root); return swap(s, p, p+p) }

func paramsOf(s, root string) string {
	p := section(s, root)
	return p[strings.Index(p, `<act classCode="ACT"`):]
}

func params(s, root string) string {
	p := section(s, root)
	return swap(s, p, swap(p, `root="2.16.840.1.113883.10.20.17.3.8"`, `root="9"`))
}

const individual = `"tin":"000777777","npi":"1234567893"`

// Every error that is checked is found where it is made, and nothing where it is not.
func TestEveryError(t *testing.T) {
	base := good(t, "MIPS_INDIV", individual)
	if found := check(t, base, names{}); len(found) > 0 {
		t.Fatalf("the good report has %v", found)
	}
	var b strings.Builder
	b.WriteString("# QRDA Category III: the errors of CMS's QPP conversion tool\n\nWritten by the test run.\n\n" +
		"The numbers are those of the tool's ERROR_MESSAGES.md, the words are ours. Found: `woodlawn qrda check` reports the error in a\n" +
		"document that was made to have it, and none in the document before.\n\n| number | error | found |\n|---|---|---|\n")
	checked, open := 0, 0
	for _, e := range converter.Entries() {
		rule := fmt.Sprintf("CT-%d", e.Number)
		var found []string
		switch {
		case e.Open != "":
			open++
			fmt.Fprintf(&b, "| %d | %s | no: %s |\n", e.Number, e.What, e.Open)
			continue
		case e.Number == 2:
			if _, err := xmltree.Parse(strings.NewReader("<a>")); err != nil {
				found = []string{rule}
			}
		case e.Number == 6:
			found = check(t, swap(base, `extension="`+id+`0"`, `extension="other"`), names{})
		case each[e.Number] != nil:
			text := each[e.Number](base)
			if text == base {
				t.Fatalf("%s: the document was not changed", rule)
			}
			found = check(t, text, nil)
		case byName[e.Number] != nil:
			found = check(t, base, names{byName[e.Number]})
		case byProgram[e.Number] != [4]string{}:
			p := byProgram[e.Number]
			text := good(t, p[0], p[1])
			if found := check(t, text, names{}); len(found) > 0 {
				t.Errorf("%s: the good report has %v", rule, found)
			}
			found = check(t, swap(text, p[2], p[3]), nil)
		default:
			t.Errorf("%s is not tested", rule)
			continue
		}
		checked++
		if !slices.Contains(found, rule) {
			t.Errorf("%s is not found: %v", rule, found)
		}
		fmt.Fprintf(&b, "| %d | %s | yes |\n", e.Number, e.What)
	}
	fmt.Fprintf(&b, "\n%d of %d errors are checked; %d are not, with the reason. 6, 14, 48, 49 and 59 need CMS's measures-data.json of the year.\n", checked, checked+open, open)
	ledger.Check(t, "qrda-converter.md", b.String())
}

// The published samples: good ones of 2025 have none of the errors under the measures of
// their year, a bad one has.
func TestSamples(t *testing.T) {
	year2025, err := submission.LoadNames(bytes.NewReader(evidence.Read(t, "data/quality/mips/measures_2025_measures-data.json.gz")))
	if err != nil {
		t.Fatal(err)
	}
	for name, good := range map[string]bool{"qrda3_mips_apm_2025": true, "qrda3_mips_group_mvp_2025": true, "qrda3_bad_performance_rate": false} {
		found := check(t, string(evidence.Read(t, "data/quality/qrda/"+name+".xml.gz")), year2025)
		if (len(found) == 0) != good {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// FuzzCheck feeds documents that are broken on purpose: no panic, whatever comes.
func FuzzCheck(f *testing.F) {
	f.Add(good(f, "MIPS_INDIV", individual))
	f.Fuzz(func(_ *testing.T, text string) {
		if doc, err := xmltree.Parse(strings.NewReader(text)); err == nil {
			converter.Check(doc, names{})
		}
	})
}
