// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Patient is the data of one patient as they were read.
type Patient struct {
	Where string   // file and line that they come from
	Data  [][]byte // resources or bundles
	// Fetch, if set, gets the data when it is the patient's turn, on the goroutine that
	// evaluates.
	Fetch func() ([][]byte, error)
	Err   error // why they could not be read
}

// maxLine bounds one line of NDJSON, and one file of JSON.
const maxLine = 256 << 20

// ReadPatients reads patients from a folder or a file and yields them one by one until
// yield returns false. A bundle, whether a file or a line of NDJSON, is one patient and
// is yielded at once. Resources outside bundles (a bulk export: one file a resource
// type) are gathered by the patient that they refer to and yielded at the end, ordered
// by patient id; these are held in memory until then. What is about no patient, such
// as locations and medications, goes to the patients whose resources refer to it.
func ReadPatients(path string, yield func(Patient) bool) error {
	files, err := dataFiles(path)
	if err != nil {
		return err
	}
	g := &gatherer{byPatient: map[string]*Patient{}, shared: map[string][]byte{}}
	for _, name := range files {
		more, err := readFile(name, g, yield)
		if err != nil || !more {
			return err
		}
	}
	return g.flush(yield)
}

// dataFiles lists the JSON files of a folder and the folders in it, sorted; a file is itself.
func dataFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isJSON(name) {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no .json or .ndjson files", path)
	}
	slices.Sort(files)
	return files, err
}

func isJSON(name string) bool {
	name = strings.TrimSuffix(name, ".gz")
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".ndjson")
}

func readFile(name string, g *gatherer, yield func(Patient) bool) (more bool, err error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var r io.Reader = f
	base := filepath.Base(name)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return false, fmt.Errorf("%s: %w", base, err)
		}
		name = strings.TrimSuffix(name, ".gz")
	}
	if !strings.HasSuffix(name, ".ndjson") {
		src, err := io.ReadAll(io.LimitReader(r, maxLine+1))
		if err == nil && len(src) > maxLine {
			err = errors.New("the file is larger than 256 MiB")
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", base, err)
		}
		return g.take(base, src, yield), nil
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	for n := 1; lines.Scan(); n++ {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			if !g.take(fmt.Sprintf("%s line %d", base, n), bytes.Clone(line), yield) {
				return false, nil
			}
		}
	}
	if err := lines.Err(); err != nil {
		return false, fmt.Errorf("%s: %w", base, err)
	}
	return true, nil
}

// gatherer collects resources that stand alone.
type gatherer struct {
	byPatient map[string]*Patient
	shared    map[string][]byte // Type/id
}

// take hands a bundle on and keeps another resource for its patient.
func (g *gatherer) take(where string, src []byte, yield func(Patient) bool) bool {
	if isBundle(src) {
		return yield(Patient{Where: where, Data: [][]byte{src}})
	}
	doc, err := node.ParseResource(src)
	if err != nil {
		return yield(Patient{Where: where, Err: err})
	}
	defer doc.Release()
	root := doc.Root()
	typ := root.ResourceType()
	id := root.ID()
	if typ != "Patient" {
		if id = subjectOf(root); id == "" {
			g.shared[typ+"/"+root.ID()] = src
			return true
		}
	}
	p := g.byPatient[id]
	if p == nil {
		p = &Patient{Where: where}
		g.byPatient[id] = p
	}
	if typ == "Patient" {
		p.Where = where
	}
	p.Data = append(p.Data, src)
	return true
}

// isBundle looks at the type without reading all of the document.
func isBundle(src []byte) bool {
	head := src[:min(len(src), 4096)]
	i := bytes.Index(head, []byte(`"resourceType"`))
	if i < 0 {
		return false
	}
	rest := bytes.TrimLeft(head[i+len(`"resourceType"`):], " \t\r\n:")
	return bytes.HasPrefix(rest, []byte(`"Bundle"`))
}

// subjectOf is the id of the patient that a resource is about, or nothing.
func subjectOf(n node.Node) string {
	for _, name := range []string{"subject", "patient", "beneficiary", "individual", "for"} {
		ref := n.Get(name).Get("reference").Text()
		if i := strings.LastIndex(ref, "Patient/"); i >= 0 {
			id, _, _ := strings.Cut(ref[i+len("Patient/"):], "/")
			return id
		}
	}
	return ""
}

// flush yields the gathered patients.
func (g *gatherer) flush(yield func(Patient) bool) error {
	ids := make([]string, 0, len(g.byPatient))
	for id := range g.byPatient {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		p := g.byPatient[id]
		delete(g.byPatient, id)
		g.addShared(p)
		if !yield(*p) {
			return nil
		}
	}
	return nil
}

// addShared gives a patient what its resources refer to, and what that refers to.
func (g *gatherer) addShared(p *Patient) {
	if len(g.shared) == 0 {
		return
	}
	taken := map[string]bool{}
	for i := 0; i < len(p.Data); i++ {
		for _, ref := range references(p.Data[i]) {
			if src, ok := g.shared[ref]; ok && !taken[ref] {
				taken[ref] = true
				p.Data = append(p.Data, src)
			}
		}
	}
}

// references lists the Type/id of the references in a resource.
func references(src []byte) []string {
	var list []string
	mark := []byte(`"reference"`)
	for {
		i := bytes.Index(src, mark)
		if i < 0 {
			return list
		}
		src = bytes.TrimLeft(src[i+len(mark):], " \t\r\n:")
		if len(src) == 0 || src[0] != '"' {
			continue
		}
		end := bytes.IndexByte(src[1:], '"')
		if end < 0 {
			return list
		}
		parts := strings.Split(string(src[1:1+end]), "/")
		if n := len(parts); n >= 2 {
			list = append(list, parts[n-2]+"/"+parts[n-1])
		}
		src = src[1+end:]
	}
}
