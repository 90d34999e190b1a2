// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// operation is a kind of surgery that bundled payment models anchor episodes on.
type operation struct {
	drgs       []string
	outpatient []string // HCPCS, if it is done without admission too
	surgeon    string   // HCPCS of the surgeon's line
	procedure  string   // ICD-10-PCS
	paid       int      // dollars, about
}

var operations = []operation{
	{[]string{"0470", "0470", "0469", "0522", "0521"}, []string{"27447", "27130", "27702"}, "27447", "0SRD0J9", 13_000},
	{[]string{"0481", "0480", "0482"}, nil, "27245", "0QS706Z", 14_000},
	{[]string{"0402", "0426", "0448", "0451", "0473", "0472", "0430"}, []string{"22551", "22612", "22633", "22554", "22630"}, "22612", "0RG20A0", 27_000},
	{[]string{"0235", "0236", "0233", "0231"}, nil, "33533", "021009W", 36_000},
	{[]string{"0330", "0329", "0331"}, nil, "44140", "0DTG0ZZ", 18_000},
}

// readmissionDRGs are of all sorts: related to surgery, unrelated, of other categories.
var readmissionDRGs = []string{"0291", "0871", "0193", "0862", "0560", "0377", "0470", "0481", "0124", "0652", "0976", "0032", "0849"}

// surgical are the facilities that only surgery leads to.
type surgical struct {
	rehabilitation, longTerm []facility
}

func newSurgical() *surgical {
	s := &surgical{}
	for i := range 3 {
		who := []clinician{{fmt.Sprintf("18%08d", 100+i), fmt.Sprintf("6%08d", i+1), "25"}}
		s.rehabilitation = append(s.rehabilitation, facility{kind: "IRF", ccn: fmt.Sprintf("983%03d", 25+i), tin: who[0].tin, npi: fmt.Sprintf("18%08d", 10+i), staff: who})
		s.longTerm = append(s.longTerm, facility{kind: "LTCH", ccn: fmt.Sprintf("982%03d", 1+i), tin: who[0].tin, npi: fmt.Sprintf("18%08d", 20+i), staff: who})
	}
	return s
}

// surgeries draws a person's operations and what follows them. The draws come from a
// generator of their own, so that everything else stays as it is without them.
func (g *generator) surgeries(l *life, out *block) {
	usual := l.rng
	defer func() { l.rng = usual }()
	l.rng = rand.New(rand.NewPCG(g.cfg.Seed^0x5c4197e1, uint64(l.number)+1))
	for m := g.first; !m.After(g.last); {
		y, mon, _ := m.YMD()
		next := civil.Of(y, mon+1, 1)
		alive := l.death.IsZero() || !m.After(l.death)
		if c := l.coverage[(y-g.firstYear)*12+int(mon)-1]; alive && c != '-' && c != 'M' && l.rng.IntN(1000) < g.cfg.Surgery {
			day := m.AddDays(l.rng.IntN(next.Sub(m)))
			if l.death.IsZero() || !day.After(l.death) {
				g.surgery(l, out, day)
			}
		}
		m = next
	}
}

// surgery is one operation with its aftercare.
func (g *generator) surgery(l *life, out *block, day civil.Date) {
	rng := l.rng
	op := &operations[rng.IntN(len(operations))]
	hospitals := g.world.facilities["hospital"]
	where := &hospitals[rng.IntN(len(hospitals))]
	if op.outpatient != nil && rng.IntN(5) < 2 {
		g.operateOutside(l, out, op, where, day)
		if rng.IntN(12) > 0 {
			g.aftercare(l, out, day, "01")
			return
		}
		day = day.AddDays(rng.IntN(5)) // admitted after all
	} else if rng.IntN(3) == 0 {
		g.stay(l, out, &stay{where: where, claimType: "40", bill: "13", from: day.AddDays(-1 - rng.IntN(6))}, 0, "0300", "80053", 12_000)
	}
	s := &stay{where: where, claimType: "60", bill: "11", from: day, drg: pick(rng, op.drgs), procedure: op.procedure,
		status: []string{"01", "01", "06", "06", "03", "03", "62", "02", "63"}[rng.IntN(9)]}
	g.professional(l, out, day, pick(rng, pick(rng, g.world.practices).others), "21", []string{op.surgeon, "99232"}, 2)
	if !g.stay(l, out, s, 1+rng.IntN(7), "0360", "", op.paid*100) {
		return
	}
	home := s.thru
	if s.status == "02" {
		other := &stay{where: &hospitals[rng.IntN(len(hospitals))], claimType: "60", bill: "11", from: home.AddDays(rng.IntN(2)), status: "06",
			drg: pick(rng, append([]string{"0560", "0949"}, op.drgs...))}
		if !g.stay(l, out, other, 2+rng.IntN(6), "0120", "", 900_000) {
			return
		}
		home, s.status = other.thru, "06"
	}
	g.aftercare(l, out, home, s.status)
}

// operateOutside is an operation in the outpatient department.
func (g *generator) operateOutside(l *life, out *block, op *operation, where *facility, day civil.Date) {
	g.stay(l, out, &stay{where: where, claimType: "40", bill: "13", from: day}, 0, "0360", pick(l.rng, op.outpatient), op.paid*80)
	g.professional(l, out, day, pick(l.rng, pick(l.rng, g.world.practices).others), "22", []string{op.surgeon}, 1)
}

// aftercare is what follows within some months of going home.
func (g *generator) aftercare(l *life, out *block, home civil.Date, status string) {
	rng := l.rng
	switch status {
	case "03":
		g.stay(l, out, &stay{where: &g.world.facilities["SNF"][rng.IntN(len(g.world.facilities["SNF"]))], claimType: "20", bill: "21", from: home}, 4+rng.IntN(40), "0022", "", 500_000)
	case "62":
		g.stay(l, out, &stay{where: pickFacility(rng, g.surgical.rehabilitation), claimType: "60", bill: "11", from: home, drg: "0949"}, 5+rng.IntN(16), "0118", "", 1_500_000)
	case "63":
		g.stay(l, out, &stay{where: pickFacility(rng, g.surgical.longTerm), claimType: "60", bill: "11", from: home, drg: "0560"}, 12+rng.IntN(30), "0120", "", 2_500_000)
	case "06":
		hhas := g.world.facilities["HHA"]
		agency := &hhas[rng.IntN(len(hhas))]
		for i := range 1 + rng.IntN(3) {
			g.stay(l, out, &stay{where: agency, claimType: "10", bill: "32", from: home.AddDays(1 + 30*i)}, 29, "0551", "", 180_000)
		}
	}
	for range rng.IntN(6) {
		g.professional(l, out, home.AddDays(1+rng.IntN(75)), pick(rng, pick(rng, g.world.practices).primary), "11", []string{"99213", "97110", "J1100", "J7190"}, 1)
	}
	if rng.IntN(4) == 0 {
		g.equipment(l, out, home.AddDays(rng.IntN(10)))
	}
	hospitals := g.world.facilities["hospital"]
	for rng.IntN(6) == 0 {
		back := &stay{where: &hospitals[rng.IntN(len(hospitals))], claimType: "60", bill: "11", from: home.AddDays(1 + rng.IntN(65)), drg: pick(rng, readmissionDRGs)}
		if !g.stay(l, out, back, 1+rng.IntN(9), "0120", "", 900_000) {
			return
		}
	}
}

// stay writes an institutional claim of two lines; false if the person does not live to it
// or does not survive it.
func (g *generator) stay(l *life, out *block, s *stay, days int, center, code string, cents int) bool {
	rng := l.rng
	s.thru = s.from.AddDays(days)
	if s.status == "" {
		s.status = "01"
	}
	alive := true
	if !l.death.IsZero() && !s.thru.Before(l.death) {
		if s.from.After(l.death) {
			return false
		}
		s.thru, s.status, alive = l.death, "20", false
	}
	if s.from.Before(g.first) || s.thru.After(g.last) {
		return false
	}
	s.principal, s.second = pick(rng, diagnosisCodes), pick(rng, diagnosisCodes)
	s.attending = pick(rng, s.where.staff).npi
	s.lines = []revenue{{center, code, money.Cents(cents/2 + rng.IntN(cents))}, {"0250", "", money.Cents(1000 + rng.IntN(90_000))}}
	g.write(l, out, s)
	return alive
}

func pickFacility(rng *rand.Rand, list []facility) *facility { return &list[rng.IntN(len(list))] }

// writeHospitals writes the hospitals that take part in bundled payment: all but every third.
func (g *generator) writeHospitals() error {
	var b bytes.Buffer
	b.WriteString("ccn,name,region,track,beds,safety_net\n")
	for i, f := range g.world.facilities["hospital"] {
		if i%3 == 2 {
			continue
		}
		fmt.Fprintf(&b, "%s,Hospital %d,%d,%d,%d,%s\n", f.ccn, i+1, 1+i%2, []int{3, 1, 3, 1}[i%4], 120+260*(i%4), []string{"no", "yes"}[i%2])
	}
	return os.WriteFile(filepath.Join(g.cfg.Dir, "hospitals.csv"), b.Bytes(), 0o644)
}
