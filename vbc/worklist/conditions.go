// SPDX-License-Identifier: Apache-2.0

package worklist

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Condition is a condition that a beneficiary has by the claims.
type Condition struct {
	Name string `json:"name"`
	// Basis is the group of categories of the risk model, or the user's definition.
	Basis  string     `json:"basis"`
	Claims int        `json:"claims"`
	First  civil.Date `json:"first"`
	Last   civil.Date `json:"last"`
}

// Definitions are a user's definitions of chronic conditions. A condition holds where one of
// its tests does: as many claims as wanted, on different days, of the settings, with one of
// the codes, in the months before the end of the year. CMS's Chronic Conditions Warehouse
// defines its conditions so; its lists of codes are not shipped.
type Definitions struct{ tests []chronicTest }

type chronicTest struct {
	condition        string
	settings         []feed.Setting // none: any
	claims, lookback int
	codes            map[string]bool
	prefixes         []string
}

var settingWords = map[string]feed.Setting{"inpatient": feed.Inpatient, "snf": feed.SNF, "hha": feed.HomeHealth, "hospice": feed.Hospice,
	"outpatient": feed.Outpatient, "professional": feed.Professional, "dme": feed.Equipment}

// ReadDefinitions reads a csv with the columns condition, code (ICD-10-CM, with a * at its end
// for all that begin so), setting (inpatient, snf, hha, hospice, outpatient, professional, dme,
// several apart by a space; empty or any is any), claims (how many are needed) and months (how
// far to look back). Rows of one condition that differ in code alone make one test.
func ReadDefinitions(r io.Reader, name string) (*Definitions, error) {
	d := &Definitions{}
	byKey := map[string]int{}
	err := feed.EachRow(r, name, []string{"condition", "code", "setting", "claims", "months"}, func(line int, f []string) error {
		t := chronicTest{condition: f[0], codes: map[string]bool{}}
		for _, word := range strings.Fields(strings.ToLower(f[2])) {
			if word == "any" {
				continue
			}
			s, ok := settingWords[word]
			if !ok {
				return fmt.Errorf("%s, line %d: setting %q is none of inpatient, snf, hha, hospice, outpatient, professional, dme, any", name, line, word)
			}
			t.settings = append(t.settings, s)
		}
		var err, err2 error
		t.claims, err = strconv.Atoi(f[3])
		t.lookback, err2 = strconv.Atoi(f[4])
		code := plain(f[1])
		if err != nil || err2 != nil || t.claims < 1 || t.lookback < 1 || t.lookback > 120 || t.condition == "" || strings.Trim(code, "*") == "" {
			return fmt.Errorf("%s, line %d: wants a condition, a code, claims of 1 or more and months of 1 to 120", name, line)
		}
		slices.Sort(t.settings)
		key := fmt.Sprint(t.condition, "|", t.settings, t.claims, t.lookback)
		i, ok := byKey[key]
		if !ok {
			i = len(d.tests)
			byKey[key] = i
			d.tests = append(d.tests, t)
		}
		if stem, prefix := strings.CutSuffix(code, "*"); prefix {
			d.tests[i].prefixes = append(d.tests[i].prefixes, stem)
		} else {
			d.tests[i].codes[code] = true
		}
		return nil
	})
	return d, err
}

func (t *chronicTest) has(c *feed.Claim) bool {
	if len(t.settings) > 0 && !slices.Contains(t.settings, c.Setting) {
		return false
	}
	for _, code := range c.Diagnoses {
		if t.codes[code] {
			return true
		}
		for _, stem := range t.prefixes {
			if strings.HasPrefix(code, stem) {
				return true
			}
		}
	}
	return false
}

// groupsOf flags the groups of categories that claims of the years lead to.
func (f *Finder) groupsOf(b *feed.Beneficiary, p *Person) {
	who := account.Person(b, f.l.cfg.Year+1)
	list := make([]Condition, len(f.l.groups))
	for i := range b.Claims {
		c := &b.Claims[i]
		k := f.l.cfg.Year - c.Thru.Year()
		if k < 0 || k >= len(f.l.filters) || !account.Eligible(f.l.filters[k], c) {
			continue
		}
		f.numbers = f.numbers[:0]
		for _, code := range c.Diagnoses {
			f.numbers = f.l.next.Categories(&who, code, f.numbers)
		}
		for g, name := range f.l.groups {
			if slices.ContainsFunc(f.numbers, func(hcc int) bool { return f.l.next.InGroup(name, hcc) }) {
				list[g].Name, list[g].Basis = name, f.l.next.Name
				list[g].add(c.Thru)
			}
		}
	}
	for _, c := range list {
		if c.Claims > 0 {
			p.Condition = append(p.Condition, c)
		}
	}
}

// conditions flags groups of the risk model's categories, and the user's definitions.
func (f *Finder) conditions(b *feed.Beneficiary, p *Person) {
	f.groupsOf(b, p)
	if f.l.cfg.Chronic == nil {
		return
	}
	end := civil.Of(f.l.cfg.Year, time.December, 31)
	for i := range f.l.cfg.Chronic.tests {
		t := &f.l.cfg.Chronic.tests[i]
		begin := civil.Of(f.l.cfg.Year+1, time.Month(1-t.lookback), 1)
		c := Condition{Name: t.condition, Basis: "definition"}
		var days []civil.Date
		for k := range b.Claims {
			x := &b.Claims[k]
			if x.Thru.Before(begin) || x.Thru.After(end) || slices.Contains(days, x.Thru) || !t.has(x) {
				continue
			}
			days = append(days, x.Thru)
			c.add(x.Thru)
		}
		if c.Claims >= t.claims {
			p.addCondition(c)
		}
	}
}

// add counts a claim of a day.
func (c *Condition) add(day civil.Date) {
	c.Claims++
	if c.First.IsZero() || day.Before(c.First) {
		c.First = day
	}
	if day.After(c.Last) {
		c.Last = day
	}
}

// addCondition joins the tests of one condition.
func (p *Person) addCondition(c Condition) {
	for i := range p.Condition {
		have := &p.Condition[i]
		if have.Name != c.Name || have.Basis != c.Basis {
			continue
		}
		have.Claims = max(have.Claims, c.Claims)
		if c.First.Before(have.First) {
			have.First = c.First
		}
		if c.Last.After(have.Last) {
			have.Last = c.Last
		}
		return
	}
	p.Condition = append(p.Condition, c)
}
