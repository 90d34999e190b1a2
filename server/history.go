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

// history answers with the versions of a resource, a type or the whole system.
func (s *Server) history(ctx context.Context, q *request, typ, id string) (*response, error) {
	q.interaction = "history"
	if err := q.grant.may(Read, typ); err != nil {
		return nil, err
	}
	if id != "" && !search.ValidID(id) {
		return nil, store.ErrNotFound
	}
	h := store.HistoryQuery{Type: typ, ID: id, Count: 50, Cursor: q.query.Get("_cursor")}
	self := url.Values{}
	for name, values := range q.query {
		value := values[0]
		ok := true
		switch name {
		case "_count":
			n, err := strconv.Atoi(value)
			h.Count, ok = min(n, 1000), err == nil && n > 0
		case "_since":
			h.Since, ok = instant(value)
		case "_at":
			h.At, ok = instant(value)
		case "_cursor":
			continue
		case "_format", "_pretty":
		default:
			return nil, failure(http.StatusBadRequest, "not-supported", "a history does not know the parameter; it takes _count, _since and _at")
		}
		if !ok {
			return nil, failure(http.StatusBadRequest, "invalid", "the value of %s cannot be read", name)
		}
		self.Set(name, value)
	}
	page, err := s.store.History(ctx, h, q.grant.Access)
	if err != nil {
		return nil, err
	}
	q.touch(page.Versions...)
	b := newBundle("history", page.Total)
	path := "_history"
	if typ != "" {
		path = typ + "/" + path
	}
	if id != "" {
		path = typ + "/" + id + "/_history"
	}
	b.link("self", q.base, path, self)
	if page.Next != "" {
		self.Set("_cursor", page.Next)
		b.link("next", q.base, path, self)
	}
	for _, v := range page.Versions {
		b.version(q.base, v)
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

// version adds an entry of a history.
func (b *bundleWriter) version(base string, v *store.Version) {
	b.open(base + "/" + v.Type + "/" + v.ID)
	if !v.Deleted {
		b.entries = append(v.AppendJSON(append(b.entries, `"resource":`...)), ',')
	}
	method, address, status := "PUT", v.Type+"/"+v.ID, "200"
	switch v.Method {
	case store.Create:
		method, address, status = "POST", v.Type, "201"
	case store.Delete:
		method, status = "DELETE", "204"
	}
	b.entries = append(b.entries, `"request":{"method":"`+method+`","url":"`+address+`"},"response":{"status":"`+status+`","etag":`...)
	b.entries = appendText(b.entries, entityTag(v.Number))
	b.entries = v.Updated.UTC().AppendFormat(append(b.entries, `,"lastModified":"`...), store.TimeFormat)
	b.entries = append(b.entries, `"}}`...)
}
