// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/smart/outbound"
)

// ImportOptions say where $import may read from. Bodies that are uploaded may always be imported.
type ImportOptions struct {
	// Folder is where files may be named, by paths below it; empty allows none.
	Folder string
	// Addresses are the beginnings of the https addresses that may be named, each with
	// a whole host: https://files.example.org/fhir/.
	Addresses []string
	// Client fetches them; the default goes to public addresses only.
	Client *http.Client
	// MaxUpload bounds an uploaded body, in bytes; default 16 GiB.
	MaxUpload int64
}

// importInput is one source of an import.
type importInput struct {
	Type string // of all its resources; empty for any
	URL  string // as the client named it; empty for an upload
}

// maxInputs bounds the sources of an import.
const maxInputs = 10_000

// isUpload tells whether a request brings the NDJSON to import as its body, which is
// written to a file and never held.
func (s *Server) isUpload(q *request, r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return q.path == "$import" && q.method == http.MethodPost && slices.Contains([]string{ndjson, "application/ndjson", "application/x-ndjson"}, media)
}

// mayImport refuses who may not write everything: an import is not held against compartments.
func (s *Server) mayImport(q *request) error {
	if s.imports == nil {
		return failure(http.StatusNotFound, "not-supported", "$import is not turned on")
	}
	q.interaction = "import"
	if err := q.grant.may(Import, ""); err != nil {
		return err
	}
	a := q.grant.Access
	if a == nil {
		return nil
	}
	refused := failure(http.StatusForbidden, "forbidden", "an import needs an authorization for all data")
	if a.Patients != nil {
		return refused
	}
	for typ := range s.types {
		if s.imports.takes(typ) && (!a.Allows(typ) || len(a.Types[typ]) > 0) {
			return refused
		}
	}
	return nil
}

// importUpload keeps a body and imports it.
func (s *Server) importUpload(w http.ResponseWriter, r *http.Request, q *request) (*response, error) {
	if err := s.mayImport(q); err != nil {
		return nil, err
	}
	j := &importJob{ID: newID(), Client: q.grant.Client, Request: q.base + "/$import", Started: s.opt.Now().UTC(), Inputs: []importInput{{}}}
	if typ := r.URL.Query().Get("type"); typ != "" {
		if !s.imports.takes(typ) {
			return nil, failure(http.StatusBadRequest, "not-supported", "the server keeps no such resource type")
		}
		j.Inputs[0].Type = typ
	}
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		j.Packed = true
	default:
		return nil, failure(http.StatusUnsupportedMediaType, "not-supported", "the body may be packed with gzip only")
	}
	// A large body takes longer than other requests may; it must go on all the same.
	c := http.NewResponseController(w)
	limit := s.opt.Import.MaxUpload
	body := &patientReader{r: http.MaxBytesReader(w, r.Body, limit), extend: func() { // as far as the connection can
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Minute))
		_ = c.SetWriteDeadline(time.Now().Add(4 * time.Minute))
	}}
	if err := s.imports.keepUpload(j, body); err != nil {
		return nil, err
	}
	return s.importStarted(q, j)
}

// patientReader puts the end of a request's time off with each read.
type patientReader struct {
	r      io.Reader
	extend func()
}

func (p *patientReader) Read(b []byte) (int, error) {
	p.extend()
	return p.r.Read(b)
}

func (s *Server) importStarted(q *request, j *importJob) (*response, error) {
	if err := s.imports.start(j); err != nil {
		return nil, err
	}
	return &response{status: http.StatusAccepted, header: http.Header{"Content-Location": {q.base + "/_bulk/" + j.ID}}}, nil
}

// importKickOff starts an import of sources that the body names: as a Parameters
// resource (inputFormat, input with type and url), or as the manifest that
// SMART's proposal for Bulk Import has (inputFormat, input).
func (s *Server) importKickOff(q *request) (*response, error) {
	if q.method != http.MethodPost {
		return nil, notAllowed(q.method)
	}
	if err := s.mayImport(q); err != nil {
		return nil, err
	}
	if q.prefers("respond-async") == "" {
		return nil, failure(http.StatusBadRequest, "required", "an import needs the header Prefer: respond-async")
	}
	j := &importJob{ID: newID(), Client: q.grant.Client, Request: q.base + "/$import", Started: s.opt.Now().UTC()}
	format, err := j.readInputs(q)
	if err != nil {
		return nil, err
	}
	if format != "" && format != ndjson && format != "application/ndjson" {
		return nil, failure(http.StatusBadRequest, "not-supported", "inputFormat is %s", ndjson)
	}
	if len(j.Inputs) == 0 || len(j.Inputs) > maxInputs {
		return nil, failure(http.StatusBadRequest, "required", "an import has 1 to %d inputs, each with type and url", maxInputs)
	}
	for _, in := range j.Inputs {
		if in.Type != "" && !s.imports.takes(in.Type) {
			return nil, failure(http.StatusBadRequest, "not-supported", "the server keeps no such resource type as an input names")
		}
		if err := s.opt.Import.check(in.URL); err != nil {
			return nil, err
		}
	}
	return s.importStarted(q, j)
}

// readInputs reads the body of a kick-off.
func (j *importJob) readInputs(q *request) (format string, err error) {
	if q.media == "application/json" && !bytes.Contains(q.body, []byte(`"resourceType"`)) {
		var manifest struct {
			InputFormat string                       `json:"inputFormat"`
			Input       []struct{ Type, URL string } `json:"input"`
		}
		if err := json.Unmarshal(q.body, &manifest); err != nil {
			return "", failure(http.StatusBadRequest, "structure", "the manifest is no JSON object with inputFormat and input")
		}
		for _, in := range manifest.Input {
			j.Inputs = append(j.Inputs, importInput{in.Type, in.URL})
		}
		return manifest.InputFormat, nil
	}
	d, err := q.resource("Parameters")
	if err != nil {
		return "", err
	}
	for p := range d.Root().Get("parameter").Items() {
		value, _ := p.Choice("value")
		switch p.Get("name").Text() {
		case "inputFormat":
			format = value.Text()
		case "input":
			j.Inputs = append(j.Inputs, inputOf(p))
		case "inputSource", "storageDetail", "mode": // where the files come from in general, and how another server would store them
		default:
			if q.prefers("handling") != "lenient" {
				return "", failure(http.StatusBadRequest, "not-supported", "$import does not know a parameter; it takes inputFormat, inputSource and input with type and url")
			}
		}
	}
	return format, nil
}

func inputOf(p node.Node) (in importInput) {
	for part := range p.Get("part").Items() {
		value, _ := part.Choice("value")
		switch part.Get("name").Text() {
		case "type":
			in.Type = value.Text()
		case "url":
			in.URL = value.Text()
		}
	}
	return in
}

// check tells whether a source may be read.
func (o *ImportOptions) check(address string) error {
	refused := failure(http.StatusForbidden, "forbidden", "an input's url is not among the folder and addresses that the server's settings allow")
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" {
		return refused
	}
	switch u.Scheme {
	case "", "file":
		if _, err := o.path(u); err != nil {
			return refused
		}
		return nil
	case "https", "http":
		for _, allowed := range o.Addresses {
			a, err := url.Parse(allowed)
			if err != nil || a.Scheme != u.Scheme || !strings.EqualFold(a.Host, u.Host) || slices.Contains(strings.Split(u.Path, "/"), "..") {
				continue
			}
			if base := strings.TrimSuffix(a.Path, "/"); base == "" || u.Path == base || strings.HasPrefix(u.Path, base+"/") {
				return nil
			}
		}
	}
	return refused
}

// path is the file that an address names: relative to the folder, or below it.
func (o *ImportOptions) path(u *url.URL) (string, error) {
	if o.Folder == "" || u.Host != "" {
		return "", errors.New("not allowed")
	}
	name := filepath.FromSlash(u.Path)
	if filepath.IsAbs(name) {
		var err error
		if name, err = filepath.Rel(o.Folder, name); err != nil {
			return "", err
		}
	}
	if !filepath.IsLocal(name) {
		return "", errors.New("not allowed")
	}
	return name, nil
}

// Check tells whether a source may be read.
func (o *ImportOptions) Check(address string) error { return o.check(address) }

// Open opens a source, with more headers for one that is asked for over HTTP. Files are
// opened below the folder by the system, so that no link leads out of it.
func (o *ImportOptions) Open(ctx context.Context, address string, header http.Header) (io.ReadCloser, error) {
	if err := o.check(address); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "" || u.Scheme == "file" {
		name, err := o.path(u)
		if err != nil {
			return nil, err
		}
		root, err := os.OpenRoot(o.Folder)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		if info, err := root.Stat(name); err != nil {
			return nil, err
		} else if !info.Mode().IsRegular() { // opening a pipe would wait for its writer
			return nil, errors.New("no regular file")
		}
		return root.Open(name)
	}
	ctx, cancel := context.WithCancel(ctx)
	body, err := o.fetch(ctx, address, header)
	if err != nil {
		cancel()
		return nil, err
	}
	return &stalling{body, time.AfterFunc(maxStall, cancel), cancel}, nil
}

// maxStall is how long a source may send nothing.
const maxStall = 2 * time.Minute

// stalling gives a source up that sends nothing for too long.
type stalling struct {
	io.ReadCloser
	timer  *time.Timer
	cancel context.CancelFunc
}

func (s *stalling) Read(b []byte) (int, error) {
	s.timer.Reset(maxStall)
	return s.ReadCloser.Read(b)
}

func (s *stalling) Close() error {
	s.timer.Stop()
	err := s.ReadCloser.Close()
	s.cancel()
	return err
}

// fetch asks an address for its content.
func (o *ImportOptions) fetch(ctx context.Context, address string, header http.Header) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", ndjson)
	}
	client := o.Client
	if client == nil {
		client = outbound.Gate{}.Client(nil, 30*time.Second, 0)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, failure(http.StatusBadGateway, "transient", "the source answered %d", resp.StatusCode)
	}
	return resp.Body, nil
}
