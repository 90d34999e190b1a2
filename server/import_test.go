// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

const ndjsonType = "Content-Type: application/fhir+ndjson"

// wait polls a status until it is no longer 202.
func (c *client) wait(kickOff *answer, headers ...string) (path string, a *answer) {
	c.t.Helper()
	if kickOff.status != 202 {
		c.t.Fatalf("%d: %s", kickOff.status, kickOff.body)
	}
	path = strings.TrimPrefix(kickOff.header.Get("Content-Location"), c.base)
	for range 20_000 {
		if a = c.do("GET", path, "", headers...); a.status != 202 {
			break
		}
		if a.header.Get("X-Progress") == "" || a.header.Get("Retry-After") == "" {
			c.t.Error("no progress")
		}
		time.Sleep(2 * time.Millisecond)
	}
	return path, a
}

const people = `{"resourceType":"Patient","id":"i1","name":[{"family":"One"}]}
no resource
{"resourceType":"Patient","id":"i2"}

{"resourceType":"Observation","id":"io","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/i1"}}
`

func manifest(inputs ...string) string {
	var list []string
	for i := 0; i < len(inputs); i += 2 {
		list = append(list, fmt.Sprintf(`{"name":"input","part":[{"name":"type","valueCode":%q},{"name":"url","valueUri":%q}]}`, inputs[i], inputs[i+1]))
	}
	return `{"resourceType":"Parameters","parameter":[{"name":"inputFormat","valueCode":"application/fhir+ndjson"},` + strings.Join(list, ",") + `]}`
}

// summary is what a manifest of an import says.
func (a *answer) summary() string {
	text := fmt.Sprintf("%v created, %v updated, %v unchanged;", a.json["created"], a.json["updated"], a.json["unchanged"])
	for _, o := range a.json["output"].([]any) {
		text += fmt.Sprintf(" %v", o.(map[string]any)["count"])
	}
	for _, e := range a.json["error"].([]any) {
		text += fmt.Sprintf(" -%v", e.(map[string]any)["count"])
	}
	return text
}

func TestImport(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "people.ndjson"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(folder, "out.ndjson")); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	fmt.Fprint(zw, people)
	zw.Close()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok/people.ndjson":
			fmt.Fprint(w, people)
		case "/ok/people.ndjson.gz":
			w.Write(packed.Bytes())
		case "/ok/away":
			http.Redirect(w, r, "/ok/people.ndjson", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer files.Close()
	noRedirect := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c := start(t, server.Options{Bulk: t.TempDir(), Import: &server.ImportOptions{Folder: folder, Addresses: []string{files.URL + "/ok/"}, Client: noRedirect}})

	status, a := c.wait(c.do("POST", "/$import", people, ndjsonType))
	if a.status != 200 || a.summary() != "3 created, 0 updated, 0 unchanged; 3 -1" || a.json["transactionTime"] == "" || a.json["request"] != c.base+"/$import" {
		t.Fatalf("upload: %d %s", a.status, a.body)
	}
	rejects := c.want(200, "GET", status+"/rejects.ndjson", "")
	if strings.Count(rejects.body, "\n") != 1 || !strings.Contains(rejects.body, "upload line 2") || strings.Contains(rejects.body, "no resource") {
		t.Errorf("rejects: %s", rejects.body)
	}
	if got := c.want(200, "GET", "/Observation?subject=Patient/i1", "").ids(); got != "io" {
		t.Errorf("found: %s", got)
	}
	if _, a = c.wait(c.do("POST", "/$import?type=Patient", packed.String(), ndjsonType, "Content-Encoding: gzip")); a.summary() != "0 created, 0 updated, 2 unchanged; 2 -2" {
		t.Errorf("packed upload of patients alone: %s", a.body)
	}
	for _, test := range []struct{ body, want string }{
		{manifest("Patient", "people.ndjson"), "0 created, 0 updated, 2 unchanged; 2 -2"},
		{manifest("Patient", "file://"+folder+"/people.ndjson", "Observation", "people.ndjson"), "0 created, 0 updated, 3 unchanged; 2 1 -2 -3"},
		{manifest("Patient", files.URL+"/ok/people.ndjson"), "0 created, 0 updated, 2 unchanged; 2 -2"},
		{manifest("Observation", files.URL+"/ok/people.ndjson.gz"), "0 created, 0 updated, 1 unchanged; 1 -3"},
		{`{"inputFormat":"application/fhir+ndjson","inputSource":"https://elsewhere.example.org","storageDetail":{"type":"https"},"input":[{"type":"Patient","url":"people.ndjson"}]}`, "0 created, 0 updated, 2 unchanged; 2 -2"},
	} {
		header := async
		if strings.HasPrefix(test.body, `{"inputFormat`) {
			header = "Content-Type: application/json"
		}
		if _, a := c.wait(c.do("POST", "/$import", test.body, header, async)); a.status != 200 || a.summary() != test.want {
			t.Errorf("%s: %d %s, want %s", test.body, a.status, a.body, test.want)
		}
	}
	for name, url := range map[string]string{"missing": "nowhere.ndjson", "link": "out.ndjson", "redirect": files.URL + "/ok/away", "404": files.URL + "/ok/nothing"} {
		if path, a := c.wait(c.do("POST", "/$import", manifest("Patient", url), async)); a.status != 500 || a.json["resourceType"] != "OperationOutcome" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		} else {
			c.want(202, "DELETE", path, "")
			c.want(404, "GET", path, "")
		}
	}
	for _, url := range []string{"/etc/passwd", "../x.ndjson", "file:///etc/passwd", "file://host/x", files.URL + "/other/x", files.URL + "/ok/../other/x", files.URL + "/okay", strings.Replace(files.URL, "//", "//user@", 1) + "/ok/x",
		"https://example.org/x", "ftp://example.org/x", "http://169.254.169.254/latest"} {
		c.want(403, "POST", "/$import", manifest("Patient", url), async)
	}
	c.want(400, "POST", "/$import", manifest("Patient", "people.ndjson"))
	c.want(400, "POST", "/$import", manifest("Nonsense", "people.ndjson"), async)
	c.want(400, "POST", "/$import", manifest(), async)
	c.want(400, "POST", "/$import", strings.Replace(manifest("Patient", "people.ndjson"), "fhir+ndjson", "csv", 1), async)
	c.want(400, "POST", "/$import?type=Nonsense", people, ndjsonType)
	c.want(415, "POST", "/$import", people, ndjsonType, "Content-Encoding: br")
	c.want(405, "GET", "/$import", "")
}

// TestImportNeedsAGrant: an import is for those who may write everything, and its
// status for who began it.
func TestImportNeedsAGrant(t *testing.T) {
	grants := map[string]*server.Grant{
		"all":    {Client: "all"},
		"export": {Client: "export", May: func(i server.Interaction, _ string) bool { return i == server.Export }},
		"ann":    {Client: "ann", Access: &store.Access{Patients: []string{"ann"}, AllTypes: true}},
		"some":   {Client: "some", Access: &store.Access{Types: map[string][]store.Filter{"Patient": nil}}},
		"finer":  {Client: "finer", Access: &store.Access{AllTypes: true, Types: map[string][]store.Filter{"Observation": {{search.InPatient("Observation", "ann")}}}}},
	}
	c := start(t, server.Options{Bulk: t.TempDir(), Import: &server.ImportOptions{MaxUpload: 2000}, Authorize: func(r *http.Request) (*server.Grant, error) { return grants[r.Header.Get("X-Client")], nil }})
	for _, who := range []string{"export", "ann", "some", "finer"} {
		c.want(403, "POST", "/$import", people, ndjsonType, "X-Client: "+who)
		c.want(403, "POST", "/$import", manifest("Patient", "x"), async, "X-Client: "+who)
	}
	path, a := c.wait(c.do("POST", "/$import", people, ndjsonType, "X-Client: all"), "X-Client: all")
	if a.json["requiresAccessToken"] != true {
		t.Errorf("%s", a.body)
	}
	c.want(404, "GET", path, "", "X-Client: ann")
	c.want(404, "GET", path+"/rejects.ndjson", "", "X-Client: ann")
	c.want(413, "POST", "/$import", strings.Repeat(people, 20), ndjsonType, "X-Client: all")
	off := start(t, server.Options{Bulk: t.TempDir()})
	off.want(404, "POST", "/$import", people, ndjsonType)
}

// TestImportFromPrivateAddress: without a client of its own, an import reaches no
// address that is not public, even one that the settings allow.
func TestImportFromPrivateAddress(t *testing.T) {
	asked := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer inside.Close()
	c := start(t, server.Options{Bulk: t.TempDir(), Import: &server.ImportOptions{Addresses: []string{inside.URL}}})
	if _, a := c.wait(c.do("POST", "/$import", manifest("Patient", inside.URL+"/x"), async)); a.status != 500 || asked {
		t.Errorf("%d, asked %v: %s", a.status, asked, a.body)
	}
}

// TestImportGoesOn: an import that the server's end cuts off is finished by the
// next server; each line is written once, and each bad line reported once.
func TestImportGoesOn(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const many = 30_000
	var text strings.Builder
	for i := range many {
		fmt.Fprintf(&text, `{"resourceType":"Patient","id":"p%d"}`+"\n", i)
		if i%1000 == 0 {
			text.WriteString("bad\n")
		}
	}
	bulk := t.TempDir()
	open := func() (*server.Server, *client, func()) {
		srv, err := server.New(s, server.Options{Bulk: bulk, Import: &server.ImportOptions{}})
		if err != nil {
			t.Fatal(err)
		}
		h := httptest.NewServer(srv)
		return srv, &client{t, h.URL, s}, h.Close
	}
	srv, c, stop := open()
	kickOff := c.want(202, "POST", "/$import", text.String(), ndjsonType)
	path := strings.TrimPrefix(kickOff.header.Get("Content-Location"), c.base)
	restarts := 0
	for {
		a := c.do("GET", path, "")
		if a.status == 200 {
			if a.summary() != fmt.Sprintf("%d created, 0 updated, 0 unchanged; %d -30", many, many) {
				t.Errorf("after %d restarts: %s", restarts, a.body)
			}
			break
		}
		if a.status != 202 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if n, err := s.Counts(context.Background()); err != nil || int(n["Patient"]) > 4000*(restarts+1) && restarts < 4 {
			stop()
			srv.Close()
			srv, c, stop = open()
			restarts++
		}
	}
	if restarts == 0 {
		t.Error("the import was never cut off")
	}
	if n := strings.Count(c.want(200, "GET", path+"/rejects.ndjson", "").body, "\n"); n != 30 {
		t.Errorf("%d rejects after %d restarts", n, restarts)
	}
	if memos, err := s.Memos(t.Context(), "import/", "import0", 10); err != nil || len(memos) != 0 {
		t.Errorf("left over: %v %v", memos, err)
	}
	stop()
	srv.Close()
}

// TestOperationNotWaitedFor: a client that prefers not to wait gets the answer later.
func TestOperationNotWaitedFor(t *testing.T) {
	release := make(chan struct{})
	slow := func(ctx context.Context, c *server.Call) (*server.Result, error) {
		select {
		case <-release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if c.Text("x") == "bad" {
			return nil, server.Failure(422, "business-rule", "as you wish")
		}
		return &server.Result{Body: []byte(`{"resourceType":"Basic"}`)}, nil
	}
	c := start(t, server.Options{Authorize: func(r *http.Request) (*server.Grant, error) {
		return &server.Grant{Client: r.Header.Get("X-Client")}, nil
	},
		Operations: []server.Operation{{Name: "slow", Levels: server.OnSystem, Async: true, Run: slow}, {Name: "echo", Levels: server.OnSystem, Run: echo}}})
	first := c.want(202, "GET", "/$slow", "", async)
	second := c.want(202, "GET", "/$slow?x=bad", "", async)
	third := c.want(202, "GET", "/$slow", "", async)
	path := strings.TrimPrefix(first.header.Get("Content-Location"), c.base)
	if a := c.want(202, "GET", path, ""); !strings.Contains(a.header.Get("X-Progress"), "$slow") {
		t.Errorf("%v", a.header)
	}
	c.want(404, "GET", path, "", "X-Client: eve")
	cancelled := strings.TrimPrefix(third.header.Get("Content-Location"), c.base)
	c.want(202, "DELETE", cancelled, "")
	c.want(404, "GET", cancelled, "")
	close(release)
	if _, a := c.wait(first); a.status != 200 || a.body != `{"resourceType":"Basic"}` || a.header.Get("Expires") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if _, a := c.wait(second); a.status != 422 || a.json["resourceType"] != "OperationOutcome" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := c.want(202, "GET", "/$echo", "", async); a.header.Get("Content-Location") != "" {
		t.Error("an operation that is not for it was done in the background")
	}
	batch := c.want(200, "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"$slow"}}]}`, async)
	if !strings.Contains(batch.body, `"200 OK"`) {
		t.Errorf("in a batch: %s", batch.body)
	}
}
