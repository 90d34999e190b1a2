// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

type ediShowCmd struct {
	File string `arg:"" name:"file" help:"X12 file; - is standard input."`
}

// Run prints the segments, each with its position and, where the guide is known,
// its loop; the depth of the loop indents it. What the guide finds wrong stands
// under the segment.
func (c *ediShowCmd) Run(a *App) error {
	in, base, err := openInput(a, c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	out := bufio.NewWriter(a.Out)
	r := x12.NewReader(in, x12.Options{File: base})
	tree := segmentTree{out: segmentPrinter(out, a.Format)}
	for {
		seg, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := tree.add(r, seg); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return sayEnvelopeIssues(a, r.Report())
}

func sayEnvelopeIssues(a *App, r *x12.Report) error {
	r.Each(func(i *x12.Issue) { fmt.Fprintf(a.Err, "woodlawn: %s: %s: %s\n", r.File, severity(i), i.Error()) })
	if !r.OK() {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// shownSegment is a segment with its place in the file and in the guide.
type shownSegment struct {
	Position int      `json:"position,omitempty"` // in its transaction, from 1
	Loop     string   `json:"loop,omitempty"`     // "?": none that the guide has here
	Depth    int      `json:"depth"`
	Segment  string   `json:"segment"`
	Issues   []string `json:"issues,omitempty"`
}

// segmentPrinter writes segments as an indented tree, as JSON lines or as CSV.
func segmentPrinter(w *bufio.Writer, format string) func(*shownSegment) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return func(s *shownSegment) error { return e.Encode(s) }
	case "csv":
		c := csv.NewWriter(w)
		heading := []string{"position", "loop", "depth", "segment", "issues"}
		return func(s *shownSegment) error {
			if heading != nil {
				_ = c.Write(heading) // the writer keeps the error for Error
				heading = nil
			}
			_ = c.Write([]string{position(s.Position), s.Loop, strconv.Itoa(s.Depth), s.Segment, strings.Join(s.Issues, "; ")})
			c.Flush()
			return c.Error()
		}
	}
	return func(s *shownSegment) error {
		indent := strings.Repeat("  ", s.Depth)
		_, err := fmt.Fprintf(w, "%6s  %-7s%s%s\n", position(s.Position), s.Loop, indent, s.Segment)
		for _, issue := range s.Issues {
			_, err = fmt.Fprintf(w, "%15s%s^ %s\n", "", indent, issue)
		}
		return err
	}
}

// segmentTree follows the loops of a file for printing.
type segmentTree struct {
	out    func(*shownSegment) error
	walker *x12.Walker
	tokens *x12.Tokenizer
	t      x12.Tokens
	tx     *x12.TransactionReport
}

func (s *segmentTree) add(r *x12.Reader, seg x12.Segment) error {
	tx := r.Transaction()
	if tx != s.tx {
		s.tx, s.walker = tx, nil
		if tx != nil {
			if g := x12.GuideFor(tx.Version); g != nil && tx.ID == g.Transaction {
				s.walker = x12.NewWalker(g)
				s.walker.Base = x12.Issue{Transaction: tx.ControlNumber}
			}
		}
	}
	shown := shownSegment{Position: seg.Position, Segment: string(seg.Raw)}
	switch {
	case tx == nil && (seg.Is("GS") || seg.Is("GE")):
		shown.Depth = 1
	case tx != nil:
		shown.Depth = 2
	}
	if s.walker == nil {
		return s.out(&shown)
	}
	if s.tokens == nil || s.tokens.Delimiters() != seg.Delimiters {
		s.tokens = x12.NewTokenizer(seg.Delimiters)
	}
	s.tokens.Split(&s.t, shown.Segment)
	s.t.Position, s.t.Offset = seg.Position, seg.Offset
	shown.Loop = "?"
	if node := s.walker.Step(&s.t); node != nil {
		shown.Loop = node.Loop.ID
	}
	shown.Depth += s.walker.Depth()
	for i := range s.walker.Issues {
		issue := &s.walker.Issues[i]
		shown.Issues = append(shown.Issues, fmt.Sprintf("%s: %s", severity(issue), issue.Error()))
	}
	s.walker.Issues = s.walker.Issues[:0]
	return s.out(&shown)
}

func position(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
