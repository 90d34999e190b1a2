// SPDX-License-Identifier: Apache-2.0

// Package scope reads and combines SMART App Launch scopes, version 1
// (patient/Observation.read) and version 2 (patient/Observation.rs?category=laboratory),
// and turns granted scopes into an Access value that a server puts into its store query.
//
// Source: SMART App Launch 2.2.0, "Scopes and Launch Context".
package scope

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Limits on what a scope parameter may hold, so that parsing is bounded.
const (
	MaxLength = 8 << 10 // bytes of a whole scope parameter
	MaxScopes = 200     // scopes in it
	maxParams = 8       // search parameters of one granular scope
)

// Context says whose data a scope speaks of.
type Context uint8

// The three contexts of clinical scopes.
const (
	Patient Context = iota + 1 // one patient's record
	User                       // what the user may see
	System                     // what a backend service may see
)

var contextNames = [...]string{Patient: "patient", User: "user", System: "system"}

func (c Context) String() string { return contextNames[c] }

// Permission is a set of interactions with a resource type.
type Permission uint8

// The five permissions, in the order in which version 2 writes them.
const (
	Create Permission = 1 << iota
	Read              // read, vread, instance history
	Update            // update, patch
	Delete
	Search // search, type history, export

	All       = Create | Read | Update | Delete | Search
	v1Reading = Read | Search
	v1Writing = Create | Update | Delete
)

const permissionLetters = "cruds"

func (p Permission) String() string {
	var b strings.Builder
	for i := range permissionLetters {
		if p&(1<<i) != 0 {
			b.WriteByte(permissionLetters[i])
		}
	}
	return b.String()
}

// Param restricts a scope as a search with Name=Value would. Value is unescaped.
type Param struct {
	Name  string // may carry a modifier: code:in
	Value string
}

func (p Param) compare(o Param) int {
	return cmp.Or(strings.Compare(p.Name, o.Name), strings.Compare(p.Value, o.Value))
}

// Scope is one clinical scope. Where is sorted, without duplicates, and all of it
// must hold for a resource to be in scope.
type Scope struct {
	Context    Context
	Type       string // resource type, or * for all
	Permission Permission
	Where      []Param
	V1         bool // was asked for in version 1 and is written back so where it can be
}

// Error says what is wrong with a scope.
type Error struct{ Scope, Why string }

func (e *Error) Error() string {
	text := e.Scope
	if len(text) > 80 {
		text = text[:80] + "..."
	}
	return fmt.Sprintf("scope %q: %s", text, e.Why)
}

// Parse reads one clinical scope of either version.
func Parse(text string) (Scope, error) {
	fail := func(why string) (Scope, error) { return Scope{}, &Error{text, why} }
	prefix, rest, ok := strings.Cut(text, "/")
	i := slices.Index(contextNames[1:], prefix) + 1
	if !ok || i == 0 {
		return fail("a clinical scope starts with patient/, user/ or system/")
	}
	s := Scope{Context: Context(i)}
	rest, query, granular := strings.Cut(rest, "?")
	s.Type, rest, ok = strings.Cut(rest, ".")
	if !ok || !validType(s.Type) {
		return fail("a resource type (or *) and a point must follow the slash")
	}
	switch rest {
	case "read":
		s.Permission, s.V1 = v1Reading, true
	case "write":
		s.Permission, s.V1 = v1Writing, true
	case "*":
		s.Permission, s.V1 = All, true
	default:
		if s.Permission, ok = parsePermission(rest); !ok {
			return fail("permissions are read, write or *, or letters of cruds in that order")
		}
	}
	if !granular {
		return s, nil
	}
	if s.V1 {
		return fail("search parameters need the version 2 form, for example .rs")
	}
	var why string
	if s.Where, why = parseWhere(query, s.Type); why != "" {
		return fail(why)
	}
	return s, nil
}

func parsePermission(letters string) (p Permission, ok bool) {
	last := -1
	for i := range len(letters) {
		at := strings.IndexByte(permissionLetters, letters[i])
		if at <= last {
			return 0, false
		}
		p, last = p|1<<at, at
	}
	return p, p != 0
}

// parseWhere reads the search parameters of a granular scope. Parameters that
// shape a result rather than choose resources restrict nothing, and chains reach
// into other resources: both are refused, as is a parameter on * that not every type has.
func parseWhere(query, typ string) (where []Param, why string) {
	for _, pair := range strings.Split(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || value == "" || !validParamName(name) {
			return nil, "after ? come search parameters as name=value, joined by &, without chains"
		}
		value, err := url.PathUnescape(value)
		if err != nil || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }) {
			return nil, "a search parameter's value is not well escaped"
		}
		base, _, _ := strings.Cut(name, ":")
		switch {
		case resultParams[base]:
			return nil, base + " shapes a result and restricts nothing"
		case typ == "*" && !everyType[base]:
			return nil, base + " is not a parameter of every resource type"
		}
		where = append(where, Param{name, value})
	}
	if len(where) > maxParams {
		return nil, fmt.Sprintf("more than %d search parameters", maxParams)
	}
	slices.SortFunc(where, Param.compare)
	return slices.Compact(where), ""
}

var resultParams = map[string]bool{"_include": true, "_revinclude": true, "_count": true, "_sort": true, "_summary": true,
	"_elements": true, "_total": true, "_contained": true, "_containedType": true, "_format": true, "_pretty": true,
	"_has": true, "_filter": true, "_query": true, "_list": true, "_content": true, "_text": true, "_type": true}

var everyType = map[string]bool{"_id": true, "_lastUpdated": true, "_tag": true, "_profile": true, "_security": true, "_source": true}

func validType(s string) bool {
	if s == "*" {
		return true
	}
	return len(s) <= 64 && s != "" && s[0] >= 'A' && s[0] <= 'Z' && !strings.ContainsFunc(s, notLetter)
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

func validParamName(s string) bool {
	return s != "" && s[0] != ':' && !strings.ContainsFunc(s, func(r rune) bool {
		return notLetter(r) && (r < '0' || r > '9') && r != '_' && r != '-' && r != ':'
	}) && strings.Count(s, ":") <= 1 && s[len(s)-1] != ':'
}

// String writes the scope in the version in which it was asked for, or in
// version 2 if version 1 cannot say it.
func (s Scope) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s.", s.Context, s.Type)
	switch {
	case s.V1 && len(s.Where) == 0 && s.Permission == v1Reading:
		b.WriteString("read")
	case s.V1 && len(s.Where) == 0 && s.Permission == v1Writing:
		b.WriteString("write")
	case s.V1 && len(s.Where) == 0 && s.Permission == All:
		b.WriteString("*")
	default:
		b.WriteString(s.Permission.String())
	}
	sep := byte('?')
	for _, p := range s.Where {
		b.WriteByte(sep)
		b.WriteString(p.Name)
		b.WriteByte('=')
		b.WriteString(escapeValue(p.Value))
		sep = '&'
	}
	return b.String()
}

// escapeValue escapes what would end a parameter, a scope or a scope list.
func escapeValue(v string) string {
	var b strings.Builder
	for i := range len(v) {
		if c := v[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`%&"\`, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Covers tells whether s allows everything that o allows.
func (s Scope) Covers(o Scope) bool {
	return s.Context == o.Context && (s.Type == "*" || s.Type == o.Type) && s.Permission&o.Permission == o.Permission &&
		!slices.ContainsFunc(s.Where, func(p Param) bool { return !slices.Contains(o.Where, p) })
}

// Intersect is what both scopes allow; ok is false if that is nothing. The result
// keeps the version in which s is written.
func (s Scope) Intersect(o Scope) (both Scope, ok bool) {
	both = Scope{Context: s.Context, Type: s.Type, Permission: s.Permission & o.Permission, V1: s.V1}
	switch {
	case s.Context != o.Context || both.Permission == 0:
		return Scope{}, false
	case s.Type == "*":
		both.Type = o.Type
	case o.Type != "*" && o.Type != s.Type:
		return Scope{}, false
	}
	both.Where = append(slices.Clone(s.Where), o.Where...)
	slices.SortFunc(both.Where, Param.compare)
	if both.Where = slices.Compact(both.Where); len(both.Where) == 0 {
		both.Where = nil
	}
	return both, true
}
