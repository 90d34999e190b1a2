// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// codeKey is a procedure code and a modifier in one word: five bytes and two.
type codeKey uint64

// keyOf packs a code and the modifier of its row; 0 if the code has not five bytes.
func keyOf(code, mod string) codeKey {
	if len(code) != 5 {
		return 0
	}
	k := codeKey(code[0])<<32 | codeKey(code[1])<<24 | codeKey(code[2])<<16 | codeKey(code[3])<<8 | codeKey(code[4])
	k <<= 16
	if len(mod) == 2 {
		k |= codeKey(mod[0])<<8 | codeKey(mod[1])
	}
	return k
}

// with is the key of the same code with another modifier.
func (k codeKey) with(mod string) codeKey {
	return k&^0xffff | codeKey(mod[0])<<8 | codeKey(mod[1])
}

// plain is the key without the modifier.
func (k codeKey) plain() codeKey { return k &^ 0xffff }

// String is the code, and the modifier after a hyphen.
func (k codeKey) String() string {
	b := []byte{byte(k >> 48), byte(k >> 40), byte(k >> 32), byte(k >> 24), byte(k >> 16)}
	if k&0xffff != 0 {
		b = append(b, '-', byte(k>>8), byte(k))
	}
	return string(b)
}

// rvu is one row of the relative value file. RVUs and shares count hundredths.
type rvu struct {
	key                       codeKey
	work, mp                  int32
	pe, oppsPE                [2]int32 // by setting
	oppsMP                    int32
	pre, intra, post          int32
	status, pctc, mult, bilat byte
	asst, co, team            byte
	global                    globalDays
	endoBase, technical       codeKey
	rare                      [2]bool // by setting: marked NA
}

// setting indexes the two practice expenses.
const (
	nonfacility = 0
	facility    = 1
)

// globalDays is the package of a procedure.
type globalDays uint8

const (
	globalNone   globalDays = iota // XXX, ZZZ, MMM: no package of its own
	global0                        // 000: the day itself
	global10                       // 010: and ten days after
	global90                       // 090: a day before, and 90 days after
	globalDecide                   // YYY: the contractor decides
)

func parseGlobal(s string) globalDays {
	switch s {
	case "000":
		return global0
	case "010":
		return global10
	case "090":
		return global90
	case "YYY":
		return globalDecide
	}
	return globalNone
}

// days are those after the procedure that its package includes.
func (g globalDays) days() int {
	switch g {
	case global10:
		return 10
	case global90:
		return 90
	}
	return 0
}

// valued tells whether the row has a value at all.
func (r *rvu) valued() bool { return r.work != 0 || r.pe[0] != 0 || r.pe[1] != 0 || r.mp != 0 }

// capped tells whether the row has an OPPS amount that limits it (section
// 1848(b)(4) of the Act).
func (r *rvu) capped() bool { return r.oppsPE[0] != 0 || r.oppsPE[1] != 0 }

// gpci is one locality with its indices, in thousandths.
type gpci struct {
	work, pe, mp      int64
	carrier, locality string
	row               int
	anesthesia        [2]int64 // conversion factors in units of 10^-4: standard, qualifying APM
}

// whole is a share of one, in units of 10^-4.
const whole = 10_000

// uncapped is the amount of one unit before the OPPS cap; peShare is the part of
// the practice expense that is paid.
func (r *rvu) uncapped(g *gpci, setting int, cf, peShare int64) money.Cents {
	return amountOf(int64(r.work), int64(r.pe[setting]), int64(r.mp), g, cf, peShare)
}

// cap is the OPPS amount of one unit, with the file's own values for it.
func (r *rvu) cap(g *gpci, setting int, cf int64) money.Cents {
	return amountOf(int64(r.work), int64(r.oppsPE[setting]), int64(r.oppsMP), g, cf, whole)
}

// amount is the fee schedule amount of one unit.
func (r *rvu) amount(g *gpci, setting int, cf int64) money.Cents {
	a := r.uncapped(g, setting, cf, whole)
	if r.capped() {
		a = min(a, r.cap(g, setting, cf))
	}
	return a
}

// amountOf is the sum of the three products times the conversion factor. RVUs have
// two decimals, indices three, the share and the factor four: 13 in all, of which
// 11 are rounded off.
func amountOf(work, pe, mp int64, g *gpci, cf, peShare int64) money.Cents {
	sum := (work*g.work+mp*g.mp)*whole + pe*g.pe*peShare
	return money.Cents(money.HalfUp(sum, cf, 100_000_000_000))
}

// readRVUs reads table mpfs.rvu.
func readRVUs(t *refdata.Table) ([]rvu, map[codeKey]int32, error) {
	b := t.Bind()
	code, mod, status := b.Text("hcpcs"), b.Text("mod"), b.Text("status")
	work, mp := b.Numbers("work", 2), b.Numbers("mp", 2)
	peN, peF := b.Numbers("pe_nonfacility", 2), b.Numbers("pe_facility", 2)
	naN, naF := b.Text("nonfacility_na"), b.Text("facility_na")
	pre, intra, post := b.Numbers("pre", 2), b.Numbers("intra", 2), b.Numbers("post", 2)
	pctc, global, mult, bilat := b.Text("pctc"), b.Text("global"), b.Text("mult"), b.Text("bilat")
	asst, co, team := b.Text("asst"), b.Text("co"), b.Text("team")
	endo, technical := b.Text("endo_base"), b.Text("technical")
	oppsN, oppsF, oppsMP := b.Numbers("opps_pe_nonfacility", 2), b.Numbers("opps_pe_facility", 2), b.Numbers("opps_mp", 2)
	if err := b.Err(); err != nil {
		return nil, nil, err
	}
	rows := make([]rvu, t.Rows)
	index := make(map[codeKey]int32, t.Rows)
	for i := range rows {
		rows[i] = rvu{key: keyOf(code[i], mod[i]), work: int32(work[i]), mp: int32(mp[i]),
			pe: [2]int32{int32(peN[i]), int32(peF[i])}, oppsPE: [2]int32{int32(oppsN[i]), int32(oppsF[i])}, oppsMP: int32(oppsMP[i]),
			pre: int32(pre[i]), intra: int32(intra[i]), post: int32(post[i]),
			status: letter(status[i]), pctc: letter(pctc[i]), mult: letter(mult[i]), bilat: letter(bilat[i]),
			asst: letter(asst[i]), co: letter(co[i]), team: letter(team[i]), global: parseGlobal(global[i]),
			endoBase: keyOf(endo[i], ""), technical: keyOf(technical[i], ""),
			rare: [2]bool{naN[i] == "NA", naF[i] == "NA"}}
		index[rows[i].key] = int32(i)
	}
	return rows, index, nil
}

// letter is an indicator of one character; 0 if there is none.
func letter(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}
