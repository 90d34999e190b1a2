// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// A batch is cut after a claim once it has this many bytes or claims; where no
// claim comes, at any HL beyond the hard limit.
const (
	batchBytes  = 96 << 10
	batchClaims = 192
	batchHard   = 512 << 10
	hardSegs    = 50_000
	unitSegs    = 20_000  // of one claim or level; the guides allow 999 lines to a claim
	batchRead   = 4 << 20 // of a file without claims
	batchEvents = 1_000   // issues of segments that the splitter keeps
)

// regions of a transaction: what a segment outside any claim belongs to.
const (
	regionHeader = iota
	regionBilling
	regionSubscriber
	regionPatient
	regionClaim
)

// splitter cuts a file into batches. It looks only at what begins a claim or a
// level of the hierarchy; the rest is for the workers.
type splitter struct {
	opt Options
	r   *x12.Reader
	b   *Batch // being filled

	held    unit // a segment that was read but belongs to the next batch
	holding bool
	heldSeg x12.Segment

	open     [4]unit // the levels that are open
	region   int
	tx       *x12.TransactionReport
	guide    *x12.Guide
	bad      bool
	levels   hierarchy
	claims   int // of the transaction
	patient  int // claims of the patient so far
	size     int // bytes of the claim or level so far
	count    int // and its segments
	dropping bool
	index    int // claims of the file
	sequence int
	done     bool
	start    int64 // what was read before the batch
}

func newSplitter(r io.Reader, opt Options) *splitter {
	s := &splitter{opt: opt}
	s.r = x12.NewReader(r, x12.Options{File: opt.File, Limits: opt.Limits, Issue: s.event})
	return s
}

func (s *splitter) event(ic *x12.InterchangeReport, g *x12.GroupReport, t *x12.TransactionReport, i x12.Issue) {
	if len(s.b.events) >= batchEvents && i.Level > x12.Transaction {
		s.b.moreEvents++
		return
	}
	s.b.events = append(s.b.events, event{ic, g, t, i})
}

// issue reports a fault of the transaction that the splitter itself found.
func (s *splitter) issue(seg *x12.Segment, i x12.Issue) {
	i.Segment, i.Position, i.Offset = seg.ID(), seg.Position, seg.Offset
	if ic := s.r.Interchange(); ic != nil {
		i.Interchange = ic.ControlNumber
	}
	if g := s.r.Group(); g != nil {
		i.Group = g.ControlNumber
	}
	if s.tx != nil {
		i.Transaction = s.tx.ControlNumber
	}
	s.event(s.r.Interchange(), s.r.Group(), s.tx, i)
}

// fill puts the next claims of the file into b; io.EOF if there is nothing more.
func (s *splitter) fill(b *Batch) error {
	b.reset()
	if s.done {
		return io.EOF
	}
	s.b = b
	b.source = claim.Source{File: s.opt.File, Index: s.index}
	s.sequence++
	b.sequence = s.sequence
	s.start = s.r.Read()
	if s.holding {
		s.holding = false
		s.begin(&s.heldSeg)
		s.take(&s.heldSeg)
	}
	for {
		seg, err := s.r.Next()
		if err != nil {
			s.done = true
			s.abandon()
			b.Bytes = s.r.Read()
			if err != io.EOF {
				b.err = err
			}
			return nil
		}
		if s.mustCut(&seg) {
			if !seg.Is("CLM") && !seg.Is("HL") {
				s.abandon()
			}
			s.hold(seg)
			b.Bytes = s.r.Read()
			return nil
		}
		s.take(&seg)
		outside := s.tx == nil || s.guide == nil || s.r.Transaction() != s.tx
		if len(b.segs) == 0 && s.r.Read()-s.start > batchRead || outside && len(b.events) >= batchEvents {
			b.Bytes = s.r.Read()
			return nil
		}
	}
}

// mustCut tells whether the batch ends before seg.
func (s *splitter) mustCut(seg *x12.Segment) bool {
	if len(s.b.segs) == 0 {
		return false
	}
	switch seg.Raw[0] {
	case 'I':
		return seg.Is("ISA")
	case 'G':
		return seg.Is("GS")
	case 'S':
		return (s.full() || s.r.Read()-s.start > batchRead) && seg.Is("ST")
	case 'C', 'H':
		if !seg.Is("CLM") && !seg.Is("HL") {
			return false
		}
		return s.full() && s.region == regionClaim || len(s.b.body) >= batchHard || len(s.b.segs) >= hardSegs
	}
	return false
}

func (s *splitter) full() bool { return len(s.b.body) >= batchBytes || s.b.claimsHint() >= batchClaims }

func (b *Batch) claimsHint() int {
	n := 0
	for i := range b.txs {
		n += b.txs[i].claims
	}
	return n
}

// hold keeps seg for the next batch; the reader may overwrite its bytes before.
func (s *splitter) hold(seg x12.Segment) {
	s.held.clear()
	s.held.text = append(s.held.text, seg.Raw...)
	seg.Raw = s.held.text
	s.heldSeg, s.holding = seg, true
}

// begin gives a new batch what is open where seg stands.
func (s *splitter) begin(seg *x12.Segment) {
	b := s.b
	b.delims = seg.Delimiters
	b.offset = seg.Offset
	if s.tx == nil || s.guide == nil || s.r.Transaction() != s.tx {
		return
	}
	switch {
	case seg.Is("CLM"):
		b.depth = min(s.region, regionPatient) + 1
		if s.region == regionClaim {
			b.depth = regionSubscriber + 1
			if len(s.open[regionPatient].segs) > 0 {
				b.depth = regionPatient + 1
			}
		}
		b.before = s.patient
	case seg.Is("HL"):
		b.depth = hlRegion(seg)
		if b.depth < 0 {
			b.depth = 1
		}
	default:
		return
	}
	for i := range b.depth {
		u, o := &b.prefix[i], &s.open[i]
		u.text = append(u.text[:0], o.text...)
		u.segs = append(u.segs[:0], o.segs...)
		u.bad = o.bad
	}
	s.startPart()
}

func (s *splitter) startPart() {
	b := s.b
	b.txs = append(b.txs, txPart{report: s.tx, group: s.r.Group(), ic: s.r.Interchange(), guide: s.guide, first: len(b.segs), bad: s.bad})
	b.source.Interchange = s.r.Interchange().ControlNumber
	b.source.Group = s.r.Group().ControlNumber
}

// hlRegion is the region that an HL opens, -1 if its level is unknown.
func hlRegion(seg *x12.Segment) int {
	switch string(seg.Element(3)) {
	case "20":
		return regionBilling
	case "22":
		return regionSubscriber
	case "23":
		return regionPatient
	}
	return -1
}

// take adds a segment to the batch and to what is open.
func (s *splitter) take(seg *x12.Segment) {
	k := kindOf(seg)
	if k == kindST {
		s.openTransaction(seg)
	}
	if s.tx == nil || s.guide == nil || s.r.Transaction() != s.tx {
		return
	}
	bad := false
	switch k {
	case kindST:
		s.region, s.size, s.count, s.dropping = regionHeader, 0, 0, false
		s.clearFrom(regionHeader)
	case kindHL:
		region := hlRegion(seg)
		bad = s.levels.check(s, seg, region)
		if region >= 0 {
			s.region, s.size, s.count, s.dropping, s.patient = region, 0, 0, false, 0
			s.clearFrom(region)
		}
	case kindCLM:
		if s.region == regionHeader || s.region == regionBilling {
			k = kindOther // no subscriber: the worker will say that it has no place
		} else {
			s.region, s.size, s.count, s.dropping = regionClaim, 0, 0, false
			s.countClaim(seg)
		}
	case kindSE:
		s.closeTransaction(seg)
		s.size, s.count, s.dropping = 0, 0, false
	}
	s.append(seg, k, bad)
}

func kindOf(seg *x12.Segment) kind {
	switch seg.Raw[0] {
	case 'C':
		if seg.Is("CLM") {
			return kindCLM
		}
	case 'H':
		if seg.Is("HL") {
			return kindHL
		}
	case 'S':
		if seg.Is("ST") {
			return kindST
		}
		if seg.Is("SE") {
			return kindSE
		}
	}
	return kindOther
}

func (s *splitter) clearFrom(region int) {
	for i := region; i < len(s.open); i++ {
		s.open[i].clear()
	}
}

func (s *splitter) append(seg *x12.Segment, k kind, bad bool) {
	if s.dropping {
		return
	}
	b := s.b
	if len(b.segs) == 0 {
		b.delims, b.offset = seg.Delimiters, seg.Offset
	}
	s.size += len(seg.Raw)
	s.count++
	over := s.size > s.opt.maxClaim() || s.count > unitSegs
	if over {
		s.dropping, bad = true, true
		s.issue(seg, x12.Issue{Level: x12.SegmentLevel, Rule: "837.length", Code: "8",
			Message: fmt.Sprintf("the claim or level has more than %d bytes or %d segments; the rest of it is not read", s.opt.maxClaim(), unitSegs),
			Remedy:  "split the claim"})
	}
	start := len(b.body)
	b.body = append(append(b.body, seg.Raw...), seg.Delimiters.Segment)
	b.segs = append(b.segs, segRef{uint32(start), uint32(start + len(seg.Raw)), uint32(seg.Position), uint32(seg.Offset - b.offset), k, bad})
	if s.region < regionClaim && k != kindSE {
		u := &s.open[s.region]
		u.add(seg.Raw, seg.Delimiters.Segment, seg.Position, 0, k)
		u.bad = u.bad || bad
	}
}

// abandon marks the last claim of a transaction that ends without an SE: no one
// knows whether it is whole.
func (s *splitter) abandon() {
	if b := s.b; s.tx != nil && !s.tx.Closed && s.region == regionClaim && len(b.txs) > 0 {
		b.txs[len(b.txs)-1].cut = true
	}
	s.tx = nil
}

func (s *splitter) openTransaction(seg *x12.Segment) {
	s.abandon()
	s.tx, s.guide, s.claims, s.levels = s.r.Transaction(), nil, 0, hierarchy{}
	s.bad = s.r.Bad()
	if s.tx == nil {
		return
	}
	if s.tx.ID != "837" {
		s.issue(seg, x12.Issue{Level: x12.Transaction, Rule: "837.ST01", Code: "1", Warning: s.opt.PassOthers, Element: 1, Value: s.tx.ID,
			Message: "this transaction is no 837 claim, but a " + transactionName(s.tx.ID),
			Remedy:  "send 837 claims here"})
		return
	}
	s.guide = x12.GuideFor(s.tx.Version)
	if s.guide == nil {
		s.issue(seg, x12.Issue{Level: x12.Transaction, Rule: "837.ST03", Code: "I6", Element: 3, Value: s.tx.Version,
			Message: "the guide " + printable(s.tx.Version) + " is not known",
			Remedy:  "send 005010X222A1 or A2 (professional), 005010X223A2 or A3 (institutional) or 005010X224A2 (dental)"})
		return
	}
	if n := len("005010X222"); len(s.tx.Version) == n {
		s.issue(seg, x12.Issue{Level: x12.Transaction, Rule: "837.ST03.addenda", Code: "I6", Warning: true, Element: 3, Value: s.tx.Version,
			Message: "the guide is named without its addenda", Remedy: "send 005010X222A1, 005010X223A2 or 005010X224A2"})
	}
	s.startPart()
}

func transactionName(id string) string {
	switch id {
	case "835":
		return "835 remittance"
	case "270", "271":
		return id + " eligibility transaction"
	case "276", "277":
		return id + " claim status transaction"
	case "278":
		return "278 services review"
	case "275":
		return "275 attachment"
	case "834":
		return "834 enrollment"
	case "820":
		return "820 premium payment"
	case "999", "997":
		return id + " acknowledgment"
	}
	return "transaction of another kind"
}

// printable keeps of a text what may stand in a message.
func printable(v string) string {
	v = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, v)
	if len(v) > 12 {
		v = v[:12]
	}
	return strconv.Quote(v)
}

func (s *splitter) countClaim(seg *x12.Segment) {
	s.claims++
	s.patient++
	s.index++
	s.b.txs[len(s.b.txs)-1].claims++ // a hint for mustCut; the worker counts anew
	if s.claims == 5001 {
		s.issue(seg, x12.Issue{Level: x12.Business, Rule: "837.claims", Warning: true,
			Message: "the transaction has more than 5,000 claims", Remedy: "put at most 5,000 claims into one ST; some payers refuse more"})
	}
}

func (s *splitter) closeTransaction(seg *x12.Segment) {
	if s.claims == 0 {
		s.issue(seg, x12.Issue{Level: x12.Transaction, Rule: "837.CLM.required", Code: "5",
			Message: "the transaction has no claim", Remedy: "send at least one CLM"})
	}
}

// hierarchy checks the numbers and parents of HL segments.
type hierarchy struct {
	last   int
	levels [4]string // HL01 of the open level of each region
}

// check reports what is wrong with an HL and tells whether its claims can be
// trusted to stand under the right provider and subscriber.
func (h *hierarchy) check(s *splitter, seg *x12.Segment, region int) (bad bool) {
	h.last++
	number, parent := seg.Element(1), seg.Element(2)
	if n, err := strconv.Atoi(string(number)); err != nil || n != h.last {
		s.issue(seg, x12.Issue{Level: x12.Business, Rule: "837.HL01.sequence", Warning: true, Element: 1, DataElement: 628, Value: clip(number),
			Message: fmt.Sprintf("the level is not numbered %d: HL01 starts at 1 and rises by 1", h.last), Remedy: "number the HL segments of each ST from 1"})
		if err == nil && n >= 0 && n < 1<<40 {
			h.last = n
		}
	}
	if region < 0 {
		return false // the guide says what is wrong with HL03
	}
	want := ""
	if region > regionBilling {
		want = h.levels[region-1]
	}
	if region > regionBilling && want == "" || !bytes.Equal(parent, []byte(want)) {
		bad = true
		s.issue(seg, x12.Issue{Level: x12.ElementLevel, Rule: "837.HL02.parent", Code: "7", Element: 2, DataElement: 734, Value: clip(parent),
			Message: "the level names a parent that is not the open level above it", Remedy: "give HL01 of the billing provider (for 22) or subscriber (for 23) in HL02"})
	}
	h.levels[region] = string(number)
	for i := region + 1; i < len(h.levels); i++ {
		h.levels[i] = ""
	}
	return bad
}

// clip is the text of a value, cut to what an issue carries.
func clip(v []byte) string { return string(v[:min(len(v), 99)]) }
