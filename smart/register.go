// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// serveRegister registers an app by itself: by RFC 7591, or by UDAP if the body
// holds a software statement.
func (s *Server) serveRegister(w http.ResponseWriter, r *http.Request) {
	if !s.registrations.take(s.ClientIP(r), 1, s.Now()) {
		s.tooMany(w, r)
		return
	}
	event := audit.Event{Kind: audit.Authorization, Subtype: "register", Action: audit.Create}
	status, answer, err := s.register(r, &event)
	if err == nil {
		event.Outcome = audit.Success
		err = s.record(r, event)
	} else {
		s.recordRefusal(r, event, err)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, status, answer)
}

func (s *Server) register(r *http.Request, event *audit.Event) (status int, answer map[string]any, err error) {
	if s.Registration.Closed {
		return 0, nil, accessDenied("apps are registered by the operator here")
	}
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		return 0, nil, &Error{415, "invalid_client_metadata", "the body must be application/json", err}
	}
	var body struct {
		Client
		Statement string `json:"software_statement"`
		UDAP      string `json:"udap"`
		// Certifications are signed JWTs of those who vouch for a UDAP app.
		Certifications []string `json:"certifications"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return 0, nil, invalidMetadata("the body is not client metadata in JSON").because(err)
	}
	if body.Statement != "" || body.UDAP != "" {
		return s.registerUDAP(r.Context(), body.Statement, body.UDAP, body.Certifications, event)
	}
	if !s.mayRegister(r) {
		return 0, nil, &Error{401, "invalid_token", "an initial access token is needed", nil}
	}
	c, password, err := s.registerApp(r.Context(), body.Client)
	if err != nil {
		return 0, nil, err
	}
	event.Client = c.ID
	return http.StatusCreated, registration(c, password), nil
}

func (s *Server) mayRegister(r *http.Request) bool {
	if len(s.Registration.InitialTokens) == 0 {
		return true
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	found := false
	for _, hash := range s.Registration.InitialTokens {
		found = same(hash, digest(token)) || found
	}
	return found
}

// registerApp takes what an app says of itself and nothing that only an operator may
// say. A backend service is registered but gets no token until it is approved.
func (s *Server) registerApp(ctx context.Context, c Client) (*Client, string, error) {
	c.ID, c.Approved, c.Introspect, c.UDAP, c.SecretHash, c.Registered = "", false, false, nil, "", time.Time{}
	if c.Scopes.Empty() {
		c.Scopes = s.Scopes
	}
	c.Scopes = c.Scopes.Intersect(s.Scopes)
	if !c.may(grantOwn) {
		c.Scopes = withoutSystem(c.Scopes)
	}
	if c.Scopes.Empty() {
		return nil, "", invalidMetadata("none of the scopes may be granted")
	}
	return s.AddClient(ctx, c)
}

func withoutSystem(set scope.Set) scope.Set {
	var kept []scope.Scope
	for _, x := range set.Scopes {
		if x.Context != scope.System {
			kept = append(kept, x)
		}
	}
	set.Scopes = kept
	return set
}

// registration is the answer to a registration (RFC 7591 section 3.2.1): the metadata
// as registered, and the secret, which is shown this once.
func registration(c *Client, password string) map[string]any {
	b, _ := json.Marshal(c)
	out := map[string]any{}
	json.Unmarshal(b, &out)
	for _, inner := range []string{"secret_hash", "registered", "approved", "introspect", "udap"} {
		delete(out, inner)
	}
	out["client_id_issued_at"] = c.Registered.Unix()
	if password != "" {
		out["client_secret"], out["client_secret_expires_at"] = password, 0
	}
	if c.may(grantCode) {
		out["response_types"] = []string{"code"}
	}
	return out
}
