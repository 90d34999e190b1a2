// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// parse reads the query of a search on a type.
func (s *Server) parse(ctx context.Context, q *request, typ string, values url.Values) (*search.Query, error) {
	if err := q.grant.may(Search, typ); err != nil {
		return nil, err
	}
	opt := s.searching(ctx, q)
	opt.Lenient = q.prefers("handling") == "lenient"
	return search.Parse(typ, values, opt)
}

// searching are the options by which the searches of a request are read.
func (s *Server) searching(ctx context.Context, q *request) search.Options {
	opt := search.Options{Base: q.base, Now: s.opt.Now()}
	if s.opt.Codes != nil {
		opt.Codes = s.opt.Codes(ctx, s.call(q))
	}
	return opt
}

func (s *Server) search(ctx context.Context, q *request) (*response, error) {
	q.interaction = "search"
	query, err := s.parse(ctx, q, q.typ, q.query)
	if err != nil {
		return nil, err
	}
	return s.answerSearch(ctx, q, query, q.typ)
}

// searchCompartment searches inside a compartment: Patient/1/Observation.
func (s *Server) searchCompartment(ctx context.Context, q *request, compartment, id, typ string) (*response, error) {
	q.interaction = "search"
	if typ == "*" {
		return nil, failure(http.StatusNotFound, "not-supported", "name the type to search for; a patient's whole record is Patient/%s/$everything", id)
	}
	q.typ = typ
	if src := s.opt.Sources[typ]; src != nil && compartment == "Patient" {
		q.query.Set("patient", id)
		return s.searchSource(ctx, q, src, typ)
	}
	query, err := s.parse(ctx, q, typ, q.query)
	if err != nil {
		return nil, err
	}
	inside, ok := search.InCompartment(typ, compartment, id)
	if !ok {
		return nil, failure(http.StatusNotFound, "not-supported", "%s is in no compartment of %s", typ, compartment)
	}
	query.Criteria = append(query.Criteria, inside)
	if compartment == "Patient" {
		q.about(id)
	}
	return s.answerSearch(ctx, q, query, compartment+"/"+id+"/"+typ)
}

func (s *Server) answerSearch(ctx context.Context, q *request, query *search.Query, path string) (*response, error) {
	page, err := s.store.Search(ctx, query, q.grant.Access)
	if err != nil {
		return nil, err
	}
	q.touch(page.Matches...)
	q.touch(page.Included...)
	b := newBundle("searchset", page.Total)
	self := url.Values{}
	for _, p := range query.Self {
		self.Add(p[0], p[1])
	}
	b.link("self", q.base, path, self)
	if page.Next != "" {
		self.Set("_cursor", page.Next)
		b.link("next", q.base, path, self)
	}
	f := form{query.Summary, query.Elements}
	if f.summary == "false" {
		f.summary = ""
	}
	for _, v := range page.Matches {
		b.resource(q.base, v, f, "match")
	}
	for _, v := range page.Included {
		b.resource(q.base, v, form{}, "include")
	}
	if page.Cut {
		b.outcome("warning", "incomplete", "there is more to include than fits; ask for fewer entries by _count")
	}
	if len(query.Unknown) > 0 {
		b.outcome("warning", "not-supported", "ignored parameters: "+strings.Join(query.Unknown, ", "))
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

// searchSystem searches several types at once, one after another.
func (s *Server) searchSystem(ctx context.Context, q *request) (*response, error) {
	q.interaction = "search"
	var types []string
	for _, list := range q.query["_type"] {
		types = append(types, strings.Split(list, ",")...)
	}
	if len(types) == 0 {
		return nil, failure(http.StatusBadRequest, "required", "a search of the whole system names types in _type")
	}
	values := url.Values{}
	for name, v := range q.query {
		if name != "_type" && name != "_cursor" {
			values[name] = v
		}
	}
	place, cursor, _ := strings.Cut(q.query.Get("_cursor"), ".")
	at, err := strconv.Atoi(place)
	if place != "" && (err != nil || at < 0 || at >= len(types)) {
		return nil, store.ErrCursor
	}
	b := newBundle("searchset", -1)
	self := url.Values{"_type": {strings.Join(types, ",")}}
	room := 0
	for i, typ := range types {
		if !s.types[typ] || s.opt.Sources[typ] != nil {
			return nil, failure(http.StatusBadRequest, "not-supported", "the server has no such resource type in _type, or only by itself")
		}
		query, err := s.parse(ctx, q, typ, values)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			room = query.Count
			for _, p := range query.Self {
				self.Add(p[0], p[1])
			}
			b.link("self", q.base, "", self)
		}
		if i < at || query.Summary == "count" {
			continue
		}
		if room == 0 {
			self.Set("_cursor", strconv.Itoa(i)+".")
			b.link("next", q.base, "", self)
			break
		}
		query.Count, query.Cursor, query.Total = room, cursor, search.NoTotal
		cursor = ""
		page, err := s.store.Search(ctx, query, q.grant.Access)
		if err != nil {
			return nil, err
		}
		q.touch(page.Matches...)
		q.touch(page.Included...)
		for _, v := range page.Matches {
			b.resource(q.base, v, form{query.Summary, query.Elements}, "match")
		}
		for _, v := range page.Included {
			b.resource(q.base, v, form{}, "include")
		}
		room -= len(page.Matches)
		if page.Next != "" {
			self.Set("_cursor", strconv.Itoa(i)+"."+page.Next)
			b.link("next", q.base, "", self)
			break
		}
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

// everything is all that belongs to a patient, with the practitioners,
// organizations and places that it names.
func (s *Server) everything(ctx context.Context, q *request, id string) (*response, error) {
	q.interaction = "everything"
	q.about(id)
	for name := range q.query {
		if !slices.Contains([]string{"_since", "_type", "_count", "_cursor", "_format"}, name) {
			return nil, failure(http.StatusBadRequest, "not-supported", "$everything does not know the parameter; it takes _since, _type and _count")
		}
	}
	if err := q.grant.may(Read, "Patient"); err != nil {
		return nil, err
	}
	if _, err := s.store.Read(ctx, "Patient", id, q.grant.Access); err != nil {
		return nil, err
	}
	since, ok := instant(q.query.Get("_since"))
	if !ok && q.query.Get("_since") != "" {
		return nil, failure(http.StatusBadRequest, "invalid", "_since is an instant, as 2026-01-01T00:00:00Z")
	}
	count := 1000
	if n, err := strconv.Atoi(q.query.Get("_count")); err == nil && n > 0 {
		count = min(n, count)
	}
	var types []string
	for typ := range s.types {
		wanted := q.query.Get("_type") == "" || slices.Contains(strings.Split(q.query.Get("_type"), ","), typ)
		if wanted && search.For(typ).InPatientCompartment() && q.grant.may(Search, typ) == nil {
			types = append(types, typ)
		}
	}
	slices.SortFunc(types, func(a, b string) int { // the patient first
		return strings.Compare(strings.Replace(a, "Patient", " ", 1), strings.Replace(b, "Patient", " ", 1))
	})
	typ, after, _ := strings.Cut(q.query.Get("_cursor"), ".")
	rid, err := strconv.ParseInt(after, 10, 64)
	if typ != "" && (err != nil || !slices.Contains(types, typ)) {
		return nil, store.ErrCursor
	}
	b := newBundle("searchset", -1)
	path := "Patient/" + id + "/$everything"
	self := url.Values{}
	for name, v := range q.query {
		if name != "_cursor" {
			self[name] = v
		}
	}
	b.link("self", q.base, path, self)
	var page []*store.Version
	next := ""
	for _, t := range types[max(0, slices.Index(types, typ)):] {
		for v, err := range s.store.Each(ctx, t, []search.Criterion{search.InPatient(t, id)}, since, rid, q.grant.Access) {
			if err != nil {
				return nil, err
			}
			if len(page) == count {
				self.Set("_cursor", next)
				b.link("next", q.base, path, self)
				return s.finishEverything(ctx, q, b, page)
			}
			page = append(page, v.Version)
			next = t + "." + strconv.FormatInt(v.RID, 10)
		}
		rid = 0
	}
	return s.finishEverything(ctx, q, b, page)
}

func (s *Server) finishEverything(ctx context.Context, q *request, b *bundleWriter, page []*store.Version) (*response, error) {
	q.touch(page...)
	for _, v := range page {
		b.resource(q.base, v, form{}, "match")
	}
	if q.query.Get("_type") == "" && len(page) > 0 {
		more, err := s.store.Referenced(ctx, page, q.grant.Access)
		if err != nil {
			return nil, err
		}
		for _, v := range more {
			if q.grant.may(Read, v.Type) == nil {
				q.touch(v)
				b.resource(q.base, v, form{}, "include")
			}
		}
	}
	return &response{status: http.StatusOK, body: b.done()}, nil
}

// bundleWriter writes a Bundle without holding its resources twice.
type bundleWriter struct {
	head, entries []byte
	links         int
}

func newBundle(kind string, total int64) *bundleWriter {
	b := &bundleWriter{head: []byte(`{"resourceType":"Bundle","type":"` + kind + `"`)}
	if total >= 0 {
		b.head = strconv.AppendInt(append(b.head, `,"total":`...), total, 10)
	}
	return b
}

func (b *bundleWriter) link(relation, base, path string, values url.Values) {
	address := base + "/" + path
	if len(values) > 0 {
		address = strings.TrimSuffix(address, "/") + "?" + values.Encode()
	}
	b.head = append(b.head, map[bool]string{true: `,"link":[`, false: `,`}[b.links == 0]...)
	b.links++
	b.head = append(b.head, `{"relation":"`+relation+`","url":`...)
	b.head = append(appendText(b.head, address), '}')
}

func appendText(dst []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text
	}
	return append(dst, q...)
}

func (b *bundleWriter) open(fullURL string) {
	if len(b.entries) > 0 {
		b.entries = append(b.entries, ',')
	}
	b.entries = append(b.entries, '{')
	if fullURL != "" {
		b.entries = append(appendText(append(b.entries, `"fullUrl":`...), fullURL), ',')
	}
}

// resource adds an entry of a search.
func (b *bundleWriter) resource(base string, v *store.Version, f form, mode string) {
	b.open(base + "/" + v.Type + "/" + v.ID)
	b.entries = f.appendTo(append(b.entries, `"resource":`...), v)
	b.entries = append(b.entries, `,"search":{"mode":"`+mode+`"}}`...)
}

// outcome adds an entry that says something about the search.
func (b *bundleWriter) outcome(severity, code, text string) {
	b.open("")
	b.entries = append(append(b.entries, `"resource":`...), outcome(severity, code, text, "")...)
	b.entries = append(b.entries, `,"search":{"mode":"outcome"}}`...)
}

func (b *bundleWriter) done() []byte {
	if b.links > 0 {
		b.head = append(b.head, ']')
	}
	if len(b.entries) > 0 {
		b.head = append(append(append(b.head, `,"entry":[`...), b.entries...), ']')
	}
	return append(b.head, '}')
}
