// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// TestMain lets the test binary be the server that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("WOODLAWN_CRASH_SERVER"); path != "" {
		serveForEver(path)
	}
	os.Exit(m.Run())
}

// serveForEver serves a database on an address that it prints.
func serveForEver(path string) {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err == nil {
		var srv *server.Server
		if srv, err = server.New(s, server.Options{}); err == nil {
			var l net.Listener
			if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
				fmt.Println("http://" + l.Addr().String())
				err = (&http.Server{Handler: srv, ReadHeaderTimeout: time.Minute}).Serve(l)
			}
		}
	}
	fmt.Println("error", err)
	os.Exit(1)
}

// acknowledged is what the server has said is kept: the version of each resource.
type acknowledged struct {
	sync.Mutex
	versions map[string]int64
}

func (a *acknowledged) note(address string, version int64) {
	a.Lock()
	defer a.Unlock()
	a.versions[address] = max(a.versions[address], version)
}

// load writes in the ways that clients do until the server is gone: updates,
// conditional creates, transactions of two that must both be there or neither.
func (a *acknowledged) load(base string, run, client int) {
	h := &http.Client{Timeout: 10 * time.Second}
	send := func(method, path, body, exist string) (http.Header, []byte, bool) {
		req, err := http.NewRequest(method, base+path, strings.NewReader(body))
		if err != nil {
			return nil, nil, false
		}
		req.Header.Set("Content-Type", "application/fhir+json")
		if exist != "" {
			req.Header.Set("If-None-Exist", exist)
		}
		resp, err := h.Do(req)
		if err != nil {
			return nil, nil, false
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.Header, b, err == nil && resp.StatusCode < 300
	}
	for i := 0; ; i++ {
		id := fmt.Sprintf("r%dc%di%d", run, client, i/2)
		header, _, ok := send("PUT", "/Patient/"+id, fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"V%d"}]}`, id, i%2+1), "")
		if !ok {
			return
		}
		version, _ := strconv.ParseInt(strings.Trim(header.Get("ETag"), `W/"`), 10, 64)
		a.note("Patient/"+id, version)
		switch i % 4 {
		case 1:
			_, b, ok := send("POST", "/Patient", fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"http://example.org/crash","value":"n%d-%d"}]}`, run, i), fmt.Sprintf("identifier=http://example.org/crash|n%d-%d", run, i))
			if !ok {
				return
			}
			var made struct{ ID string }
			if json.Unmarshal(b, &made) == nil {
				a.note("Patient/"+made.ID, 1)
			}
		case 3:
			pair := fmt.Sprintf("pair-%s", id)
			_, _, ok := send("POST", "/", fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[
				{"request":{"method":"PUT","url":"Group/%[1]s"},"resource":{"resourceType":"Group","id":"%[1]s","type":"person","actual":true}},
				{"request":{"method":"PUT","url":"List/%[1]s"},"resource":{"resourceType":"List","id":"%[1]s","status":"current","mode":"working"}}]}`, pair), "")
			if !ok {
				return
			}
			a.note("Group/"+pair, 1)
			a.note("List/"+pair, 1)
		}
	}
}

// TestServerKilled kills the server under load again and again: whatever it has
// acknowledged over HTTP is there, whole; transactions are there whole or not at
// all; a conditional create has made one resource.
func TestServerKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fhir.db")
	a := &acknowledged{versions: map[string]int64{}}
	const runs, clients = 10, 6
	for run := range runs {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WOODLAWN_CRASH_SERVER="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "http://") {
			cmd.Process.Kill()
			t.Fatalf("the server does not start: %s", lines.Text())
		}
		var wg sync.WaitGroup
		for client := range clients {
			wg.Add(1)
			go func() { defer wg.Done(); a.load(lines.Text(), run, client) }()
		}
		enough := func() bool { a.Lock(); defer a.Unlock(); return len(a.versions) >= (run+1)*40 }
		for tries := 0; !enough() && tries < 5000; tries++ {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(run) * time.Millisecond) // not always at the same place
		cmd.Process.Kill()
		wg.Wait()
		cmd.Wait()
	}
	if len(a.versions) < runs*20 {
		t.Fatalf("only %d writes came to pass", len(a.versions))
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for address, version := range a.versions {
		typ, id, _ := strings.Cut(address, "/")
		if v, err := s.Read(t.Context(), typ, id, nil); err != nil || v.Number < version {
			t.Errorf("%s version %d was acknowledged and is lost: %v", address, version, err)
		}
	}
	groups, lists := map[string]bool{}, map[string]bool{}
	seen := map[string]string{}
	for typ, found := range map[string]map[string]bool{"Group": groups, "List": lists, "Patient": {}} {
		for v, err := range s.Each(t.Context(), typ, nil, time.Time{}, 0, nil) {
			if err != nil {
				t.Fatal(err)
			}
			found[v.ID] = true
			if number := between(string(v.JSON()), `"value":"`); number != "" {
				if seen[number] != "" {
					t.Errorf("%s and %s were both made for %s", seen[number], v.ID, number)
				}
				seen[number] = v.ID
			}
		}
	}
	for id := range groups {
		if !lists[id] {
			t.Errorf("half of the transaction %s is there", id)
		}
	}
	if len(groups) < runs || len(seen) < runs {
		t.Errorf("only %d transactions and %d conditional creates", len(groups), len(seen))
	}
	if len(groups) != len(lists) {
		t.Errorf("%d of one half, %d of the other", len(groups), len(lists))
	}
}

// TestFullDatabase: without room the server answers 507 and says so, leaves nothing
// half, goes on reading, and writes again once there is room, without a restart.
func TestFullDatabase(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{MaxBytes: 2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	ballast := make([]byte, 600_000)
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.SetMemo("ballast", ballast) }); err != nil {
		t.Fatal(err)
	}
	c := serveStore(t, s, server.Options{Bulk: t.TempDir(), Import: &server.ImportOptions{}})
	noise := func(seed uint64) string { // that does not pack
		text := make([]byte, 60_000)
		for i := range text {
			seed = seed*6364136223846793005 + 1442695040888963407
			text[i] = 'a' + byte(seed>>33)%26
		}
		return string(text)
	}
	body := func(id string) string {
		return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"Full"}],"photo":[{"title":%q}]}`, id, noise(uint64(len(id))*7919+uint64(id[len(id)-1])))
	}
	written := 0
	for ; written < 100; written++ {
		a := c.do("PUT", fmt.Sprintf("/Patient/p%d", written), body(fmt.Sprintf("p%d", written)))
		if a.status == 201 {
			continue
		}
		if a.status != 507 || a.json["resourceType"] != "OperationOutcome" || !strings.Contains(a.body, "no room left") {
			t.Fatalf("after %d writes: %d %s", written, a.status, a.body)
		}
		break
	}
	if written < 3 || written == 100 {
		t.Fatalf("%d writes", written)
	}
	c.want(507, "POST", "/Patient", body("x"))
	c.want(507, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Basic/small"},"resource":{"resourceType":"Basic","id":"small","code":{"text":"x"}}},{"request":{"method":"PUT","url":"Patient/big"},"resource":`+body("big")+`}]}`)
	c.want(404, "GET", "/Basic/small", "")
	if _, a := c.wait(c.do("POST", "/$import", body("imported"), ndjsonType)); a.status != 500 || !strings.Contains(a.body, "no room left") {
		t.Errorf("$import: %d %s", a.status, a.body)
	}
	if got := c.want(200, "GET", "/Patient?family=full&_summary=count", ""); got.json["total"] != float64(written) {
		t.Errorf("%v of %d can be found", got.json["total"], written)
	}
	c.want(200, "GET", "/Patient/p0", "")
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.SetMemo("ballast", nil) }); err != nil {
		t.Fatalf("making room: %v", err)
	}
	c.want(201, "PUT", "/Patient/after", body("after"))
	if _, a := c.wait(c.do("POST", "/$import", body("imported"), ndjsonType)); a.status != 200 {
		t.Errorf("$import with room: %d %s", a.status, a.body)
	}
}

// TestConcurrentConditions: of many clients that create on one condition at once, one
// makes the resource and the others get it; the same by conditional update and in
// transactions.
func TestConcurrentConditions(t *testing.T) {
	c := start(t, server.Options{})
	const clients = 24
	for round := range 5 {
		body := fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"http://example.org/one","value":"n%d"}]}`, round)
		condition := fmt.Sprintf("identifier=http://example.org/one|n%d", round)
		statuses, ids := make([]int, clients), make([]string, clients)
		var wg sync.WaitGroup
		for i := range clients {
			wg.Add(1)
			go func() {
				defer wg.Done()
				var a *answer
				switch i % 3 {
				case 0:
					a = c.do("POST", "/Patient", body, "If-None-Exist: "+condition)
				case 1:
					a = c.do("PUT", "/Patient?"+strings.ReplaceAll(condition, "|", "%7C"), body)
				default:
					a = c.do("POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Patient","ifNoneExist":"`+condition+`"},"resource":`+body+`}]}`)
				}
				statuses[i] = a.status
				if id, ok := a.json["id"].(string); ok {
					ids[i] = id
				}
			}()
		}
		wg.Wait()
		made := 0
		for i, status := range statuses {
			if status != 200 && status != 201 {
				t.Errorf("client %d: %d", i, status)
			}
			if status == 201 {
				made++
			}
			for _, id := range ids[:i] {
				if id != "" && ids[i] != "" && id != ids[i] {
					t.Errorf("two resources: %s and %s", id, ids[i])
				}
			}
		}
		if got := c.want(200, "GET", "/Patient?"+strings.ReplaceAll(condition, "|", "%7C"), ""); got.json["total"] != 1.0 || made > 1 {
			t.Errorf("%v resources, %d times created", got.json["total"], made)
		}
	}
}
