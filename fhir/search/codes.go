// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"
)

// Codes answers what the modifiers :in, :not-in, :below and :above of tokens ask
// of terminology. Its errors are given to the client as they are.
type Codes interface {
	// In are all codes of a value set by their systems, of its address or, on this
	// server, ValueSet/[id].
	In(valueSet string) (map[string][]string, error)
	// Below are a code and all that it subsumes; Above a code and all that subsume it.
	Below(system, code string) ([]string, error)
	Above(system, code string) ([]string, error)
}

// matchCodes reads one value of a token with a modifier that asks for terminology.
func (opt *Options) matchCodes(p *Param, modifier, name, value string) ([]Match, error) {
	if opt.Codes == nil || p.Code == "_id" {
		return nil, noModifier(name, modifier, "this search")
	}
	if modifier == "in" || modifier == "not-in" {
		bySystem, err := opt.Codes.In(unescape(value))
		if err != nil {
			return nil, err
		}
		var systems []string
		for system := range bySystem {
			systems = append(systems, system)
		}
		slices.Sort(systems)
		var ms []Match
		for _, system := range systems {
			ms = append(ms, oneOf(p, system, bySystem[system]))
		}
		return ms, nil
	}
	parts := split(value, '|')
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return nil, bad(name, "the form of :%s is system|code", modifier)
	}
	system, code := unescape(parts[0]), unescape(parts[1])
	related := opt.Codes.Below
	if modifier == "above" {
		related = opt.Codes.Above
	}
	codes, err := related(system, code)
	if err != nil {
		return nil, err
	}
	return []Match{oneOf(p, system, codes)}, nil
}

// oneOf matches any of the codes of a system, also in elements that name no system
// because their binding does.
func oneOf(p *Param, system string, codes []string) Match {
	m := Match{Table: Tokens, Param: p.Key, Systems: []int64{systemKey(system)}}
	if strings.HasPrefix(system, implicitPrefix) {
		m.Systems = append(m.Systems, ImpliedSystem)
	}
	for _, code := range codes {
		m.Codes = append(m.Codes, codeKey(code))
	}
	slices.Sort(m.Codes)
	m.Codes = slices.Compact(m.Codes)
	return m
}
