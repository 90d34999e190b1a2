// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"io"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Reader reads payments one by one and the claims of each one by one, in the manner
// of archive/tar:
//
//	for {
//		payment, err := r.Next() // io.EOF at the end of the file
//		for {
//			c, err := r.Claim() // io.EOF at the end of the payment
//		}
//		balance := r.Balance()
//	}
//
// It holds one claim at a time. What is wrong with the file is an issue of the
// Report, not an error: a claim with an amount that is no number is set aside and
// the others are read.
type Reader struct {
	x    *x12.Reader
	opt  x12.Options
	seg  x12.Segment
	el   [][]byte // elements of seg; el[0] is the identifier
	held bool     // seg was read and not used
	err  error

	payment *claim.Remittance // of the open transaction
	batch   int
	claimID string // of the claim that is being read
	bad     bool   // it has an error
	balance Balance
}

// NewReader reads a file of 835 transactions. Transactions of other kinds are skipped
// with an issue.
func NewReader(r io.Reader, opt x12.Options) *Reader {
	return &Reader{x: x12.NewReader(r, opt), opt: opt}
}

// Report is what was found so far; it is complete once Next has returned io.EOF.
func (r *Reader) Report() *x12.Report { return r.x.Report() }

// Balance is what the payment adds up to; it is complete once Claim has returned io.EOF.
func (r *Reader) Balance() *Balance { return &r.balance }

// advance reads the next segment, or gives the held one again.
func (r *Reader) advance() bool {
	if r.held {
		r.held = false
		return true
	}
	if r.err != nil {
		return false
	}
	if r.seg, r.err = r.x.Next(); r.err != nil {
		return false
	}
	r.split()
	return true
}

// split takes the segment apart.
func (r *Reader) split() {
	r.el = r.el[:0]
	raw, sep, from := r.seg.Raw, r.seg.Delimiters.Element, 0
	for i, c := range raw {
		if c == sep {
			r.el = append(r.el, raw[from:i])
			from = i + 1
		}
	}
	r.el = append(r.el, raw[from:])
}

// is tells whether the segment has the identifier.
func (r *Reader) is(id string) bool { return string(r.el[0]) == id }

// Next goes to the next payment and reads its head, up to the first claim. Provider
// adjustments and batches of the value are filled in while its claims are read.
func (r *Reader) Next() (*claim.Remittance, error) {
	for r.payment != nil { // skip what the caller left of the last one
		if _, err := r.Claim(); err != nil {
			break
		}
	}
	for r.advance() {
		if !r.is("ST") {
			continue
		}
		if r.text(1) != "835" {
			r.raise(x12.Issue{Level: x12.Transaction, Rule: "835.ST01", Code: "1", Element: 1, Value: clip(r.text(1)),
				Message: "the transaction is no 835", Remedy: "read it with the command for its kind"})
			continue
		}
		if r.x.Bad() {
			continue
		}
		r.payment, r.batch, r.claimID = &claim.Remittance{}, 0, ""
		r.balance = Balance{}
		r.head()
		r.balance.Stated = r.payment.Stated
		return r.payment, nil
	}
	return nil, r.err
}

// Claim reads the next claim of the payment. The value is the caller's to keep. At
// the end of the payment it is io.EOF.
func (r *Reader) Claim() (*claim.ClaimPayment, error) {
	for r.payment != nil && r.advance() {
		switch string(r.el[0]) {
		case "LX":
			r.batch = r.int(1)
			r.payment.Batches = append(r.payment.Batches, claim.ClaimBatch{Number: r.batch})
		case "TS3":
			r.providerSummary()
		case "TS2":
			r.inpatientSummary()
		case "CLP":
			p := r.readClaim()
			if p == nil {
				continue
			}
			r.balance.add(p)
			return p, nil
		case "PLB":
			r.providerAdjustments()
		case "SE", "ST", "GE", "GS", "IEA", "ISA":
			r.held = !r.is("SE")
			r.finish()
			return nil, io.EOF
		default:
			r.unexpected(&r.payment.Unmodelled, "2000")
		}
	}
	if r.payment != nil && r.err == io.EOF {
		r.finish()
	}
	if r.err == nil {
		return nil, io.EOF
	}
	return nil, r.err
}

func (r *Reader) finish() {
	for _, adj := range r.payment.ProviderAdjustments {
		r.balance.Adjusted += adj.Amount
	}
	r.balance.close()
	r.payment = nil
}

// raise puts an issue into the report with its place.
func (r *Reader) raise(i x12.Issue) {
	i.Segment, i.Position, i.Offset, i.ClaimID = string(r.el[0]), r.seg.Position, r.seg.Offset, r.claimID
	i.Segment = clip(i.Segment)
	ic, g, t := r.x.Interchange(), r.x.Group(), r.x.Transaction()
	if ic != nil {
		i.Interchange = ic.ControlNumber
	}
	if g != nil {
		i.Group = g.ControlNumber
	}
	if t != nil {
		i.Transaction = t.ControlNumber
	}
	if !i.Warning && r.claimID != "" {
		r.bad = true
	}
	if r.opt.Issue != nil {
		r.opt.Issue(ic, g, t, i)
		return
	}
	r.x.Report().AddIssue(ic, g, t, i)
}

// unexpected keeps a segment that no field carries.
func (r *Reader) unexpected(list *[]claim.Segment, loop string) {
	r.keep(list, loop)
	r.raise(x12.Issue{Level: x12.SegmentLevel, Rule: "835." + loop + ".segment", Code: "2", Warning: true, Loop: loop,
		Message: "a segment stands where the guide has none of its kind; it is kept as it came", Remedy: "see the guide's loop " + loop})
}

// maxUnmodelled bounds what is kept of a claim or payment.
const maxUnmodelled = 100

func (r *Reader) keep(list *[]claim.Segment, loop string) {
	if len(*list) < maxUnmodelled {
		*list = append(*list, claim.Segment{Loop: loop, Text: string(r.seg.Raw)})
	}
}

// ReadAll reads whole payments with their claims into memory, for files that are
// known to be small.
func ReadAll(src io.Reader, opt x12.Options) ([]*claim.Remittance, *x12.Report, error) {
	r := NewReader(src, opt)
	var all []*claim.Remittance
	for {
		payment, err := r.Next()
		if err == io.EOF {
			return all, r.Report(), nil
		}
		if err != nil {
			return all, r.Report(), err
		}
		all = append(all, payment)
		for {
			c, err := r.Claim()
			if err == io.EOF {
				break
			}
			if err != nil {
				return all, r.Report(), err
			}
			payment.Claims = append(payment.Claims, *c)
		}
	}
}

// Balance is what a payment that was read adds up to.
type Balance struct {
	Claims   int
	Charge   money.Cents
	Paid     money.Cents // sum of CLP04
	Adjusted money.Cents // sum of the PLB amounts
	Stated   money.Cents // BPR02
	// Breaks are the places that do not add up, the first MaxBreaks of them; Count
	// says how many there are of each kind.
	Breaks []claim.BalanceError
	Count  [claim.PaymentBreak + 1]int
}

// MaxBreaks is how many breaks of one payment are kept.
const MaxBreaks = 1000

func (b *Balance) add(p *claim.ClaimPayment) {
	b.Claims++
	b.Charge += p.Charge
	b.Paid += p.Paid
	for e := range p.Breaks {
		b.note(*e)
	}
}

func (b *Balance) note(e claim.BalanceError) {
	b.Count[e.Kind]++
	if len(b.Breaks) < MaxBreaks {
		b.Breaks = append(b.Breaks, e)
	}
}

func (b *Balance) close() {
	if b.Paid-b.Adjusted != b.Stated {
		b.note(claim.BalanceError{What: "claims' payments less provider adjustments", Have: b.Paid - b.Adjusted,
			Other: "payment (BPR02)", Want: b.Stated, Kind: claim.PaymentBreak})
	}
}

// Balanced tells whether everything adds up.
func (b *Balance) Balanced() bool { return b.Count == [len(b.Count)]int{} }
