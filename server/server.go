// SPDX-License-Identifier: Apache-2.0

// Package server answers FHIR's REST interactions (R4, http.html) from a store:
// JSON only, one base address, every failure an OperationOutcome.
//
// A request is authorised before anything else by Options.Authorize. The Grant
// that it gives goes into every statement of the store, so that what a client
// may not see is neither read nor counted.
package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// Interaction is what a request wants to do with a type of resource.
type Interaction string

// The interactions that a Grant may allow.
const (
	Read   Interaction = "read" // read, vread, history
	Search Interaction = "search"
	Create Interaction = "create"
	Update Interaction = "update" // update and patch
	Delete Interaction = "delete"
	Export Interaction = "export" // bulk data
	Import Interaction = "import"
)

// Grant is what a request may do. The zero Grant allows everything.
type Grant struct {
	// Access limits what may be seen and touched; nil is no limit.
	Access *store.Access
	// May tells whether an interaction with a type is allowed; nil allows all. The
	// type is empty for the whole system.
	May func(i Interaction, resourceType string) bool
	// Attachments lets Binaries be read, but not searched, that a DocumentReference within
	// Access refers to.
	Attachments bool
	// Client names who asks, in logs and for the limit of requests. It must be no
	// name or number of a person.
	Client string
	// Consent names what a person allowed the client, for work that goes on after the
	// request, see Options.Stands; empty where the client acts for itself.
	Consent string
	// Challenge is the WWW-Authenticate header of a refusal by May or Access (RFC 6750,
	// insufficient_scope).
	Challenge string
	// Holder is whatever Authorize wants Audit to find again.
	Holder any
}

func (g *Grant) may(i Interaction, resourceType string) error {
	if g.May != nil && !g.May(i, resourceType) || resourceType != "" && !g.Access.Allows(resourceType) {
		f := failure(http.StatusForbidden, "forbidden", "your authorization does not allow to %s %s", i, resourceType)
		if g.Challenge != "" {
			f.header = http.Header{"Www-Authenticate": {g.Challenge}}
		}
		return f
	}
	return nil
}

// DeniedError refuses a request before it is looked at.
type DeniedError struct {
	Status       int    // 401 or 403
	Authenticate string // the WWW-Authenticate header
	Reason       string // for the client
}

func (e *DeniedError) Error() string { return e.Reason }

// Options of a server. The zero Options are good.
type Options struct {
	// Base is the address under which clients know the server, as
	// https://fhir.example.org/fhir. Without it, it is made from each request.
	Base string
	// Authorize says what a request may do, or refuses it with a *DeniedError. Nil
	// allows everything.
	Authorize func(*http.Request) (*Grant, error)
	// Stands tells whether what a client was allowed still is, by Grant.Client and
	// Grant.Consent; nil says that it always is.
	Stands func(ctx context.Context, client, consent string) (bool, error)
	// Security becomes CapabilityStatement.rest.security, as JSON.
	Security []byte
	// Types are the resource types that are served; nil serves all of R4.
	Types []string
	// Guides are the implementation guides that the CapabilityStatement says are
	// followed, by schema.Guide's ids: us-core-6.1.0, carin-bb-2.0.0. What they define
	// is searched for whether they are named or not.
	Guides []string
	// ReadOnly refuses every change, whatever Authorize allows, and the
	// CapabilityStatement names none.
	ReadOnly bool
	// Sources answer for types that are not kept in the store.
	Sources map[string]Source
	// Audit is called with each request but that for the CapabilityStatement, refused
	// ones included, before it is answered. If it fails the answer is 500 and holds
	// nothing.
	Audit func(*Answer) error
	// Bulk is the folder of bulk data files; without it there is no $export.
	Bulk string
	// Import says what $import may read; without it, or without Bulk, there is none.
	Import *ImportOptions
	// Operations are those beside $export and $everything.
	Operations []Operation
	// Codes gives searches what :in, :not-in, :below and :above ask for, as far as the
	// client of a call may know it; nil refuses these modifiers. It must be cheap: it is
	// called with each search, and asked seldom.
	Codes func(context.Context, *Call) search.Codes
	// AtClose is called by Close, in order, before all else.
	AtClose []func()
	// Capability, if not nil, may add to the entry of a resource type in the CapabilityStatement.
	Capability func(resourceType string, entry map[string]any)
	// Guards look at each resource that a request wants to keep, before it is kept.
	Guards []Guard

	MaxBody   int64         // bytes of a request; default 16 MiB
	MaxBundle int           // entries of a batch or transaction; default 5,000
	Timeout   time.Duration // of a request; default 30 s
	// Address is that of a client, for the limit of requests; nil takes the connection's.
	Address func(*http.Request) string
	Rate    float64      // requests a second of each client; 0 is no limit
	Burst   int          // that may come at once; default 2 × Rate
	Log     *slog.Logger // one line a request, without addresses' parameters or bodies; default none
	Version string       // of the program
	Now     func() time.Time
}

// Server is the HTTP handler.
type Server struct {
	store   *store.Store
	opt     Options
	started time.Time
	types   map[string]bool
	guides  []*schema.Guide
	rate    *limiter
	bulk    *exporter
	imports *importer
	waited  *waited      // operations whose clients do not wait
	number  atomic.Int64 // of requests

	operations operations

	capabilities struct { // made once for an address
		sync.Mutex
		base   string
		body   []byte
		packed []byte
	}
}

// New makes a server of a store. The base path (/fhir) must be stripped from the
// requests that it gets, as http.StripPrefix does.
func New(s *store.Store, opt Options) (*Server, error) {
	if opt.MaxBody <= 0 {
		opt.MaxBody = 16 << 20
	}
	if opt.MaxBundle <= 0 {
		opt.MaxBundle = 5000
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 30 * time.Second
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Address == nil {
		opt.Address = addressOf
	}
	opt.Base = strings.TrimSuffix(opt.Base, "/")
	if opt.ReadOnly {
		opt.Operations = slices.DeleteFunc(slices.Clone(opt.Operations), func(o Operation) bool { return o.Changes })
	}
	ops, err := newOperations(opt.Operations)
	if err != nil {
		return nil, err
	}
	guides, err := guidesOf(opt.Guides)
	if err != nil {
		return nil, err
	}
	srv := &Server{store: s, opt: opt, started: opt.Now(), types: servedTypes(opt.Types), operations: ops, guides: guides}
	if opt.Rate > 0 {
		srv.rate = newLimiter(opt.Rate, opt.Burst, opt.Now)
	}
	if opt.Bulk != "" {
		if srv.bulk, err = newExporter(srv, opt.Bulk); err != nil {
			return nil, err
		}
		if opt.Import != nil {
			own := *opt.Import
			srv.opt.Import = &own
			if srv.imports, err = newImporter(srv, filepath.Join(opt.Bulk, "import")); err != nil {
				srv.bulk.close()
				return nil, err
			}
		}
	}
	srv.waited = newWaited(srv)
	return srv, nil
}

// Close stops the exports and imports under way; they go on when the server is made again.
func (s *Server) Close() {
	for _, end := range s.opt.AtClose {
		end()
	}
	s.waited.close()
	if s.imports != nil {
		s.imports.close()
	}
	if s.bulk != nil {
		s.bulk.close()
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.opt.Now()
	number := s.number.Add(1)
	ctx, cancel := context.WithTimeout(r.Context(), s.opt.Timeout)
	defer cancel()
	rec := &recorder{ResponseWriter: w}
	q := &request{}
	if s.opt.Audit != nil {
		q.seen = &seen{}
	}
	defer func() {
		if p := recover(); p != nil {
			s.opt.Log.Error("panic", "request", number, "stack", string(debug.Stack()))
			if rec.status == 0 {
				s.write(rec, q, errorResponse(failure(http.StatusInternalServerError, "exception", "internal error; the log has it under request %d", number)))
			}
		}
		s.opt.Log.Info("request", "request", number, "method", r.Method, "interaction", q.interaction, "type", q.typ,
			"client", q.grant.Client, "status", rec.status, "bytes", rec.bytes, "ms", float64(s.opt.Now().Sub(began).Microseconds())/1000)
	}()
	resp, err := s.answer(ctx, rec, r, q)
	if err != nil {
		resp = errorResponse(err)
		if resp.status == http.StatusInternalServerError {
			s.opt.Log.Error("failed", "request", number, "error", err.Error())
		}
	}
	status := rec.status
	if resp != nil {
		status = resp.status
	}
	if err := s.audit(r, number, q, status); err != nil {
		s.opt.Log.Error("the audit trail cannot be written", "request", number, "error", err.Error())
		if resp != nil {
			resp = errorResponse(failure(http.StatusInternalServerError, "exception", "the access cannot be recorded, so it is not given; try again later"))
		}
	}
	if resp != nil {
		s.write(rec, q, resp)
	}
}

// answer authorises a request, reads it and does it. A nil response means that
// the answer has been written.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, q *request) (*response, error) {
	q.base = s.base(r)
	q.method, q.header = r.Method, r.Header
	q.path = strings.Trim(r.URL.Path, "/")
	public := q.path == "metadata" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
	if s.opt.Authorize != nil && !public {
		g, err := s.opt.Authorize(r)
		if err != nil {
			if tooMany := s.rate.allow(s.opt.Address(r)); tooMany != nil { // who guesses tokens is slowed down too
				return nil, tooMany
			}
			return nil, err
		}
		q.grant = *g
	}
	if s.opt.ReadOnly {
		if err := q.readOnly(r); err != nil {
			return nil, err
		}
	}
	if err := s.rate.allow(s.clientOf(q, r)); err != nil {
		return nil, err
	}
	if s.isUpload(q, r) {
		return s.importUpload(w, r, q)
	}
	if err := q.read(w, r, s.opt.MaxBody); err != nil {
		return nil, err
	}
	return s.dispatch(ctx, w, q)
}

// clientOf is whose requests are counted together.
func (s *Server) clientOf(q *request, r *http.Request) string {
	if q.grant.Client != "" {
		return q.grant.Client
	}
	return s.opt.Address(r)
}

// readOnly refuses a request that changes something. What a Bundle or an operation
// would change is refused by the grant.
func (q *request) readOnly(r *http.Request) error {
	last := q.path[strings.LastIndexByte(q.path, '/')+1:]
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if last != "" && last != "_search" && !strings.HasPrefix(last, "$") {
			return failure(http.StatusMethodNotAllowed, "not-supported", "this server is for reading only")
		}
	case http.MethodDelete: // of an export
		if !strings.HasPrefix(q.path, "_bulk/") {
			return failure(http.StatusMethodNotAllowed, "not-supported", "this server is for reading only")
		}
	default:
		return failure(http.StatusMethodNotAllowed, "not-supported", "this server is for reading only")
	}
	may := q.grant.May
	q.grant.May = func(i Interaction, resourceType string) bool {
		return (i == Read || i == Search || i == Export) && (may == nil || may(i, resourceType))
	}
	return nil
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// base is the address that clients know.
func (s *Server) base(r *http.Request) string {
	if s.opt.Base != "" {
		return s.opt.Base
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	prefix := strings.TrimSuffix(strings.SplitN(r.RequestURI, "?", 2)[0], r.URL.EscapedPath())
	return scheme + "://" + r.Host + strings.TrimSuffix(prefix, "/")
}

// recorder remembers what was answered, for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
