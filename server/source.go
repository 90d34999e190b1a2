// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// Source answers for a type of resource that is kept elsewhere than in the store,
// such as AuditEvent in the audit trail. It can be read and searched, no more.
type Source interface {
	// Params are the search parameters it knows, as names and FHIR's types of them.
	Params() [][2]string
	// Read gives a resource, or store.ErrNotFound if there is none that the access
	// reaches.
	Read(ctx context.Context, id string, access *store.Access) ([]byte, error)
	// Search gives up to count resources and the cursor of the next page. The values
	// hold search parameters only.
	Search(ctx context.Context, values url.Values, count int, cursor string, access *store.Access) (found []SourceEntry, next string, err error)
}

// SourceEntry is a resource of a Source.
type SourceEntry struct {
	ID   string
	Body []byte
}

// sourceRequest answers a request for a type that a Source has.
func (s *Server) sourceRequest(ctx context.Context, q *request, src Source, parts []string) (*response, error) {
	get := q.method == http.MethodGet || q.method == http.MethodHead
	switch {
	case len(parts) == 1 && get, len(parts) == 2 && parts[1] == "_search" && q.method == http.MethodPost:
		return s.searchSource(ctx, q, src, q.typ)
	case len(parts) == 2 && get && search.ValidID(parts[1]):
		q.interaction = "read"
		if err := q.grant.may(Read, q.typ); err != nil {
			return nil, err
		}
		body, err := src.Read(ctx, parts[1], q.grant.Access)
		if err != nil {
			return nil, err
		}
		return &response{status: http.StatusOK, body: body}, nil
	case get:
		return nil, store.ErrNotFound
	}
	return nil, notAllowed(q.method)
}

func (s *Server) searchSource(ctx context.Context, q *request, src Source, path string) (*response, error) {
	q.interaction = "search"
	if err := q.grant.may(Search, q.typ); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, p := range src.Params() {
		known[p[0]] = true
	}
	count, cursor, values, self := 50, "", url.Values{}, url.Values{}
	for name, v := range q.query {
		switch {
		case known[name]:
			values[name] = v
		case name == "_count":
			n, err := strconv.Atoi(v[0])
			if err != nil || n < 1 {
				return nil, failure(http.StatusBadRequest, "invalid", "_count is a number from 1")
			}
			count = min(n, 1000)
		case name == "_cursor":
			cursor = v[0]
			continue
		case name == "_format", name == "_pretty", name == "_total":
		case q.prefers("handling") == "lenient":
			continue
		default:
			return nil, failure(http.StatusBadRequest, "not-supported", "a search of %s does not know the parameter", q.typ)
		}
		self[name] = v
	}
	found, next, err := src.Search(ctx, values, count, cursor, q.grant.Access)
	if err != nil {
		return nil, err
	}
	b := newBundle("searchset", -1)
	b.link("self", q.base, path, self)
	if next != "" {
		self.Set("_cursor", next)
		b.link("next", q.base, path, self)
	}
	for _, e := range found {
		b.open(q.base + "/" + q.typ + "/" + e.ID)
		b.entries = append(append(b.entries, `"resource":`...), e.Body...)
		b.entries = append(b.entries, `,"search":{"mode":"match"}}`...)
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

// sourceCapability is what can be done with a type that a Source has.
func sourceCapability(name string, src Source) object {
	var params []object
	for _, p := range src.Params() {
		param := object{"name": p[0], "type": p[1]}
		if known := search.For(name).Param(p[0]); known != nil && known.URL != "" {
			param["definition"] = known.URL
		}
		params = append(params, param)
	}
	return object{"type": name, "searchParam": params, "interaction": []object{{"code": "read"}, {"code": "search-type"}}}
}
