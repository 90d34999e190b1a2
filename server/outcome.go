// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// failed is a failure with its status and OperationOutcome code.
type failed struct {
	status int
	code   string // of http://hl7.org/fhir/issue-type
	text   string
	place  string // FHIRPath, where there is one
	header http.Header
	// outcome is a whole OperationOutcome, in place of one made of code and text.
	outcome []byte
}

func (f *failed) Error() string { return f.text }

func failure(status int, code, format string, args ...any) *failed {
	return &failed{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

// failureOf gives any error its status. Errors that are not foreseen tell the
// client nothing; the log has them.
func failureOf(err error) *failed {
	var f *failed
	var denied *DeniedError
	var syntax *node.SyntaxError
	var query *search.Error
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &denied):
		code := "forbidden"
		if denied.Status == http.StatusUnauthorized {
			code = "login"
		}
		f = failure(denied.Status, code, "%s", denied.Reason)
		if denied.Authenticate != "" {
			f.header = http.Header{"Www-Authenticate": {denied.Authenticate}}
		}
		return f
	case errors.As(err, &syntax):
		f = failure(http.StatusBadRequest, "structure", "%s", syntax.Error())
		f.place = syntax.Location
		return f
	case errors.As(err, &query):
		code := "invalid"
		if query.Unknown || query.Modifier {
			code = "not-supported"
		}
		return failure(http.StatusBadRequest, code, "%s", query.Error())
	case errors.As(err, &tooBig):
		return failure(http.StatusRequestEntityTooLarge, "too-long", "the request has more than the %d bytes allowed", tooBig.Limit)
	case errors.Is(err, store.ErrNotFound):
		return failure(http.StatusNotFound, "not-found", "%s", store.ErrNotFound)
	case errors.Is(err, store.ErrGone):
		return failure(http.StatusGone, "deleted", "%s", store.ErrGone)
	case errors.Is(err, store.ErrConflict):
		return failure(http.StatusPreconditionFailed, "conflict", "%s", store.ErrConflict)
	case errors.Is(err, store.ErrMultiple):
		return failure(http.StatusPreconditionFailed, "multiple-matches", "%s", store.ErrMultiple)
	case errors.Is(err, store.ErrForbidden):
		return failure(http.StatusForbidden, "forbidden", "%s", store.ErrForbidden)
	case errors.Is(err, store.ErrCursor):
		return failure(http.StatusBadRequest, "invalid", "%s", store.ErrCursor)
	case errors.Is(err, store.ErrFull):
		return failure(http.StatusInsufficientStorage, "no-store", "the server has no room left; nothing was written")
	case errors.Is(err, store.ErrClosed):
		return failure(http.StatusServiceUnavailable, "transient", "the server is stopping")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return failure(http.StatusServiceUnavailable, "timeout", "the request took longer than it may; ask for less")
	}
	return failure(http.StatusInternalServerError, "exception", "internal error; the server's log has it")
}

// outcome is an OperationOutcome with one issue.
func outcome(severity, code, text, place string) []byte {
	type issue struct {
		Severity    string   `json:"severity"`
		Code        string   `json:"code"`
		Diagnostics string   `json:"diagnostics,omitempty"`
		Expression  []string `json:"expression,omitempty"`
	}
	i := issue{Severity: severity, Code: code, Diagnostics: text}
	if place != "" {
		i.Expression = []string{place}
	}
	b, err := json.Marshal(struct {
		ResourceType string  `json:"resourceType"`
		Issue        []issue `json:"issue"`
	}{"OperationOutcome", []issue{i}})
	if err != nil {
		panic(err) // texts only
	}
	return b
}

func errorResponse(err error) *response {
	f := failureOf(err)
	if f.outcome != nil {
		return &response{status: f.status, body: f.outcome, header: f.header}
	}
	return &response{status: f.status, body: outcome("error", f.code, f.text, f.place), header: f.header}
}
