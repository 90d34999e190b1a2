// SPDX-License-Identifier: Apache-2.0

package assignment

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Participants tell whose a billing TIN or a facility is: the organisation's own and, so
// far as they are known, those of other organisations.
type Participants struct {
	byTIN map[string]string // TIN to organisation; more than one is several
	byCCN map[string]string
	tinOf map[string]string // facility to its TIN
	eta   map[string]bool   // electing teaching amendment hospitals
	// byNPI are the clinicians that take part, for a TIN whose lines name them: only theirs
	// of its services are a model's that has clinicians for participants.
	byNPI map[string]map[string]bool
	first string
}

// several marks a TIN that takes part in more than one organisation: its services are not
// used (42 CFR 425.400(a)(2)(iii)).
const several = "*"

// ReadParticipants reads a csv with the columns aco_id, tin, ccn, kind and, if there is one,
// npi; other columns are left alone. A line with a CCN is a facility: its kind is FQHC, RHC, CAH2 or ETA. A
// line without aco_id tells of a facility that takes part in none.
func ReadParticipants(r io.Reader, name string) (*Participants, error) {
	p := &Participants{byTIN: map[string]string{}, byCCN: map[string]string{}, tinOf: map[string]string{}, eta: map[string]bool{}, byNPI: map[string]map[string]bool{}}
	err := feed.EachRow(r, name, []string{"aco_id", "tin", "ccn", "kind", "npi?"}, func(line int, f []string) error {
		aco, tin, ccn, kind := f[0], f[1], f[2], f[3]
		if tin == "" && ccn == "" {
			return fmt.Errorf("%s, line %d: neither a tin nor a ccn", name, line)
		}
		if tin != "" && (len(tin) != 9 || strings.Trim(tin, "0123456789") != "") {
			return fmt.Errorf("%s, line %d: a tin has 9 digits", name, line)
		}
		if npi := f[4]; npi != "" {
			if len(npi) != 10 || tin == "" {
				return fmt.Errorf("%s, line %d: an npi has 10 digits and stands beside a tin", name, line)
			}
			if p.byNPI[tin] == nil {
				p.byNPI[tin] = map[string]bool{}
			}
			p.byNPI[tin][npi] = true
		}
		if aco == several {
			return fmt.Errorf("%s, line %d: %q is no organisation", name, line, aco)
		}
		if CenterKind(kind) == ETA {
			p.eta[ccn] = true
		}
		if aco == "" {
			return nil
		}
		if p.first == "" {
			p.first = aco
		}
		if ccn != "" {
			p.tinOf[ccn] = tin
			join(p.byCCN, ccn, aco)
		}
		if tin != "" {
			join(p.byTIN, tin, aco)
		}
		return nil
	})
	if err == nil && p.first == "" {
		err = fmt.Errorf("%s names no participant", name)
	}
	return p, err
}

func join(m map[string]string, key, aco string) {
	if have := m[key]; have != "" && have != aco {
		aco = several
	}
	m[key] = aco
}

// First is the organisation of the first line.
func (p *Participants) First() string { return p.first }

// TINs are the billing TINs of an organisation, sorted.
func (p *Participants) TINs(aco string) []string {
	var out []string
	for tin, a := range p.byTIN {
		if a == aco {
			out = append(out, tin)
		}
	}
	slices.Sort(out)
	return out
}

// With is the list with TINs added to an organisation or taken from it, and with a TIN its
// facilities. A TIN that is to be taken away must be there.
func (p *Participants) With(aco string, add, drop []string) (*Participants, error) {
	q := *p
	q.byTIN, q.byCCN = maps.Clone(p.byTIN), maps.Clone(p.byCCN)
	for _, tin := range add {
		if len(tin) != 9 || strings.Trim(tin, "0123456789") != "" {
			return nil, fmt.Errorf("tin %q: a tin has 9 digits", tin)
		}
		join(q.byTIN, tin, aco)
	}
	for _, tin := range drop {
		if q.byTIN[tin] != aco {
			return nil, fmt.Errorf("tin %s is no participant of %s", tin, aco)
		}
		delete(q.byTIN, tin)
		for ccn, t := range p.tinOf {
			if t == tin {
				delete(q.byCCN, ccn)
			}
		}
	}
	return &q, nil
}

// Specialties tell a clinician's specialty by NPI, for claims of facilities, which do not
// carry it.
type Specialties map[string]string

// ReadSpecialties reads a csv with the columns npi and specialty.
func ReadSpecialties(r io.Reader, name string) (Specialties, error) {
	s := Specialties{}
	err := feed.EachRow(r, name, []string{"npi", "specialty"}, func(line int, f []string) error {
		if len(f[0]) != 10 || len(f[1]) != 2 {
			return fmt.Errorf("%s, line %d: an npi has 10 digits, a specialty code 2", name, line)
		}
		s[f[0]] = f[1]
		return nil
	})
	return s, err
}
