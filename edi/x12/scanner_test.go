// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const isa = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260115*0930*^*00501*000000101*0*T*:~"

// scan lists the segments and the rules of the issues.
func scan(r io.Reader, l Limits) (segments, rules []string) {
	s := NewScanner(r, l, func(i Issue) { rules = append(rules, i.Rule) })
	for s.Scan() {
		segments = append(segments, string(s.Bytes()))
	}
	return segments, rules
}

// TestLineBreaks: whatever stands between segments, the segments are the same.
func TestLineBreaks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOfN(rapid.StringMatching(`[A-Z]{2}[A-Z0-9](\*[A-Z0-9:^ .]{1,8}){1,4}X`), 0, 30).Draw(rt, "segments")
		want := []string{strings.TrimSuffix(isa, "~")}
		breaks := rapid.SampledFrom([]string{"", "\n", "\r\n", "\r", "  ", "\n\n\t"})
		text := rapid.SampledFrom([]string{"", "\xEF\xBB\xBF", " \n", "\xEF\xBB\xBF\r\n"}).Draw(rt, "start") + isa
		for _, s := range append(body, "IEA*0*000000101") {
			if strings.HasPrefix(s, "ISA") || strings.HasPrefix(s, "IEA") && s != "IEA*0*000000101" || s[:3] == "BIN" || s[:3] == "BDS" {
				continue
			}
			want = append(want, s)
			text += breaks.Draw(rt, "break") + s + "~"
		}
		text += breaks.Draw(rt, "end")
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			have, rules := scan(r, Limits{})
			if strings.Join(have, "|") != strings.Join(want, "|") || len(rules) > 0 {
				rt.Fatalf("have %q %v, want %q", have, rules, want)
			}
		}
	})
}

// TestDelimitersOfEachInterchange reads two interchanges with other delimiters.
func TestDelimitersOfEachInterchange(t *testing.T) {
	second := strings.NewReplacer("*", "|", "~", "\n", ":", ">", "^", "!").Replace(isa)
	s := NewScanner(strings.NewReader(isa+"IEA*0*000000101~\n"+second+"GS|HC\r\nIEA|0|1\r\n"), Limits{}, func(i Issue) { t.Error(i.Error()) })
	var have []string
	var last Delimiters
	for s.Scan() {
		last = s.Delimiters()
		have = append(have, string(s.Bytes()))
	}
	if want := (Delimiters{Element: '|', Component: '>', Repetition: '!', Segment: '\n'}); last != want {
		t.Errorf("delimiters %+v", last)
	}
	if len(have) != 5 || have[3] != "GS|HC" || have[4] != "IEA|0|1" {
		t.Errorf("%q", have)
	}
}

// TestBinary: BIN and BDS are taken by length, terminators in them and all.
func TestBinary(t *testing.T) {
	for _, c := range []struct {
		text, want, rule string
	}{
		{"BIN*9*A~B*C~D\nE~SE*1~", "BIN*9*A~B*C~D\nE|SE*1", ""},
		{"BDS*ASC*5*~~~~~~SE*1~", "BDS*ASC*5*~~~~~|SE*1", ""},
		{"BIN*4*ABCDEF~SE*1~", "BIN*4*ABCDEF|SE*1", "X12.BIN.length"},
		{"BIN*X*ABC~SE*1~", "BIN*X*ABC|SE*1", "X12.BIN.length"},
		{"BIN*999999*ABC~SE*1~", "BIN*999999*ABC|SE*1", "X12.BIN.length"},
		{"BIN*99*ABC~SE*1~", "BIN*99*ABC|SE*1", "X12.BIN.length"},
		{"BIN", "BIN", ""},
	} {
		have, rules := scan(strings.NewReader(isa+c.text), Limits{Binary: 4096})
		if got := strings.Join(have[1:], "|"); got != c.want || strings.Join(rules, " ") != c.rule {
			t.Errorf("%q: %q %v", c.text, got, rules)
		}
	}
}

// endless gives one character for ever and counts what is taken of it.
type endless struct {
	c byte
	n int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.c
	}
	e.n += len(p)
	return len(p), nil
}

// TestNoTerminator: a segment without end is an error at once, not a full memory.
func TestNoTerminator(t *testing.T) {
	for _, start := range []string{isa + "NM1*", isa + "BIN*99999999*"} {
		e := &endless{c: 'X'}
		have, rules := scan(io.MultiReader(strings.NewReader(start), e), Limits{Segment: 1 << 20, Binary: 2 << 20})
		if len(have) != 1 || len(rules) == 0 || rules[len(rules)-1] != "X12.segment.length" {
			t.Errorf("%q %v", have, rules)
		}
		if e.n > 4<<20 {
			t.Errorf("%d bytes were read", e.n)
		}
	}
}

// TestForeignFiles: what is no X12 is named.
func TestForeignFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "empty",
		"  \r\n\t ":                       "empty",
		"<!DOCTYPE html><html></html>":    "HTML",
		"<?xml version='1.0'?><a/>":       "XML",
		`{"a": 1}`:                        "JSON",
		"PK\x03\x04aaaaaaaaaa":            "compressed",
		"%PDF-1.7":                        "PDF",
		"MSH|^~\\&|A":                     "HL7",
		"UNB+UNOA:1":                      "EDIFACT",
		"I\x00S\x00A\x00*\x000\x000\x00":  "UTF-16",
		"GS*HC*A*B~ST*837*1~":             "ISA",
		"ISA":                             "ISA",
		strings.Replace(isa, "*", "A", 1): "ISA",
		strings.ReplaceAll(isa, "*", "~"): "separator",
		isa[:104] + "A~" + strings.Repeat("Z", 10): "letter",
	} {
		var messages []string
		s := NewScanner(strings.NewReader(text), Limits{}, func(i Issue) {
			messages = append(messages, i.Message)
			if i.Level != Interchange || i.Warning || i.Remedy == "" {
				t.Errorf("%q: %+v", text, i)
			}
		})
		for s.Scan() {
		}
		if got := strings.Join(messages, "; "); !strings.Contains(got, want) {
			t.Errorf("%.20q: %q does not say %q", text, got, want)
		}
	}
}

// TestResync finds the interchange behind text that belongs to none.
func TestResync(t *testing.T) {
	have, rules := scan(strings.NewReader("mail header ISA and more\n"+isa+"IEA*0*000000101~trailing ISA text\n"+isa+"IEA*0*000000101~"), Limits{})
	if len(have) != 4 || len(rules) != 2 {
		t.Errorf("%q %v", have, rules)
	}
}

func TestSegment(t *testing.T) {
	s := Segment{Raw: []byte("SV1*HC:99213:25*40^41*UN**"), Delimiters: Delimiters{Element: '*', Component: ':', Repetition: '^', Segment: '~'}}
	for _, c := range []struct{ have, want string }{
		{s.ID(), "SV1"}, {s.Text(1), "HC:99213:25"}, {string(s.Component(1, 2)), "99213"}, {string(s.Component(1, 9)), ""},
		{string(s.Component(2, 1)), "40"}, {string(s.Repetition(2, 2)), "41"}, {s.Text(4), ""}, {s.Text(99), ""}, {string(s.Repetition(2, 3)), ""},
	} {
		if c.have != c.want {
			t.Errorf("have %q, want %q", c.have, c.want)
		}
	}
	if s.Elements() != 5 || !s.Is("SV1") || s.Is("SV") || s.Is("SV10") {
		t.Error("elements or identifier")
	}
	var tk Tokens
	NewTokenizer(s.Delimiters).Split(&tk, string(s.Raw))
	if tk.N != 5 || tk.ID() != "SV1" || tk.Comp(1, 3) != "25" || tk.Comp(2, 1) != "40^41" || tk.El(3) != "UN" || tk.El(77) != "" || tk.Comp(3, 2) != "" {
		t.Errorf("tokens %+v", tk)
	}
}

// FuzzScanner: no input makes the scanner panic, lose bytes of a segment, or hold
// more than its limits.
func FuzzScanner(f *testing.F) {
	f.Add([]byte(isa + "GS*HC~ST*837*1~BIN*3*A~B~SE*2*1~GE*1*1~IEA*1*000000101~"))
	f.Add([]byte(isa + "IEA*0*1~" + strings.ReplaceAll(isa, "~", "\n") + "IEA*0*1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewScanner(bytes.NewReader(data), Limits{Segment: 512, Binary: 1024}, nil)
		for s.Scan() {
			at := int(s.Offset())
			if !s.Opened() && !bytes.HasPrefix(data[at:], s.Bytes()) {
				t.Fatalf("the segment at %d is not the file's text", at)
			}
		}
		if len(s.buf) > 2*scanBlock {
			t.Fatalf("%d bytes are held", len(s.buf))
		}
	})
}
