// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

func (s *Server) read(ctx context.Context, q *request, id string) (*response, error) {
	q.interaction = "read"
	if q.typ == "Binary" && q.grant.Attachments {
		v, err := s.attachment(ctx, q, id)
		q.touch(v)
		return q.found(v, err)
	}
	if err := q.grant.may(Read, q.typ); err != nil {
		return nil, err
	}
	v, err := s.store.Read(ctx, q.typ, id, q.grant.Access)
	q.touch(v)
	return q.found(v, err)
}

func (s *Server) vread(ctx context.Context, q *request, id, version string) (*response, error) {
	q.interaction = "vread"
	if err := q.grant.may(Read, q.typ); err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil || n < 1 || !search.ValidID(id) {
		return nil, store.ErrNotFound
	}
	v, err := s.store.ReadVersion(ctx, q.typ, id, n, q.grant.Access)
	q.touch(v)
	return q.found(v, err)
}

// found answers with a version, unless the client has it already.
func (q *request) found(v *store.Version, err error) (*response, error) {
	if errors.Is(err, store.ErrGone) && v != nil {
		resp := errorResponse(err)
		resp.version = v
		return resp, nil
	}
	if err != nil {
		return nil, err
	}
	if n, ok := versionOf(q.header.Get("If-None-Match")); ok && n == v.Number {
		return &response{status: http.StatusNotModified, version: v}, nil
	}
	if since, ok := instant(q.header.Get("If-Modified-Since")); ok && q.header.Get("If-None-Match") == "" && !v.Updated.Truncate(time.Second).After(since) {
		return &response{status: http.StatusNotModified, version: v}, nil
	}
	form, err := formOf(q.typ, q.query.Get("_summary"), q.query.Get("_elements"))
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusOK, version: v, body: form.appendTo(nil, v)}, nil
}

// anyVersion is If-Match: *, met by whatever there is (RFC 9110, 13.1.1).
const anyVersion = -1

// change is one write: of a request, or of an entry of a Bundle.
type change struct {
	method    string
	typ, id   string
	condition []search.Criterion // If-None-Exist, or what stands in place of the id
	given     bool               // condition is given, even if it is empty
	match     int64              // If-Match: the version that must be the present one, 0 for none, anyVersion for *
	mustBeNew bool               // If-None-Match: *
	doc       *node.Doc          // of a create or update
	patch     []patchStep
	prepared  *store.Prepared
	existing  bool // an If-None-Exist found the resource
	guards    func(*change) error
	then      []func(*store.Tx, *store.Version) error
}

func (s *Server) change(ctx context.Context, q *request, id string) (*response, error) {
	c, err := s.readChange(ctx, q, id)
	if err != nil {
		return nil, err
	}
	s.guard(ctx, q, c)
	if c.doc != nil {
		if err := c.prepare(); err != nil {
			return nil, err
		}
	}
	var resp *response
	err = s.store.Write(ctx, func(tx *store.Tx) (err error) {
		tx.Within(q.grant.Access)
		resp, err = c.apply(tx)
		return err
	})
	if err == nil {
		q.touch(resp.version)
	}
	return resp, err
}

// readChange reads what a request wants to change.
func (s *Server) readChange(ctx context.Context, q *request, id string) (*change, error) {
	c := &change{method: q.method, typ: q.typ, id: id}
	interaction := map[string]Interaction{http.MethodPost: Create, http.MethodPut: Update, http.MethodPatch: Update, http.MethodDelete: Delete}[q.method]
	q.interaction = string(interaction)
	if err := q.grant.may(interaction, q.typ); err != nil {
		return nil, err
	}
	conditions := q.query
	if q.method == http.MethodPost {
		conditions = nil
		if text := q.header.Get("If-None-Exist"); text != "" {
			var err error
			// Some clients send more than the query that R4 asks for: ?x=y or Patient?x=y.
			if conditions, err = url.ParseQuery(strings.TrimPrefix(strings.TrimPrefix(text, q.typ), "?")); err != nil || len(conditions) == 0 {
				return nil, failure(http.StatusBadRequest, "invalid", "the header If-None-Exist cannot be read as a search")
			}
		}
	}
	if id == "" && conditions != nil {
		parsed, err := search.Parse(q.typ, conditions, s.searching(ctx, q))
		if err != nil {
			return nil, err
		}
		if len(parsed.Criteria) == 0 {
			return nil, failure(http.StatusPreconditionFailed, "invalid", "the condition selects nothing")
		}
		if err := q.grant.may(Search, q.typ); err != nil {
			return nil, err
		}
		c.condition, c.given = parsed.Criteria, true
	}
	if tag := q.header.Get("If-Match"); tag != "" {
		n, ok := versionOf(tag)
		if strings.TrimSpace(tag) == "*" {
			n, ok = anyVersion, true
		}
		if !ok {
			return nil, store.ErrConflict
		}
		c.match = n
	}
	c.mustBeNew = q.header.Get("If-None-Match") == "*"
	var err error
	switch q.method {
	case http.MethodPatch:
		if q.media != jsonPatch {
			return nil, failure(http.StatusUnsupportedMediaType, "not-supported", "send patches as %s", jsonPatch)
		}
		c.patch, err = readPatch(q.body)
	case http.MethodPost, http.MethodPut:
		if c.doc, err = q.resource(q.typ); err == nil {
			err = c.checkID()
		}
	}
	return c, err
}

// checkID compares the id in the body with that in the address, and gives a
// resource that is to be created its id.
func (c *change) checkID() error {
	own := c.doc.Root().ID()
	if n := c.doc.Root().Get("id"); n.HasValue() && n.Kind() != node.String {
		return failure(http.StatusBadRequest, "value", "an id is a text")
	}
	switch {
	case c.method == http.MethodPost:
		c.id = newID()
	case c.id == "": // conditional update
		if own != "" && !search.ValidID(own) {
			return failure(http.StatusBadRequest, "value", "an id is 1 to 64 letters, digits, - and .")
		}
	case own == "":
		return failure(http.StatusBadRequest, "required", "the resource has no id; it must be that of the address")
	case own != c.id:
		return failure(http.StatusBadRequest, "invalid", "the resource's id is not that of the address")
	}
	return nil
}

// prepare indexes and packs the body under the id that it will probably have.
func (c *change) prepare() (err error) {
	id := c.id
	if id == "" {
		if id = c.doc.Root().ID(); id == "" {
			id = newID()
		}
	}
	if c.prepared != nil && c.prepared.ID == id {
		return nil
	}
	if c.guards != nil {
		if err := c.guards(c); err != nil {
			return err
		}
	}
	c.prepared, err = store.Prepare(c.doc, id)
	return err
}

// resolve finds the resource that a condition means.
func (c *change) resolve(tx *store.Tx) error {
	if !c.given {
		return nil
	}
	found, err := tx.Find(c.typ, c.condition, 2)
	switch {
	case err != nil:
		return err
	case len(found) > 1:
		return store.ErrMultiple
	case c.method == http.MethodPost:
		if c.existing = len(found) == 1; c.existing {
			c.id = found[0]
		}
	case len(found) == 1:
		c.id = found[0]
		if c.method == http.MethodPut {
			if own := c.doc.Root().ID(); own != "" && own != c.id {
				return failure(http.StatusBadRequest, "invalid", "the resource's id is not that of the resource that meets the condition")
			}
		}
	case c.method == http.MethodPut:
		if own := c.doc.Root().ID(); own != "" {
			if _, err := tx.Current(c.typ, own); err == nil { // R4: the id is taken by one that does not meet the condition
				return failure(http.StatusConflict, "conflict", "the id is that of a resource that does not meet the condition")
			}
		}
	case c.method == http.MethodPatch:
		return store.ErrNotFound
	}
	c.given = false // it is known now
	return nil
}

// apply does the change.
func (c *change) apply(tx *store.Tx) (*response, error) {
	if err := c.resolve(tx); err != nil {
		return nil, err
	}
	if c.existing {
		v, err := tx.Current(c.typ, c.id)
		return &response{status: http.StatusOK, version: v}, err
	}
	if c.method == http.MethodDelete {
		return c.delete(tx)
	}
	if c.match != 0 || c.mustBeNew || c.method == http.MethodPatch {
		v, err := tx.Current(c.typ, c.id)
		missing := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrGone)
		switch {
		case err != nil && !missing, missing && c.method == http.MethodPatch:
			return nil, err
		case c.match != 0 && (missing || c.match != anyVersion && v.Number != c.match):
			return nil, store.ErrConflict
		case c.mustBeNew && !missing:
			return nil, failure(http.StatusPreconditionFailed, "conflict", "the resource exists already")
		}
		if c.method == http.MethodPatch {
			if err := c.applyPatch(v); err != nil {
				return nil, err
			}
		}
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	v, created, err := tx.Put(c.prepared)
	if err != nil {
		return nil, err
	}
	for _, then := range c.then {
		if err := then(tx, v); err != nil {
			return nil, err
		}
	}
	resp := &response{status: http.StatusOK, version: v, created: created}
	if created {
		resp.status = http.StatusCreated
	}
	return resp, nil
}

func (c *change) delete(tx *store.Tx) (*response, error) {
	done := &response{status: http.StatusNoContent}
	if c.id == "" { // a condition that nothing meets
		return done, nil
	}
	if c.match > 0 { // there is nothing to check of anyVersion: what is not there counts as deleted
		if v, err := tx.Current(c.typ, c.id); err == nil && v.Number != c.match {
			return nil, store.ErrConflict
		}
	}
	if c.guards != nil {
		if err := c.guards(c); err != nil {
			return nil, err
		}
	}
	v, err := tx.Delete(c.typ, c.id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrGone) {
		return done, nil // R4: what is not there counts as deleted
	}
	for _, then := range c.then {
		if err == nil {
			err = then(tx, v)
		}
	}
	done.version = v
	return done, err
}

// applyPatch makes the document that the patch makes of a version.
func (c *change) applyPatch(v *store.Version) error {
	patched, err := applySteps(v.JSON(), c.patch)
	if err != nil {
		return err
	}
	if c.doc, err = node.ParseResource(patched); err != nil {
		return failure(http.StatusUnprocessableEntity, "processing", "the patch does not leave a resource")
	}
	if root := c.doc.Root(); root.ResourceType() != c.typ || root.ID() != c.id {
		return failure(http.StatusUnprocessableEntity, "processing", "a patch may not change the type or id of a resource")
	}
	return nil
}
