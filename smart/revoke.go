// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"net/http"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// serveRevoke ends a token (RFC 7009). A refresh token ends with all that it gave; an
// access token ends alone. A token that is not known, or not the client's, gives the
// same answer as one that was revoked.
func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	err := readForm(r)
	var c *Client
	if err == nil {
		c, err = s.authenticate(r)
	}
	if err == nil && r.PostForm.Get("token") == "" {
		err = invalidRequest("token is missing")
	}
	if err == nil {
		err = s.revoke(r, c, r.PostForm.Get("token"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

func (s *Server) revoke(r *http.Request, c *Client, text string) error {
	ctx := r.Context()
	event := audit.Event{Kind: audit.Authorization, Subtype: "revoke", Action: audit.Delete, Outcome: audit.Success, Client: c.ID}
	var x refresh
	switch _, err := s.get(ctx, kindRefresh, digest(text), &x); {
	case err == nil && x.Client == c.ID:
		var g Grant
		if _, err := s.get(ctx, kindGrant, x.Grant, &g); err == nil {
			event.Base, event.User, event.Patient = s.baseName(g.Resource), g.FHIRUser, g.Patient
		}
		if err := s.endGrant(ctx, x.Grant); err != nil {
			return err
		}
		return s.record(r, event)
	case err == nil:
		return nil
	case !errors.Is(err, ErrNoRecord):
		return err
	}
	t, err := s.Verify(ctx, text, "")
	if errors.Is(err, ErrToken) || (err == nil && t.Client != c.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.write(ctx, Record{Kind: kindRevoked, Key: t.ID, Version: AnyVersion, Expires: t.Expires.Time().Add(clockSkew)}, true)
	if err != nil {
		return err
	}
	if len(t.Audience) == 1 {
		event.Base = s.baseName(t.Audience[0])
	}
	event.User, event.Patient = t.FHIRUser, t.Patient
	return s.record(r, event)
}

// RevokeApp ends all that a member allowed an app.
func (s *Server) RevokeApp(ctx context.Context, subject, client string) (ended int, err error) {
	grants, err := s.Grants(ctx, subject)
	if err != nil {
		return 0, err
	}
	for _, g := range grants {
		if g.Client == client {
			if err := s.endGrant(ctx, g.ID); err != nil {
				return ended, err
			}
			ended++
		}
	}
	return ended, nil
}

// serveIntrospect tells what a token is good for (RFC 7662): a client about its own
// tokens, a client that an operator let introspect about all. Everything else is not
// active, without a reason.
func (s *Server) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	err := readForm(r)
	var c *Client
	if err == nil {
		c, err = s.authenticate(r)
	}
	if err == nil && c.public() {
		err = errClientAuth
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	inactive := map[string]any{"active": false}
	t, err := s.Verify(r.Context(), r.PostForm.Get("token"), "")
	if errors.Is(err, ErrToken) || (err == nil && t.Client != c.ID && !c.Introspect) {
		writeJSON(w, http.StatusOK, inactive)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := map[string]any{"active": true, "scope": t.Scope.String(), "client_id": t.Client, "sub": t.Subject, "iss": t.Issuer,
		"aud": t.Audience, "exp": t.Expires, "iat": t.Issued, "jti": t.ID, "token_type": "Bearer"}
	var g Grant
	if t.Grant != "" {
		if _, err := s.get(r.Context(), kindGrant, t.Grant, &g); err == nil {
			for name, value := range g.Context {
				out[name] = value
			}
		}
		out["fhirUser"] = t.Audience[0] + "/" + t.FHIRUser
	}
	if t.Patient != "" {
		out["patient"] = t.Patient
	}
	writeJSON(w, http.StatusOK, out)
}
