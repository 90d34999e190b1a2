// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"fmt"
	"io"
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
	var tree segmentTree
	for {
		seg, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		tree.print(out, r, seg)
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

// segmentTree follows the loops of a file for printing.
type segmentTree struct {
	walker *x12.Walker
	tokens *x12.Tokenizer
	t      x12.Tokens
	tx     *x12.TransactionReport
}

func (s *segmentTree) print(w io.Writer, r *x12.Reader, seg x12.Segment) {
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
	loop, depth := "", 0
	switch {
	case tx == nil && (seg.Is("GS") || seg.Is("GE")):
		depth = 1
	case tx != nil:
		depth = 2
	}
	if s.walker == nil {
		fmt.Fprintf(w, "%6s  %-7s%s%s\n", position(seg.Position), loop, strings.Repeat("  ", depth), seg.Raw)
		return
	}
	if s.tokens == nil || s.tokens.Delimiters() != seg.Delimiters {
		s.tokens = x12.NewTokenizer(seg.Delimiters)
	}
	s.tokens.Split(&s.t, string(seg.Raw))
	s.t.Position, s.t.Offset = seg.Position, seg.Offset
	node := s.walker.Step(&s.t)
	if node != nil {
		loop = node.Loop.ID
	} else {
		loop = "?"
	}
	depth += s.walker.Depth()
	fmt.Fprintf(w, "%6s  %-7s%s%s\n", position(seg.Position), loop, strings.Repeat("  ", depth), seg.Raw)
	for i := range s.walker.Issues {
		issue := &s.walker.Issues[i]
		fmt.Fprintf(w, "%15s%s^ %s: %s\n", "", strings.Repeat("  ", depth), severity(issue), issue.Error())
	}
	s.walker.Issues = s.walker.Issues[:0]
}

func position(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
