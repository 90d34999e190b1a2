// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"fmt"
	"strings"
	"testing"
)

var columns = []Column{{Name: "id", Need: true}, {Name: "when"}, {Name: "tags", Many: true}, {Name: "open"}}

// told reads a sheet and writes each row as line:id:problems.
func told(format, text string) (string, error) {
	var all []string
	err := Read(strings.NewReader(text), format, columns, func(r *Row) error {
		r.Date("when")
		r.Yes("open")
		all = append(all, fmt.Sprintf("%d:%s:%s:%s", r.Line, r.Get("id"), strings.Join(r.List("tags"), "+"), strings.Join(r.Problems, "|")))
		return nil
	})
	return strings.Join(all, "\n"), err
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ format, in, want string }{
		{"csv", "\ufeffID, tags ,when\na,x; y;,2026-02-28\n\n,z,\nb,\"q\nr\",2026-02-30\nc\nd,\"x\" y,\ne,,\n",
			"2:a:x+y:\n4::z:id: the value is missing\n5:b:q\nr:when: write the date as 2026-11-01\n7:c::the line has 1 values, the header 3\n" +
				"8:::the line is no CSV: extraneous or missing \" in quoted-field\n9:e::"},
		{"ndjson", `{"id":"a","tags":["x","y"],"open":true}` + "\n\n" + `{"id":7,"open":"perhaps","other":1}` + "\n[]\n" + `{"id":["a"]}`,
			"1:a:x+y:\n3:7::\"other\" is no known column|open: write yes or no\n4:::the line is no JSON object\n5:::id: the value is missing|id: the value is of a kind that the column does not take"},
	} {
		got, err := told(c.format, c.in)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.format, err, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "no header",
		"id,colour\n":                           `unknown column "colour"`,
		"when\n":                                `lacks the column "id"`,
		"id,id\n":                               "twice",
		"id\n" + strings.Repeat("x", maxLine+1): "longer than",
	} {
		if _, err := told("csv", in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", in, err, want)
		}
	}
	if _, err := told("xml", ""); err == nil {
		t.Error("xml is a format")
	}
	if _, err := told("ndjson", strings.Repeat("x", maxLine+1)); err == nil {
		t.Error("a line has no end")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("csv", "id,tags\na,b;c\n\"")
	f.Add("ndjson", `{"id":"a","tags":["b"]}`)
	f.Fuzz(func(t *testing.T, format, in string) {
		last := 0
		_ = Read(strings.NewReader(in), format, columns, func(r *Row) error {
			if r.Line <= last {
				t.Fatalf("line %d follows %d", r.Line, last)
			}
			last = r.Line
			if r.Get("id") == "" && len(r.Problems) == 0 {
				t.Fatal("a row without its id is good")
			}
			return nil
		})
	})
}
