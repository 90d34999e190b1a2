// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// keepExports is how long the files of an export are kept.
const keepExports = 24 * time.Hour

// Limits of exports.
const (
	maxFileLines   = 250_000 // resources in a file
	patientsAtOnce = 50      // of a group, in one statement
	saveEvery      = 5_000   // resources between two notes of how far it is
	maxWaiting     = 100     // exports that wait
)

// exportJob is an export. It is kept as JSON beside its files, so that it goes on
// where it was after the server is started again.
type exportJob struct {
	ID       string
	Client   string
	Level    string // patient, group, or nothing for the system
	Request  string
	Types    []string
	Patients []string // of a group, or those that the client names
	Ignored  []string // names of parameters that were not heeded
	Since    time.Time
	Elements []string
	Filters  map[string][][]search.Criterion // by type: any of the lists must hold
	Access   *store.Access
	Started  time.Time
	Ended    time.Time

	State  string // waiting, running, done, failed
	Reason string
	Files  []exportFile
	// Deleted and Errors are further files of the manifest.
	Deleted, Errors []exportFile
	// How far it is: the type, the run of patients, the last resource written, and
	// the size of the last file with it.
	Type, Run int
	After     int64
	Size      int64

	cancel context.CancelFunc
}

type exportFile struct {
	Type, Name string
	Count      int64
}

func (j *exportJob) progress() string {
	total := int64(0)
	for _, f := range j.Files {
		total += f.Count
	}
	return fmt.Sprintf("%d resources, type %d of %d", total, min(j.Type+1, len(j.Types)), len(j.Types))
}

// exporter runs exports, one at a time, and keeps their files.
type exporter struct {
	server *Server
	dir    string

	mu    sync.Mutex // guards jobs and what status reads of them
	jobs  map[string]*exportJob
	queue chan *exportJob
	stop  context.CancelFunc
	done  chan struct{}
}

func newExporter(s *Server, dir string) (*exporter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of bulk data: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	x := &exporter{server: s, dir: dir, jobs: map[string]*exportJob{}, queue: make(chan *exportJob, maxWaiting), stop: stop, done: make(chan struct{})}
	if err := x.load(); err != nil {
		stop()
		return nil, err
	}
	go x.run(ctx)
	return x, nil
}

// load finds the exports of an earlier run, and takes up those that were not done.
func (x *exporter) load() error {
	entries, err := os.ReadDir(x.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(x.dir, e.Name(), "job.json"))
		if err != nil {
			continue // no export, or one that was being removed
		}
		j := &exportJob{}
		if err := json.Unmarshal(b, j); err != nil || j.ID != e.Name() {
			continue
		}
		if !j.Ended.IsZero() && x.server.opt.Now().After(j.Ended.Add(keepExports)) {
			if err := os.RemoveAll(filepath.Join(x.dir, j.ID)); err != nil {
				return err
			}
			continue
		}
		x.jobs[j.ID] = j
		if j.State == "waiting" || j.State == "running" {
			select {
			case x.queue <- j:
			default:
				j.State, j.Reason = "failed", "too many exports waited"
			}
		}
	}
	return nil
}

func (x *exporter) close() {
	x.stop()
	<-x.done
}

func (x *exporter) path(j *exportJob, name string) string { return filepath.Join(x.dir, j.ID, name) }

func (x *exporter) job(id string) *exportJob {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.jobs[id]
}

// start notes an export and queues it.
func (x *exporter) start(j *exportJob) error {
	j.State = "waiting"
	if err := os.Mkdir(filepath.Join(x.dir, j.ID), 0o700); err != nil {
		return err
	}
	if err := x.save(j); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case x.queue <- j:
		x.jobs[j.ID] = j
		return nil
	default:
		f := failure(429, "throttled", "too many exports are waiting")
		f.header = map[string][]string{"Retry-After": {"60"}}
		return errors.Join(f, os.RemoveAll(filepath.Join(x.dir, j.ID)))
	}
}

// save writes a job's note, whole or not at all.
func (x *exporter) save(j *exportJob) error {
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	temp := x.path(j, "job.tmp")
	if err := os.WriteFile(temp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, x.path(j, "job.json"))
}

// remove cancels an export and deletes its files.
func (x *exporter) remove(j *exportJob) {
	x.mu.Lock()
	delete(x.jobs, j.ID)
	if j.cancel != nil {
		j.cancel()
	}
	x.mu.Unlock()
	os.RemoveAll(filepath.Join(x.dir, j.ID)) // what stays after a failure is removed at the next start
}

func (x *exporter) run(ctx context.Context) {
	defer close(x.done)
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-x.queue:
			x.runOne(ctx, j)
		}
	}
}

func (x *exporter) runOne(ctx context.Context, j *exportJob) {
	one, cancel := context.WithCancel(ctx)
	defer cancel()
	x.mu.Lock()
	wanted := x.jobs[j.ID] == j
	j.cancel, j.State = cancel, "running"
	x.mu.Unlock()
	if !wanted {
		return
	}
	err := x.export(one, j)
	if ctx.Err() != nil || one.Err() != nil {
		return // stopped: it goes on at the next start; or cancelled
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if j.State, j.Ended = "done", x.server.opt.Now().UTC(); err != nil {
		j.State, j.Reason = "failed", failureOf(err).text
		x.server.opt.Log.Error("export failed", "export", j.ID, "error", err.Error())
	}
	if err := x.save(j); err != nil {
		x.server.opt.Log.Error("export failed", "export", j.ID, "error", err.Error())
	}
}

// runs are the statements that a type is exported in: one for each run of patients.
func (j *exportJob) runs(typ string) (runs [][]search.Criterion) {
	belongs := search.For(typ).InPatientCompartment()
	switch {
	case j.Patients != nil && belongs:
		for from := 0; from < len(j.Patients); from += patientsAtOnce {
			some := j.Patients[from:min(from+patientsAtOnce, len(j.Patients))]
			runs = append(runs, []search.Criterion{search.InPatient(typ, some...)})
		}
		return runs
	case j.Level == "patient" && belongs:
		all := search.Match{Table: search.References, Param: search.CompartmentKey(typ), Exists: true}
		return [][]search.Criterion{{{Any: []search.Match{all}}}}
	}
	return [][]search.Criterion{nil}
}

// access is what the job may see of a type: what its client may, and of that what
// a _typeFilter asks for.
func (j *exportJob) access(typ string) *store.Access {
	filters := j.Filters[typ]
	if len(filters) == 0 {
		return j.Access
	}
	a := store.Access{AllTypes: true}
	if j.Access != nil {
		a = *j.Access
	}
	allowed := a.Types[typ]
	if len(allowed) == 0 {
		allowed = []store.Filter{nil}
	}
	var both []store.Filter
	for _, f := range filters {
		for _, g := range allowed {
			both = append(both, append(append(store.Filter{}, g...), f...))
		}
	}
	types := map[string][]store.Filter{typ: both}
	for name, f := range a.Types {
		if name != typ {
			types[name] = f
		}
	}
	a.Types = types
	return &a
}

// export writes what is left of a job.
func (x *exporter) export(ctx context.Context, j *exportJob) error {
	w := &exportWriter{x: x, job: j}
	defer w.close()
	if err := w.reopen(); err != nil {
		return err
	}
	for j.Type < len(j.Types) {
		typ := j.Types[j.Type]
		runs, access := j.runs(typ), j.access(typ)
		for j.Run < len(runs) {
			for v, err := range x.server.store.Each(ctx, typ, runs[j.Run], j.Since, j.After, access) {
				if err != nil {
					return err
				}
				if err := w.write(v); err != nil {
					return err
				}
			}
			w.advance(j.Type, j.Run+1)
		}
		w.advance(j.Type+1, 0)
		if err := w.finish(); err != nil {
			return err
		}
	}
	if err := x.writeDeleted(ctx, j); err != nil {
		return err
	}
	return x.writeIgnored(j)
}

// exportWriter writes the files of a job.
type exportWriter struct {
	x      *exporter
	job    *exportJob
	f      *os.File
	out    *bufio.Writer
	buf    []byte
	unsaid int
}

// reopen takes up the last file where it was when the job was last noted.
func (w *exportWriter) reopen() error {
	j := w.job
	if len(j.Files) == 0 || j.Type >= len(j.Types) || j.Files[len(j.Files)-1].Type != j.Types[j.Type] {
		return nil
	}
	f, err := os.OpenFile(w.x.path(j, j.Files[len(j.Files)-1].Name), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Truncate(j.Size); err != nil {
		f.Close()
		return err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		f.Close()
		return err
	}
	w.f, w.out = f, bufio.NewWriterSize(f, 1<<20)
	return nil
}

func (w *exportWriter) write(v store.Scanned) error {
	j := w.job
	if w.f != nil && j.Files[len(j.Files)-1].Count >= maxFileLines {
		if err := w.finish(); err != nil {
			return err
		}
	}
	if w.f == nil {
		name := fmt.Sprintf("%s.%03d.ndjson", v.Type, len(j.Files))
		f, err := os.OpenFile(w.x.path(j, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		w.f, w.out = f, bufio.NewWriterSize(f, 1<<20)
		w.x.mu.Lock()
		j.Files = append(j.Files, exportFile{Type: v.Type, Name: name})
		j.Size = 0
		w.x.mu.Unlock()
	}
	w.buf = append(form{elements: j.Elements}.appendTo(w.buf[:0], v.Version), '\n')
	if _, err := w.out.Write(w.buf); err != nil {
		return err
	}
	w.x.mu.Lock()
	j.Files[len(j.Files)-1].Count++
	j.After, j.Size = v.RID, j.Size+int64(len(w.buf))
	w.x.mu.Unlock()
	if w.unsaid++; w.unsaid >= saveEvery {
		return w.note()
	}
	return nil
}

// advance goes to the next run of patients or type.
func (w *exportWriter) advance(typ, run int) {
	w.x.mu.Lock()
	w.job.Type, w.job.Run, w.job.After = typ, run, 0
	w.x.mu.Unlock()
}

// note writes down how far the job is.
func (w *exportWriter) note() error {
	w.unsaid = 0
	if err := w.out.Flush(); err != nil {
		return err
	}
	return w.x.save(w.job)
}

// finish ends the present file.
func (w *exportWriter) finish() error {
	if w.f == nil {
		return nil
	}
	err := errors.Join(w.note(), w.f.Sync(), w.f.Close())
	w.f, w.out = nil, nil
	return err
}

// close gives the file up. What cannot be noted now is written again later.
func (w *exportWriter) close() {
	if w.f == nil {
		return
	}
	if err := w.note(); err != nil {
		w.x.server.opt.Log.Warn("export not noted", "export", w.job.ID, "error", err.Error())
	}
	w.f.Close()
}
