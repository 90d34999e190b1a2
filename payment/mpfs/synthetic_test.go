// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// code is a made-up row of a relative value file. With indices and a conversion
// factor of one, RVUs are dollars, so that the manual's examples can be typed in.
type code struct {
	hcpcs, mod, status    string
	work, pe, peFac, mp   string
	pctc, global          string
	pre, intra, post      string
	mult, bilat           string
	asst, co, team, endo  string
	oppsPE, oppsMP, extra string
}

// line is the row as CMS's file has it, from sensible defaults.
func (c code) line() string {
	def := func(s, d string) string {
		if s == "" {
			return d
		}
		return s
	}
	if c.peFac == "" {
		c.peFac = c.pe
	}
	zero := "0.00"
	return strings.Join([]string{c.hcpcs, c.mod, "", def(c.status, "A"), "", def(c.work, zero), def(c.pe, zero), "", def(c.peFac, zero), "", def(c.mp, zero),
		zero, zero, def(c.pctc, "0"), def(c.global, "XXX"), def(c.pre, zero), def(c.intra, zero), def(c.post, zero), def(c.mult, "0"), def(c.bilat, "0"),
		def(c.asst, "0"), def(c.co, "0"), def(c.team, "0"), c.endo, "1.0000", "09", "0", "99", def(c.oppsPE, zero), def(c.oppsPE, zero), def(c.oppsMP, zero)}, ",")
}

const rvuHead = `,,2025 National Physician Fee Schedule Relative Value File January Release` + `
,, , ,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,
,,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
`

const unitGPCI = `ADDENDUM E,,,,,,
Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2025 PW GPCI (with 1.0 Floor),2025 PE GPCI,2025 MP GPCI
10112,AL,00,TESTLAND,1,1,1
`

// pricerOf prices from made-up rows of 2025.
func pricerOf(t testing.TB, codes ...code) *Pricer {
	t.Helper()
	var b strings.Builder
	b.WriteString(rvuHead)
	for _, c := range codes {
		b.WriteString(c.line() + "\n")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"PPRRVU2025_Jan.csv": b.String(), "GPCI2025.csv": unitGPCI} {
		importFile(t, dir, name, []byte(text))
	}
	cat, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return New(cat)
}

var testDay = civil.Of(2025, time.March, 3)

// bill makes a claim from lines such as "45385-59-RT x2 @21 +3": modifiers, units,
// place of service, days after the test day.
func bill(t testing.TB, lines ...string) *claim.Claim {
	t.Helper()
	c := &claim.Claim{Form: claim.Professional, PlaceOfService: "11"}
	c.Billing.Address.ZIP = "35203"
	for i, text := range lines {
		fields := strings.Fields(text)
		head := strings.Split(fields[0], "-")
		l := claim.Line{Number: i + 1, Procedure: head[0], Units: money.Fixed{Value: 1}, UnitKind: "UN", From: testDay}
		copy(l.Modifiers[:], head[1:])
		for _, f := range fields[1:] {
			var n int
			if _, err := fmt.Sscanf(f[1:], "%d", &n); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			switch f[0] {
			case 'x':
				l.Units.Value = int64(n)
			case '@':
				l.PlaceOfService = f[1:]
			case 'm':
				l.Units.Value, l.UnitKind = int64(n), "MJ"
			case '+':
				l.From = testDay.AddDays(n)
			case '$':
				l.Charge = money.Cents(n) * 100
			}
		}
		c.Lines = append(c.Lines, l)
	}
	return c
}

// expect prices a claim and compares: an amount in dollars for a priced line, a
// group and code ("CO-97") for one that is not paid, or "?" and a word of the reason.
func expect(t *testing.T, p *Pricer, opt Options, c *claim.Claim, want ...string) []LinePrice {
	t.Helper()
	got := p.Price(c, opt, nil, nil)
	for i, lp := range got {
		text := lp.Allowed.String()
		switch lp.Status {
		case Bundled, Denied:
			text = lp.Denial.Group.Code() + "-" + lp.Denial.Reason
		case Unpriced:
			text = "?"
			if word, ok := strings.CutPrefix(want[i], "?"); ok && strings.Contains(lp.Reason, word) {
				text = want[i]
			}
		}
		if text != want[i] {
			t.Errorf("line %d (%s): %s %s, want %s", i+1, c.Lines[i].Procedure, text, lp.Reason, want[i])
		}
	}
	return got
}

func embedded() *refdata.Catalog { return refdata.Embedded() }

// readText reads a made-up file in one of CMS's layouts.
func readText(t testing.TB, name string, data []byte) []*refdata.Table {
	t.Helper()
	f := layout.File{Name: name, Data: data}
	l, err := layout.Find(f)
	if err != nil {
		t.Fatal(err)
	}
	tables, rejects, err := l.Read(f)
	if err != nil || len(rejects) > 0 {
		t.Fatal(err, rejects)
	}
	return tables
}
