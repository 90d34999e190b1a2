// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// rewrite changes the lines of one file of a delivery.
func rewrite(t *testing.T, path string, file byte, change func(lines []string)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(content), "\n")
		if n, _ := cclf.ParseName(f.Name); n.File == file {
			change(lines)
		}
		to, err := w.Create(f.Name)
		if err == nil {
			_, err = io.WriteString(to, strings.Join(lines, ""))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.Bytes())
}

// TestDamageIsNamed: what is wrong with a delivery is named with file, record and field, the
// good records are kept, and the delivery's report says that it is not complete.
func TestDamageIsNamed(t *testing.T) {
	claims := func(dir string) (n int, unknown int, named []*cclf.RecordError, report *feed.Report) {
		f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts(t), Temp: t.TempDir(), Reject: func(err error) {
			var bad *cclf.RecordError
			if !errors.As(err, &bad) {
				t.Errorf("%v names no record", err)
				return
			}
			named = append(named, bad)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var mu sync.Mutex
		if err := f.Each(func(_ int, b *feed.Beneficiary) error {
			mu.Lock()
			defer mu.Unlock()
			n += b.Adjustments.Records
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n, f.Report.Totals.Unknown, named, &f.Report
	}
	for _, c := range []struct {
		name   string
		file   byte
		change func([]string)
		// aside records are set aside; unknown people are known from claims alone.
		aside, unknown int
		issue          string // in the report
	}{
		{"columns shifted by one", '7', func(lines []string) { lines[1] = " " + lines[1][:len(lines[1])-2] + "\n" }, 1, 0, "not complete"},
		{"a date that is none", '7', func(lines []string) { lines[1] = strings.Replace(lines[1], "2025-", "2O25-", -1) }, 1, 0, "not complete"},
		{"a record that ends early: the rest is taken as blanks, and told", '7', func(lines []string) { lines[1] = lines[1][:100] + "\n" }, 0, 0, "not complete"},
		{"an MBI that no CCLF8 has", '7', func(lines []string) { lines[1] = strings.Replace(lines[1], "1S", "1Z", 1) }, 0, 1, "1 known from claims alone"},
	} {
		dir := generated(t, 40, 4)
		want, _, _, whole := claims(dir)
		if text := whole.String(); strings.Contains(text, "not complete") {
			t.Fatal(text)
		}
		zips, _ := filepath.Glob(filepath.Join(dir, "*.zip"))
		rewrite(t, zips[1], c.file, c.change)
		got, unknown, named, report := claims(dir)
		if got != want-c.aside || len(named) != c.aside {
			t.Errorf("%s: %d claims of %d, %d set aside", c.name, got, want, len(named))
		}
		for _, bad := range named {
			if bad.Record != 2 || !strings.Contains(bad.File, "ZC7") && !strings.Contains(bad.Error(), "ZC") || bad.Reason == "" || bad.Value != "" && len(bad.Value) > 3 && strings.Contains(bad.Error(), bad.Value) {
				t.Errorf("%s: %v (record %d)", c.name, bad, bad.Record)
			}
		}
		if unknown != c.unknown {
			t.Errorf("%s: %d unknown", c.name, unknown)
		}
		if text := report.String(); !strings.Contains(text, c.issue) || report.Complete() {
			t.Errorf("%s: told to be complete:\n%s", c.name, text)
		}
	}
}
