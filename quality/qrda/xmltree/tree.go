// SPDX-License-Identifier: Apache-2.0

// Package xmltree reads an XML document into a tree that knows its namespaces,
// its order and its line numbers: what a clinical document is checked and read
// from. It reads nothing outside the document: a DOCTYPE is refused, so there are
// no entities but the five of XML itself.
package xmltree

import "strings"

// Kind is the kind of a node.
type Kind uint8

// The kinds of nodes, as XPath counts them (namespace nodes are not kept).
const (
	Document Kind = iota
	Element
	Attribute
	Text
	Comment
	Instruction
)

// Name is a name with its namespace resolved; Space is empty for none.
type Name struct{ Space, Local string }

// Node is one node. Trees are never changed after Parse, so that many readers may
// share one.
type Node struct {
	Kind Kind
	Name Name
	// Value is the text of an attribute, text, comment or instruction.
	Value    string
	Parent   *Node
	Children []*Node
	Attrs    []*Node
	// Order is the position in the document: parents before children, an element
	// before its attributes, these before its children.
	Order int
	// Index is the position among the parent's children or attributes.
	Index int
	Line  int // from 1
}

// Root is the document node of the tree.
func (n *Node) Root() *Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

// Top is the outermost element of a document node.
func (n *Node) Top() *Node {
	for _, c := range n.Children {
		if c.Kind == Element {
			return c
		}
	}
	return nil
}

// Text is the string-value of XPath: all text inside, joined.
func (n *Node) Text() string {
	switch n.Kind {
	case Document, Element:
	default:
		return n.Value
	}
	if len(n.Children) == 1 && n.Children[0].Kind == Text {
		return n.Children[0].Value
	}
	var b strings.Builder
	n.addText(&b)
	return b.String()
}

func (n *Node) addText(b *strings.Builder) {
	for _, c := range n.Children {
		switch c.Kind {
		case Text:
			b.WriteString(c.Value)
		case Element:
			c.addText(b)
		}
	}
}

// Attr is the value of the attribute without a namespace, and whether it is there.
func (n *Node) Attr(local string) (string, bool) { return n.AttrNS("", local) }

// AttrNS is the value of an attribute, and whether it is there.
func (n *Node) AttrNS(space, local string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attrs {
		if a.Name.Local == local && a.Name.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// Get is the value of the attribute without a namespace, empty if absent. It may
// be called on nil.
func (n *Node) Get(local string) string { v, _ := n.Attr(local); return v }

// Child is the first child element of the name in n's own namespace, following
// the path; nil if any step is missing. It may be called on nil.
func (n *Node) Child(path ...string) *Node {
	for _, local := range path {
		n = n.child(local)
	}
	return n
}

func (n *Node) child(local string) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Kind == Element && c.Name.Local == local && (n.Kind == Document || c.Name.Space == n.Name.Space) {
			return c
		}
	}
	return nil
}

// All is every child element of the name in n's own namespace.
func (n *Node) All(local string) []*Node {
	if n == nil {
		return nil
	}
	var found []*Node
	for _, c := range n.Children {
		if c.Kind == Element && c.Name.Local == local && c.Name.Space == n.Name.Space {
			found = append(found, c)
		}
	}
	return found
}

// Walk calls f for n and every element inside it, in document order, until f
// answers false for an element, whose inside is then left out.
func (n *Node) Walk(f func(*Node) bool) {
	if n == nil || (n.Kind == Element && !f(n)) {
		return
	}
	for _, c := range n.Children {
		if c.Kind == Element {
			c.Walk(f)
		}
	}
}
