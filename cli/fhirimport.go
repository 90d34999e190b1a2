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
	"strings"
	"sync/atomic"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

type importCmd struct {
	fhirFlags
	Files   []string `arg:"" help:"FHIR resources as NDJSON, one a line; .gz is unpacked, - is standard input."`
	Missing string   `enum:"keep,list,delete" default:"keep" placeholder:"keep" help:"What becomes of resources in the database that the files do not hold, of the types of which they hold some: keep, list (name them) or delete. Nothing is deleted if a line is set aside."`
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
	began, rejects := time.Now(), &rejectedLines{path: c.Rejects}
	in := &importer{progress: newProgress(a.Err, "import", "resources", c.size())}
	in.Run = &ingest.Run{Store: s, Batch: importBatch, Reject: rejects.add, Written: func(n int) { in.progress.Add(int64(n)) }}
	have := present{}
	if c.Missing != "keep" {
		in.Kept = have.kept
	}
	for _, name := range c.Files {
		if err = in.file(ctx, a, name); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			break
		}
	}
	if err == nil {
		err = in.Flush(ctx)
	}
	in.progress.Done()
	if closed := rejects.close(); err == nil && closed != nil {
		err = &ExitError{ExitInternal, closed}
	}
	var missing []string
	deleted := false
	if err == nil && c.Missing != "keep" {
		if missing, err = have.missing(ctx, s); err == nil && c.Missing == "delete" && rejects.count == 0 {
			err, deleted = remove(ctx, s, missing), true
		}
	}
	seconds := time.Since(began).Seconds()
	if a.Format == "json" {
		answer := map[string]any{"created": in.Created, "updated": in.Updated, "unchanged": in.Unchanged, "rejected": rejects.count, "seconds": seconds}
		if c.Missing != "keep" {
			answer["missing"], answer["deleted"] = append([]string{}, missing...), deleted
		}
		if jsonErr := writeJSON(a.Out, answer); err == nil {
			err = jsonErr
		}
	} else {
		fmt.Fprintf(a.Out, "%s created, %s updated, %s unchanged, %s rejected in %.1f s (%s/s)\n", thousands(in.Created), thousands(in.Updated), thousands(in.Unchanged),
			thousands(rejects.count), seconds, thousands(int64(float64(in.Created+in.Updated+in.Unchanged)/max(seconds, 0.001))))
	}
	if err == nil && a.Format != "json" {
		c.tellMissing(a, missing, deleted)
	}
	if err != nil {
		if errors.Is(err, store.ErrFull) {
			err = fmt.Errorf("%w; what was imported so far is kept: make room and import again", store.ErrFull)
			return &ExitError{ExitInternal, err}
		}
		return err
	}
	if rejects.count > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %s lines are set aside in %s\n", thousands(rejects.count), c.Rejects)
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

// importer is a run with its progress.
type importer struct {
	*ingest.Run
	progress *progress
	bytes    atomic.Int64 // read of all files
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

func (in *importer) file(ctx context.Context, a *App, name string) error {
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
	return in.Lines(ctx, r, label, 0)
}

// rejectedLines is made when the first line is set aside.
type rejectedLines struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	count int64
}

func (r *rejectedLines) add(line ingest.Rejected) error {
	if r.f == nil {
		f, err := os.OpenFile(r.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return &ExitError{ExitInternal, fmt.Errorf("the file of rejects: %w", err)}
		}
		r.f, r.w = f, bufio.NewWriter(f)
	}
	r.count++
	if err := json.NewEncoder(r.w).Encode(line); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

func (r *rejectedLines) close() error {
	if r.f == nil {
		return nil
	}
	return errors.Join(r.w.Flush(), r.f.Close())
}
