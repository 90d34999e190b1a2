// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

const sampleCase = `{"id":"a \"b\"","version":431,"age":"70","sex":"f","discharge_status":1,"poa_exempt":true,` +
	`"pdx":{"code":"I50.23","poa":"y"},"sdx":["I10",{"code":"J9601","poa":"1","x":[{}]}],"procs":["02703DZ"],"expect":{"drg":[1,-2.5e3,null,true]}}`

func TestDrgLine(t *testing.T) {
	var l drgLine
	if err := l.decode(sampleCase); err != nil {
		t.Fatal(err)
	}
	c := &l.c
	got := fmt.Sprint(l.id, l.version, c.Age, c.Sex, c.DischargeStatus, c.POAExempt, c.Principal, c.Secondary, c.Procedures)
	want := fmt.Sprint(`"a \"b\""`, "431", 70, msdrg.Female, 1, true, msdrg.Diagnosis{Code: "I50.23", POA: 'Y'},
		[]msdrg.Diagnosis{{Code: "I10"}, {Code: "J9601", POA: '1'}}, []string{"02703DZ"})
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// The next line starts afresh.
	if err := l.decode(`{"pdx":"I10"}`); err != nil || l.id != "" || len(l.c.Secondary) != 0 || l.c.Age != 0 {
		t.Errorf("%v: %+v", err, l)
	}
}

func TestDrgLineErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "a JSON object is missing",
		`[1]`:                                  "a JSON object is missing",
		`{"pdx":"I10"} x`:                      "text after",
		`{"pdx":"I10",}`:                       "no valid JSON",
		`{"pdx":{}}`:                           "pdx: the principal diagnosis has no code",
		`{"pdx":"I10","age":1.5}`:              "age: it is no whole number",
		`{"pdx":"I10","sex":"X"}`:              "sex: it is none of",
		`{"pdx":"I10","sdx":{}}`:               "sdx: it is no JSON array",
		`{"pdx":"I10","poa_exempt":1}`:         "poa_exempt: it is neither",
		`{"pdx":"I10","procs":[{}]}`:           "procs: it is neither a string nor a number",
		`{"x":` + strings.Repeat("[", 100_000): "too deep",
	} {
		var l drgLine
		if err := l.decode(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
	}
}

// FuzzDrgLine: any text is read or refused; what is read is JSON.
func FuzzDrgLine(f *testing.F) {
	f.Add(sampleCase)
	f.Add(`{"pdx":"I10","id":1e5,"sdx":null}`)
	f.Add(`{"pdx":"\ud800\"","sdx":[ ] , "a":{"b":false}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var l drgLine
		if l.decode(text) == nil && !json.Valid([]byte(text)) {
			t.Errorf("%q is read, but is no JSON", text)
		}
	})
}

// echo answers a line with its number and text; a line "bad" is not good.
func echo() lineFunc {
	return func(n int, line string, dst []byte) ([]byte, bool) {
		return fmt.Appendf(dst, "%d %s\n", n, line), line != "bad"
	}
}

func TestEachLine(t *testing.T) {
	var in, want strings.Builder
	const lines = 30_000
	for i := 1; i <= lines; i++ {
		line := strings.Repeat("x", 1+i%40)
		if i%1000 == 0 {
			line = "bad"
		}
		end := "\n"
		if i%3 == 0 {
			end = "\r\n"
		}
		if i == lines { // the last line may have no end
			end = ""
		}
		in.WriteString(line + end)
		fmt.Fprintf(&want, "%d %s\n", i, line)
	}
	var out bytes.Buffer
	total, bad, err := eachLine(iotest.OneByteReader(strings.NewReader(in.String())), &out, echo)
	if err != nil || total != lines || bad != lines/1000 {
		t.Errorf("%d lines, %d bad, %v", total, bad, err)
	}
	if out.String() != want.String() {
		t.Error("the answers are not the lines in order")
	}
}

func TestEachLineLong(t *testing.T) {
	var out bytes.Buffer
	in := "a\n" + strings.Repeat("y", maxLine+5) + "\nb"
	if total, _, err := eachLine(strings.NewReader(in), &out, echo); err != nil || total != 3 {
		t.Errorf("%d lines, %v", total, err)
	}
	if out.Len() > maxLine+100 || !strings.HasSuffix(out.String(), "\n3 b\n") {
		t.Error("a line too long is not cut")
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestEachLineErrors(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	if _, _, err := eachLine(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken)), &out, echo); !errors.Is(err, broken) {
		t.Errorf("a failing reader gives %v", err)
	}
	if out.String() != "1 a\n2 b\n" {
		t.Errorf("lines before the failure are lost: %q", out.String())
	}
	long := strings.NewReader(strings.Repeat("line\n", 200_000))
	var exit *ExitError
	if _, _, err := eachLine(long, failingWriter{}, echo); !errors.As(err, &exit) || exit.Code != ExitInternal {
		t.Errorf("a failing writer gives %v", err)
	}
}

// BenchmarkDrg reads, groups and answers one line after another on one goroutine.
func BenchmarkDrg(b *testing.B) {
	cat, err := (&App{}).Catalog()
	if err != nil {
		b.Fatal(err)
	}
	w := &drgWorker{grouper: msdrg.New(cat), versions: map[string]*msdrg.Version{}}
	line := sampleCase
	dst, ok := w.line(1, line, nil)
	if !ok {
		b.Fatalf("%s", dst)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		dst, _ = w.line(1, line, dst[:0])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
