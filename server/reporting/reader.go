// SPDX-License-Identifier: Apache-2.0

package reporting

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/quality/deqm"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// reader reads what the client of a call may see.
type reader struct{ call *server.Call }

func (r reader) Read(ctx context.Context, typ, id string) ([]byte, error) {
	if r.call.May(server.Read, typ) != nil || !search.ValidID(id) {
		return nil, deqm.ErrNotFound
	}
	v, err := r.call.Store.Read(ctx, typ, id, r.call.Access)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrGone):
		return nil, deqm.ErrNotFound
	case err != nil:
		return nil, err
	}
	return v.JSON(), nil
}

func (r reader) Find(ctx context.Context, typ, parameter, target string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := r.call.May(server.Search, typ); err != nil {
			yield(nil, err)
			return
		}
		var criteria []search.Criterion
		if parameter != "" {
			q, err := search.Parse(typ, url.Values{parameter: {target}}, search.Options{Base: r.call.Base})
			if err != nil {
				yield(nil, err)
				return
			}
			criteria = q.Criteria
		}
		for v, err := range r.call.Store.Each(ctx, typ, criteria, time.Time{}, 0, r.call.Access) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(v.JSON(), nil) {
				return
			}
		}
	}
}

func (r reader) Record(ctx context.Context, patient string, types []string) ([][]byte, error) {
	if !search.ValidID(patient) {
		return nil, deqm.ErrNotFound
	}
	v, err := r.call.Store.Read(ctx, "Patient", patient, r.call.Access)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrGone):
		return nil, deqm.ErrNotFound
	case err != nil:
		return nil, err
	}
	record := []*store.Version{v}
	elsewhere := map[string]bool{}
	for _, typ := range types {
		params := search.For(typ)
		switch {
		case typ == "Patient" || params == nil:
		case !params.InPatientCompartment():
			elsewhere[typ] = true
		default:
			for v, err := range r.call.Store.Each(ctx, typ, []search.Criterion{search.InPatient(typ, patient)}, time.Time{}, 0, r.call.Access) {
				if err != nil {
					return nil, err
				}
				record = append(record, v.Version)
			}
		}
	}
	if len(elsewhere) > 0 {
		more, err := r.call.Store.Referenced(ctx, record, r.call.Access)
		if err != nil {
			return nil, err
		}
		for _, v := range more {
			if elsewhere[v.Type] {
				record = append(record, v)
			}
		}
	}
	data := make([][]byte, len(record))
	for i, v := range record {
		data[i] = v.JSON()
	}
	return data, nil
}

// Whole tells whether the client may see all of a type: no scope leaves it out or
// filters it.
func (r reader) Whole(typ string) bool {
	if r.call.May(server.Read, typ) != nil || r.call.May(server.Search, typ) != nil {
		return false
	}
	if r.call.Access == nil || len(r.call.Access.Types[typ]) == 0 {
		return true
	}
	for _, f := range r.call.Access.Types[typ] {
		if len(f) == 0 {
			return true
		}
	}
	return false
}

// definitions are the measures of the store. They are no one's data: who may read
// measures may have them computed.
type definitions struct{ store *store.Store }

func (d definitions) Stamp(ctx context.Context) (string, error) {
	n, err := d.store.Latest(ctx, "Measure", "Library", "ValueSet")
	return strconv.FormatInt(n, 10), err
}

func (d definitions) All(ctx context.Context, typ string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for v, err := range d.store.Each(ctx, typ, nil, time.Time{}, 0, nil) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(v.JSON(), nil) {
				return
			}
		}
	}
}

// writer keeps what the client of a call may write.
type writer struct{ call *server.Call }

func (w writer) Put(ctx context.Context, resources []*node.Doc) ([]bool, error) {
	ready := make([]*store.Prepared, 0, len(resources))
	for _, d := range resources {
		typ := d.Root().ResourceType()
		for _, i := range []server.Interaction{server.Create, server.Update} {
			if err := w.call.May(i, typ); err != nil {
				return nil, err
			}
		}
		p, err := store.Prepare(d, d.Root().ID())
		if err != nil {
			return nil, &deqm.Error{Kind: deqm.Invalid, Text: fmt.Sprintf("a resource of type %s cannot be kept: %s", typ, err)}
		}
		ready = append(ready, p)
	}
	created := make([]bool, len(ready))
	err := w.call.Write(ctx, func(tx *store.Tx) error {
		for i, p := range ready {
			v, isNew, err := tx.Put(p)
			if err != nil {
				return err
			}
			created[i] = isNew
			w.call.Shows(v)
		}
		return nil
	})
	return created, err
}
