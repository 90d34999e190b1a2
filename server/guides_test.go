// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// TestCapabilityOfGuides: with a guide named, the CapabilityStatement holds all that
// the guide's own asks for.
func TestCapabilityOfGuides(t *testing.T) {
	for _, g := range schema.R4().Guides {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+g.Package+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x := packages.NewIndex()
		x.AddPackage(p)
		asked, ok := x.Find(g.URL)
		if !ok {
			t.Fatalf("%s has no %s", g.Package, g.URL)
		}
		c := start(t, server.Options{Guides: []string{g.ID}})
		a := c.want(200, "GET", "/metadata", "")
		if list, _ := a.json["instantiates"].([]any); !slices.Contains(list, any(g.URL)) || !slices.Contains(list, any(g.URL+"|"+g.Version)) {
			t.Errorf("%s: instantiates %v", g.ID, list)
		}
		have := map[string]map[string]any{}
		for _, r := range a.json["rest"].([]any)[0].(map[string]any)["resource"].([]any) {
			res := r.(map[string]any)
			have[res["type"].(string)] = res
		}
		for r := range asked.Get("rest").At(0).Get("resource").Items() {
			res := have[r.Get("type").Text()]
			if res == nil {
				t.Errorf("%s: no %s", g.ID, r.Get("type").Text())
				continue
			}
			for _, name := range []string{"supportedProfile", "searchInclude", "searchRevInclude"} {
				list, _ := res[name].([]any)
				for v := range r.Get(name).Items() {
					want := v.Text()
					if name == "searchInclude" && !strings.Contains(want, ":") {
						want = r.Get("type").Text() + ":" + want
					}
					if !slices.Contains(list, any(want)) {
						t.Errorf("%s: %s of %s lacks %s", g.ID, name, res["type"], want)
					}
				}
			}
			params := map[string]string{}
			list, _ := res["searchParam"].([]any)
			for _, p := range list {
				params[p.(map[string]any)["name"].(string)], _ = p.(map[string]any)["definition"].(string)
			}
			for p := range r.Get("searchParam").Items() {
				if want := p.Get("definition").Text(); want != "" && params[p.Get("name").Text()] != want {
					t.Errorf("%s: %s?%s is %q, not %q", g.ID, res["type"], p.Get("name").Text(), params[p.Get("name").Text()], want)
				}
			}
			for i := range r.Get("interaction").Items() {
				if code := i.Get("code").Text(); !strings.Contains(a.body, `{"code":"`+code+`"}`) {
					t.Errorf("%s: %s of %s", g.ID, code, res["type"])
				}
			}
		}
	}
}

func TestUnknownGuide(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir()+"/fhir.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := server.New(s, server.Options{Guides: []string{"us-core-1.0.0"}}); err == nil || !strings.Contains(err.Error(), "us-core-6.1.0") {
		t.Errorf("a guide that the program does not know: %v", err)
	}
}
