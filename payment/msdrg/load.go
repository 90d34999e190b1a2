// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// loader reads the tables of a release into one version.
type loader struct {
	cat    *refdata.Catalog
	tables string
	v      *Version
}

func load(cat *refdata.Catalog, tables string, r Release) (*Version, error) {
	l := &loader{cat, tables, &Version{Release: r, tables: tables, words: newVocabulary()}}
	// Unpacking takes most of the time, so the large tables are unpacked meanwhile;
	// the catalog keeps them, and an error, for the steps below.
	for _, id := range []string{"msdrg.diagnoses", "msdrg.procedures"} {
		go cat.LoadVersion(id, tables)
	}
	// Formulas come first: they tell which operands the other tables must mark.
	for _, step := range []func() error{l.formulas, l.hacFormulas, l.operands, l.diagnoses, l.exclusions,
		l.procedures, l.clusters, l.titles} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("MS-DRG %s: %w", r.Name, err)
		}
	}
	return l.v, nil
}

// rows calls fn with the index of each row of a table that is in force in the
// version; the columns are to be bound in bind.
func (l *loader) rows(id string, bind func(*refdata.Binder), fn func(i int) error) error {
	t, err := l.cat.LoadVersion(id, l.tables)
	if err != nil {
		return err
	}
	b := t.Bind()
	from, to := b.Numbers("from", 0), b.Numbers("to", 0)
	bind(b)
	if err := b.Err(); err != nil {
		return err
	}
	number := int64(l.v.Number)
	for i := range from {
		if number < from[i] || number > to[i] {
			continue
		}
		if err := fn(i); err != nil {
			return fmt.Errorf("table %s row %d: %w", id, i+1, err)
		}
	}
	return nil
}

// refusals are the operands whose formulas refuse a claim.
var refusals = []struct {
	operand string
	code    ReturnCode
}{
	{"INVALID_DSTAT", InvalidDischargeStatus}, {"INVALID_PDX", InvalidPDX},
	{"PDX_ECODE", DXCannotBePDX}, {"INVALID_SEX", InvalidSex},
}

func refusal(text string) ReturnCode {
	for _, r := range refusals {
		if strings.Contains(text, r.operand) {
			return r.code
		}
	}
	return OK
}

func (l *loader) formulas() error {
	var mdc, rank, drg, base, reroute []int64
	var kind, suppress, text []string
	l.v.suppress = [][]string{nil}
	known := map[string]uint8{"": 0}
	err := l.rows("msdrg.formulas", func(b *refdata.Binder) {
		mdc, rank, drg, base, reroute = b.Numbers("mdc", 0), b.Numbers("rank", 0), b.Numbers("drg", 0), b.Numbers("base_drg", 0), b.Numbers("reroute_mdc", 0)
		kind, suppress, text = b.Text("type"), b.Text("suppress"), b.Text("formula")
	}, func(i int) error {
		f := formula{drg: int16(drg[i]), base: int16(base[i]), reroute: int8(reroute[i]), rank: int16(rank[i]), text: text[i]}
		if f.drg == 0 && f.reroute == 0 {
			// Most such rows only close an MDC's list and never decide anything.
			if f.refuse = refusal(text[i]); f.refuse == OK {
				return nil
			}
		}
		if mdc[i] >= mdcLists && f.drg == 999 {
			return nil // what a case gets if nothing else is met
		}
		if mdc[i] < 0 || mdc[i] >= mdcLists || reroute[i] >= mdcLists {
			return fmt.Errorf("there is no list of formulas %d", max(mdc[i], reroute[i]))
		}
		switch kind[i] {
		case "medical":
			f.kind = Medical
		case "surgical":
			f.kind = Surgical
		}
		n, ok := known[suppress[i]]
		if !ok {
			if len(l.v.suppress) == 32 {
				return fmt.Errorf("more than 32 lists of suppressed severities")
			}
			n = uint8(len(l.v.suppress))
			known[suppress[i]] = n
			l.v.suppress = append(l.v.suppress, strings.Fields(suppress[i]))
		}
		f.suppress = n
		var err error
		f.terms, err = compile(text[i], l.v.words)
		l.v.mdcs[mdc[i]] = append(l.v.mdcs[mdc[i]], f)
		return err
	})
	for _, list := range l.v.mdcs {
		// The table's own order decides between equal ranks.
		slices.SortStableFunc(list, func(a, b formula) int { return cmp.Compare(a.rank, b.rank) })
	}
	return err
}

func (l *loader) hacFormulas() error {
	var number []int64
	var text []string
	return l.rows("msdrg.hac", func(b *refdata.Binder) {
		number, text = b.Numbers("hac", 0), b.Text("formula")
	}, func(i int) error {
		if number[i] < 1 || number[i] >= hacNumbers {
			return fmt.Errorf("hospital-acquired condition %d is none of 1 to %d", number[i], hacNumbers-1)
		}
		p, err := compile(text[i], l.v.words)
		l.v.hacs[number[i]] = append(l.v.hacs[number[i]], p)
		return err
	})
}

// operands reads the rules of the operands that no list of codes carries.
func (l *loader) operands() error {
	t, err := l.cat.LoadVersion("msdrg.operands", l.tables)
	if err != nil {
		return err
	}
	b := t.Bind()
	name, rule, lists, with := b.Text("operand"), b.Text("rule"), b.Text("lists"), b.Text("with")
	atLeast, verified := b.Numbers("at_least", 0), b.Text("verified")
	if err := b.Err(); err != nil {
		return err
	}
	v := l.v
	v.special = specialOperands{noOperand, noOperand, noOperand, noOperand, noOperand}
	var unverified operandSet
	for i := range name {
		id := v.words.find(name[i])
		if err := l.operand(name[i], rule[i], lists[i], with[i], int(atLeast[i])); err != nil {
			return fmt.Errorf("table msdrg.operands row %d, %s: %w", i+1, name[i], err)
		}
		if id != noOperand && verified[i] != "yes" {
			unverified.set(id)
		}
	}
	for m := range v.mdcs {
		for k := range v.mdcs[m] {
			f := &v.mdcs[m][k]
			for _, alt := range f.terms {
				for _, c := range alt {
					f.unverified[c.word] |= (c.need | c.bar) & unverified[c.word]
				}
			}
		}
	}
	return nil
}

// operandDied is the operand of a patient who died. Its statuses also tell when a
// code that is an MCC of the living only does not count.
const operandDied = "DIED"

// operand adds one rule. A rule that no formula of the version asks for is left out.
func (l *loader) operand(name, rule, lists, with string, atLeast int) error {
	v := l.v
	id := v.words.find(name)
	if id != noOperand {
		v.words.given.set(id)
	}
	switch rule {
	case "always":
		if id != noOperand {
			v.always.set(id)
		}
	case "principal unknown":
		v.special.invalidPDX = id
	case "principal on list":
		v.special.ecode = id
	case "sex needed":
		v.special.invalidSex = id
	case "principal mdc":
		n, err := strconv.Atoi(lists)
		v.special.fallThrough, v.fallThrough = id, int8(n)
		return err
	case "all diagnoses on list":
		v.special.onlyIncident = id
	case "discharge", "discharge not", "discharge unknown":
		set, err := parseStatuses(lists)
		if err != nil {
			return err
		}
		if name == operandDied {
			v.died = set
		}
		if id != noOperand {
			v.statuses = append(v.statuses, statusRule{id, set, rule != "discharge"})
		}
	case "diagnosis lists", "procedure lists", "procedure sum":
		if id == noOperand {
			return nil
		}
		r := countRule{operand: id, diagnoses: rule == "diagnosis lists", distinct: rule != "procedure sum",
			with: strings.Fields(with), atLeast: atLeast}
		for _, f := range strings.Fields(lists) {
			name, weight, _ := strings.Cut(f, ":")
			r.lists = append(r.lists, name)
			if !r.distinct {
				n, err := strconv.ParseUint(weight, 10, 8)
				if err != nil {
					return fmt.Errorf("list %q has no weight", f)
				}
				r.weights = append(r.weights, uint16(n))
			}
		}
		if len(r.lists) > 16 || len(v.counts) == maxCounts {
			return fmt.Errorf("too many lists or rules")
		}
		v.counts = append(v.counts, r)
	default:
		return fmt.Errorf("rule %q is unknown", rule)
	}
	return nil
}

func (l *loader) titles() error {
	kinds := map[string]int{"drg": drgTitle, "base": baseTitle, "mdc": mdcTitle, "hac": hacTitle}
	for i := range l.v.titles {
		l.v.titles[i] = map[int]title{}
	}
	var kind, text []string
	var number []int64
	return l.rows("msdrg.titles", func(b *refdata.Binder) {
		kind, number, text = b.Text("kind"), b.Numbers("number", 0), b.Text("title")
	}, func(i int) error {
		k, ok := kinds[kind[i]]
		if !ok {
			return fmt.Errorf("kind of title %q is unknown", kind[i])
		}
		quoted, err := json.Marshal(text[i])
		l.v.titles[k][int(number[i])] = title{text[i], quoted}
		return err
	})
}
