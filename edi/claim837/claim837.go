// SPDX-License-Identifier: Apache-2.0

// Package claim837 reads professional and institutional claims from X12 837 files
// (guides 005010X222 and 005010X223) and checks them on the way. A claim that has
// an error is set aside alone; the others stay good. Memory stays flat whatever
// the size of the file.
//
// NewReader reads claim by claim; Run reads with every core.
package claim837

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Options of a reader. The zero value is ready to use.
type Options struct {
	// File is the base name that claims and issues carry.
	File   string
	Limits x12.Limits
	// MaxClaim is the longest claim, in bytes, that is read; a longer one is set
	// aside. Default 1 MB.
	MaxClaim int
	// Strict makes errors of the checks that are warnings by default: NPI check
	// digits, the form of Medicare identifiers, diagnosis pointers.
	Strict bool
	// PassOthers makes a warning of transactions that are no 837: their envelopes are checked, and nothing else. By default they are
	// errors.
	PassOthers bool
	// Rejected is called by Reader.Next for each claim that it sets aside. The
	// claim is valid until it returns.
	Rejected func(*Parsed)
	// Progress, if set, is called now and then with the number of bytes read.
	Progress func(bytes int64)
}

func (o Options) maxClaim() int {
	if o.MaxClaim > 0 {
		return o.MaxClaim
	}
	return 1 << 20
}

// Parsed is a claim as it was read.
type Parsed struct {
	Claim claim.Claim
	// Issues are those of the claim itself, and why it was set aside.
	Issues []x12.Issue
	// Rejected is set if the claim, or something that it depends on, has an error.
	// Its Claim then holds what could be read.
	Rejected bool
	// Raw is the claim's own segments, from CLM on, with their terminators.
	Raw []byte

	firstIssue, lastIssue int
}

// Batch is a run of claims in the order of the file. It is valid until emit
// returns; then its memory is used again. Strings of a claim may be kept, slices
// may not.
type Batch struct {
	Claims []Parsed
	// User is the worker's own result. It stays in place when the batch is used
	// again, so that its memory can be too.
	User any
	// Bytes is how much of the file was read when the batch was made.
	Bytes int64

	delims     x12.Delimiters
	source     claim.Source
	prefix     [4]unit // what is open where the body begins
	depth      int     // how many units of prefix count
	before     int     // claims before, of the same patient
	body       []byte
	segs       []segRef
	offset     int64 // of the file, that segRef.offset counts from
	txs        []txPart
	events     []event
	moreEvents int
	issues     []x12.Issue
	sequence   int
	err        error
}

// unit is a run of segments with their terminators.
type unit struct {
	text []byte
	segs []segRef
	bad  bool // condemned by the splitter
}

// segRef is a segment of a body or unit.
type segRef struct {
	start, end uint32 // in the text, without the terminator
	position   uint32 // in the transaction
	offset     uint32 // in the file, from the batch's offset
	kind       kind
	bad        bool // condemned by the splitter: a wrong parent, or too long
}

// kind tells apart the segments that begin a unit.
type kind uint8

const (
	kindOther kind = iota
	kindST
	kindHL
	kindCLM
	kindSE
)

// txPart is the part of a transaction that stands in a batch.
type txPart struct {
	report    *x12.TransactionReport
	group     *x12.GroupReport
	ic        *x12.InterchangeReport
	guide     *x12.Guide
	first     int  // its first segment in the batch
	bad       bool // an envelope is in error: no claim of it is good
	cut       bool // the transaction ends without an SE: its last claim may not be whole
	claims    int
	rejected  int
	more      int
	lastIssue int
}

// event is an issue of the splitter.
type event struct {
	ic    *x12.InterchangeReport
	group *x12.GroupReport
	tx    *x12.TransactionReport
	issue x12.Issue
}

func (b *Batch) reset() {
	b.Claims, b.body, b.segs = b.Claims[:0], b.body[:0], b.segs[:0]
	b.txs, b.events, b.issues = b.txs[:0], b.events[:0], b.issues[:0]
	b.depth, b.before, b.moreEvents, b.err = 0, 0, 0, nil
	for i := range b.prefix {
		b.prefix[i].clear()
	}
}

func (u *unit) clear() { u.text, u.segs, u.bad = u.text[:0], u.segs[:0], false }

func (u *unit) add(raw []byte, terminator byte, position int, offset uint32, k kind) *segRef {
	start := len(u.text)
	u.text = append(append(u.text, raw...), terminator)
	u.segs = append(u.segs, segRef{start: uint32(start), end: uint32(start + len(raw)), position: uint32(position), offset: offset, kind: k})
	return &u.segs[len(u.segs)-1]
}

// apply puts what a batch found into the report of the file.
func (b *Batch) apply(r *x12.Report) {
	next := 0
	for i := range b.txs {
		t := &b.txs[i]
		t.report.Claims += t.claims
		t.report.Rejected += t.rejected
		t.report.MoreIssues += t.more
		r.Claims += int64(t.claims)
		r.Rejected += int64(t.rejected)
		for ; next < t.lastIssue; next++ {
			r.AddIssue(t.ic, t.group, t.report, b.issues[next])
		}
	}
	for i := range b.events {
		e := &b.events[i]
		r.AddIssue(e.ic, e.group, e.tx, e.issue)
	}
	r.MoreIssues += b.moreEvents
}
