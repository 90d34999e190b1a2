// SPDX-License-Identifier: Apache-2.0

package qrda

import (
	"bufio"
	"encoding/xml"
	"io"
	"strings"
)

// element is a piece of a document to be written.
type element struct {
	name  string
	attrs []string // name, value, name, value, ...; empty values are left out
	text  string
	kids  []*element
}

func el(name string, attrs ...string) *element { return &element{name: name, attrs: attrs} }

// with appends children; nil ones are left out.
func (e *element) with(kids ...*element) *element {
	for _, k := range kids {
		if k != nil {
			e.kids = append(e.kids, k)
		}
	}
	return e
}

func (e *element) saying(text string) *element { e.text = text; return e }

// render writes the document, one element a line.
func (e *element) render(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(xml.Header)
	e.write(b, 0)
	return b.Flush()
}

func (e *element) write(b *bufio.Writer, depth int) {
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent)
	b.WriteByte('<')
	b.WriteString(e.name)
	for i := 0; i+1 < len(e.attrs); i += 2 {
		if e.attrs[i+1] == "" {
			continue
		}
		b.WriteByte(' ')
		b.WriteString(e.attrs[i])
		b.WriteString(`="`)
		escape(b, e.attrs[i+1])
		b.WriteByte('"')
	}
	switch {
	case e.text != "":
		b.WriteByte('>')
		escape(b, e.text)
		b.WriteString("</" + e.name + ">\n")
	case len(e.kids) == 0:
		b.WriteString("/>\n")
	default:
		b.WriteString(">\n")
		for _, k := range e.kids {
			k.write(b, depth+1)
		}
		b.WriteString(indent + "</" + e.name + ">\n")
	}
}

// escape writes text; the writer keeps its first error until Flush.
func escape(b *bufio.Writer, s string) { _ = xml.EscapeText(b, []byte(s)) }
