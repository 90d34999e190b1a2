// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Change is one version, as the log of changes has it.
type Change struct {
	*Version
	Seq int64 // its place in the log
}

// Seq is the place in the log of the last change that is durable.
func (s *Store) Seq(ctx context.Context) (seq int64, err error) {
	st, err := s.prepared(ctx, "SELECT value FROM counter WHERE name = 'seq'")
	if err == nil {
		err = st.QueryRowContext(ctx).Scan(&seq)
	}
	return seq, err
}

// Seq is the place in the log of the last change, this transaction's included.
func (tx *Tx) Seq() int64 { return tx.seq }

// Changes gives the changes of resources of the types after a place in the log, in
// their order, at most limit of them.
func (s *Store) Changes(ctx context.Context, types []string, after int64, limit int) ([]Change, error) {
	if len(types) == 0 {
		return nil, nil
	}
	b := newBuilder(s, nil)
	b.add("SELECT "+versionColumns+", l.seq FROM change_log l WHERE l.shard IN ("+s.anyOf+") AND l.seq > ? AND l.type IN (?"+strings.Repeat(",?", len(types)-1)+")", after)
	for _, t := range types {
		b.args = append(b.args, t)
	}
	b.add(" ORDER BY l.seq LIMIT ?", limit)
	rows, err := s.query(ctx, b.text.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Change
	for rows.Next() {
		c := Change{}
		if c.Version, err = scan(rows, &c.Seq); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// ChangeAt is the change at a place in the log; ErrNotFound if there is none.
func (s *Store) ChangeAt(ctx context.Context, seq int64) (*Version, error) {
	v, err := one(s.query(ctx, "SELECT "+versionColumns+" FROM change_log l WHERE l.shard IN ("+s.anyOf+") AND l.seq = ?", seq))
	if err == nil && v == nil {
		err = ErrNotFound
	}
	return v, err
}

// Sees tells whether the access allows to see a version with these search values. It
// is what statements ask for, but of one version, which need not be the present
// one; what only another resource can answer, it does not allow.
func (a *Access) Sees(v *Version, x *search.Index) bool {
	if a == nil {
		return true
	}
	if !a.Allows(v.Type) {
		return false
	}
	if a.Patients != nil && search.For(v.Type).InPatientCompartment() && !anyIn(x.Patients, a.Patients) {
		return false
	}
	alternatives := a.Types[v.Type]
	if len(alternatives) == 0 {
		return true
	}
	for _, f := range alternatives {
		if v.Meets(x, f) {
			return true
		}
	}
	return false
}

func anyIn(list, of []string) bool {
	for _, s := range list {
		for _, o := range of {
			if s == o {
				return true
			}
		}
	}
	return false
}

// Meets tells whether a version with these search values meets all criteria.
// Criteria that follow references are not met.
func (v *Version) Meets(x *search.Index, criteria []search.Criterion) bool {
	key := search.ResourceKey(v.Type, v.ID)
	for i := range criteria {
		if !criteria[i].Self() || !x.Meets(&criteria[i], key, v.Updated.UnixMicro()) {
			return false
		}
	}
	return true
}

// Extract gives the search values of a version; none of a deletion.
func (v *Version) Extract(x *search.Index) error {
	x.Reset()
	if v.Deleted {
		return nil
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return err
	}
	defer d.Release()
	return search.For(v.Type).Extract(x, d)
}
