// SPDX-License-Identifier: Apache-2.0

package ndjson

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func all(t testing.TB, text string) (lines []string, batches int) {
	t.Helper()
	err := Read(iotest.HalfReader(strings.NewReader(text)), func(b *Batch) bool {
		batches++
		for n, line := range b.Lines() {
			lines = append(lines, line)
			if n != len(lines) {
				t.Errorf("line %d is called %d", len(lines), n)
			}
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
	return lines, batches
}

func TestRead(t *testing.T) {
	for text, want := range map[string]string{"": "[]", "a": `["a"]`, "a\n": `["a"]`, "a\r\nb\n\nc": `["a" "b" "" "c"]`, "\n": `[""]`} {
		if got, _ := all(t, text); fmt.Sprintf("%q", got) != want {
			t.Errorf("%q: %q, want %s", text, got, want)
		}
	}
	long := strings.Repeat("x", MaxLine+10)
	if got, batches := all(t, "a\n"+long+"\nb\n"); len(got) != 3 || len(got[1]) != MaxLine || got[2] != "b" || batches < 2 {
		t.Errorf("a long line: %d lines in %d batches", len(got), batches)
	}
	stopped := 0
	if err := Read(strings.NewReader(strings.Repeat(strings.Repeat("y", 1000)+"\n", 1000)), func(*Batch) bool { stopped++; return stopped < 2 }); err != nil || stopped != 2 {
		t.Errorf("stop: %d %v", stopped, err)
	}
}

// FuzzRead: the lines put together are the text, but for the ends of lines.
func FuzzRead(f *testing.F) {
	f.Add("a\nb\r\nc")
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, _ := all(t, text)
		joined := strings.Join(lines, "\n")
		want := strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		if len(text) < MaxLine && joined != want {
			t.Errorf("%q became %q", text, joined)
		}
	})
}
