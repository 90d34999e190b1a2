// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// Mark is what became of a piece of CQL text.
type Mark uint8

// The marks. A clause holds if it was true, not empty or not null for at least one of
// the rows or episodes that it was asked about.
const (
	Unmarked Mark = iota // text that belongs to no clause
	Unasked              // not evaluated: the answer was known without it
	DoesNot              // evaluated, and false, empty or null
	DoesHold             // evaluated, and true, not empty or not null
)

// String names the mark.
func (m Mark) String() string {
	return [...]string{"", "not evaluated", "false", "true"}[min(m, DoesHold)]
}

// Piece is a run of CQL text with its mark.
type Piece struct {
	Text string
	Mark Mark
}

// Highlighted is the CQL of one definition or function, as the ELM annotations hold it.
type Highlighted struct {
	Library, Name string
	Function      bool
	Pieces        []Piece
}

// Text is the CQL without its marks.
func (h *Highlighted) Text() string {
	var b strings.Builder
	for _, p := range h.Pieces {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Highlight evaluates a definition, if that was not done yet, and gives its CQL and
// that of the definitions and functions behind it, with marks. Nothing comes of
// libraries that were translated without annotations, and an error of a program that
// does not trace clauses.
func (r *Run) Highlight(u *Unit, name string) ([]Highlighted, error) {
	d := u.Definition(name)
	if d == nil {
		return nil, fmt.Errorf("library %s does not define %q", u.Name(), name)
	}
	if r.r.traces == nil {
		return nil, fmt.Errorf("clauses are not traced: link the libraries in a traced program")
	}
	r.Evaluate(u, name) // what was evaluated before an error is marked
	h := &highlighter{run: &r.r, seen: map[any]bool{}}
	h.definition(d)
	return h.list, nil
}

type highlighter struct {
	run  *run
	seen map[any]bool
	list []Highlighted
}

func (h *highlighter) definition(d *Definition) {
	if h.seen[d] {
		return
	}
	h.seen[d] = true
	h.add(d.unit, d.Name, false, d.annotation)
	h.follow(d.uses, d.calls)
}

func (h *highlighter) follow(uses []*Definition, calls []*function) {
	for _, use := range uses {
		h.definition(use)
	}
	for _, f := range calls {
		if h.seen[f] {
			continue
		}
		h.seen[f] = true
		h.add(f.unit, f.name, true, f.annotation)
		h.follow(f.uses, f.calls)
	}
}

// add gathers the text of one definition. Nothing of FHIRHelpers is shown: it converts
// data types and says nothing about a patient.
func (h *highlighter) add(u *Unit, name string, function bool, annotations node.Node) {
	if u.lib.ID == "FHIRHelpers" {
		return
	}
	x := Highlighted{Library: u.Name(), Name: name, Function: function}
	for a := range annotations.Items() {
		if s := a.Get("s"); s.Exists() {
			h.pieces(&x, h.run.program.clauses.ids[u], s, Unmarked, 0)
		}
	}
	if len(x.Pieces) > 0 {
		h.list = append(h.list, x)
	}
}

// maxNesting bounds annotations, which nest as deep as the expressions.
const maxNesting = 2000

// pieces walks a narrative: text of a clause has the clause's mark, or that of the
// nearest clause around it.
func (h *highlighter) pieces(x *Highlighted, ids map[string]int, s node.Node, around Mark, depth int) {
	if depth > maxNesting {
		return
	}
	mark := around
	if clause, ok := ids[s.Get("r").Text()]; ok {
		switch t := &h.run.traces[clause]; {
		case t.holds:
			mark = DoesHold
		case t.evaluated:
			mark = DoesNot
		default:
			mark = Unasked
		}
	}
	for v := range s.Get("value").Items() {
		text := v.Text()
		if n := len(x.Pieces); n > 0 && x.Pieces[n-1].Mark == mark {
			x.Pieces[n-1].Text += text
		} else if text != "" {
			x.Pieces = append(x.Pieces, Piece{text, mark})
		}
	}
	for child := range s.Get("s").Items() {
		h.pieces(x, ids, child, mark, depth+1)
	}
}

// ansi are the colours of a terminal: green and underlined, red, grey.
var ansi = map[Mark]string{DoesHold: "\x1b[32;4m", DoesNot: "\x1b[31m", Unasked: "\x1b[90m"}

// WriteANSI prints CQL for a terminal: what holds green and underlined, what does not
// red, what was not evaluated grey. Control characters of the text are left out.
func WriteANSI(w io.Writer, list []Highlighted) error {
	b := bufio.NewWriter(w)
	for _, x := range list {
		for _, p := range x.Pieces {
			text := strings.Map(func(c rune) rune {
				if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c <= 0x9f {
					return -1
				}
				return c
			}, p.Text)
			if colour := ansi[p.Mark]; colour != "" {
				text = colour + text + "\x1b[0m"
			}
			b.WriteString(text)
		}
		b.WriteString("\n\n")
	}
	return b.Flush()
}

// WriteText prints CQL with the marks in the text: {+ +} around what holds, {- -}
// around what does not, {? ?} around what was not evaluated.
func WriteText(w io.Writer, list []Highlighted) error {
	brackets := map[Mark][2]string{DoesHold: {"{+", "+}"}, DoesNot: {"{-", "-}"}, Unasked: {"{?", "?}"}}
	b := bufio.NewWriter(w)
	for _, x := range list {
		for _, p := range x.Pieces {
			b.WriteString(brackets[p.Mark][0] + p.Text + brackets[p.Mark][1])
		}
		b.WriteString("\n\n")
	}
	return b.Flush()
}

const htmlHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title>
<style>
body { font-family: sans-serif; margin: 2em; }
pre { background: #f7f7f7; padding: 1em; white-space: pre-wrap; }
.t { background: #d9f2d9; text-decoration: underline; }
.f { background: #f9dada; }
.n { color: #888; }
</style></head><body>
<h1>%s</h1>
<p><span class="t">true</span> <span class="f">false, empty or null</span> <span class="n">not evaluated</span></p>
`

// WriteHTML writes CQL as a page of its own, without scripts and with nothing from
// elsewhere. All text is escaped.
func WriteHTML(w io.Writer, title string, list []Highlighted) error {
	classes := map[Mark]string{DoesHold: "t", DoesNot: "f", Unasked: "n"}
	b := bufio.NewWriter(w)
	t := html.EscapeString(title)
	fmt.Fprintf(b, htmlHead, t, t)
	for _, x := range list {
		id, _, _ := strings.Cut(x.Library, "|")
		fmt.Fprintf(b, "<h2>%s: %s</h2>\n<pre>", html.EscapeString(id), html.EscapeString(x.Name))
		for _, p := range x.Pieces {
			if class := classes[p.Mark]; class != "" {
				fmt.Fprintf(b, `<span class="%s">%s</span>`, class, html.EscapeString(p.Text))
			} else {
				b.WriteString(html.EscapeString(p.Text))
			}
		}
		b.WriteString("</pre>\n")
	}
	b.WriteString("</body></html>\n")
	return b.Flush()
}
