// SPDX-License-Identifier: Apache-2.0

// Package msdrg groups inpatient cases to MS-DRGs, as CMS's own grouper does, from
// the tables of that grouper: lists of codes, CC exclusions, procedure clusters and
// the ordered formulas of each MDC. All eight versions from v40.0 (FY 2023) to
// v43.1 (FY 2026, April update) run on the same code; they differ in tables only.
//
//	g := msdrg.New(catalog)
//	v, err := g.On(discharge)      // the version in force; an error if none is loaded
//	r := v.Group(&c, &scratch, nil) // trace.New() instead of nil explains the result
//
// A Version is read-only and safe for concurrent use; a Scratch belongs to one
// goroutine. With a Scratch that is used again and no trace, Group allocates nothing.
package msdrg

import (
	"fmt"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Grouper finds the version of the grouper for a discharge and builds it when it
// is first asked for. It is safe for concurrent use.
type Grouper struct {
	cat      *refdata.Catalog
	mu       sync.Mutex
	versions map[versionID]*lazyVersion
}

// versionID names one version inside one release of the tables.
type versionID struct {
	release string
	number  int
}

type lazyVersion struct {
	once sync.Once
	v    *Version
	err  error
}

// New is a grouper over the tables of a catalog.
func New(cat *refdata.Catalog) *Grouper {
	return &Grouper{cat: cat, versions: map[versionID]*lazyVersion{}}
}

// On is the version in force on a day of discharge. Where its tables are not at
// hand the error is a *refdata.NotLoadedError.
func (g *Grouper) On(discharge civil.Date) (*Version, error) {
	t, err := g.cat.Load("msdrg.versions", discharge)
	if err != nil {
		return nil, err
	}
	releases, err := readReleases(t)
	if err != nil {
		return nil, err
	}
	for _, r := range releases {
		if !discharge.Before(r.Effective) && !discharge.After(r.Ends) {
			return g.build(t.Version, r)
		}
	}
	return nil, &refdata.NotLoadedError{ID: "msdrg.versions", On: discharge, Have: names(releases)}
}

// Named is a version by its name: "v43.1", "43.1" or "431"; "43" is v43.0.
func (g *Grouper) Named(version string) (*Version, error) {
	digits := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(version), "v"), ".", "")
	if len(digits) == 2 {
		digits += "0"
	}
	var have []string
	for _, meta := range g.cat.Versions("msdrg.versions") {
		t, err := g.cat.LoadVersion("msdrg.versions", meta.Version)
		if err != nil {
			return nil, err
		}
		releases, err := readReleases(t)
		if err != nil {
			return nil, err
		}
		for _, r := range releases {
			if fmt.Sprint(r.Number) == digits {
				return g.build(t.Version, r)
			}
		}
		have = append(have, names(releases)...)
	}
	return nil, &refdata.NotLoadedError{ID: "msdrg.versions", Version: version, Have: have}
}

// Releases are the versions at hand, the newest tables first.
func (g *Grouper) Releases() ([]Release, error) {
	var all []Release
	for _, meta := range g.cat.Versions("msdrg.versions") {
		t, err := g.cat.LoadVersion("msdrg.versions", meta.Version)
		if err != nil {
			return nil, err
		}
		releases, err := readReleases(t)
		if err != nil {
			return nil, err
		}
		all = append(all, releases...)
	}
	return all, nil
}

// Release says which discharges a version serves.
type Release struct {
	Name            string // "v43.1"
	Number          int    // 431
	Effective, Ends civil.Date
}

func readReleases(t *refdata.Table) ([]Release, error) {
	b := t.Bind()
	name, number := b.Text("version"), b.Numbers("number", 0)
	from, to := b.Days("effective"), b.Days("ends")
	out := make([]Release, t.Rows)
	for i := range out {
		out[i] = Release{name[i], int(number[i]), from[i], to[i]}
	}
	return out, b.Err()
}

func names(releases []Release) []string {
	out := make([]string, len(releases))
	for i, r := range releases {
		out[i] = r.Name
	}
	return out
}

func (g *Grouper) build(tables string, r Release) (*Version, error) {
	id := versionID{tables, r.Number}
	g.mu.Lock()
	lazy := g.versions[id]
	if lazy == nil {
		lazy = &lazyVersion{}
		g.versions[id] = lazy
	}
	g.mu.Unlock()
	lazy.once.Do(func() { lazy.v, lazy.err = load(g.cat, tables, r) })
	return lazy.v, lazy.err
}
