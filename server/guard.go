// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

// Guard looks at a resource that a create, update or patch wants to keep, single or
// in a Bundle, before it is kept, and at deletions. An error refuses it. A guard may
// put another document of the same type in its place, and may add work to the same
// transaction.
type Guard func(context.Context, *Writing) error

// Writing is a resource on its way into the store.
type Writing struct {
	Method   string // POST, PUT, PATCH or DELETE
	Type, ID string
	Doc      *node.Doc // nil for DELETE
	Client   string
	Consent  string // see Grant.Consent
	Access   *store.Access
	Base     string
	Store    *store.Store
	// May tells whether the client may do something with a type: nil, or the error to return.
	May func(i Interaction, resourceType string) error
	// Then runs in the transaction, after the resource is written.
	Then []func(*store.Tx, *store.Version) error
}

// guard has the guards look at a change whenever its document is made ready.
func (s *Server) guard(ctx context.Context, q *request, c *change) {
	if len(s.opt.Guards) == 0 {
		return
	}
	c.guards = func(c *change) error {
		w := &Writing{Method: c.method, Type: c.typ, ID: c.id, Doc: c.doc, Client: q.grant.Client, Consent: q.grant.Consent, Access: q.grant.Access, Base: q.base, Store: s.store, May: q.grant.may}
		for _, g := range s.opt.Guards {
			if err := g(ctx, w); err != nil {
				return err
			}
		}
		c.doc, c.then = w.Doc, w.Then
		return nil
	}
}
