// SPDX-License-Identifier: Apache-2.0

package search

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options bound and inform Parse.
type Options struct {
	Lenient  bool // unknown parameters are ignored (Prefer: handling=lenient)
	Base     string
	Count    int // entries of a page if _count does not say; default 50
	MaxCount int // default 1000
	Now      time.Time
	Codes    Codes // for :in, :not-in, :below and :above; nil refuses them
}

// Limits of a request.
const (
	maxParams = 200
	maxValues = 500 // values joined by commas
	maxChain  = 5   // links of a chain
	maxSource = 8 << 10
)

// Parse reads the parameters of a search on a type. Its errors are *Error,
// or those of Options.Codes.
func Parse(resourceType string, values url.Values, opt Options) (*Query, error) {
	types := For(resourceType)
	if types == nil {
		return nil, bad(resourceType, "FHIR R4 has no such resource type")
	}
	if opt.MaxCount <= 0 {
		opt.MaxCount = 1000
	}
	if opt.Count <= 0 {
		opt.Count = 50
	}
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	p := &parser{types: types, opt: opt, q: &Query{Type: resourceType, Count: min(opt.Count, opt.MaxCount)}}
	names := make([]string, 0, len(values))
	total := 0
	for name, vs := range values {
		names = append(names, name)
		total += len(vs)
	}
	if total > maxParams {
		return nil, bad("*", "a search may have %d parameters at most", maxParams)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range values[name] {
			if err := p.param(name, v); err != nil {
				return nil, err
			}
		}
	}
	return p.q, nil
}

type parser struct {
	types *Types
	opt   Options
	q     *Query
}

// param reads one parameter with one value text.
func (p *parser) param(name, value string) error {
	if len(value) > maxSource {
		return bad(name, "the value is longer than %d bytes", maxSource)
	}
	if value == "" {
		return nil // as if it were not there
	}
	done, err := p.control(name, value)
	if !done && err == nil {
		var c Criterion
		if c, err = p.opt.criterion(p.types, name, value, 0); err == nil {
			p.q.Criteria = append(p.q.Criteria, c)
		}
	}
	var e *Error
	if errors.As(err, &e) && e.Unknown && p.opt.Lenient {
		p.q.Unknown = append(p.q.Unknown, name)
		return nil
	}
	if err == nil && name != "_cursor" {
		p.q.Self = append(p.q.Self, [2]string{name, value})
	}
	return err
}

// criterion reads a parameter that selects resources. depth counts the links of
// a chain so far.
func (opt *Options) criterion(types *Types, name, value string, depth int) (Criterion, error) {
	if depth > maxChain {
		return Criterion{}, bad(name, "a chain may have %d links at most", maxChain)
	}
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return opt.has(types, rest, value, depth)
	}
	if head, rest, chained := strings.Cut(name, "."); chained {
		return opt.chain(types, head, rest, value, depth)
	}
	code, modifier, _ := strings.Cut(name, ":")
	param := types.Param(code)
	if param == nil {
		if slices.Contains(types.Unsupported, code) {
			return Criterion{}, unknown(name, "this parameter of %s is not supported", types.Resource)
		}
		return Criterion{}, unknown(name, "%s has no such parameter", types.Resource)
	}
	if modifier == "missing" {
		return missing(param, name, value)
	}
	var c Criterion
	if modifier == "not" && param.Type == "token" {
		c.Negate, modifier = true, ""
	}
	c.Negate = c.Negate || modifier == "not-in"
	parts := split(value, ',')
	if len(parts) > maxValues {
		return c, bad(name, "a parameter may have %d values at most", maxValues)
	}
	for _, part := range parts {
		if part == "" {
			return c, bad(name, "a value is empty")
		}
		ms, err := opt.match(param, modifier, name, part)
		if err != nil {
			return c, err
		}
		c.Any = append(c.Any, ms...)
	}
	return c, nil
}

// missing is [param]:missing=true|false.
func missing(p *Param, name, value string) (Criterion, error) {
	var c Criterion
	table := map[string]Table{"token": Tokens, "string": Strings, "uri": Strings, "reference": References,
		"date": Dates, "number": Numbers, "quantity": Numbers}
	t, ok := table[p.Type]
	if !ok || p.expr == nil {
		return c, noModifier(name, "missing", "this parameter")
	}
	if value != "true" && value != "false" {
		return c, bad(name, "the value of :missing is true or false")
	}
	c.Any = []Match{{Table: t, Param: p.Key, Exists: true}}
	if p.Type == "reference" { // one that has an identifier only
		c.Any = append(c.Any, Match{Table: Tokens, Param: identifierKey(p.Key), Exists: true})
	}
	c.Negate = value == "true"
	return c, nil
}

// split cuts at a separator that no backslash escapes; the parts keep their escapes.
func split(s string, sep byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// unescape takes the escapes \, \$ \| \\ away.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`,$|\`, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// control reads the parameters that shape the answer.
func (p *parser) control(name, value string) (done bool, err error) {
	q := p.q
	base, modifier, _ := strings.Cut(name, ":")
	switch base {
	case "_count":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return true, bad(name, "the value is a whole number, not negative")
		}
		if q.Count = min(n, p.opt.MaxCount); n == 0 {
			q.Summary = "count"
		}
	case "_cursor":
		q.Cursor = value
	case "_total":
		t, ok := map[string]Total{"none": NoTotal, "estimate": AccurateTotal, "accurate": AccurateTotal}[value]
		if q.Total = t; !ok {
			return true, bad(name, "the value is none, estimate or accurate")
		}
	case "_summary":
		if !slices.Contains([]string{"true", "false", "text", "data", "count"}, value) {
			return true, bad(name, "the value is true, text, data, count or false")
		}
		q.Summary = value
	case "_elements":
		for _, e := range strings.Split(value, ",") {
			e = strings.TrimPrefix(strings.TrimSpace(e), q.Type+".")
			if e == "" || strings.ContainsAny(e, `".[]() `) {
				return true, bad(name, "the value names elements of the resource, separated by commas")
			}
			q.Elements = append(q.Elements, e)
		}
	case "_sort":
		return true, p.sort(value)
	case "_include", "_revinclude":
		if modifier != "" && modifier != "iterate" && modifier != "recurse" {
			return true, noModifier(name, modifier, base)
		}
		inc, err := p.include(name, value, base == "_revinclude")
		if err != nil {
			return true, err
		}
		if inc.Iterate = modifier != ""; base == "_include" {
			q.Include = append(q.Include, inc)
		} else {
			q.RevInclude = append(q.RevInclude, inc)
		}
	case "_format", "_pretty":
	default:
		return false, nil
	}
	return true, nil
}

func (p *parser) sort(value string) error {
	for _, code := range strings.Split(value, ",") {
		name, desc := strings.CutPrefix(strings.TrimSpace(code), "-")
		param := p.types.Param(name)
		if param == nil {
			return unknown("_sort", "%s has no parameter %s", p.types.Resource, shorten(name))
		}
		switch param.Type {
		case "date", "string", "uri", "number", "quantity":
		default:
			if name != "_id" {
				return unknown("_sort", "results cannot be sorted by %s, which is a %s", shorten(name), param.Type)
			}
		}
		p.q.Sort = append(p.q.Sort, Sort{param, desc})
	}
	if len(p.q.Sort) > 5 {
		return bad("_sort", "results can be sorted by 5 parameters at most")
	}
	return nil
}

// include reads Type:param[:Target], or *.
func (p *parser) include(name, value string, reverse bool) (Include, error) {
	parts := strings.Split(value, ":")
	if value == "*" && !reverse {
		return Include{Source: "*"}, nil
	}
	if len(parts) < 2 || len(parts) > 3 {
		return Include{}, bad(name, "the value is Type:parameter or Type:parameter:Target")
	}
	inc := Include{Source: parts[0]}
	if len(parts) == 3 {
		inc.Target = parts[2]
	}
	types := For(inc.Source)
	if types == nil || inc.Target != "" && !IsResource(inc.Target) {
		return inc, bad(name, "FHIR R4 has no such resource type")
	}
	if parts[1] == "*" {
		return inc, nil
	}
	inc.Param = types.Param(parts[1])
	if inc.Param == nil || inc.Param.Type != "reference" {
		return inc, unknown(name, "%s has no reference parameter %s", inc.Source, shorten(parts[1]))
	}
	return inc, nil
}
