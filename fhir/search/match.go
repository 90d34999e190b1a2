// SPDX-License-Identifier: Apache-2.0

package search

import (
	"math/big"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
)

// match reads one value of a parameter.
func (opt *Options) match(p *Param, modifier, name, value string) ([]Match, error) {
	one := func(m Match, err error) ([]Match, error) { return []Match{m}, err }
	switch p.Type {
	case "token":
		switch modifier {
		case "in", "not-in", "above", "below":
			return opt.matchCodes(p, modifier, name, value)
		}
		return one(matchToken(p, modifier, name, value))
	case "string":
		return one(matchString(p, modifier, name, value))
	case "uri":
		return matchURI(p, modifier, name, value)
	case "reference":
		return opt.matchReference(p, modifier, name, value)
	}
	if modifier != "" {
		return nil, noModifier(name, modifier, "a "+p.Type)
	}
	switch p.Type {
	case "date":
		return one(opt.matchDate(p, name, value))
	case "number", "quantity":
		return one(matchNumber(p, name, value))
	case "composite":
		return opt.matchComposite(p, name, value)
	}
	return nil, unknown(name, "parameters of type %s are not supported", p.Type)
}

func matchToken(p *Param, modifier, name, value string) (Match, error) {
	m := Match{Table: Tokens, Param: p.Key}
	if p.Code == "_id" {
		if modifier != "" {
			return m, noModifier(name, modifier, "_id")
		}
		return Match{Table: IDs, Code: ResourceKey(p.Resource, unescape(value))}, nil
	}
	parts := split(value, '|')
	switch modifier {
	case "":
	case "text":
		text := Normalize(unescape(value))
		if text == "" {
			return m, bad(name, "the value has no letters to look for")
		}
		return Match{Table: Strings, Param: textKey(p.Key), Text: text, How: Starts}, nil
	case "of-type":
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return m, bad(name, "the form of :of-type is system|code|value")
		}
		m.Param, m.Code = ofTypeKey(p.Key), codeKey(unescape(parts[2]))
		m.Systems = []int64{ofType(unescape(parts[0]), unescape(parts[1]))}
		return m, nil
	default:
		return m, noModifier(name, modifier, "a token")
	}
	if len(parts) > 2 {
		return m, bad(name, "the form is code, system|code, |code or system|")
	}
	code := unescape(parts[len(parts)-1])
	m.Code, m.AnyCode = codeKey(code), code == ""
	if len(parts) == 2 {
		system := unescape(parts[0])
		switch {
		case system == "" && code == "":
			return m, bad(name, "the value is empty")
		case system == "":
			m.Systems = []int64{NoSystem, ImpliedSystem}
		case strings.HasPrefix(system, implicitPrefix) && code != "":
			m.Systems = []int64{systemKey(system), ImpliedSystem}
		default:
			m.Systems = []int64{systemKey(system)}
		}
	}
	return m, nil
}

func matchString(p *Param, modifier, name, value string) (Match, error) {
	text := unescape(value)
	m := Match{Table: Strings, Param: p.Key, Text: Normalize(text)}
	if m.Text == "" && modifier != "exact" { // every text begins with nothing
		return m, bad(name, "the value has no letters to look for")
	}
	switch modifier {
	case "":
		m.How = Starts
	case "contains":
		m.How = Contains
	case "exact":
		m.How, m.Code = Exact, Key(text)
	default:
		return m, noModifier(name, modifier, "a string")
	}
	return m, nil
}

func matchURI(p *Param, modifier, name, value string) ([]Match, error) {
	text := clip(unescape(value))
	switch modifier {
	case "":
		return []Match{{Table: Strings, Param: p.Key, Text: text, How: Equal}}, nil
	case "below":
		under := Match{Table: Strings, Param: p.Key, Text: strings.TrimSuffix(text, "/") + "/", How: Below}
		return []Match{{Table: Strings, Param: p.Key, Text: text, How: Equal}, under}, nil
	case "above":
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return nil, bad(name, ":above takes an address with a host")
		}
		ms := []Match{{Table: Strings, Param: p.Key, Text: text, How: Equal}}
		for root := strings.Index(text, "://") + 3; ; {
			i := strings.LastIndexByte(text, '/')
			if i < root || len(ms) > 50 {
				return ms, nil
			}
			text = text[:i]
			ms = append(ms, Match{Table: Strings, Param: p.Key, Text: text, How: Equal})
		}
	}
	return nil, noModifier(name, modifier, "a uri")
}

func (opt *Options) matchReference(p *Param, modifier, name, value string) ([]Match, error) {
	text := unescape(value)
	if modifier == "identifier" {
		m, err := matchToken(&Param{Resource: p.Resource, Code: p.Code, Key: identifierKey(p.Key)}, "", name, value)
		return []Match{m}, err
	}
	if opt.Base != "" {
		text = strings.TrimPrefix(text, strings.TrimSuffix(opt.Base, "/")+"/")
	}
	ref := func(key int64) Match { return Match{Table: References, Param: p.Key, Code: key} }
	if modifier != "" {
		if !IsResource(modifier) {
			return nil, noModifier(name, modifier, "a reference")
		}
		if !strings.Contains(text, "/") {
			text = modifier + "/" + text
		}
		if typ, _ := LocalReference(text); typ != modifier {
			return nil, bad(name, "the value names no %s", modifier)
		}
	}
	if typ, id := LocalReference(text); typ != "" {
		return []Match{ref(ResourceKey(typ, id))}, nil
	}
	if strings.ContainsAny(text, ":/|") {
		return []Match{ref(Key(text))}, nil
	}
	if !ValidID(text) {
		return nil, bad(name, "the value is an id, Type/id or an address")
	}
	var ms []Match
	for _, target := range p.Targets {
		ms = append(ms, ref(ResourceKey(target, text)))
	}
	if len(ms) == 0 {
		return nil, bad(name, "name the type that is referred to, as Type/id")
	}
	return ms, nil
}

var prefixes = []Prefix{EQ, NE, GT, LT, GE, LE, SA, EB, AP}

func cutPrefix(value string) (Prefix, string) {
	if len(value) > 2 && slices.Contains(prefixes, Prefix(value[:2])) {
		return Prefix(value[:2]), value[2:]
	}
	return EQ, value
}

func (opt *Options) matchDate(p *Param, name, value string) (Match, error) {
	m := Match{Table: Dates, Param: p.Key}
	if p.Code == "_lastUpdated" {
		m.Table = Updated
	}
	m.Prefix, value = cutPrefix(unescape(value))
	// A + of a zone that was not escaped arrives as a space.
	d, err := datetime.Parse(strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return m, bad(name, "the value is no date: write 2026, 2026-03, 2026-03-14 or 2026-03-14T09:30:00Z, with a prefix such as ge if wanted")
	}
	m.Lo, m.Hi = span(d)
	if m.Prefix == AP { // a tenth of the way to now, on both sides
		now := opt.Now.UnixMicro()
		slack := max(abs(now-m.Lo), abs(now-m.Hi)) / 10
		m.Lo -= slack
		m.Hi += slack
	}
	return m, nil
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func matchNumber(p *Param, name, value string) (Match, error) {
	m := Match{Table: Numbers, Param: p.Key}
	parts := split(value, '|')
	if p.Type == "number" && len(parts) != 1 || len(parts) == 2 || len(parts) > 3 {
		return m, bad(name, "the form is number, or for a quantity number|system|code")
	}
	var text string
	m.Prefix, text = cutPrefix(parts[0])
	d, err := decimal.Parse(text)
	if err != nil {
		return m, bad(name, "the value is no number")
	}
	lo, hi := precision(text, d)
	point := d.Rat()
	if len(parts) == 3 {
		system, code := unescape(parts[1]), unescape(parts[2])
		switch {
		case code == "":
			return m, bad(name, "a quantity with a system needs a code")
		case system == "":
			m.Unit = unitKey("", code)
		default:
			m.Param, m.Unit = canonicalKey(p.Key), unitKey(system, code)
			if system == ucumSystem {
				if base, v, ok := canonical(point, code); ok {
					_, l, _ := canonical(lo, code)
					_, h, _ := canonical(hi, code)
					m.Unit, point, lo, hi = base, v, l, h
				}
			}
		}
	}
	m.Point, m.Min, m.Max = float(point), float(lo), float(hi)
	return m, nil
}

// precision is the range that a number stands for by the digits it is written
// with: 5.4 is 5.35 to 5.45, 1e2 is 50 to 150.
func precision(text string, d decimal.Decimal) (lo, hi *big.Rat) {
	unit := new(big.Rat).Inv(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale())), nil)))
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, err := decimal.Parse(text[:i])
		if err == nil && mantissa.Sign() != 0 { // one unit of the mantissa's last digit
			unit.Quo(d.Rat(), mantissa.Rat())
			unit.Mul(unit, new(big.Rat).Inv(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(mantissa.Scale())), nil))))
		}
	}
	half := unit.Mul(unit, big.NewRat(1, 2))
	return new(big.Rat).Sub(d.Rat(), half), new(big.Rat).Add(d.Rat(), half)
}

// matchComposite reads first$second.
func (opt *Options) matchComposite(p *Param, name, value string) ([]Match, error) {
	parts := split(value, '$')
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return nil, bad(name, "the form is two values joined by $")
	}
	first, err := opt.match(p.components[0].param, "", name, parts[0])
	if err != nil {
		return nil, err
	}
	var keys []int64
	for _, f := range first {
		switch {
		case f.Table == Tokens && f.AnyCode:
			return nil, bad(name, "the first value needs a code")
		case f.Table == Tokens && len(f.Systems) == 0, f.Table == References:
			keys = append(keys, mix(p.Key, f.Code))
		case f.Table == Tokens:
			for _, s := range f.Systems {
				keys = append(keys, mix(p.Key, f.Code, s))
			}
		}
	}
	second := *p.components[1].param
	var ms []Match
	for _, key := range keys {
		second.Key = key
		m, err := opt.match(&second, "", name, parts[1])
		if err != nil {
			return nil, err
		}
		ms = append(ms, m...)
	}
	return ms, nil
}
