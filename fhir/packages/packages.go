// SPDX-License-Identifier: Apache-2.0

// Package packages reads HL7's FHIR packages: gzipped tar files that hold a
// package.json and one resource a file.
package packages

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Limits of what a package may unpack to.
const (
	maxFile  = 64 << 20
	maxTotal = 1 << 30
)

// Package is a package read whole.
type Package struct {
	Name         string            `json:"name"`    // hl7.fhir.us.core
	Version      string            `json:"version"` // 6.1.0
	Canonical    string            `json:"canonical"`
	FHIRVersions []string          `json:"fhirVersions"`
	Dependencies map[string]string `json:"dependencies"`

	files []file
}

type file struct {
	name string // inside the package folder, as example/Patient-1.json
	body []byte
}

// ID is name#version.
func (p *Package) ID() string { return p.Name + "#" + p.Version }

// Open reads a package file.
func Open(path string) (*Package, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Read reads a package. Only its JSON files are kept.
func Read(r io.Reader) (*Package, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("not a FHIR package: %w", err)
	}
	p := &Package{}
	total := int64(0)
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/package/")
		if h.Typeflag != tar.TypeReg || path.Ext(name) != ".json" || strings.HasPrefix(name, "/") {
			continue
		}
		if total += h.Size; h.Size > maxFile || total > maxTotal {
			return nil, fmt.Errorf("the package unpacks to more than is allowed, at %s", name)
		}
		body := make([]byte, h.Size)
		if _, err := io.ReadFull(tr, body); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if name == "package.json" {
			if err := json.Unmarshal(body, p); err != nil {
				return nil, fmt.Errorf("package.json: %w", err)
			}
			continue
		}
		p.files = append(p.files, file{name, body})
	}
	if p.Name == "" {
		return nil, fmt.Errorf("not a FHIR package: it has no package.json with a name")
	}
	return p, nil
}

// folder tells whether a file is of the package's own definitions, or of a
// folder such as example.
func (f file) folder() string {
	dir := path.Dir(f.name)
	if dir == "." {
		return ""
	}
	return dir
}

// Resources yields the package's definitions by file name: what stands beside
// package.json. Files that are no resources are passed over; one that is no
// JSON yields its error.
func (p *Package) Resources() iter.Seq2[string, Resource] {
	return p.yield(func(dir string) bool { return dir == "" })
}

// Examples yields the package's examples by file name.
func (p *Package) Examples() iter.Seq2[string, Resource] {
	return p.yield(func(dir string) bool {
		return dir == "example" || dir == "examples" || strings.HasSuffix(dir, "/example")
	})
}

// Resource is a document, or why it could not be read.
type Resource struct {
	node.Node
	Err error
}

func (p *Package) yield(want func(dir string) bool) iter.Seq2[string, Resource] {
	return func(yield func(string, Resource) bool) {
		for _, f := range p.files {
			if !want(f.folder()) || path.Base(f.name)[0] == '.' {
				continue
			}
			d, err := node.Parse(f.body)
			r := Resource{Err: err}
			if err == nil {
				if r.Node = d.Root(); r.ResourceType() == "" {
					continue
				}
			}
			if !yield(f.name, r) {
				return
			}
		}
	}
}
