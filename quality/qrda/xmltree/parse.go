// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what a document may cost. Zero values mean the defaults.
type Limits struct {
	Bytes int64 // size of the text, by default 100 MiB
	Depth int   // nesting of elements, by default 200
	Nodes int   // elements, attributes and texts, by default 8 million
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 100 << 20
	}
	if l.Depth == 0 {
		l.Depth = 200
	}
	if l.Nodes == 0 {
		l.Nodes = 8_000_000
	}
	return l
}

// SyntaxError is a text that is no well-formed document, or one beyond the limits.
// Its message holds element names, never text of the document.
type SyntaxError struct {
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Parse reads one document under the default limits.
func Parse(r io.Reader) (*Node, error) { return ParseLimited(r, Limits{}) }

// ParseLimited reads one document. A text that is not well formed gives a
// *SyntaxError; other errors come from r.
func ParseLimited(r io.Reader, limits Limits) (*Node, error) {
	limits = limits.withDefaults()
	src := &meter{r: r, left: limits.Bytes}
	p := &parser{dec: xml.NewDecoder(src), limits: limits, top: &Node{Kind: Document, Line: 1}}
	p.at = p.top
	for {
		tok, err := p.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, p.readError(err)
		}
		if err := p.take(tok); err != nil {
			return nil, err
		}
	}
	if p.at != p.top {
		return nil, p.fail("the document ends inside element %s", p.at.Name.Local)
	}
	if p.top.Top() == nil {
		return nil, p.fail("there is no element: this is not an XML document")
	}
	return p.top, nil
}

// maxAttributes is far above any clinical document's need; the check that no
// attribute comes twice takes the square of it.
const maxAttributes = 1000

var errTooLong = errors.New("longer than the limit")

// meter ends a text that is longer than the limit.
type meter struct {
	r    io.Reader
	left int64
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.left -= int64(n)
	if m.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

type parser struct {
	dec    *xml.Decoder
	limits Limits
	top    *Node
	at     *Node // the open element
	depth  int
	count  int
	scopes []binding // namespace declarations in force, the innermost last
	open   []opened
	// pending is text that may go on in the next token.
	pending strings.Builder
}

type binding struct{ prefix, space string }

// opened is an element that is not closed yet: its name as written, and how many
// declarations were in force outside it.
type opened struct {
	name   xml.Name
	scopes int
}

func (p *parser) fail(format string, args ...any) error {
	line, _ := p.dec.InputPos()
	return &SyntaxError{line, fmt.Sprintf(format, args...)}
}

func (p *parser) readError(err error) error {
	if errors.Is(err, errTooLong) {
		return p.fail("the document is longer than %d bytes", p.limits.Bytes)
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return &SyntaxError{syntax.Line, "not well formed: " + safeReason(syntax.Msg)}
	}
	if strings.Contains(err.Error(), "encoding") {
		return p.fail("the encoding is not UTF-8: convert the file first")
	}
	return err
}

// safeReason keeps the document's own text out of an error.
func safeReason(msg string) string {
	if i := strings.IndexByte(msg, '&'); i >= 0 {
		return "unknown or broken entity"
	}
	return msg
}

func (p *parser) take(tok xml.Token) error {
	if _, text := tok.(xml.CharData); !text {
		if err := p.flush(); err != nil {
			return err
		}
	}
	switch t := tok.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		return p.end(t)
	case xml.CharData:
		return p.text(string(t))
	case xml.Comment:
		return p.add(&Node{Kind: Comment, Value: string(t)})
	case xml.ProcInst:
		if t.Target == "xml" {
			return nil
		}
		return p.add(&Node{Kind: Instruction, Name: Name{Local: t.Target}, Value: string(t.Inst)})
	case xml.Directive:
		return p.fail("a document type declaration is not allowed: remove the DOCTYPE")
	}
	return nil
}

func (p *parser) text(s string) error {
	if p.at == p.top {
		if strings.Trim(s, " \t\r\n\ufeff") != "" {
			return p.fail("text outside the outermost element")
		}
		return nil
	}
	p.pending.WriteString(s)
	return nil
}

// flush makes one node of adjacent texts (a CDATA section beside text).
func (p *parser) flush() error {
	if p.pending.Len() == 0 {
		return nil
	}
	s := p.pending.String()
	p.pending.Reset()
	return p.add(&Node{Kind: Text, Value: s})
}

func (p *parser) number(n *Node) error {
	p.count++
	if p.count > p.limits.Nodes {
		return p.fail("the document has more than %d nodes", p.limits.Nodes)
	}
	n.Order = p.count
	n.Line, _ = p.dec.InputPos()
	return nil
}

func (p *parser) add(n *Node) error {
	if err := p.number(n); err != nil {
		return err
	}
	n.Parent = p.at
	n.Index = len(p.at.Children)
	p.at.Children = append(p.at.Children, n)
	return nil
}

func (p *parser) start(t xml.StartElement) error {
	if p.at == p.top && p.top.Top() != nil {
		return p.fail("a second outermost element")
	}
	if p.depth++; p.depth > p.limits.Depth {
		return p.fail("elements are nested more than %d deep", p.limits.Depth)
	}
	if len(t.Attr) > maxAttributes {
		return p.fail("element %s has more than %d attributes", t.Name.Local, maxAttributes)
	}
	p.open = append(p.open, opened{t.Name, len(p.scopes)})
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			p.scopes = append(p.scopes, binding{a.Name.Local, a.Value})
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			p.scopes = append(p.scopes, binding{"", a.Value})
		}
	}
	name, err := p.resolve(t.Name, true)
	if err != nil {
		return err
	}
	n := &Node{Kind: Element, Name: name}
	if err := p.add(n); err != nil {
		return err
	}
	p.at = n
	return p.attributes(n, t.Attr)
}

func (p *parser) attributes(n *Node, attrs []xml.Attr) error {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || (a.Name.Space == "" && a.Name.Local == "xmlns") {
			continue
		}
		name, err := p.resolve(a.Name, false)
		if err != nil {
			return err
		}
		if _, twice := n.AttrNS(name.Space, name.Local); twice {
			return p.fail("element %s has attribute %s twice", n.Name.Local, name.Local)
		}
		attr := &Node{Kind: Attribute, Name: name, Value: normalise(a.Value), Parent: n, Index: len(n.Attrs)}
		if err := p.number(attr); err != nil {
			return err
		}
		n.Attrs = append(n.Attrs, attr)
	}
	return nil
}

// normalise does what XML says of white space in attributes: each is a blank.
func normalise(s string) string {
	if !strings.ContainsAny(s, "\t\r\n") {
		return s
	}
	return strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

func (p *parser) resolve(n xml.Name, element bool) (Name, error) {
	if n.Space == "" && !element {
		return Name{Local: n.Local}, nil // attributes take no default namespace
	}
	for i := len(p.scopes) - 1; i >= 0; i-- {
		if p.scopes[i].prefix == n.Space {
			return Name{p.scopes[i].space, n.Local}, nil
		}
	}
	switch n.Space {
	case "":
		return Name{Local: n.Local}, nil
	case "xml":
		return Name{"http://www.w3.org/XML/1998/namespace", n.Local}, nil
	}
	return Name{}, p.fail("prefix %s of %s is not declared", n.Space, n.Local)
}

func (p *parser) end(t xml.EndElement) error {
	if p.at == p.top {
		return p.fail("end of %s without a start", t.Name.Local)
	}
	last := p.open[len(p.open)-1]
	if last.name != t.Name {
		return p.fail("element %s is closed as %s", last.name.Local, t.Name.Local)
	}
	p.open = p.open[:len(p.open)-1]
	p.scopes = p.scopes[:last.scopes]
	p.depth--
	p.at = p.at.Parent
	return nil
}
