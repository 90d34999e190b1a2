// SPDX-License-Identifier: Apache-2.0

package remit835

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/emit"
)

// ClaimEncoder makes the loops of claims apart from their Writer, so that this work
// can be done on every core. It is for one goroutine.
type ClaimEncoder struct {
	e    *emit.Encoder
	h    *Header
	good payeeIdentity // the payee that CheckPayee found good last
}

// payeeIdentity is what CheckPayee looks at of a payee.
type payeeIdentity struct {
	name, npi, taxID string
	address          claim.Address
}

// Encoder makes an encoder for claims of this file.
func (w *Writer) Encoder() *ClaimEncoder {
	return &ClaimEncoder{e: emit.NewEncoder(w.h.Delimiters), h: &w.h}
}

// CheckPayee tells whether a payment to the payee can be written, so that a claim
// whose payee cannot be named is set aside before it is paid.
func (c *ClaimEncoder) CheckPayee(p *claim.Payee) error {
	id := payeeIdentity{p.Name, p.NPI, p.TaxID, p.Address}
	if id == c.good {
		return nil
	}
	if err := checkPayee(p); err != nil {
		return err
	}
	e := c.e
	e.Buf, e.Count = nil, 0
	start := e.Mark()
	writeHead(e, c.h, p, 1)
	if err := e.Err(); err != nil {
		e.Rollback(start)
		return fmt.Errorf("payee: %w", err)
	}
	c.good = id
	return nil
}

// Append appends the loops of a claim and returns their number of segments. A claim
// that does not balance, or that cannot be written as the guide has it, is refused
// and dst is returned as it was.
func (c *ClaimEncoder) Append(dst []byte, p *claim.ClaimPayment) (out []byte, segments int, err error) {
	if err := p.Balance(); err != nil {
		return dst, 0, err
	}
	e := c.e
	e.Buf, e.Count = dst, 0
	start := e.Mark()
	writeClaim(e, p)
	if err := e.Err(); err != nil {
		e.Rollback(start)
		return dst, 0, fmt.Errorf("claim %s: %w", p.ClaimID, err)
	}
	return e.Buf, e.Count, nil
}

// AddEncoded writes a claim whose loops Append has made; see Add.
func (w *Writer) AddEncoded(key string, payee *claim.Payee, p *claim.ClaimPayment, loops []byte, segments int) error {
	if w.err != nil {
		return w.err
	}
	a, err := w.account(key, payee)
	if err != nil {
		return err
	}
	if err := w.makeRoom(a); err != nil {
		return err
	}
	b := w.open(&a.part, w.batchKey(a, p))
	return w.added(&a.part, b, p, append(b.buf, loops...), segments)
}
