// SPDX-License-Identifier: Apache-2.0

package reporting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
)

// kickOff answers $bulk-submit-status with the address of the status.
func (s *Submissions) kickOff(_ context.Context, c *server.Call) (*server.Result, error) {
	if err := may(c); err != nil {
		return nil, err
	}
	submitter, name, err := named(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.find(c.Client, func(x *submission) bool { return x.Submitter == submitter && x.Name == name })
	if sub == nil {
		return nil, server.Failure(http.StatusNotFound, "not-found", "there is no such submission")
	}
	return &server.Result{Status: http.StatusAccepted, Header: http.Header{"Content-Location": {c.Base + "/$bulk-submit-poll?id=" + sub.ID}}}, nil
}

// poll answers how far a submission is: 202, and 200 with a manifest at the end.
func (s *Submissions) poll(_ context.Context, c *server.Call) (*server.Result, error) {
	if err := may(c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.find(c.Client, func(x *submission) bool { return x.ID == c.Text("id") })
	switch {
	case sub == nil:
		return nil, server.Failure(http.StatusNotFound, "not-found", "there is no such submission")
	case sub.Status == aborted:
		return nil, server.Failure(http.StatusUnprocessableEntity, "business-rule", "the submission was aborted")
	case sub.Status == inProgress || sub.unfinished():
		var kept int64
		files := 0
		for _, m := range sub.Manifests {
			kept, files = kept+m.Created+m.Updated+m.Unchanged, files+m.Files
		}
		progress := fmt.Sprintf("%s, %d files, %d resources", sub.Status, files, kept)
		return &server.Result{Status: http.StatusAccepted, Header: http.Header{"Retry-After": {"1"}, "X-Progress": {progress}}}, nil
	}
	body, err := json.Marshal(s.report(sub, c.Base))
	return &server.Result{Body: body, Header: http.Header{"Content-Type": {"application/json"},
		"Expires": {sub.Ended.Add(keepSubmitted).Format(http.TimeFormat)}}}, err
}

type (
	statusManifest struct {
		TransactionTime     string       `json:"transactionTime"`
		SubmissionID        string       `json:"submissionId"`
		Request             string       `json:"request"`
		RequiresAccessToken bool         `json:"requiresAccessToken"`
		Output              []statusFile `json:"output"`
		Error               []statusFile `json:"error"`
	}
	statusFile struct {
		Type          string          `json:"type"`
		URL           string          `json:"url"`
		ManifestURL   string          `json:"manifestUrl"`
		CountSeverity []severityCount `json:"countSeverity,omitempty"`
	}
	severityCount struct {
		Code  string `json:"code"`
		Count int64  `json:"count"`
	}
)

func (s *Submissions) report(sub *submission, base string) statusManifest {
	m := statusManifest{TransactionTime: sub.Ended.Format(time.RFC3339), SubmissionID: sub.Name, Request: base + "/$bulk-submit-status",
		RequiresAccessToken: true, Output: []statusFile{}, Error: []statusFile{}}
	for i, x := range sub.Manifests {
		if x.State == replaced {
			continue
		}
		counts := []severityCount{{"information", x.Created + x.Updated + x.Unchanged}}
		if bad := x.Rejected; bad > 0 || x.State == failed {
			if x.State == failed {
				bad++
			}
			counts = append(counts, severityCount{"error", bad})
		}
		address := base + "/$bulk-submit-file?" + url.Values{"id": {sub.ID}, "manifest": {strconv.Itoa(i)}}.Encode()
		m.Error = append(m.Error, statusFile{"OperationOutcome", address, x.URL, counts})
	}
	return m
}

// file gives the outcomes of one manifest, an OperationOutcome a line.
func (s *Submissions) file(_ context.Context, c *server.Call) (*server.Result, error) {
	if err := may(c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.find(c.Client, func(x *submission) bool { return x.ID == c.Text("id") })
	n, err := strconv.Atoi(c.Text("manifest"))
	if sub == nil || err != nil || n < 0 || n >= len(sub.Manifests) || sub.Manifests[n].State == waiting || sub.Manifests[n].State == running {
		return nil, server.Failure(http.StatusNotFound, "not-found", "the submission has no such file, or not yet")
	}
	m := sub.Manifests[n]
	body, err := os.ReadFile(filepath.Join(s.dir, sub.ID, rejectsOf(n)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	last := map[string]any{"resourceType": "OperationOutcome", "issue": []map[string]string{{"severity": "information", "code": "informational",
		"diagnostics": fmt.Sprintf("%d files: %d resources created, %d updated, %d unchanged, %d set aside", m.Files, m.Created, m.Updated, m.Unchanged, m.Rejected)}}}
	if m.State == failed {
		last["issue"] = []map[string]string{{"severity": "error", "code": "processing", "diagnostics": m.Reason}}
	}
	line, err := json.Marshal(last)
	return &server.Result{Body: append(append(body, line...), '\n'), Header: http.Header{"Content-Type": {"application/fhir+ndjson"}}}, err
}
