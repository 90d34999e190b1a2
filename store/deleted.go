// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"iter"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Gone is a resource that was deleted, with the patients in whose compartments its
// last version before that was.
type Gone struct {
	*Version
	Patients []string
	RID      int64
}

// EachDeleted yields the resources of a type that were deleted at a time or later
// and are still, in the order of their making, from after a rid.
func (s *Store) EachDeleted(ctx context.Context, typ string, since time.Time, after int64) iter.Seq2[Gone, error] {
	return func(yield func(Gone, error) bool) {
		const atOnce = 500
		for {
			b := newBuilder(s, nil)
			b.add("SELECT "+versionColumns+", r.rid FROM res r JOIN change_log l ON l.shard = r.shard AND l.seq = r.seq WHERE r.shard IN ("+s.anyOf+") AND r.type = ? AND r.deleted = 1 AND r.updated >= ? AND r.rid > ? ORDER BY r.rid LIMIT ?",
				typ, since.UnixMicro(), after, atOnce)
			page, err := s.scanned(ctx, b)
			if err != nil {
				yield(Gone{}, err)
				return
			}
			for _, v := range page {
				g := Gone{Version: v.Version, RID: v.RID}
				if g.Patients, err = s.lastPatients(ctx, v.Version); err != nil {
					yield(Gone{}, err)
					return
				}
				if !yield(g, nil) {
					return
				}
				after = v.RID
			}
			if len(page) < atOnce {
				return
			}
		}
	}
}

// lastPatients are those that the version before a deletion belonged to.
func (s *Store) lastPatients(ctx context.Context, deleted *Version) ([]string, error) {
	if deleted.Number < 2 || !search.For(deleted.Type).InPatientCompartment() {
		return nil, nil
	}
	v, err := s.ReadVersion(ctx, deleted.Type, deleted.ID, deleted.Number-1, nil)
	if err != nil {
		return nil, err
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return nil, err
	}
	defer d.Release()
	var x search.Index
	err = search.For(v.Type).Extract(&x, d)
	return x.Patients, err
}
