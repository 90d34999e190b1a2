// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Error is an answer that refuses a request (RFC 6749 section 5.2 and those that
// extend it). Its text goes to the app; what caused it goes to the log only.
type Error struct {
	Status      int    // HTTP status
	Code        string // for example invalid_grant
	Description string // fixed text without anything from the request or the records
	cause       error
}

func (e *Error) Error() string { return e.Code + ": " + e.Description }

// Unwrap is what caused it.
func (e *Error) Unwrap() error { return e.cause }

// because adds the cause, for the log.
func (e *Error) because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

func invalidRequest(text string) *Error { return &Error{400, "invalid_request", text, nil} }
func invalidGrant(text string) *Error   { return &Error{400, "invalid_grant", text, nil} }
func invalidClient(text string) *Error  { return &Error{401, "invalid_client", text, nil} }
func invalidScope(text string) *Error   { return &Error{400, "invalid_scope", text, nil} }
func invalidMetadata(text string) *Error {
	return &Error{400, "invalid_client_metadata", text, nil}
}
func accessDenied(text string) *Error { return &Error{403, "access_denied", text, nil} }

var errUnavailable = &Error{503, "temporarily_unavailable", "the server cannot answer now; try again", nil}

// asError makes an *Error of any error. What is not one was not meant for the app:
// it is told that the server failed.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, ErrFull) {
		return errUnavailable.because(err)
	}
	return (&Error{500, "server_error", "the server failed; the operator finds the reason in its log", nil}).because(err)
}

// fail answers with an error as JSON.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) *Error {
	e := asError(err)
	s.logError(r, e)
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="token", charset="UTF-8"`)
	}
	writeJSON(w, e.Status, map[string]string{"error": e.Code, "error_description": e.Description})
	return e
}

// logError logs a refusal with its cause. Paths, codes and causes hold nothing about
// a patient; parameters are not logged.
func (s *Server) logError(r *http.Request, e *Error) {
	attrs := []any{"path", r.URL.Path, "status", e.Status, "error", e.Code}
	if e.cause != nil {
		attrs = append(attrs, "cause", e.cause.Error())
	}
	if e.Status >= 500 {
		s.Log.ErrorContext(r.Context(), "request failed", attrs...)
	} else {
		s.Log.InfoContext(r.Context(), "request refused", attrs...)
	}
}

// writeJSON answers with JSON that must not be kept by caches.
func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(v)
}
