// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// open opens a file, or standard input for -, unpacking gzip by its first bytes.
func (a *App) open(name string) (io.Reader, func(), error) {
	var r io.Reader = a.In
	done := func() {}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		r, done = f, func() { f.Close() }
	}
	br := bufio.NewReaderSize(r, 256<<10)
	if head, err := br.Peek(2); err != nil && !errors.Is(err, io.EOF) {
		done()
		return nil, nil, fmt.Errorf("reading %s: %w", name, err)
	} else if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return br, done, nil
	}
	zr, err := gzip.NewReader(br)
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return zr, done, nil
}
