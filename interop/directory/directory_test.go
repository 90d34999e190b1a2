// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/terminology"
)

var today = civil.Of(2026, time.November, 20)

func catalog(t testing.TB) *refdata.Catalog {
	t.Helper()
	c, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func text(kind, s string) sheet.Source {
	return sheet.Source{Kind: kind, Name: kind + ".csv", Format: "csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// built builds and gives the resources as JSON by Type/id, and the rejects.
func built(t testing.TB, sources []sheet.Source, program string) (map[string]string, []sheet.Reject, *Report) {
	t.Helper()
	all, bad := map[string]string{}, []sheet.Reject(nil)
	rep, err := Build(sources, Options{Today: today, Program: program, Catalog: catalog(t)}, func(k *sheet.Kind, b []byte) error {
		var v struct{ ResourceType, ID string }
		if err := json.Unmarshal(b, &v); err != nil {
			return err
		}
		if v.ResourceType != k.Resource {
			t.Errorf("%s gives a %s", k.Name, v.ResourceType)
		}
		all[v.ResourceType+"/"+v.ID] = string(b)
		return nil
	}, func(r sheet.Reject) error { bad = append(bad, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, bad, rep
}

// TestSampleIsValid: the sample is valid by the profiles, and shows every element that
// they want supported.
func TestSampleIsValid(t *testing.T) {
	all, bad, rep := built(t, Sample(), "ma")
	if len(bad) > 0 || rep.Rejected() != 0 {
		t.Fatalf("rejected: %+v", bad)
	}
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-pdex-plan-net#1.1.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	v := &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
	present, profiles := map[string]int{}, map[string]bool{}
	for ref, body := range all {
		d, err := node.ParseResource([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range v.Validate(d) {
			if i.Severity == validate.Error || i.Severity == validate.Warning && strings.Contains(i.Text, "plan-net") {
				t.Errorf("%s: %v", ref, i)
			}
		}
		profile := d.Root().Get("meta").Get("profile").At(0).Text()
		profiles[profile] = true
		support, ok := v.MustSupport(d, profile)
		if !ok {
			t.Fatalf("%s is not in the package", profile)
		}
		for _, s := range support {
			present[profile+" "+s.Element] += s.Present
		}
	}
	if len(profiles) != len(Kinds()) {
		t.Errorf("profiles %v", profiles)
	}
	for element, n := range present {
		if n == 0 {
			t.Errorf("the sample lacks %s", element)
		}
	}
}

const orgs = "id,received,published,kind,name,npi,line1,city,state,zip,part_of\n"

func TestRejects(t *testing.T) {
	all, bad, _ := built(t, []sheet.Source{text("organizations", orgs+
		"good,2026-11-01,,fac,Good,,1 A St,Salem,OR,97301,\n"+
		"npi,2026-11-01,,fac,Bad NPI,1234567890,1 A St,Salem,OR,97301,\n"+
		"kind,2026-11-01,,house,Bad kind,,1 A St,Salem,OR,97301,\n"+
		"future,2027-01-01,,fac,Future,,1 A St,Salem,OR,97301,\n"+
		"early,2026-11-05,2026-11-01,fac,Early,,1 A St,Salem,OR,97301,\n"+
		"zip,2026-11-01,,fac,Bad zip,,1 A St,Salem,Oregon,9730,\n"+
		"child,2026-11-01,,fac,Child of nobody,,1 A St,Salem,OR,97301,nobody\n"+
		"grandchild,2026-11-01,,fac,Child of a child,,1 A St,Salem,OR,97301,child\n"+
		"good,2026-11-01,,fac,Again,,1 A St,Salem,OR,97301,\n"+
		"a_b,2026-11-01,,fac,Bad id,,1 A St,Salem,OR,97301,\n"),
		text("networks", "id,received,name,owner\ngood,2026-11-01,Same id,good\nnet,2026-11-01,Net,good\n")}, "chip")
	got := map[string]string{}
	for _, r := range bad {
		got[r.Kind+" "+r.Values["id"]] += strings.Join(r.Problems, "; ") + " "
	}
	for key, want := range map[string]string{
		"organizations npi": "45 CFR 162.406", "organizations kind": "OrgTypeCS: fac, prvgrp", "organizations future": "still to come", "organizations early": "before the information",
		"organizations zip": "five or nine digits", "organizations child": "part_of: there is no such row", "organizations grandchild": "part_of: there is no such row",
		"organizations good": "same id", "organizations a_b": "an id is", "networks good": "same id",
	} {
		if !strings.Contains(got[key], want) {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
	if len(bad) != 10 || len(all) != 2 || all["Organization/net"] == "" || !strings.Contains(all["Organization/good"], `"Good"`) {
		t.Errorf("%d rejected, written %v", len(bad), all)
	}
}

// TestAge: 30 days are in time, 31 are late; what was never published counts to today.
func TestAge(t *testing.T) {
	_, bad, rep := built(t, []sheet.Source{text("organizations", orgs+
		"a,2026-10-21,,fac,A,,1 A St,Salem,OR,97301,\n"+ // 30 days to today
		"b,2026-10-20,,fac,B,,1 A St,Salem,OR,97301,\n"+ // 31 days
		"c,2020-01-01,2020-01-31,fac,C,,1 A St,Salem,OR,97301,\n"+ // 30
		"d,2020-01-01,2020-02-01,fac,D,,1 A St,Salem,OR,97301,\n")}, "medicaid") // 31
	sum := rep.kind("organizations")
	var late []string
	for _, l := range rep.Late {
		late = append(late, l.ID)
	}
	if len(bad) != 0 || sum.Late != 2 || sum.New != 2 || sum.Longest != 31 || !slices.Equal(late, []string{"b", "d"}) {
		t.Errorf("%+v %v", sum, late)
	}
	var b strings.Builder
	if err := rep.Write(&b); err != nil || !strings.Contains(b.String(), "30 calendar days") || !strings.Contains(b.String(), "42 CFR 431.70(b)(1)]") {
		t.Errorf("%v\n%s", err, b.String())
	}
	if _, err := Build(nil, Options{Today: today, Program: "tricare", Catalog: catalog(t)}, nil, nil); err == nil {
		t.Error("a program without a time limit is taken")
	}
}

func TestFolder(t *testing.T) {
	if _, err := Folder(t.TempDir()); !errors.Is(err, sheet.ErrNoSheets) {
		t.Errorf("an empty folder: %v", err)
	}
	if s, err := Folder("sample"); err != nil || len(s) != len(Kinds()) {
		t.Errorf("%d sheets, %v", len(s), err)
	}
}
