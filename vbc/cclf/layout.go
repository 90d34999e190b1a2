// SPDX-License-Identifier: Apache-2.0

// Package cclf reads CMS's Claim and Claim Line Feed: the fixed-width files 1 to 9, A
// and B that an ACO gets with their summary, CCLF0, in a zip. A record is read by the
// layout version that its length tells; older versions are the head of newer ones,
// because CMS adds fields at the end.
//
// Every file is checked against CCLF0 (number and length of records), every record
// against its layout (length, dates, amounts). A bad record is set aside with file,
// record and field; the good ones are kept.
package cclf

import (
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Kind is what a field holds.
type Kind string

// The kinds of field.
const (
	Text   Kind = "text"
	Date   Kind = "date"   // YYYY-MM-DD; blank, 1000-01-01 and 9999-12-31 mean none
	Amount Kind = "amount" // dollars
	Number Kind = "number" // decimals
)

// Field is one field of a layout. Start counts from 0.
type Field struct {
	Name          string
	Start, Length int
	Kind          Kind
}

// Layout is what one version of a file looks like.
type Layout struct {
	File    byte   // '1' to '9', 'A', 'B'
	Version string // "2018", "v36"; empty if the length is that of no known version
	Length  int
	// Extra counts the bytes after the last known field, of a version newer than the tables.
	Extra  int
	Fields []Field
	index  map[string]int
}

// Layouts are the layouts of every file.
type Layouts struct {
	fields  map[byte][]Field
	lengths map[byte][]versionLength
}

type versionLength struct {
	version string
	length  int
}

// Load reads the layouts from the reference tables.
func Load(cat *refdata.Catalog) (*Layouts, error) {
	l := &Layouts{fields: map[byte][]Field{}, lengths: map[byte][]versionLength{}}
	t, err := cat.LoadVersion("cclf.layouts", "v36")
	if err != nil {
		return nil, err
	}
	b := t.Bind()
	file, name, start, length, kind := b.Text("file"), b.Text("name"), b.Numbers("start", 0), b.Numbers("length", 0), b.Text("kind")
	if b.Err() != nil {
		return nil, b.Err()
	}
	for i := range file {
		f := Field{name[i], int(start[i]) - 1, int(length[i]), Kind(kind[i])}
		have := l.fields[file[i][0]]
		if n := len(have); n > 0 && have[n-1].Start+have[n-1].Length != f.Start {
			return nil, fmt.Errorf("table %s %s: CCLF%s: %s does not follow %s", t.ID, t.Version, file[i], f.Name, have[n-1].Name)
		}
		l.fields[file[i][0]] = append(have, f)
	}
	if t, err = cat.LoadVersion("cclf.lengths", "v36"); err != nil {
		return nil, err
	}
	b = t.Bind()
	file, version, bytes := b.Text("file"), b.Text("version"), b.Numbers("length", 0)
	for i := range file {
		l.lengths[file[i][0]] = append(l.lengths[file[i][0]], versionLength{version[i], int(bytes[i])})
	}
	return l, b.Err()
}

// For picks the layout of a file by its record length. A length that ends within a field
// is that of no layout; a longer one is a newer version, whose known fields are read.
func (l *Layouts) For(file byte, length int) (*Layout, error) {
	fields := l.fields[file]
	if fields == nil {
		return nil, &FileError{File: fileName(file), Reason: "is no file of the feed"}
	}
	out := &Layout{File: file, Length: length, index: map[string]int{}}
	end := slices.IndexFunc(fields, func(f Field) bool { return f.Start+f.Length == length })
	if last := fields[len(fields)-1]; end < 0 && length > last.Start+last.Length {
		end, out.Extra = len(fields)-1, length-last.Start-last.Length
	}
	if end < 0 {
		return nil, &FileError{File: fileName(file), Reason: fmt.Sprintf("records of %d bytes fit no layout; known lengths are %s", length, l.known(file))}
	}
	out.Fields = fields[:end+1]
	for i, f := range out.Fields {
		out.index[f.Name] = i
	}
	for _, v := range l.lengths[file] {
		if v.length == length {
			out.Version = v.version
		}
	}
	return out, nil
}

// Version is the layout of a file in a named version.
func (l *Layouts) Version(file byte, version string) (*Layout, error) {
	for _, v := range l.lengths[file] {
		if v.version == version {
			return l.For(file, v.length)
		}
	}
	return nil, &FileError{File: fileName(file), Reason: "has no layout version " + version}
}

func (l *Layouts) known(file byte) string {
	s := ""
	for i, v := range l.lengths[file] {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%d (%s)", v.length, v.version)
	}
	return s
}

// Field finds a field's place by name, or -1 in a version that has none.
func (l *Layout) Field(name string) int {
	if i, ok := l.index[name]; ok {
		return i
	}
	return -1
}

func fileName(file byte) string { return "CCLF" + string(rune(file)) }

// FileError says what is wrong with a file as a whole.
type FileError struct {
	File   string // CCLF8 or the name in the zip
	Reason string
}

func (e *FileError) Error() string { return e.File + ": " + e.Reason }

// RecordError says which field of which record is no good.
type RecordError struct {
	File   string
	Record int   // from 1
	Offset int64 // of the record in the file, in bytes
	Field  string
	// Value is what the field holds; it may identify a person and is not part of Error.
	Value  string
	Reason string
}

func (e *RecordError) Error() string {
	field := ""
	if e.Field != "" {
		field = ", field " + e.Field
	}
	return fmt.Sprintf("%s, record %d (byte %d)%s: %s", e.File, e.Record, e.Offset, field, e.Reason)
}
