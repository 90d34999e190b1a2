// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

type importCmd struct {
	fhirFlags
	Files   []string `arg:"" help:"FHIR resources as NDJSON, one a line; .gz is unpacked, - is standard input."`
	Rejects string   `default:"import-rejects.ndjson" type:"path" help:"Where lines that are no resources are set aside, with reasons."`
}

// importBatch is how many resources go into one transaction.
const importBatch = 20_000

func (c importCmd) Run(a *App) error {
	ctx := context.Background()
	s, err := c.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer s.Close()
	in := &importer{store: s, ctx: ctx, began: time.Now(), rejects: &rejectedLines{path: c.Rejects}}
	in.progress = newProgress(a.Err, "import", "resources", c.size())
	for _, name := range c.Files {
		if err = in.file(a, name); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			break
		}
	}
	if err == nil {
		err = in.commit()
	}
	in.progress.Done()
	if closed := in.rejects.close(); err == nil && closed != nil {
		err = &ExitError{ExitInternal, closed}
	}
	seconds := time.Since(in.began).Seconds()
	if a.Format == "json" {
		if jsonErr := writeJSON(a.Out, map[string]any{"created": in.created, "updated": in.updated, "rejected": in.rejects.count, "seconds": seconds}); err == nil {
			err = jsonErr
		}
	} else {
		fmt.Fprintf(a.Out, "%s created, %s updated, %s rejected in %.1f s (%s/s)\n", thousands(in.created), thousands(in.updated),
			thousands(in.rejects.count), seconds, thousands(int64(float64(in.created+in.updated)/max(seconds, 0.001))))
	}
	if err != nil {
		if errors.Is(err, store.ErrFull) {
			err = fmt.Errorf("%w; what was imported so far is kept: make room and import again", store.ErrFull)
			return &ExitError{ExitInternal, err}
		}
		return err
	}
	if in.rejects.count > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %s lines are set aside in %s\n", thousands(in.rejects.count), c.Rejects)
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// size is the bytes of all files, 0 if it is not known.
func (c importCmd) size() (total int64) {
	for _, name := range c.Files {
		info, err := os.Stat(name)
		if err != nil {
			return 0
		}
		total += info.Size()
	}
	return total
}

// importer reads, prepares and writes. Lines are prepared on every core and
// written in their order, so that of two lines with one id the later one stays.
type importer struct {
	store            *store.Store
	ctx              context.Context
	progress         *progress
	rejects          *rejectedLines
	began            time.Time
	waiting          []*store.Prepared
	created, updated int64
	bytes            atomic.Int64 // read of all files
}

// importLines is a run of lines on its way through a worker.
type importLines struct {
	first int
	text  string
	ends  []int
	ready []*store.Prepared
	bad   []rejectedLine
	done  chan struct{}
}

type rejectedLine struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// countingReader counts what is read of the file as it lies on disk.
type countingReader struct {
	io.Reader
	in *importer
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.in.progress.Bytes(r.in.bytes.Add(int64(n)))
	return n, err
}

func (in *importer) file(a *App, name string) error {
	r, label := io.Reader(a.In), "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		r, label = f, name
	}
	r = bufio.NewReaderSize(countingReader{r, in}, 1<<20)
	if strings.HasSuffix(name, ".gz") {
		zr, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		r = zr
	}
	return in.lines(r, label)
}

// lines imports one file.
func (in *importer) lines(r io.Reader, label string) error {
	workers := runtime.GOMAXPROCS(0)
	todo, queue := make(chan *importLines), make(chan *importLines, 16*workers)
	stop := make(chan struct{})
	defer close(stop)
	readErr := make(chan error, 1)
	for range workers {
		go func() {
			for b := range todo {
				b.prepare(label)
			}
		}()
	}
	go func() {
		defer close(queue)
		defer close(todo)
		readErr <- readBatches(r, func(b *batch) bool {
			lines := &importLines{first: b.first, text: b.text, ends: b.ends, done: make(chan struct{})}
			select {
			case queue <- lines:
			case <-stop:
				return false
			}
			select {
			case todo <- lines:
				return true
			case <-stop:
				return false
			}
		})
	}()
	for b := range queue {
		<-b.done
		for _, bad := range b.bad {
			if err := in.rejects.add(bad); err != nil {
				return &ExitError{ExitInternal, err}
			}
		}
		if in.waiting = append(in.waiting, b.ready...); len(in.waiting) >= importBatch {
			if err := in.commit(); err != nil {
				return err
			}
		}
	}
	return <-readErr
}

// prepare parses, indexes and packs the lines.
func (b *importLines) prepare(label string) {
	defer close(b.done)
	start := 0
	for i, end := range b.ends {
		line := b.text[start:end]
		if start = end; strings.TrimSpace(line) == "" {
			continue
		}
		p, err := prepareLine(line)
		if err != nil {
			b.bad = append(b.bad, rejectedLine{label, b.first + i, err.Error(), line})
			continue
		}
		b.ready = append(b.ready, p)
	}
}

func prepareLine(line string) (*store.Prepared, error) {
	d, err := node.ParseResource([]byte(line))
	if err != nil {
		return nil, err
	}
	defer d.Release()
	id := d.Root().ID()
	if id == "" {
		return nil, errors.New("the resource has no id")
	}
	return store.Prepare(d, id)
}

// commit writes the resources that wait.
func (in *importer) commit() error {
	if len(in.waiting) == 0 {
		return nil
	}
	var created, updated int64
	err := in.store.Write(in.ctx, func(tx *store.Tx) error {
		for _, p := range in.waiting {
			_, isNew, err := tx.Put(p)
			if err != nil {
				return err
			}
			if isNew {
				created++
			} else {
				updated++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	in.created, in.updated = in.created+created, in.updated+updated
	in.progress.Add(int64(len(in.waiting)))
	in.waiting = in.waiting[:0]
	return nil
}

// rejectedLines is made when the first line is set aside.
type rejectedLines struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	count int64
}

func (r *rejectedLines) add(line rejectedLine) error {
	if r.f == nil {
		f, err := os.OpenFile(r.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("the file of rejects: %w", err)
		}
		r.f, r.w = f, bufio.NewWriter(f)
	}
	r.count++
	return json.NewEncoder(r.w).Encode(line)
}

func (r *rejectedLines) close() error {
	if r.f == nil {
		return nil
	}
	return errors.Join(r.w.Flush(), r.f.Close())
}
