// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"os"
	"testing"
)

// BenchmarkPrice is the whole path over the file that WOODLAWN_BENCH names (made by
// tools/bench -write).
func BenchmarkPrice(b *testing.B) {
	file := os.Getenv("WOODLAWN_BENCH")
	if file == "" {
		b.Skip("WOODLAWN_BENCH names no file")
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		var out, errs bytes.Buffer
		if code := Main([]string{"price", "--date", "2025-12-15", "--out", b.TempDir(), file}, Streams{Out: &out, Err: &errs}); code != ExitOK {
			b.Fatalf("exit %d: %s", code, errs.String())
		}
	}
}
