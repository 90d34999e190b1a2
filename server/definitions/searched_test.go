// SPDX-License-Identifier: Apache-2.0

package definitions_test

import (
	"fmt"
	"strings"
	"testing"
)

// found lists the ids of a Bundle.
func found(bundle map[string]any) string {
	var list []string
	entries, _ := bundle["entry"].([]any)
	for _, e := range entries {
		list = append(list, e.(map[string]any)["resource"].(map[string]any)["id"].(string))
	}
	return strings.Join(list, " ")
}

// TestSearchByDefinitions: value sets and code systems answer searches by :in, :not-in,
// :below and :above; what is not loaded is refused, also where unknown parameters may
// be ignored.
func TestSearchByDefinitions(t *testing.T) {
	c := start(t, indexOf(t, ours...), false)
	for id, code := range map[string]string{"t": "tri", "q": "quad", "s": "shape"} {
		c.want(201, "PUT", "/Observation/"+id, fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"system":"http://example.org/shapes","code":%q}]}}`, id, code))
	}
	c.want(201, "PUT", "/Observation/else", `{"resourceType":"Observation","id":"else","status":"final","code":{"coding":[{"system":"http://example.org/other","code":"tri"}]}}`)
	c.want(201, "PUT", "/ValueSet/three", `{"resourceType":"ValueSet","id":"three","url":"http://example.org/vs/three","status":"active","compose":{"include":[{"system":"http://example.org/shapes","filter":[{"property":"sides","op":"=","value":"3"}]}]}}`)
	for query, want := range map[string]string{
		"code:in=http://example.org/vs/all":                           "q s t",
		"code:in=http://example.org/vs/all|1":                         "q s t",
		"code:not-in=http://example.org/vs/all":                       "else",
		"code:in=http://example.org/vs/three":                         "t",
		"code:in=ValueSet/three":                                      "t",
		"code:in=" + c.base + "/ValueSet/three":                       "t",
		"code:below=http://example.org/shapes|shape":                  "q s t",
		"code:below=http://example.org/shapes|tri":                    "t",
		"code:above=http://example.org/shapes|tri":                    "s t",
		"code:not-in=ValueSet/three&status=final":                     "else q s",
		"code:in=http://example.org/vs/all,ValueSet/three&_id=t,else": "t",
	} {
		if got := found(c.want(200, "GET", "/Observation?_sort=_id&"+query, "")); got != want {
			t.Errorf("%s: found %q, want %q", query, got, want)
		}
	}
	for query, said := range map[string]string{
		"code:in=http://example.org/vs/nowhere":       "not loaded",
		"code:not-in=http://example.org/vs/nowhere":   "not loaded",
		"code:in=http://example.org/vs/all|9":         "version 9",
		"code:in=http://example.org/vs/open":          "draws on http://example.org/nowhere",
		"code:below=http://example.org/nowhere|a":     "not loaded",
		"code:below=http://example.org/part|a":        "all of the code system http://example.org/part: not loaded",
		"code:above=http://example.org/shapes|circle": "no such code",
		"code:below=tri":                              "system|code",
		"code:of-kind=tri":                            "modifier",
		"_id:in=http://example.org/vs/all":            "modifier",
		"code:in=http://example.org/shapes":           "not loaded",
	} {
		a := c.want(400, "GET", "/Observation?"+query, "")
		if text := fmt.Sprint(a["issue"]); !strings.Contains(text, said) {
			t.Errorf("%s: %s", query, text)
		}
	}
	c.want(404, "GET", "/Observation?code:in=ValueSet/nowhere", "")
}
