// SPDX-License-Identifier: Apache-2.0

package refdata

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

//go:embed packs
var embedded embed.FS

// Catalog is the set of tables at hand: those of the binary and, on top of them,
// those that a user imported. It is safe for concurrent use; a table is decoded
// when it is first asked for and kept.
type Catalog struct {
	byID map[string][]*entry // by ID, in order of preference
}

type entry struct {
	meta  Meta
	read  func() ([]byte, error)
	once  sync.Once
	table *Table
	err   error
}

// Embedded is the catalog of the binary's own tables.
var Embedded = sync.OnceValue(func() *Catalog {
	c := &Catalog{byID: map[string][]*entry{}}
	sub, err := fs.Sub(embedded, "packs")
	if err == nil {
		err = c.addFS(sub, false)
	}
	if err != nil {
		panic("refdata: embedded packs: " + err.Error()) // a broken build, not a user's error
	}
	return c
})

// Open is the embedded catalog with the packs of a folder on top. No folder, or
// one that does not exist yet, gives the embedded tables alone. An imported table
// goes before an embedded one that is in force on the same day.
func Open(dir string) (*Catalog, error) {
	if dir == "" {
		return Embedded(), nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return Embedded(), nil
	}
	c := &Catalog{byID: map[string][]*entry{}}
	for id, list := range Embedded().byID {
		c.byID[id] = slices.Clone(list)
	}
	if err := c.addFS(os.DirFS(dir), true); err != nil {
		return nil, fmt.Errorf("reference data in %s: %w", dir, err)
	}
	return c, nil
}

func (c *Catalog) addFS(dir fs.FS, imported bool) error {
	names, err := fs.Glob(dir, "*.pack")
	if err != nil {
		return err
	}
	for _, name := range names {
		meta, err := headerOf(dir, name)
		if err != nil {
			return fmt.Errorf("%s: %w", path.Base(name), err)
		}
		meta.Imported = imported
		c.byID[meta.ID] = append(c.byID[meta.ID], &entry{meta: meta, read: func() ([]byte, error) { return fs.ReadFile(dir, name) }})
	}
	for _, list := range c.byID {
		slices.SortStableFunc(list, func(a, b *entry) int {
			if a.meta.Imported != b.meta.Imported {
				if a.meta.Imported {
					return -1
				}
				return 1
			}
			return cmp.Or(b.meta.Effective.Sub(a.meta.Effective), strings.Compare(b.meta.Version, a.meta.Version))
		})
	}
	return nil
}

// headerOf reads no more of the pack than its header.
func headerOf(dir fs.FS, name string) (Meta, error) {
	f, err := dir.Open(name)
	if err != nil {
		return Meta{}, err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n := 0
	for n < len(head) {
		k, err := f.Read(head[n:])
		n += k
		if err != nil {
			break
		}
	}
	meta, _, err := readHeader(head[:n])
	return meta, err
}

// List is every table, by ID and then newest first.
func (c *Catalog) List() []Meta {
	var all []Meta
	for _, list := range c.byID {
		for _, e := range list {
			all = append(all, e.meta)
		}
	}
	slices.SortStableFunc(all, func(a, b Meta) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), b.Effective.Sub(a.Effective), strings.Compare(b.Version, a.Version))
	})
	return all
}

// Load is the version of a table in force on a day. Without one it returns a
// *NotLoadedError.
func (c *Catalog) Load(id string, on civil.Date) (*Table, error) {
	for _, e := range c.byID[id] {
		if !on.Before(e.meta.Effective) && (e.meta.Ends.IsZero() || !on.After(e.meta.Ends)) {
			return e.load()
		}
	}
	return nil, c.notLoaded(id, on, "")
}

// LoadVersion is one named version of a table.
func (c *Catalog) LoadVersion(id, version string) (*Table, error) {
	for _, e := range c.byID[id] {
		if e.meta.Version == version {
			return e.load()
		}
	}
	return nil, c.notLoaded(id, 0, version)
}

// LoadListed is the very table that List or Versions told of, the binary's own even
// where an imported one of the same version goes before it.
func (c *Catalog) LoadListed(m Meta) (*Table, error) {
	for _, e := range c.byID[m.ID] {
		if e.meta.Version == m.Version && e.meta.Imported == m.Imported {
			return e.load()
		}
	}
	return nil, c.notLoaded(m.ID, 0, m.Version)
}

// Versions are the versions of one table, the preferred first.
func (c *Catalog) Versions(id string) []Meta {
	var out []Meta
	for _, e := range c.byID[id] {
		out = append(out, e.meta)
	}
	return out
}

func (e *entry) load() (*Table, error) {
	e.once.Do(func() {
		pack, err := e.read()
		if err == nil {
			e.table, err = Unpack(pack)
		}
		if e.err = err; err == nil {
			e.table.Imported = e.meta.Imported
		}
	})
	return e.table, e.err
}

func (c *Catalog) notLoaded(id string, on civil.Date, version string) error {
	err := &NotLoadedError{ID: id, On: on, Version: version}
	for _, e := range c.byID[id] {
		err.Have = append(err.Have, e.meta.Version)
	}
	return err
}

// NotLoadedError says that no version of a table is at hand for a day. It is an
// answer, not an accident: no result is invented in its place.
type NotLoadedError struct {
	ID      string
	On      civil.Date
	Version string
	Have    []string // the versions that are there
}

func (e *NotLoadedError) Error() string {
	s := "table " + e.ID
	if e.Version != "" {
		s += " " + e.Version
	}
	if !e.On.IsZero() {
		s += " for " + e.On.String()
	}
	s += " is not loaded"
	if len(e.Have) > 0 {
		s += " (loaded: " + strings.Join(e.Have, ", ") + ")"
	}
	return s + "; import CMS's file with: woodlawn refdata import FILE"
}
