// SPDX-License-Identifier: Apache-2.0

// Package adjustments looks up the codes that explain a payment: claim adjustment
// reason codes (CARC), remittance advice remark codes (RARC) and provider adjustment
// reasons (PLB). The table of the binary holds the codes that Woodlawn's own outputs
// use; users import a full list, which they license, as layout X12CODES.
package adjustments

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Lists of codes.
const (
	Reason   = "CARC"
	Remark   = "RARC"
	Provider = "PLB"
)

// Code is one code in force for a time.
type Code struct {
	List, Code      string
	Effective, Ends civil.Date // both included; no Ends is open
	Groups          string     // groups that a CARC may stand with; empty is any
	Text            string
	Verified        bool // the dates were checked
}

// Codes is one version of the table.
type Codes struct {
	Meta  refdata.Meta
	codes map[[2]string][]Code
}

// Open reads the table in force on a day. Without one the error is a
// *refdata.NotLoadedError.
func Open(c *refdata.Catalog, on civil.Date) (*Codes, error) {
	t, err := c.Load("x12.adjustments", on)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	list, code, groups, text, verified := b.Text("list"), b.Text("code"), b.Text("groups"), b.Text("text"), b.Text("verified")
	effective, ends := b.Days("effective"), b.Days("ends")
	if err := b.Err(); err != nil {
		return nil, err
	}
	out := &Codes{Meta: t.Meta, codes: make(map[[2]string][]Code, t.Rows)}
	for i := range t.Rows {
		key := [2]string{list[i], code[i]}
		out.codes[key] = append(out.codes[key], Code{list[i], code[i], effective[i], ends[i], groups[i], text[i], verified[i] == "yes"})
	}
	return out, nil
}

// Find is a code of a list as it stood on a day.
func (c *Codes) Find(list, code string, on civil.Date) (Code, bool) {
	for _, k := range c.codes[[2]string{list, code}] {
		if !on.Before(k.Effective) && (k.Ends.IsZero() || !on.After(k.Ends)) {
			return k, true
		}
	}
	return Code{}, false
}

// Check tells whether every code of a claim payment is one of the table on the day of
// the payment, and stands with a group that it may stand with. It returns the first that
// is not, as a *CodeError, or nil.
func (c *Codes) Check(p *claim.ClaimPayment, on civil.Date) error {
	if err := c.reasons(p.Adjustments, on); err != nil {
		return err
	}
	for i := range p.Lines {
		l := &p.Lines[i]
		if err := c.reasons(l.Adjustments, on); err != nil {
			return err
		}
		if err := c.remarks(l.Remarks, on); err != nil {
			return err
		}
	}
	if p.Inpatient != nil {
		if err := c.remarks(p.Inpatient.Remarks, on); err != nil {
			return err
		}
	}
	if p.Outpatient != nil {
		return c.remarks(p.Outpatient.Remarks, on)
	}
	return nil
}

func (c *Codes) reasons(list []claim.Adjustment, on civil.Date) error {
	for i := range list {
		a := &list[i]
		k, ok := c.Find(Reason, a.Reason, on)
		if !ok {
			return &CodeError{Reason, a.Reason, on, "is not in the table"}
		}
		if k.Groups != "" && !strings.Contains(k.Groups, a.Group.Code()) {
			return &CodeError{Reason, a.Reason, on, "does not stand with group " + a.Group.Code()}
		}
	}
	return nil
}

func (c *Codes) remarks(list []string, on civil.Date) error {
	for _, code := range list {
		if _, ok := c.Find(Remark, code, on); !ok {
			return &CodeError{Remark, code, on, "is not in the table"}
		}
	}
	return nil
}

// CodeError says which code may not be used.
type CodeError struct {
	List, Code string
	On         civil.Date
	Reason     string
}

func (e *CodeError) Error() string {
	return fmt.Sprintf("%s %s on %s %s; import the current list with: woodlawn refdata import FILE", e.List, e.Code, e.On, e.Reason)
}
