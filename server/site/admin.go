// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// The operator's way in. The records are one process's, so while a server runs the
// operator's commands ask it, over a Unix socket in a folder that only the server's
// account may enter; AuthFolder/admin says where. Otherwise they open the records
// themselves.

// App is a registered app as the operator sees it.
type App struct {
	ID           string    `json:"client_id"`
	Name         string    `json:"client_name"`
	Grants       []string  `json:"grant_types"`
	AuthMethod   string    `json:"token_endpoint_auth_method"`
	RedirectURIs []string  `json:"redirect_uris,omitempty"`
	LaunchURI    string    `json:"initiate_login_uri,omitempty"`
	Scope        string    `json:"scope"`
	Contacts     []string  `json:"contacts,omitempty"`
	Registered   time.Time `json:"registered"`
	Approved     bool      `json:"approved"`
	Community    string    `json:"udap_community,omitempty"`
	Secret       string    `json:"client_secret,omitempty"` // when it is added, this once
}

// Approval lets an app use scopes that need the operator's word, and tells members
// that the operator knows who offers it.
type Approval struct {
	ID    string `json:"client_id"`
	Scope string `json:"scope"` // empty: those that it registered
}

// LaunchRequest opens an app in the context of a patient: an EHR launch.
type LaunchRequest struct {
	ID        string `json:"client_id"`
	Line      string `json:"line"`    // empty: the only one
	Account   string `json:"account"` // who opens it; empty: whoever logs in
	Patient   string `json:"patient"`
	Encounter string `json:"encounter"`
	Intent    string `json:"intent"`
	Banner    bool   `json:"need_patient_banner"`
}

func appOf(c *smart.Client) App {
	a := App{ID: c.ID, Name: c.Name, Grants: c.GrantTypes, AuthMethod: c.AuthMethod, RedirectURIs: c.RedirectURIs, LaunchURI: c.LaunchURI,
		Scope: c.Scopes.String(), Contacts: c.Contacts, Registered: c.Registered, Approved: c.Approved}
	if c.UDAP != nil {
		a.Community = c.UDAP.Community
	}
	return a
}

// errUsage is a request of the operator's that cannot be done.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

// adminHandler answers the operator's commands.
func (s *Site) adminHandler() http.Handler {
	mux := http.NewServeMux()
	do := func(pattern string, f func(context.Context, *json.Decoder) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			out, err := f(r.Context(), json.NewDecoder(io.LimitReader(r.Body, 1<<20)))
			w.Header().Set("Content-Type", "application/json")
			if err != nil {
				status := http.StatusInternalServerError
				var usage errUsage
				var e *smart.Error
				switch {
				case errors.As(err, &usage), errors.Is(err, smart.ErrNoClient):
					status = http.StatusBadRequest
				case errors.As(err, &e) && e.Status < 500:
					status, err = http.StatusBadRequest, errors.New(e.Description)
				}
				w.WriteHeader(status)
				out = map[string]string{"error": err.Error()}
			}
			json.NewEncoder(w).Encode(out)
		})
	}
	do("POST /apps/list", s.listApps)
	do("POST /apps/add", s.addApp)
	do("POST /apps/approve", s.approveApp)
	do("POST /apps/revoke", s.revokeApp)
	do("POST /apps/launch", s.launchApp)
	return mux
}

func (s *Site) listApps(ctx context.Context, _ *json.Decoder) (any, error) {
	clients, err := s.auth.Clients(ctx)
	if err != nil {
		return nil, err
	}
	apps := []App{}
	for _, c := range clients {
		apps = append(apps, appOf(c))
	}
	slices.SortFunc(apps, func(a, b App) int { return a.Registered.Compare(b.Registered) })
	return apps, nil
}

// addApp registers an app on the operator's word; it is approved by that.
func (s *Site) addApp(ctx context.Context, in *json.Decoder) (any, error) {
	var c smart.Client
	if err := in.Decode(&c); err != nil {
		return nil, errUsage{"the app's metadata cannot be read: " + err.Error()}
	}
	if c.Scopes.Empty() {
		return nil, errUsage{"the app's metadata name no scope"}
	}
	c.ID, c.UDAP, c.SecretHash, c.Approved = "", nil, "", true
	client, secret, err := s.auth.AddClient(ctx, c)
	if err != nil {
		return nil, err
	}
	a := appOf(client)
	a.Secret = secret
	return a, s.recordOperator("register", audit.Create, client.ID, client.Scopes.String())
}

func (s *Site) approveApp(ctx context.Context, in *json.Decoder) (any, error) {
	var x Approval
	if err := in.Decode(&x); err != nil {
		return nil, errUsage{err.Error()}
	}
	c, err := s.auth.Client(ctx, x.ID)
	if err != nil {
		return nil, err
	}
	scopes := c.Scopes
	backend := slices.Contains(c.GrantTypes, "client_credentials")
	switch {
	case x.Scope != "":
		if scopes, err = readScopes(x.Scope); err != nil {
			return nil, errUsage{err.Error()}
		}
	case backend:
		return nil, errUsage{"a backend service is approved for the scopes that you name, for example --scope system/*.rs"}
	}
	if !s.auth.Scopes.Covers(scopes) {
		return nil, errUsage{"the settings do not let any app have all of these scopes: see scopes in the settings"}
	}
	if backend && !scopes.HasContext(scope.System) {
		return nil, errUsage{"a backend service uses system/ scopes"}
	}
	if err := s.auth.ApproveClient(ctx, x.ID, scopes); err != nil {
		return nil, err
	}
	if c, err = s.auth.Client(ctx, x.ID); err != nil {
		return nil, err
	}
	return appOf(c), s.recordOperator("approve", audit.Update, x.ID, scopes.String())
}

func (s *Site) revokeApp(ctx context.Context, in *json.Decoder) (any, error) {
	var x Approval
	if err := in.Decode(&x); err != nil {
		return nil, errUsage{err.Error()}
	}
	c, err := s.auth.Client(ctx, x.ID)
	if err != nil {
		return nil, err
	}
	if err := s.auth.RemoveClient(ctx, x.ID); err != nil {
		return nil, err
	}
	return appOf(c), s.recordOperator("remove", audit.Delete, x.ID, "")
}

func (s *Site) launchApp(ctx context.Context, in *json.Decoder) (any, error) {
	var x LaunchRequest
	if err := in.Decode(&x); err != nil {
		return nil, errUsage{err.Error()}
	}
	lines := s.config.Lines
	i := slices.IndexFunc(lines, func(l Line) bool { return l.ID == x.Line })
	if x.Line == "" && len(lines) == 1 {
		i = 0
	}
	if i < 0 {
		return nil, errUsage{"name the line of business with --line"}
	}
	address, err := s.auth.NewLaunch(ctx, smart.Launch{Client: x.ID, Subject: x.Account, Patient: x.Patient, Encounter: x.Encounter,
		Intent: x.Intent, Banner: x.Banner}, s.issuer+lines[i].Path)
	if err != nil {
		return nil, errUsage{err.Error()}
	}
	return map[string]string{"address": address}, nil
}

func (s *Site) recordOperator(subtype string, action audit.Action, client, scopes string) error {
	return s.auth.trail.Append(audit.Event{Kind: audit.Authorization, Subtype: subtype, Action: action, Outcome: audit.Success, Client: client, Scope: scopes, Reason: "operator"})
}

// listenAdmin lets the operator's commands in.
func (s *Site) listenAdmin() error {
	dir, err := os.MkdirTemp("", "woodlawn-") // short: a socket's path has 100 bytes or so
	if err != nil {
		return err
	}
	a := s.auth
	a.adminDir = dir
	l, err := net.Listen("unix", filepath.Join(dir, "admin"))
	if err != nil {
		return err
	}
	a.admin = &http.Server{Handler: s.adminHandler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	go a.admin.Serve(l)
	return os.WriteFile(adminFile(s.opt.Data), []byte(l.Addr().String()), 0o600)
}

func adminFile(data string) string { return filepath.Join(AuthFolder(data), "admin") }

func (a *authorizer) closeAdmin(data string) error {
	if a.adminDir == "" {
		return nil
	}
	var errs []error
	if a.admin != nil {
		errs = append(errs, a.admin.Close(), os.Remove(adminFile(data)))
	}
	return errors.Join(append(errs, os.RemoveAll(a.adminDir))...)
}

// Operator sends commands to a service, whether it runs or not.
type Operator struct {
	client *http.Client
	close  func() error
}

// NewOperator finds the server that runs on the data, or opens the records itself.
// Close ends it.
func NewOperator(ctx context.Context, config *Config, data string) (*Operator, error) {
	if b, err := os.ReadFile(adminFile(data)); err == nil {
		socket := strings.TrimSpace(string(b))
		if conn, err := net.DialTimeout("unix", socket, 2*time.Second); err == nil {
			conn.Close()
			return &Operator{client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			}}}, close: func() error { return nil }}, nil
		}
	}
	if _, err := os.Stat(AuthFolder(data)); err != nil {
		return nil, errors.New("there is no service with logins in " + data + "; name its folder with --data")
	}
	s := &Site{config: config, opt: Options{Config: config, Data: data, Now: time.Now}, issuer: config.Issuer}
	if s.issuer == "" {
		s.issuer = "http://127.0.0.1"
	}
	if err := s.openAuth(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &Operator{client: &http.Client{Transport: inProcess{s.adminHandler()}}, close: s.Close}, nil
}

// Close ends what NewOperator opened.
func (o *Operator) Close() error { return o.close() }

func (o *Operator) do(ctx context.Context, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+path, strings.NewReader(string(b)))
	if err != nil {
		return err
	}
	res, err := o.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var e struct{ Error string }
		if err := json.NewDecoder(res.Body).Decode(&e); err != nil || e.Error == "" {
			return errors.New("the server answered " + res.Status)
		}
		return errors.New(e.Error)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// Apps are all registered apps, the oldest first.
func (o *Operator) Apps(ctx context.Context) (apps []App, err error) {
	err = o.do(ctx, "/apps/list", struct{}{}, &apps)
	return apps, err
}

// Add registers an app from metadata of RFC 7591.
func (o *Operator) Add(ctx context.Context, metadata json.RawMessage) (a App, err error) {
	err = o.do(ctx, "/apps/add", metadata, &a)
	return a, err
}

// Approve approves an app, for the scopes if any are named.
func (o *Operator) Approve(ctx context.Context, x Approval) (a App, err error) {
	err = o.do(ctx, "/apps/approve", x, &a)
	return a, err
}

// Revoke ends an app's registration; its tokens are refused from then on.
func (o *Operator) Revoke(ctx context.Context, id string) (a App, err error) {
	err = o.do(ctx, "/apps/revoke", Approval{ID: id}, &a)
	return a, err
}

// Launch gives the address at which an app is opened for a patient. It is good once,
// for five minutes.
func (o *Operator) Launch(ctx context.Context, x LaunchRequest) (string, error) {
	var out struct{ Address string }
	err := o.do(ctx, "/apps/launch", x, &out)
	return out.Address, err
}

// inProcess hands requests to a handler.
type inProcess struct{ h http.Handler }

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	reader, writer := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: writer, began: make(chan int, 1)}
	go func() {
		t.h.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		writer.Close()
	}()
	status := <-w.began
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: w.header, Body: reader, Request: r}, nil
}

type pipeWriter struct {
	header http.Header
	body   *io.PipeWriter
	began  chan int
	wrote  bool
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote = true
		w.began <- status
	}
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
