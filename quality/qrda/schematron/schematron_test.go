// SPDX-License-Identifier: Apache-2.0

package schematron

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

const invented = `<s:schema xmlns:s="http://purl.oclc.org/dsdl/schematron">
 <s:ns prefix="c" uri="urn:c"/>
 <s:phase id="errors"><s:active pattern="p1"/></s:phase><s:phase id="warnings"><s:active pattern="p2"/></s:phase>
 <s:let name="all" value="count(//c:item)"/>
 <s:pattern id="p1">
  <s:let name="limit" value="/c:list/@limit"/>
  <s:rule id="special" context="c:item[@special]"><s:assert id="a1" test="@code">special items need a code</s:assert></s:rule>
  <s:rule id="any" context="c:item">
   <s:let name="n" value="@n"/>
   <s:assert id="a2" test="$n &lt;= $limit">n is <s:value-of select="$n"/>, of <s:value-of select="$all"/>
     <s:emph>items</s:emph></s:assert>
   <s:extends rule="shared"/>
  </s:rule>
  <s:rule id="shared" abstract="true"><s:report id="r1" test="@bad" role="warning">a <s:name/> is bad</s:report></s:rule>
 </s:pattern>
 <s:pattern id="p2"><s:rule id="w" context="/c:list"><s:assert id="a3" test="@title">a title would help</s:assert></s:rule></s:pattern>
 <s:pattern id="p3"><s:rule id="code" context="c:item[@code]">
   <s:assert id="a4" test="@code=document('voc.xml')/codes/code/@value">unknown code</s:assert></s:rule></s:pattern>
</s:schema>`

const list = `<list xmlns="urn:c" limit="3"><item n="2"/><item n="4"/><item n="9" special="y"/><item n="1" bad="y"/><item special="y" code="A"/></list>`

func tree(t *testing.T, text string) *xmltree.Node {
	t.Helper()
	doc, err := xmltree.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestValidate(t *testing.T) {
	s, err := Load(strings.NewReader(invented))
	if err != nil || len(s.Unsupported) > 0 {
		t.Fatal(err, s.Unsupported)
	}
	if d := cmp.Diff([]string{"voc.xml"}, s.Documents); d != "" {
		t.Error(d)
	}
	voc := map[string]*xmltree.Node{"voc.xml": tree(t, `<codes><code value="B"/></codes>`)}
	r := s.Validate(tree(t, list), voc)
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Severity.String()+" "+f.ID+" "+f.Path+" "+f.Message)
	}
	if d := cmp.Diff([]string{
		"warning a3 /list a title would help",
		"error a2 /list/item[2] n is 4, of 5 items",
		"error a1 /list/item[3] special items need a code", // the second rule does not fire here
		"warning r1 /list/item[4] a item is bad",
		"error a4 /list/item[5] unknown code",
	}, got); d != "" {
		t.Error(d)
	}
	if r.Fired != 7 || r.Evaluated != 10 || r.Distinct != 5 || r.Errors() != 3 || r.Warnings() != 2 || r.Valid() {
		t.Errorf("%+v", r)
	}
}

// A rule that cannot be evaluated never passes.
func TestMissingVocabulary(t *testing.T) {
	s, err := Load(strings.NewReader(invented))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Validate(tree(t, `<list xmlns="urn:c" limit="3" title="x"><item n="1" code="A"/></list>`), nil)
	if r.Valid() || len(r.NotEvaluated) != 1 || r.NotEvaluated[0].ID != "a4" {
		t.Errorf("%+v", r)
	}
}

func TestUnsupportedIsListed(t *testing.T) {
	s, err := Load(strings.NewReader(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
	 <include href="x"/><pattern id="p" is-a="q"/>
	 <pattern id="z"><rule id="r1" context="a/.."><assert id="a" test="1"/></rule>
	 <rule id="r2" context="b"><assert id="bad" test="matches(., 'x')"/><extends rule="gone"/></rule></pattern>
	 <x:key xmlns:x="urn:x"/></schema>`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range s.Unsupported {
		got = append(got, u.ID)
	}
	if d := cmp.Diff([]string{"schema", "key", "include", "p", "r1", "bad", "extends"}, got); d != "" {
		t.Error(d)
	}
	if _, err := Load(strings.NewReader("<html/>")); err == nil {
		t.Error("a page is no schema")
	}
}
