// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, path string) (*Journal, []string) {
	t.Helper()
	var lines []string
	j, err := Open(path, func(_ int64, b []byte) error { lines = append(lines, string(b)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, lines
}

func TestLinesOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "a.log")
	j, _ := open(t, path)
	var want []string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 20 {
				line := fmt.Sprintf("line %d.%d", i, k)
				offset, err := j.Append([]byte(line))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := j.ReadLine(offset); err != nil || string(got) != line {
					t.Errorf("line at %d is %q, %v", offset, got, err)
				}
				mu.Lock()
				want = append(want, line)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// The file is read again without Close, as after a kill.
	_, got := open(t, path)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%d lines came back of %d", len(got), len(want))
	}
}

func TestLineCutShortIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte("one\ntwo\nthr"), 0o600); err != nil {
		t.Fatal(err)
	}
	j, lines := open(t, path)
	if !slices.Equal(lines, []string{"one", "two"}) {
		t.Fatalf("lines are %q", lines)
	}
	if _, err := j.Append([]byte("three")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "one\ntwo\nthree\n" {
		t.Fatalf("file is %q", b)
	}
}

func TestRefused(t *testing.T) {
	j, _ := open(t, filepath.Join(t.TempDir(), "a.log"))
	for _, line := range []string{"a\nb", strings.Repeat("a", MaxLine)} {
		if _, err := j.Append([]byte(line)); err == nil {
			t.Errorf("a line of %d bytes was taken", len(line))
		}
	}
	for _, offset := range []int64{-1, 0, 7} {
		if _, err := j.ReadLine(offset); err == nil {
			t.Errorf("there is a line at %d", offset)
		}
	}
	j.Close()
	if _, err := j.Append([]byte("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	path := filepath.Join(t.TempDir(), "long.log")
	os.WriteFile(path, []byte(strings.Repeat("a", 2*MaxLine)+"\n"), 0o600)
	if _, err := Open(path, func(int64, []byte) error { return nil }); err == nil {
		t.Error("a line without end was read")
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	j, _ := open(t, path)
	for i := range 10 {
		if _, err := j.Append([]byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	err := j.Replace(func(add func([]byte) error) error { return add([]byte("kept")) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append([]byte("after")); err != nil {
		t.Fatal(err)
	}
	if _, lines := open(t, path); !slices.Equal(lines, []string{"kept", "after"}) {
		t.Fatalf("lines are %q", lines)
	}
	if err := j.Replace(func(func([]byte) error) error { return errors.New("no") }); err == nil {
		t.Fatal("a failed rewrite took the file's place")
	}
	if _, lines := open(t, path); len(lines) != 2 {
		t.Fatalf("lines are %q", lines)
	}
}
