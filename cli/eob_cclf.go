// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/interop/patientaccess/medicare"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// cclf maps the members and claims of an ACO's deliveries, after their adjustments and
// cancels.
func (cmd *eobCmd) cclf(a *App, workers int, sink *eobFiles) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	layouts, err := cclf.Load(cat)
	if err != nil {
		return err
	}
	var bad error // of writing a reject
	f, err := feed.Open(feed.Config{Dir: cmd.CCLF, Layouts: layouts, Workers: workers, Reject: func(err error) {
		it := eobItem{err: err}
		var r *cclf.RecordError
		if errors.As(err, &r) {
			it.file, it.place = r.File, "record "+strconv.Itoa(r.Record)
		}
		bad = errors.Join(bad, sink.emitItem(&it))
	}})
	if err != nil {
		return err
	}
	defer f.Close()
	if bad != nil {
		return bad
	}
	bar := newProgress(a.Err, "Mapping "+cmd.CCLF, "beneficiaries", 0)
	defer bar.Done()
	readers := sync.Pool{New: func() any { return new(medicare.CCLF) }}
	return feed.Collect(f, func(b *feed.Beneficiary) ([]eobItem, bool, error) {
		r := readers.Get().(*medicare.CCLF)
		defer readers.Put(r)
		items := make([]eobItem, 1, len(b.Claims)+1)
		sink.fedMember(r, b, &items[0])
		for i := range b.Claims {
			items = append(items, eobItem{})
			it := &items[len(items)-1]
			r.Claim(b.MBI, &b.Claims[i])
			it.claim = strings.Clone(r.Input.Payment.ControlNumber)
			sink.explainItem(&r.Input, r.Losses, it)
			if it.err != nil {
				it.place = fmt.Sprintf("%v claim %s", b.Claims[i].Setting, it.claim)
			}
			it.set.Compact()
		}
		return items, true, nil
	}, func(items []eobItem) error {
		for i := range items {
			if err := sink.emitItem(&items[i]); err != nil {
				return err
			}
		}
		bar.Add(1)
		return nil
	})
}

// fedMember maps a beneficiary of the feed.
func (s *eobFiles) fedMember(r *medicare.CCLF, b *feed.Beneficiary, it *eobItem) {
	r.Beneficiary(b)
	if it.err = s.mapper.MapMember(&r.Member, &it.set); it.err != nil {
		it.place = "a beneficiary"
		return
	}
	it.set.Losses = append(it.set.Losses, r.Losses...)
	p := it.set.Resources[0]
	s.reportLosses(it, lossLine{Resource: p.Type + "/" + p.ID, Losses: it.set.Losses})
	it.set.Compact()
}
