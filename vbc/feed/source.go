// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// source is one file of a folder of deliveries.
type source struct {
	path string
	name string
	kind byte // z delivery, l list, o opt-outs, r research file
	size int64
	// raw is the size of a delivery when unpacked, delivered the latest day in its names.
	raw       int64
	delivered civil.Date
}

// find sorts the files of a folder by what they are. Names of files that are nothing of
// the feed go to other.
func find(dir string) (list []source, other []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		s, err := look(path)
		if err != nil {
			return err
		}
		if s.name, err = filepath.Rel(dir, path); err != nil {
			return err
		}
		if s.kind == 0 {
			other = append(other, s.name)
			return nil
		}
		list = append(list, s)
		return nil
	})
	return list, other, err
}

// look tells what one file is, by its first bytes and its name.
func look(path string) (source, error) {
	s := source{path: path}
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	s.size = info.Size()
	head := make([]byte, 16<<10) // the first line of a beneficiary file has 6 KB
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return s, nil // an empty file is nothing of the feed
	}
	head = head[:n]
	switch base := strings.ToUpper(filepath.Base(path)); {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || strings.Contains(base, ".ZC"):
		s.kind = 'z'
		s.measure(f)
	case isList(head):
		s.kind = 'l'
	case bytes.HasPrefix(head, []byte("HDR_BENEDATASHR")):
		s.kind = 'o'
	case isRIF(head):
		s.kind = 'r'
	}
	return s, nil
}

// measure reads a delivery's size and day. A zip that can't be opened keeps its own
// size; reading it names the fault.
func (s *source) measure(f *os.File) {
	s.raw = s.size
	z, err := zip.NewReader(f, s.size)
	if err != nil {
		return
	}
	s.raw = 0
	for _, m := range z.File {
		s.raw += int64(min(m.UncompressedSize64, 1<<40))
		if n, ok := cclf.ParseName(m.Name); ok && n.Date.After(s.delivered) {
			s.delivered = n.Date
		}
	}
}

// readZip reads some files of a delivery.
func (s *source) readZip(layouts *cclf.Layouts, files string, fn func(*cclf.Record) error, reject func(*cclf.RecordError)) (*cclf.Report, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return cclf.ReadZipFiles(f, s.size, s.name, layouts, files, fn, reject)
}

// changes reads the CCLF9 of a delivery, or who the beneficiaries of a RIF file are.
func (s *source) changes(layouts *cclf.Layouts) ([]Change, error) {
	switch s.kind {
	case 'r':
		return s.beneficiaries()
	case 'z':
	default:
		return nil, nil
	}
	var out []Change
	_, err := s.readZip(layouts, "9", func(r *cclf.Record) error {
		l := r.Layout
		c := Change{Current: r.Text(l.Field("CRNT_NUM")), Previous: r.Text(l.Field("PRVS_NUM"))}
		var err error
		if c.Effective, err = r.Date(l.Field("PRVS_ID_EFCTV_DT")); err != nil {
			return nil // the second reading names the record
		}
		if c.Obsolete, err = r.Date(l.Field("PRVS_ID_OBSLT_DT")); err != nil {
			return nil
		}
		out = append(out, c)
		return nil
	}, nil)
	if err != nil {
		if _, bad := err.(*cclf.FileError); bad {
			return nil, nil // the second reading reports it
		}
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return out, nil
}
