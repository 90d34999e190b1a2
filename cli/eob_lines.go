// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// sourceLine is one line of a file of JSON.
type sourceLine struct {
	file string
	n    int
	text string
}

// eachSourceLine takes the lines of a file that are not blank through the workers and writes
// what becomes of them. A line is set aside with the error that work returns.
func eachSourceLine(ctx context.Context, a *App, name, what string, workers int, sink *eobFiles, work func(worker int, l *sourceLine, it *eobItem) error) error {
	in, done, err := a.open(name)
	if err != nil {
		return err
	}
	defer done()
	base := filepath.Base(name)
	bar := newProgress(a.Err, "Mapping "+base, what, 0)
	defer bar.Done()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	next := func(b []sourceLine) ([]sourceLine, error) {
		for len(b) < eobClaims && lines.Scan() {
			n++
			if text := strings.TrimSpace(lines.Text()); text != "" {
				b = append(b, sourceLine{base, n, text})
			}
		}
		switch err := lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return b, fmt.Errorf("line %d has more than %d bytes", n+1, maxLine)
		case err != nil:
			return b, err
		case len(b) < eobClaims:
			return b, io.EOF
		}
		return b, nil
	}
	return eachItem(ctx, sink, workers, bar, next, func(worker int, l *sourceLine, it *eobItem) {
		err := work(worker, l, it)
		if err != nil {
			it.err = err
		}
		if it.err != nil {
			it.file, it.place, it.raw = base, fmt.Sprintf("line %d", l.n), l.text
		}
	})
}
