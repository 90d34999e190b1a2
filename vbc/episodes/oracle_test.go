// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// oracle constructs episodes again, day by day and claim by claim, with nothing of the code
// under test but the rows of the tables: every question is asked of the whole timeline.
type oracle struct {
	model     string
	hospitals Hospitals
	drgs      map[string][2]string // MS-DRG to category and priced type
	hcpcs     map[string][2]string
	param     map[string]string
	drop      map[string]bool // MS-DRGs that do not count
	gmlos     map[string]int64
	from, to  civil.Date // of discharge or procedure
}

func newOracle(t *testing.T, model string, on civil.Date, h Hospitals, from, to civil.Date) *oracle {
	t.Helper()
	o := &oracle{model: model, hospitals: h, drgs: map[string][2]string{}, hcpcs: map[string][2]string{}, param: map[string]string{}, drop: map[string]bool{},
		gmlos: map[string]int64{}, from: from, to: to}
	cat := refdata.Embedded()
	each := func(id string, fn func(b *refdata.Binder, i int)) {
		day := on
		if id == "ipps.drg" {
			day = civil.Of(on.Year(), 1, 1)
		}
		table, err := cat.Load(id, day)
		if none := (*refdata.NotLoadedError)(nil); errors.As(err, &none) && id == "ipps.drg" {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		b := table.Bind()
		for i := range table.Rows {
			if id == "ipps.drg" || id == "msdrg.formulas" || b.Text("model")[i] == model && !on.Before(b.Days("from")[i]) && !on.After(b.Days("to")[i]) {
				fn(b, i)
			}
		}
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
	}
	each("episodes.triggers", func(b *refdata.Binder, i int) {
		m := o.drgs
		if b.Text("kind")[i] == "hcpcs" {
			m = o.hcpcs
		}
		m[b.Text("code")[i]] = [2]string{b.Text("category")[i], b.Text("priced_as")[i]}
	})
	each("episodes.parameters", func(b *refdata.Binder, i int) { o.param[b.Text("name")[i]] = b.Text("value")[i] })
	mdc := map[string]bool{}
	each("episodes.exclusions", func(b *refdata.Binder, i int) {
		switch b.Text("kind")[i] {
		case "drg":
			o.drop[b.Text("code")[i]] = true
		case "mdc":
			mdc[b.Text("code")[i]] = true
		}
	})
	each("ipps.drg", func(b *refdata.Binder, i int) { o.gmlos[b.Text("drg")[i]] = b.Numbers("gmlos", 1)[i] })
	if len(mdc) > 0 {
		table, err := cat.Load("msdrg.formulas", civil.Of(on.Year(), 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		b := table.Bind()
		m, d := b.Numbers("mdc", 0), b.Numbers("drg", 0)
		for i := range m {
			if mdc[fmt.Sprintf("%02d", m[i])] && d[i] != 0 && d[i] < 998 {
				o.drop[fmt.Sprintf("%03d", d[i])] = true
			}
		}
	}
	return o
}

func (o *oracle) listed(name, code string) bool {
	for _, s := range strings.Fields(o.param[name]) {
		if s == code {
			return true
		}
	}
	return false
}

func (o *oracle) days() int {
	n := 0
	fmt.Sscan(o.param["days_after"], &n)
	if o.param["discharge_is_day_one"] == "yes" {
		n--
	}
	return n
}

func three(code string) string { return fmt.Sprintf("%03s", strings.TrimLeft(code, "0")) }

// kind is the kind of hospital, from the ranges of the State Operations Manual.
func kind(ccn string) string {
	tail := ccn[2:]
	switch {
	case tail >= "0001" && tail <= "0879":
		return "acute"
	case tail >= "1300" && tail <= "1399":
		return "critical"
	case tail >= "2000" && tail <= "2299":
		return "long"
	case tail >= "3025" && tail <= "3099":
		return "rehab"
	}
	return "?"
}

// shell is an anchor as the oracle sees it.
type shell struct {
	claim           *feed.Claim
	op              bool
	category, price string
	start, out, end civil.Date
	stays           map[*feed.Claim]bool
	moved           bool
	why             Reason
}

// shells finds the anchors with their start, end and reasons of their own.
func (o *oracle) shells(p *feed.Beneficiary) []*shell {
	var list []*shell
	for i := range p.Claims {
		c := &p.Claims[i]
		if o.hospitals[c.Facility] == nil || kind(c.Facility) != "acute" || c.NonPayment != "" {
			continue
		}
		if x, ok := o.drgs[three(c.DRG)]; ok && c.Setting == feed.Inpatient {
			list = append(list, &shell{claim: c, category: x[0], price: x[1], start: c.From, out: c.Thru, stays: map[*feed.Claim]bool{c: true}})
		}
		if c.Setting != feed.Outpatient {
			continue
		}
		var best *feed.Line
		for k := range c.Lines {
			l := &c.Lines[k]
			if _, ok := o.hcpcs[l.Code]; ok && (best == nil || l.From.Sub(best.From) < 0 || l.From == best.From && l.Code < best.Code) {
				best = l
			}
		}
		if best != nil {
			x := o.hcpcs[best.Code]
			list = append(list, &shell{claim: c, op: true, category: x[0], price: x[1], start: best.From, out: best.From})
		}
	}
	// An outpatient procedure gives way to an admission of the same category in the days after it.
	window := 0
	fmt.Sscan(o.param["outpatient_days_before"], &window)
	gone := map[*shell]bool{}
	for _, y := range list {
		for _, x := range list {
			if gap := x.claim.From.Sub(y.out); y.op && !x.op && x.category == y.category && gap >= 0 && gap <= window {
				gone[y] = true
				if y.out.Before(x.start) {
					x.start = y.out
				}
			}
		}
	}
	var kept []*shell
	for _, x := range list {
		if !gone[x] {
			kept = append(kept, x)
		}
	}
	for _, x := range kept {
		o.follow(p, kept, x)
		x.end = x.out.AddDays(o.days())
		x.why = o.own(p, x)
	}
	sort.Slice(kept, func(i, j int) bool {
		a, b := kept[i], kept[j]
		if a.start != b.start {
			return a.start.Before(b.start)
		}
		if a.out != b.out {
			return a.out.Before(b.out)
		}
		return a.claim.ID < b.claim.ID
	})
	return kept
}

// follow goes from hospital to hospital.
func (o *oracle) follow(p *feed.Beneficiary, all []*shell, x *shell) {
	if x.op {
		return
	}
	last := x.claim
	for {
		var next *feed.Claim
		for i := range p.Claims {
			c := &p.Claims[i]
			gap := c.From.Sub(last.Thru)
			if c.Setting != feed.Inpatient || x.stays[c] || c.Facility == last.Facility || c.NonPayment != "" || kind(c.Facility) != "acute" && kind(c.Facility) != "critical" ||
				c.Thru.Before(last.Thru) || gap != 0 && !(gap == 1 && o.listed("transfer_status", last.PatientStatus)) {
				continue
			}
			if next == nil || c.From.Before(next.From) || c.From == next.From && c.ID < next.ID {
				next = c
			}
		}
		if next == nil {
			return
		}
		for _, y := range all {
			if y.claim == next {
				x.moved = true
				return
			}
		}
		x.stays[next], last, x.out = true, next, next.Thru
	}
}

// own is the reason that an anchor has in itself.
func (o *oracle) own(p *feed.Beneficiary, x *shell) Reason {
	if o.bad(p, x.start, x.start) {
		return NotEligible
	}
	died := !p.Death.IsZero() && p.Death.Sub(x.out) <= 0
	for c := range x.stays {
		if c.Thru == x.out && o.listed("died_status", c.PatientStatus) {
			died = true
		}
	}
	switch {
	case died:
		return DiedInAnchor
	case o.param["death_cancels"] == "episode" && !p.Death.IsZero() && p.Death.Sub(x.end) <= 0:
		return DiedInEpisode
	case o.bad(p, x.start, x.end):
		return LostCriteria
	case x.moved:
		return Transferred
	}
	return ""
}

// bad asks of every day whether the person is eligible.
func (o *oracle) bad(p *feed.Beneficiary, from, to civil.Date) bool {
	if p.MedicareStatus == o.param["esrd_status"] {
		return true
	}
	for d := from; !d.After(to) && (p.Death.IsZero() || !d.After(p.Death) || d == from); d = d.AddDays(1) {
		y, m, _ := d.YMD()
		if c := p.Enrollment.At(y, m); c != feed.BothParts && c != feed.Unknown {
			return true
		}
		for i := range p.Claims {
			c := &p.Claims[i]
			if c.Setting == feed.Drug || d.Before(c.From) || d.After(c.Thru) {
				continue
			}
			if c.PrimaryPayer != "" && o.listed("other_payer", c.PrimaryPayer) {
				return true
			}
			for _, l := range c.Lines {
				if l.PrimaryPayer != "" && o.listed("other_payer", l.PrimaryPayer) {
					return true
				}
			}
		}
	}
	return false
}

// decide adds the reasons that come from other anchors: who is cancelled by a later anchor,
// or falls in an earlier episode that stands.
func (o *oracle) decide(list []*shell) {
	counts := make([]bool, len(list))
	for i, x := range list {
		if o.param["new_anchor"] != "starts none" {
			for _, y := range list[i+1:] {
				if x.why == "" && y.why != NotEligible && !y.start.After(x.end) {
					x.why = NewAnchor
				}
			}
			continue
		}
		for k := range i {
			if x.why == "" && counts[k] && !x.start.After(list[k].end) {
				x.why = OtherEpisode
			}
		}
		counts[i] = x.why == ""
	}
}

// spend adds up by days: each day of a claim has its part of the payment, as a fraction.
func (o *oracle) spend(p *feed.Beneficiary, x *shell, from, to civil.Date, all bool) (by map[Setting]money.Cents, excluded money.Cents, readmissions int) {
	by = map[Setting]money.Cents{}
	for i := range p.Claims {
		c := &p.Claims[i]
		if c.Setting == feed.Drug || c.NonPayment != "" {
			continue
		}
		paid := c.Paid
		if c.Setting == feed.Inpatient {
			paid = paid - c.IME - c.DSH - c.Uncompensated
		}
		if paid < 0 {
			paid = 0
		}
		s, amount := Setting(0), money.Cents(0)
		switch c.Setting {
		case feed.Professional, feed.Equipment:
			s = Professional
			if c.Setting == feed.Equipment {
				s = Equipment
			}
			for _, l := range c.Lines {
				if l.Denial != "0" && !l.From.Before(from) && !l.From.After(to) {
					amount += l.Allowed
				}
			}
		case feed.Outpatient:
			s = Outpatient
			in, lines := new(big.Rat), new(big.Rat)
			for _, l := range c.Lines {
				lines.Add(lines, big.NewRat(int64(l.Paid), 1))
				if !l.From.Before(from) && !l.From.After(to) {
					in.Add(in, big.NewRat(int64(l.Paid), 1))
				}
			}
			if lines.Sign() > 0 {
				amount = round(in.Mul(in, big.NewRat(int64(paid), 1)).Quo(in, lines))
			} else {
				amount = o.daily(c, paid, from, to)
			}
			if x.op && c == x.claim {
				s = Anchor
			}
		case feed.Inpatient:
			s = map[string]Setting{"acute": Readmission, "critical": Readmission, "long": LongTerm, "rehab": Rehabilitation, "?": OtherInpatient}[kind(c.Facility)]
			switch {
			case x.stays[c] && !all:
				s, amount = Anchor, paid
			case kind(c.Facility) == "acute":
				amount = o.admitted(c, paid, from, to)
			default:
				amount = o.daily(c, paid, from, to)
			}
			if !all && s != Anchor && o.drop[three(c.DRG)] {
				excluded += amount
				continue
			}
			if s == Readmission && amount > 0 && c.From.Sub(x.out) >= 0 {
				readmissions++
			}
		case feed.SNF, feed.HomeHealth, feed.Hospice:
			s = map[feed.Setting]Setting{feed.SNF: SNF, feed.HomeHealth: HomeHealth, feed.Hospice: Hospice}[c.Setting]
			amount = o.daily(c, paid, from, to)
		}
		by[s] += amount
	}
	return by, excluded, readmissions
}

// daily counts the days of a claim, one by one.
func (o *oracle) daily(c *feed.Claim, paid money.Cents, from, to civil.Date) money.Cents {
	in, own := int64(0), int64(0)
	for d := c.From; !d.After(c.Thru); d = d.AddDays(1) {
		own++
		if !d.Before(from) && !d.After(to) {
			in++
		}
	}
	return round(big.NewRat(int64(paid)*in, own))
}

// admitted pays a hospital stay from its first day, a day of the geometric mean stay for each
// day until the window ends or the mean is reached.
func (o *oracle) admitted(c *feed.Claim, paid money.Cents, from, to civil.Date) money.Cents {
	if c.From.Before(from) || c.From.After(to) {
		return 0
	}
	if !c.Thru.After(to) {
		return paid
	}
	g := o.gmlos[three(c.DRG)]
	if g == 0 {
		return o.daily(c, paid, from, to)
	}
	inside := int64(to.Sub(c.From)) + 1
	share := big.NewRat(inside*10, g)
	if share.Cmp(big.NewRat(1, 1)) >= 0 {
		return paid
	}
	return round(share.Mul(share, big.NewRat(int64(paid), 1)))
}

// round is half away from zero to whole cents.
func round(r *big.Rat) money.Cents {
	two := new(big.Rat).Add(r, big.NewRat(1, 2))
	q := new(big.Int).Div(two.Num(), two.Denom()) // floor; amounts are not negative
	return money.Cents(q.Int64())
}

// line is what both sides tell of an episode.
func line(id string, category, price string, start, out, end civil.Date, why Reason, by map[Setting]money.Cents, excluded, post money.Cents, readmissions int) string {
	text := fmt.Sprintf("%s %s %s %s..%s..%s", id, category, price, start, out, end)
	if why != "" {
		return text + " " + string(why)
	}
	for s := range settings {
		text += " " + by[s].String()
	}
	return text + fmt.Sprintf(" out %s post %s readm %d", excluded, post, readmissions)
}

func (o *oracle) lines(p *feed.Beneficiary) []string {
	list := o.shells(p)
	o.decide(list)
	var out []string
	for _, x := range list {
		if x.out.Before(o.from) || x.out.After(o.to) {
			continue
		}
		id := fmt.Sprintf("%s-%d", p.MBI, x.claim.ID)
		if x.why != "" {
			out = append(out, line(id, x.category, x.price, x.start, x.out, x.end, x.why, nil, 0, 0, 0))
			continue
		}
		by, excluded, readmissions := o.spend(p, x, x.start, x.end, false)
		after, _, _ := o.spend(p, x, x.end.AddDays(1), x.end.AddDays(30), true)
		post := money.Cents(0)
		for _, c := range after {
			post += c
		}
		out = append(out, line(id, x.category, x.price, x.start, x.out, x.end, "", by, excluded, post, readmissions))
	}
	return out
}

func ours(list []Episode) []string {
	var out []string
	for i := range list {
		e := &list[i]
		why := Reason("")
		if e.Cancelled != nil {
			why = e.Cancelled.Reason
		}
		by := map[Setting]money.Cents{}
		for s, c := range e.Spend {
			by[Setting(s)] = c
		}
		out = append(out, line(e.ID, e.Category, e.Type, e.Start, e.Discharged, e.End, why, by, e.Excluded, e.Post, e.Readmissions))
	}
	return out
}
