// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// present is what an import's files hold: ids by type.
type present map[string]map[string]struct{}

// kept notes a resource, as ingest.Run.Kept.
func (p present) kept(typ, id string, _ bool) error {
	if p[typ] == nil {
		p[typ] = map[string]struct{}{}
	}
	p[typ][id] = struct{}{}
	return nil
}

// missing are the resources of the store that the files do not hold, of the types of
// which they hold some.
func (p present) missing(ctx context.Context, s *store.Store) (list []string, err error) {
	for _, typ := range slices.Sorted(maps.Keys(p)) {
		for v, err := range s.Each(ctx, typ, nil, time.Time{}, 0, nil) {
			if err != nil {
				return nil, err
			}
			if _, ok := p[typ][v.ID]; !ok {
				list = append(list, typ+"/"+v.ID)
			}
		}
	}
	return list, nil
}

// remove deletes resources named as Type/id. Their earlier versions stay.
func remove(ctx context.Context, s *store.Store, list []string) error {
	for some := range slices.Chunk(list, 1000) {
		err := s.Write(ctx, func(tx *store.Tx) error {
			for _, name := range some {
				typ, id, _ := strings.Cut(name, "/")
				if _, err := tx.Delete(typ, id); err != nil && !errors.Is(err, store.ErrGone) {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellMissing says what the files do not hold, and what became of it.
func (c importCmd) tellMissing(a *App, missing []string, deleted bool) {
	if c.Missing == "keep" {
		return
	}
	for _, name := range missing {
		fmt.Fprintf(a.Out, "  %s\n", name)
	}
	what := "not in the files"
	switch {
	case deleted:
		what = "not in the files, deleted"
	case c.Missing == "delete":
		what = "not in the files, kept because lines were set aside"
	}
	fmt.Fprintf(a.Out, "%s %s\n", thousands(int64(len(missing))), what)
}
