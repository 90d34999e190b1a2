// SPDX-License-Identifier: Apache-2.0

package reporting

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// Submissions answers $bulk-submit and $bulk-submit-status (HL7 Bulk Data, Bulk Submit
// Operation, which DEQM 5.0 uses): a submitter names manifests of NDJSON files, which
// are fetched one after another and kept, and asks how far it is. Only addresses that
// the settings allow are read. Whoever submits must be allowed to import everything.
type Submissions struct {
	from *server.ImportOptions
	dir  string
	now  func() time.Time

	ctx   context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup
	queue chan task

	mu   sync.Mutex
	list []*submission
}

// task is work on one manifest.
type task struct {
	store  *store.Store
	of     *submission
	number int
}

// maxQueued bounds the manifests that wait.
const maxQueued = 1_000

// NewSubmissions makes it; notes and lists lie in a folder. Close it in the end.
func NewSubmissions(from *server.ImportOptions, dir string) (*Submissions, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Submissions{from: from, dir: dir, now: time.Now, ctx: ctx, stop: stop, queue: make(chan task, maxQueued)}
	if err := s.load(); err != nil {
		stop()
		return nil, err
	}
	s.wg.Add(1)
	go s.work()
	return s, nil
}

// Close stops the work under way. Manifests that were not read to the end have failed,
// and can be replaced.
func (s *Submissions) Close() {
	s.stop()
	s.wg.Wait()
}

// load finds the submissions of an earlier run.
func (s *Submissions) load() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(s.dir, e.Name(), "submission.json"))
		sub := &submission{}
		if err != nil || json.Unmarshal(b, sub) != nil || sub.ID != e.Name() {
			continue
		}
		if !sub.Ended.IsZero() && s.now().After(sub.Ended.Add(keepSubmitted)) {
			if err := os.RemoveAll(filepath.Join(s.dir, sub.ID)); err != nil {
				return err
			}
			continue
		}
		for _, m := range sub.Manifests {
			if m.State == waiting || m.State == running {
				m.State, m.Reason = failed, "the server was stopped: submit the manifest again with replacesManifestUrl"
			}
		}
		s.list = append(s.list, sub)
	}
	return nil
}

// save keeps the note of a submission, whole or not at all.
func (s *Submissions) save(sub *submission) error {
	b, err := json.Marshal(sub)
	if err != nil {
		return err
	}
	temp := filepath.Join(s.dir, sub.ID, "submission.tmp")
	if err := os.WriteFile(temp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(s.dir, sub.ID, "submission.json"))
}

// Operations are the two of the guide, and those under which status and files are
// fetched.
func (s *Submissions) Operations() []server.Operation {
	const base = "http://hl7.org/fhir/us/davinci-deqm/OperationDefinition/"
	return []server.Operation{
		{Name: "bulk-submit", Definition: base + "bulk-submit", Levels: server.OnSystem, Changes: true, Run: s.submit,
			Parameters: []string{"submitter", "submissionId", "submissionStatus", "manifestUrl", "replacesManifestUrl", "outputFormat", "fhirBaseUrl", "fileRequestHeader", "metadata"}},
		{Name: "bulk-submit-status", Definition: base + "bulk-submit-status", Levels: server.OnSystem, Run: s.kickOff,
			Parameters: []string{"submitter", "submissionId", "_outputFormat"}},
		{Name: "bulk-submit-poll", Definition: base + "bulk-submit-status", Levels: server.OnSystem, Run: s.poll, Parameters: []string{"id"}},
		{Name: "bulk-submit-file", Definition: base + "bulk-submit-status", Levels: server.OnSystem, Run: s.file, Parameters: []string{"id", "manifest"}},
	}
}

// may refuses who may not write everything: a submission is not held against
// compartments.
func may(c *server.Call) error {
	if err := c.May(server.Import, ""); err != nil {
		return err
	}
	if a := c.Access; a != nil && (a.Patients != nil || !a.AllTypes || len(a.Types) > 0) {
		return server.Failure(http.StatusForbidden, "forbidden", "a bulk submission needs an authorization for all data")
	}
	return nil
}

func invalid(format string, args ...any) error {
	return server.Failure(http.StatusBadRequest, "invalid", format, args...)
}

// named reads who submits and under which id.
func named(c *server.Call) (submitter, name string, err error) {
	if v, typ := c.Value("submitter"); typ == "Identifier" && v.Get("value").Text() != "" {
		submitter = v.Get("system").Text() + "|" + v.Get("value").Text()
	} else {
		submitter = c.Text("submitter")
	}
	if submitter == "" {
		return "", "", invalid("submitter is needed: an Identifier with a value")
	}
	if name = c.Text("submissionId"); name == "" {
		return "", "", invalid("submissionId is needed")
	}
	return submitter, name, nil
}

// find is a client's submission.
func (s *Submissions) find(client string, is func(*submission) bool) *submission {
	for _, sub := range s.list {
		if sub.Client == client && is(sub) {
			return sub
		}
	}
	return nil
}

// submit answers $bulk-submit.
func (s *Submissions) submit(ctx context.Context, c *server.Call) (*server.Result, error) {
	if err := may(c); err != nil {
		return nil, err
	}
	submitter, name, err := named(c)
	if err != nil {
		return nil, err
	}
	m := &manifest{URL: c.Text("manifestUrl"), State: waiting, header: fileHeaders(c)}
	status, replaces := statusOf(c), c.Text("replacesManifestUrl")
	switch {
	case !slices.Contains([]string{"", inProgress, complete, aborted}, status):
		return nil, invalid("submissionStatus is in-progress, complete or aborted")
	case status == "" && m.URL == "" && replaces == "":
		return nil, invalid("give manifestUrl or submissionStatus")
	case m.URL != "" && c.Text("fhirBaseUrl") == "":
		return nil, invalid("fhirBaseUrl goes with manifestUrl")
	case !slices.Contains([]string{"", "application/fhir+ndjson", "application/ndjson", "ndjson"}, mediaOf(c.Text("outputFormat"))):
		return nil, server.Failure(http.StatusBadRequest, "not-supported", "outputFormat is application/fhir+ndjson")
	}
	if m.URL != "" {
		if err := s.from.Check(m.URL); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.find(c.Client, func(x *submission) bool { return x.Submitter == submitter && x.Name == name })
	if sub == nil {
		sub = &submission{ID: newID(), Client: c.Client, Submitter: submitter, Name: name, Status: inProgress, Started: s.now().UTC()}
		if err := os.Mkdir(filepath.Join(s.dir, sub.ID), 0o700); err != nil {
			return nil, err
		}
		s.list = append(s.list, sub)
	}
	if sub.Status != inProgress {
		return nil, server.Failure(http.StatusConflict, "conflict", "the submission is %s: nothing more can be submitted under its id", sub.Status)
	}
	if err := s.replace(ctx, c.Store, sub, replaces); err != nil {
		return nil, err
	}
	if m.URL != "" {
		if _, other := sub.manifest(m.URL); other != nil && other.State != replaced {
			return nil, server.Failure(http.StatusConflict, "duplicate", "the manifest is submitted already; replacesManifestUrl replaces it")
		}
		select {
		case s.queue <- task{c.Store, sub, len(sub.Manifests)}:
			sub.Manifests = append(sub.Manifests, m)
		default:
			return nil, server.Failure(http.StatusTooManyRequests, "throttled", "too many manifests are waiting")
		}
	}
	switch status {
	case complete:
		sub.Status = complete
	case aborted:
		sub.Status, sub.Ended = aborted, s.now().UTC()
		for i, m := range sub.Manifests {
			m.State = replaced
			if err := undo(ctx, c.Store, filepath.Join(s.dir, sub.ID, createdOf(i))); err != nil {
				return nil, err
			}
		}
	}
	if err := s.save(sub); err != nil {
		return nil, err
	}
	return &server.Result{Body: []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"The submission is ` + sub.Status + `."}]}`)}, nil
}

// replace takes the data of a manifest away again.
func (s *Submissions) replace(ctx context.Context, in *store.Store, sub *submission, address string) error {
	if address == "" {
		return nil
	}
	number, old := sub.manifest(address)
	switch {
	case old == nil:
		return invalid("replacesManifestUrl names no manifest of the submission")
	case old.State == running:
		return server.Failure(http.StatusConflict, "conflict", "the manifest is being read: replace it when that is done")
	}
	old.State = replaced
	return undo(ctx, in, filepath.Join(s.dir, sub.ID, createdOf(number)))
}

func statusOf(c *server.Call) string {
	if v, typ := c.Value("submissionStatus"); typ == "Coding" {
		return v.Get("code").Text()
	}
	return c.Text("submissionStatus")
}

func mediaOf(text string) string {
	media, _, _ := strings.Cut(text, ";")
	return strings.TrimSpace(media)
}

// fileHeaders are those that go with requests for files. Those that steer the
// connection are left out.
func fileHeaders(c *server.Call) http.Header {
	h := http.Header{}
	for _, p := range c.All("fileRequestHeader") {
		var name, value string
		for _, part := range p.Parts {
			switch part.Name {
			case "headerName":
				name = http.CanonicalHeaderKey(part.Text())
			case "headerValue":
				value = part.Text()
			}
		}
		if !slices.Contains([]string{"", "Host", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Accept-Encoding"}, name) {
			h.Add(name, value)
		}
	}
	return h
}

// work reads manifests, one at a time.
func (s *Submissions) work() {
	defer s.wg.Done()
	for {
		select {
		case <-s.ctx.Done():
			return
		case t := <-s.queue:
			s.one(t)
		}
	}
}

func (s *Submissions) one(t task) {
	m := t.of.Manifests[t.number]
	note := func(change func()) {
		s.mu.Lock()
		defer s.mu.Unlock()
		change()
	}
	wanted := false
	note(func() {
		if wanted = m.State == waiting; wanted {
			m.State = running
		}
	})
	if !wanted {
		return
	}
	r := &retrieval{from: s.from, store: t.store, dir: filepath.Join(s.dir, t.of.ID), number: t.number, m: m, note: note}
	err := r.run(s.ctx)
	note(func() {
		switch {
		case m.State == replaced: // aborted in the meantime
			undo(s.ctx, t.store, filepath.Join(r.dir, createdOf(t.number))) // what stays is in the list
		case err != nil:
			m.State, m.Reason = failed, reason(err)
		default:
			m.State = done
		}
		if t.of.Status == complete && !t.of.unfinished() {
			t.of.Ended = s.now().UTC()
		}
		s.save(t.of) // the state in memory is the one that is answered
	})
}

// reason is what of an error the submitter may know.
func reason(err error) string {
	switch {
	case errors.Is(err, store.ErrFull):
		return "the server has no room left"
	case errors.Is(err, context.Canceled), errors.Is(err, store.ErrClosed):
		return "the server was stopped: submit the manifest again with replacesManifestUrl"
	}
	return err.Error()
}

// newID is a random name.
func newID() string { return strings.ToLower(rand.Text()) }
