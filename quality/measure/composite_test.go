// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"strings"
	"testing"
)

// compositeOf is a composite of Share and Second, the second with a weight of 3.
func compositeOf(method string) string {
	return `{"resourceType":"Measure","name":"All","url":"http://example.org/Measure/All","compositeScoring":{"coding":[{"code":"` + method + `"}]},"relatedArtifact":[
	{"type":"composed-of","resource":"http://example.org/Measure/Share"},
	{"type":"composed-of","extension":[{"url":"` + cqfm + `weight","valueDecimal":3},{"url":"` + cqfm + `groupId","valueId":"g1"}],"resource":"http://example.org/Measure/Second|1.0"}]}`
}

// secondMeasure has a patient labelled mp in its denominator, and mpex in its numerator.
func secondMeasure(notation string) string {
	m := measureJSON("Second", Proportion, "boolean", "", population("ip", InitialPopulation, "ip"),
		population("den", Denominator, "mp"), population("num", Numerator, "mpex"))
	return strings.Replace(m, `"code":"increase"`, `"code":"`+notation+`"`, 1)
}

// compositeScore evaluates patients, each given by labels, for a composite.
func compositeScore(t *testing.T, method, notation string, patients ...string) string {
	t.Helper()
	e, ms := load(t, proportionMeasure(), secondMeasure(notation), compositeOf(method))
	parts, err := ms[2].ComponentsIn(ms)
	if err != nil {
		t.Fatal(err)
	}
	tallies := []*Tally{NewTally(parts[0]), NewTally(parts[1])}
	all, err := NewComposite(ms[2], tallies)
	if err != nil {
		t.Fatal(err)
	}
	for _, labels := range patients {
		rs := evaluateOne(t, e, parts, labelledPatient("p", strings.Fields(labels)))
		tallies[0].Add(&rs[0], false)
		tallies[1].Add(&rs[1], false)
		all.Composite.Add([]*Result{&rs[0], &rs[1]})
	}
	score, ok := all.Composite.Score()
	return fmt.Sprint(score, ok)
}

// Four patients: one has met both measures, one the first of two, one has not met the
// only one that applies, one is in no initial population. The figures are worked by hand.
func TestCompositeMethods(t *testing.T) {
	patients := []string{"ip den num mp mpex", "ip den num mp", "ip den", "den mp"}
	for method, want := range map[string]string{
		"opportunity":    "0.6 true",        // 3 of 5
		"all-or-nothing": "0.33333333 true", // 1 of 3
		"linear":         "0.5 true",        // (2/2 + 1/2 + 0/1) / 3
		"weighted":       "0.54166667 true", // (0.66666667 + 3 x 0.5) / 4
	} {
		if got := compositeScore(t, method, "increase", patients...); got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
}

// A component whose improvement is a decrease is met by those outside its numerator.
func TestCompositeOfInverseComponent(t *testing.T) {
	patients := []string{"ip den num mp mpex", "ip den num mp", "ip den", "den mp"}
	for method, want := range map[string]string{
		"opportunity":    "0.6 true",        // 1+0, 1+1, 0 of 5
		"all-or-nothing": "0.33333333 true", // the second patient
		"linear":         "0.5 true",        // (1/2 + 2/2 + 0/1) / 3
		"weighted":       "0.54166667 true", // (0.66666667 + 3 x (1 - 0.5)) / 4
	} {
		if got := compositeScore(t, method, "decrease", patients...); got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
}

func TestCompositeExclusions(t *testing.T) {
	// Excluded from one component: excluded from all-or-nothing, though not from the
	// cases of the other component.
	if got := compositeScore(t, "all-or-nothing", "increase", "ip den denex mp mpex", "ip den mp mpex"); got != "0.0 true" {
		t.Errorf("all-or-nothing with an exclusion: %s", got)
	}
	if got := compositeScore(t, "opportunity", "increase", "ip den denex mp mpex", "ip den mp mpex"); got != "0.66666667 true" {
		t.Errorf("opportunity with an exclusion: %s", got)
	}
	// An exception keeps out only who has not met the rest.
	if got := compositeScore(t, "all-or-nothing", "increase", "ip den excep mp mpex", "ip den excep mp"); got != "1.0 true" {
		t.Errorf("all-or-nothing with an exception: %s", got)
	}
	if got := compositeScore(t, "linear", "increase", "den"); got != "0.0 false" {
		t.Errorf("nobody to score: %s", got)
	}
}

func TestCompositeSaysWhatIsWrong(t *testing.T) {
	_, ms := load(t, proportionMeasure(), compositeOf("linear"))
	if _, err := ms[1].ComponentsIn(ms); err == nil || !strings.Contains(err.Error(), "Second|1.0, which is not at hand") {
		t.Errorf("a missing component: %v", err)
	}
	_, ms = load(t, proportionMeasure(), secondMeasure("increase"), compositeOf("odd"))
	if _, err := NewComposite(ms[2], []*Tally{NewTally(ms[0]), NewTally(ms[1])}); err == nil || !strings.Contains(err.Error(), `no composite scoring "odd"`) {
		t.Errorf("an odd method: %v", err)
	}
	_, ms = load(t, proportionMeasure(), secondMeasure("increase"), strings.Replace(compositeOf("linear"), `"valueId":"g1"`, `"valueId":"g9"`, 1))
	if _, err := NewComposite(ms[2], []*Tally{NewTally(ms[0]), NewTally(ms[1])}); err == nil || !strings.Contains(err.Error(), "has no group g9") {
		t.Errorf("a missing group: %v", err)
	}
}
