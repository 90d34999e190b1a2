// SPDX-License-Identifier: Apache-2.0

package search

import (
	"slices"
	"strings"
)

// chain reads subject:Patient.name or subject.name, where rest may be a chain itself.
func (opt *Options) chain(types *Types, head, rest, value string, depth int) (Criterion, error) {
	code, typ, typed := strings.Cut(head, ":")
	param := types.Param(code)
	if param == nil || param.Type != "reference" {
		return Criterion{}, unknown(head+"."+rest, "%s has no reference parameter %s", types.Resource, shorten(code))
	}
	targets := param.Targets
	if typed {
		if len(targets) > 0 && !slices.Contains(targets, typ) || !IsResource(typ) {
			return Criterion{}, bad(head+"."+rest, "%s does not refer to %s", code, shorten(typ))
		}
		targets = []string{typ}
	}
	m := Match{Table: Chain, Param: param.Key}
	var firstErr error
	for _, target := range targets {
		inner, err := opt.criterion(For(target), rest, value, depth+1)
		if err != nil { // a type without the parameter gives nothing, if another has it
			if firstErr == nil {
				firstErr = err
			}
			continue
		}
		m.Inner = append(m.Inner, Inner{target, inner})
	}
	if len(m.Inner) == 0 {
		if firstErr == nil {
			firstErr = unknown(head+"."+rest, "name the type that %s refers to", code)
		}
		return Criterion{}, firstErr
	}
	return Criterion{Any: []Match{m}}, nil
}

// has reads _has:Observation:patient:code, where the last part may be a chain or
// a _has itself.
func (opt *Options) has(types *Types, rest, value string, depth int) (Criterion, error) {
	name := "_has:" + rest
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) < 3 {
		return Criterion{}, bad(name, "the form is _has:Type:reference:parameter")
	}
	source := For(parts[0])
	if source == nil {
		return Criterion{}, bad(name, "FHIR R4 has no such resource type")
	}
	param := source.Param(parts[1])
	if param == nil || param.Type != "reference" {
		return Criterion{}, unknown(name, "%s has no reference parameter %s", parts[0], shorten(parts[1]))
	}
	if len(param.Targets) > 0 && !slices.Contains(param.Targets, types.Resource) {
		return Criterion{}, bad(name, "%s of %s does not refer to %s", parts[1], parts[0], types.Resource)
	}
	inner, err := opt.criterion(source, parts[2], value, depth+1)
	if err != nil {
		return Criterion{}, err
	}
	return Criterion{Any: []Match{{Table: Has, Param: param.Key, Inner: []Inner{{parts[0], inner}}}}}, nil
}
