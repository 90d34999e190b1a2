// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// assembler makes beneficiaries out of rows. Its slices are used again for the next one.
type assembler struct {
	b         Beneficiary
	pending   []pending
	order     []int32 // places in pending, sorted
	inForce   []int32
	lines     []lineRow
	details   []lineRow // of CCLF5 and CCLF6, before they are grouped into claims
	procs     []codeRow
	diags     []codeRow
	chain     []link
	held      []Line
	heldDx    []string
	heldProc  []Procedure
	lists     []listRow
	optOuts   []optOut
	withdrawn []withdrawal
	person    personRow
	tally     Adjustments
}

// pending is a claim before its chain is resolved.
type pending struct {
	Claim
	kind byte
	key  chainKey
	version
}

// chainKey is what the records of one chain share.
type chainKey struct {
	provider string
	from     civil.Date
	thru     civil.Date
	number   string
}

func (k chainKey) compare(o chainKey) int {
	return cmp.Or(strings.Compare(k.provider, o.provider), k.from.Sub(o.from), k.thru.Sub(o.thru), strings.Compare(k.number, o.number))
}

// version orders deliveries of one record: the latest counts, and of two that differ on
// the same day the one with the larger content, so that order of files does not matter.
type version struct {
	delivered civil.Date
	raw       string
}

func (v version) compare(o version) int {
	return cmp.Or(v.delivered.Sub(o.delivered), strings.Compare(v.raw, o.raw))
}

// lineRow is a line with its claim: of CCLF2 in short, of CCLF5 and CCLF6 in full.
type lineRow struct {
	claim int64
	kind  byte
	Line
	version
	effective, loaded   civil.Date
	claimFrom, claimEnd civil.Date
	claimType, control  string
	dx                  [12]string
}

// codeRow is a procedure or a diagnosis of a claim.
type codeRow struct {
	claim int64
	seq   int64
	class string
	code  string
	day   civil.Date
	version
}

// personRow is the latest CCLF8, and the latest with a day of death.
type personRow struct {
	seen bool
	version
	death version
}

// assemble makes one beneficiary of all its rows.
func (a *assembler) assemble(mbi string, former []string, rows []string) (*Beneficiary, error) {
	a.reset(mbi, former)
	for _, raw := range rows {
		if err := a.take(raw); err != nil {
			return nil, err
		}
	}
	a.settleLists()
	b := &a.b
	slices.SortFunc(b.Hospice, func(x, y Period) int { return cmp.Or(x.Begin.Sub(y.Begin), x.End.Sub(y.End)) })
	b.Hospice = slices.Compact(b.Hospice)
	a.claimsOfLines()
	a.resolveChains()
	if b.OptedOut {
		b.Claims = emptied(b.Claims)
	}
	b.Adjustments = a.tally
	return b, nil
}

func (a *assembler) reset(mbi string, former []string) {
	a.b = Beneficiary{MBI: mbi, Former: former, Claims: emptied(a.b.Claims), Listed: a.b.Listed[:0]}
	a.pending, a.lines, a.details = emptied(a.pending), emptied(a.lines), emptied(a.details)
	a.procs, a.diags = emptied(a.procs), emptied(a.diags)
	a.held, a.heldDx, a.heldProc = emptied(a.held), emptied(a.heldDx), emptied(a.heldProc)
	a.lists, a.optOuts, a.withdrawn = emptied(a.lists), emptied(a.optOuts), a.withdrawn[:0]
	a.person, a.tally = personRow{}, Adjustments{}
}

// emptied cuts a list to nothing and forgets what it held: a text left in it would keep
// the whole part in memory that it was read from.
func emptied[T any](list []T) []T {
	clear(list)
	return list[:0]
}

// claimsOfLines groups the lines of CCLF5 and CCLF6 into claims.
func (a *assembler) claimsOfLines() {
	a.order = a.order[:0]
	for i := range a.details {
		a.order = append(a.order, int32(i))
	}
	slices.SortFunc(a.order, func(i, j int32) int {
		x, y := &a.details[i], &a.details[j]
		if c := cmp.Or(cmp.Compare(x.claim, y.claim), cmp.Compare(x.kind, y.kind), cmp.Compare(x.Number, y.Number)); c != 0 {
			return c
		}
		return y.compare(x.version)
	})
	for i := 0; i < len(a.order); {
		first := &a.details[a.order[i]]
		p := pending{kind: first.kind, version: first.version, key: chainKey{number: first.control}, Claim: Claim{ID: first.claim, Setting: settingOf(first.claimType), Type: first.claimType,
			From: first.claimFrom, Thru: first.claimEnd, ControlNumber: first.control, Effective: first.effective, Loaded: first.loaded}}
		if first.control == "" {
			p.key.number = "#" + strconv.FormatInt(first.claim, 10) // nothing to chain by
		}
		start, startDx := len(a.held), len(a.heldDx)
		for ; i < len(a.order); i++ {
			d := &a.details[a.order[i]]
			if d.claim != p.ID || d.kind != p.kind {
				break
			}
			if n := len(a.held); n > start && a.held[n-1].Number == d.Number {
				a.tally.Repeated++
				continue
			}
			a.held = append(a.held, d.Line)
			p.Paid += d.Paid
			for _, code := range d.dx {
				if code != "" && !slices.Contains(a.heldDx[startDx:], code) {
					a.heldDx = append(a.heldDx, code)
				}
			}
		}
		p.Lines = a.held[start:len(a.held):len(a.held)]
		p.Diagnoses = a.heldDx[startDx:len(a.heldDx):len(a.heldDx)]
		a.pending = append(a.pending, p)
	}
}

// resolveChains puts the claims in force into the beneficiary. Claims are large: what is
// sorted are their places.
func (a *assembler) resolveChains() {
	a.order = a.order[:0]
	for i := range a.pending {
		a.order = append(a.order, int32(i))
	}
	slices.SortFunc(a.order, func(i, j int32) int { return byID(&a.pending[i], &a.pending[j]) })
	a.order = slices.CompactFunc(a.order, func(i, j int32) bool {
		x, y := &a.pending[i], &a.pending[j]
		return x.ID == y.ID && x.kind == y.kind && x.Setting == y.Setting
	})
	a.tally.Repeated += len(a.pending) - len(a.order)
	a.tally.Records = len(a.order)
	a.sortParts()
	if len(a.withdrawn) > 0 {
		n := len(a.order)
		a.order = slices.DeleteFunc(a.order, func(i int32) bool { return a.isWithdrawn(&a.pending[i]) })
		a.tally.Cancelled += n - len(a.order)
	}
	slices.SortFunc(a.order, func(i, j int32) int { return byChain(&a.pending[i], &a.pending[j]) })
	a.inForce = a.inForce[:0]
	for i := 0; i < len(a.order); {
		a.chain = a.chain[:0]
		first := &a.pending[a.order[i]]
		j := i
		for ; j < len(a.order); j++ {
			p := &a.pending[a.order[j]]
			if group(p.Setting) != group(first.Setting) || p.key != first.key {
				break
			}
			a.chain = append(a.chain, link{kind: p.kind, effective: p.Effective, id: p.ID, paid: p.Paid, claim: int(a.order[j])})
			if p.Setting != Drug {
				if p.kind == cancel {
					a.tally.Paid -= p.Paid.Abs()
				} else {
					a.tally.Paid += p.Paid
				}
			}
		}
		resolve(a.chain, &a.tally)
		for _, l := range a.chain {
			if !l.dead {
				a.inForce = append(a.inForce, int32(l.claim))
			}
		}
		i = j
	}
	slices.SortFunc(a.inForce, func(i, j int32) int {
		x, y := &a.pending[i], &a.pending[j]
		if x.From != y.From {
			return x.From.Sub(y.From)
		}
		return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Setting, y.Setting))
	})
	for _, i := range a.inForce {
		a.keep(&a.pending[i])
	}
	a.tally.InForce = len(a.b.Claims)
}

func (a *assembler) isWithdrawn(p *pending) bool {
	return slices.ContainsFunc(a.withdrawn, func(w withdrawal) bool {
		return w.id == p.ID && w.group == group(p.Setting) && !p.delivered.After(w.day)
	})
}

// byID orders records of one claim, the latest delivery first.
func byID(x, y *pending) int {
	if x.ID != y.ID {
		return cmp.Compare(x.ID, y.ID)
	}
	if c := cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.Setting, y.Setting)); c != 0 {
		return c
	}
	return y.compare(x.version)
}

// byChain orders records by what the records of a chain share.
func byChain(x, y *pending) int {
	if gx, gy := group(x.Setting), group(y.Setting); gx != gy {
		return gx - gy
	}
	if x.key != y.key {
		return x.key.compare(y.key)
	}
	return byID(x, y)
}

// group tells the files apart whose natural keys differ.
func group(s Setting) int {
	switch s {
	case Professional:
		return 1
	case Equipment:
		return 2
	case Drug:
		return 3
	}
	return 0
}

// sortParts orders what hangs on Part A claims, and counts what hangs on none.
func (a *assembler) sortParts() {
	n := len(a.lines) + len(a.procs) + len(a.diags)
	slices.SortFunc(a.lines, func(x, y lineRow) int {
		if x.claim != y.claim {
			return cmp.Compare(x.claim, y.claim)
		}
		if x.Number != y.Number {
			return cmp.Compare(x.Number, y.Number)
		}
		return y.compare(x.version)
	})
	a.lines = slices.CompactFunc(a.lines, func(x, y lineRow) bool { return x.claim == y.claim && x.Number == y.Number })
	byCode := func(x, y codeRow) int {
		if x.claim != y.claim {
			return cmp.Compare(x.claim, y.claim)
		}
		return cmp.Or(rank(x.class)-rank(y.class), strings.Compare(x.class, y.class), cmp.Compare(x.seq, y.seq), y.compare(x.version))
	}
	same := func(x, y codeRow) bool { return x.claim == y.claim && x.class == y.class && x.seq == y.seq }
	slices.SortFunc(a.procs, byCode)
	a.procs = slices.CompactFunc(a.procs, same)
	slices.SortFunc(a.diags, byCode)
	a.diags = slices.CompactFunc(a.diags, same)
	a.tally.Repeated += n - len(a.lines) - len(a.procs) - len(a.diags)

	headed := func(claim int64) bool {
		_, ok := slices.BinarySearchFunc(a.order, claim, func(i int32, id int64) int { return cmp.Compare(a.pending[i].ID, id) })
		return ok
	}
	for i := range a.lines {
		if !headed(a.lines[i].claim) {
			a.tally.Orphans++
		}
	}
	for i := range a.procs {
		if !headed(a.procs[i].claim) {
			a.tally.Orphans++
		}
	}
	for i := range a.diags {
		if !headed(a.diags[i].claim) {
			a.tally.Orphans++
		}
	}
}

// rank puts the principal diagnosis before the others.
func rank(class string) int {
	switch class {
	case "P", "":
		return 0
	case "D":
		return 1
	}
	return 2
}

// keep adds a claim in force, with its lines, procedures and diagnoses.
func (a *assembler) keep(p *pending) {
	c := p.Claim
	c.Adjusted = p.kind == adjustment
	if group(c.Setting) == 0 {
		start := len(a.held)
		for i := firstOf(a.lines, c.ID, func(l *lineRow) int64 { return l.claim }); i < len(a.lines) && a.lines[i].claim == c.ID; i++ {
			a.held = append(a.held, a.lines[i].Line)
		}
		c.Lines = a.held[start:len(a.held):len(a.held)]
		start = len(a.heldProc)
		for i := firstOf(a.procs, c.ID, func(r *codeRow) int64 { return r.claim }); i < len(a.procs) && a.procs[i].claim == c.ID; i++ {
			a.heldProc = append(a.heldProc, Procedure{a.procs[i].code, a.procs[i].day})
		}
		c.Procedures = a.heldProc[start:len(a.heldProc):len(a.heldProc)]
		c.Diagnoses = a.diagnoses(&c)
	}
	a.b.Claims = append(a.b.Claims, c)
}

func (a *assembler) diagnoses(c *Claim) []string {
	start := len(a.heldDx)
	if c.Principal != "" {
		a.heldDx = append(a.heldDx, c.Principal)
	}
	for i := firstOf(a.diags, c.ID, func(r *codeRow) int64 { return r.claim }); i < len(a.diags) && a.diags[i].claim == c.ID; i++ {
		if d := &a.diags[i]; rank(d.class) < 2 && !slices.Contains(a.heldDx[start:], d.code) {
			a.heldDx = append(a.heldDx, d.code)
		}
	}
	return a.heldDx[start:len(a.heldDx):len(a.heldDx)]
}

// firstOf is the place of the first row of a claim in a sorted list.
func firstOf[T any](rows []T, claim int64, of func(*T) int64) int {
	lo, hi := 0, len(rows)
	for lo < hi {
		mid := (lo + hi) / 2
		if of(&rows[mid]) < claim {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
