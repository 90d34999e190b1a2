// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// result is what became of a row.
type result struct {
	held  bool
	known bool   // text is a reason that was given, not a finding
	text  string // the request that was made, or why the row is not held
}

func held(format string, args ...any) result {
	return result{held: true, text: fmt.Sprintf(format, args...)}
}

func not(format string, args ...any) result { return result{text: fmt.Sprintf(format, args...)} }

// picked is a value for each parameter of a search, from one resource.
type picked struct {
	doc    *doc
	values map[string]value
}

const tries = 3 // resources that a search is tried with

// pick chooses resources of a list that have a value for every parameter.
func pick(list []*doc, codes []string) (all []picked) {
	said := map[string]bool{}
	for _, d := range list {
		p := picked{d, map[string]value{}}
		key := ""
		for _, code := range codes {
			vs := values(d, code)
			if code == "_lastUpdated" {
				vs = []value{{kind: "date", low: "2000-01-01"}}
			}
			if len(vs) == 0 {
				break
			}
			p.values[code] = vs[0]
			key += vs[0].ask() + " "
		}
		if len(p.values) == len(codes) && !said[key] && len(all) < tries {
			said[key] = true
			all = append(all, p)
		}
	}
	return all
}

// searchBy asks for resources of a profile by parameters together: by GET and by
// POST, in all forms of the values, and compares the answer with the data.
func (w *world) searchBy(list []*doc, typ string, codes []string) result {
	if len(list) == 0 {
		return not("the data has no resource of the profile")
	}
	chosen := pick(list, codes)
	if len(chosen) == 0 {
		return not("no resource of the data has all of %s", strings.Join(codes, ", "))
	}
	first := ""
	for _, p := range chosen {
		params := url.Values{}
		for _, code := range codes {
			params.Add(code, p.values[code].ask())
		}
		if first == "" {
			first = typ + "?" + readable(params)
		}
		for _, post := range []bool{false, true} {
			f, err := w.search(post, typ, params, "")
			if err != nil {
				return not("%v", err)
			}
			if err := w.right(f.match, typ, p); err != nil {
				return not("%s: %v", first, err)
			}
		}
		for _, code := range codes {
			if p.values[code].kind == "date" {
				if f, err := w.search(false, typ, url.Values{code: {"lt1800-01-01"}}, ""); err != nil || len(f.match) > 0 {
					return not("%s?%s=lt1800-01-01 finds %d: %v", typ, code, len(f.match), err)
				}
			}
			for _, other := range p.values[code].others() {
				params := url.Values{}
				for name, v := range p.values {
					params.Set(name, v.ask())
				}
				params.Set(code, other)
				f, err := w.search(false, typ, params, "")
				if err != nil {
					return not("%v", err)
				}
				if !slices.Contains(f.match, p.doc.ref()) {
					return not("%s?%s does not find %s", typ, readable(params), p.doc.ref())
				}
			}
		}
	}
	return held("`%s`", first)
}

// right compares the matches with what a walk over the data finds.
func (w *world) right(match []string, typ string, p picked) error {
	if !slices.Contains(match, p.doc.ref()) {
		return fmt.Errorf("%s is not found", p.doc.ref())
	}
	for _, d := range w.docs {
		if d.typ != typ {
			continue
		}
		ok, sure := true, true
		for code, v := range p.values {
			if code == "_lastUpdated" {
				continue
			}
			o, s := meets(d, code, v)
			ok, sure = ok && o, sure && s
		}
		switch in := slices.Contains(match, d.ref()); {
		case in && !ok:
			return fmt.Errorf("%s is found, and should not be", d.ref())
		case !in && ok && sure:
			return fmt.Errorf("%s is not found", d.ref())
		}
	}
	return nil
}

func readable(q url.Values) string {
	s, err := url.QueryUnescape(q.Encode())
	if err != nil {
		return q.Encode()
	}
	return strings.ReplaceAll(s, "|", `\|`)
}

// includes asks for a resource with what it refers to by a parameter, or by all.
func (w *world) includes(list []*doc, typ, include string) result {
	_, code, _ := strings.Cut(include, ":")
	for _, d := range list {
		var want []string
		for _, v := range references(d, code) {
			if w.byRef[v] != nil {
				want = append(want, v)
			}
		}
		if len(want) == 0 {
			continue
		}
		params := url.Values{"_id": {d.id}, "_include": {include}}
		f, err := w.search(false, typ, params, "")
		if err != nil {
			return not("%v", err)
		}
		for _, v := range want {
			if v != d.ref() && !slices.Contains(f.include, v) {
				return not("%s?%s does not bring %s", typ, readable(params), v)
			}
		}
		return held("`%s?%s`", typ, readable(params))
	}
	return not("no resource of the data has the reference")
}

// references are those that a parameter finds; * is all parameters.
func references(d *doc, code string) (refs []string) {
	codes := []string{code}
	if code == "*" {
		codes = referenceParams(d.typ)
	}
	for _, c := range codes {
		for _, v := range values(d, c) {
			if v.kind == "reference" {
				refs = append(refs, v.text)
			}
		}
	}
	return refs
}

// revIncludes asks for resources with those that refer to them: Provenance:target.
func (w *world) revIncludes(list []*doc, typ, include string, codes []string) result {
	source, code, _ := strings.Cut(include, ":")
	for _, d := range list {
		chosen := pick([]*doc{d}, codes)
		if len(chosen) == 0 {
			continue
		}
		var want []string
		for _, s := range w.docs {
			if s.typ == source && slices.Contains(references(s, code), d.ref()) {
				want = append(want, s.ref())
			}
		}
		if len(want) == 0 {
			continue
		}
		params := url.Values{"_revinclude": {include}}
		for name, v := range chosen[0].values {
			params.Set(name, v.ask())
		}
		f, err := w.search(false, typ, params, "")
		if err != nil {
			return not("%v", err)
		}
		for _, v := range want {
			if !slices.Contains(f.include, v) && !slices.Contains(f.match, v) {
				return not("%s?%s does not bring %s", typ, readable(params), v)
			}
		}
		return held("`%s?%s`", typ, readable(params))
	}
	return not("no %s of the data refers to such a resource by %s", source, code)
}

// chained asks by what a reference points to: organization.name.
func (w *world) chained(list []*doc, typ, chain string) result {
	head, rest, _ := strings.Cut(chain, ".")
	for _, d := range list {
		for _, ref := range references(d, head) {
			target := w.byRef[ref]
			if target == nil {
				continue
			}
			vs := values(target, rest)
			if len(vs) == 0 {
				continue
			}
			params := url.Values{chain: {vs[0].ask()}}
			f, err := w.search(false, typ, params, "")
			if err != nil {
				return not("%v", err)
			}
			for _, other := range w.docs {
				want := other.typ == typ && slices.ContainsFunc(references(other, head), func(r string) bool {
					t := w.byRef[r]
					if t == nil {
						return false
					}
					ok, _ := meets(t, rest, vs[0])
					return ok
				})
				if in := slices.Contains(f.match, other.ref()); in != want {
					return not("%s?%s: %s is found: %v", typ, readable(params), other.ref(), in)
				}
			}
			return held("`%s?%s`", typ, readable(params))
		}
	}
	return not("no resource of the data has such a reference to one with a %s", rest)
}

// reverseChained asks by what refers to a resource: _has:PractitionerRole:practitioner:location.
func (w *world) reverseChained(list []*doc, typ, has string) result {
	parts := strings.Split(has, ":")
	source, ref, code := parts[1], parts[2], parts[3]
	for _, d := range list {
		for _, s := range w.docs {
			if s.typ != source || !slices.Contains(references(s, ref), d.ref()) {
				continue
			}
			vs := values(s, code)
			if len(vs) == 0 {
				continue
			}
			params := url.Values{has: {vs[0].ask()}}
			f, err := w.search(false, typ, params, "")
			if err != nil {
				return not("%v", err)
			}
			for _, other := range w.docs {
				want := other.typ == typ && slices.ContainsFunc(w.docs, func(s *doc) bool {
					if s.typ != source || !slices.Contains(references(s, ref), other.ref()) {
						return false
					}
					ok, _ := meets(s, code, vs[0])
					return ok
				})
				if in := slices.Contains(f.match, other.ref()); in != want {
					return not("%s?%s: %s is found: %v", typ, readable(params), other.ref(), in)
				}
			}
			return held("`%s?%s`", typ, readable(params))
		}
	}
	return not("no %s of the data refers to such a resource and has a %s", source, code)
}
