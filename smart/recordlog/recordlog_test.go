// SPDX-License-Identifier: Apache-2.0

package recordlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/smart"
)

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_800_000_000, c.at.Load()) }
func (c *clock) forward(d time.Duration) { c.at.Add(int64(d)) }

func open(t *testing.T, path string, max int, c *clock) *Log {
	t.Helper()
	l, err := Open(path, max, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func change(kind smart.Kind, key, owner, value string, version int64) smart.Change {
	return smart.Change{Record: smart.Record{Kind: kind, Key: key, Owner: owner, Version: version, Value: json.RawMessage(value)}}
}

func TestRecordsOutliveTheProcess(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "records.log"), &clock{}
	l := open(t, path, 0, c)
	ctx := context.Background()
	brief := change("code", "c1", "g1", `{"a":1}`, 0)
	brief.Expires = c.now().Add(time.Minute)
	gone := change("grant", "g2", "ann", `1`, 1)
	gone.Delete = true
	for i, batch := range [][]smart.Change{
		{change("grant", "g1", "ann", `1`, 0), change("grant", "g2", "ann", `1`, 0), change("grant", "g3", "bob", `1`, 0)},
		{change("grant", "g1", "ann", `2`, 1), brief},
		{gone, change("client", "x", "", `{}`, smart.AnyVersion)},
	} {
		if err := l.Write(ctx, batch...); err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	for name, l := range map[string]*Log{"same": l, "opened anew": open(t, path, 0, c)} {
		r, err := l.Get(ctx, "grant", "g1")
		if err != nil || string(r.Value) != "2" || r.Version != 2 || r.Owner != "ann" {
			t.Errorf("%s: g1 is %+v, %v", name, r, err)
		}
		if _, err := l.Get(ctx, "grant", "g2"); !errors.Is(err, smart.ErrNoRecord) {
			t.Errorf("%s: g2 is there", name)
		}
		if r, err := l.Get(ctx, "code", "c1"); err != nil || !r.Expires.Equal(brief.Expires) {
			t.Errorf("%s: c1 is %+v, %v", name, r, err)
		}
		if rs, _ := l.List(ctx, "grant", "ann"); len(rs) != 1 || rs[0].Key != "g1" {
			t.Errorf("%s: ann has %+v", name, rs)
		}
		if rs, _ := l.List(ctx, "grant", ""); len(rs) != 2 {
			t.Errorf("%s: all grants are %+v", name, rs)
		}
	}
	c.forward(time.Minute)
	if _, err := l.Get(ctx, "code", "c1"); !errors.Is(err, smart.ErrNoRecord) {
		t.Error("an expired record is there")
	}
	if rs, _ := l.List(ctx, "code", "g1"); len(rs) != 0 {
		t.Error("an expired record is listed")
	}
	if err := l.Write(ctx, change("code", "c1", "g1", `2`, 0)); err != nil {
		t.Errorf("a new record in the place of an expired one: %v", err)
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "records.log"), 2, &clock{})
	ctx := context.Background()
	if err := l.Write(ctx, change("a", "1", "", `1`, 0)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change smart.Change
		want   error
	}{
		"exists already": {change("a", "1", "", `2`, 0), smart.ErrConflict},
		"other version":  {change("a", "1", "", `2`, 2), smart.ErrConflict},
		"is not there":   {change("a", "9", "", `2`, 1), smart.ErrConflict},
		"no room":        {change("a", "2", "", `2`, 0), smart.ErrFull},
	} {
		if err := l.Write(ctx, change("b", "new", "", `1`, 0), c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Get(ctx, "b", "new"); err == nil {
			t.Errorf("%s: half of the write was made", name)
		}
	}
}

func TestOneOfManyWins(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "records.log"), 0, &clock{})
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := l.Write(context.Background(), change("jti", "1", "", `1`, 0)); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d writers made the same record", won.Load())
	}
}

func TestFileAndMemoryStayBounded(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "records.log"), &clock{}
	l := open(t, path, 0, c)
	ctx := context.Background()
	value := `"` + strings.Repeat("a", 8000) + `"`
	if err := l.Write(ctx, change("client", "keep", "", `"kept"`, 0)); err != nil {
		t.Fatal(err)
	}
	for round := range 9 {
		batch := make([]smart.Change, 20)
		for i := range batch {
			batch[i] = change("code", fmt.Sprint(round, " ", i), "", value, 0)
			batch[i].Expires = c.now().Add(time.Minute)
		}
		if err := l.Write(ctx, batch...); err != nil {
			t.Fatal(err)
		}
		c.forward(2 * time.Minute)
	}
	if err := l.Write(ctx, change("client", "last", "", `1`, 0)); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Size() > compactAbove {
		t.Errorf("the file has %d bytes", info.Size())
	}
	if len(l.records) != 2 || len(l.owned) != 0 {
		t.Errorf("%d records are kept", len(l.records))
	}
	again := open(t, path, 0, c)
	if r, err := again.Get(ctx, "client", "keep"); err != nil || string(r.Value) != `"kept"` {
		t.Errorf("after compaction: %v, %v", r, err)
	}
}
