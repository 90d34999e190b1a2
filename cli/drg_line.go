// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

// drgLine is a line of cases. It is used again for the next, so that a line costs
// no allocation beyond its text.
type drgLine struct {
	id            string // as JSON
	version       string
	dischargeDate string
	c             msdrg.Case
}

// decode reads a line. Members that it doesn't know are skipped. Its errors name
// the member and never the value, which may be a patient's.
func (l *drgLine) decode(text string) error {
	*l = drgLine{c: msdrg.Case{Secondary: l.c.Secondary[:0], Procedures: l.c.Procedures[:0]}}
	p := jsonText{rest: text}
	err := p.object(l.member)
	switch {
	case err != nil:
		return err
	case p.more():
		return errors.New("there is text after the JSON object")
	case l.c.Principal.Code == "":
		return errors.New("pdx: the principal diagnosis has no code")
	}
	return nil
}

// member reads the value of one member of the line.
func (l *drgLine) member(p *jsonText, name string) (err error) {
	c := &l.c
	switch name {
	case "id":
		l.id, err = p.raw()
	case "version":
		l.version, err = p.scalar()
	case "discharge_date":
		l.dischargeDate, err = p.scalar()
	case "age":
		c.Age, err = p.int()
	case "discharge_status":
		c.DischargeStatus, err = p.int()
	case "poa_exempt":
		c.POAExempt, err = p.bool()
	case "sex":
		c.Sex, err = p.sex()
	case "pdx":
		c.Principal, err = p.diagnosis()
	case "sdx":
		err = p.array(func(p *jsonText) error {
			d, err := p.diagnosis()
			c.Secondary = append(c.Secondary, d)
			return err
		})
	case "procs":
		err = p.array(func(p *jsonText) error {
			code, err := p.scalar()
			c.Procedures = append(c.Procedures, code)
			return err
		})
	default:
		_, err = p.raw()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (p *jsonText) diagnosis() (d msdrg.Diagnosis, err error) {
	if p.peek() == '"' { // a bare code is a diagnosis without indicator
		d.Code, err = p.scalar()
		return d, err
	}
	err = p.object(func(p *jsonText, name string) error {
		var err error
		switch name {
		case "code":
			d.Code, err = p.scalar()
		case "poa":
			var s string
			if s, err = p.scalar(); s != "" {
				d.POA = s[0] &^ 0x20 // upper case
				if s[0] < 'A' {
					d.POA = s[0]
				}
			}
		default:
			_, err = p.raw()
		}
		return err
	})
	return d, err
}

func (p *jsonText) sex() (msdrg.Sex, error) {
	s, err := p.scalar()
	if err != nil {
		return 0, err
	}
	switch strings.ToUpper(s) {
	case "M", "MALE":
		return msdrg.Male, nil
	case "F", "FEMALE":
		return msdrg.Female, nil
	case "U", "UNKNOWN", "":
		return msdrg.SexUnknown, nil
	}
	return 0, errors.New("it is none of MALE, FEMALE and UNKNOWN")
}
