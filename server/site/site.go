// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/recordlog"
	"github.com/woodlawn-health/woodlawn/smart/scope"
	"github.com/woodlawn-health/woodlawn/store"
)

// Options are what a site needs beside its settings.
type Options struct {
	Config *Config // checked
	Data   string  // folder of all data
	// OpenStore opens the FHIR resources of a folder, or of a database if one is named.
	OpenStore func(ctx context.Context, data, db string) (*store.Store, error)
	// Prepare may add to the options of a line's FHIR server, given the folder of the
	// line's data; nil adds nothing.
	Prepare func(folder string, s *store.Store, opt *server.Options) error
	// Address is where the server listens, as https://127.0.0.1:8443: the issuer if
	// the settings name none.
	Address string
	Log     *slog.Logger
	Version string
	Now     func() time.Time
}

// Site is a service that runs.
type Site struct {
	config *Config
	opt    Options
	issuer string
	prefix string // path of the issuer

	lines  []*line
	public []*publicEndpoint

	auth     *authorizer // nil for an open service
	refusals *refusals
	closing  sync.Once
}

// authorizer is the authorization server with what it keeps.
type authorizer struct {
	*smart.Server
	records *recordlog.Log
	trail   *audit.Trail
	lock    *folderLock
	writes  bool // scopes allow to change something

	admin         *http.Server // of the operator's commands
	adminDir      string
	syncing       chan struct{}
	stop, stopped chan struct{}
}

// Open opens every store and makes the service. Close ends it.
func Open(ctx context.Context, opt Options) (*Site, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Site{config: opt.Config, opt: opt, issuer: opt.Config.Issuer, refusals: newRefusals(opt.Now)}
	if s.issuer == "" {
		s.issuer = opt.Address
	}
	u, err := url.Parse(s.issuer)
	if err != nil {
		return nil, err
	}
	s.prefix = u.Path
	err = s.open(ctx)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Site) open(ctx context.Context) error {
	if !s.config.Open {
		if err := s.openAuth(ctx); err != nil {
			return err
		}
	}
	for _, l := range s.config.Lines {
		x, err := s.openLine(ctx, l)
		if err != nil {
			return err
		}
		s.lines = append(s.lines, x)
	}
	for _, p := range []struct {
		name   string
		public *Public
	}{{"directory", s.config.Directory}, {"formulary", s.config.Formulary}} {
		if p.public == nil {
			continue
		}
		x, err := s.openPublic(ctx, p.name, p.public)
		if err != nil {
			return err
		}
		s.public = append(s.public, x)
	}
	if s.auth != nil {
		return s.listenAdmin()
	}
	return nil
}

// AuthFolder is where the authorization server keeps its records and the audit
// trail, below the folder of all data.
func AuthFolder(data string) string { return filepath.Join(data, "auth") }

// TrailFile is the audit trail.
func TrailFile(data string) string { return filepath.Join(AuthFolder(data), "audit.log") }

func (s *Site) openAuth(ctx context.Context) (err error) {
	a := &authorizer{syncing: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	dir := AuthFolder(s.opt.Data)
	if a.lock, err = lockFolder(dir); err != nil {
		return err
	}
	s.auth = a
	if a.records, err = recordlog.Open(filepath.Join(dir, "records.log"), 0, s.opt.Now); err != nil {
		return err
	}
	if a.trail, err = audit.Open(TrailFile(s.opt.Data), s.opt.Now); err != nil {
		return err
	}
	c, err := s.smartConfig()
	if err != nil {
		return err
	}
	c.Records, c.Audit = a.records, a.trail
	if a.Server, err = smart.New(ctx, c); err != nil {
		return err
	}
	a.writes = allowsWriting(a.Server.Scopes)
	go a.keepSynced()
	return nil
}

func allowsWriting(set scope.Set) bool {
	for _, x := range set.Scopes {
		if x.Permission&(scope.Create|scope.Update|scope.Delete) != 0 {
			return true
		}
	}
	return false
}

// membersWrite tells whether members' apps may be granted to change a type.
func membersWrite(set scope.Set, typ string) bool {
	return slices.ContainsFunc(set.Scopes, func(x scope.Scope) bool {
		return x.Context != scope.System && (x.Type == "*" || x.Type == typ) && x.Permission&(scope.Create|scope.Update) != 0
	})
}

func (s *Site) smartConfig() (smart.Config, error) {
	c := s.config
	out := smart.Config{Issuer: s.issuer, Organization: c.Organization.Name, Contact: c.Organization.Contact.String(), Log: s.opt.Log, Now: s.opt.Now, Accounts: s.accounts(),
		AllowPrivate: c.AllowPrivateAddresses, ClientIP: s.clientIP, BaseName: s.baseName,
		Registration: smart.Registration{Closed: c.Registration.Mode == "closed", InitialTokens: c.Registration.InitialTokens}}
	for _, l := range c.Lines {
		out.Resources = append(out.Resources, s.issuer+l.Path)
	}
	l := c.Lifetimes
	out.Lifetimes = smart.Lifetimes{Access: time.Duration(l.Access), Backend: time.Duration(l.Backend), Code: time.Duration(l.Code),
		Offline: time.Duration(l.Offline), Online: time.Duration(l.Online), Session: time.Duration(l.Session), Key: time.Duration(l.Key)}
	var err error
	if out.Scopes, err = c.scopes(); err != nil {
		return out, err
	}
	if out.Communities, err = s.communities(); err != nil {
		return out, err
	}
	out.Upstream, err = s.upstream()
	return out, err
}

// clientIP is the address of a request, as the proxy gives it if there is one.
func (s *Site) clientIP(r *http.Request) string {
	if h := s.config.Proxy.AddressHeader; h != "" {
		if values := r.Header.Values(h); len(values) > 0 {
			list := strings.Split(values[len(values)-1], ",")
			if ip := net.ParseIP(strings.TrimSpace(list[len(list)-1])); ip != nil {
				return ip.String()
			}
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// serverOptions are those of every FHIR endpoint.
func (s *Site) serverOptions() server.Options {
	l := s.config.Limits
	return server.Options{MaxBody: l.MaxBodyBytes, MaxBundle: l.MaxBundleEntries, Timeout: time.Duration(l.Request),
		Rate: l.RequestsPerSecond, Burst: l.Burst, Address: s.clientIP, Log: s.opt.Log, Version: s.opt.Version, Now: s.opt.Now}
}

// Handler serves all of the site.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mount := func(path string, h http.Handler) {
		at := s.prefix + path
		h = server.CORS(http.StripPrefix(at, h))
		mux.Handle(at, h)
		mux.Handle(at+"/", h)
	}
	for _, l := range s.lines {
		mount(l.Path, l.server)
	}
	for _, p := range s.public {
		mount(p.path, p.server)
	}
	mux.HandleFunc("GET "+s.prefix+"/health", s.health)
	if s.auth != nil {
		h := s.auth.Handler()
		for _, p := range s.auth.Paths() {
			mux.Handle(p, h)
		}
		mux.Handle("GET "+s.prefix+"/{$}", http.RedirectHandler(s.prefix+"/auth/apps", http.StatusSeeOther))
	}
	return mux
}

func (s *Site) health(w http.ResponseWriter, r *http.Request) {
	for _, l := range s.lines {
		if err := l.store.Check(r.Context()); err != nil {
			http.Error(w, "a database does not answer", http.StatusServiceUnavailable)
			return
		}
	}
	for _, p := range s.public {
		if err := p.store.Check(r.Context()); err != nil {
			http.Error(w, "a database does not answer", http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(w, "ok")
}

// HTTPServer is a server of a handler with the settings' time limits.
func (c *Config) HTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: c.Limits.Header.or(10 * time.Second), ReadTimeout: 2 * time.Minute, WriteTimeout: 10 * time.Minute,
		IdleTimeout: c.Limits.Idle.or(2 * time.Minute), MaxHeaderBytes: 128 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
}

// Endpoint is an address that the site serves.
type Endpoint struct{ Name, URL string }

// Endpoints are the addresses to tell people.
func (s *Site) Endpoints() (list []Endpoint) {
	for _, l := range s.lines {
		name := "FHIR R4"
		if len(s.lines) > 1 {
			name += ", line " + l.ID
		}
		list = append(list, Endpoint{name, l.base})
	}
	for _, p := range s.public {
		list = append(list, Endpoint{"Public " + strings.TrimPrefix(p.path, "/"), p.base})
	}
	if s.auth != nil {
		list = append(list, Endpoint{"Members' apps", s.issuer + "/auth/apps"})
	}
	return list
}

// Store is the store of a line; nil if there is no such line.
func (s *Site) Store(id string) *store.Store {
	if l := s.lineByID(id); l != nil {
		return l.store
	}
	return nil
}

// PublicStore is the database of a public endpoint, directory or formulary; nil if
// the settings have none.
func (s *Site) PublicStore(name string) *store.Store {
	for _, x := range s.public {
		if x.name == name {
			return x.store
		}
	}
	return nil
}

// Auth is the authorization server; nil for an open service.
func (s *Site) Auth() *smart.Server {
	if s.auth == nil {
		return nil
	}
	return s.auth.Server
}

// Close ends exports, syncs the trail and closes every store.
func (s *Site) Close() error {
	var errs []error
	s.closing.Do(func() {
		for _, l := range s.lines {
			l.server.Close()
			errs = append(errs, l.store.Close())
		}
		for _, p := range s.public {
			p.server.Close()
			errs = append(errs, p.store.Close())
		}
		if s.auth != nil {
			errs = append(errs, s.auth.closeAdmin(s.opt.Data), s.auth.close())
		}
	})
	return errors.Join(errs...)
}

func (a *authorizer) close() error {
	var errs []error
	if a.Server != nil {
		close(a.stop)
		<-a.stopped
	}
	if a.trail != nil {
		errs = append(errs, a.trail.Close())
	}
	if a.records != nil {
		errs = append(errs, a.records.Close())
	}
	return errors.Join(append(errs, a.lock.release())...)
}
