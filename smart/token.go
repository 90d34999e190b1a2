// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// code is what an authorization code stands for.
type code struct {
	Grant     string `json:"grant"`
	Client    string `json:"client"`
	Redirect  string `json:"redirect"`
	Challenge string `json:"challenge"`
	Nonce     string `json:"nonce,omitempty"`
	Used      bool   `json:"used"`
}

// refresh is what a refresh token stands for.
type refresh struct {
	Grant  string `json:"grant"`
	Client string `json:"client"`
	Used   bool   `json:"used"`
}

// readForm reads the body of a POST. A parameter that comes twice is refused (RFC
// 6749 section 3.2), and parameters of the query do not count.
func readForm(r *http.Request) error {
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/x-www-form-urlencoded" {
		return &Error{415, "invalid_request", "the body must be application/x-www-form-urlencoded", err}
	}
	if err := r.ParseForm(); err != nil {
		return invalidRequest("the form cannot be read").because(err)
	}
	return noRepeats(r.PostForm)
}

func noRepeats(form url.Values) error {
	for _, values := range form {
		if len(values) > 1 {
			return invalidRequest("a parameter comes more than once")
		}
	}
	return nil
}

func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	if err := readForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	event := audit.Event{Kind: audit.Authorization, Subtype: "token", Client: r.PostForm.Get("client_id")}
	answer, err := s.token(r, &event)
	if err == nil {
		event.Outcome = audit.Success
		err = s.record(r, event)
	} else {
		if len(event.Client) > 64 {
			event.Client = event.Client[:64]
		}
		s.recordRefusal(r, event, err)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) token(r *http.Request, event *audit.Event) (map[string]any, error) {
	grant := r.PostForm.Get("grant_type")
	var answer func(*http.Request, *Client, *audit.Event) (map[string]any, error)
	switch grant {
	case grantCode:
		answer = s.exchangeCode
	case grantFresh:
		answer = s.refresh
	case grantOwn:
		answer = s.ownToken
	case "":
		return nil, invalidRequest("grant_type is missing")
	default:
		return nil, &Error{400, "unsupported_grant_type", "grant_type must be authorization_code, refresh_token or client_credentials", nil}
	}
	c, err := s.authenticate(r)
	if err != nil {
		return nil, err
	}
	event.Client = c.ID
	if !c.may(grant) && !(grant == grantFresh && c.may(grantCode)) {
		return nil, &Error{400, "unauthorized_client", "the client did not register for this grant type", nil}
	}
	return answer(r, c, event)
}

// exchangeCode gives tokens for an authorization code. A code that comes a second
// time was stolen, from the app or by it: what it opened is closed.
func (s *Server) exchangeCode(r *http.Request, c *Client, event *audit.Event) (map[string]any, error) {
	ctx, form := r.Context(), r.PostForm
	var x code
	rec, err := s.get(ctx, kindCode, digest(form.Get("code")), &x)
	if errors.Is(err, ErrNoRecord) || (err == nil && x.Client != c.ID) {
		return nil, invalidGrant("the code is not valid")
	}
	if err != nil {
		return nil, err
	}
	if x.Used {
		return nil, s.compromised(ctx, x.Grant, "the code was used before")
	}
	x.Used = true
	switch err := s.write(ctx, rec, &x); {
	case errors.Is(err, ErrConflict):
		return nil, s.compromised(ctx, x.Grant, "the code was used before")
	case err != nil:
		return nil, err
	}
	if form.Get("redirect_uri") != x.Redirect || !proves(form.Get("code_verifier"), x.Challenge) {
		return nil, s.compromised(ctx, x.Grant, "redirect_uri or code_verifier do not belong to the code")
	}
	var g Grant
	if err := s.grant(ctx, x.Grant, &g); err != nil {
		return nil, err
	}
	return s.answer(r, c, &g, g.Scope, x.Nonce, true, event)
}

// reuseNoticed is how long a used refresh token is remembered.
const reuseNoticed = 24 * time.Hour

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// compromised ends a grant one of whose secrets was used twice or by another.
func (s *Server) compromised(ctx context.Context, grant, text string) error {
	if err := s.endGrant(ctx, grant); err != nil {
		return err
	}
	return invalidGrant(text)
}

// grant reads a grant that tokens are to be given for. One that its account may not
// give any more ends.
func (s *Server) grant(ctx context.Context, id string, g *Grant) error {
	_, err := s.get(ctx, kindGrant, id, g)
	switch {
	case errors.Is(err, ErrNoRecord):
		return invalidGrant("the member ended the app's access, or it came to its end")
	case err == nil && !s.stands(g):
		return s.compromised(ctx, id, "who allowed this may not open the record any more")
	}
	return err
}

// proves checks a PKCE verifier (RFC 7636 section 4.6).
func proves(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return same(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}

// refresh gives a new access token and a new refresh token in the place of the old. A
// refresh token that comes a second time was stolen from one of two: the grant ends
// for both.
func (s *Server) refresh(r *http.Request, c *Client, event *audit.Event) (map[string]any, error) {
	ctx, form := r.Context(), r.PostForm
	event.Subtype = "refresh"
	var x refresh
	rec, err := s.get(ctx, kindRefresh, digest(form.Get("refresh_token")), &x)
	if errors.Is(err, ErrNoRecord) || (err == nil && x.Client != c.ID) {
		return nil, invalidGrant("the refresh token is not valid")
	}
	if err != nil {
		return nil, err
	}
	var g Grant
	if err := s.grant(ctx, x.Grant, &g); err != nil {
		return nil, err
	}
	scopes := g.Scope
	if form.Has("scope") {
		asked, err := scope.ParseSet(form.Get("scope"))
		if err != nil || len(asked.Ignored) > 0 || !g.Scope.Covers(asked) {
			return nil, invalidScope("a refresh may not ask for more than was granted").because(err)
		}
		scopes = asked
	}
	reused := x.Used
	if !reused {
		x.Used = true
		rec.Expires = earlier(rec.Expires, s.Now().Add(reuseNoticed))
		err = s.write(ctx, rec, &x)
		reused = errors.Is(err, ErrConflict)
	}
	if reused {
		return nil, s.compromised(ctx, x.Grant, "the refresh token was used before")
	}
	if err != nil {
		return nil, err
	}
	return s.answer(r, c, &g, scopes, "", false, event)
}

// answer is the token response for a member's grant.
func (s *Server) answer(r *http.Request, c *Client, g *Grant, scopes scope.Set, nonce string, first bool, event *audit.Event) (map[string]any, error) {
	ctx := r.Context()
	event.Base = s.baseName(g.Resource)
	event.User, event.Patient, event.Scope = g.FHIRUser, g.Patient, scopes.String()
	access, err := s.memberToken(ctx, g, scopes)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(s.Lifetimes.Access / time.Second), "scope": scopes.String()}
	for name, value := range g.Context {
		out[name] = value
	}
	if g.Patient != "" {
		out["patient"] = g.Patient
	}
	if g.Scope.Flags&(scope.OfflineAccess|scope.OnlineAccess) != 0 {
		token := secret()
		if err := s.write(ctx, Record{Kind: kindRefresh, Key: digest(token), Owner: g.ID, Expires: g.Until},
			refresh{Grant: g.ID, Client: c.ID}); err != nil {
			return nil, err
		}
		out["refresh_token"] = token
	}
	if first && scopes.Has(scope.OpenID) {
		if out["id_token"], err = s.idToken(ctx, g, nonce); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ownToken gives a backend service a token of its own (SMART Backend Services).
func (s *Server) ownToken(r *http.Request, c *Client, event *audit.Event) (map[string]any, error) {
	ctx := r.Context()
	event.Subtype = "backend"
	if !c.Approved {
		return nil, &Error{400, "unauthorized_client", "an operator has not approved this backend service yet", nil}
	}
	if c.UDAP != nil {
		if err := checkB2B(r.PostForm.Get("client_assertion")); err != nil {
			return nil, err
		}
	}
	asked, err := scope.ParseSet(r.PostForm.Get("scope"))
	if err != nil {
		return nil, invalidScope("the scope cannot be read").because(err)
	}
	granted := scope.Set{Scopes: asked.Intersect(c.Scopes).Intersect(s.Scopes).Scopes}
	for i := 0; i < len(granted.Scopes); i++ {
		if granted.Scopes[i].Context != scope.System {
			granted.Scopes = append(granted.Scopes[:i], granted.Scopes[i+1:]...)
			i--
		}
	}
	if granted.Empty() {
		return nil, invalidScope("none of the scopes may be granted; a backend service asks for system/ scopes")
	}
	now := s.Now()
	event.Scope = granted.String()
	token, err := s.sign(ctx, tokenType, Token{Issuer: s.Issuer, Subject: c.ID, Audience: jwt.Audience(s.Resources), Client: c.ID, Scope: granted,
		Issued: jwt.NewNumericDate(now), Expires: jwt.NewNumericDate(now.Add(s.Lifetimes.Backend)), ID: secret()})
	return map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(s.Lifetimes.Backend / time.Second), "scope": granted.String()}, err
}
