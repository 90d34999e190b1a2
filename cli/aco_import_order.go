// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"io"
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// inOrder puts files whose first resource is a provider before the others, as claims refer to
// providers. A bulk export has a file for each type of resource.
func (c acoImportCmd) inOrder(a *App) []string {
	var first, rest []string
	for _, name := range c.Files {
		if name != "-" && c.providers(a, name) {
			first = append(first, name)
		} else {
			rest = append(rest, name)
		}
	}
	return slices.Concat(first, rest)
}

// providers tells whether the first line of a file is a provider. What can't be read is told
// when the file is read.
func (c acoImportCmd) providers(a *App, name string) bool {
	in, done, err := a.open(name)
	if err != nil {
		return false
	}
	defer done()
	line, err := bufio.NewReaderSize(io.LimitReader(in, 1<<20), 1<<16).ReadBytes('\n')
	return (err == nil || err == io.EOF) && isProvider(line)
}

// isProvider tells Organizations and Practitioners.
func isProvider(text []byte) bool {
	d, err := node.ParseResource(text)
	if err != nil {
		return false
	}
	defer d.Release()
	t := d.Root().ResourceType()
	return t == "Organization" || t == "Practitioner"
}
