// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// Paths below the issuer's URL.
const (
	pathAuthorize  = "/auth/authorize"
	pathToken      = "/auth/token"
	pathIntrospect = "/auth/introspect"
	pathRevoke     = "/auth/revoke"
	pathRegister   = "/auth/register"
	pathJWKS       = "/auth/jwks"
	pathLogin      = "/auth/login"
	pathLogout     = "/auth/logout"
	pathUpstream   = "/auth/login/upstream"
	pathCallback   = "/auth/login/callback"
	pathConsent    = "/auth/consent"
	pathApps       = "/auth/apps"
	pathAppsRevoke = "/auth/apps/revoke"
	pathAppsOpen   = "/auth/apps/open"
	pathStyle      = "/auth/style.css"
	pathUserInfo   = "/auth/userinfo"
)

// maxBody bounds the body of a request in bytes.
const maxBody = 64 << 10

// Server is the authorization server. It may be used by many goroutines and holds
// no state but caches: what must last is in Records.
type Server struct {
	Config
	records  Records
	prefix   string // path of the issuer, if it has one
	keys     *keyring
	fetch    *fetcher
	upstream *provider
	verified *tokenCache
	pages    *http.CrossOriginProtection

	requests, logins, failures, registrations *limiter
	closing                                   sync.Once
}

// New checks the configuration and makes the first signing key if there is none.
func New(ctx context.Context, c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.setDefaults()
	s := &Server{Config: c, records: c.Records, verified: newTokenCache(), pages: http.NewCrossOriginProtection()}
	u, _ := url.Parse(c.Issuer)
	s.prefix = u.Path
	s.fetch = newFetcher(c.AllowPrivate, &tls.Config{RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}, c.Now)
	s.keys = &keyring{server: s}
	if _, err := s.keys.current(ctx); err != nil {
		return nil, err
	}
	if c.Upstream != nil {
		s.upstream = &provider{Upstream: c.Upstream, server: s}
	}
	s.requests, s.logins = newLimiter(c.Rates.Requests), newLimiter(c.Rates.Logins)
	s.failures, s.registrations = newLimiter(c.Rates.Failures), newLimiter(c.Rates.Registration)
	return s, nil
}

// Handler serves every endpoint of the authorization server, those below the FHIR
// bases included; mount it on the paths that Paths lists.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, h func(http.ResponseWriter, *http.Request)) { // apps call it, from browsers too
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+path, cors(method, http.HandlerFunc(h)))
		mux.Handle("OPTIONS "+path, cors(method, http.HandlerFunc(noContent)))
	}
	page := func(pattern string, h func(http.ResponseWriter, *http.Request)) { // a member sees it
		mux.Handle(pattern, s.pageHeaders(http.HandlerFunc(h)))
	}
	at := func(path string) string { return s.prefix + path }

	api("GET "+at("/.well-known/openid-configuration"), s.serveOpenIDConfiguration)
	api("GET "+at("/.well-known/oauth-authorization-server"), s.serveOpenIDConfiguration)
	api("GET "+at(pathJWKS), s.serveJWKS)
	for _, r := range s.Resources {
		u, _ := url.Parse(r)
		api("GET "+u.Path+"/.well-known/smart-configuration", s.serveSMARTConfiguration)
		api("GET "+u.Path+"/.well-known/udap", s.serveUDAP(r))
	}
	api("POST "+at(pathToken), s.serveToken)
	api("POST "+at(pathRevoke), s.serveRevoke)
	api("POST "+at(pathIntrospect), s.serveIntrospect)
	api("POST "+at(pathRegister), s.serveRegister)
	api("GET "+at(pathUserInfo), s.serveUserInfo)

	page("GET "+at(pathAuthorize), s.serveAuthorize)
	page("POST "+at(pathAuthorize), s.serveAuthorizePost)
	page("GET "+at(pathLogin), s.serveLoginPage)
	page("POST "+at(pathLogin), s.form(s.serveLogin))
	page("POST "+at(pathLogout), s.form(s.serveLogout))
	page("POST "+at(pathConsent), s.form(s.serveConsent))
	page("GET "+at(pathApps), s.serveApps)
	page("POST "+at(pathAppsRevoke), s.form(s.serveAppsRevoke))
	page("POST "+at(pathAppsOpen), s.form(s.serveAppsOpen))
	page("GET "+at(pathStyle), serveStyle)
	if s.upstream != nil {
		page("POST "+at(pathUpstream), s.form(s.serveUpstream))
		page("GET "+at(pathCallback), s.serveCallback)
	}
	return s.limit(mux)
}

// Paths are the path patterns to mount Handler on.
func (s *Server) Paths() []string {
	paths := []string{s.prefix + "/auth/", s.prefix + "/.well-known/openid-configuration", s.prefix + "/.well-known/oauth-authorization-server"}
	for _, r := range s.Resources {
		u, _ := url.Parse(r)
		paths = append(paths, u.Path+"/.well-known/smart-configuration", u.Path+"/.well-known/udap")
	}
	return paths
}

// limit bounds rate, body and time of requests.
func (s *Server) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.requests.take(s.ClientIP(r), 1, s.Now()) {
			s.tooMany(w, r)
			return
		}
		if len(r.URL.RawQuery) > maxBody/4 {
			writeJSON(w, http.StatusRequestURITooLong, map[string]string{"error": "invalid_request", "error_description": "the query is too long"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (s *Server) tooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "30")
	s.fail(w, r, &Error{http.StatusTooManyRequests, "temporarily_unavailable", "too many requests; try again later", nil})
}

// cors lets apps that run in a browser call an endpoint. No cookie is ever needed
// there, so every origin may, without credentials.
func cors(method string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", method+", OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept")
			h.Set("Access-Control-Max-Age", "600")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// record adds to the audit trail. A request that cannot be recorded must not succeed.
func (s *Server) record(r *http.Request, e audit.Event) error {
	e.Address = s.ClientIP(r)
	if e.Action == "" {
		e.Action = audit.Execute
	}
	return s.Audit.Append(e)
}

// recordRefusal records a refusal; if even that fails it is logged.
func (s *Server) recordRefusal(r *http.Request, e audit.Event, err error) {
	refusal := asError(err)
	e.Outcome, e.Reason = audit.MinorFailure, refusal.Code
	if refusal.Status >= 500 {
		e.Outcome = audit.Failure
	}
	if err := s.record(r, e); err != nil {
		s.Log.ErrorContext(r.Context(), "audit trail cannot be written", "cause", err.Error())
	}
}

// secret makes a random text of 256 bits.
func secret() string { return rand.Text() + rand.Text() }

// endpoint is the URL of a path below the issuer.
func (s *Server) endpoint(path string) string { return s.Issuer + path }
