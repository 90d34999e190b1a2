// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"io"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// Reader reads good claims one by one.
type Reader struct {
	opt    Options
	split  *splitter
	parser *parser
	batch  Batch
	next   int
	last   *Parsed
	err    error
}

// NewReader reads from r.
func NewReader(r io.Reader, opt Options) *Reader {
	return &Reader{opt: opt, split: newSplitter(r, opt), parser: newParser(opt)}
}

// Next reads the next good claim into c, whose slices are used again. At the end
// it is io.EOF; any other error comes from the underlying reader. Claims that are
// set aside go to Options.Rejected.
func (r *Reader) Next(c *claim.Claim) error {
	for {
		for r.next < len(r.batch.Claims) {
			p := &r.batch.Claims[r.next]
			r.next++
			if p.Rejected {
				if r.opt.Rejected != nil {
					r.opt.Rejected(p)
				}
				continue
			}
			*c, p.Claim = p.Claim, *c
			r.last = p
			return nil
		}
		if r.err != nil {
			return r.err
		}
		r.last = nil
		if err := r.split.fill(&r.batch); err != nil {
			r.err = err
			return err
		}
		r.next = 0
		r.parser.parse(&r.batch)
		r.batch.apply(r.split.r.Report())
		if r.opt.Progress != nil {
			r.opt.Progress(r.batch.Bytes)
		}
		r.err = r.batch.err
	}
}

// Issues are the warnings of the claim that Next read last, valid until the next call.
func (r *Reader) Issues() []x12.Issue {
	if r.last == nil {
		return nil
	}
	return r.last.Issues
}

// Report is what was found in the file so far; it is complete after io.EOF.
func (r *Reader) Report() *x12.Report { return r.split.r.Report() }
