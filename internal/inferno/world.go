// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// doc is a resource of the data.
type doc struct {
	typ, id string
	root    node.Node
}

func (d *doc) ref() string { return d.typ + "/" + d.id }

// world is a server with the data in it.
type world struct {
	tb        testing.TB
	base      string
	docs      []*doc
	byRef     map[string]*doc
	index     *packages.Index
	validator *validate.Validator
	fetched   map[string]*answer
	errors    map[string][]string // of doc and profile
}

// open loads the packages, starts a server, fills it and reads the data.
func open(tb testing.TB, pkgs []string, opt server.Options, data [][]byte) *world {
	tb.Helper()
	w := &world{tb: tb, byRef: map[string]*doc{}, index: packages.NewIndex(), fetched: map[string]*answer{}, errors: map[string][]string{}}
	for _, name := range pkgs {
		p, err := packages.Open(evidence.Path(tb, "fhir/packages/"+name+".tgz"))
		if err != nil {
			tb.Fatal(err)
		}
		w.index.AddPackage(p)
	}
	w.validator = &validate.Validator{Definitions: w.index, MemberOf: terminology.NewStore(w.index).MemberOf}
	s, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, body := range data {
		d, err := node.ParseResource(body)
		if err != nil {
			tb.Fatalf("%.80s: %v", body, err)
		}
		v := &doc{d.Root().ResourceType(), d.Root().ID(), d.Root()}
		w.docs = append(w.docs, v)
		w.byRef[v.ref()] = v
	}
	slices.SortFunc(w.docs, func(a, b *doc) int { return cmp.Compare(a.ref(), b.ref()) })
	if err := s.Write(tb.Context(), func(tx *store.Tx) error {
		for _, d := range w.docs {
			p, err := store.Prepare(d.root.Doc(), d.id)
			if err != nil {
				return fmt.Errorf("%s: %w", d.ref(), err)
			}
			if _, _, err := tx.Put(p); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	opt.Authorize = granted
	srv, err := server.New(s, opt)
	if err != nil {
		tb.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/fhir/", http.StripPrefix("/fhir", srv))
	h := httptest.NewServer(mux)
	tb.Cleanup(func() { h.Close(); srv.Close(); s.Close() })
	w.base = h.URL + "/fhir"
	return w
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   []byte
	root   node.Node
}

func (w *world) request(method, path, form string, token string) *answer {
	w.tb.Helper()
	var body io.Reader
	if form != "" {
		body = strings.NewReader(form)
	}
	req, err := http.NewRequestWithContext(w.tb.Context(), method, w.base+"/"+path, body)
	if err != nil {
		w.tb.Fatal(err)
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if strings.HasPrefix(path, "$export") {
		req.Header.Set("Prefer", "respond-async")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.tb.Fatal(err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		w.tb.Fatal(err)
	}
	if d, err := node.Parse(bytes.Clone(a.body)); err == nil {
		a.root = d.Root()
	}
	return a
}

// get reads an address, once.
func (w *world) get(path string) *answer {
	w.tb.Helper()
	if a := w.fetched[path]; a != nil {
		return a
	}
	a := w.request("GET", path, "", "")
	w.fetched[path] = a
	return a
}

// found is what a search gave: references of the matches and of what was included.
type found struct{ match, include []string }

// search asks by GET, or by POST with the parameters in the body. Every page is read.
func (w *world) search(post bool, typ string, params url.Values, token string) (f found, err error) {
	w.tb.Helper()
	q := url.Values{"_count": {"1000"}}
	for name, v := range params {
		q[name] = v
	}
	var a *answer
	if post {
		a = w.request("POST", typ+"/_search", q.Encode(), token)
	} else {
		a = w.request("GET", typ+"?"+q.Encode(), "", token)
	}
	if a.status != 200 || a.root.ResourceType() != "Bundle" || !a.root.Get("type").Is("searchset") {
		return f, fmt.Errorf("%s?%s is answered by %d", typ, params.Encode(), a.status)
	}
	for l := range a.root.Get("link").Items() {
		if l.Get("relation").Is("next") {
			return f, fmt.Errorf("%s?%s does not fit in one page", typ, params.Encode())
		}
	}
	for e := range a.root.Get("entry").Items() {
		ref := e.Get("resource").ResourceType() + "/" + e.Get("resource").ID()
		switch mode := e.Get("search").Get("mode").Text(); mode {
		case "match":
			f.match = append(f.match, ref)
		case "include":
			f.include = append(f.include, ref)
		default:
			return f, fmt.Errorf("%s?%s warns", typ, params.Encode())
		}
	}
	return f, nil
}

// claiming are the resources that claim a profile, or one that builds on it.
func (w *world) claiming(profile string) (list []*doc) {
	for _, d := range w.docs {
		for p := range d.root.Get("meta").Get("profile").Items() {
			url, version, _ := strings.Cut(p.Text(), "|")
			if sd, _ := w.index.Find(url); version != "" && !sd.Get("version").Is(version) {
				continue // of another version of the guide
			}
			for n := 0; url != profile && url != "" && n < 10; n++ {
				sd, _ := w.index.Find(url)
				url, _, _ = strings.Cut(sd.Get("baseDefinition").Text(), "|")
			}
			if url == profile {
				list = append(list, d)
				break
			}
		}
	}
	return list
}

// profile finds the canonical URL of a profile that a list names by its page.
func (w *world) profile(link string) string {
	if _, ok := w.index.Find(link); ok || link == "" {
		return link
	}
	for _, sd := range w.index.OfType("StructureDefinition") {
		if url := sd.Get("url").Text(); strings.HasSuffix(url, link[strings.LastIndexByte(link, '/'):]) {
			return url
		}
	}
	return link
}

// short quotes a text for a message.
func short(s string) string {
	b, err := json.Marshal(s)
	if err != nil || len(b) > 60 {
		return s[:min(len(s), 56)] + "..."
	}
	return string(b)
}
