// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"strings"
)

// Latest is a number that grows whenever a resource of one of the types changes, 0
// if there never was one: what was made of them is old if it has grown.
func (s *Store) Latest(ctx context.Context, types ...string) (int64, error) {
	args := make([]any, len(types))
	for i, t := range types {
		args[i] = t
	}
	st, err := s.prepared(ctx, "SELECT MAX(seq) FROM res WHERE shard IN ("+s.anyOf+") AND type IN (?"+strings.Repeat(",?", len(types)-1)+")")
	if err != nil {
		return 0, err
	}
	var seq sql.NullInt64
	err = st.QueryRowContext(ctx, args...).Scan(&seq)
	return seq.Int64, err
}
