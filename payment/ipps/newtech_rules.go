// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// newTechnologies are the add-on payments of a year and the codes that announce
// them. Codes belong to groups; a rule says which groups a claim must show.
type newTechnologies struct {
	list   []technology
	groups []string            // "XACDURO1:PROC"
	codes  map[string][]uint16 // "XW033K9" to indexes of groups
	// The groups of the islet cell add-on, or -1.
	isletCodes, isletTrial int
	// unruled are groups of technologies whose rule is not loaded.
	unruled map[uint16]string
}

type technology struct {
	name     string
	amount   money.Cents
	share    int64 // 2 decimals
	rule     [][]techTerm
	verified bool
}

// techTerm asks for a group, or for its absence.
type techTerm struct {
	group  uint16
	absent bool
}

// The islet cell add-on has codes, but amounts of its own.
const isletGroup = "ISLET"

func (y *year) readNewTech(tables map[string]*refdata.Table) error {
	t := &y.tech
	t.codes, t.unruled = map[string][]uint16{}, map[uint16]string{}
	b := tables["ipps.newtech-codes"].Bind()
	groups, codes, kinds := b.Text("group"), b.Text("code"), b.Text("kind")
	if err := b.Err(); err != nil {
		return err
	}
	for i, g := range groups {
		id := t.group(g + ":" + kinds[i])
		key := kinds[i] + codes[i]
		if !slices.Contains(t.codes[key], id) {
			t.codes[key] = append(t.codes[key], id)
		}
	}
	t.isletCodes, t.isletTrial = slices.Index(t.groups, isletGroup+":PROC"), slices.Index(t.groups, isletGroup+":DIAG")
	if len(t.groups) > maxGroups {
		return fmt.Errorf("%d groups of new technology codes, at most %d are read", len(t.groups), maxGroups)
	}
	b = tables["ipps.newtech-rules"].Bind()
	names, rules, verified := b.Text("technology"), b.Text("rule"), b.Text("verified")
	if err := b.Err(); err != nil {
		return err
	}
	parsed := map[string]technology{}
	for i, name := range names {
		rule, err := t.parseRule(rules[i])
		if err != nil {
			return fmt.Errorf("new technology %s of FY%d: %w", name, y.fiscalYear, err)
		}
		parsed[name] = technology{rule: rule, verified: verified[i] == "yes"}
	}
	b = tables["ipps.newtech"].Bind()
	names, amounts, shares := b.Text("technology"), b.Numbers("amount", 2), b.Numbers("share", 2)
	for i, name := range names {
		tech, ok := parsed[name]
		if !ok {
			t.markUnruled(name)
			continue
		}
		tech.name, tech.amount, tech.share = name, money.Cents(amounts[i]), shares[i]
		t.list = append(t.list, tech)
	}
	slices.SortFunc(t.list, func(a, b technology) int { return strings.Compare(a.name, b.name) })
	return b.Err()
}

// group is the index of a group's name.
func (t *newTechnologies) group(name string) uint16 {
	if i := slices.Index(t.groups, name); i >= 0 {
		return uint16(i)
	}
	t.groups = append(t.groups, name)
	return uint16(len(t.groups) - 1)
}

// parseRule reads "A:PROC + B:DIAG | A:PROC + !C:DIAG".
func (t *newTechnologies) parseRule(text string) ([][]techTerm, error) {
	var rule [][]techTerm
	for _, alternative := range strings.Split(text, "|") {
		var terms []techTerm
		for _, word := range strings.Split(alternative, "+") {
			word = strings.TrimSpace(word)
			name, absent := strings.CutPrefix(word, "!")
			if !slices.Contains(t.groups, name) {
				return nil, fmt.Errorf("rule %q names group %q, which has no codes", text, name)
			}
			terms = append(terms, techTerm{t.group(name), absent})
		}
		rule = append(rule, terms)
	}
	return rule, nil
}

// markUnruled remembers the groups of a technology without a rule: NAME, NAME1,
// NAME2, ...
func (t *newTechnologies) markUnruled(name string) {
	for i, g := range t.groups {
		base, _, _ := strings.Cut(g, ":")
		if strings.TrimRight(base, "0123456789") == name && strings.HasSuffix(g, ":PROC") {
			t.unruled[uint16(i)] = name
		}
	}
}

// groupSet says which groups of codes a claim shows.
type groupSet [maxGroups / 64]uint64

const maxGroups = 256

func (s *groupSet) empty() bool        { return *s == groupSet{} }
func (s *groupSet) add(id uint16)      { s[id>>6&3] |= 1 << (id & 63) }
func (s *groupSet) has(id uint16) bool { return s[id>>6&3]>>(id&63)&1 == 1 }

// of finds the groups of a bill's codes.
func (t *newTechnologies) of(b *Bill) groupSet {
	var s groupSet
	var key [16]byte
	mark := func(kind string, list []string) {
		for _, code := range list {
			if len(code) > 11 {
				continue
			}
			k := append(append(key[:0], kind...), code...)
			for _, id := range t.codes[string(k)] {
				s.add(id)
			}
		}
	}
	mark("PROC", b.Procedures)
	mark("DIAG", b.Diagnoses)
	mark("COND", b.ConditionCodes)
	mark("NDC", b.NDCs)
	return s
}

// used tells whether the claim shows the technology.
func (t *technology) used(s *groupSet) bool {
next:
	for _, terms := range t.rule {
		for _, term := range terms {
			if s.has(term.group) == term.absent {
				continue next
			}
		}
		return true
	}
	return false
}
