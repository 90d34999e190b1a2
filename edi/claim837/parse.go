// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Scopes of errors, as the guide tables number them.
const (
	scopeHeader = iota
	scopeBilling
	scopeSubscriber
	scopePatient
	scopeClaim
)

// Issues kept of one claim or level, and of one batch.
const (
	issuesPerUnit  = 50
	issuesPerBatch = 5_000
)

// Bounds of what is mapped; a claim or level beyond them is set aside. The guides
// allow 999 lines to a claim.
const (
	maxLines      = 1_000
	maxUnmodelled = 100 // of one level
)

// parser turns batches into claims. One belongs to one goroutine.
type parser struct {
	opt     Options
	walkers map[*x12.Guide]*x12.Walker
	tokens  *x12.Tokenizer
	t       x12.Tokens
	w       *x12.Walker

	open above
	b    *Batch
	part *txPart
	form claim.Form

	parsed      *Parsed
	c           *claim.Claim // being read, nil outside a claim
	line        *claim.Line
	payer       *claim.OtherPayer
	provider    *claim.Provider
	adjudicated *claim.LineAdjudication
}

// above is what claims take from the levels above them.
type above struct {
	submitter, receiver string
	version             string
	billing, payTo      claim.Provider
	payToPlan           *claim.Payer
	subscriber, patient claim.Person
	payer               claim.Payer
	responsibility      byte
	relationship        string
	insuranceType       string
	filing              string
	hasPatient          bool
	unmodelled          [4][]claim.Segment
}

func newParser(opt Options) *parser {
	tagGuides()
	return &parser{opt: opt, walkers: map[*x12.Guide]*x12.Walker{}}
}

// parse reads the claims of a batch.
func (p *parser) parse(b *Batch) {
	p.b = b
	if p.tokens == nil || p.tokens.Delimiters() != b.delims {
		p.tokens = x12.NewTokenizer(b.delims)
	}
	for i := range b.txs {
		end := len(b.segs)
		if i+1 < len(b.txs) {
			end = b.txs[i+1].first
		}
		p.transaction(&b.txs[i], b.segs[b.txs[i].first:end], i == 0)
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		c.Issues = b.issues[c.firstIssue:c.lastIssue:c.lastIssue]
		if c.Rejected && !hasError(c.Issues) {
			c.Issues = append(c.Issues, condemned(&c.Claim))
		}
	}
	p.b, p.c, p.parsed, p.line, p.payer, p.provider, p.adjudicated = nil, nil, nil, nil, nil, nil, nil
}

// transaction reads the part of a transaction that stands in the batch.
func (p *parser) transaction(part *txPart, segs []segRef, first bool) {
	p.part = part
	part.claims, part.rejected = 0, 0
	w := p.walkers[part.guide]
	if w == nil {
		w = x12.NewWalker(part.guide)
		p.walkers[part.guide] = w
	}
	p.w = w
	w.Reset()
	w.Issues, w.More = p.b.issues, 0
	w.Base = x12.Issue{Interchange: p.b.source.Interchange, Group: p.b.source.Group, Transaction: part.report.ControlNumber}
	p.form = claim.Professional
	switch part.guide {
	case x12.Institutional():
		p.form = claim.Institutional
	case x12.Dental():
		p.form = claim.Dental
	}
	p.open = above{version: part.report.Version}
	if first {
		p.replay()
	}
	for len(segs) > 0 {
		n := 1
		for n < len(segs) && segs[n].kind == kindOther {
			n++
		}
		w.Limit = min(len(w.Issues)+issuesPerUnit, issuesPerBatch)
		if segs[0].kind == kindCLM {
			p.claim(segs[:n], part.cut && n == len(segs))
		} else {
			p.level(p.b.body, segs[:n])
		}
		segs = segs[n:]
	}
	p.b.issues = w.Issues
	part.more, part.lastIssue = w.More, len(w.Issues)
}

// replay reads again, silently, what was open where the batch begins.
func (p *parser) replay() {
	b := p.b
	if b.depth == 0 {
		return
	}
	p.w.Quiet = true
	for i := range b.depth {
		u := &b.prefix[i]
		if len(u.segs) > 0 {
			p.level(u.text, u.segs)
		}
		if u.bad {
			p.w.Errors[i]++
		}
	}
	p.w.Quiet = false
	p.w.QuietMissing = true
	p.w.Repeat("2300", b.before)
}

// level reads segments outside claims. They share one string.
func (p *parser) level(body []byte, segs []segRef) {
	base := segs[0].start
	text := string(body[base:segs[len(segs)-1].end])
	for i := range segs {
		s := &segs[i]
		node := p.step(text[s.start-base:s.end-base], s)
		if s.bad && node != nil {
			p.w.Errors[node.Loop.Scope]++
		} else if s.bad {
			p.w.Errors[scopeHeader]++
		}
		if node == nil || p.w.Stray || !p.mapLevel(node) {
			p.keepAbove(node)
		}
	}
}

// keepAbove keeps a segment above the claims that no field carries.
func (p *parser) keepAbove(node *x12.Node) {
	l := p.w.Loop()
	if node != nil {
		l = node.Loop
	}
	if l == nil {
		return
	}
	at := min(l.Scope, scopePatient)
	if len(p.open.unmodelled[at]) >= maxUnmodelled {
		p.w.Errors[at]++
		return
	}
	p.open.unmodelled[at] = append(p.open.unmodelled[at], claim.Segment{Loop: l.ID, Text: p.t.Text})
}

func (p *parser) step(text string, s *segRef) *x12.Node {
	p.tokens.Split(&p.t, text)
	p.t.Position = int(s.position)
	p.t.Offset = p.b.offset + int64(s.offset)
	if s.kind == kindCLM { // first, so that what is wrong with the CLM itself names the claim
		p.w.Base.ClaimID = clipText(p.t.El(1))
	}
	return p.w.Step(&p.t)
}

// claim reads one claim, from CLM to what ends it.
func (p *parser) claim(segs []segRef, cut bool) {
	base := segs[0].start
	last := segs[len(segs)-1].end
	text := string(p.b.body[base:last])
	p.begin(&segs[0])
	p.parsed.Raw = p.b.body[base : last+1]
	for i := range segs {
		s := &segs[i]
		if len(p.c.Lines) > maxLines {
			p.w.Report(&p.t, scopeClaim, x12.Issue{Level: x12.SegmentLevel, Rule: "837.claim.size", Code: "4", Segment: p.t.ID(), Loop: "2300",
				Message: "the claim has more lines than are read", Remedy: "split the claim"})
			break
		}
		node := p.step(text[s.start-base:s.end-base], s)
		if s.bad {
			p.w.Errors[scopeClaim]++
		}
		if node == nil {
			p.keep("")
			continue
		}
		if p.w.Stray || !p.mapClaim(node) {
			p.keep(node.Loop.ID)
		}
	}
	p.w.Leave(scopeClaim, &p.t)
	p.business(&segs[0])
	if cut {
		p.w.Report(&p.t, scopeClaim, x12.Issue{Level: x12.Business, Rule: "837.claim.cut", Segment: "CLM", Loop: "2300",
			Message: "the transaction ends before the claim is known to be whole", Remedy: "send the file again, whole"})
	}
	p.end()
}

// keep puts a segment that no field carries where it stands.
func (p *parser) keep(loop string) {
	s := claim.Segment{Loop: loop, Text: p.t.Text}
	if l := p.w.Loop(); loop == "" && l != nil {
		s.Loop = l.ID
	}
	switch {
	case p.line != nil:
		p.line.Unmodelled = append(p.line.Unmodelled, s)
	case p.payer != nil:
		p.payer.Unmodelled = append(p.payer.Unmodelled, s)
	default:
		p.c.Unmodelled = append(p.c.Unmodelled, s)
	}
}

// begin starts a claim with what it takes from above.
func (p *parser) begin(s *segRef) {
	b := p.b
	if len(b.Claims) < cap(b.Claims) {
		b.Claims = b.Claims[:len(b.Claims)+1]
	} else {
		b.Claims = append(b.Claims, Parsed{})
	}
	p.parsed = &b.Claims[len(b.Claims)-1]
	p.parsed.Rejected, p.parsed.Issues = false, nil
	p.parsed.firstIssue = len(p.w.Issues)
	c := &p.parsed.Claim
	clearClaim(c)
	p.c, p.line, p.payer, p.provider, p.adjudicated = c, nil, nil, nil, nil
	o := &p.open
	c.Form = p.form
	c.Source = b.source
	c.Source.Transaction = p.part.report.ControlNumber
	c.Source.Segment, c.Source.Offset = int(s.position), b.offset+int64(s.offset)
	c.Source.Index = b.source.Index + len(b.Claims) - 1
	c.Source.Submitter, c.Source.Receiver, c.Source.Version = o.submitter, o.receiver, o.version
	c.Billing, c.PayTo, c.PayToPlan = o.billing, o.payTo, o.payToPlan
	c.Subscriber, c.Payer = o.subscriber, o.payer
	c.Responsibility, c.FilingIndicator, c.InsuranceType = o.responsibility, o.filing, o.insuranceType
	c.PatientIsSubscriber = !o.hasPatient
	if o.hasPatient {
		c.Patient = o.patient
	} else {
		c.Patient = o.subscriber
	}
	for i := range o.unmodelled {
		c.Unmodelled = append(c.Unmodelled, o.unmodelled[i]...)
	}
	p.part.claims++
}

// end decides about the claim.
func (p *parser) end() {
	e := &p.w.Errors
	at := -1
	for scope := range e {
		if e[scope] > 0 && (scope != scopePatient || p.open.hasPatient) {
			at = scope
			break
		}
	}
	if at >= 0 || p.part.bad {
		p.parsed.Rejected = true
		p.part.rejected++
	}
	p.parsed.lastIssue = len(p.w.Issues)
	p.w.Base.ClaimID = ""
	p.c, p.line, p.payer, p.provider, p.adjudicated = nil, nil, nil, nil, nil
}

// condemned says that the reason for setting a claim aside lies outside of it.
func condemned(c *claim.Claim) x12.Issue {
	return x12.Issue{Level: x12.Business, Rule: "837.claim.condemned", Interchange: c.Source.Interchange, Group: c.Source.Group,
		Transaction: c.Source.Transaction, Segment: "CLM", Position: c.Source.Segment, Offset: c.Source.Offset, Loop: "2300",
		ClaimID: clipText(c.ID), Message: "an error outside the claim sets it aside",
		Remedy: "see the issues of the transaction, and of the claim's billing provider, subscriber and patient"}
}

func hasError(list []x12.Issue) bool {
	for i := range list {
		if !list[i].Warning {
			return true
		}
	}
	return false
}

func clipText(v string) string { return v[:min(len(v), 99)] }
