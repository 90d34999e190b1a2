// SPDX-License-Identifier: Apache-2.0

// Package node reads a FHIR resource once and lets everything else look at it:
// FHIRPath, search indexing, validation, measures, redaction.
//
// The bytes that came in are kept as they are. Parse walks them once and writes
// a flat tape beside them: for every JSON value its kind, its name, where it
// starts and ends, and where its next sibling stands. A Node is a place on the
// tape; it costs nothing to copy. Nothing is decoded before it is asked for.
//
// A primitive element and its "_name" sibling, which carries the id and the
// extensions, are one Node. Absent elements are the zero Node, of which every
// question may be asked: its text is empty, it has no children.
//
//	doc, err := node.ParseResource(body)
//	if err != nil { ... }            // *node.SyntaxError: offset, location, reason
//	for name := range doc.Root().Get("name").Items() {
//		fmt.Println(name.Get("family").Text())
//	}
//	value, typeName := obs.Choice("value") // valueQuantity, "Quantity"
package node

import "sync"

// Kind is the JSON kind of a node's value.
type Kind uint8

// The kinds. Absent is the kind of the zero Node and of a primitive that has
// only an id or extensions.
const (
	Absent Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"nothing", "null", "false", "true", "number", "string", "array", "object"}[k]
}

// flags of an entry
const (
	escaped    uint8 = 1 << iota // a string with backslashes
	underscore                   // an object with a member whose name begins with _
)

// entry is one value on the tape.
type entry struct {
	start, end uint32 // the value in the source, quotes included
	next       uint32 // the entry after this one's subtree
	count      uint32 // items of an array, members of an object
	key        uint32 // the name in the source; items of an array have the array's
	keyLen     uint16 // 0: no name
	kind       Kind
	flags      uint8
}

// Doc is one parsed document. It is read-only after Parse and safe for use by
// many goroutines.
type Doc struct {
	src  []byte
	tape []entry // tape[0] stands for nothing, tape[1] is the root
}

// Bytes are the bytes that the document was parsed from, unchanged.
func (d *Doc) Bytes() []byte { return d.src }

// Root is the document's outermost value.
func (d *Doc) Root() Node {
	if len(d.tape) < 2 {
		return Node{}
	}
	return Node{doc: d, val: 1}
}

// Size is the number of JSON values in the document.
func (d *Doc) Size() int { return max(len(d.tape)-1, 0) }

var tapes = sync.Pool{New: func() any { return new(Doc) }}

// Release gives the document's tape back for the next Parse. No Node of the
// document may be used afterwards; text read from it stays good. A document
// that is not released is simply collected.
func (d *Doc) Release() {
	const keep = 1 << 16 // entries; a larger tape is left to the collector
	if cap(d.tape) > keep {
		return
	}
	d.src, d.tape = nil, d.tape[:0]
	tapes.Put(d)
}
