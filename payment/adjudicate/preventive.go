// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// preventive are the rows of medicare.preventive: services that the Part B
// deductible spares (42 CFR 410.160(b)), with the coinsurance that is left of them
// (42 CFR 410.152(l)).
type preventive struct {
	version    string
	byCode     map[string][]spared
	byModifier map[string][]spared // whatever the code is
}

// spared is one such service and the days on which it is one.
type spared struct {
	key         string // code or modifier
	from, to    civil.Date
	coinsurance money.Fixed // scale 4, share of the allowed amount
	verified    bool
	cite        string
}

func loadPreventive(cat *refdata.Catalog) (*preventive, error) {
	const id = "medicare.preventive"
	versions := cat.Versions(id)
	if len(versions) == 0 {
		return nil, &refdata.NotLoadedError{ID: id}
	}
	t, err := cat.LoadVersion(id, versions[0].Version)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	codes, modifiers, from, to := b.Text("hcpcs"), b.Text("modifier"), b.Days("from"), b.Days("to")
	shares, verified, cite := b.Numbers("coinsurance", 4), b.Text("verified"), b.Text("cite")
	if b.Err() != nil {
		return nil, b.Err()
	}
	p := &preventive{version: t.Version, byCode: map[string][]spared{}, byModifier: map[string][]spared{}}
	for i, code := range codes {
		s := spared{key: code, from: from[i], to: to[i], coinsurance: money.Fixed{Value: shares[i], Scale: 4},
			verified: verified[i] == "yes", cite: cite[i]}
		if code != "" {
			p.byCode[code] = append(p.byCode[code], s)
			continue
		}
		s.key = modifiers[i]
		p.byModifier[s.key] = append(p.byModifier[s.key], s)
	}
	return p, nil
}

// on finds what spares a service on a day, or nil.
func (p *preventive) on(code string, modifiers [4]string, day civil.Date) *spared {
	if s := inForce(p.byCode[code], day); s != nil {
		return s
	}
	for _, m := range modifiers {
		if m == "" {
			continue
		}
		if s := inForce(p.byModifier[m], day); s != nil {
			return s
		}
	}
	return nil
}

func inForce(list []spared, day civil.Date) *spared {
	for i := range list {
		if !day.Before(list[i].from) && (list[i].to.IsZero() || !day.After(list[i].to)) {
			return &list[i]
		}
	}
	return nil
}

func (p *preventive) trace(t *trace.Trace, s *spared) {
	if !t.On() {
		return
	}
	t.Add(trace.Step{Name: "Preventive service", Result: "no deductible, coinsurance " + s.coinsurance.String(), Cite: s.cite,
		Table:      &trace.Row{Table: "medicare.preventive", Version: p.version, Key: s.key + " from " + s.from.String()},
		Unverified: !s.verified})
}
