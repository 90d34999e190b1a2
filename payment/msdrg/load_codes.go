// SPDX-License-Identifier: Apache-2.0

package msdrg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Lists of codes that the grouper's program knows by name.
const (
	listIncident  = "incident"   // newborn diagnoses of little weight
	listEcode     = "ecode"      // external causes
	listAliveOnly = "mccalive"   // an MCC only if the patient lived
	listUrinary   = "hac06_show" // infections that a catheter may have caused
)

func (l *loader) diagnoses() error {
	v := l.v
	var code, severity, lists, category, hacLists, hacs []string
	var mdc, male, female, group []int64
	sets := map[[3]string]uint16{}
	groups := map[int64]int32{}
	err := l.rows("msdrg.diagnoses", func(b *refdata.Binder) {
		code, severity, lists, category = b.Text("code"), b.Text("severity"), b.Text("lists"), b.Text("category")
		hacLists, hacs = b.Text("hac_lists"), b.Text("hacs")
		mdc, male, female, group = b.Numbers("mdc", 0), b.Numbers("male_mdc", 0), b.Numbers("female_mdc", 0), b.Numbers("exclusion_group", 0)
		v.dxIndex, v.dx = newCodeIndex(len(code)), make([]dxRow, 0, len(code))
	}, func(i int) error {
		key := [3]string{lists[i], category[i], hacLists[i]}
		set, ok := sets[key]
		if !ok {
			set = uint16(len(v.dxSets))
			sets[key] = set
			v.dxSets = append(v.dxSets, l.dxSet(key))
		}
		if max(mdc[i], male[i], female[i]) >= mdcLists {
			return fmt.Errorf("there is no MDC %d", mdc[i])
		}
		row := dxRow{set: set, mdc: int8(mdc[i]), male: int8(male[i]), female: int8(female[i]), severity: NonCC, group: -1}
		switch severity[i] {
		case "CC":
			row.severity = CC
		case "MCC":
			row.severity = MCC
		}
		for _, f := range strings.Fields(hacs[i]) {
			n, err := strconv.Atoi(f)
			if err != nil || n < 1 || n >= hacNumbers {
				return fmt.Errorf("hospital-acquired condition %q is none of 1 to %d", f, hacNumbers-1)
			}
			row.hacs |= 1 << n
		}
		if group[i] != 0 {
			g, ok := groups[group[i]]
			if !ok {
				g = int32(len(groups))
				groups[group[i]] = g
			}
			row.group = g
		}
		v.dxIndex.add(keyOf(code[i]), int32(len(v.dx)))
		v.dx = append(v.dx, row)
		return nil
	})
	v.exclusions = make([][]int32, len(groups))
	v.groupNumbers = make([]int64, len(groups))
	for number, g := range groups {
		v.groupNumbers[g] = number
	}
	return err
}

// dxSet compiles the lists of diagnosis codes: those of the formulas, the category
// of the MDC, and those of the hospital-acquired conditions.
func (l *loader) dxSet(key [3]string) dxSet {
	v := l.v
	var s dxSet
	own := strings.Fields(key[0])
	all := slices.Concat(own, strings.Fields(key[1]), strings.Fields(key[2]))
	for _, list := range all {
		v.words.mark(&s.asPrincipal, list, "PDX:", "ANY:", "")
		v.words.mark(&s.asSecondary, list, "SDX:", "ANY:", "")
	}
	s.counts = contributions(v.counts, own, true)
	for i, suppress := range v.suppress {
		if slices.ContainsFunc(suppress, func(list string) bool { return slices.Contains(own, list) }) {
			s.suppressed |= 1 << i
		}
	}
	s.incident = slices.Contains(own, listIncident)
	s.ecode = slices.Contains(own, listEcode)
	s.aliveOnly = slices.Contains(own, listAliveOnly)
	s.urinary = slices.Contains(all, listUrinary)
	return s
}

// exclusions reads the groups of CC exclusions that the version's principal
// diagnoses name. A group's codes may be codes of other versions.
func (l *loader) exclusions() error {
	t, err := l.cat.LoadVersion("msdrg.exclusions", l.tables)
	if err != nil {
		return err
	}
	b := t.Bind()
	number, codes := b.Numbers("group", 0), b.Text("codes")
	if err := b.Err(); err != nil {
		return err
	}
	v := l.v
	index := map[int64]int{}
	for g, n := range v.groupNumbers {
		index[n] = g
	}
	for i, n := range number {
		g, ok := index[n]
		if !ok {
			continue
		}
		rows := make([]int32, 0, strings.Count(codes[i], " ")+1)
		for code := range strings.FieldsSeq(codes[i]) {
			if row := v.dxIndex.find(keyOf(code)); row >= 0 {
				rows = append(rows, row)
			}
		}
		slices.Sort(rows)
		v.exclusions[g] = rows
		delete(index, n)
	}
	for n := range index {
		return fmt.Errorf("table msdrg.exclusions has no group %d", n)
	}
	return nil
}

func (l *loader) procedures() error {
	v := l.v
	var code, lists []string
	sets := map[string]int32{}
	return l.rows("msdrg.procedures", func(b *refdata.Binder) {
		code, lists = b.Text("code"), b.Text("lists")
		v.prIndex, v.pr = newCodeIndex(len(code)), make([]prRow, 0, len(code))
	}, func(i int) error {
		set, ok := sets[lists[i]]
		if !ok {
			set = l.prSet(lists[i])
			sets[lists[i]] = set
		}
		v.prIndex.add(keyOf(code[i]), int32(len(v.pr)))
		v.pr = append(v.pr, prRow{set: set})
		return nil
	})
}

func (l *loader) prSet(text string) int32 {
	v := l.v
	lists := strings.Fields(text)
	var s prSet
	for _, list := range lists {
		v.words.mark(&s.operands, list, "")
	}
	if slices.Contains(lists, "d468") || slices.Contains(lists, "d477") {
		v.words.mark(&s.operands, "ORPROC", "")
	}
	s.counts = contributions(v.counts, lists, false)
	v.prSets = append(v.prSets, s)
	return int32(len(v.prSets) - 1)
}

func (l *loader) clusters() error {
	v := l.v
	var name, lists, suppressed, choices []string
	sets := map[string]int32{}
	return l.rows("msdrg.clusters", func(b *refdata.Binder) {
		name, lists, suppressed, choices = b.Text("cluster"), b.Text("lists"), b.Text("suppressed_mdcs"), b.Text("choices")
	}, func(i int) error {
		set, ok := sets[lists[i]]
		if !ok {
			set = l.prSet(lists[i])
			sets[lists[i]] = set
		}
		c := cluster{name: name[i], set: set}
		for _, f := range strings.Fields(suppressed[i]) {
			n, err := strconv.Atoi(f)
			if err != nil {
				return err
			}
			if n < mdcLists { // 99 stands for no MDC
				c.suppressed |= 1 << n
			}
		}
		parts := strings.Split(choices[i], " + ")
		if len(parts) > 8 {
			return fmt.Errorf("cluster %s has more than 8 choices", c.name)
		}
		c.full = uint8(1<<len(parts) - 1)
		for k, part := range parts {
			for code := range strings.FieldsSeq(part) {
				row := v.prIndex.find(keyOf(code))
				if row < 0 {
					row = int32(len(v.pr))
					v.prIndex.add(keyOf(code), row)
					v.pr = append(v.pr, prRow{set: -1})
				}
				v.pr[row].clusters = append(v.pr[row].clusters, clusterPart{int32(len(v.clusters)), 1 << k})
			}
		}
		v.clusters = append(v.clusters, c)
		return nil
	})
}
