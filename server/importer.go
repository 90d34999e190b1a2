// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// importBatch is how many resources go into one transaction: other writers wait for
// it some tens of milliseconds.
const importBatch = 2_000

// Files of an import in its folder.
const (
	uploadName = "upload.ndjson"
	rejectName = "rejects.ndjson"
)

// importJob is an import. It is kept as JSON; how far it is stands in a memo that
// is written with the resources, so that after a restart no line is written twice
// or left out.
type importJob struct {
	ID, Client, Request string
	Started, Ended      time.Time
	Inputs              []importInput
	Packed              bool   // the upload is gzip
	State               string // waiting, running, done, failed
	Reason              string
	importPosition

	cancel context.CancelFunc
}

// importPosition is how far an import is.
type importPosition struct {
	Input            int // the source being read
	Line             int // of it, the last line that is written
	Created, Updated int64
	Unchanged        int64
	Counts           []int64 // resources that were written, by source
	Rejects          []int64 // lines that were set aside, by source
	RejectSize       int64   // of the file of rejects at that line
}

func (j *importJob) memo() string { return "import/" + j.ID }

// importer runs imports, one at a time.
type importer struct {
	server *Server
	dir    string

	mu    sync.Mutex // guards jobs and what status reads of them
	jobs  map[string]*importJob
	queue chan *importJob
	stop  context.CancelFunc
	done  chan struct{}
}

func newImporter(s *Server, dir string) (*importer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of imports: %w", err)
	}
	if s.opt.Import.MaxUpload <= 0 {
		s.opt.Import.MaxUpload = 16 << 30
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &importer{server: s, dir: dir, jobs: map[string]*importJob{}, queue: make(chan *importJob, maxWaiting), stop: stop, done: make(chan struct{})}
	if err := m.load(ctx); err != nil {
		stop()
		return nil, err
	}
	go m.run(ctx)
	return m, nil
}

// load finds the imports of an earlier run, and takes up those that were not done.
func (m *importer) load(ctx context.Context) error {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(m.dir, e.Name(), "job.json"))
		j := &importJob{}
		if err != nil || json.Unmarshal(b, j) != nil || j.ID != e.Name() || !j.Ended.IsZero() && m.server.opt.Now().After(j.Ended.Add(keepExports)) {
			if err := os.RemoveAll(filepath.Join(m.dir, e.Name())); err != nil { // an upload that did not end, or an old import
				return err
			}
			continue
		}
		m.jobs[j.ID] = j
		if j.State != "waiting" && j.State != "running" {
			continue
		}
		memo, err := m.server.store.Memo(ctx, j.memo())
		if err == nil && memo != nil {
			err = json.Unmarshal(memo, &j.importPosition)
		}
		if err != nil {
			return fmt.Errorf("how far the import %s is: %w", j.ID, err)
		}
		select {
		case m.queue <- j:
		default:
			j.State, j.Reason = "failed", "too many imports waited"
		}
	}
	return nil
}

func (m *importer) close() {
	m.stop()
	<-m.done
}

func (m *importer) takes(typ string) bool {
	return m.server.types[typ] && m.server.opt.Sources[typ] == nil
}

func (m *importer) path(j *importJob, name string) string { return filepath.Join(m.dir, j.ID, name) }

func (m *importer) job(id string) *importJob {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.jobs[id]
}

// keepUpload writes a body into the import's folder.
func (m *importer) keepUpload(j *importJob, body io.Reader) error {
	dir := filepath.Join(m.dir, j.ID)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(m.path(j, uploadName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = io.Copy(f, body)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return errors.Join(fullDisk(err), os.RemoveAll(dir))
	}
	return nil
}

// start notes an import and queues it.
func (m *importer) start(j *importJob) error {
	j.State, j.Counts, j.Rejects = "waiting", make([]int64, len(j.Inputs)), make([]int64, len(j.Inputs))
	err := os.MkdirAll(filepath.Join(m.dir, j.ID), 0o700)
	if err == nil {
		err = m.save(j)
	}
	if err == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		select {
		case m.queue <- j:
			m.jobs[j.ID] = j
			return nil
		default:
			f := failure(http.StatusTooManyRequests, "throttled", "too many imports are waiting")
			f.header = http.Header{"Retry-After": {"60"}}
			err = f
		}
	}
	return errors.Join(fullDisk(err), os.RemoveAll(filepath.Join(m.dir, j.ID)))
}

// save writes a job's note, whole or not at all.
func (m *importer) save(j *importJob) error {
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	temp := m.path(j, "job.tmp")
	if err := os.WriteFile(temp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, m.path(j, "job.json"))
}

// remove cancels an import; what it wrote so far stays.
func (m *importer) remove(j *importJob) {
	m.mu.Lock()
	delete(m.jobs, j.ID)
	if j.cancel != nil {
		j.cancel()
	}
	m.mu.Unlock()
	os.RemoveAll(filepath.Join(m.dir, j.ID)) // what stays after a failure is removed at the next start
}

func (m *importer) run(ctx context.Context) {
	defer close(m.done)
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-m.queue:
			m.runOne(ctx, j)
		}
	}
}

func (m *importer) runOne(ctx context.Context, j *importJob) {
	one, cancel := context.WithCancel(ctx)
	defer cancel()
	m.mu.Lock()
	wanted := m.jobs[j.ID] == j
	j.cancel, j.State = cancel, "running"
	m.mu.Unlock()
	if !wanted {
		return
	}
	err := m.importAll(one, j)
	if ctx.Err() != nil {
		return // stopped: it goes on at the next start
	}
	if one.Err() != nil { // cancelled
		m.forget(ctx, j)
		return
	}
	m.mu.Lock()
	ended := *j
	m.mu.Unlock()
	if ended.State, ended.Ended = "done", m.server.opt.Now().UTC(); err != nil {
		ended.State, ended.Reason = "failed", failureOf(err).text
		m.server.opt.Log.Error("import failed", "import", j.ID, "error", err.Error())
	}
	if err := m.save(&ended); err != nil { // it goes on at the next start, which finds nothing left to do
		m.server.opt.Log.Error("import not noted", "import", j.ID, "error", err.Error())
	} else {
		m.forget(ctx, j)
		os.Remove(m.path(j, uploadName)) // or it goes with the folder, a day later
	}
	m.mu.Lock()
	j.State, j.Ended, j.Reason = ended.State, ended.Ended, ended.Reason
	m.mu.Unlock()
}

// forget removes the memo of an import that needs it no longer.
func (m *importer) forget(ctx context.Context, j *importJob) {
	err := m.server.store.Write(ctx, func(tx *store.Tx) error { return tx.SetMemo(j.memo(), nil) })
	if err != nil {
		m.server.opt.Log.Warn("a memo stays", "import", j.ID, "error", err.Error())
	}
}

// importAll imports what is left of a job.
func (m *importer) importAll(ctx context.Context, j *importJob) error {
	rejects, err := openRejects(m.path(j, rejectName), j.RejectSize)
	if err != nil {
		return fullDisk(err)
	}
	defer rejects.f.Close()
	for j.Input < len(j.Inputs) {
		if err := m.importOne(ctx, j, rejects); err != nil {
			return err
		}
		m.mu.Lock()
		j.Input, j.Line = j.Input+1, 0
		m.mu.Unlock()
	}
	return nil
}

// prepareRun makes the engine of an import for its present source. What it has written
// is noted with it, and shown by the status after that.
func (m *importer) prepareRun(j *importJob, rejects *rejectFile) *ingest.Run {
	in, begun := j.Inputs[j.Input], j.importPosition
	at := begun
	at.Counts, at.Rejects = slices.Clone(begun.Counts), slices.Clone(begun.Rejects)
	run := &ingest.Run{Store: m.server.store, Batch: importBatch}
	run.Allow = func(p *store.Prepared) error {
		switch {
		case in.Type != "" && p.Type != in.Type:
			return fmt.Errorf("the resource is no %s", in.Type)
		case !m.takes(p.Type):
			return fmt.Errorf("the server keeps no %s", p.Type)
		}
		return nil
	}
	run.Reject = func(r ingest.Rejected) error {
		at.Rejects[at.Input]++
		return rejects.add(r)
	}
	run.Mark = func(tx *store.Tx, mark ingest.Mark) error {
		at.Line = mark.Line
		at.Created, at.Updated, at.Unchanged = begun.Created+mark.Created, begun.Updated+mark.Updated, begun.Unchanged+mark.Unchanged
		at.Counts[at.Input] = begun.Counts[at.Input] + mark.Created + mark.Updated + mark.Unchanged
		var err error
		if at.RejectSize, err = rejects.size(); err != nil {
			return fullDisk(err)
		}
		b, err := json.Marshal(at)
		if err != nil {
			return err
		}
		return tx.SetMemo(j.memo(), b)
	}
	run.Written = func(int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		j.importPosition = at
		j.Counts, j.Rejects = slices.Clone(at.Counts), slices.Clone(at.Rejects)
	}
	return run
}

// importOne imports what is left of the present source.
func (m *importer) importOne(ctx context.Context, j *importJob, rejects *rejectFile) error {
	in := j.Inputs[j.Input]
	label, packed := in.URL, strings.HasSuffix(in.URL, ".gz")
	var r io.ReadCloser
	var err error
	if in.URL == "" {
		label, packed = "upload", j.Packed
		r, err = os.Open(m.path(j, uploadName))
	} else {
		r, err = m.server.opt.Import.Open(ctx, in.URL, nil)
	}
	if err != nil {
		if f := (*failed)(nil); errors.As(err, &f) {
			return err
		}
		return fmt.Errorf("%w: %w", failure(http.StatusUnprocessableEntity, "not-found", "the input %d cannot be read", j.Input+1), err)
	}
	defer r.Close()
	text := io.Reader(bufio.NewReaderSize(r, 1<<20))
	if packed {
		if text, err = gzip.NewReader(text); err != nil {
			return failure(http.StatusUnprocessableEntity, "structure", "the input %d is not gzip", j.Input+1)
		}
	}
	run := m.prepareRun(j, rejects)
	if err := run.Lines(ctx, text, label, j.Line); err != nil {
		return err
	}
	return run.Flush(ctx)
}
