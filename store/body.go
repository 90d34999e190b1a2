// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Version is one version of a resource.
type Version struct {
	Type    string
	ID      string
	Number  int64 // versionId
	Updated time.Time
	Deleted bool
	Method  Method // that made it
	// tail is the resource after meta.lastUpdated: what is kept of it. Type, id and
	// version come before it, so that a body need not be rewritten for them.
	tail []byte
}

// Method is what made a version.
type Method int64

// The methods.
const (
	Create Method = 1
	Update Method = 2
	Delete Method = 3
)

// TimeFormat is how meta.lastUpdated is written.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the resource with its id and meta; nothing if it is deleted.
func (v *Version) AppendJSON(dst []byte) []byte {
	if v.Deleted {
		return dst
	}
	dst = append(dst, `{"resourceType":"`...)
	dst = append(dst, v.Type...)
	dst = append(dst, `","id":"`...)
	dst = append(dst, v.ID...)
	dst = append(dst, `","meta":{"versionId":"`...)
	dst = strconv.AppendInt(dst, v.Number, 10)
	dst = append(dst, `","lastUpdated":"`...)
	dst = v.Updated.UTC().AppendFormat(dst, TimeFormat)
	dst = append(dst, '"')
	return append(dst, v.tail...)
}

// JSON is what AppendJSON appends.
func (v *Version) JSON() []byte { return v.AppendJSON(make([]byte, 0, len(v.tail)+160)) }

// Prepared is a resource ready to be written: checked, indexed and packed.
type Prepared struct {
	Type, ID string
	key      int64
	body     []byte
	index    search.Index
	tail     []byte
}

// Prepare makes a resource ready to be written under an id. The document may be
// released afterwards. It may be called by many goroutines.
func Prepare(d *node.Doc, id string) (*Prepared, error) {
	root := d.Root()
	typ := root.ResourceType()
	types := search.For(typ)
	if types == nil {
		return nil, fmt.Errorf("FHIR R4 has no resource type of that name")
	}
	if !search.ValidID(id) {
		return nil, errors.New("an id is 1 to 64 letters, digits, - and .")
	}
	p := &Prepared{Type: typ, ID: id, key: search.ResourceKey(typ, id), tail: tailOf(root)}
	if err := types.Extract(&p.index, d); err != nil {
		return nil, err
	}
	if typ == "Patient" { // the id may be another than the document's
		own := search.Reference{Param: search.CompartmentKey(typ), Target: p.key}
		p.index.References = append(p.index.References[:len(p.index.References)-len(p.index.Patients)], own)
		p.index.Patients = []string{id}
	}
	p.body = pack(p.tail)
	return p, nil
}

// tailOf is the resource without its type, id and version, see Version.tail.
func tailOf(root node.Node) []byte {
	b := make([]byte, 0, len(root.JSON()))
	for name, n := range root.Get("meta").Elements() {
		if name != "versionId" && name != "lastUpdated" {
			b = AppendMember(b, name, n)
		}
	}
	b = append(b, '}')
	for name, n := range root.Elements() {
		if name != "id" && name != "meta" {
			b = AppendMember(b, name, n)
		}
	}
	b = append(b, '}')
	if bytes.ContainsAny(root.JSON(), "\n\r") { // written for people
		b = compact(b)
	}
	return b
}

// AppendMember appends an element with its name, and its "_name" sibling, each after a comma.
func AppendMember(b []byte, name string, n node.Node) []byte {
	for i, value := range [][]byte{n.JSON(), n.ExtensionJSON()} {
		if value != nil {
			b = append(b, `,"`...)
			b = append(b, "_"[:i]...)
			b = append(b, name...)
			b = append(b, `":`...)
			b = append(b, value...)
		}
	}
	return b
}

// compact takes the white space outside strings away, in place.
func compact(b []byte) []byte {
	out, quoted := b[:0], false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			out = append(out, c)
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			continue
		}
		out = append(out, b[i])
	}
	return out
}
