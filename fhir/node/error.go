// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"strconv"
	"strings"
)

// SyntaxError says why a document is not JSON that FHIR allows. Its text holds
// names of elements but no values, so that it may be logged.
type SyntaxError struct {
	Offset   int    // bytes from the start
	Line     int    // from 1
	Column   int    // bytes in the line, from 1
	Location string // FHIRPath of the innermost element reached, as Patient.name[0].given[1]
	Reason   string
}

func (e *SyntaxError) Error() string {
	at := ""
	if e.Location != "" {
		at = " in " + e.Location
	}
	return fmt.Sprintf("line %d column %d%s: %s", e.Line, e.Column, at, e.Reason)
}

// fail makes the error for the present place.
func (p *parser) fail(at int, reason string) error {
	at = min(at, len(p.src))
	before := string(p.src[:at])
	return &SyntaxError{
		Offset:   at,
		Line:     1 + strings.Count(before, "\n"),
		Column:   at - strings.LastIndexByte(before, '\n'),
		Location: p.location(),
		Reason:   reason,
	}
}

// location names the open containers and the last entry begun.
func (p *parser) location() string {
	d := Doc{src: p.src, tape: p.tape}
	for _, i := range p.open { // they end here, as far as we shall ever know
		p.tape[i].next = uint32(len(p.tape))
	}
	if p.pending {
		p.tape[len(p.tape)-1].next = uint32(len(p.tape))
	}
	var b strings.Builder
	b.WriteString(d.rootName())
	for level, i := range p.open {
		if level > 0 {
			d.appendStep(&b, p.open[level-1], i, p.tape[p.open[level-1]].count-1)
		}
	}
	if n := len(p.open); n > 0 {
		inner := p.open[n-1]
		if last := uint32(len(p.tape) - 1); last > inner && p.pending {
			d.appendStep(&b, inner, last, p.tape[inner].count-1)
		}
	}
	return b.String()
}

// Location is the FHIRPath of the node from the root of its document, as
// Patient.contact[0].name.given[1]. Elements in arrays have an index.
func (n Node) Location() string {
	target := n.at()
	if target == 0 {
		return ""
	}
	d := n.doc
	var b strings.Builder
	b.WriteString(d.rootName())
	for at := uint32(1); at != target; {
		container := d.tape[at]
		child := at + 1
		index := uint32(0)
		for child < container.next && d.tape[child].next <= target {
			child = d.tape[child].next
			index++
		}
		if child >= container.next {
			break
		}
		d.appendStep(&b, at, child, index)
		at = child
	}
	return b.String()
}

// rootName is the resource type of the root, if it is known yet.
func (d *Doc) rootName() string {
	if t := d.Root().ResourceType(); t != "" && len(t) <= 64 {
		return t
	}
	return "$this"
}

// appendStep writes the step from a container to its child.
func (d *Doc) appendStep(b *strings.Builder, container, child, index uint32) {
	if d.tape[container].kind == Array {
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(int(index)))
		b.WriteByte(']')
		return
	}
	name := d.name(child)
	if len(name) > 1 && name[0] == '_' {
		name = name[1:] // the extensions of a primitive stand at the primitive
	}
	if len(name) > 64 {
		name = append(append([]byte{}, name[:64]...), "..."...)
	}
	b.WriteByte('.')
	b.Write(name)
}
