// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"sync"

	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// Packet is everything that the deliveries tell about one person, as packed rows: what
// goes from one machine to another where beneficiaries are spread over several. The order
// of the rows does not matter.
type Packet struct {
	MBI    string
	Former []string // earlier identifiers, as Crossref.Former has them
	Rows   []string
}

// Assembler makes beneficiaries of packets. It is not safe for concurrent use.
type Assembler struct{ a assembler }

// Assemble makes the beneficiary of a packet, good until the next call. It is the very
// function that Each calls: chains of adjustments resolved, lists and opt-outs applied.
func (x *Assembler) Assemble(p Packet) (*Beneficiary, error) {
	return x.a.assemble(p.MBI, p.Former, p.Rows)
}

// Files lists the deliveries and lists of a folder, sorted by path.
func Files(dir string) ([]string, error) {
	list, _, err := find(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range list {
		out = append(out, list[i].path)
	}
	return out, nil
}

// ReadCrossref closes the changes of identifiers that the deliveries among the files tell of.
func ReadCrossref(files []string, layouts *cclf.Layouts) (*Crossref, error) {
	var all []Change
	for _, path := range files {
		s, err := look(path)
		if err != nil {
			return nil, err
		}
		s.name = path
		list, err := s.changes(layouts)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return NewCrossref(all), nil
}

// ReadRows reads one file and gives each record as a packed row with the current
// identifier of its beneficiary; both are good until give returns. What is set aside goes
// to reject, which may be nil.
func ReadRows(path string, layouts *cclf.Layouts, x *Crossref, give func(mbi, row []byte) error, reject func(error)) error {
	src, err := look(path)
	if err != nil || src.kind == 0 {
		return err
	}
	src.name = path
	s := &sorter{feed: &Feed{Crossref: x}, cfg: &Config{Layouts: layouts, Reject: reject}, mu: &sync.Mutex{}, give: give}
	return s.read(&src)
}
