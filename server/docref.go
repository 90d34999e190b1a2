// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// continuity is the type of a C-CDA Continuity of Care Document, the summary of a
// patient's care.
const continuity = "http://loinc.org|34133-9"

// DocRef is US Core's $docref (OperationDefinition docref): a patient's documents by the
// time of care, type and profile. It finds documents that are kept and makes none:
// on-demand=true finds nothing. Without a time the latest of each type is given,
// without a type as well the latest Continuity of Care Document.
func DocRef() Operation {
	return Operation{
		Name: "docref", Definition: "http://hl7.org/fhir/us/core/OperationDefinition/docref", Levels: OnType, Types: []string{"DocumentReference"},
		Needs: Search, Parameters: []string{"patient", "start", "end", "type", "on-demand", "profile"}, Run: docref,
	}
}

func docref(ctx context.Context, c *Call) (*Result, error) {
	patient := strings.TrimPrefix(c.Text("patient"), "Patient/")
	if !search.ValidID(patient) {
		return nil, Failure(http.StatusBadRequest, "required", "$docref needs patient, the id of a patient")
	}
	onDemand, err := c.Bool("on-demand", false)
	if err != nil {
		return nil, err
	}
	b := newBundle("searchset", -1)
	_, err = c.Read(ctx, "Patient", patient)
	if onDemand || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrGone) { // a patient who is not there has no documents
		return &Result{Body: b.done()}, nil
	} else if err != nil {
		return nil, err
	}
	values := url.Values{"patient": {"Patient/" + patient}, "status": {"current"}, "_sort": {"-date"}, "_count": {"1000"}}
	for name, prefix := range map[string]string{"start": "ge", "end": "le"} {
		if v := c.Text(name); v != "" {
			values.Add("period", prefix+v)
		}
	}
	if profiles := c.Texts("profile"); len(profiles) > 0 {
		values.Set("_profile", strings.Join(escaped(profiles), ","))
	}
	types := docTypes(c)
	latest := values["period"] == nil
	if latest && len(types) == 0 {
		types = []string{continuity}
	}
	if len(types) == 0 {
		types = []string{""}
	}
	if latest {
		values.Set("_count", "1")
	}
	for _, typ := range types {
		values.Del("type")
		if typ != "" {
			values.Set("type", typ)
		}
		query, err := search.Parse("DocumentReference", values, search.Options{Base: c.Base})
		if err != nil {
			return nil, err
		}
		query.Total = search.NoTotal
		page, err := c.Store.Search(ctx, query, c.Access)
		if err != nil {
			return nil, err
		}
		for _, v := range page.Matches {
			b.resource(c.Base, v, form{}, "match")
		}
		if page.Next != "" && !latest {
			b.outcome("warning", "incomplete", "there are more documents than fit; ask for a shorter time")
		}
	}
	return &Result{Body: b.done()}, nil
}

// docTypes reads the types: Codings in a body, system|code in an address.
func docTypes(c *Call) (types []string) {
	add := func(t string) {
		if t != "" && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	for _, p := range c.All("type") {
		if p.Value.Exists() && p.Value.Get("code").Exists() {
			add(strings.TrimPrefix(escaped([]string{p.Value.Get("system").Text()})[0]+"|", "|") + escaped([]string{p.Value.Get("code").Text()})[0])
		} else {
			for _, t := range strings.Split(p.Text(), ",") {
				add(t)
			}
		}
	}
	return types
}

// escaped protects what has a meaning in a search.
func escaped(list []string) (out []string) {
	for _, s := range list {
		out = append(out, strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(s))
	}
	return out
}
