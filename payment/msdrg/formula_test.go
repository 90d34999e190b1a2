// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/refdata"
	"pgregory.net/rapid"
)

// TestOperandsAreGiven: a formula that asks for what no list of codes and no rule
// gives could never be met, and would be a gap of ours.
func TestOperandsAreGiven(t *testing.T) {
	g := New(refdata.Embedded())
	releases, err := g.Releases()
	if err != nil {
		t.Fatal(err)
	}
	if len(releases) != 8 {
		t.Errorf("%d versions, want 8", len(releases))
	}
	for _, r := range releases {
		v, err := g.Named(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		for id, name := range v.words.names {
			if !v.words.given.has(operand(id)) {
				t.Errorf("%s: operand %s is asked for, but nothing gives it", r.Name, name)
			}
		}
	}
}

// TestCompile holds compiled formulas against a reading of the expression word by
// word, for expressions and cases of any kind.
func TestCompile(t *testing.T) {
	names := []string{"MCC", "CC", "a", "b", "PDX:c", "d1"}
	var expression func(t *rapid.T, depth int) string
	expression = func(t *rapid.T, depth int) string {
		switch n := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case depth == 0 || n == 0:
			return rapid.SampledFrom(names).Draw(t, "operand")
		case n == 1:
			return "~" + rapid.SampledFrom(names).Draw(t, "operand")
		case n == 2:
			return "~(" + expression(t, depth-1) + ")"
		case n == 3:
			return expression(t, depth-1) + " & " + expression(t, depth-1)
		case n == 4:
			return expression(t, depth-1) + "|" + expression(t, depth-1)
		default:
			return "(" + expression(t, depth-1) + ")"
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := expression(t, 4)
		v := newVocabulary()
		p, err := compile(text, v)
		if err != nil && strings.Contains(err.Error(), "alternatives") {
			t.Skip("too long")
		}
		if err != nil {
			t.Fatal(err)
		}
		truth := map[string]bool{}
		var set operandSet
		for _, n := range names {
			truth[n] = rapid.Bool().Draw(t, n)
			if id := v.find(n); truth[n] && id != noOperand {
				set.set(id)
			}
		}
		r := reader{tokens: tokens(text), truth: truth}
		if want := r.or(); p.met(&set) != want {
			t.Fatalf("%s of %v is %v", text, truth, want)
		}
		if lacks := p.lacking(&set, v.names); p.met(&set) != (len(lacks) == 0) {
			t.Fatalf("%s of %v lacks %v", text, truth, lacks)
		}
	})
}

// reader reads an expression for one case.
type reader struct {
	tokens []string
	truth  map[string]bool
}

func tokens(text string) []string {
	for _, sign := range []string{"&", "|", "~", "(", ")"} {
		text = strings.ReplaceAll(text, sign, " "+sign+" ")
	}
	return strings.Fields(text)
}

func (r *reader) take(sign string) bool {
	if len(r.tokens) == 0 || r.tokens[0] != sign {
		return false
	}
	r.tokens = r.tokens[1:]
	return true
}

func (r *reader) or() bool {
	x := r.and()
	for r.take("|") {
		y := r.and()
		x = x || y
	}
	return x
}

func (r *reader) and() bool {
	x := r.unary()
	for r.take("&") {
		y := r.unary()
		x = x && y
	}
	return x
}

func (r *reader) unary() bool {
	switch {
	case r.take("~"):
		return !r.unary()
	case r.take("("):
		x := r.or()
		r.take(")")
		return x
	}
	x := r.truth[r.tokens[0]]
	r.tokens = r.tokens[1:]
	return x
}

func TestCompileRefuses(t *testing.T) {
	long := strings.Repeat("(a|b|c)&", 12) + "d"
	for _, text := range []string{"", "a &", "| a", "(a", "a)", "a b", "~", "()", long} {
		if _, err := compile(text, newVocabulary()); err == nil {
			t.Errorf("%.20q compiles", text)
		}
	}
	v := newVocabulary()
	many := make([]string, operandWords*64)
	for i := range many {
		many[i] = fmt.Sprint("x", i)
	}
	if _, err := compile(strings.Join(many, "|"), v); err == nil {
		t.Error("more operands than fit compile")
	}
}

func TestKeyOf(t *testing.T) {
	if keyOf("i50.23") != keyOf("I5023") || keyOf("I5023") == keyOf("I502") || keyOf("") != 0 || keyOf("123456789") != 0 {
		t.Error("codes are not told apart")
	}
	x := newCodeIndex(3)
	for i, c := range []string{"A00", "A000", "A0000"} {
		x.add(keyOf(c), int32(i))
	}
	for i, c := range []string{"A00", "A000", "A0000"} {
		if x.find(keyOf(c)) != int32(i) {
			t.Errorf("%s is not found", c)
		}
	}
	if x.find(keyOf("A1")) != -1 || x.find(0) != -1 {
		t.Error("a code that was not added is found")
	}
}

func TestContributions(t *testing.T) {
	rules := []countRule{
		{distinct: true, lists: []string{"left", "right"}, atLeast: 2},
		{lists: []string{"s1", "s2"}, weights: []uint16{1, 2}, with: []string{"drug"}, atLeast: 3},
	}
	if got := contributions(rules, []string{"s2", "right"}, false); !slices.Equal(got, []contribution{{0, 2}}) {
		t.Errorf("%v: a code counts only with its companion list", got)
	}
	if got := contributions(rules, []string{"s2", "drug"}, false); !slices.Equal(got, []contribution{{1, 2}}) {
		t.Errorf("%v", got)
	}
	if r := &rules[0]; r.met(r.count(2, 2)) || !r.met(r.count(2, 1)) {
		t.Error("two different lists are asked for")
	}
	if r := &rules[1]; r.met(r.count(1, 1)) || !r.met(r.count(2, 1)) {
		t.Error("a sum of three is asked for")
	}
}
