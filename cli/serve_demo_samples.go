// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/interop/carin"
	"github.com/woodlawn-health/woodlawn/interop/directory"
	"github.com/woodlawn-health/woodlawn/interop/formulary"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/interop/uscore"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// prepareSamples writes the records that show all of a guide, and fills the public
// endpoints with the directory and the formulary of the sample sheets.
func prepareSamples(ctx context.Context, s *site.Site) error {
	for _, sample := range []iter.Seq[[]byte]{uscore.Sample(), carin.Sample()} {
		if err := putAll(ctx, s.Store("ma"), sample); err != nil {
			return err
		}
	}
	cat, err := refdata.Open("")
	if err != nil {
		return err
	}
	today := civil.Of(2026, time.November, 20) // the sheets say of 2 November what was told
	var resources [][]byte
	keep := func(_ *sheet.Kind, b []byte) error { resources = append(resources, b); return nil }
	refuse := func(r sheet.Reject) error { return fmt.Errorf("%s line %d: %v", r.File, r.Line, r.Problems) }
	if _, err := directory.Build(directory.Sample(), directory.Options{Today: today, Catalog: cat}, keep, refuse); err != nil {
		return err
	}
	if err := putAll(ctx, s.PublicStore("directory"), slices.Values(resources)); err != nil {
		return err
	}
	resources = nil
	if _, err := formulary.Build(formulary.Sample(), formulary.Options{Today: today, Catalog: cat}, keep, refuse); err != nil {
		return err
	}
	return putAll(ctx, s.PublicStore("formulary"), slices.Values(resources))
}

// putAll writes resources in one transaction.
func putAll(ctx context.Context, s *store.Store, resources iter.Seq[[]byte]) error {
	return s.Write(ctx, func(tx *store.Tx) error {
		for b := range resources {
			p, err := ingest.Prepare(string(b))
			if err != nil {
				return err
			}
			if _, _, err := tx.Put(p); err != nil {
				return err
			}
		}
		return nil
	})
}
