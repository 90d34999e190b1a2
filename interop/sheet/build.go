// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/interop/element"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Source is one sheet to read.
type Source struct {
	Kind   string // the name of a Kind
	Name   string // of the file, for messages
	Format string // csv or ndjson
	Open   func() (io.ReadCloser, error)
}

// Reject is a row that did not become a resource.
type Reject struct {
	Kind     string            `json:"kind"`
	File     string            `json:"file"`
	Line     int               `json:"line"`
	Problems []string          `json:"problems"`
	Values   map[string]string `json:"values,omitempty"`
}

// Sum counts the rows of a sheet.
type Sum struct {
	Kind     string `json:"kind"`
	Rows     int    `json:"rows"`
	Written  int    `json:"written"`
	Rejected int    `json:"rejected"`
}

// Build makes resources of the sheets of a set.
type Build struct {
	Kinds []Kind
	Codes *Codes
	// Check notes what else is wrong in a row.
	Check func(*Kind, *Row)
	// Writing is told of every row that becomes a resource, and gives the instant of
	// its last update.
	Writing func(*Kind, *Row) (lastUpdated string)

	rows map[string]*known
	ids  map[string]string // each text of an id once, apart from the row that it came with
}

// known is a row by kind and id.
type known struct {
	line  int
	file  string
	refs  []reference
	wrong string // why the row cannot stand
}

// reference is a row's mention of another.
type reference struct {
	column *Column
	id     string
}

// ErrNoSheets tells that a folder has none of the sheets of a set.
var ErrNoSheets = errors.New("there is no sheet here")

// Folder finds the sheets in a folder: NAME.csv or NAME.ndjson. Other files are left alone.
func Folder(dir fs.FS, shown string, kinds []Kind) (list []Source, err error) {
	for _, k := range kinds {
		for _, format := range []string{"csv", "ndjson"} {
			name := k.Name + "." + format
			if _, err := fs.Stat(dir, name); errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return nil, err
			}
			list = append(list, Source{Kind: k.Name, Name: path.Join(shown, name), Format: format,
				Open: func() (io.ReadCloser, error) { return dir.Open(name) }})
		}
	}
	if list == nil {
		return nil, fmt.Errorf("%s: %w; it should have %s.csv and others", shown, ErrNoSheets, kinds[0].Name)
	}
	return list, nil
}

// Run reads the sheets twice: once to check each row and learn the ids, once to
// write the resources of the rows that are whole. It holds the ids and what they
// refer to (some 300 bytes a row), never the rows. A row that refers to one that is
// not there, or was rejected, is rejected too. Errors are of reading and writing.
func (b *Build) Run(sources []Source, write func(*Kind, []byte) error, reject func(Reject) error) ([]Sum, error) {
	b.rows, b.ids = map[string]*known{}, map[string]string{}
	for _, s := range sources {
		if b.kind(s.Kind) == nil {
			return nil, fmt.Errorf("%s: there is no sheet %q", s.Name, s.Kind)
		}
	}
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(x, y Source) int {
		at := func(s Source) int { return slices.IndexFunc(b.Kinds, func(k Kind) bool { return k.Name == s.Kind }) }
		return at(x) - at(y)
	})
	for _, s := range sources {
		if err := b.read(s, b.learn(s)); err != nil {
			return nil, err
		}
	}
	b.settle()
	var sums []Sum
	for _, k := range b.Kinds {
		sums = append(sums, Sum{Kind: k.Name})
	}
	for _, s := range sources {
		sum := &sums[slices.IndexFunc(sums, func(v Sum) bool { return v.Kind == s.Kind })]
		if err := b.read(s, b.write(s, sum, write, reject)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func (b *Build) kind(name string) *Kind {
	for i := range b.Kinds {
		if b.Kinds[i].Name == name {
			return &b.Kinds[i]
		}
	}
	return nil
}

// Has tells whether there is a good row of that kind and id.
func (b *Build) Has(kind, id string) bool {
	k := b.rows[kind+"/"+id]
	return k != nil && k.wrong == ""
}

func (b *Build) read(s Source, fn func(*Row) error) error {
	f, err := s.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := Read(f, s.Format, b.kind(s.Kind).Columns, fn); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// id of a row's resource.
func (k *Kind) id(r *Row) string {
	if k.ID != nil {
		return k.ID(r)
	}
	return r.Get("id")
}

// check notes what is wrong in a row beside what Read finds.
func (b *Build) check(k *Kind, r *Row) {
	for _, c := range k.Columns {
		for _, v := range r.all(c) {
			if c.System != "" && !b.Codes.Has(c.System, v) {
				r.Bad(c.Name, "the code is not one of %s: %s", c.System[strings.LastIndexByte(c.System, '/')+1:], strings.Join(b.Codes.Of(c.System), ", "))
			}
			if why := c.Form.wrong(v); why != "" {
				r.Bad(c.Name, "%s", why)
			}
		}
	}
	if k.Make != nil && len(r.Problems) == 0 && !search.ValidID(k.id(r)) {
		r.Bad("id", "an id is 1 to 64 letters, digits, - and .")
	}
	if b.Check != nil && len(r.Problems) == 0 {
		b.Check(k, r)
	}
}

// all are the values of a column, one by one.
func (r *Row) all(c Column) []string {
	if v := r.Get(c.Name); v == "" {
		return nil
	} else if !c.Many {
		return []string{v}
	}
	return r.List(c.Name)
}

// learn is the first reading: it checks rows and notes their ids.
func (b *Build) learn(s Source) func(*Row) error {
	k := b.kind(s.Kind)
	return func(r *Row) error {
		if b.check(k, r); len(r.Problems) > 0 {
			return nil
		}
		if k.Make == nil {
			if k.Learn != nil {
				k.Learn(r)
			}
			return nil
		}
		if b.taken(k, k.id(r)) {
			return nil
		}
		v := &known{line: r.Line, file: s.Name}
		for i := range k.Columns {
			if c := &k.Columns[i]; c.To != "" {
				for _, id := range r.all(*c) {
					v.refs = append(v.refs, reference{c, b.once(id)})
				}
			}
		}
		v.refs = slices.Clip(v.refs)
		b.rows[k.Name+"/"+k.id(r)] = v
		if k.Learn != nil {
			k.Learn(r)
		}
		return nil
	}
}

// once keeps an id without the line of the sheet that it stands in.
func (b *Build) once(id string) string {
	if have, ok := b.ids[id]; ok {
		return have
	}
	id = strings.Clone(id)
	b.ids[id] = id
	return id
}

// taken tells whether a resource type has the id already: kinds may share a type.
func (b *Build) taken(k *Kind, id string) bool {
	for i := range b.Kinds {
		if b.Kinds[i].Resource == k.Resource && b.rows[b.Kinds[i].Name+"/"+id] != nil {
			return true
		}
	}
	return false
}

// settle takes rows away that refer to what is not there, until no more fall.
func (b *Build) settle() {
	for fell := true; fell; {
		fell = false
		for _, v := range b.rows {
			if v.wrong != "" {
				continue
			}
			for _, ref := range v.refs {
				if !b.Has(ref.column.To, ref.id) {
					v.wrong, fell = missing(ref.column.Name, ref.column.To), true
					break
				}
			}
		}
	}
}

func missing(column, kind string) string {
	return fmt.Sprintf("%s: there is no such row among the %s, or it was rejected", column, kind)
}

// write is the second reading: it writes what stands.
func (b *Build) write(s Source, sum *Sum, write func(*Kind, []byte) error, reject func(Reject) error) func(*Row) error {
	k := b.kind(s.Kind)
	return func(r *Row) error {
		sum.Rows++
		b.check(k, r)
		if len(r.Problems) == 0 {
			b.stands(k, s, r)
		}
		if len(r.Problems) > 0 {
			sum.Rejected++
			return reject(Reject{k.Name, s.Name, r.Line, r.Problems, r.Values()})
		}
		sum.Written++
		if k.Make == nil {
			return nil
		}
		updated := ""
		if b.Writing != nil {
			updated = b.Writing(k, r)
		}
		resource, err := element.Resource(k.Resource, k.id(r), updated, k.Profile, k.Make(r))
		if err != nil {
			return fmt.Errorf("%s line %d: %w", s.Name, r.Line, err)
		}
		return write(k, resource)
	}
}

// stands notes why a row that is whole in itself cannot stand among the others.
func (b *Build) stands(k *Kind, s Source, r *Row) {
	if k.Make == nil {
		for _, c := range k.Columns {
			for _, id := range r.all(c) {
				if c.To != "" && !b.Has(c.To, id) {
					r.Problems = append(r.Problems, missing(c.Name, c.To))
				}
			}
		}
		return
	}
	v := b.rows[k.Name+"/"+k.id(r)]
	switch {
	case v == nil || v.line != r.Line || v.file != s.Name:
		r.Bad("id", "another row has the same id; all that become one resource type (%s) share theirs", k.Resource)
	case v.wrong != "":
		r.Problems = append(r.Problems, v.wrong)
	}
}

// Codes are the code systems that a set of sheets uses.
type Codes struct {
	known map[string]bool // system|code
	list  []string
}

// LoadCodes reads a table with the columns system and code. Errors are
// *refdata.NotLoadedError and of the table.
func LoadCodes(c *refdata.Catalog, table string, on civil.Date) (*Codes, error) {
	t, err := c.Load(table, on)
	if err != nil {
		return nil, err
	}
	bind := t.Bind()
	system, code := bind.Text("system"), bind.Text("code")
	if bind.Err() != nil {
		return nil, bind.Err()
	}
	v := &Codes{known: map[string]bool{}}
	for i := range system {
		v.known[system[i]+"|"+code[i]] = true
		v.list = append(v.list, system[i]+"|"+code[i])
	}
	return v, nil
}

// And gives the code systems of both.
func (c *Codes) And(o *Codes) *Codes {
	both := &Codes{known: map[string]bool{}, list: slices.Concat(c.list, o.list)}
	for _, v := range both.list {
		both.known[v] = true
	}
	return both
}

// Has tells whether a system has a code.
func (c *Codes) Has(system, code string) bool { return c.known[system+"|"+code] }

// Of lists the codes of a system.
func (c *Codes) Of(system string) (codes []string) {
	for _, v := range c.list {
		if s, code, _ := strings.Cut(v, "|"); s == system {
			codes = append(codes, code)
		}
	}
	return codes
}
