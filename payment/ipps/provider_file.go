// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"slices"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// ProviderFile holds the records of the inpatient provider specific file.
type ProviderFile struct {
	records []ProviderRecord // by hospital, then by effective date
	byCCN   map[string][2]int
	byNPI   map[string][]string // certification numbers
}

// NewProviderFile makes a file of records.
func NewProviderFile(records []ProviderRecord) *ProviderFile {
	f := &ProviderFile{records: slices.Clone(records), byCCN: map[string][2]int{}, byNPI: map[string][]string{}}
	slices.SortStableFunc(f.records, func(a, b ProviderRecord) int {
		if n := strings.Compare(a.ProviderNumber, b.ProviderNumber); n != 0 {
			return n
		}
		return a.Effective.Sub(b.Effective)
	})
	for i := range f.records {
		r := &f.records[i]
		span, ok := f.byCCN[r.ProviderNumber]
		if !ok {
			span[0] = i
		}
		span[1] = i + 1
		f.byCCN[r.ProviderNumber] = span
		if r.NPI != "" && !slices.Contains(f.byNPI[r.NPI], r.ProviderNumber) {
			f.byNPI[r.NPI] = append(f.byNPI[r.NPI], r.ProviderNumber)
		}
	}
	return f
}

// LatestProviders reads the newest version of table ipps.providers, which
// `woodlawn refdata import` makes of CMS's file. One file holds
// the records of all years, so the newest answers for every discharge.
func LatestProviders(cat *refdata.Catalog) (*ProviderFile, error) {
	versions := cat.Versions("ipps.providers")
	if len(versions) == 0 {
		return nil, &refdata.NotLoadedError{ID: "ipps.providers"}
	}
	t, err := cat.LoadVersion("ipps.providers", versions[0].Version)
	if err != nil {
		return nil, err
	}
	return ReadProviders(t)
}

// ReadProviders makes the file of a table.
func ReadProviders(t *refdata.Table) (*ProviderFile, error) {
	records := make([]ProviderRecord, t.Rows)
	b := t.Bind()
	for _, f := range providerFields {
		switch {
		case f.text != nil:
			for i, v := range b.Text(f.name) {
				*f.text(&records[i]) = v
			}
		case f.day != nil:
			for i, v := range b.Days(f.name) {
				*f.day(&records[i]) = v
			}
		default:
			for i, v := range b.Numbers(f.name, f.scale) {
				*f.number(&records[i]) = v
			}
		}
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	return NewProviderFile(records), nil
}

// Len is the number of records.
func (f *ProviderFile) Len() int { return len(f.records) }

// Find is the record for a discharge: the last of the hospital with an effective
// date not after it, else its first. The hospital is named by its certification
// number or, if that is empty, by its NPI when only one hospital has it. Nil means
// that it is not on file.
func (f *ProviderFile) Find(ccn, npi string, discharge civil.Date) *ProviderRecord {
	if ccn == "" {
		if list := f.byNPI[npi]; len(list) == 1 {
			ccn = list[0]
		}
	}
	span, ok := f.byCCN[ccn]
	if !ok {
		return nil
	}
	return inForce(f.records[span[0]:span[1]], discharge)
}

// inForce picks from one hospital's records, which are in the order of their
// effective dates.
func inForce(records []ProviderRecord, discharge civil.Date) *ProviderRecord {
	if len(records) == 0 {
		return nil
	}
	n := sort.Search(len(records), func(i int) bool { return records[i].Effective.After(discharge) })
	return &records[max(n-1, 0)]
}
