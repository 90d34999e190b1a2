// SPDX-License-Identifier: Apache-2.0

// Package ingest writes NDJSON streams of FHIR resources into a store, as fast as
// the disk allows: woodlawn import and $import are made of it. Lines are parsed,
// indexed and packed on every core, and written in their order, so that of two
// lines with one id the later one stays.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/ndjson"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

// Rejected is a line that is no resource, with the reason.
type Rejected struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// Run is one import into a store. The fields but the counts are set before it starts.
type Run struct {
	Store *store.Store
	// Batch is how many resources go into one transaction.
	Batch int
	// Reject is called for each line that is set aside, in the order of the lines. An
	// error ends the import.
	Reject func(Rejected) error
	// Allow, if not nil, tells why a resource may not be imported.
	Allow func(*store.Prepared) error
	// Mark, if not nil, is called at the end of each transaction, to note in it how far
	// the import is.
	Mark func(tx *store.Tx, at Mark) error
	// Kept, if not nil, is called in each transaction for each of its resources, whether
	// it is new. An error undoes the transaction and ends the import.
	Kept func(resourceType, id string, isNew bool) error
	// Written, if not nil, is called after each transaction with the number of its resources.
	Written func(n int)

	// Unchanged are resources that the store has just so; they get no new version.
	Created, Updated, Unchanged int64

	waiting []*store.Prepared
	file    string
	line    int // the last one that is waiting or written
}

// Mark is how far an import is.
type Mark struct {
	File             string
	Line             int   // all lines of the file up to this one are written or set aside
	Created, Updated int64 // so far, with this transaction's
	Unchanged        int64
}

// lines is a batch on its way through a worker.
type lines struct {
	*ndjson.Batch
	ready []*store.Prepared
	bad   []Rejected
	done  chan struct{}
}

// Lines imports a stream, from after a line. What it leaves waiting is written by the next call or by Flush.
func (r *Run) Lines(ctx context.Context, in io.Reader, file string, after int) error {
	workers := runtime.GOMAXPROCS(0)
	todo, queue := make(chan *lines), make(chan *lines, 16*workers)
	stop := make(chan struct{})
	defer close(stop)
	readErr := make(chan error, 1)
	for range workers {
		go func() {
			for b := range todo {
				b.prepare(file, after, r.Allow)
			}
		}()
	}
	go func() {
		defer close(queue)
		defer close(todo)
		readErr <- ndjson.Read(in, func(batch *ndjson.Batch) bool {
			b := &lines{Batch: batch, done: make(chan struct{})}
			if b.First+b.Len() <= after+1 {
				return true // written before
			}
			select {
			case queue <- b:
			case <-stop:
				return false
			}
			select {
			case todo <- b:
				return true
			case <-stop:
				return false
			}
		})
	}()
	r.file, r.line = file, after
	for b := range queue {
		<-b.done
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, bad := range b.bad {
			if err := r.Reject(bad); err != nil {
				return err
			}
		}
		r.line = b.First + b.Len() - 1
		if r.waiting = append(r.waiting, b.ready...); len(r.waiting) >= r.Batch {
			if err := r.Flush(ctx); err != nil {
				return err
			}
		}
	}
	return <-readErr
}

// prepare parses, indexes and packs the lines.
func (b *lines) prepare(file string, after int, allow func(*store.Prepared) error) {
	defer close(b.done)
	for n, line := range b.Batch.Lines() {
		if n <= after || strings.TrimSpace(line) == "" {
			continue
		}
		p, err := Prepare(line)
		if err == nil && allow != nil {
			err = allow(p)
		}
		if err != nil {
			b.bad = append(b.bad, Rejected{file, n, err.Error(), line})
			continue
		}
		b.ready = append(b.ready, p)
	}
}

// Prepare makes a line's resource ready to be written under its own id.
func Prepare(line string) (*store.Prepared, error) {
	if len(line) >= ndjson.MaxLine {
		return nil, fmt.Errorf("the line is longer than %d bytes", ndjson.MaxLine)
	}
	d, err := node.ParseResource([]byte(line))
	if err != nil {
		return nil, err
	}
	defer d.Release()
	id := d.Root().ID()
	if id == "" {
		return nil, errors.New("the resource has no id")
	}
	if d.Root().Get("id").Kind() != node.String {
		return nil, errors.New("the resource's id is no text")
	}
	return store.Prepare(d, id)
}

// Flush writes the resources that wait.
func (r *Run) Flush(ctx context.Context) error {
	var created, updated, unchanged int64
	if len(r.waiting) == 0 && r.Mark == nil {
		return nil
	}
	err := r.Store.Write(ctx, func(tx *store.Tx) error {
		created, updated, unchanged = 0, 0, 0
		if err := tx.Expect(r.waiting); err != nil {
			return err
		}
		for _, p := range r.waiting {
			v, isNew, err := tx.PutChanged(p)
			if err != nil {
				return err
			}
			if r.Kept != nil {
				if err := r.Kept(p.Type, p.ID, isNew); err != nil {
					return err
				}
			}
			switch {
			case v == nil:
				unchanged++
			case isNew:
				created++
			default:
				updated++
			}
		}
		if r.Mark != nil {
			return r.Mark(tx, Mark{r.file, r.line, r.Created + created, r.Updated + updated, r.Unchanged + unchanged})
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Created, r.Updated, r.Unchanged = r.Created+created, r.Updated+updated, r.Unchanged+unchanged
	if r.Written != nil {
		r.Written(len(r.waiting))
	}
	r.waiting = r.waiting[:0]
	return nil
}
