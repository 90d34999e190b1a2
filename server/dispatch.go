// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// servedTypes is all of R4 if none are named. Parameters is no stored type.
func servedTypes(names []string) map[string]bool {
	types := map[string]bool{}
	if names == nil {
		for _, t := range schema.R4().Types {
			if t.Kind == schema.Resource && !t.Abstract && t.Name != "Parameters" {
				types[t.Name] = true
			}
		}
	}
	for _, n := range names {
		types[n] = search.IsResource(n)
	}
	return types
}

// dispatch finds the interaction by method and path.
func (s *Server) dispatch(ctx context.Context, w http.ResponseWriter, q *request) (*response, error) {
	parts := strings.Split(q.path, "/")
	get := q.method == http.MethodGet || q.method == http.MethodHead
	switch {
	case q.path == "metadata" && get:
		q.interaction = "capabilities"
		return s.capability(q, w != nil)
	case q.path == "" && q.method == http.MethodPost:
		return s.bundle(ctx, q)
	case q.path == "" && get, q.path == "_search" && q.method == http.MethodPost:
		return s.searchSystem(ctx, q)
	case q.path == "_history" && get:
		return s.history(ctx, q, "", "")
	case parts[0] == "_bulk":
		return s.jobRequest(w, q, parts)
	case strings.HasSuffix(q.path, "$export"):
		return s.kickOff(ctx, q, parts)
	case q.path == "$import":
		return s.importKickOff(q)
	case s.asksOperation(parts):
		return s.operation(ctx, q, parts, w != nil)
	case !s.types[parts[0]]:
		return nil, failure(http.StatusNotFound, "not-supported", "the server has no such resource type")
	}
	q.typ = parts[0]
	if src := s.opt.Sources[q.typ]; src != nil {
		return s.sourceRequest(ctx, q, src, parts)
	}
	switch len(parts) {
	case 1:
		return s.typeRequest(ctx, q, get)
	case 2:
		switch {
		case parts[1] == "_search" && q.method == http.MethodPost:
			return s.search(ctx, q)
		case parts[1] == "_history" && get:
			return s.history(ctx, q, q.typ, "")
		}
		return s.instanceRequest(ctx, q, parts[1], get)
	case 3:
		switch {
		case !search.ValidID(parts[1]):
		case parts[2] == "_history" && get:
			return s.history(ctx, q, q.typ, parts[1])
		case parts[2] == "$everything" && q.typ == "Patient" && (get || q.method == http.MethodPost):
			return s.everything(ctx, q, parts[1])
		case (s.types[parts[2]] || parts[2] == "*") && get:
			return s.searchCompartment(ctx, q, parts[0], parts[1], parts[2])
		}
	case 4:
		if parts[2] == "_history" && get {
			return s.vread(ctx, q, parts[1], parts[3])
		}
		if parts[3] == "_search" && s.types[parts[2]] && q.method == http.MethodPost {
			return s.searchCompartment(ctx, q, parts[0], parts[1], parts[2])
		}
	}
	return nil, failure(http.StatusNotFound, "not-supported", "the server has nothing at this address, or not for %s", q.method)
}

func (s *Server) typeRequest(ctx context.Context, q *request, get bool) (*response, error) {
	switch {
	case get:
		return s.search(ctx, q)
	case q.method == http.MethodPost:
		return s.change(ctx, q, "")
	case len(q.query) == 0:
	case q.method == http.MethodPut, q.method == http.MethodPatch, q.method == http.MethodDelete: // conditional
		return s.change(ctx, q, "")
	}
	return nil, notAllowed(q.method)
}

func (s *Server) instanceRequest(ctx context.Context, q *request, id string, get bool) (*response, error) {
	if !search.ValidID(id) {
		return nil, failure(http.StatusBadRequest, "value", "an id is 1 to 64 letters, digits, - and .")
	}
	switch {
	case get:
		return s.read(ctx, q, id)
	case q.method == http.MethodPut, q.method == http.MethodPatch, q.method == http.MethodDelete:
		return s.change(ctx, q, id)
	}
	return nil, notAllowed(q.method)
}

func notAllowed(method string) error {
	return failure(http.StatusMethodNotAllowed, "not-supported", "%s is not possible here", method)
}
