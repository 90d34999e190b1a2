// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// status tells how far an import is, or what came of it.
func (m *importer) status(j *importJob, q *request) (*response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch j.State {
	case "failed":
		return nil, failure(http.StatusInternalServerError, "exception", "the import failed after %d resources: %s", j.Created+j.Updated+j.Unchanged, j.Reason)
	case "done":
	default:
		progress := fmt.Sprintf("input %d of %d, line %d", min(j.Input+1, len(j.Inputs)), len(j.Inputs), j.Line)
		return &response{status: http.StatusAccepted, header: http.Header{"Retry-After": {"1"}, "X-Progress": {progress}}}, nil
	}
	type output struct {
		Type     string `json:"type,omitempty"`
		Count    int64  `json:"count"`
		InputURL string `json:"inputUrl,omitempty"`
		URL      string `json:"url,omitempty"`
	}
	manifest := struct {
		TransactionTime     string   `json:"transactionTime"`
		Request             string   `json:"request"`
		RequiresAccessToken bool     `json:"requiresAccessToken"`
		Created             int64    `json:"created"`
		Updated             int64    `json:"updated"`
		Unchanged           int64    `json:"unchanged"`
		Output              []output `json:"output"`
		Error               []output `json:"error"`
	}{j.Started.Format(time.RFC3339Nano), j.Request, m.server.opt.Authorize != nil, j.Created, j.Updated, j.Unchanged, []output{}, []output{}}
	for i, in := range j.Inputs {
		manifest.Output = append(manifest.Output, output{Type: in.Type, InputURL: in.URL, Count: j.Counts[i]})
		if j.Rejects[i] > 0 {
			manifest.Error = append(manifest.Error, output{Type: "OperationOutcome", InputURL: in.URL, Count: j.Rejects[i], URL: q.base + "/_bulk/" + j.ID + "/" + rejectName})
		}
	}
	body, err := json.Marshal(manifest)
	return &response{status: http.StatusOK, body: body, header: http.Header{
		"Expires": {j.Ended.Add(keepExports).Format(http.TimeFormat)}, "Content-Type": {"application/json"}}}, err
}

// download sends the file of rejects of an import that is done.
func (m *importer) download(w http.ResponseWriter, q *request, j *importJob, name string) error {
	m.mu.Lock()
	known := !j.Ended.IsZero() && name == rejectName
	m.mu.Unlock()
	if !known {
		return failure(http.StatusNotFound, "not-found", "the import has no such file, or not yet")
	}
	return serveFile(w, q, m.path(j, name))
}

// rejectFile collects what was set aside: an OperationOutcome a line. The
// resource itself is not repeated in it.
type rejectFile struct {
	f *os.File
	w *bufio.Writer
	n int64
}

// openRejects takes the file up where it was.
func openRejects(path string, size int64) (*rejectFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(size); err == nil {
		_, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &rejectFile{f, bufio.NewWriter(f), size}, nil
}

func (r *rejectFile) add(bad ingest.Rejected) error {
	line := append(outcome("error", "invalid", fmt.Sprintf("%s line %d: %s", bad.File, bad.Line, bad.Reason), ""), '\n')
	n, err := r.w.Write(line)
	r.n += int64(n)
	return fullDisk(err)
}

// size is that of the file with all that was added.
func (r *rejectFile) size() (int64, error) { return r.n, r.w.Flush() }

// fullDisk gives the system's errors for want of room their name.
func fullDisk(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
