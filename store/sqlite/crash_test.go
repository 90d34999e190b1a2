// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("WOODLAWN_CRASH_DB"); path != "" {
		writeForEver(path, os.Getenv("WOODLAWN_CRASH_RUN"))
	}
	os.Exit(m.Run())
}

// writeForEver writes with many clients and prints each id once it is
// acknowledged. Every other write updates the resource before it.
func writeForEver(path, run string) {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	tb := &testing.T{}
	for client := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", run, client, i/2)
				p := storetest.Prepare(tb, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"V%d"}],"birthDate":"1950-01-01"}`, id, i%2+1))
				var v *store.Version
				if err := s.Write(context.Background(), func(tx *store.Tx) (err error) { v, _, err = tx.Put(p); return err }); err != nil {
					return
				}
				mu.Lock()
				fmt.Println(id, v.Number)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKilled kills the writing process again and again: what it had acknowledged
// is there, whole, and found by searches.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fhir.db")
	acknowledged := map[string]string{}
	for run := range 12 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WOODLAWN_CRASH_DB="+path, fmt.Sprintf("WOODLAWN_CRASH_RUN=r%d", run))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 40+37*run && lines.Scan(); n++ {
			id, version, _ := strings.Cut(lines.Text(), " ")
			acknowledged[id] = version
		}
		cmd.Process.Kill()
		for lines.Scan() { // acknowledged before it died
			if id, version, whole := strings.Cut(lines.Text(), " "); whole && version != "" {
				acknowledged[id] = version
			}
		}
		cmd.Wait()
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(acknowledged) < 12*20 {
		t.Fatalf("only %d writes came to pass", len(acknowledged))
	}
	lost := 0
	for id, version := range acknowledged {
		v, err := s.Read(t.Context(), "Patient", id, nil)
		if err != nil || fmt.Sprint(v.Number) < version || !strings.Contains(string(v.JSON()), fmt.Sprintf(`"V%d"`, v.Number)) {
			lost++
			continue
		}
		page, err := s.Search(t.Context(), storetest.Parse(t, fmt.Sprintf("Patient?_id=%s&family:exact=V%d&birthdate=1950", id, v.Number)), nil)
		if err != nil || len(page.Matches) != 1 {
			t.Errorf("%s version %d is not found: %v", id, v.Number, err)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged writes are lost", lost, len(acknowledged))
	}
}

// TestFull: without room a write says so and leaves nothing; what is there can be
// read, and after room is made writing goes on.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fhir.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	put := func(s *store.Store, id string) error {
		text := make([]byte, 100_000) // noise that does not pack
		seed := uint64(len(id))*7919 + uint64(id[len(id)-1])
		for i := range text {
			seed = seed*6364136223846793005 + 1442695040888963407
			text[i] = 'a' + byte(seed>>33)%26
		}
		p := storetest.Prepare(t, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"F"}],"photo":[{"title":%q}]}`, id, text))
		return s.Write(context.Background(), func(tx *store.Tx) error { _, _, err := tx.Put(p); return err })
	}
	written := 0
	for ; written < 100; written++ {
		if err = put(s, fmt.Sprintf("p%d", written)); err != nil {
			break
		}
	}
	if !errors.Is(err, store.ErrFull) || written < 3 {
		t.Fatalf("after %d writes: %v", written, err)
	}
	if err := put(s, "again"); !errors.Is(err, store.ErrFull) {
		t.Errorf("a second write: %v", err)
	}
	if page, err := s.Search(t.Context(), storetest.Parse(t, "Patient?family=f"), nil); err != nil || len(page.Matches) != written {
		t.Errorf("%d of %d can be found: %v", len(page.Matches), written, err)
	}
	s.Close()
	if s, err = sqlite.Open(t.Context(), path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := put(s, "again"); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestClose: writes that were let in end well, later ones are refused.
func TestClose(t *testing.T) {
	s := open(t, sqlite.Options{})
	p := storetest.Prepare(t, `{"resourceType":"Patient","id":"a"}`)
	done := make(chan error, 20)
	for range cap(done) {
		go func() {
			done <- s.Write(context.Background(), func(tx *store.Tx) error { _, _, err := tx.Put(p); return err })
		}()
	}
	time.Sleep(time.Millisecond)
	s.Close()
	for range cap(done) {
		if err := <-done; err != nil && !errors.Is(err, store.ErrClosed) {
			t.Error(err)
		}
	}
	if err := s.Write(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}
