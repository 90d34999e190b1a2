// SPDX-License-Identifier: Apache-2.0

package scope

import (
	"fmt"
	"slices"
	"strings"
)

// Flag is a scope that is a word: identity, launch context, refresh.
type Flag uint16

// The words, in the order in which they are written.
const (
	OpenID Flag = 1 << iota
	FHIRUser
	Profile
	Launch          // context of an EHR launch
	LaunchPatient   // a patient, in a standalone launch
	LaunchEncounter // an encounter, in a standalone launch
	OnlineAccess    // refresh while the member's session lasts
	OfflineAccess   // refresh for as long as the member allows
)

var flagNames = []string{"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "online_access", "offline_access"}

// Set is what a scope parameter asks for or grants.
type Set struct {
	Flags   Flag
	Scopes  []Scope  // clinical scopes in the order asked for
	Ignored []string // scopes that are not understood; never granted (RFC 6749 section 3.3 allows to leave them out)
}

// ParseSet reads a scope parameter: scopes separated by spaces. Scopes that it does
// not understand are set aside in Ignored; it fails only if the parameter is too long.
func ParseSet(text string) (Set, error) {
	var set Set
	if len(text) > MaxLength {
		return set, &Error{text, fmt.Sprintf("longer than %d bytes", MaxLength)}
	}
	words := strings.Fields(text)
	if len(words) > MaxScopes {
		return set, &Error{text, fmt.Sprintf("more than %d scopes", MaxScopes)}
	}
	for _, word := range words {
		if i := slices.Index(flagNames, word); i >= 0 {
			set.Flags |= 1 << i
		} else if s, err := Parse(word); err != nil {
			set.Ignored = append(set.Ignored, word)
		} else if !slices.ContainsFunc(set.Scopes, func(have Scope) bool { return have.equal(s) }) {
			set.Scopes = append(set.Scopes, s)
		}
	}
	return set, nil
}

// MustSet reads scopes that are written in a program or its configuration, and
// panics if one is not understood.
func MustSet(text string) Set {
	set, err := ParseSet(text)
	if err == nil && len(set.Ignored) > 0 {
		err = &Error{set.Ignored[0], "not understood"}
	}
	if err != nil {
		panic(err)
	}
	return set
}

func (s Scope) equal(o Scope) bool {
	return s.Context == o.Context && s.Type == o.Type && s.Permission == o.Permission && slices.Equal(s.Where, o.Where)
}

// Has tells whether all words of f are in the set.
func (s Set) Has(f Flag) bool { return s.Flags&f == f }

// Empty tells whether the set grants nothing.
func (s Set) Empty() bool { return s.Flags == 0 && len(s.Scopes) == 0 }

// HasContext tells whether a clinical scope of this context is in the set.
func (s Set) HasContext(c Context) bool {
	return slices.ContainsFunc(s.Scopes, func(x Scope) bool { return x.Context == c })
}

// Words are the set's scopes as texts.
func (s Set) Words() []string {
	var words []string
	for i, name := range flagNames {
		if s.Flags&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	for _, x := range s.Scopes {
		words = append(words, x.String())
	}
	return words
}

// String writes the set as a scope parameter, without what was ignored.
func (s Set) String() string { return strings.Join(s.Words(), " ") }

// MarshalText and UnmarshalText use the form of a scope parameter.
func (s Set) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Set) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSet(string(b))
	return err
}

// Intersect is what both sets allow, in the order and versions of s, without
// scopes that another one covers.
func (s Set) Intersect(o Set) Set {
	both := Set{Flags: s.Flags & o.Flags}
	for _, a := range s.Scopes {
		for _, b := range o.Scopes {
			if x, ok := a.Intersect(b); ok {
				both.Scopes = append(both.Scopes, x)
			}
		}
	}
	both.Scopes = minimal(both.Scopes)
	return both
}

// minimal drops scopes that another scope covers; of two equal ones the first stays.
func minimal(scopes []Scope) []Scope {
	var out []Scope
	for i, a := range scopes {
		covered := false
		for j, b := range scopes {
			if i != j && b.Covers(a) && (j < i || !a.Covers(b)) {
				covered = true
				break
			}
		}
		if !covered {
			out = append(out, a)
		}
	}
	return out
}

// Covers tells whether s allows everything that o allows. A scope of o must be
// covered by one scope of s; two scopes that cover it only together do not count,
// except that permissions may come from several.
func (s Set) Covers(o Set) bool {
	if s.Flags&o.Flags != o.Flags {
		return false
	}
	for _, want := range o.Scopes {
		var have Permission
		for _, a := range s.Scopes {
			part := want
			if part.Permission &= a.Permission; part.Permission != 0 && a.Covers(part) {
				have |= part.Permission
			}
		}
		if have != want.Permission {
			return false
		}
	}
	return true
}

// Without is the set without some words.
func (s Set) Without(f Flag) Set {
	s.Flags &^= f
	return s
}
