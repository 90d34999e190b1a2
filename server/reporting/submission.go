// SPDX-License-Identifier: Apache-2.0

package reporting

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// Limits of submissions.
const (
	submitBatch   = 2_000    // resources in a transaction
	maxManifest   = 16 << 20 // bytes of a manifest
	maxLinks      = 1_000    // manifests that a manifest leads to
	maxOutcomes   = 100_000  // resources set aside of one manifest that are listed
	keepSubmitted = 7 * 24 * time.Hour
)

// States of a submission and of its manifests.
const (
	inProgress = "in-progress"
	complete   = "complete"
	aborted    = "aborted"

	waiting  = "waiting"
	running  = "running"
	done     = "done"
	failed   = "failed"
	replaced = "replaced"
)

// submission is what one submitter sends under one id. It is kept as JSON beside the
// lists of what was set aside and of what is new.
type submission struct {
	ID, Client      string
	Submitter, Name string // the submitter's identifier, and its id of the submission
	Status          string
	Started, Ended  time.Time
	Manifests       []*manifest
}

// manifest is one list of files of a submission.
type manifest struct {
	URL                        string
	State, Reason              string
	Files                      int
	Created, Updated, Rejected int64
	Unchanged                  int64 // kept just so before
	// header goes with requests for files. It may hold secrets and is not kept.
	header http.Header
}

func (s *submission) unfinished() bool {
	for _, m := range s.Manifests {
		if m.State == waiting || m.State == running {
			return true
		}
	}
	return false
}

func (s *submission) manifest(url string) (int, *manifest) {
	for i, m := range s.Manifests {
		if m.URL == url {
			return i, m
		}
	}
	return -1, nil
}

func rejectsOf(n int) string { return fmt.Sprintf("rejects-%d.ndjson", n) }
func createdOf(n int) string { return fmt.Sprintf("created-%d.txt", n) }

// retrieval reads the files of one manifest into the store.
type retrieval struct {
	from    *server.ImportOptions
	store   *store.Store
	dir     string
	number  int
	m       *manifest
	note    func(func()) // changes the manifest under the lock
	rejects *bufio.Writer
	fresh   *bufio.Writer
	listed  int
}

// run fetches the manifest and everything in it. A file that cannot be read is noted,
// and the others are read all the same.
func (r *retrieval) run(ctx context.Context) error {
	for name, w := range map[string]**bufio.Writer{rejectsOf(r.number): &r.rejects, createdOf(r.number): &r.fresh} {
		f, err := os.OpenFile(filepath.Join(r.dir, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		*w = bufio.NewWriter(f)
	}
	err := r.manifests(ctx)
	return errors.Join(err, r.rejects.Flush(), r.fresh.Flush())
}

// manifests follows the links from manifest to manifest.
func (r *retrieval) manifests(ctx context.Context) error {
	next := r.m.URL
	seen := map[string]bool{}
	for next != "" {
		if seen[next] || len(seen) == maxLinks {
			return errors.New("the manifests lead to each other without end")
		}
		seen[next] = true
		body, err := r.fetch(ctx, next)
		if err != nil {
			return fmt.Errorf("the manifest cannot be read: %w", err)
		}
		var list struct {
			Output []struct{ Type, URL string }
			Link   []struct{ Relation, URL string }
		}
		if err := json.Unmarshal(body, &list); err != nil {
			return errors.New("the manifest is no JSON object with output")
		}
		base := next
		next = ""
		for _, f := range list.Output {
			if err := r.file(ctx, against(base, f.URL), f.Type); err != nil {
				return err
			}
			r.note(func() { r.m.Files++ })
		}
		for _, l := range list.Link {
			if l.Relation == "next" {
				next = against(base, l.URL)
			}
		}
	}
	return nil
}

// against resolves a relative address.
func against(base, ref string) string {
	b, err1 := url.Parse(base)
	u, err2 := url.Parse(ref)
	if err1 != nil || err2 != nil {
		return ref
	}
	return b.ResolveReference(u).String()
}

func (r *retrieval) fetch(ctx context.Context, address string) ([]byte, error) {
	header := r.m.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Accept", "application/json")
	body, err := r.from.Open(ctx, address, header)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = fmt.Errorf("it has more than %d bytes", maxManifest)
	}
	return text, err
}

// file writes the resources of one file. What is broken is set aside.
func (r *retrieval) file(ctx context.Context, address, typ string) error {
	body, err := r.from.Open(ctx, address, r.m.header)
	if err != nil {
		return r.setAside(fmt.Sprintf("a file cannot be read: %s", err))
	}
	defer body.Close()
	text := io.Reader(bufio.NewReaderSize(body, 1<<20))
	if strings.HasSuffix(address, ".gz") {
		if text, err = gzip.NewReader(text); err != nil {
			return r.setAside("a file is not gzip")
		}
	}
	name := address[strings.LastIndexByte(address, '/')+1:]
	run := &ingest.Run{Store: r.store, Batch: submitBatch}
	run.Allow = func(p *store.Prepared) error {
		if typ != "" && p.Type != typ {
			return fmt.Errorf("the resource is no %s", typ)
		}
		return nil
	}
	run.Reject = func(bad ingest.Rejected) error {
		return r.setAside(fmt.Sprintf("%s line %d: %s", bad.File, bad.Line, bad.Reason))
	}
	created, updated, unchanged := r.m.Created, r.m.Updated, r.m.Unchanged
	run.Kept = func(typ, id string, isNew bool) error {
		if !isNew {
			return nil
		}
		_, err := fmt.Fprintf(r.fresh, "%s/%s\n", typ, id)
		return err
	}
	run.Written = func(int) {
		r.note(func() {
			r.m.Created, r.m.Updated, r.m.Unchanged = created+run.Created, updated+run.Updated, unchanged+run.Unchanged
		})
	}
	err = run.Lines(ctx, text, name, 0)
	if err == nil {
		err = run.Flush(ctx)
	}
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrClosed):
		return err
	}
	return r.setAside(fmt.Sprintf("%s cannot be read to its end: %s", name, err))
}

// setAside lists why something was not kept.
func (r *retrieval) setAside(reason string) error {
	r.note(func() { r.m.Rejected++ })
	if r.listed++; r.listed > maxOutcomes {
		return nil
	}
	type issue struct {
		Severity    string `json:"severity"`
		Code        string `json:"code"`
		Diagnostics string `json:"diagnostics"`
	}
	line, err := json.Marshal(struct {
		ResourceType string  `json:"resourceType"`
		Issue        []issue `json:"issue"`
	}{"OperationOutcome", []issue{{"error", "processing", reason}}})
	if err == nil {
		_, err = r.rejects.Write(append(line, '\n'))
	}
	return err
}

// undo deletes what a manifest brought that was not there before. What it changed stays
// as it is.
func undo(ctx context.Context, s *store.Store, list string) error {
	f, err := os.Open(list)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var some [][2]string
	flush := func() error {
		err := s.Write(ctx, func(tx *store.Tx) error {
			for _, ref := range some {
				if _, err := tx.Delete(ref[0], ref[1]); err != nil && !errors.Is(err, store.ErrGone) && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			return nil
		})
		some = some[:0]
		return err
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if typ, id, ok := strings.Cut(lines.Text(), "/"); ok {
			some = append(some, [2]string{typ, id})
		}
		if len(some) == submitBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return flush()
}
