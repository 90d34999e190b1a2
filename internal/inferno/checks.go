// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
)

// reads gets each resource, and its version.
func (w *world) reads(list []*doc) result {
	if len(list) == 0 {
		return not("the data has no resource of the profile")
	}
	for _, d := range list {
		a := w.get(d.ref())
		if a.status != 200 || a.root.ResourceType() != d.typ || a.root.ID() != d.id {
			return not("GET %s is answered by %d", d.ref(), a.status)
		}
		version := a.root.Get("meta").Get("versionId").Text()
		if v := w.get(d.ref() + "/_history/" + version); v.status != 200 || v.root.ID() != d.id {
			return not("GET %s/_history/%s is answered by %d", d.ref(), version, v.status)
		}
	}
	return held("`%s`, %d read, with vread", list[0].ref(), len(list))
}

// invalid lists the errors of a resource, as the server gives it, by a profile.
func (w *world) invalid(d *doc, profile string) []string {
	key := d.ref() + " " + profile
	if have, ok := w.errors[key]; ok {
		return have
	}
	list := []string{}
	for _, i := range w.validator.Validate(w.get(d.ref()).root.Doc(), profile) {
		if i.Severity == validate.Error {
			list = append(list, fmt.Sprintf("%s %s: %s", d.ref(), i.Location, i.Text))
		}
	}
	w.errors[key] = list
	return list
}

func (w *world) validates(list []*doc, profile string) result {
	if len(list) == 0 {
		return not("the data has no resource of the profile")
	}
	if _, ok := w.index.Find(profile); !ok {
		return not("the profile is not in the packages held")
	}
	var bad []string
	for _, d := range list {
		if errs := w.invalid(d, profile); len(errs) > 0 {
			bad = append(bad, errs[0])
		}
	}
	if len(bad) > 0 {
		return not("%d of %d are not valid, as %s", len(bad), len(list), bad[0])
	}
	return held("%d valid by our validator", len(list))
}

// supports wants each mustSupport element of a profile in some resource.
func (w *world) supports(list []*doc, profile string) result {
	if len(list) == 0 {
		return not("the data has no resource of the profile")
	}
	present := map[string]int{}
	var order []string
	for _, d := range list {
		all, ok := w.validator.MustSupport(w.get(d.ref()).root.Doc(), profile)
		if !ok {
			return not("the profile is not in the packages held")
		}
		for _, s := range all {
			if _, known := present[s.Element]; !known {
				order = append(order, s.Element)
			}
			present[s.Element] += s.Present
		}
	}
	var missing []string
	for _, e := range order {
		if present[e] == 0 {
			missing = append(missing, e)
		}
	}
	if len(missing) > 0 {
		return not("the data lacks %s", strings.Join(missing, ", "))
	}
	return held("all %d elements in %d resources", len(order), len(list))
}

// resolves reads every reference of the resources.
func (w *world) resolves(list []*doc) result {
	if len(list) == 0 {
		return not("the data has no resource of the profile")
	}
	n := 0
	for _, d := range list {
		for _, ref := range allReferences(d.root) {
			typ, id := search.LocalReference(ref)
			if typ == "" {
				if strings.HasPrefix(ref, "#") || strings.Contains(ref, ":") {
					continue // inside the resource, or elsewhere
				}
				return not("%s refers to %s", d.ref(), short(ref))
			}
			if a := w.get(typ + "/" + id); a.status != 200 {
				return not("%s refers to %s, which is answered by %d", d.ref(), ref, a.status)
			}
			n++
		}
	}
	if n == 0 {
		return not("no resource of the data refers to anything")
	}
	return held("%d references read", n)
}

func allReferences(n node.Node) (refs []string) {
	if n.Kind() != node.Object {
		return nil
	}
	for name, v := range n.Elements() {
		for item := range v.Items() {
			if name == "reference" && item.Kind() != node.Object {
				refs = append(refs, item.Text())
				continue
			}
			refs = append(refs, allReferences(item)...)
		}
	}
	return refs
}

func referenceParams(typ string) (codes []string) {
	for _, p := range search.For(typ).Params() {
		if p.Type == "reference" {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// capability checks what /metadata says.
func (w *world) capability(id, guide string) result {
	a := w.get("metadata")
	if a.status != 200 || a.root.ResourceType() != "CapabilityStatement" {
		return not("GET metadata is answered by %d", a.status)
	}
	own, ok := w.index.Find(guide)
	if !ok {
		return not("the guide's CapabilityStatement is not in its package")
	}
	var missing []string
	switch {
	case strings.HasSuffix(id, "conformance_support"):
		return held("`GET metadata`")
	case strings.HasSuffix(id, "fhir_version"):
		if !a.root.Get("fhirVersion").Is("4.0.1") {
			return not("fhirVersion is %s", a.root.Get("fhirVersion").Text())
		}
		return held("fhirVersion 4.0.1")
	case strings.HasSuffix(id, "json_support"):
		for f := range a.root.Get("format").Items() {
			if f.Is("application/fhir+json") {
				return held("format application/fhir+json")
			}
		}
		return not("format has no application/fhir+json")
	case strings.HasSuffix(id, "instantiate"):
		for u := range a.root.Get("instantiates").Items() {
			if u.Is(guide) {
				return held("instantiates %s", guide)
			}
		}
		return not("instantiates lacks %s", guide)
	case strings.HasSuffix(id, "profile_support"), strings.HasSuffix(id, "resource_support"):
		types, n := map[string][]string{}, 0
		for r := range a.root.Get("rest").At(0).Get("resource").Items() {
			typ := r.Get("type").Text()
			types[typ] = []string{typ}
			for p := range r.Get("supportedProfile").Items() {
				types[typ] = append(types[typ], p.Text())
			}
		}
		for r := range own.Get("rest").At(0).Get("resource").Items() {
			typ := r.Get("type").Text()
			if types[typ] == nil {
				missing = append(missing, typ)
			}
			for p := range r.Get("supportedProfile").Items() {
				url, _, _ := strings.Cut(p.Text(), "|")
				if n++; !slices.Contains(types[typ], url) {
					missing = append(missing, url)
				}
			}
		}
		if missing != nil {
			return not("the CapabilityStatement lacks %s", strings.Join(missing, ", "))
		}
		return held("all %d profiles", n)
	}
	return not("no check of ours")
}
