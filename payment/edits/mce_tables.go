// SPDX-License-Identifier: Apache-2.0

package edits

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// mceTables are the editor's tables of one release, read for checking.
type mceTables struct {
	diagnoses, procedures mceCodes
	ages                  []ageRange
	statuses              []statusSpan
	rules                 []mceRule
	cite                  string
}

// span holds from a day to a day, both included; no end is open.
type span struct{ from, to civil.Date }

func (s span) holds(d civil.Date) bool { return !d.Before(s.from) && (s.to.IsZero() || !d.After(s.to)) }

// flagSet holds flags of codes, a bit each.
type flagSet uint64

// flagNames numbers the flags of a release.
type flagNames map[string]int

func (n flagNames) set(text string) (flagSet, error) {
	var s flagSet
	for f := range strings.FieldsSeq(text) {
		bit, ok := n[f]
		if !ok {
			if bit = len(n); bit == 64 {
				return 0, fmt.Errorf("more than 64 flags")
			}
			n[f] = bit
		}
		s |= 1 << bit
	}
	return s, nil
}

// mceCodes are the codes of one code system with their flags over time.
type mceCodes struct {
	index map[string][2]int32 // first row of a code and the row after its last
	spans []span
	flags []flagSet
}

// find gives a code's flags on a day; ok is false if the code is not valid then.
func (c *mceCodes) find(code string, on civil.Date) (flags flagSet, ok bool) {
	rows := c.index[code]
	for i := rows[0]; i < rows[1]; i++ {
		if c.spans[i].holds(on) {
			return c.flags[i], true
		}
	}
	return 0, false
}

// ageRange are the ages that a flag allows.
type ageRange struct {
	flag             flagSet
	youngest, oldest int
	span             span
}

type statusSpan struct {
	status int
	span   span
}

// mceRule is a row of the table of edits.
type mceRule struct {
	number        int
	name, message string
	check         func(*mceCheck, *mceRule)
	flags         flagSet // of the code that is edited
	each          []flagSet
	with          flagSet // of another code of the claim
	letters       string  // the sexes allowed
	limit         int
	effect        Effect
	span          span
	verified      bool
}

// mceChecks are the rules that a row may name; see the functions.
var mceChecks = map[string]func(*mceCheck, *mceRule){
	"unknown code":                checkCodes,
	"principal":                   checkPrincipal,
	"principal unless":            checkPrincipalUnless,
	"principal alone":             checkPrincipalAlone,
	"duplicate":                   checkDuplicate,
	"diagnosis":                   checkDiagnosis,
	"age group":                   checkAgeGroup,
	"sex conflict":                checkSexConflict,
	"procedure":                   checkProcedure,
	"procedure unless":            checkProcedureUnless,
	"procedure with diagnosis":    checkProcedureWithDiagnosis,
	"procedure without secondary": checkProcedureWithoutSecondary,
	"procedure above age":         checkProcedureAboveAge,
	"procedure shorter stay":      checkProcedureShorterStay,
	"procedure pair with":         checkProcedurePairWith,
	"procedure pair without":      checkProcedurePairWithout,
	"age":                         checkAge,
	"sex":                         checkSex,
	"discharge status":            checkDischargeStatus,
}

func loadMCE(cat *refdata.Catalog, edits *refdata.Table) (*mceTables, error) {
	t := &mceTables{cite: edits.Cite}
	names := flagNames{}
	var err error
	if t.diagnoses, err = loadMCECodes(cat, "mce.diagnoses", edits.Version, names); err != nil {
		return nil, err
	}
	if t.procedures, err = loadMCECodes(cat, "mce.procedures", edits.Version, names); err != nil {
		return nil, err
	}
	if err = t.loadAges(cat, edits.Version, names); err != nil {
		return nil, err
	}
	if err = t.loadStatuses(cat, edits.Version); err != nil {
		return nil, err
	}
	return t, t.loadRules(edits, names)
}

func loadMCECodes(cat *refdata.Catalog, id, version string, names flagNames) (mceCodes, error) {
	table, err := cat.LoadVersion(id, version)
	if err != nil {
		return mceCodes{}, err
	}
	b := table.Bind()
	code, flags, from, to := b.Text("code"), b.Text("flags"), b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		return mceCodes{}, err
	}
	c := mceCodes{index: make(map[string][2]int32, len(code)), spans: make([]span, len(code)), flags: make([]flagSet, len(code))}
	for i := range code {
		c.spans[i] = span{from[i], to[i]}
		if c.flags[i], err = names.set(flags[i]); err != nil {
			return c, fmt.Errorf("table %s: %w", id, err)
		}
		rows, known := c.index[code[i]]
		switch {
		case !known:
			rows[0] = int32(i)
		case int(rows[1]) != i:
			return c, fmt.Errorf("table %s row %d: the rows of code %s do not lie together", id, i+1, code[i])
		}
		rows[1] = int32(i + 1)
		c.index[code[i]] = rows
	}
	return c, nil
}

func (t *mceTables) loadAges(cat *refdata.Catalog, version string, names flagNames) error {
	table, err := cat.LoadVersion("mce.ages", version)
	if err != nil {
		return err
	}
	b := table.Bind()
	flag, youngest, oldest := b.Text("flag"), b.Numbers("youngest", 0), b.Numbers("oldest", 0)
	from, to := b.Days("effective"), b.Days("ends")
	for i := range flag {
		set, err := names.set(flag[i])
		if err != nil {
			return err
		}
		t.ages = append(t.ages, ageRange{set, int(youngest[i]), int(oldest[i]), span{from[i], to[i]}})
	}
	return b.Err()
}

func (t *mceTables) loadStatuses(cat *refdata.Catalog, version string) error {
	table, err := cat.LoadVersion("mce.discharge", version)
	if err != nil {
		return err
	}
	b := table.Bind()
	status, from, to := b.Numbers("status", 0), b.Days("effective"), b.Days("ends")
	for i := range status {
		t.statuses = append(t.statuses, statusSpan{int(status[i]), span{from[i], to[i]}})
	}
	return b.Err()
}

func (t *mceTables) loadRules(edits *refdata.Table, names flagNames) error {
	b := edits.Bind()
	number, limit := b.Numbers("edit", 0), b.Numbers("limit", 0)
	name, rule, flags, with := b.Text("name"), b.Text("rule"), b.Text("flags"), b.Text("with")
	effect, message, verified := b.Text("effect"), b.Text("message"), b.Text("verified")
	from, to := b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		return err
	}
	for i := range number {
		r := mceRule{number: int(number[i]), name: name[i], message: message[i], check: mceChecks[rule[i]],
			limit: int(limit[i]), effect: Effect(effect[i]), span: span{from[i], to[i]}, verified: verified[i] == "yes"}
		if r.check == nil {
			return fmt.Errorf("table mce.edits row %d: rule %q is unknown", i+1, rule[i])
		}
		if rule[i] == "sex" {
			r.letters = flags[i]
		} else if err := r.readFlags(flags[i], with[i], names); err != nil {
			return fmt.Errorf("table mce.edits row %d: %w", i+1, err)
		}
		t.rules = append(t.rules, r)
	}
	return nil
}

func (r *mceRule) readFlags(flags, with string, names flagNames) (err error) {
	for f := range strings.FieldsSeq(flags) {
		one, err := names.set(f)
		if err != nil {
			return err
		}
		r.each = append(r.each, one)
		r.flags |= one
	}
	r.with, err = names.set(with)
	return err
}
