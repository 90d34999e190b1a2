// SPDX-License-Identifier: Apache-2.0

package search

import (
	"math"
	"slices"
	"strings"
)

// Self tells whether a criterion can be answered from the resource alone: it
// follows no reference, and is not followed by one.
func (c *Criterion) Self() bool {
	return !slices.ContainsFunc(c.Any, func(m Match) bool { return m.Table == Chain || m.Table == Has })
}

// Meets tells whether a resource, of which Extract gave x, meets a criterion that
// Self says can be answered from it alone. key is its ResourceKey, updated the time
// of its last change in microseconds since 1970 UTC. It answers as a store does.
func (x *Index) Meets(c *Criterion, key, updated int64) bool {
	if len(c.Any) == 0 {
		return c.Negate
	}
	found := slices.ContainsFunc(c.Any, func(m Match) bool { return x.meets(&m, key, updated) })
	return found != c.Negate
}

func (x *Index) meets(m *Match, key, updated int64) bool {
	switch m.Table {
	case IDs:
		return key == m.Code
	case Updated:
		return m.span(updated, updated)
	case Tokens:
		return slices.ContainsFunc(x.Tokens, func(t Token) bool {
			return t.Param == m.Param && (m.Exists || (m.AnyCode || m.hasCode(t.Code)) && (len(m.Systems) == 0 || slices.Contains(m.Systems, t.System)))
		})
	case References:
		return slices.ContainsFunc(x.References, func(r Reference) bool { return r.Param == m.Param && (m.Exists || r.Target == m.Code) })
	case Strings:
		return slices.ContainsFunc(x.Strings, func(s String) bool { return s.Param == m.Param && (m.Exists || m.text(&s)) })
	case Dates:
		return slices.ContainsFunc(x.Dates, func(d Date) bool { return d.Param == m.Param && (m.Exists || m.span(d.Lo, d.Hi)) })
	case Numbers:
		return slices.ContainsFunc(x.Numbers, func(n Number) bool { return n.Param == m.Param && (m.Exists || m.number(&n)) })
	}
	return false
}

func (m *Match) hasCode(code int64) bool {
	if m.Codes == nil {
		return code == m.Code
	}
	_, found := slices.BinarySearch(m.Codes, code)
	return found
}

func (m *Match) text(s *String) bool {
	switch m.How {
	case Starts, Below:
		return strings.HasPrefix(s.Norm, m.Text)
	case Contains:
		return strings.Contains(s.Norm, m.Text)
	case Exact:
		return s.Norm == m.Text && s.Exact == m.Code
	}
	return s.Norm == m.Text
}

// span compares a span of time (R4, search.html#prefix).
func (m *Match) span(lo, hi int64) bool {
	within := lo >= m.Lo && lo <= m.Hi && hi <= m.Hi
	switch m.Prefix {
	case NE:
		return !within
	case GT:
		return hi > m.Hi
	case LT:
		return lo < m.Lo
	case GE:
		return hi > m.Hi || within
	case LE:
		return lo < m.Lo || within
	case SA:
		return lo > m.Hi
	case EB:
		return hi < m.Lo
	case AP:
		return lo <= m.Hi && hi >= m.Lo
	}
	return within
}

func (m *Match) number(n *Number) bool {
	if m.Unit != 0 && n.Unit != m.Unit {
		return false
	}
	switch m.Prefix {
	case NE:
		return !(n.Lo >= m.Min && n.Hi < m.Max)
	case GT:
		return n.Hi > m.Point
	case LT:
		return n.Lo < m.Point
	case GE:
		return n.Hi >= m.Point
	case LE:
		return n.Lo <= m.Point
	case SA:
		return n.Lo > m.Point
	case EB:
		return n.Hi < m.Point
	case AP:
		slack := math.Abs(m.Point) / 10
		return n.Hi >= m.Point-slack && n.Lo <= m.Point+slack
	}
	return n.Lo >= m.Min && n.Hi < m.Max
}
