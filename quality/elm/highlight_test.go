// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// annotated is a library whose CQL is
//
//	define "Had Visit": exists [Encounter: "Visits"]
//	define x: "Had Visit" and (exists [Condition] or "Late") and not "Late"
//	define "Late": Limit > 100
//
// It knows which clauses a run meets: the patient has visits and no conditions, and the
// limit is 7. Of the "or", both sides are asked and neither holds, so the last "and"
// is decided without its right side.
func annotated() string {
	id := func(n, node string) string { return strings.TrimSuffix(node, "}") + `,"localId":"` + n + `"}` }
	text := func(parts ...string) string {
		for i, p := range parts {
			if !strings.HasPrefix(p, "{") {
				parts[i] = fmt.Sprintf(`{"value":[%q]}`, p)
			}
		}
		return `"s":[` + strings.Join(parts, ",") + `]`
	}
	r := func(n string, parts ...string) string { return `{"r":"` + n + `",` + text(parts...) + `}` }
	annotation := func(s string) string { return `"annotation":[{"type":"Annotation","s":` + s + `}]` }
	visits := id("1", retrieveOf("Encounter", codedBy("type", "in", valueSetRef("Visits"))))
	conditions := id("5", retrieveOf("Condition"))
	body := id("11", op("And", id("8", op("And", id("3", ref("Had Visit")), id("7", op("Or", id("6", un("Exists", conditions)), id("4", ref("Late")))))),
		id("10", un("Not", id("9", ref("Late"))))))
	main := strings.TrimSuffix(libraryOf(body), "]}}}")
	main = strings.Replace(main, `{"name":"x","context":"Patient",`, `{"name":"x","context":"Patient",`+
		annotation(r("99", `define x: `, r("11", r("8", r("3", `"Had Visit"`), ` and (`, r("7", r("6", `exists `, r("5", `[Condition]`)), ` or `, r("4", `"Late"`)), `)`), ` and `, r("10", `not `, r("9", `"Late"`)))))+",", 1)
	return main + `,{"name":"Had Visit",` + annotation(r("98", `define "Had Visit": `, r("2", `exists `, r("1", `[Encounter: "Visits"]`)))) + `,"expression":` + id("2", un("Exists", visits)) + `},
	{"name":"Late",` + annotation(r("97", `define "Late": `, r("22", r("20", `Limit`), ` > `, r("21", `100`)))) + `,"expression":` +
		id("22", op("Greater", id("20", `{"type":"ParameterRef","name":"Limit"}`), id("21", num(100)))) + `}]}}}`
}

func highlighted(t *testing.T, library string) (*Run, *Unit, []Highlighted) {
	t.Helper()
	lib, err := Load([]byte(library))
	if err != nil {
		t.Fatal(err)
	}
	p := NewTracedProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	run := p.Start(patientOf(t), nil, Options{Terminology: testTerminology(t)})
	list, err := run.Highlight(u, "x")
	if err != nil {
		t.Fatal(err)
	}
	return run, u, list
}

func TestHighlightKnownClauses(t *testing.T) {
	_, _, list := highlighted(t, annotated())
	var b bytes.Buffer
	if err := WriteText(&b, list); err != nil {
		t.Fatal(err)
	}
	want := `define x: {+"Had Visit"+}{- and (exists [Condition] or "Late") and -}{?not "Late"?}

define "Had Visit": {+exists [Encounter: "Visits"]+}

define "Late": {+Limit+}{- > 100-}

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if got := list[0].Text(); got != `define x: "Had Visit" and (exists [Condition] or "Late") and not "Late"` {
		t.Errorf("the text is %s", got)
	}
}

func TestHighlightOnTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := WriteANSI(&b, []Highlighted{{Pieces: []Piece{{"yes", DoesHold}, {" \x1b[2Jno", DoesNot}}}}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "\x1b[32;4myes\x1b[0m\x1b[31m [2Jno\x1b[0m\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Text of a library is no markup.
func TestHighlightHTMLIsEscaped(t *testing.T) {
	var b bytes.Buffer
	bad := `<script>alert("x")</script>`
	err := WriteHTML(&b, bad, []Highlighted{{Library: bad, Name: bad, Pieces: []Piece{{bad, DoesHold}, {bad, Unmarked}, {"a < b & c", DoesNot}}}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") {
		t.Errorf("a script went through:\n%s", b.String())
	}
	for _, want := range []string{`<span class="t">&lt;script&gt;`, `<span class="f">a &lt; b &amp; c</span>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, b.String())
		}
	}
}

func TestHighlightNeedsTraces(t *testing.T) {
	lib, err := Load([]byte(annotated()))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram()
	u, err := p.Link(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(patientOf(t), nil, Options{}).Highlight(u, "x"); err == nil || !strings.Contains(err.Error(), "not traced") {
		t.Errorf("got %v", err)
	}
}

// With traces an explanation names the resources behind a truth value.
func TestExplainNamesEvidence(t *testing.T) {
	run, u, _ := highlighted(t, annotated())
	x, err := run.Explain(u, "x")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "x: false\n  Had Visit: true (Encounter/e1, Encounter/e2)\n  Late: false\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if got := strings.Join(run.Resources(u, []string{"x"}), " "); got != "Encounter/e1 Encounter/e2" {
		t.Errorf("resources %s", got)
	}
}

// A traced program answers as one that is not.
func TestTracedAnswersAreTheSame(t *testing.T) {
	for _, examples := range [][]example{logicalExamples, queryExamples, referenceExamples, typeExamples, intervalExamples} {
		for _, e := range examples {
			plain, plainErr := evaluate(t, libraryOf(e.elm), Options{})
			lib, err := Load([]byte(libraryOf(e.elm)))
			if err != nil {
				continue
			}
			p := NewTracedProgram()
			u, err := p.Link(lib, nil)
			if err != nil {
				if plainErr == nil {
					t.Errorf("%s: %v", e.elm, err)
				}
				continue
			}
			v, err := p.Start(patientOf(t), nil, Options{Terminology: testTerminology(t), Now: testNow}).Evaluate(u, "x")
			if (err == nil) != (plainErr == nil) || err == nil && Text(v) != Text(plain) {
				t.Errorf("%s: traced %s, %v; plain %s, %v", e.elm, Text(v), err, Text(plain), plainErr)
			}
		}
	}
}
