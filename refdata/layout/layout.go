// SPDX-License-Identifier: Apache-2.0

// Package layout reads CMS's own files, in the layouts in which CMS publishes
// them, into reference tables. One file of this package is one layout.
package layout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Layout is one published file layout.
type Layout struct {
	// Name is what CMS and its users call the file: "PPRRVU".
	Name string
	// Describe says in a line what the file holds and where CMS publishes it.
	Describe string
	// Match tells by the base name (upper case) and the first bytes whether a file
	// has this layout.
	Match func(name string, head []byte) bool
	// Read makes the tables of the file. Records that can't be read go to rejects,
	// with line and reason; an error means that the file as a whole is no good.
	Read func(f File) (tables []*refdata.Table, rejects []Reject, err error)
}

// File is a file to read.
type File struct {
	Name string // base name
	Data []byte
	// Options are the user's answers to what the file does not say: "effective",
	// "ends", "release", "year".
	Options map[string]string
}

// SHA256 is the hash of the file's bytes, for Meta.SourceSHA256.
func (f *File) SHA256() string {
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// Reject is a record that could not be read.
type Reject struct {
	Line   int
	Field  string
	Value  string
	Reason string
}

func (r Reject) String() string {
	return fmt.Sprintf("line %d, %s %q: %s", r.Line, r.Field, r.Value, r.Reason)
}

// Find picks the layout of a file, or says which layouts there are.
func Find(f File) (*Layout, error) {
	name := strings.ToUpper(filepath.Base(f.Name))
	head := f.Data[:min(len(f.Data), 4096)]
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for i := range All {
		if All[i].Match(name, head) {
			return &All[i], nil
		}
	}
	names := make([]string, len(All))
	for i := range All {
		names[i] = All[i].Name
	}
	return nil, fmt.Errorf("%s has none of the layouts that Woodlawn reads (%s); keep CMS's own file name and header lines",
		filepath.Base(f.Name), strings.Join(names, ", "))
}

// All lists the layouts, the most particular first.
var All = []Layout{
	PPRRVU, GPCI, ANESBASE, ANES, OPPSCAP, LOCCO, ZIP5, ZIP9, PFREV,
	ippsDRGTable, ippsWageIndex, ippsRates, ippsOutmigration, ippsMidnight, ippsNewTechCosts, ippsClaimCodes, ippsTable5,
	ipsfCSV, ipsfFixed,
	X12Codes, CCS,
}
