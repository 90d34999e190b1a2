// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"crypto/sha256"
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Library is one ELM library as it was loaded, not yet linked to what it includes.
type Library struct {
	ID, Version string
	includes    []include
	root        node.Node // the "library" object
	digest      [sha256.Size]byte
}

type include struct{ alias, id, version string }

// elmLimits bound an ELM document. ELM repeats "type" in a choice type specifier,
// where the first one counts.
var elmLimits = node.Limits{Bytes: 64 << 20, Depth: 2000, Values: 16 << 20, Members: 4096, Repeats: true}

// Load reads one library of ELM JSON. It keeps src.
func Load(src []byte) (*Library, error) {
	doc, err := elmLimits.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("ELM: %w", err)
	}
	root := doc.Root().Get("library")
	id := root.Get("identifier").Get("id").Text()
	if id == "" {
		return nil, fmt.Errorf("ELM: the document has no library with an identifier")
	}
	l := &Library{ID: id, Version: root.Get("identifier").Get("version").Text(), root: root, digest: sha256.Sum256(src)}
	for inc := range root.Get("includes").Get("def").Items() {
		path := inc.Get("path").Text()
		for i := len(path) - 1; i >= 0; i-- { // a path may have a namespace before the name
			if path[i] == '/' {
				path = path[i+1:]
				break
			}
		}
		l.includes = append(l.includes, include{inc.Get("localIdentifier").Text(), path, inc.Get("version").Text()})
	}
	return l, nil
}

// Digest tells libraries with different text apart.
func (l *Library) Digest() [sha256.Size]byte { return l.digest }

// Name is the library's id and version.
func (l *Library) Name() string { return canonical(l.ID, l.Version) }

// failure is how an operator stops an evaluation; Evaluate turns it into an Error.
type failure struct{ reason string }

// Error says why an expression has no value, and where it stands.
type Error struct {
	Library    string // id|version
	Definition string // expression or function
	Locator    string // line:column-line:column of the CQL
	Reason     string
	Err        error // the cause, where it is an error of its own
}

func (e *Error) Error() string {
	where := e.Library
	if e.Definition != "" {
		where += ", " + fmt.Sprintf("%q", e.Definition)
	}
	if e.Locator != "" {
		where += ", " + e.Locator
	}
	return where + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Err }
