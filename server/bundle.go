// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// entry is one entry of a batch or transaction.
type entry struct {
	place   string // Bundle.entry[3]
	fullURL string
	req     *request
	change  *change
	resp    *response
	links   []link // references that name other entries or conditions
}

// bundle does a batch or a transaction.
func (s *Server) bundle(ctx context.Context, q *request) (*response, error) {
	d, err := q.resource("Bundle")
	if err != nil {
		return nil, err
	}
	kind := d.Root().Get("type").Text()
	q.interaction = kind
	if kind != "batch" && kind != "transaction" {
		q.interaction = "bundle"
		return nil, failure(http.StatusBadRequest, "invalid", "the Bundle is no batch or transaction")
	}
	entries, err := s.readEntries(q, d)
	if err != nil {
		return nil, err
	}
	if kind == "batch" {
		s.batch(ctx, entries)
	} else if err := s.transaction(ctx, q, entries); err != nil {
		return nil, err
	}
	b := newBundle(kind+"-response", -1)
	for _, e := range entries {
		b.answer(e, q.prefers("return"))
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

func (s *Server) readEntries(q *request, d *node.Doc) ([]*entry, error) {
	var entries []*entry
	for n := range d.Root().Get("entry").Items() {
		if len(entries) >= s.opt.MaxBundle {
			return nil, failure(http.StatusRequestEntityTooLarge, "too-costly", "a Bundle may have %d entries at most", s.opt.MaxBundle)
		}
		e := &entry{place: fmt.Sprintf("Bundle.entry[%d]", len(entries)), fullURL: n.Get("fullUrl").Text()}
		entries = append(entries, e)
		r := n.Get("request")
		e.req = &request{method: r.Get("method").Text(), base: q.base, header: http.Header{}, grant: q.grant, seen: q.seen}
		for header, name := range map[string]string{"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch", "If-None-Exist": "ifNoneExist", "If-Modified-Since": "ifModifiedSince"} {
			if value := r.Get(name).Text(); value != "" {
				e.req.header.Set(header, value)
			}
		}
		if p := q.header.Get("Prefer"); p != "" {
			e.req.header.Set("Prefer", p)
		}
		address := strings.TrimPrefix(strings.TrimPrefix(r.Get("url").Text(), q.base), "/")
		path, query, _ := strings.Cut(address, "?")
		var err error
		if e.req.query, err = url.ParseQuery(query); err != nil || !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, e.req.method) {
			return nil, e.wrap(failure(http.StatusBadRequest, "invalid", "the request has no known method or no readable url"))
		}
		e.req.path = strings.Trim(path, "/")
		e.req.body = n.Get("resource").JSON()
		if e.req.method == http.MethodPatch && e.req.body != nil {
			if err := e.patchFromBinary(n.Get("resource")); err != nil {
				return nil, e.wrap(err)
			}
		}
	}
	return entries, nil
}

// wrap says which entry failed.
func (e *entry) wrap(err error) error {
	f := *failureOf(err)
	if f.status == http.StatusInternalServerError {
		return err
	}
	if f.place = e.place; f.status == http.StatusNotFound && e.req.method != http.MethodGet {
		f.status = http.StatusBadRequest
	}
	return &f
}

// batch does the entries one by one; each succeeds or fails alone.
func (s *Server) batch(ctx context.Context, entries []*entry) {
	for _, e := range entries {
		resp, err := s.dispatchEntry(ctx, e)
		if err != nil {
			resp = errorResponse(err)
		}
		e.resp = resp
	}
}

// dispatchEntry does an entry as if it were a request of its own.
func (s *Server) dispatchEntry(ctx context.Context, e *entry) (*response, error) {
	if e.req.path == "" && e.req.method == http.MethodPost || strings.HasPrefix(e.req.path, "_bulk") || strings.HasSuffix(e.req.path, "$export") || e.req.path == "$import" {
		return nil, failure(http.StatusBadRequest, "not-supported", "this cannot be done inside a Bundle")
	}
	return s.dispatch(ctx, nil, e.req)
}

// transaction does all entries or none: deletes, then creates, then updates and
// patches, then reads (R4, http.html#trules).
func (s *Server) transaction(ctx context.Context, q *request, entries []*entry) error {
	var changes []*entry
	conditional := false
	ids := map[string]string{} // fullUrl -> Type/id
	for _, e := range entries {
		if e.req.method == http.MethodGet || e.req.method == http.MethodHead {
			continue
		}
		if err := s.readEntryChange(ctx, e); err != nil {
			return e.wrap(err)
		}
		changes = append(changes, e)
		conditional = conditional || e.change.given || e.change.patch != nil
	}
	if err := name(changes, ids); err != nil {
		return err
	}
	for _, e := range changes {
		if e.change.doc == nil {
			continue
		}
		e.links = linksOf(e.change.doc.Root(), nil)
		for _, l := range e.links {
			conditional = conditional || l.condition()
		}
	}
	if !conditional { // nothing has to be looked up: all can be made ready before the others wait
		for _, e := range changes {
			if err := e.prepare(ids); err != nil {
				return e.wrap(err)
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b *entry) int { return order(a.req.method) - order(b.req.method) })
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		tx.Within(q.grant.Access)
		return s.apply(tx, q, changes, ids, conditional)
	})
	if err != nil {
		return err
	}
	for _, e := range changes {
		q.touch(e.resp.version)
	}
	for _, e := range entries {
		if e.change == nil {
			resp, err := s.dispatchEntry(ctx, e)
			if err != nil {
				return e.wrap(err)
			}
			e.resp = resp
		}
	}
	return nil
}

func order(method string) int {
	return slices.Index([]string{http.MethodDelete, http.MethodPost, http.MethodPut, http.MethodPatch}, method)
}

// readEntryChange reads what an entry wants to change.
func (s *Server) readEntryChange(ctx context.Context, e *entry) error {
	typ, id, _ := strings.Cut(e.req.path, "/")
	switch {
	case !s.types[typ], s.opt.Sources[typ] != nil:
		return failure(http.StatusBadRequest, "not-supported", "the server has no such resource type or operation")
	case e.req.method == http.MethodPost && id != "", id != "" && !search.ValidID(id), id == "" && e.req.method != http.MethodPost && len(e.req.query) == 0:
		return failure(http.StatusBadRequest, "invalid", "the url does not fit the method")
	}
	e.req.typ = typ
	c, err := s.readChange(ctx, e.req, id)
	if e.change = c; err == nil {
		s.guard(ctx, e.req, c)
	}
	return err
}

// name notes the address that each entry's resource will have. No resource may be
// named twice.
func name(changes []*entry, ids map[string]string) error {
	seen := map[string]bool{}
	for _, e := range changes {
		c := e.change
		if c.id == "" {
			continue
		}
		local := c.typ + "/" + c.id
		if seen[local] {
			return e.wrap(failure(http.StatusBadRequest, "invalid", "two entries change the same resource"))
		}
		seen[local] = true
		if e.fullURL != "" {
			ids[e.fullURL] = local
		}
	}
	return nil
}

// apply resolves conditions, then references, then writes.
func (s *Server) apply(tx *store.Tx, q *request, changes []*entry, ids map[string]string, conditional bool) error {
	if conditional {
		for _, e := range changes {
			if err := e.change.resolve(tx); err != nil {
				return e.wrap(err)
			}
			if c := e.change; c.id == "" && c.method == http.MethodPut {
				if c.id = c.doc.Root().ID(); c.id == "" {
					c.id = newID()
				}
			}
		}
		if err := name(changes, ids); err != nil {
			return err
		}
		for _, e := range changes {
			for _, l := range e.links {
				if !l.condition() || ids[l.text] != "" {
					continue
				}
				local, err := s.findReference(tx, q, l.text)
				if err != nil {
					return e.wrap(err)
				}
				ids[l.text] = local
			}
			if err := e.prepare(ids); err != nil {
				return e.wrap(err)
			}
		}
	}
	for _, e := range changes {
		var err error
		if e.resp, err = e.change.apply(tx); err != nil {
			return e.wrap(err)
		}
	}
	return nil
}

// findReference follows a conditional reference: Patient?identifier=...
func (s *Server) findReference(tx *store.Tx, q *request, text string) (string, error) {
	typ, params, _ := strings.Cut(text, "?")
	values, err := url.ParseQuery(params)
	if err != nil {
		return "", failure(http.StatusBadRequest, "invalid", "a conditional reference cannot be read")
	}
	if err := q.grant.may(Search, typ); err != nil {
		return "", err
	}
	// Read strictly, whatever Prefer says: a condition that is ignored would refer to anyone.
	query, err := search.Parse(typ, values, search.Options{Base: q.base, Now: s.opt.Now()})
	if err != nil {
		return "", err
	}
	if len(query.Criteria) == 0 {
		return "", failure(http.StatusPreconditionFailed, "invalid", "a conditional reference selects nothing")
	}
	found, err := tx.Find(typ, query.Criteria, 2)
	if err == nil && len(found) != 1 {
		err = failure(http.StatusPreconditionFailed, "multiple-matches", "a conditional reference to %s is met by %s resources", typ, map[bool]string{true: "no", false: "several"}[len(found) == 0])
	}
	if err != nil {
		return "", err
	}
	return typ + "/" + found[0], nil
}

// prepare rewrites the references of an entry and makes it ready.
func (e *entry) prepare(ids map[string]string) error {
	c := e.change
	if c.doc == nil || c.existing {
		return nil
	}
	if body, changed := rewrite(c.doc.Root(), e.links, ids); changed {
		d, err := node.ParseResource(body)
		if err != nil {
			return err
		}
		c.doc, c.prepared = d, nil
	}
	return c.prepare()
}

// answer adds an entry of the response.
func (b *bundleWriter) answer(e *entry, prefer string) {
	r := e.resp
	full := ""
	if r.version != nil && !r.version.Deleted {
		full = e.req.base + "/" + r.version.Type + "/" + r.version.ID
	}
	b.open(full)
	read := e.req.method == http.MethodGet
	switch {
	case (read || r.version == nil) && r.status < 300 && len(r.body) > 0: // r.version == nil: of an operation
		b.entries = append(append(append(b.entries, `"resource":`...), r.body...), ',')
	case prefer == "representation" && full != "":
		b.entries = append(r.version.AppendJSON(append(b.entries, `"resource":`...)), ',')
	}
	b.entries = appendText(append(b.entries, `"response":{"status":`...), fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)))
	if v := r.version; v != nil {
		if !read && !v.Deleted {
			b.entries = appendText(append(b.entries, `,"location":`...), fmt.Sprintf("%s/%s/_history/%d", v.Type, v.ID, v.Number))
		}
		b.entries = appendText(append(b.entries, `,"etag":`...), entityTag(v.Number))
		b.entries = v.Updated.UTC().AppendFormat(append(b.entries, `,"lastModified":"`...), store.TimeFormat)
		b.entries = append(b.entries, '"')
	}
	if r.status >= 400 {
		b.entries = append(append(b.entries, `,"outcome":`...), r.body...)
	}
	b.entries = append(b.entries, "}}"...)
}
