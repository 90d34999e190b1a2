// SPDX-License-Identifier: Apache-2.0

package qicore

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// Limits of archives: CMS takes far smaller ones.
const (
	maxEntries = 1_000_000
	maxEntry   = 100 << 20
	// maxRatio is how much larger than its packed form a large document may be; those of
	// patients are some 20 times larger.
	maxRatio = 300
)

// Find lists the Category I documents of a folder and the folders in it: .xml, .xml.gz and
// .zip, sorted. A file is itself if it has such a name. Others tells whether there are
// FHIR files (.json, .ndjson) too.
func Find(root string) (documents []string, others bool, err error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		if isDocument(root) {
			return []string{root}, false, nil
		}
		return nil, true, nil
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.Type().IsRegular():
		case isDocument(name):
			documents = append(documents, name)
		default:
			plain := strings.TrimSuffix(name, ".gz")
			others = others || strings.HasSuffix(plain, ".json") || strings.HasSuffix(plain, ".ndjson")
		}
		return err
	})
	slices.Sort(documents)
	return documents, others, err
}

func isDocument(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".zip") || strings.HasSuffix(strings.TrimSuffix(name, ".gz"), ".xml")
}

// ReadPatients yields the patients of Category I documents, one a document, until yield
// returns false. A document is opened, read and mapped when its turn comes, by Fetch.
// Lost, if set, is told of what a document had and the resources do not; it is called from
// the goroutines that fetch.
func ReadPatients(files []string, opt Options, lost func(where string, losses []Loss), yield func(measure.Patient) bool) error {
	for _, name := range files {
		base := filepath.Base(name)
		if strings.HasSuffix(strings.ToLower(name), ".zip") {
			more, err := readArchive(name, opt, lost, yield)
			if err != nil {
				if more = yield(measure.Patient{Where: base, Err: err}); !more {
					return nil
				}
				continue
			}
			if !more {
				return nil
			}
			continue
		}
		p := measure.Patient{Where: base, Fetch: func() ([][]byte, error) {
			f, err := os.Open(name)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return read(f, base, opt, lost)
		}}
		if !yield(p) {
			return nil
		}
	}
	return nil
}

// readArchive yields the documents in a zip. The archive stays open until all were fetched.
func readArchive(name string, opt Options, lost func(string, []Loss), yield func(measure.Patient) bool) (more bool, err error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return true, err
	}
	if len(z.File) > maxEntries {
		z.Close()
		return true, fmt.Errorf("it holds %d files, more than %d", len(z.File), maxEntries)
	}
	base := filepath.Base(name)
	for _, f := range z.File {
		if f.FileInfo().IsDir() || !strings.HasSuffix(strings.ToLower(f.Name), ".xml") {
			continue
		}
		where := base + ": " + path.Base(f.Name)
		p := measure.Patient{Where: where, Fetch: func() ([][]byte, error) {
			if f.UncompressedSize64 > maxEntry || f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio {
				return nil, fmt.Errorf("%d bytes packed into %d: no patient's document is like that", f.UncompressedSize64, f.CompressedSize64)
			}
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return read(r, where, opt, lost)
		}}
		if !yield(p) {
			return false, nil
		}
	}
	return true, nil // documents may still be fetched: the runtime closes the file after the last
}

// read reads one document, plain or under gzip.
func read(r io.Reader, where string, opt Options, lost func(string, []Loss)) ([][]byte, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	r = b
	if head, err := b.Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		if r, err = gzip.NewReader(b); err != nil {
			return nil, err
		}
	}
	tree, err := xmltree.ParseLimited(r, xmltree.Limits{Bytes: maxEntry})
	if err != nil {
		return nil, err
	}
	if kind := qrda.KindOf(tree); kind != qrda.Category1 {
		return nil, errors.New("the document is no QRDA Category I")
	}
	doc, problems := qrda.ReadCategoryI(tree)
	resources, losses, err := Import(doc, opt)
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		losses = append(losses, Loss{fmt.Sprintf("line %d", p.Line), p.Rule, p.Reason})
	}
	if lost != nil && len(losses) > 0 {
		lost(where, losses)
	}
	return resources, nil
}
