// SPDX-License-Identifier: Apache-2.0

// Package ledger keeps the conformance ledgers in docs/conformance true: a test
// makes the text from what it found, and fails if the committed file says
// otherwise. WOODLAWN_UPDATE=1 writes the files anew.
package ledger

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"

	"github.com/google/go-cmp/cmp"
)

// Check compares a ledger with docs/conformance/name.
func Check(tb testing.TB, name, text string) {
	tb.Helper()
	Golden(tb, filepath.Join(evidence.Root(), "docs", "conformance", name), text)
}

// Golden compares text with a committed file, or writes it if WOODLAWN_UPDATE is set.
func Golden(tb testing.TB, path, text string) {
	tb.Helper()
	if os.Getenv("WOODLAWN_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		tb.Fatalf("%v; write it with WOODLAWN_UPDATE=1", err)
	}
	if diff := cmp.Diff(string(have), text); diff != "" {
		tb.Errorf("%s is not what the test found (-file +test); write it anew with WOODLAWN_UPDATE=1 if that is right:\n%s",
			filepath.Base(path), diff)
	}
}
