// SPDX-License-Identifier: Apache-2.0

package adjudicate

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// parameters are the rows of medicare.parameters.
type parameters struct {
	version string
	byName  map[string][]parameter
}

// parameter is one figure and the days on which it holds.
type parameter struct {
	name     string
	from, to civil.Date
	value    money.Fixed // scale 4
	verified bool
	cite     string
}

func loadParameters(cat *refdata.Catalog) (*parameters, error) {
	versions := cat.Versions("medicare.parameters")
	if len(versions) == 0 {
		return nil, &refdata.NotLoadedError{ID: "medicare.parameters"}
	}
	t, err := cat.LoadVersion("medicare.parameters", versions[0].Version)
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	names, from, to, values := b.Text("parameter"), b.Days("from"), b.Days("to"), b.Numbers("value", 4)
	verified, cite := b.Text("verified"), b.Text("cite")
	if b.Err() != nil {
		return nil, b.Err()
	}
	p := &parameters{version: t.Version, byName: map[string][]parameter{}}
	for i, name := range names {
		p.byName[name] = append(p.byName[name], parameter{name: name, from: from[i], to: to[i],
			value: money.Fixed{Value: values[i], Scale: 4}, verified: verified[i] == "yes", cite: cite[i]})
	}
	return p, nil
}

// on finds the figure in force on a day.
func (p *parameters) on(name string, day civil.Date) (*parameter, error) {
	list := p.byName[name]
	for i := range list {
		if !day.Before(list[i].from) && (list[i].to.IsZero() || !day.After(list[i].to)) {
			return &list[i], nil
		}
	}
	return nil, fmt.Errorf("%s is not loaded for %s (table medicare.parameters %s)", name, day, p.version)
}

// row points at the figure in a trace.
func (p *parameters) row(x *parameter) *trace.Row {
	return &trace.Row{Table: "medicare.parameters", Version: p.version, Key: x.name + " from " + x.from.String()}
}

// cents is the figure as an amount of dollars.
func (x *parameter) cents() money.Cents { return money.Cents(money.Rescale(x.value.Value, 4, 2)) }
