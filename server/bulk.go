// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// kickOff reads an export's parameters and starts it.
func (s *Server) kickOff(ctx context.Context, q *request, parts []string) (*response, error) {
	if s.bulk == nil {
		return nil, failure(http.StatusNotFound, "not-supported", "bulk data is not turned on")
	}
	q.interaction = "export"
	if q.method != http.MethodGet && q.method != http.MethodPost {
		return nil, notAllowed(q.method)
	}
	level := strings.Join(parts, "/")
	j := &exportJob{ID: newID(), Client: q.grant.Client, Access: q.grant.Access, Started: s.opt.Now().UTC(), Request: q.base + "/" + q.path}
	switch {
	case level == "$export":
	case level == "Patient/$export":
		j.Level = "patient"
	case len(parts) == 3 && parts[0] == "Group" && search.ValidID(parts[1]):
		j.Level = "group"
	default:
		return nil, failure(http.StatusNotFound, "not-supported", "the server exports $export, Patient/$export and Group/[id]/$export")
	}
	if err := q.grant.may(Export, ""); err != nil {
		return nil, err
	}
	if q.prefers("respond-async") == "" {
		return nil, failure(http.StatusBadRequest, "required", "an export needs the header Prefer: respond-async")
	}
	if err := q.parameters(); err != nil {
		return nil, err
	}
	if encoded := q.query.Encode(); encoded != "" {
		j.Request += "?" + encoded
	}
	if err := s.exportParameters(ctx, q, j); err != nil {
		return nil, err
	}
	if j.Level == "group" {
		members, err := s.members(ctx, q, parts[1])
		if err != nil {
			return nil, err
		}
		if j.Patients != nil { // those that the client names, as far as they are in the group
			members = slices.DeleteFunc(members, func(id string) bool { return !slices.Contains(j.Patients, id) })
		}
		j.Patients = members
	}
	if err := s.bulk.start(j); err != nil {
		return nil, err
	}
	return &response{status: http.StatusAccepted, header: http.Header{"Content-Location": {q.base + "/_bulk/" + j.ID}}}, nil
}

// parameters adds those of a Parameters resource to the query.
func (q *request) parameters() error {
	if q.method != http.MethodPost || len(bytes.TrimSpace(q.body)) == 0 || q.media == formType {
		return nil
	}
	d, err := q.resource("Parameters")
	if err != nil {
		return err
	}
	for p := range d.Root().Get("parameter").Items() {
		value, kind := p.Choice("value")
		if kind == "Reference" {
			value = value.Get("reference")
		}
		q.query.Add(p.Get("name").Text(), value.Text())
	}
	return nil
}

// exportParameters reads _type, _since, _typeFilter, _elements and _outputFormat.
func (s *Server) exportParameters(ctx context.Context, q *request, j *exportJob) error {
	lenient := q.prefers("handling") == "lenient"
	opt := s.searching(ctx, q)
	opt.Lenient = lenient
	filters := map[string][][]search.Criterion{}
	for name, values := range q.query {
		for _, value := range values {
			switch name {
			case "_outputFormat":
				if !slices.Contains([]string{ndjson, "application/ndjson", "ndjson"}, strings.ReplaceAll(value, " ", "+")) {
					return failure(http.StatusBadRequest, "not-supported", "_outputFormat is %s", ndjson)
				}
			case "_since":
				at, ok := instant(value)
				if !ok {
					return failure(http.StatusBadRequest, "invalid", "_since is an instant, as 2026-01-01T00:00:00Z")
				}
				j.Since = at
			case "_type":
				j.Types = append(j.Types, strings.Split(value, ",")...)
			case "_elements":
				j.Elements = append(j.Elements, strings.Split(value, ",")...)
			case "_typeFilter":
				for _, text := range strings.Split(value, ",") {
					typ, params, _ := strings.Cut(text, "?")
					values, err := url.ParseQuery(params)
					if err != nil {
						return failure(http.StatusBadRequest, "invalid", "a _typeFilter cannot be read; it is Type?parameter=value")
					}
					query, err := search.Parse(typ, values, opt)
					if err != nil {
						return err
					}
					filters[typ] = append(filters[typ], query.Criteria)
				}
			case "patient":
				if j.Level == "" || q.method != http.MethodPost {
					return failure(http.StatusBadRequest, "invalid", "patient is for Patient/$export and Group/[id]/$export by POST")
				}
				typ, id := search.LocalReference(strings.TrimPrefix(value, q.base+"/"))
				if typ != "Patient" || !search.ValidID(id) {
					return failure(http.StatusBadRequest, "invalid", "patient is a reference to a Patient of this server")
				}
				j.Patients = append(j.Patients, id)
			case "_format":
			default:
				if !lenient {
					return failure(http.StatusBadRequest, "not-supported", "an export does not know the parameter; it takes _type, _since, _typeFilter, _elements, _outputFormat and patient")
				}
				if name = clipped(name); !slices.Contains(j.Ignored, name) {
					j.Ignored = append(j.Ignored, name)
				}
			}
		}
	}
	return s.exportTypes(q, j, filters, lenient)
}

// exportTypes lists the types to export with their filters.
func (s *Server) exportTypes(q *request, j *exportJob, filters map[string][][]search.Criterion, lenient bool) error {
	asked := j.Types
	j.Types = nil
	if asked == nil {
		for typ := range s.types {
			if s.opt.Sources[typ] == nil && (j.Level == "" || search.For(typ).InPatientCompartment()) {
				asked = append(asked, typ)
			}
		}
		slices.Sort(asked)
		asked = slices.DeleteFunc(asked, func(typ string) bool { return q.grant.may(Search, typ) != nil })
	}
	for _, typ := range asked {
		if !s.types[typ] || s.opt.Sources[typ] != nil {
			if lenient {
				j.Ignored = append(j.Ignored, "_type "+clipped(typ))
				continue
			}
			return failure(http.StatusBadRequest, "not-supported", "the server has no such resource type in _type")
		}
		if err := q.grant.may(Search, typ); err != nil {
			return err
		}
		if !slices.Contains(j.Types, typ) {
			j.Types = append(j.Types, typ)
		}
	}
	for typ := range filters {
		if !slices.Contains(j.Types, typ) {
			return failure(http.StatusBadRequest, "invalid", "_typeFilter names a type that is not in _type")
		}
	}
	j.Filters = filters
	return nil
}

// members are the patients of a Group.
func (s *Server) members(ctx context.Context, q *request, id string) ([]string, error) {
	if err := q.grant.may(Read, "Group"); err != nil {
		return nil, err
	}
	v, err := s.store.Read(ctx, "Group", id, q.grant.Access)
	if err != nil {
		return nil, err
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return nil, err
	}
	patients := []string{}
	for m := range d.Root().Get("member").Items() {
		if inactive, _ := m.Get("inactive").Bool(); inactive {
			continue
		}
		if typ, id := search.LocalReference(m.Get("entity").Get("reference").Text()); typ == "Patient" {
			patients = append(patients, id)
		}
	}
	return patients, nil
}

// download sends a file of an export that is done.
func (x *exporter) download(w http.ResponseWriter, q *request, j *exportJob, name string) error {
	x.mu.Lock()
	known := j.State == "done" && slices.ContainsFunc(slices.Concat(j.Files, j.Deleted, j.Errors), func(f exportFile) bool { return f.Name == name })
	x.mu.Unlock()
	if !known {
		return failure(http.StatusNotFound, "not-found", "the export has no such file")
	}
	return serveFile(w, q, x.path(j, name))
}

// serveFile sends a file of NDJSON.
func serveFile(w http.ResponseWriter, q *request, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", ndjson)
	w.Header().Set("Cache-Control", "no-store")
	r := &http.Request{Method: q.method, Header: q.header}
	http.ServeContent(w, r, "", info.ModTime(), f)
	return nil
}
