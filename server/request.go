// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

// Media types.
const (
	fhirJSON  = "application/fhir+json"
	jsonPatch = "application/json-patch+json"
	formType  = "application/x-www-form-urlencoded"
	ndjson    = "application/fhir+ndjson"
)

// request is one interaction, from HTTP or from an entry of a Bundle.
type request struct {
	method string
	path   string // below the base, without slashes at its ends
	base   string
	query  url.Values
	header http.Header
	body   []byte
	media  string // of the body
	grant  Grant

	interaction, typ string // for the log
	seen             *seen  // for the audit trail; nil if there is none
}

// response is its answer.
type response struct {
	status  int
	body    []byte // a resource, or nothing
	version *store.Version
	header  http.Header
	// location is set for a version that was made.
	created bool
}

// read takes the query and body of a request.
func (q *request) read(w http.ResponseWriter, r *http.Request, maxBody int64) error {
	var err error
	if len(r.URL.RawQuery) > 64<<10 {
		return failure(http.StatusRequestURITooLong, "too-long", "the address is longer than allowed; use POST _search")
	}
	if q.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return failure(http.StatusBadRequest, "invalid", "the address's parameters cannot be read")
	}
	if err := q.negotiate(); err != nil {
		return err
	}
	if r.Body == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		zr, err := gzip.NewReader(body)
		if err != nil {
			return failure(http.StatusBadRequest, "structure", "the body is not gzip")
		}
		body = http.MaxBytesReader(w, io.NopCloser(zr), maxBody)
	default:
		return failure(http.StatusUnsupportedMediaType, "not-supported", "the body may be packed with gzip only")
	}
	if q.body, err = io.ReadAll(body); err != nil {
		return err
	}
	var params map[string]string
	if q.media, params, err = mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil {
		q.media = ""
	} else if version := params["fhirversion"]; version != "" && !isR4("fhirversion="+version) {
		return failure(http.StatusUnsupportedMediaType, "not-supported", "this server takes FHIR 4.0 only")
	}
	if q.media != formType {
		return nil
	}
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return failure(http.StatusBadRequest, "invalid", "the form cannot be read")
	}
	for name, values := range form {
		q.query[name] = append(q.query[name], values...)
	}
	return nil
}

// negotiate refuses formats other than JSON.
func (q *request) negotiate() error {
	if f := q.query.Get("_format"); f != "" {
		if !isJSON(f) {
			return failure(http.StatusNotAcceptable, "not-supported", "this server answers in JSON of FHIR 4.0 only")
		}
		return nil
	}
	accept := q.header.Get("Accept")
	if accept == "" {
		return nil
	}
	for _, part := range strings.Split(accept, ",") {
		if isJSON(part) {
			return nil
		}
	}
	return failure(http.StatusNotAcceptable, "not-supported", "this server answers in JSON of FHIR 4.0 only")
}

func isJSON(format string) bool {
	media, params, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(strings.TrimSpace(format), " ", "+")), ";")
	if !isR4(params) {
		return false
	}
	return slices.Contains([]string{"json", "application/json", "text/json", fhirJSON, ndjson, "application/ndjson", "*/*", "application/*"}, strings.TrimSpace(media))
}

// isR4 tells whether the parameters of a media type, in lower case, ask for no other
// version of FHIR (R4, http.html#version-parameter).
func isR4(params string) bool {
	_, version, asked := strings.Cut(params, "fhirversion=")
	version, _, _ = strings.Cut(version, ";")
	version = strings.Trim(version, `"+ `)
	return !asked || version == "4.0" || strings.HasPrefix(version, "4.0.")
}

// resource parses the body as a resource of a type; any type if it is empty.
func (q *request) resource(typ string) (*node.Doc, error) {
	switch q.media {
	case "", "application/json", "text/json", fhirJSON:
	default:
		return nil, failure(http.StatusUnsupportedMediaType, "not-supported", "send resources as %s", fhirJSON)
	}
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil, failure(http.StatusBadRequest, "required", "the request has no body")
	}
	d, err := node.ParseResource(q.body)
	if err != nil {
		return nil, err
	}
	if got := d.Root().ResourceType(); typ != "" && got != typ {
		return nil, failure(http.StatusBadRequest, "invalid", "the body is no %s", typ)
	}
	return d, nil
}

// prefers reads one of the Prefer header's choices: return, handling, respond-async.
func (q *request) prefers(name string) string { return prefers(q.header, name) }

func prefers(h http.Header, name string) string {
	for _, header := range h.Values("Prefer") {
		for _, part := range strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ';' }) {
			if n, v, _ := strings.Cut(strings.TrimSpace(part), "="); strings.EqualFold(n, name) {
				if v == "" {
					return "true"
				}
				return v
			}
		}
	}
	return ""
}

// versionOf reads an entity tag: W/"3", also 3 and "3".
func versionOf(tag string) (int64, bool) {
	tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
	n, err := strconv.ParseInt(tag, 10, 64)
	return n, err == nil && n > 0
}

func entityTag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// write sends a response.
func (s *Server) write(w http.ResponseWriter, q *request, resp *response) {
	h := w.Header()
	for name, values := range resp.header {
		h[name] = values
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // health data stays out of caches
	body := resp.body
	if v := resp.version; v != nil {
		h.Set("ETag", entityTag(v.Number))
		h.Set("Last-Modified", v.Updated.UTC().Format(http.TimeFormat))
		if q.method != http.MethodGet && q.method != http.MethodHead && !v.Deleted {
			location := q.base + "/" + v.Type + "/" + v.ID + "/_history/" + strconv.FormatInt(v.Number, 10)
			if resp.created {
				h.Set("Location", location)
			}
			h.Set("Content-Location", location)
			switch q.prefers("return") {
			case "minimal":
				body = nil
			case "OperationOutcome":
				body = outcome("information", "informational", "done", "")
			default:
				if body == nil {
					body = v.JSON()
				}
			}
		}
	}
	if len(body) > 0 && h.Get("Content-Type") == "" {
		h.Set("Content-Type", fhirJSON+"; charset=utf-8")
	}
	if len(body) == 0 && resp.status == http.StatusOK && q.method == http.MethodDelete {
		resp.status = http.StatusNoContent
	}
	if resp.status != http.StatusNotModified && resp.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(resp.status)
	if q.method != http.MethodHead && resp.status != http.StatusNotModified {
		w.Write(body) // the client may be gone
	}
}

// instant reads a time of the HTTP or FHIR form.
func instant(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, http.TimeFormat, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, strings.ReplaceAll(text, " ", "+")); err == nil {
			return t, true
		}
	}
	t, err := http.ParseTime(text)
	return t, err == nil
}
