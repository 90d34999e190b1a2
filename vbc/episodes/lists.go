// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Hospital is a participating hospital.
type Hospital struct {
	CCN, Name string
	// Region is the census division, 1 to 9, whose target prices hold (42 CFR 512.505).
	Region string
	// Track is the participation track; empty is the year's default.
	Track string
	Beds  int // 0 is not known
	// SafetyNet is yes, no or empty for not known (42 CFR 512.505).
	SafetyNet string
	// Discount replaces the category's discount where quality earned a lower one
	// (42 CFR 510.315(f)); hundredths of a percent, -1 for none.
	Discount int64
}

// Hospitals are the participants by CCN.
type Hospitals map[string]*Hospital

// ReadHospitals reads a csv with the columns ccn and region and, if they are there, name,
// track, beds, safety_net and discount.
func ReadHospitals(r io.Reader, name string) (Hospitals, error) {
	h := Hospitals{}
	err := eachRow(r, name, []string{"ccn", "region"}, []string{"name", "track", "beds", "safety_net", "discount"}, func(f []string) error {
		x := &Hospital{CCN: f[0], Region: f[1], Name: f[2], Track: f[3], SafetyNet: f[5], Discount: -1}
		if len(x.CCN) != 6 {
			return errors.New("a ccn has 6 characters")
		}
		if h[x.CCN] != nil {
			return fmt.Errorf("ccn %s is listed twice", x.CCN)
		}
		var err error
		if f[4] != "" {
			if x.Beds, err = strconv.Atoi(f[4]); err != nil || x.Beds < 0 {
				return fmt.Errorf("beds %q is no whole number", f[4])
			}
		}
		if x.SafetyNet != "" && x.SafetyNet != "yes" && x.SafetyNet != "no" {
			return fmt.Errorf("safety_net %q is neither yes nor no", x.SafetyNet)
		}
		if f[6] != "" {
			if x.Discount, err = money.ParseScaled(f[6], 2); err != nil || x.Discount < 0 || x.Discount > 10_000 {
				return fmt.Errorf("discount %q is no percentage", f[6])
			}
		}
		h[x.CCN] = x
		return nil
	})
	if err == nil && len(h) == 0 {
		err = fmt.Errorf("%s names no hospital", name)
	}
	return h, err
}

// Exclusions are a user's copy of CMS's exclusion lists.
type Exclusions struct {
	name string
	list map[string][]userExclusion // "drg 123", "hcpcs J7190", "diagnosis C50911"
	// Kinds tells which kinds the file has.
	Kinds map[string]bool
}

type userExclusion struct {
	category string // empty is all
	from, to civil.Date
	reason   string
}

// ReadExclusions reads a csv with the columns kind (drg, hcpcs, diagnosis) and code and, if
// they are there, category, from, to and reason.
func ReadExclusions(r io.Reader, name string) (*Exclusions, error) {
	x := &Exclusions{name: name, list: map[string][]userExclusion{}, Kinds: map[string]bool{}}
	err := eachRow(r, name, []string{"kind", "code"}, []string{"category", "from", "to", "reason"}, func(f []string) error {
		kind, code := f[0], strings.ToUpper(strings.ReplaceAll(f[1], ".", ""))
		if kind != "drg" && kind != "hcpcs" && kind != "diagnosis" {
			return fmt.Errorf("kind %q is none of drg, hcpcs, diagnosis", kind)
		}
		if kind == "drg" {
			code = drg(code)
		}
		if code == "" {
			return errors.New("no code")
		}
		u := userExclusion{category: f[2], reason: f[5]}
		if u.reason == "" {
			u.reason = "on the exclusion list"
		}
		var err error
		if u.from, err = optionalDay(f[3]); err != nil {
			return err
		}
		if u.to, err = optionalDay(f[4]); err != nil {
			return err
		}
		x.Kinds[kind] = true
		x.list[kind+" "+code] = append(x.list[kind+" "+code], u)
		return nil
	})
	return x, err
}

func optionalDay(s string) (civil.Date, error) {
	if s == "" {
		return 0, nil
	}
	return civil.ParseISO(s)
}

// find tells why a code does not count on a day in a category.
func (x *Exclusions) find(kind, code, category string, day civil.Date) (exclusion, bool) {
	if x == nil || code == "" {
		return exclusion{}, false
	}
	for _, u := range x.list[kind+" "+code] {
		if (u.category == "" || u.category == category) && (u.from.IsZero() || !day.Before(u.from)) && (u.to.IsZero() || !day.After(u.to)) {
			return exclusion{reason: u.reason, table: x.name, verified: true, cite: "CMS's exclusion list as loaded"}, true
		}
	}
	return exclusion{}, false
}

// Amounts are what the feed does not tell of a claim.
type Amounts struct {
	// standardized replaces what the feed has; taken is taken off: new technology add-on and
	// pass-through payments.
	standardized, taken map[int64]money.Cents
}

// ReadAmounts reads a csv with the columns claim_id, kind (standardized, new-technology,
// pass-through) and amount in dollars. Amounts of one claim and kind add up.
func ReadAmounts(r io.Reader, name string) (*Amounts, error) {
	a := &Amounts{map[int64]money.Cents{}, map[int64]money.Cents{}}
	err := eachRow(r, name, []string{"claim_id", "kind", "amount"}, nil, func(f []string) error {
		id, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			return fmt.Errorf("claim_id %q is no number", f[0])
		}
		c, err := money.ParseCents(f[2])
		if err != nil {
			return err
		}
		if c < 0 || c > most {
			return fmt.Errorf("amount %s is out of range", c)
		}
		switch f[1] {
		case "standardized":
			a.standardized[id] += c
		case "new-technology", "pass-through":
			a.taken[id] += c
		default:
			return fmt.Errorf("kind %q is none of standardized, new-technology, pass-through", f[1])
		}
		return nil
	})
	return a, err
}

// most is a hundred million dollars, more than any claim or price.
const most money.Cents = 1e10

// drg brings an MS-DRG to three digits: CCLF has "0470" and "470".
func drg(code string) string {
	code = strings.TrimLeft(code, "0")
	if code == "" {
		return ""
	}
	for len(code) < 3 {
		code = "0" + code
	}
	return code
}

// eachRow reads the named columns of a csv with a header line; optional ones that lack are
// empty. Errors name file and line.
func eachRow(r io.Reader, name string, required, optional []string, fn func(fields []string) error) error {
	columns := slices.Clone(required)
	for _, c := range optional {
		columns = append(columns, c+"?")
	}
	return feed.EachRow(r, name, columns, func(line int, fields []string) error {
		if err := fn(fields); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, line, err)
		}
		return nil
	})
}
