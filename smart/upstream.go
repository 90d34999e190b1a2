// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// Upstream is an OpenID provider where members log in instead of here: an identity
// service of the organization. The server is its client, with code flow and PKCE.
type Upstream struct {
	Name         string // on the button
	Issuer       string
	ClientID     string
	ClientSecret string   // empty for a public client
	Scopes       []string // besides openid
	// Account finds the person that the claims of a verified ID token describe. An
	// error means that they have no account here.
	Account func(ctx context.Context, claims map[string]any) (Account, error)
}

// provider is the OpenID provider with what its discovery document says.
type provider struct {
	*Upstream
	server *Server
	mu     sync.Mutex
	at     time.Time
	meta   providerMetadata
}

type providerMetadata struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	JWKS          string `json:"jwks_uri"`
}

// upstreamFlow is a login that is under way, sealed in a cookie.
type upstreamFlow struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Continue string    `json:"continue"`
	Until    time.Time `json:"until"`
}

const flowLife = 10 * time.Minute

func (p *provider) metadata(ctx context.Context) (providerMetadata, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.server.Now()
	if !p.at.IsZero() && now.Sub(p.at) < fetchCached {
		return p.meta, nil
	}
	var m providerMetadata
	if err := p.server.fetch.getJSON(ctx, strings.TrimSuffix(p.Issuer, "/")+"/.well-known/openid-configuration", &m); err != nil {
		return m, err
	}
	if m.Issuer != p.Issuer || m.Authorization == "" || m.Token == "" || m.JWKS == "" {
		return m, errors.New("the OpenID provider's configuration names another issuer or lacks an endpoint")
	}
	p.meta, p.at = m, now
	return m, nil
}

// authorizationEndpoint is where the login button leads; empty if it cannot be found now.
func (p *provider) authorizationEndpoint(ctx context.Context) string {
	m, err := p.metadata(ctx)
	if err != nil {
		return ""
	}
	return m.Authorization
}

// serveUpstream sends the member to the provider.
func (s *Server) serveUpstream(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	m, err := s.upstream.metadata(ctx)
	if err != nil {
		s.errorPage(w, r, errUnavailable.because(err))
		return
	}
	flow := upstreamFlow{State: secret(), Nonce: secret(), Verifier: secret(), Continue: r.PostForm.Get("continue"), Until: s.Now().Add(flowLife)}
	sealed, err := s.sealed(ctx, "upstream", flow)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if len(sealed) > 3800 { // a browser keeps cookies of 4096 bytes
		s.errorPage(w, r, invalidRequest("the app's request is too long to log in elsewhere"))
		return
	}
	s.setCookie(w, cookieFlow, sealed, flowLife)
	sum := sha256.Sum256([]byte(flow.Verifier))
	u, err := url.Parse(m.Authorization)
	if err != nil {
		s.errorPage(w, r, errUnavailable.because(err))
		return
	}
	q := u.Query()
	for name, value := range map[string]string{"response_type": "code", "client_id": s.Upstream.ClientID, "redirect_uri": s.endpoint(pathCallback),
		"scope": strings.Join(append([]string{"openid"}, s.Upstream.Scopes...), " "), "state": flow.State, "nonce": flow.Nonce,
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256"} {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// serveCallback takes the member back from the provider.
func (s *Server) serveCallback(w http.ResponseWriter, r *http.Request) {
	ctx, q := r.Context(), r.URL.Query()
	refuse := func(text string, cause error) {
		err := accessDenied(text).because(cause)
		s.recordRefusal(r, audit.Event{Kind: audit.Authentication, Subtype: "login"}, err)
		s.errorPage(w, r, err)
	}
	var flow upstreamFlow
	err := s.unsealed(ctx, "upstream", s.cookie(r, cookieFlow), &flow)
	s.setCookie(w, cookieFlow, "", -time.Second)
	if err != nil || s.Now().After(flow.Until) || !same(flow.State, q.Get("state")) {
		refuse("this login was not begun here, or took too long; begin again", err)
		return
	}
	a, err := s.continuation(ctx, flow.Continue)
	if err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	if iss := q.Get("iss"); q.Get("code") == "" || (iss != "" && iss != s.Upstream.Issuer) {
		refuse("the login did not succeed", errors.New("no code, or of another issuer"))
		return
	}
	claims, err := s.upstream.exchange(ctx, q.Get("code"), &flow)
	if err != nil {
		refuse("the login could not be verified", err)
		return
	}
	who, err := s.Upstream.Account(ctx, claims)
	if err == nil && !strings.HasPrefix(who.ID, UpstreamID) {
		err = errors.New("the account's id is not one of an OpenID provider")
	}
	if err != nil || !validFHIRUser(who.FHIRUser) {
		refuse("you are logged in, but there is no record here that is yours", err)
		return
	}
	s.loggedIn(w, r, a, who)
}

// exchange trades the code for an ID token and verifies it.
func (p *provider) exchange(ctx context.Context, code string, flow *upstreamFlow) (map[string]any, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.server.endpoint(pathCallback)},
		"client_id": {p.ClientID}, "code_verifier": {flow.Verifier}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.ClientSecret != "" {
		req.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret))
	}
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if err := p.server.fetch.do(req, &answer); err != nil {
		return nil, err
	}
	return p.verify(ctx, m, answer.IDToken, flow.Nonce)
}

// verify checks an ID token (OpenID Connect Core section 3.1.3.7).
func (p *provider) verify(ctx context.Context, m providerMetadata, text, nonce string) (map[string]any, error) {
	if len(text) > maxJWT {
		return nil, errors.New("the ID token is too long")
	}
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.RS384, jose.ES384, jose.PS256})
	if err != nil {
		return nil, err
	}
	keys, err := p.server.fetch.keys(ctx, m.JWKS, token.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	var claims jwt.Claims
	var all map[string]any
	verified := false
	for _, key := range keys.Keys {
		if (token.Headers[0].KeyID == "" || key.KeyID == token.Headers[0].KeyID) && strong(key) && token.Claims(key.Key, &claims, &all) == nil {
			verified = true
			break
		}
	}
	now := p.server.Now()
	got, _ := all["nonce"].(string)
	azp, hasParty := all["azp"].(string)
	switch {
	case !verified:
		return nil, errors.New("the ID token's signature is not the provider's")
	case claims.Issuer != p.Issuer:
		return nil, errors.New("the ID token is of another issuer")
	case !claims.Audience.Contains(p.ClientID) || (hasParty && azp != p.ClientID) || (len(claims.Audience) > 1 && !hasParty):
		return nil, errors.New("the ID token is for another client")
	case claims.Expiry == nil || now.After(claims.Expiry.Time().Add(clockSkew)):
		return nil, errors.New("the ID token has expired")
	case claims.IssuedAt == nil || claims.IssuedAt.Time().After(now.Add(clockSkew)) || claims.IssuedAt.Time().Before(now.Add(-flowLife)):
		return nil, errors.New("the ID token was not issued now")
	case claims.Subject == "":
		return nil, errors.New("the ID token names nobody")
	case !same(got, nonce):
		return nil, errors.New("the ID token answers another request")
	}
	return all, nil
}
