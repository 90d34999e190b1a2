// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// Limits of operations whose clients do not wait (R4, async.html).
const (
	maxWaited    = 200       // kept, under way or done
	waitedAtOnce = 2         // under way
	keepWaited   = time.Hour // after the end
)

// waitedJob is an operation that goes on while its client asks now and then. It
// and its answer are in memory only: after a restart there is no such job, and the
// client asks for the operation again.
type waitedJob struct {
	id, client, name string
	started, ended   time.Time
	cancel           context.CancelFunc
	resp             *response // of one that is done
	seen             seen      // what the answer shows
}

// waited are these jobs.
type waited struct {
	server *Server
	ctx    context.Context
	stop   context.CancelFunc
	turn   chan struct{}
	wg     sync.WaitGroup

	mu   sync.Mutex
	jobs map[string]*waitedJob
}

func newWaited(s *Server) *waited {
	ctx, stop := context.WithCancel(context.Background())
	return &waited{server: s, ctx: ctx, stop: stop, turn: make(chan struct{}, waitedAtOnce), jobs: map[string]*waitedJob{}}
}

func (w *waited) close() {
	w.stop()
	w.wg.Wait()
}

// start begins an operation and answers with the address of its status.
func (w *waited) start(q *request, o *Operation, c *Call) (*response, error) {
	ctx, cancel := context.WithCancel(w.ctx)
	j := &waitedJob{id: newID(), client: q.grant.Client, name: o.Name, started: w.server.opt.Now(), cancel: cancel}
	w.mu.Lock()
	for id, old := range w.jobs {
		if !old.ended.IsZero() && w.server.opt.Now().After(old.ended.Add(keepWaited)) {
			delete(w.jobs, id)
		}
	}
	full := len(w.jobs) >= maxWaited
	if !full {
		w.jobs[j.id] = j
	}
	w.mu.Unlock()
	if full {
		cancel()
		f := failure(http.StatusTooManyRequests, "throttled", "too many operations are under way or not fetched")
		f.header = http.Header{"Retry-After": {"60"}}
		return nil, f
	}
	grant := q.grant
	c.grant, c.seen = &grant, &j.seen
	w.wg.Add(1)
	go w.run(ctx, j, o, c)
	return &response{status: http.StatusAccepted, header: http.Header{"Content-Location": {q.base + "/_bulk/" + j.id}}}, nil
}

func (w *waited) run(ctx context.Context, j *waitedJob, o *Operation, c *Call) {
	defer w.wg.Done()
	defer j.cancel()
	var resp *response
	defer func() {
		if p := recover(); p != nil {
			w.server.opt.Log.Error("panic", "operation", o.Name, "stack", string(debug.Stack()))
			resp = errorResponse(fmt.Errorf("panic in $%s", o.Name))
		}
		w.mu.Lock()
		j.resp, j.ended = resp, w.server.opt.Now()
		w.mu.Unlock()
	}()
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		resp = errorResponse(ctx.Err())
		return
	}
	result, err := o.Run(ctx, c)
	if err != nil {
		if failureOf(err).status == http.StatusInternalServerError {
			w.server.opt.Log.Error("operation failed", "operation", o.Name, "error", err.Error())
		}
		resp = errorResponse(err)
		return
	}
	resp = result.response()
}

func (w *waited) job(id string) *waitedJob {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jobs[id]
}

// status tells that an operation is under way, or gives its answer.
func (w *waited) status(j *waitedJob, q *request) (*response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j.resp == nil {
		since := w.server.opt.Now().Sub(j.started).Truncate(time.Second)
		return &response{status: http.StatusAccepted, header: http.Header{"Retry-After": {"1"}, "X-Progress": {"$" + j.name + " for " + since.String()}}}, nil
	}
	q.touch(j.seen.versions...)
	copied := *j.resp
	copied.header = copied.header.Clone()
	if copied.header == nil {
		copied.header = http.Header{}
	}
	copied.header.Set("Expires", j.ended.Add(keepWaited).UTC().Format(http.TimeFormat))
	return &copied, nil
}

func (w *waited) remove(j *waitedJob) {
	j.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.jobs, j.id)
}

// jobRequest answers for work whose client does not wait: status, cancel and files
// of exports, imports and operations.
func (s *Server) jobRequest(w http.ResponseWriter, q *request, parts []string) (*response, error) {
	if len(parts) < 2 || len(parts) > 3 {
		return nil, store.ErrNotFound
	}
	get := q.method == http.MethodGet || q.method == http.MethodHead
	status, cancel, file := get && len(parts) == 2, q.method == http.MethodDelete && len(parts) == 2, get && len(parts) == 3
	done := &response{status: http.StatusAccepted}
	if s.bulk != nil {
		if j := s.bulk.job(parts[1]); j != nil && j.Client == q.grant.Client {
			q.interaction = "export-status"
			if err := q.grant.may(Export, ""); err != nil {
				return nil, err
			}
			switch {
			case status:
				return s.bulk.status(j, q)
			case cancel:
				s.bulk.remove(j)
				return done, nil
			case file:
				return nil, s.bulk.download(w, q, j, parts[2])
			}
			return nil, notAllowed(q.method)
		}
	}
	if s.imports != nil {
		if j := s.imports.job(parts[1]); j != nil && j.Client == q.grant.Client {
			q.interaction = "import-status"
			if err := q.grant.may(Import, ""); err != nil {
				return nil, err
			}
			switch {
			case status:
				return s.imports.status(j, q)
			case cancel:
				s.imports.remove(j)
				return done, nil
			case file:
				return nil, s.imports.download(w, q, j, parts[2])
			}
			return nil, notAllowed(q.method)
		}
	}
	if j := s.waited.job(parts[1]); j != nil && j.client == q.grant.Client {
		q.interaction = "$" + j.name
		switch {
		case status:
			return s.waited.status(j, q)
		case cancel:
			s.waited.remove(j)
			return done, nil
		}
		return nil, notAllowed(q.method)
	}
	return nil, failure(http.StatusNotFound, "not-found", "there is no such job, or no longer")
}
