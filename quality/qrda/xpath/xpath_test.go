// SPDX-License-Identifier: Apache-2.0

package xpath

import (
	"errors"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

const sample = `<r xmlns="u"><a id="1">x<b n="3"/><b n="5"/></a><a id="2"><c><b n="7"/></c></a><d> two  words </d><!-- note --></r>`

var scope = Scope{Namespaces: map[string]string{"p": "u"}, Variables: map[string]bool{"v": true}}

func parse(t testing.TB, text string) *xmltree.Node {
	t.Helper()
	doc, err := xmltree.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The answers are worked out by hand from XPath 1.0.
func TestEval(t *testing.T) {
	doc := parse(t, sample)
	for src, want := range map[string]string{
		"count(//p:b)":                               "3",
		"count(/p:r/p:a/p:b)":                        "2",
		"count(//b)":                                 "0", // no prefix is no namespace
		"//p:b[2]/@n":                                "5", // second child of its parent
		"(//p:b)[3]/@n":                              "7",
		"//p:b[position()=last()]/@n":                "5",
		"sum(//@n)":                                  "15",
		"//p:a[p:c]/@id":                             "2",
		"count(//p:a[@id='1' or @id=2])":             "2",
		"//@n != 3":                                  "true", // some n differs
		"not(//@n = 4)":                              "true",
		"//@n > 6":                                   "true",
		"//p:none != 1":                              "false",
		"//p:none = //p:none":                        "false",
		"boolean(//p:none)":                          "false",
		"true() = //p:b":                             "true",
		"1 + 2 * 3 - 4 div 2":                        "5",
		"-7 mod 3":                                   "-1",
		"7 mod -3":                                   "1",
		"5.5 mod 2":                                  "1.5",
		"1 div 0":                                    "Infinity",
		"0 div 0":                                    "NaN",
		"number('1e3')":                              "NaN",
		"number(' -.5 ')":                            "-0.5",
		"number('+1')":                               "NaN",
		"number('')":                                 "NaN",
		"2 = 2.0":                                    "true",
		"'2' = '2.0'":                                "false",
		"1 = 1 = 1":                                  "true", // left to right: true = 1
		"3 > 2 > 1":                                  "false",
		"round(2.5)":                                 "3",
		"round(-2.5)":                                "-2",
		"floor(-1.5)":                                "-2",
		"ceiling(1.2)":                               "2",
		"substring('12345', 2, 3)":                   "234",
		"substring('12345', 1.5, 2.6)":               "234",
		"substring('12345', 0, 3)":                   "12",
		"substring('12345', 0 div 0, 3)":             "",
		"substring('12345', -42, 1 div 0)":           "12345",
		"substring-after('a.b.c', '.')":              "b.c",
		"substring-before('abc', 'x')":               "",
		"normalize-space(//p:d)":                     "two words",
		"translate('bar', 'abc', 'AB')":              "BAr",
		"translate('--aaa--', 'abc-', 'ABC')":        "AAA",
		"concat('a', 1, true())":                     "a1true",
		"string-length('é€')":                        "2",
		"starts-with('abc', 'ab')":                   "true",
		"contains('', '')":                           "true",
		"local-name(//p:c)":                          "c",
		"namespace-uri(//p:c)":                       "u",
		"count(//p:b/..)":                            "2",
		"count(//p:b/ancestor::*)":                   "4",
		"//p:b[@n=7]/ancestor::*[1]/@x | //p:b/@n":   "3",
		"count(//node())":                            "11",
		"count(//comment())":                         "1",
		"//p:a/text()":                               "x",
		"count(//p:c/preceding-sibling::node())":     "0",
		"count(//p:d/preceding-sibling::p:a)":        "2",
		"//p:d/preceding-sibling::p:a[1]/@id":        "2",
		"count(/)":                                   "1",
		"count(/p:r/*)":                              "3",
		"count(//p:*)":                               "8",
		"count(. | /)":                               "1",
		"$v + 1":                                     "3",
		"count(document('o.xml')/p:r/p:d)":           "1",
		"count(//p:a[count(p:b) = 2])":               "1",
		"count(//*[self::p:b])":                      "3",
		"string(//p:a[@id = current()/p:r/p:a/@id])": "x",
		"//p:none = @x = 'y'":                        "false", // (empty = empty) = 'y'
		"count(//p:b[@n='3']) + 1":                   "2",
		"* * 2 = 0":                                  "false",
	} {
		e, err := Compile(src, scope)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		run := &Run{Documents: map[string]*xmltree.Node{"o.xml": doc}, Variables: map[string]Value{"v": Number(2)}}
		v, err := e.Eval(run, doc)
		if err != nil || v.Text() != want {
			t.Errorf("%s = %q, want %q (%v)", src, v.Text(), want, err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, src := range []string{"", "1 +", "$w", "x:a", "id('a')", "key('a', 'b')", "name()", "lang('en')", "foo(1)", "count()",
		"count(1, 2)", "a[", "following::p:a", "namespace::p", "document(p:a)", "'open", "a b", "for $x in 1 return $x", "a eq b", "#",
		strings.Repeat("(", 1000), "substring('a')"} {
		if _, err := Compile(src, scope); err == nil {
			t.Errorf("%q compiled", src)
		}
	}
	for _, src := range []string{"", "p:a/..", "p:a[", "descendant::p:a", "id('x')", "p:a or p:b", "$v"} {
		if _, err := CompilePattern(src, scope); err == nil {
			t.Errorf("pattern %q compiled", src)
		}
	}
}

func TestErrors(t *testing.T) {
	doc := parse(t, sample)
	e, err := Compile("@x = document('voc.xml')/p:x", scope)
	if err != nil {
		t.Fatal(err)
	}
	var missing *MissingDocumentError
	if _, err := e.Eval(&Run{}, doc); !errors.As(err, &missing) || missing.Name != "voc.xml" {
		t.Error(err)
	}
	e, _ = Compile("count('x')", scope)
	var wrong *TypeError
	if _, err := e.Eval(&Run{}, doc); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

func TestPattern(t *testing.T) {
	doc := parse(t, sample)
	for src, want := range map[string]int{
		"p:b": 3, "//p:b": 3, "/p:r": 1, "/p:a": 0, "p:a/p:b": 2, "p:a//p:b": 3, "p:c/p:b | p:d": 2, "p:b[2]": 1, "p:b[@n > 4]": 2,
		"@n": 3, "p:b/@n": 3, "/": 1, "p:*": 8, "node()": 11, "p:b[last()]": 2, "p:a[p:c]/p:c": 1, "/p:r/p:a[@id='1']/p:b": 2,
	} {
		pattern, err := CompilePattern(src, scope)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got := 0
		var visit func(*xmltree.Node)
		visit = func(n *xmltree.Node) {
			if ok, _ := pattern.Matches(&Run{}, n); ok {
				got++
			}
			for _, a := range n.Attrs {
				visit(a)
			}
			for _, c := range n.Children {
				visit(c)
			}
		}
		visit(doc)
		if got != want {
			t.Errorf("%s matches %d nodes, want %d", src, got, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("count(//p:b[@n=3]) > 1 and not(p:c) or $v mod 2")
	f.Add("((1")
	doc := parse(f, sample)
	f.Fuzz(func(_ *testing.T, src string) {
		if len(src) > 200 {
			return
		}
		if e, err := Compile(src, scope); err == nil {
			v, _ := e.Eval(&Run{}, doc)
			_, _, _ = v.Text(), v.Float(), v.Bool()
		}
		if p, err := CompilePattern(src, scope); err == nil {
			_, _ = p.Matches(&Run{}, doc.Top())
		}
	})
}
