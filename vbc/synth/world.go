// SPDX-License-Identifier: Apache-2.0

// Package synth invents an accountable care organisation: its participants, the other
// practices and facilities of the region, and any number of lives with their claims,
// written as CMS delivers them (CCLF of layout v36 in monthly zips, an assignment list, a
// list of opt-outs) together with the lists that an organisation keeps itself.
//
// One seed gives the same bytes on any number of cores. Nobody in it is real: identifiers
// begin with 1S, which CMS never assigns, names are of trees and places, amounts are
// drawn and follow no fee schedule.
package synth

import (
	"fmt"
	"math/rand/v2"
)

// The two organisations of the region.
const (
	ACO      = "A9999" // whose deliveries are made
	OtherACO = "A8888"
)

// clinician is who renders services.
type clinician struct {
	npi, tin, specialty string
}

// practice is a billing TIN with its clinicians.
type practice struct {
	aco        string // empty for none
	tin        string
	primary    []clinician // physicians of primary care
	others     []clinician // nurse practitioners, physician assistants
	specialist []clinician
}

// facility is an institution by its CCN.
type facility struct {
	aco, tin, ccn string
	kind          string // hospital, SNF, HHA, hospice, FQHC, RHC, CAH2, ETA
	staff         []clinician
	npi           string
}

// world is the region of one seed.
type world struct {
	practices  []practice
	facilities map[string][]facility // by kind
	labs       []clinician
	suppliers  []string // NPIs of equipment suppliers
	pharmacies []string
}

var (
	primarySpecialties    = []string{"08", "11", "11", "08", "38", "01"}
	otherSpecialties      = []string{"50", "97", "50", "89"}
	specialistSpecialties = []string{"06", "29", "46", "13", "39", "20", "02", "30", "83", "06"}
)

// newWorld makes the region: about one practice for 700 lives, more than a dozen.
func newWorld(seed uint64, lives int) *world {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	w := &world{facilities: map[string][]facility{}}
	npi := 0
	next := func() string { npi++; return fmt.Sprintf("19%08d", npi) }
	for i := range max(24, lives/700) {
		p := practice{tin: fmt.Sprintf("9%08d", 1000+i*7)}
		switch i % 20 {
		case 0, 2, 5, 7, 9, 11, 14, 16, 18:
			p.aco = ACO
		case 3, 10, 17:
			p.aco = OtherACO
		}
		staff := func(n int, specialties []string) []clinician {
			list := make([]clinician, n)
			for k := range list {
				list[k] = clinician{next(), p.tin, specialties[rng.IntN(len(specialties))]}
			}
			return list
		}
		p.primary = staff(1+rng.IntN(5), primarySpecialties)
		p.others = staff(1+rng.IntN(3), otherSpecialties)
		p.specialist = staff(rng.IntN(4), specialistSpecialties)
		w.practices = append(w.practices, p)
	}
	w.build(rng, next, max(1, lives/20_000))
	return w
}

// build adds the facilities; scale is the number of each beyond the first.
func (w *world) build(rng *rand.Rand, next func() string, scale int) {
	n := 0
	for _, k := range []struct {
		kind, ccn string
		count     int
	}{{"hospital", "98%04d", 3 + scale}, {"SNF", "985%03d", 4 + scale}, {"HHA", "987%03d", 3 + scale}, {"hospice", "9815%02d", 2},
		{"FQHC", "9818%02d", 2 + min(scale, 20)}, {"RHC", "9834%02d", 2}, {"CAH2", "9813%02d", 2}, {"ETA", "9800%02d", 2}} {
		for i := range k.count {
			n++
			f := facility{kind: k.kind, ccn: fmt.Sprintf(k.ccn, i+1), tin: fmt.Sprintf("8%08d", n), npi: next()}
			if k.kind == "hospital" {
				f.ccn = fmt.Sprintf(k.ccn, i+101)
			}
			switch i % 3 {
			case 0:
				f.aco = ACO
			case 1:
				if k.kind == "FQHC" {
					f.aco = OtherACO
				}
			}
			for range 3 {
				f.staff = append(f.staff, clinician{next(), f.tin, primarySpecialties[rng.IntN(len(primarySpecialties))]})
			}
			w.facilities[k.kind] = append(w.facilities[k.kind], f)
		}
	}
	for i := range 3 {
		w.labs = append(w.labs, clinician{next(), fmt.Sprintf("7%08d", i+1), "69"})
		w.suppliers = append(w.suppliers, next())
		w.pharmacies = append(w.pharmacies, next())
	}
}

// Codes that the invented claims carry: codes alone, of no particular weight.
var (
	visitCodes      = []string{"99213", "99214", "99213", "99214", "99215", "99212", "99203", "99204", "G0439", "G0438", "99490", "99495", "G2211", "G0506", "G0556", "96160"}
	specialistCodes = []string{"99213", "99214", "99204", "99215"}
	otherCodes      = []string{"93000", "20610", "71046", "36415", "90662", "11042", "J1100", "G0008"}
	labCodes        = []string{"80053", "85025", "83036", "80061", "84443"}
	supplyCodes     = []string{"E0601", "A7037", "E1390", "A4253", "K0001"}
	drugCodes       = []string{"00093105701", "00378180001", "68180098003", "16729004315", "00071015523", "65862005190"}
	diagnosisCodes  = []string{"I10", "E119", "E785", "I2510", "J449", "N183", "I5032", "E1122", "F329", "M179", "I480", "G309", "Z0000", "C50911", "N186", "D649"}
	procedureCodes  = []string{"0SR9019", "4A023N7", "0DTJ4ZZ", "5A1D70Z", "027034Z"}
	drgs            = []string{"0291", "0470", "0871", "0193", "0065", "0690", "0247", "0392"}
)
