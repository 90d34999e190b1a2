// SPDX-License-Identifier: Apache-2.0

package tables_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/population"
	"github.com/woodlawn-health/woodlawn/population/tables"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

func open(t *testing.T, lives int) (*feed.Feed, tables.Config) {
	t.Helper()
	cat := refdata.Embedded()
	layouts, err := cclf.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 3, Year: 2025, Months: 15, Dir: dir, Layouts: layouts}); err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	rules, err := population.Load(cat, 2025)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.Open(filepath.Join(dir, "participants.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	a := assignment.Config{Method: assignment.Retrospective, ACO: synth.ACO}
	if a.Participants, err = assignment.ReadParticipants(list, "participants.csv"); err != nil {
		t.Fatal(err)
	}
	if a.Rules, err = assignment.Load(cat, 2025); err != nil {
		t.Fatal(err)
	}
	return f, tables.Config{Year: 2025, Rules: rules, Assignment: &a}
}

// claim is what a reader that knows nothing of our types finds in claims.parquet.
type claim struct {
	MBI     string `parquet:"mbi"`
	ID      int64  `parquet:"claim_id"`
	Setting string `parquet:"setting"`
	Thru    *int32 `parquet:"thru_date,optional,date"`
	Paid    int64  `parquet:"paid,decimal(2:18)"`
}

// TestTables reads the files back and compares with the timelines.
func TestTables(t *testing.T) {
	f, cfg := open(t, 250)
	files := map[string]*bytes.Buffer{}
	cfg.Create = func(name string) (io.Writer, error) {
		files[name] = &bytes.Buffer{}
		return files[name], nil
	}
	list, err := tables.Write(f, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, s := range list {
		rows[s.Table] = s.Rows
		p, err := parquet.OpenFile(bytes.NewReader(files[s.Table+".parquet"].Bytes()), int64(files[s.Table+".parquet"].Len()))
		if err != nil {
			t.Fatal(err)
		}
		if p.NumRows() != s.Rows || s.Rows == 0 {
			t.Errorf("%s: %d rows, told %d", s.Table, p.NumRows(), s.Rows)
		}
	}
	got, err := parquet.Read[claim](bytes.NewReader(files["claims.parquet"].Bytes()), int64(files["claims.parquet"].Len()))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[int64]claim{}
	for _, c := range got {
		byID[c.ID] = c
	}
	var people, claims, lines, diagnoses int64
	var paid money.Cents
	err = feed.Collect(f, func(b *feed.Beneficiary) (bool, bool, error) {
		return true, true, nil
	}, func(bool) error { people++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	err = feed.Collect(f, func(b *feed.Beneficiary) ([]feed.Claim, bool, error) {
		return append([]feed.Claim(nil), b.Claims...), true, nil
	}, func(list []feed.Claim) error {
		for i := range list {
			c := &list[i]
			claims, lines, diagnoses, paid = claims+1, lines+int64(len(c.Lines)), diagnoses+int64(len(c.Diagnoses)), paid+c.Paid
			r := byID[c.ID]
			if r.Paid != int64(c.Paid) || r.Setting != c.Setting.String() || r.Thru == nil || civil.Of(1970, time.January, 1).AddDays(int(*r.Thru)) != c.Thru {
				t.Errorf("claim %d: %+v, row %+v", c.ID, c, r)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var sum money.Cents
	for _, c := range got {
		sum += money.Cents(c.Paid)
	}
	if rows["beneficiaries"] != people || rows["assignment"] != people || rows["claims"] != claims || rows["lines"] != lines || rows["diagnoses"] != diagnoses || sum != paid {
		t.Errorf("%v rows and %s paid; the timelines have %d people, %d claims, %d lines, %d diagnoses, %s", rows, sum, people, claims, lines, diagnoses, paid)
	}
}

// TestSameBytes: the files are the same from run to run.
func TestSameBytes(t *testing.T) {
	f, cfg := open(t, 60)
	write := func() map[string]*bytes.Buffer {
		files := map[string]*bytes.Buffer{}
		cfg.Create = func(name string) (io.Writer, error) {
			files[name] = &bytes.Buffer{}
			return files[name], nil
		}
		if _, err := tables.Write(f, &cfg); err != nil {
			t.Fatal(err)
		}
		return files
	}
	one, two := write(), write()
	for name, b := range one {
		if !bytes.Equal(b.Bytes(), two[name].Bytes()) {
			t.Errorf("%s differs from run to run", name)
		}
	}
}

type full struct{ room int }

func (w *full) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

// TestNoRoom: what could not be written is told.
func TestNoRoom(t *testing.T) {
	f, cfg := open(t, 60)
	cfg.Create = func(string) (io.Writer, error) { return &full{room: 1000}, nil }
	if _, err := tables.Write(f, &cfg); err == nil {
		t.Error("a full disk was not told")
	}
	cfg.Create = func(string) (io.Writer, error) { return nil, errors.New("no such folder") }
	if _, err := tables.Write(f, &cfg); err == nil {
		t.Error("a missing folder was not told")
	}
}
