// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/url"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// attachment reads a Binary for a grant that opens Binaries only as attachments: one
// that a DocumentReference within the grant has as content.attachment.url (US Core's
// clinical notes), by its relative address or that under this server's base. R4 puts
// Binary into no compartment, so that a patient's own cannot be told otherwise.
func (s *Server) attachment(ctx context.Context, q *request, id string) (*store.Version, error) {
	if !search.ValidID(id) || !q.grant.Access.Allows("DocumentReference") {
		return nil, store.ErrNotFound
	}
	name := "Binary/" + id
	query, err := search.Parse("DocumentReference", url.Values{"location": {name + "," + q.base + "/" + name}, "_count": {"1"}}, search.Options{})
	if err != nil {
		return nil, err
	}
	query.Total = search.NoTotal
	page, err := s.store.Search(ctx, query, q.grant.Access)
	if err != nil {
		return nil, err
	}
	if len(page.Matches) == 0 {
		return nil, store.ErrNotFound
	}
	return s.store.Read(ctx, "Binary", id, nil)
}
