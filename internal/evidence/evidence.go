// SPDX-License-Identifier: Apache-2.0

// Package evidence finds the answers that others produced (official groupers'
// and pricers' outputs, published prices, sample files) for the tests that compare
// ours with them. They lie in a folder named shared beside the repository, or in
// the folder that WOODLAWN_SHARED names, and are no part of it: where they are
// absent such a test skips, visibly.
package evidence

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Root is the folder of the module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Path is the path of a file or folder of the evidence, or skips the test.
func Path(tb testing.TB, rel string) string {
	tb.Helper()
	dir := os.Getenv("WOODLAWN_SHARED")
	if dir == "" {
		dir = filepath.Join(filepath.Dir(Root()), "shared")
	}
	path := filepath.Join(dir, filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("evidence %s is not at hand; set WOODLAWN_SHARED to the folder that holds it", rel)
	}
	return path
}

// Read reads a file whole, unpacking it if it ends in .gz.
func Read(tb testing.TB, rel string) []byte {
	tb.Helper()
	f, err := os.Open(Path(tb, rel))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(rel, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			tb.Fatal(err)
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Lines calls fn with every line of a file, without its end.
func Lines(tb testing.TB, rel string, fn func(n int, line []byte)) {
	tb.Helper()
	sc := bufio.NewScanner(strings.NewReader(string(Read(tb, rel))))
	sc.Buffer(nil, 64<<20)
	for n := 1; sc.Scan(); n++ {
		fn(n, sc.Bytes())
	}
	if err := sc.Err(); err != nil {
		tb.Fatal(err)
	}
}
