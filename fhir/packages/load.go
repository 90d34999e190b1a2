// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Load makes an index of packages (.tgz), single definitions (.json) and folders
// that hold either. Later ones win over earlier ones; in a folder, packages come
// first, each kind in the order of the names.
func Load(paths ...string) (*Index, error) {
	index := NewIndex()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		files := []string{path}
		if info.IsDir() {
			if files, err = inFolder(path); err != nil {
				return nil, err
			}
		}
		for _, name := range files {
			if err := index.addFile(name); err != nil {
				return nil, err
			}
		}
	}
	return index, nil
}

func inFolder(path string) (files []string, err error) {
	for _, pattern := range []string{"*.tgz", "*.json"} {
		found, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, err
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no FHIR packages (.tgz) or definitions (.json)", path)
	}
	return files, nil
}

func (x *Index) addFile(name string) error {
	if !strings.EqualFold(filepath.Ext(name), ".json") {
		p, err := Open(name)
		if err != nil {
			return err
		}
		for file, err := range x.AddPackage(p) {
			return fmt.Errorf("%s: %s: %w", filepath.Base(name), file, err)
		}
		return nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	d, err := node.ParseResource(b)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	x.Add(d.Root())
	return nil
}
