// SPDX-License-Identifier: Apache-2.0

package population

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// MostIndicators is how many indicators one file may define.
const MostIndicators = 24

// Indicators are definitions of ambulatory-sensitive admissions, as AHRQ's Prevention
// Quality Indicators are. None are shipped: the organisation brings AHRQ's code lists of
// the release that it reports by.
type Indicators struct {
	name string
	list []indicator
}

type indicator struct {
	name                             string
	numerator                        map[string]int // principal diagnosis to line of the file
	diagnoses, procedures, admission map[string]int // that exclude
	from, to                         int            // years of age; to 0 has no end
}

// ReadIndicators reads a csv with the columns indicator, kind and code. Kinds are numerator
// (a principal diagnosis), exclude-diagnosis, exclude-procedure, exclude-source (admission
// source of the first claim), age-from and age-to (years at admission, both included).
// Codes may have dots.
func ReadIndicators(r io.Reader, name string) (*Indicators, error) {
	x := &Indicators{name: name}
	err := feed.EachRow(r, name, []string{"indicator", "kind", "code"}, func(line int, f []string) error {
		k := slices.IndexFunc(x.list, func(i indicator) bool { return i.name == f[0] })
		if k < 0 {
			if k = len(x.list); k == MostIndicators || f[0] == "" {
				return fmt.Errorf("%s, line %d: an indicator has a name, and a file no more than %d", name, line, MostIndicators)
			}
			x.list = append(x.list, indicator{name: strings.Clone(f[0]), numerator: map[string]int{}, diagnoses: map[string]int{}, procedures: map[string]int{}, admission: map[string]int{}})
		}
		i := &x.list[k]
		code := strings.ToUpper(strings.ReplaceAll(f[2], ".", ""))
		if code == "" {
			return fmt.Errorf("%s, line %d: no code", name, line)
		}
		switch f[1] {
		case "numerator":
			i.numerator[code] = line
		case "exclude-diagnosis":
			i.diagnoses[code] = line
		case "exclude-procedure":
			i.procedures[code] = line
		case "exclude-source":
			i.admission[code] = line
		case "age-from", "age-to":
			years, err := strconv.Atoi(code)
			if err != nil || years < 1 || years > 130 {
				return fmt.Errorf("%s, line %d: %q is no age in years", name, line, f[2])
			}
			if f[1] == "age-from" {
				i.from = years
			} else {
				i.to = years
			}
		default:
			return fmt.Errorf("%s, line %d: kind %q is none of numerator, exclude-diagnosis, exclude-procedure, exclude-source, age-from, age-to", name, line, f[1])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range x.list {
		if len(i.numerator) == 0 {
			return nil, fmt.Errorf("%s: indicator %s has no numerator", name, i.name)
		}
	}
	return x, nil
}

// SensitiveStay is an admission that an indicator counts or, with Excluded, would but for
// an exclusion.
type SensitiveStay struct {
	MBI       string     `json:"mbi"`
	Indicator string     `json:"indicator"`
	Facility  string     `json:"facility_ccn"`
	Begin     civil.Date `json:"begin"`
	End       civil.Date `json:"end"`
	Claims    []int64    `json:"claims"`
	Principal string     `json:"principal_diagnosis"`
	// Rule is the line of the file that took the stay in, Excluded what took it out.
	Rule     string `json:"rule"`
	Excluded string `json:"excluded,omitempty"`
}

// SensitiveCounts sum any number of beneficiaries. The last place is any indicator.
type SensitiveCounts struct {
	Stays, Months [MostIndicators + 1]int64
}

// Merge adds what was counted elsewhere.
func (c *SensitiveCounts) Merge(o *SensitiveCounts) {
	for i := range c.Stays {
		c.Stays[i] += o.Stays[i]
		c.Months[i] += o.Months[i]
	}
}

// age is completed years, -1 where the birth is not known.
func age(birth, on civil.Date) int {
	if birth.IsZero() {
		return -1
	}
	by, bm, bd := birth.YMD()
	y, m, d := on.YMD()
	if m < bm || m == bm && d < bd {
		y--
	}
	return y - by
}

func (i *indicator) ofAge(birth, on civil.Date) bool {
	if i.from == 0 && i.to == 0 {
		return true
	}
	a := age(birth, on)
	return a >= 0 && a >= i.from && (i.to == 0 || a <= i.to)
}

// Count counts one beneficiary's months and stays of a year and lists the stays.
func (x *Indicators) Count(b *feed.Beneficiary, year int) (c SensitiveCounts, list []SensitiveStay) {
	for m := time.January; m <= time.December; m++ {
		if b.Enrollment.At(year, m) != feed.BothParts {
			continue
		}
		c.Months[MostIndicators]++
		for k := range x.list {
			if x.list[k].ofAge(b.Birth, civil.Of(year, m, 1)) {
				c.Months[k]++
			}
		}
	}
	if c.Months[MostIndicators] == 0 {
		return c, nil
	}
	for _, s := range staysOf(b, feed.Inpatient) {
		if !counted(b, s.begin, year) {
			continue
		}
		any := false
		for k := range x.list {
			i := &x.list[k]
			line, ok := i.numerator[strings.ReplaceAll(s.principal, ".", "")]
			if !ok || !i.ofAge(b.Birth, s.begin) {
				continue
			}
			out := SensitiveStay{MBI: strings.Clone(b.MBI), Indicator: i.name, Facility: strings.Clone(s.facility), Begin: s.begin, End: s.end,
				Principal: strings.Clone(s.principal), Rule: fmt.Sprintf("%s, line %d", x.name, line)}
			x.exclude(&out, i, b, &s)
			list = append(list, out)
			if out.Excluded == "" {
				c.Stays[k]++
				any = true
			}
		}
		if any {
			c.Stays[MostIndicators]++
		}
	}
	return c, list
}

// exclude looks through the claims of a stay for what takes it out.
func (x *Indicators) exclude(out *SensitiveStay, i *indicator, b *feed.Beneficiary, s *stay) {
	first := true
	found := func(what, code string, lines map[string]int) {
		if line, ok := lines[strings.ReplaceAll(code, ".", "")]; ok && code != "" && out.Excluded == "" {
			out.Excluded = fmt.Sprintf("%s %s: %s, line %d", what, code, x.name, line)
		}
	}
	for k := range b.Claims {
		c := &b.Claims[k]
		if c.Setting != feed.Inpatient || c.Facility != s.facility || c.From.Before(s.begin) || c.Thru.After(s.end) {
			continue
		}
		out.Claims = append(out.Claims, c.ID)
		if c.From == s.begin && first {
			found("admission source", c.AdmissionSource, i.admission)
			first = false
		}
		for _, d := range c.Diagnoses {
			found("diagnosis", d, i.diagnoses)
		}
		for _, p := range c.Procedures {
			found("procedure", p.Code, i.procedures)
		}
	}
}

// SensitiveMetrics are the rates of each indicator, small cells suppressed; where one alone
// is suppressed, so is the rate of all of them.
func (r *Rules) SensitiveMetrics(x *Indicators, c *SensitiveCounts) []Metric {
	var out []Metric
	hidden := 0
	put := func(name string, n, months int64, hide bool) {
		if months == 0 {
			return
		}
		m := Metric{Name: "ambulatory-sensitive admissions: " + name, Unit: "per 1,000 person-years", Value: money.HalfUp(n, 120_000, months), Scale: 1}
		m.Text = string(money.AppendScaled(nil, m.Value, 1))
		if hide || n > 0 && n < r.smallestCell || months < 12*r.smallestCell {
			r.suppress(&m)
			hidden++
		}
		out = append(out, m)
	}
	for k := range x.list {
		put(x.list[k].name, c.Stays[k], c.Months[k], false)
	}
	put("any of these", c.Stays[MostIndicators], c.Months[MostIndicators], hidden == 1)
	return out
}
