// SPDX-License-Identifier: Apache-2.0

package refdata

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"pgregory.net/rapid"
)

func sample(t testing.TB, version string, effective civil.Date) *Table {
	t.Helper()
	b := NewBuilder(Meta{ID: "test.rates", Version: version, Effective: effective, Source: "test",
		Columns: []Column{{Name: "code", Kind: Text}, {Name: "rate", Kind: Number, Scale: 4}, {Name: "from", Kind: Day}}})
	for _, row := range [][]any{{"A", "1.5", effective}, {"B", int64(-7), civil.Date(0)}, {"A", "", effective}} {
		if err := b.Add(row...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Table()
}

func TestPackRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	if err := sample(t, "1", civil.Of(2025, 1, 1)).Pack(&buf); err != nil {
		t.Fatal(err)
	}
	got, err := Unpack(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b := got.Bind()
	codes, rates, from := b.Text("code"), b.Numbers("rate", 4), b.Days("from")
	if b.Err() != nil || codes[1] != "B" || rates[0] != 15000 || rates[1] != -7 || from[2] != civil.Of(2025, 1, 1) || !from[1].IsZero() {
		t.Fatalf("%v %v %v %v", b.Err(), codes, rates, from)
	}
	if got.Cell(1, 1) != "-0.0007" || got.Cell(0, 2) != "2025-01-01" {
		t.Errorf("cells print %s and %s", got.Cell(1, 1), got.Cell(0, 2))
	}
	b = got.Bind()
	if b.Numbers("rate", 2); b.Err() == nil {
		t.Error("a wrong scale must be an error")
	}
}

func TestRowsThatDoNotFit(t *testing.T) {
	b := NewBuilder(Meta{ID: "x", Columns: []Column{{Name: "a", Kind: Text}, {Name: "n", Kind: Number}}})
	if b.Add("ok", "1.5") == nil || b.Add("short") == nil || b.Add(5, 5) == nil {
		t.Error("rows that do not fit must be refused")
	}
	if err := b.Add("ok", 5); err != nil || b.Rows() != 1 || len(b.Table().text[0]) != 1 {
		t.Errorf("a refused row leaves something behind: %v %d", err, b.Rows())
	}
}

func TestLoadListed(t *testing.T) {
	dir := t.TempDir()
	own := Embedded().List()[0]
	b := NewBuilder(Meta{ID: own.ID, Version: own.Version, Effective: own.Effective, Columns: []Column{{Name: "a", Kind: Text}}})
	if err := b.Table().WriteFile(filepath.Join(dir, own.FileName())); err != nil {
		t.Fatal(err)
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Versions(own.ID) {
		if m.Version != own.Version {
			continue
		}
		tab, err := c.LoadListed(m)
		if err != nil || tab.Imported != m.Imported || tab.Rows != m.Rows {
			t.Errorf("imported %v: %v", m.Imported, err)
		}
	}
	if _, err := c.LoadListed(Meta{ID: own.ID, Version: "none"}); err == nil {
		t.Error("a table that is not listed must not load")
	}
}

func TestCatalogPicksByDate(t *testing.T) {
	dir := t.TempDir()
	for _, v := range []struct {
		version string
		from    civil.Date
	}{{"2025", civil.Of(2025, 1, 1)}, {"2026", civil.Of(2026, 1, 1)}} {
		tab := sample(t, v.version, v.from)
		if err := tab.WriteFile(filepath.Join(dir, tab.FileName())); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[civil.Date]string{civil.Of(2025, 12, 31): "2025", civil.Of(2026, 1, 1): "2026"} {
		if got, err := c.Load("test.rates", day); err != nil || got.Version != want || !got.Imported {
			t.Errorf("%s: %v, %v", day, got, err)
		}
	}
	var missing *NotLoadedError
	if _, err := c.Load("test.rates", civil.Of(2024, 12, 31)); !errors.As(err, &missing) || len(missing.Have) != 2 {
		t.Errorf("before the first version: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.pack"), []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a file that is no pack must be named")
	}
}

func TestEmbeddedTablesUnpack(t *testing.T) {
	for _, m := range Embedded().List() {
		if _, err := Embedded().LoadVersion(m.ID, m.Version); err != nil {
			t.Error(err)
		}
		if m.Source == "" || m.Title == "" || m.Effective.IsZero() {
			t.Errorf("%s %s: source, title and effective date are due", m.ID, m.Version)
		}
	}
}

func TestNumbersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Int64Range(-1<<61, 1<<61)).Draw(t, "numbers")
		b := NewBuilder(Meta{ID: "x", Columns: []Column{{Name: "n", Kind: Number}}})
		for _, v := range want {
			_ = b.Add(v)
		}
		var buf bytes.Buffer
		_ = b.Table().Pack(&buf)
		got, err := Unpack(buf.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.nums[0] {
			if v != want[i] {
				t.Fatalf("row %d is %d, want %d", i, v, want[i])
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	var buf bytes.Buffer
	_ = sample(f, "1", civil.Of(2025, 1, 1)).Pack(&buf)
	f.Add(buf.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = Unpack(b) })
}
