// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Remote reads patients from a FHIR server. The token goes to the server's own origin
// and nowhere else, and addresses that lead elsewhere are not followed.
type Remote struct {
	Base   string // https://fhir.example.org/fhir
	Token  string // bearer token; empty for none
	Types  []string
	Client *http.Client // default: one that follows no redirects
	// Wait is how long a bulk export may take; 0 means an hour.
	Wait time.Duration
	// Pause waits between polls; the default sleeps. Tests set it.
	Pause func(context.Context, time.Duration) error
}

// Limits of what a server may answer with.
const (
	maxPage      = 256 << 20
	maxPages     = 100_000 // of one list
	defaultPause = 2 * time.Second
	maxPause     = time.Minute
	tries        = 4 // of a request that is throttled or fails for the moment
)

// ReadPatients yields the server's patients one by one: it pages through Patient, and
// gets each record by $everything when it is the patient's turn. No more is in memory
// than the patients under way.
func (r *Remote) ReadPatients(ctx context.Context, yield func(Patient) bool) error {
	more := true
	err := r.pages(ctx, strings.TrimSuffix(r.Base, "/")+"/Patient?_count=200&_elements=id", func(page node.Node) error {
		for e := range page.Get("entry").Items() {
			id := e.Get("resource").ID()
			if e.Get("resource").ResourceType() != "Patient" || id == "" {
				continue
			}
			if more = yield(Patient{Where: "Patient/" + id, Fetch: func() ([][]byte, error) { return r.record(ctx, id) }}); !more {
				return errStop
			}
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

var errStop = errors.New("enough")

// record is all of a patient's resources, of the types that are asked for.
func (r *Remote) record(ctx context.Context, id string) ([][]byte, error) {
	address := strings.TrimSuffix(r.Base, "/") + "/Patient/" + url.PathEscape(id) + "/$everything?_count=500"
	var data [][]byte
	size := 0
	seen := map[string]bool{}
	err := r.pages(ctx, address, func(page node.Node) error {
		for e := range page.Get("entry").Items() {
			n := e.Get("resource")
			key := n.ResourceType() + "/" + n.ID()
			if n.ResourceType() == "" || n.ResourceType() == "OperationOutcome" || seen[key] {
				continue
			}
			seen[key] = true
			src := append([]byte(nil), n.JSON()...)
			if size += len(src); size > maxPage {
				return fmt.Errorf("Patient/%s has more than %d bytes", id, maxPage)
			}
			data = append(data, src)
		}
		return nil
	})
	return data, err
}

// pages follows the next links of a list.
func (r *Remote) pages(ctx context.Context, address string, take func(node.Node) error) error {
	for range maxPages {
		body, _, err := r.get(ctx, address, "application/fhir+json")
		if err != nil {
			return err
		}
		doc, err := bundleLimits.ParseResource(body)
		if err != nil {
			return fmt.Errorf("the server's answer: %w", err)
		}
		if doc.Root().ResourceType() != "Bundle" {
			return fmt.Errorf("the server answered with a %s, not a Bundle", doc.Root().ResourceType())
		}
		if err := take(doc.Root()); err != nil {
			return err
		}
		next := ""
		for l := range doc.Root().Get("link").Items() {
			if l.Get("relation").Is("next") {
				next = l.Get("url").Text()
			}
		}
		doc.Release()
		if next == "" {
			return nil
		}
		if address, err = r.within(address, next); err != nil {
			return err
		}
	}
	return fmt.Errorf("the server's list has more than %d pages", maxPages)
}

// within resolves a link and refuses one that leads to another origin.
func (r *Remote) within(from, link string) (string, error) {
	base, err := url.Parse(r.Base)
	if err != nil {
		return "", err
	}
	at, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	u, err := at.Parse(link)
	if err != nil {
		return "", fmt.Errorf("the server's link cannot be read: %w", err)
	}
	if u.Scheme != base.Scheme || u.Host != base.Host {
		return "", fmt.Errorf("the server leads to %s://%s, which is not its own address %s://%s: it is not followed", u.Scheme, u.Host, base.Scheme, base.Host)
	}
	return u.String(), nil
}

// get asks, and asks again where the server is busy.
func (r *Remote) get(ctx context.Context, address, accept string, headers ...string) ([]byte, http.Header, error) {
	resp, err := r.ask(ctx, address, accept, headers...)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(body) > maxPage:
		return nil, nil, fmt.Errorf("the server's answer has more than %d bytes", maxPage)
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return nil, nil, fmt.Errorf("the server refuses (%d): is the token right, and may it read this?", resp.StatusCode)
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted:
		return nil, nil, fmt.Errorf("the server answered %d to GET %s", resp.StatusCode, resp.Request.URL.Path)
	}
	header := resp.Header
	if resp.StatusCode == http.StatusAccepted {
		header = header.Clone()
		header.Set(accepted, "true")
	}
	return body, header, nil
}

// accepted marks the header of an answer that is not there yet.
const accepted = "X-Woodlawn-Accepted"

func (r *Remote) ask(ctx context.Context, address, accept string, headers ...string) (*http.Response, error) {
	client := r.Client
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	for try := 1; ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", accept)
		if r.Token != "" {
			req.Header.Set("Authorization", "Bearer "+r.Token)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		busy := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
		if !busy || try == tries {
			return resp, nil
		}
		resp.Body.Close()
		if err := r.pause(ctx, resp.Header); err != nil {
			return nil, err
		}
	}
}

// pause waits as long as the server asks for, within limits.
func (r *Remote) pause(ctx context.Context, header http.Header) error {
	wait := defaultPause
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds >= 0 {
		wait = min(time.Duration(seconds)*time.Second, maxPause)
	}
	if r.Pause != nil {
		return r.Pause(ctx, wait)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Export has the server make a bulk export of all patients and downloads it into a
// folder, an NDJSON file for each of the export's, for ReadPatients.
func (r *Remote) Export(ctx context.Context, dir string) error {
	address := strings.TrimSuffix(r.Base, "/") + "/Patient/$export"
	if len(r.Types) > 0 {
		address += "?_type=" + url.QueryEscape(strings.Join(r.Types, ","))
	}
	_, header, err := r.get(ctx, address, "application/fhir+json", "Prefer", "respond-async")
	if err != nil {
		return err
	}
	status, err := r.within(address, header.Get("Content-Location"))
	if err != nil || header.Get("Content-Location") == "" {
		return errors.Join(errors.New("the server did not say where to ask for the export (Content-Location)"), err)
	}
	wait := r.Wait
	if wait == 0 {
		wait = time.Hour
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var body []byte
	for {
		if body, header, err = r.get(ctx, status, "application/json"); err != nil {
			return err
		}
		if header.Get(accepted) == "" {
			break
		}
		if err := r.pause(ctx, header); err != nil {
			return fmt.Errorf("the export is not done: %w", err)
		}
	}
	var manifest struct {
		Output []struct{ Type, URL string }
	}
	if err := json.Unmarshal(body, &manifest); err != nil {
		return errors.New("the export's manifest is no JSON object with output")
	}
	for i, f := range manifest.Output {
		file, err := r.within(status, f.URL)
		if err != nil {
			return err
		}
		if err := r.download(ctx, file, filepath.Join(dir, fmt.Sprintf("%05d.ndjson", i))); err != nil {
			return err
		}
	}
	return nil
}

func (r *Remote) download(ctx context.Context, address, name string) (err error) {
	resp, err := r.ask(ctx, address, "application/fhir+ndjson")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %d for a file of the export", resp.StatusCode)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	return errors.Join(err, f.Close())
}
