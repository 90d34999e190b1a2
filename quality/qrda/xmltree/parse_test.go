// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	doc, err := Parse(strings.NewReader("\ufeff<?xml version=\"1.0\"?>\n<!-- c --><a xmlns=\"urn:x\" xmlns:p=\"urn:y\">\n" +
		" <b p:k=\"1\n2\">t<![CDATA[<u>]]></b><p:b/><b/></a>\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := doc.Top()
	if a.Name != (Name{"urn:x", "a"}) || len(a.All("b")) != 2 {
		t.Errorf("%+v", a.Name)
	}
	b := a.Child("b")
	if v, _ := b.AttrNS("urn:y", "k"); v != "1 2" || b.Text() != "t<u>" || b.Line != 4 && b.Line != 3 {
		t.Errorf("%q %q line %d", v, b.Text(), b.Line)
	}
	if got := a.All("b")[1].Path(); got != "/a/b[2]" {
		t.Error(got)
	}
	if b.Attrs[0].Path() != "/a/b[1]/@k" || b.Root() != doc {
		t.Error(b.Attrs[0].Path())
	}
	var none *Node
	if none.Child("x", "y").Get("z") != "" {
		t.Error("nil is not empty")
	}
}

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", 300)
	for name, c := range map[string]struct{ text, want string }{
		"entities":       {"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>", "DOCTYPE"},
		"unknown entity": {"<a>&secret;</a>", "entity"},
		"prefix":         {"<p:a/>", "prefix p"},
		"crossed":        {"<a><b></a></b>", "closed as"},
		"open":           {"<a><b>", "ends inside"},
		"empty":          {"", "no element"},
		"two tops":       {"<a/><b/>", "second outermost"},
		"text outside":   {"<a/>x", "outside"},
		"deep":           {deep, "nested"},
		"twice":          {`<a k="1" k="2"/>`, "twice"},
	} {
		_, err := Parse(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the document's text is in the error: %v", name, err)
		}
	}
	if _, err := ParseLimited(strings.NewReader("<a>0123456789</a>"), Limits{Bytes: 10}); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Error(err)
	}
	if _, err := ParseLimited(strings.NewReader("<a><b/><b/><b/></a>"), Limits{Nodes: 3}); err == nil || !strings.Contains(err.Error(), "nodes") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("<a xmlns:p='u'><p:b c='&amp;'>t</p:b><!-- x --></a>")
	f.Add("<a><b></a>")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		order := -1
		doc.Walk(func(n *Node) bool {
			if n.Order <= order || n.Parent == nil || n.Path() == "" {
				t.Fatalf("node out of order: %s", n.Path())
			}
			order = n.Order
			return true
		})
	})
}
