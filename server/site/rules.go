// SPDX-License-Identifier: Apache-2.0

package site

import (
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Kind is the sort of a line of business, by the program that pays it.
type Kind string

// The kinds that CMS's interoperability rules speak of.
const (
	MA       Kind = "MA"       // Medicare Advantage
	Medicaid Kind = "Medicaid" // fee for service, and managed care by reference
	CHIP     Kind = "CHIP"
	QHP      Kind = "QHP" // qualified health plans on the federally-facilitated exchanges
)

func (k Kind) known() bool { _, ok := rules[k]; return ok }

// Rule is what the interoperability rules (CMS-9115-F, CMS-0057-F) ask of a kind of
// line. The dates and the number of days are the same for all four; what differs is
// the section that says so and the level that is reported.
type Rule struct {
	Access     string // the Patient Access API
	Timely     string // one business day
	Since      civil.Date
	SinceCite  string
	Usage      string // yearly metrics
	UsageLevel string // what is reported by itself
	// UsageVerified tells that the sentence was read in the regulation or in a
	// document of CMS that quotes it, and not only in others' accounts of it.
	UsageVerified bool
	Directory     string
	Formulary     string // empty where the rule asks for none
}

// BusinessDays is how many business days a payer has from the adjudication of a
// claim until it can be seen: 42 CFR 422.119(b)(1)(i) and its counterparts.
const BusinessDays = 1

// usageFirst is the first calendar year to be reported, by 31 March of the next.
const usageFirst = 2025

var serviceDates = civil.Of(2016, time.January, 1)

var rules = map[Kind]Rule{
	MA: {Access: "42 CFR 422.119(a)", Timely: "42 CFR 422.119(b)(1)(i)", Since: serviceDates, SinceCite: "42 CFR 422.119(h)", Usage: "42 CFR 422.119(f)",
		UsageLevel: "MA contract", Directory: "42 CFR 422.120", Formulary: "42 CFR 422.119(b)(2)(ii)"},
	Medicaid: {Access: "42 CFR 431.60(a)", Timely: "42 CFR 431.60(b)(1)", Since: serviceDates, SinceCite: "42 CFR 431.60(h)", Usage: "42 CFR 431.60(f)",
		UsageLevel: "State (managed care: plan, 42 CFR 438.242(b)(5)(iii))", UsageVerified: true, Directory: "42 CFR 431.70", Formulary: "42 CFR 431.60(b)(4)"},
	CHIP: {Access: "42 CFR 457.730(a)", Timely: "42 CFR 457.730(b)(1)", Since: serviceDates, SinceCite: "42 CFR 457.730(h)", Usage: "42 CFR 457.730(f)",
		UsageLevel: "State (managed care: plan, 42 CFR 438.242(b)(5)(iii) by 457.1233(d))", Directory: "42 CFR 457.760", Formulary: "42 CFR 457.730(b)(4)"},
	QHP: {Access: "45 CFR 156.221(a)", Timely: "45 CFR 156.221(b)(1)(i)", Since: serviceDates, SinceCite: "45 CFR 156.221(i)", Usage: "45 CFR 156.221(f)",
		UsageLevel: "QHP issuer"},
}

// RuleOf is what is asked of a kind; false for none.
func RuleOf(k Kind) (Rule, bool) {
	r, ok := rules[k]
	return r, ok
}
