// SPDX-License-Identifier: Apache-2.0

package node

import "iter"

// Node is one element of a document: a value, the "_name" sibling that carries
// the id and extensions of a primitive, or both. The zero Node is an element
// that is not there. Nodes may be compared with ==.
type Node struct {
	doc      *Doc
	val, ext uint32
}

// Exists tells whether the element is there.
func (n Node) Exists() bool { return n.doc != nil }

// Doc is the document that the node is of.
func (n Node) Doc() *Doc { return n.doc }

// Kind is the JSON kind of the value. It is Absent for a primitive that has only
// an id or extensions.
func (n Node) Kind() Kind {
	if n.val == 0 {
		return Absent
	}
	return n.doc.tape[n.val].kind
}

// at is the tape entry that stands for the node in the document.
func (n Node) at() uint32 {
	if n.val != 0 {
		return n.val
	}
	return n.ext
}

// Offset is where the node's value starts in the document.
func (n Node) Offset() int {
	if n.doc == nil {
		return 0
	}
	return int(n.doc.tape[n.at()].start)
}

// JSON is the value as it stands in the document, nil if there is none.
func (n Node) JSON() []byte {
	if n.val == 0 {
		return nil
	}
	e := &n.doc.tape[n.val]
	return n.doc.src[e.start:e.end]
}

// ExtensionJSON is the "_name" sibling of a primitive as it stands in the
// document, nil if there is none.
func (n Node) ExtensionJSON() []byte {
	if n.ext == 0 {
		return nil
	}
	e := &n.doc.tape[n.ext]
	return n.doc.src[e.start:e.end]
}

// Name is the element's name, without the underscore. Items of an array have the
// array's name; the root has none.
func (n Node) Name() string {
	if n.doc == nil {
		return ""
	}
	name := n.doc.name(n.at())
	if n.val == 0 && len(name) > 0 && name[0] == '_' {
		name = name[1:]
	}
	return string(name)
}

func (d *Doc) name(i uint32) []byte {
	e := &d.tape[i]
	return d.src[e.key : e.key+uint32(e.keyLen)]
}

// object is the entry of the JSON object that holds the node's children, or 0.
func (n Node) object() uint32 {
	if n.val != 0 && n.doc.tape[n.val].kind == Object {
		return n.val
	}
	if n.ext != 0 && n.doc.tape[n.ext].kind == Object {
		return n.ext
	}
	return 0
}

// Get is the element of that name, with its "_name" sibling. A repeating element
// is one Node of kind Array; Items gives what is in it. A JSON null counts as absent.
func (n Node) Get(name string) Node {
	obj := n.object()
	if obj == 0 {
		return Node{}
	}
	d := n.doc
	tape := d.tape
	e := &tape[obj]
	joined := e.flags&underscore != 0
	found := Node{doc: d}
	for at := obj + 1; at < e.next; at = tape[at].next {
		m := &tape[at]
		key := d.src[m.key : m.key+uint32(m.keyLen)]
		if string(key) == name {
			if m.kind != Null {
				found.val = at
			}
			if !joined {
				break
			}
		} else if joined && len(key) == len(name)+1 && key[0] == '_' && string(key[1:]) == name && m.kind != Null {
			found.ext = at
		}
	}
	if found.val|found.ext == 0 {
		return Node{}
	}
	return found
}

// Len is the number of JSON items of an array, 1 for another element, 0 for the zero Node.
func (n Node) Len() int {
	if n.doc == nil {
		return 0
	}
	count := 1
	if n.isArray() {
		count = int(max(n.items(n.val), n.items(n.ext)))
	}
	return count
}

func (n Node) isArray() bool {
	return n.val != 0 && n.doc.tape[n.val].kind == Array || n.ext != 0 && n.doc.tape[n.ext].kind == Array
}

func (n Node) items(i uint32) uint32 {
	if i == 0 || n.doc.tape[i].kind != Array {
		return 0
	}
	return n.doc.tape[i].count
}

// Items yields each item of an array that is there, joined with its part of the
// "_name" sibling, or the node itself if it is no array.
func (n Node) Items() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.doc == nil {
			return
		}
		if !n.isArray() {
			yield(n)
			return
		}
		for c := n.cursor(); c.next(); {
			if !yield(c.item) {
				return
			}
		}
	}
}

// AppendItems appends what Items yields.
func (n Node) AppendItems(dst []Node) []Node {
	if n.doc == nil {
		return dst
	}
	if !n.isArray() {
		return append(dst, n)
	}
	for c := n.cursor(); c.next(); {
		dst = append(dst, c.item)
	}
	return dst
}

// At is the item of an array at an index, as JSON counts; At(0) of another
// element is the element. Missing items are the zero Node.
func (n Node) At(i int) Node {
	if n.doc == nil || i < 0 {
		return Node{}
	}
	if !n.isArray() {
		if i == 0 {
			return n
		}
		return Node{}
	}
	found := Node{doc: n.doc, val: n.nth(n.val, i), ext: n.nth(n.ext, i)}
	if found.val|found.ext == 0 {
		return Node{}
	}
	return found
}

// nth is the entry of an array's item, or 0 if it is missing or null.
func (n Node) nth(array uint32, i int) uint32 {
	if i >= int(n.items(array)) {
		return 0
	}
	at := array + 1
	for ; i > 0; i-- {
		at = n.doc.tape[at].next
	}
	if n.doc.tape[at].kind == Null {
		return 0
	}
	return at
}

// cursor walks an array and its "_name" array side by side.
type cursor struct {
	doc            *Doc
	val, valEnd    uint32
	ext, extEnd    uint32
	item           Node
	index, current int // index of the item after this, and of this
}

func (n Node) cursor() cursor {
	c := cursor{doc: n.doc}
	if n.items(n.val) > 0 {
		c.val, c.valEnd = n.val+1, n.doc.tape[n.val].next
	}
	if n.items(n.ext) > 0 {
		c.ext, c.extEnd = n.ext+1, n.doc.tape[n.ext].next
	}
	return c
}

func (c *cursor) next() bool {
	tape := c.doc.tape
	for c.val < c.valEnd || c.ext < c.extEnd {
		c.item = Node{doc: c.doc}
		c.current = c.index
		c.index++
		if c.val < c.valEnd {
			if tape[c.val].kind != Null {
				c.item.val = c.val
			}
			c.val = tape[c.val].next
		}
		if c.ext < c.extEnd {
			if tape[c.ext].kind != Null {
				c.item.ext = c.ext
			}
			c.ext = tape[c.ext].next
		}
		if c.item.val|c.item.ext != 0 {
			return true
		}
	}
	return false
}

// Elements yields every element of the node with its name, in the order of the
// document, each joined with its "_name" sibling. A resource's resourceType,
// which is no element, and nulls are left out.
func (n Node) Elements() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		obj := n.object()
		if obj == 0 {
			return
		}
		d := n.doc
		e := &d.tape[obj]
		joined := e.flags&underscore != 0
		for at := obj + 1; at < e.next; at = d.tape[at].next {
			m := &d.tape[at]
			if m.kind == Null {
				continue
			}
			key := d.name(at)
			element := Node{doc: d, val: at}
			if key[0] == '_' && len(key) > 1 {
				if key = key[1:]; d.member(obj, "", key) != 0 {
					continue // it comes with its value
				}
				element = Node{doc: d, ext: at}
			} else if string(key) == "resourceType" && d.holdsResource(obj) {
				continue
			} else if joined {
				element.ext = d.member(obj, "_", key)
			}
			if !yield(string(key), element) {
				return
			}
		}
	}
}

// holdsResource tells whether an object stands where FHIR's JSON has resources.
// Elsewhere a resourceType is an element, as in ExampleScenario.instance.
func (d *Doc) holdsResource(obj uint32) bool {
	switch string(d.name(obj)) {
	case "", "contained", "resource", "outcome":
		return true
	}
	return false
}

// member is the entry of a member by prefix and name, or 0 if it is missing or null.
func (d *Doc) member(obj uint32, prefix string, name []byte) uint32 {
	end := d.tape[obj].next
	for at := obj + 1; at < end; at = d.tape[at].next {
		m := &d.tape[at]
		if int(m.keyLen) == len(prefix)+len(name) && m.kind != Null {
			key := d.name(at)
			if string(key[:len(prefix)]) == prefix && string(key[len(prefix):]) == string(name) {
				return at
			}
		}
	}
	return 0
}
