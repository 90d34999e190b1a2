// SPDX-License-Identifier: Apache-2.0

package account

import (
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

// worker is what one goroutine needs beside the plan: memory to use again, nothing that
// outlives a beneficiary.
type worker struct {
	feed      feed.Assembler
	assigners []*assignment.Assigner
	scratch   risk.Scratch
	diagnoses []string
}

func newWorker(p *Plan) *worker {
	w := &worker{}
	for _, cfg := range p.assign {
		w.assigners = append(w.assigners, assignment.New(cfg))
	}
	return w
}

// Measure makes one beneficiary's Life of the packed rows. It is pure: the same plan and
// rows, in any order, give the same Life on every machine.
func Measure(p *Plan, in feed.Packet) (Life, error) {
	w := p.workers.Get().(*worker)
	defer p.workers.Put(w)
	b, err := w.feed.Assemble(in)
	if err != nil {
		return Life{}, err
	}
	l := w.measure(p, b)
	l.own()
	return l, nil
}

// MeasureBeneficiary is Measure for a beneficiary that was assembled already.
func MeasureBeneficiary(p *Plan, b *feed.Beneficiary) Life {
	w := p.workers.Get().(*worker)
	defer p.workers.Put(w)
	l := w.measure(p, b)
	l.own()
	return l
}

// own copies the texts, which point into what the beneficiary was read from.
func (l *Life) own() {
	l.MBI = strings.Clone(l.MBI)
	for i := range l.Years {
		l.Years[i].Practice = strings.Clone(l.Years[i].Practice)
	}
}

func (w *worker) measure(p *Plan, b *feed.Beneficiary) Life {
	l := Life{MBI: b.MBI}
	if b.County != "" {
		l.County = b.State + b.County
	}
	for i, year := range p.years {
		y := &l.Years[i]
		w.assign(p, b, i, year, y)
		if !y.Assigned {
			continue
		}
		y.OptedOut = b.OptedOut
		months := monthsOf(b, year, y)
		p.spend(b, year, &months, y, nil)
		p.limits[i].apply(y)
		if p.scorer != nil {
			w.score(p, b, i, y)
		}
	}
	return l
}

// assign decides whether the beneficiary is the organisation's in a year.
func (w *worker) assign(p *Plan, b *feed.Beneficiary, i, year int, y *Year) {
	if p.roster == ByList {
		for _, listed := range b.Listed {
			y.Assigned = y.Assigned || listed == year
		}
		return
	}
	r := w.assigners[i].Assign(b, nil)
	y.Assigned, y.Step, y.Reason = r.Assigned, r.Step, r.Reason
	if !y.Assigned {
		return
	}
	y.Practice = w.assigners[i].Practice()
	if r.Step == assignment.Voluntary {
		y.Practice = b.Clinician.TIN
	}
}

// monthsOf gives the enrollment type of each month with Part A and Part B, and counts them.
func monthsOf(b *feed.Beneficiary, year int, y *Year) (months [13]feed.EnrollmentType) {
	dual := isDual(b.Dual)
	for m := time.January; m <= time.December; m++ {
		if b.Enrollment.At(year, m) != feed.BothParts {
			continue
		}
		t := b.Enrollment.TypeAt(year, m)
		if t == feed.NoType {
			t = derive(b, civil.Of(year, m, 1))
			y.Derived++
		}
		months[m] = t
		y.Months[t]++
		if dual || t == feed.AgedDual {
			y.Dual++
		}
	}
	return months
}

// derive tells a month's type from the latest demographics, in the order of precedence
// of the assignment list: ESRD, disabled, aged and dual, aged and not dual.
func derive(b *feed.Beneficiary, month civil.Date) feed.EnrollmentType {
	switch {
	case b.MedicareStatus == "11" || b.MedicareStatus == "21" || b.MedicareStatus == "31":
		return feed.ESRD
	case !b.Birth.IsZero() && b.Birth.Age(month) < 65:
		return feed.Disabled
	case isDual(b.Dual):
		return feed.AgedDual
	}
	return feed.AgedNonDual
}

// isDual reads a dual status code: 01 to 06 and 08 are eligible for Medicaid.
func isDual(code string) bool {
	switch code {
	case "01", "02", "03", "04", "05", "06", "08":
		return true
	}
	return false
}

// spend sums the payments of a year: claims under Part A and Part B whose last day is in a
// month that counts (42 CFR 425.652(a)(1), 425.605(a)(5)). What it finds is told to seen,
// if that is not nil.
func (p *Plan) spend(b *feed.Beneficiary, year int, months *[13]feed.EnrollmentType, y *Year, seen func(*Item)) {
	for i := range b.Claims {
		c := &b.Claims[i]
		if c.Setting == feed.Drug {
			continue
		}
		cy, cm, _ := c.Thru.YMD()
		if cy != year || months[cm] == feed.NoType {
			continue
		}
		t := months[cm]
		addOns := c.IME + c.DSH + c.Uncompensated
		suspect := p.suspectPart(c)
		paid := c.Paid - addOns - suspect
		y.Paid[t] += paid
		y.AddOns += addOns
		y.Suspect += suspect
		y.Setting[c.Setting] += paid
		if seen != nil {
			seen(&Item{Claim: c, Type: t, Paid: paid, AddOns: addOns, Suspect: suspect})
		}
	}
}

// suspectPart is what of a claim is billed with codes that CMS leaves out.
func (p *Plan) suspectPart(c *feed.Claim) (sum money.Cents) {
	if len(p.suspect) == 0 || c.Setting != feed.Equipment && c.Setting != feed.Professional {
		return 0
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if p.isSuspect(l.Code, l.Thru) != nil {
			sum += l.Paid
		}
	}
	return sum
}

// apply completes and truncates. A person with fewer than twelve months of a type is cut
// at that part of the yearly amount: the same as annualising, cutting and weighting by the
// part of the year.
func (l *Limits) apply(y *Year) {
	for t := range y.Paid {
		spent := y.Paid[t]
		if l.Completion > 0 {
			spent = money.Cents(money.HalfUp(int64(spent), l.Completion, 1_000_000))
		}
		if limit := l.Truncation[t]; limit > 0 {
			if most := money.Cents(money.HalfUp(int64(limit), y.Months[t], 12)); spent > most {
				y.Cut[t] = spent - most
				spent = most
			}
		}
		y.Expenditure[t] = spent
	}
}
