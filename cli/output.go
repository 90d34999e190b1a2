// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// outputs are the files of one run. Each is written under a temporary name; Keep
// gives all of them their final names at the end, Drop removes them. So a run that
// is interrupted leaves what was there before.
type outputs struct {
	dir   string
	files []*output
}

// output is one file in the making.
type output struct {
	*bufio.Writer
	f    *os.File
	name string
}

// newOutputs prepares the folder.
func newOutputs(dir string) (*outputs, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &ExitError{ExitInternal, fmt.Errorf("output folder: %w", err)}
	}
	return &outputs{dir: dir}, nil
}

// create starts a file that will have the given name.
func (o *outputs) create(name string) (*output, error) {
	f, err := os.CreateTemp(o.dir, "."+name+".tmp-*")
	if err != nil {
		return nil, &ExitError{ExitInternal, err}
	}
	out := &output{bufio.NewWriterSize(f, 256<<10), f, name}
	o.files = append(o.files, out)
	return out, nil
}

// keep writes the files out and names them. Files of an earlier run with the same
// names are replaced.
func (o *outputs) keep() error {
	var errs []error
	for _, out := range o.files {
		errs = append(errs, out.Flush(), out.f.Sync(), out.f.Chmod(0o644), out.f.Close())
	}
	if err := errors.Join(errs...); err != nil {
		o.drop()
		return &ExitError{ExitInternal, fmt.Errorf("writing results: %w", err)}
	}
	for _, out := range o.files {
		if err := os.Rename(out.f.Name(), filepath.Join(o.dir, out.name)); err != nil {
			return &ExitError{ExitInternal, err}
		}
	}
	o.files = nil
	return nil
}

// drop removes what was not kept.
func (o *outputs) drop() {
	for _, out := range o.files {
		out.f.Close()
		os.Remove(out.f.Name())
	}
	o.files = nil
}

// discard removes one file that turned out to be empty.
func (o *outputs) discard(out *output) {
	o.files = slices.DeleteFunc(o.files, func(f *output) bool { return f == out })
	out.f.Close()
	os.Remove(out.f.Name())
}
