// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// status tells how far an export is, or gives its manifest.
func (x *exporter) status(j *exportJob, q *request) (*response, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch j.State {
	case "failed":
		return nil, failure(http.StatusInternalServerError, "exception", "the export failed: %s", j.Reason)
	case "done":
	default:
		return &response{status: http.StatusAccepted, header: http.Header{"Retry-After": {"1"}, "X-Progress": {j.progress()}}}, nil
	}
	type output struct {
		Type  string `json:"type"`
		URL   string `json:"url"`
		Count int64  `json:"count"`
	}
	manifest := struct {
		TransactionTime     string   `json:"transactionTime"`
		Request             string   `json:"request"`
		RequiresAccessToken bool     `json:"requiresAccessToken"`
		Output              []output `json:"output"`
		Deleted             []output `json:"deleted"`
		Error               []output `json:"error"`
	}{TransactionTime: j.Started.Format(time.RFC3339Nano), Request: j.Request, RequiresAccessToken: x.server.opt.Authorize != nil}
	list := func(files []exportFile) []output {
		outputs := []output{}
		for _, f := range files {
			outputs = append(outputs, output{f.Type, q.base + "/_bulk/" + j.ID + "/" + f.Name, f.Count})
		}
		return outputs
	}
	manifest.Output, manifest.Deleted, manifest.Error = list(j.Files), list(j.Deleted), list(j.Errors)
	body, err := json.Marshal(manifest)
	return &response{status: http.StatusOK, body: body, header: http.Header{
		"Expires": {j.Ended.Add(keepExports).Format(http.TimeFormat)}, "Content-Type": {"application/json"}}}, err
}

// entriesOfBundle is how many deletions go into a line of the file of deletions.
const entriesOfBundle = 500

// Files beside those of resources.
const (
	deletedName = "deleted.ndjson"
	ignoredName = "errors.ndjson"
)

// writeDeleted writes what was deleted since the time that was asked for, as Bundles
// of DELETE requests (Bulk Data 2.0.0, export.html#response---complete-status).
func (x *exporter) writeDeleted(ctx context.Context, j *exportJob) error {
	if j.Since.IsZero() {
		return nil
	}
	var urls []string
	lines := int64(0)
	err := x.extraFile(j, deletedName, func(w *bufio.Writer) error {
		flush := func() error {
			if len(urls) == 0 {
				return nil
			}
			entries := []object{}
			for _, u := range urls {
				entries = append(entries, object{"request": object{"method": "DELETE", "url": u}})
			}
			urls = urls[:0]
			lines++
			return json.NewEncoder(w).Encode(object{"resourceType": "Bundle", "type": "transaction", "entry": entries})
		}
		for _, typ := range j.Types {
			if len(j.Filters[typ]) > 0 {
				continue // whether it met the filter is no longer known
			}
			for g, err := range x.server.store.EachDeleted(ctx, typ, j.Since, 0) {
				if err != nil {
					return err
				}
				if !j.tells(g) {
					continue
				}
				if urls = append(urls, g.Type+"/"+g.ID); len(urls) == entriesOfBundle {
					if err := flush(); err != nil {
						return err
					}
				}
			}
		}
		return flush()
	})
	if err == nil && lines > 0 {
		x.mu.Lock()
		j.Deleted = []exportFile{{Type: "Bundle", Name: deletedName, Count: lines}}
		x.mu.Unlock()
	}
	return err
}

// tells tells whether a job may say that a resource is gone: it must have been
// within what the client may see and asked for.
func (j *exportJob) tells(g store.Gone) bool {
	within := func(ids []string) bool {
		return slices.ContainsFunc(g.Patients, func(id string) bool { return slices.Contains(ids, id) })
	}
	belongs := search.For(g.Type).InPatientCompartment()
	a := j.Access
	switch {
	case a != nil && (!a.Allows(g.Type) || len(a.Types[g.Type]) > 0):
		return false // filters cannot be asked of what is gone
	case a != nil && a.Patients != nil && belongs && !within(a.Patients):
		return false
	case j.Patients != nil && belongs:
		return within(j.Patients)
	case j.Level == "patient" && belongs:
		return len(g.Patients) > 0
	}
	return true
}

// writeIgnored writes which parameters were not heeded.
func (x *exporter) writeIgnored(j *exportJob) error {
	if len(j.Ignored) == 0 {
		return nil
	}
	err := x.extraFile(j, ignoredName, func(w *bufio.Writer) error {
		for _, name := range j.Ignored {
			if _, err := w.Write(append(outcome("warning", "not-supported", "the export did not heed "+name, ""), '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		x.mu.Lock()
		j.Errors = []exportFile{{Type: "OperationOutcome", Name: ignoredName, Count: int64(len(j.Ignored))}}
		x.mu.Unlock()
	}
	return err
}

// extraFile writes a file of a job anew.
func (x *exporter) extraFile(j *exportJob, name string, write func(*bufio.Writer) error) error {
	f, err := os.OpenFile(x.path(j, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// clipped bounds a client's word that is repeated to it.
func clipped(word string) string {
	if len(word) > 64 {
		return word[:64] + "..."
	}
	return word
}
