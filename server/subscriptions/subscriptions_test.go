// SPDX-License-Identifier: Apache-2.0

package subscriptions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/subscriptions"
	"github.com/woodlawn-health/woodlawn/smart/outbound"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// world is a server with an engine, and an endpoint that subscribers listen at.
type world struct {
	*testing.T
	store  *store.Store
	engine *subscriptions.Engine
	opt    subscriptions.Options
	grants map[string]*server.Grant
	base   string
	hook   *httptest.Server
	close  func()
	log    *strings.Builder

	mu       sync.Mutex
	received []received
	answer   func(n int) int // status for the nth notification, from 1
}

// received is a notification.
type received struct {
	at     time.Time
	header http.Header
	path   string
	body   map[string]any
	text   string
}

func newWorld(t *testing.T, opt subscriptions.Options) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{T: t, store: s, opt: opt, grants: map[string]*server.Grant{"": {}}, answer: func(int) int { return 200 }, log: &strings.Builder{}}
	w.hook = httptest.NewServer(http.HandlerFunc(w.listen))
	t.Cleanup(w.hook.Close)
	w.opt.Gate = outbound.Gate{Private: true}
	w.opt.Poll = 2 * time.Millisecond
	if w.opt.Backoff == 0 {
		w.opt.Backoff = 2 * time.Millisecond
	}
	w.opt.Log = slog.New(slog.NewTextHandler(&lockedWriter{w: w.log}, nil))
	w.start()
	t.Cleanup(func() { w.close() })
	return w
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// start makes engine and server of the store, as a process does.
func (w *world) start() {
	w.Helper()
	engine, err := subscriptions.New(w.store, w.opt)
	if err != nil {
		w.Fatal(err)
	}
	srv, err := server.New(w.store, server.Options{Operations: engine.Operations(), Guards: []server.Guard{engine.Guard}, Capability: engine.Capability,
		Authorize: func(r *http.Request) (*server.Grant, error) { return w.grants[r.Header.Get("X-Client")], nil }})
	if err != nil {
		w.Fatal(err)
	}
	h := httptest.NewServer(srv)
	w.engine, w.base = engine, h.URL
	w.close = func() { h.Close(); srv.Close(); engine.Close() }
}

func (w *world) listen(rw http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	got := received{at: time.Now(), header: r.Header, path: r.URL.Path, text: string(b)}
	if err := json.Unmarshal(b, &got.body); err != nil {
		w.Errorf("a notification is no JSON: %s", b)
	}
	w.mu.Lock()
	w.received = append(w.received, got)
	status := w.answer(len(w.received))
	w.mu.Unlock()
	rw.WriteHeader(status)
}

func (w *world) all() []received {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.received)
}

// until waits for something to come true.
func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for range 20_000 {
		if ok() {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	w.Fatalf("never: %s; log: %s", what, w.log)
}

func (w *world) do(client, method, path, body string) (status int, answer map[string]any, text string) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("X-Client", client)
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	if len(b) > 0 {
		if err := json.Unmarshal(b, &answer); err != nil {
			w.Fatalf("%s: %s", path, b)
		}
	}
	return resp.StatusCode, answer, string(b)
}

func (w *world) want(status int, method, path, body string) map[string]any {
	w.Helper()
	got, answer, text := w.do("", method, path, body)
	if got != status {
		w.Errorf("%s %s: %d, want %d: %s", method, path, got, status, text)
	}
	return answer
}

// subscription writes a Subscription. change replaces parts of it by turns.
func (w *world) subscription(content string, filters []string, change ...string) string {
	var list []string
	for _, f := range filters {
		list = append(list, fmt.Sprintf(`{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria","valueString":%q}`, f))
	}
	text := fmt.Sprintf(`{"resourceType":"Subscription","id":"s","meta":{"profile":["http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"]},"status":"requested","reason":"test","criteria":%q,
		"_criteria":{"extension":[%s]},"channel":{"type":"rest-hook","endpoint":%q,"payload":"application/fhir+json",
		"_payload":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content","valueCode":%q}]},"header":["Authorization: Bearer very-secret"]}}`,
		subscriptions.AnyChange, strings.Join(list, ","), w.hook.URL+"/hook", content)
	if len(filters) == 0 {
		text = strings.Replace(text, `"_criteria":{"extension":[]},`, "", 1)
	}
	for i := 0; i+1 < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			w.Fatalf("nothing to change: %s", change[i])
		}
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	return text
}

// params are the parameters of a notification's status: name=value.
func (r *received) params() map[string]string {
	values := map[string]string{}
	entry := r.body["entry"].([]any)[0].(map[string]any)
	var read func(list any)
	read = func(list any) {
		for _, p := range list.([]any) {
			m := p.(map[string]any)
			for k, v := range m {
				if strings.HasPrefix(k, "value") {
					if ref, ok := v.(map[string]any); ok {
						v = ref["reference"]
					}
					name := m["name"].(string)
					if values[name] != "" {
						values[name] += " "
					}
					values[name] += fmt.Sprint(v)
				}
			}
			if m["part"] != nil {
				read(m["part"])
			}
		}
	}
	read(entry["resource"].(map[string]any)["parameter"])
	return values
}

// numbers are the events that were sent, in the order of their coming.
func (w *world) numbers() (list []string) {
	for _, r := range w.all() {
		if p := r.params(); p["type"] == "event-notification" {
			list = append(list, strings.Fields(p["event-number"])...)
		}
	}
	return list
}

func patient(id, family string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%q}]}`, id, family)
}

func observation(id, patient, status string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":%q,"code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`, id, status, patient)
}

// TestSubscribe is the life of a subscription: requested, handshake, active, events,
// off at its end of interest.
func TestSubscribe(t *testing.T) {
	for _, content := range []string{"empty", "id-only", "full-resource"} {
		t.Run(content, func(t *testing.T) {
			w := newWorld(t, subscriptions.Options{})
			made := w.want(201, "PUT", "/Subscription/s", w.subscription(content, []string{"Observation?patient=Patient/ann&status=final"}))
			if made["status"] != "requested" {
				t.Errorf("made as %v", made["status"])
			}
			w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
			handshake := w.all()[0]
			p := handshake.params()
			if p["type"] != "handshake" || p["status"] != "requested" || p["subscription"] != w.base+"/Subscription/s" || p["events-since-subscription-start"] != "0" {
				t.Errorf("handshake %v", p)
			}
			w.want(201, "PUT", "/Patient/ann", patient("ann", "A"))
			w.want(201, "PUT", "/Observation/o1", observation("o1", "ann", "final"))
			w.want(201, "PUT", "/Observation/o2", observation("o2", "bob", "final"))
			w.want(201, "PUT", "/Observation/o3", observation("o3", "ann", "preliminary"))
			w.want(200, "PUT", "/Observation/o3", observation("o3", "ann", "final"))
			w.want(204, "DELETE", "/Observation/o1", "")
			w.until("three events", func() bool { return len(w.numbers()) >= 3 })
			if got := strings.Join(w.numbers(), " "); got != "1 2 3" {
				t.Errorf("events %s", got)
			}
			var focus, urls, methods []string
			resources := 0
			for _, r := range w.all()[1:] {
				p := r.params()
				if p["focus"] != "" {
					focus = append(focus, strings.Fields(strings.ReplaceAll(p["focus"], w.base+"/", ""))...)
				}
				if (p["topic"] == "") != (content == "empty") || p["status"] != "active" || p["timestamp"] == "" {
					t.Errorf("status %v", p)
				}
				if r.header.Get("Content-Type") != "application/fhir+json" || r.header.Get("Authorization") != "Bearer very-secret" || r.path != "/hook" {
					t.Errorf("sent with %v to %s", r.header, r.path)
				}
				for _, e := range r.body["entry"].([]any)[1:] {
					m := e.(map[string]any)
					urls = append(urls, strings.TrimPrefix(m["fullUrl"].(string), w.base+"/"))
					methods = append(methods, m["request"].(map[string]any)["method"].(string))
					if m["resource"] != nil {
						resources++
					}
				}
			}
			want := "Observation/o1 Observation/o3 Observation/o1"
			if content == "empty" {
				want = ""
			}
			if strings.Join(focus, " ") != want || strings.Join(urls, " ") != want || want != "" && strings.Join(methods, " ") != "POST PUT DELETE" {
				t.Errorf("focus %v, urls %v, methods %v", focus, urls, methods)
			}
			if wantResources := map[string]int{"full-resource": 2}[content]; resources != wantResources {
				t.Errorf("%d resources", resources)
			}
			for _, r := range w.all() {
				w.valid(r.text)
			}
			if strings.Contains(w.log.String(), "secret") || strings.Contains(w.log.String(), "hook") || strings.Contains(fmt.Sprint(w.want(200, "GET", "/Subscription/s", "")), "secret") {
				t.Error("the secret of the channel is told")
			}
			w.want(204, "DELETE", "/Subscription/s", "")
			w.until("forgotten", func() bool {
				memos, err := w.store.Memos(t.Context(), "subscription", "subscription-l", 10)
				return err == nil && len(memos) == 0
			})
		})
	}
}

// valid checks a notification against R4 and against what the guide's profile asks.
func (w *world) valid(text string) {
	w.Helper()
	d, err := node.ParseResource([]byte(text))
	if err != nil {
		w.Fatal(err)
	}
	v := validate.Validator{}
	for _, i := range v.Validate(d) {
		if i.Severity == validate.Error {
			w.Errorf("%s in %s", i, text)
		}
	}
	root := d.Root()
	first := root.Get("entry").At(0)
	if !root.Get("type").Is("history") || first.Get("resource").ResourceType() != "Parameters" || !first.Get("request").Get("method").Is("GET") ||
		!strings.HasSuffix(first.Get("request").Get("url").Text(), "/Subscription/s/$status") || !root.Get("timestamp").HasValue() {
		w.Errorf("not as the guide's profile asks: %s", text)
	}
}

// TestRefused: what cannot be served is refused when it is asked for.
func TestRefused(t *testing.T) {
	w := newWorld(t, subscriptions.Options{Endpoints: []string{"http://allowed.example.org/a/"}})
	filters := []string{"Observation?status=final"}
	const extension = `"url":"http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription.channelType"`
	to := []string{w.hook.URL + "/hook", "http://allowed.example.org/a/hook"}
	for name, text := range map[string]string{
		"topic":            w.subscription("id-only", filters, subscriptions.AnyChange, "http://example.org/topic"),
		"no filter":        w.subscription("id-only", nil, to...),
		"unknown filter":   w.subscription("id-only", []string{"Observation?nonsense=1"}, to...),
		"other type":       w.subscription("id-only", []string{"Nothing?status=final"}, to...),
		"chain":            w.subscription("id-only", []string{"Observation?patient.name=x"}, to...),
		"sort":             w.subscription("id-only", []string{"Observation?status=final&_sort=date"}, to...),
		"subscriptions":    w.subscription("id-only", []string{"Subscription?status=active"}, to...),
		"channel":          w.subscription("id-only", filters, append(to, `"rest-hook"`, `"email"`)...),
		"endpoint":         w.subscription("id-only", filters),
		"near the allowed": w.subscription("id-only", filters, w.hook.URL+"/hook", "http://allowed.example.org/ab"),
		"dots":             w.subscription("id-only", filters, w.hook.URL+"/hook", "http://allowed.example.org/a/../b"),
		"user":             w.subscription("id-only", filters, w.hook.URL+"/hook", "http://allowed.example.org@evil.example.org/a/"),
		"payload type":     w.subscription("id-only", filters, append(to, `"application/fhir+json"`, `"application/fhir+xml"`)...),
		"content":          w.subscription("some", filters, to...),
		"header":           w.subscription("id-only", filters, append(to, "Authorization: Bearer", "Host: x")...),
		"broken header":    w.subscription("id-only", filters, append(to, "very-secret", `x\r\nA: b`)...),
		"cross-version":    w.subscription("id-only", filters, append(to, `"channel":{`, `"channel":{"extension":[{`+extension+`,"valueCode":"x"}],`)...),
		"custom channel":   w.subscription("id-only", filters, append(to, `"payload":`, `"_type":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-channel-type","valueCoding":{"code":"zulip"}}]},"payload":`)...),
		"modifier":         w.subscription("id-only", filters, append(to, `"reason"`, `"modifierExtension":[{"url":"http://example.org/x","valueBoolean":true}],"reason"`)...),
		"end":              w.subscription("id-only", filters, append(to, `"reason"`, `"end":"2020-01-01T00:00:00Z","reason"`)...),
		"heartbeat":        w.subscription("id-only", filters, append(to, `"channel":{`, `"channel":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period","valueUnsignedInt":1}],`)...),
	} {
		if status, _, answer := w.do("", "PUT", "/Subscription/s", text); status != 422 || strings.Contains(answer, "secret") {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", filters, to...))
	if got := w.all(); len(got) != 0 {
		t.Errorf("sent: %v", got)
	}
}

// TestPublicOnly: by default notifications go to public https addresses alone.
func TestPublicOnly(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	w.close()
	w.opt.Gate = outbound.Gate{}
	w.start()
	for _, endpoint := range []string{w.hook.URL, "https://127.0.0.1/x", "https://169.254.169.254/latest", "http://example.org/x", "file:///etc/passwd", "https://[::1]/"} {
		w.want(422, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Observation?status=final"}, w.hook.URL+"/hook", endpoint))
	}
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Observation?status=final"}, w.hook.URL+"/hook", "https://localhost/x"))
	w.until("refused when its name is resolved", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "error" })
}

// TestHandshakeFails: then the subscription is in error, and can be asked for again.
func TestHandshakeFails(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	w.answer = func(n int) int { return map[bool]int{true: 500, false: 200}[n == 1] }
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}))
	var have map[string]any
	w.until("error", func() bool { have = w.want(200, "GET", "/Subscription/s", ""); return have["status"] == "error" })
	if !strings.Contains(fmt.Sprint(have["error"]), "answered 500") {
		t.Errorf("%v", have["error"])
	}
	w.want(201, "PUT", "/Patient/p", patient("p", "A"))
	again, _ := json.Marshal(have) // as a client writes back what it read, with the header's value hidden
	w.want(200, "PUT", "/Subscription/s", strings.Replace(string(again), `"error"`, `"requested"`, 1))
	w.until("the event that happened meanwhile", func() bool { return strings.Join(w.numbers(), " ") == "1" })
	if all := w.all(); all[len(all)-1].header.Get("Authorization") != "Bearer very-secret" {
		t.Error("the header's value is lost")
	}
	other := strings.Replace(string(again), w.hook.URL+"/hook", w.hook.URL+"/other", 1)
	w.want(422, "PUT", "/Subscription/s", other) // no other address gets the hidden value
}

// TestRetry: a notification that fails is sent again, later each time, and then in
// order; after too many failures the subscription is in error.
func TestRetry(t *testing.T) {
	w := newWorld(t, subscriptions.Options{Attempts: 4, Backoff: 20 * time.Millisecond})
	fails := 3
	w.answer = func(n int) int {
		if n > 1 && fails > 0 {
			fails--
			return 503
		}
		return 204
	}
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	w.want(201, "PUT", "/Patient/p", patient("p", "A"))
	w.until("four attempts", func() bool { return len(w.numbers()) >= 4 })
	all := w.all()
	for i := 3; i < len(all); i++ {
		if first, next := all[i-1].at.Sub(all[i-2].at), all[i].at.Sub(all[i-1].at); next < first/2+first/4 || first < 15*time.Millisecond {
			t.Errorf("waits of %v and %v", first, next)
		}
	}
	w.want(201, "PUT", "/Patient/q", patient("q", "A"))
	w.until("the next event", func() bool { n := w.numbers(); return n[len(n)-1] == "2" })
	w.mu.Lock()
	fails = 4
	w.mu.Unlock()
	w.want(200, "PUT", "/Patient/q", patient("q", "Ab"))
	w.until("error", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "error" })
	if n := w.numbers(); len(n) != 9 || n[8] != "3" {
		t.Errorf("events %v", n)
	}
}

// TestRestart: events that happen while nobody listens are told after the start;
// one whose notification was cut off comes again.
func TestRestart(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	const rounds, each = 5, 20
	for round := range rounds {
		for i := range each {
			w.want(201, "PUT", fmt.Sprintf("/Patient/p%d-%d", round, i), patient(fmt.Sprintf("p%d-%d", round, i), "A"))
		}
		w.close() // in the midst of sending
		d, _ := node.ParseResource([]byte(patient(fmt.Sprintf("between%d", round), "A")))
		p, err := store.Prepare(d, fmt.Sprintf("between%d", round))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.Write(context.Background(), func(tx *store.Tx) error { _, _, err := tx.Put(p); return err }); err != nil {
			t.Fatal(err)
		}
		w.start()
	}
	const total = rounds * (each + 1)
	last := fmt.Sprint(total)
	w.until("all events", func() bool { return slices.Contains(w.numbers(), last) })
	seen := map[string]bool{}
	next := 1
	for _, n := range w.numbers() {
		if !seen[n] && n != fmt.Sprint(next) {
			t.Errorf("event %s came before %d", n, next)
		}
		if !seen[n] {
			next++
		}
		seen[n] = true
	}
	if len(seen) != total {
		t.Errorf("%d events, want %d", len(seen), total)
	}
}

// TestHeartbeatAndEnd: a heartbeat comes when nothing else does, and at its end a
// subscription goes off.
func TestHeartbeatAndEnd(t *testing.T) {
	var mu sync.Mutex
	shift := time.Duration(0)
	w := newWorld(t, subscriptions.Options{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(shift) }})
	later := func(d time.Duration) { mu.Lock(); shift += d; mu.Unlock() }
	beat := `"channel":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period","valueUnsignedInt":60},{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-timeout","valueUnsignedInt":5}],`
	end := fmt.Sprintf(`"end":%q,"reason"`, time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339))
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}, `"channel":{`, beat, `"reason"`, end))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	for beats := 1; beats <= 2; beats++ {
		w.until("heartbeat", func() bool { later(time.Second / 2); return len(w.all()) >= 1+beats })
	}
	p := w.all()[2]
	if got := p.params(); got["type"] != "heartbeat" || got["status"] != "active" || got["events-since-subscription-start"] != "0" || len(p.body["entry"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	w.valid(p.text)
	later(2 * time.Hour)
	w.until("off", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "off" })
	w.want(201, "PUT", "/Patient/p", patient("p", "A"))
	time.Sleep(30 * time.Millisecond)
	if n := w.numbers(); len(n) != 0 {
		t.Errorf("events after the end: %v", n)
	}
}

// TestAuthorizationEnds: once what the subscriber was allowed has ended, nothing more is
// sent and the subscription is off.
func TestAuthorizationEnds(t *testing.T) {
	var ended atomic.Bool
	w := newWorld(t, subscriptions.Options{Stands: func(_ context.Context, client, consent string) (bool, error) {
		if client != "app" || consent != "of ann" {
			t.Errorf("asked about %q and %q", client, consent)
		}
		return !ended.Load(), nil
	}})
	w.grants["ann"] = &server.Grant{Client: "app", Consent: "of ann", Access: &store.Access{Patients: []string{"ann"}, AllTypes: true}}
	if status, _, answer := w.do("ann", "PUT", "/Subscription/s", w.subscription("id-only", []string{"Observation?status=final"})); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	w.want(201, "PUT", "/Observation/one", observation("one", "ann", "final"))
	w.until("an event", func() bool { return len(w.numbers()) == 1 })
	ended.Store(true)
	w.want(201, "PUT", "/Observation/two", observation("two", "ann", "final"))
	w.until("off", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "off" })
	if n := w.numbers(); len(n) != 1 {
		t.Errorf("told of %v", n)
	}
	if text := fmt.Sprint(w.want(200, "GET", "/Subscription/s", "")["error"]); !strings.Contains(text, "authorization") {
		t.Errorf("error: %s", text)
	}
}

// TestAccess: a subscriber is told of what it may see, and no other client steps in.
func TestAccess(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	ann := &store.Access{Patients: []string{"ann"}, AllTypes: true}
	w.grants["ann"] = &server.Grant{Client: "app", Access: ann}
	w.grants["bob"] = &server.Grant{Client: "app", Access: &store.Access{Patients: []string{"bob"}, AllTypes: true}}
	w.grants["narrow"] = &server.Grant{Client: "narrow", May: func(i server.Interaction, typ string) bool { return typ == "Subscription" || typ == "Patient" }}
	text := w.subscription("full-resource", []string{"Observation?status=final", "Patient?family=x"})
	if status, _, answer := w.do("narrow", "PUT", "/Subscription/n", strings.Replace(text, `"id":"s"`, `"id":"n"`, 1)); status != 403 {
		t.Errorf("for a type that may not be read: %d %s", status, answer)
	}
	if status, _, answer := w.do("ann", "PUT", "/Subscription/s", text); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	for _, p := range []string{"bob", "ann", "cid"} {
		w.want(201, "PUT", "/Observation/"+p, observation(p, p, "final"))
	}
	w.want(204, "DELETE", "/Observation/bob", "")
	w.want(204, "DELETE", "/Observation/ann", "")
	w.until("ann's events", func() bool { return len(w.numbers()) == 2 })
	for _, r := range w.all() {
		if strings.Contains(r.text, "Observation/bob") || strings.Contains(r.text, "cid") {
			t.Errorf("told of another's: %s", r.text)
		}
	}
	if status, _, _ := w.do("bob", "PUT", "/Subscription/s", text); status != 403 {
		t.Errorf("another patient's app took the subscription over: %d", status)
	}
	if status, _, _ := w.do("bob", "DELETE", "/Subscription/s", ""); status != 403 {
		t.Errorf("another patient's app ended the subscription: %d", status)
	}
	if status, _, _ := w.do("bob", "GET", "/Subscription/s/$events", ""); status != 403 {
		t.Errorf("another patient's app reads the events: %d", status)
	}
	if status, _, answer := w.do("ann", "GET", "/Subscription/s/$events", ""); status != 200 || !strings.Contains(answer, "Observation/ann") {
		t.Errorf("%d %s", status, answer)
	}
}

func TestStatusAndEvents(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}, `"channel":{`, `"channel":{"extension":[{"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-max-count","valuePositiveInt":2}],`))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	var entries []string
	for i := range 5 {
		entries = append(entries, fmt.Sprintf(`{"request":{"method":"PUT","url":"Patient/p%d"},"resource":%s}`, i, patient(fmt.Sprintf("p%d", i), "A")))
	}
	w.want(200, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(entries, ",")+`]}`)
	w.until("all events", func() bool { return strings.Join(w.numbers(), "") == "12345" })
	if notifications := len(w.all()) - 1; notifications != 3 {
		t.Errorf("%d notifications of 2 events at most for 5", notifications)
	}
	for path, want := range map[string]string{"/Subscription/s/$status": "1", "/Subscription/$status": "1", "/Subscription/$status?id=s&status=active": "1", "/Subscription/$status?status=error": "0"} {
		a := w.want(200, "GET", path, "")
		if fmt.Sprint(a["total"]) != want || a["type"] != "searchset" {
			t.Errorf("%s: %v", path, a)
		}
		if want == "1" {
			if text := fmt.Sprint(a); !strings.Contains(text, "query-status") || !strings.Contains(text, subscriptions.AnyChange) {
				t.Errorf("%s: %s", path, text)
			}
		}
	}
	w.want(404, "GET", "/Subscription/none/$status", "")
	for query, want := range map[string]string{"": "1 2 3 4 5", "?eventsSinceNumber=2&eventsUntilNumber=3": "2 3", "?eventsSinceNumber=9": ""} {
		a := w.want(200, "GET", "/Subscription/s/$events"+query, "")
		r := received{body: a}
		if p := r.params(); p["event-number"] != want || p["type"] != "query-event" || a["type"] != "history" {
			t.Errorf("%s: %v", query, p)
		}
	}
	if a := w.want(200, "GET", "/Subscription/s/$events?content=full-resource", ""); strings.Contains(fmt.Sprint(a), "family") {
		t.Error("more was given than subscribed to")
	}
	if a := w.want(200, "GET", "/Subscription/s/$events?content=empty", ""); strings.Contains(fmt.Sprint(a), "Patient/p1") {
		t.Error("less was asked for")
	}
	w.want(400, "GET", "/Subscription/s/$events?eventsSinceNumber=x", "")
}

// TestTopics: topics of the settings, with what must hold before and after, and a
// filter of the topic's own.
func TestTopics(t *testing.T) {
	const url = "http://example.org/topic/final"
	w := newWorld(t, subscriptions.Options{Topics: []subscriptions.Topic{{URL: url, Title: "Results that become final",
		Triggers: []subscriptions.Trigger{{Resource: "Observation", On: []string{"create", "update"}, Current: "status=final", Previous: "status=final", NotPrevious: true}},
		Keys: map[string]subscriptions.Key{"subjectIs": func(_ context.Context, _ *store.Store, v *store.Version, value string) (bool, error) {
			return strings.Contains(string(v.JSON()), `"Patient/`+value+`"`), nil
		}}}}})
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"subjectIs=ann"}, subscriptions.AnyChange, url))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	w.want(201, "PUT", "/Observation/b", observation("b", "bob", "final"))
	w.want(201, "PUT", "/Observation/o", observation("o", "ann", "preliminary"))
	w.want(200, "PUT", "/Observation/o", observation("o", "ann", "final"))
	w.want(200, "PUT", "/Observation/o", strings.Replace(observation("o", "ann", "final"), `"x"`, `"y"`, 1))
	w.want(201, "PUT", "/Observation/n", observation("n", "ann", "final"))
	w.want(204, "DELETE", "/Observation/n", "")
	w.want(201, "PUT", "/Observation/last", observation("last", "ann", "final"))
	w.until("the last", func() bool { return slices.Contains(w.numbers(), "3") })
	var focus []string
	for _, r := range w.all() {
		focus = append(focus, strings.Fields(strings.ReplaceAll(r.params()["focus"], w.base+"/Observation/", ""))...)
	}
	if got := strings.Join(focus, " "); got != "o n last" {
		t.Errorf("told of %s", got)
	}
	for name, topics := range map[string][]subscriptions.Topic{
		"no url": {{Triggers: []subscriptions.Trigger{{Resource: "Patient"}}}}, "twice": {{URL: subscriptions.AnyChange, Triggers: []subscriptions.Trigger{{Resource: "Patient"}}}},
		"type": {{URL: url, Triggers: []subscriptions.Trigger{{Resource: "Nothing"}}}}, "on": {{URL: url, Triggers: []subscriptions.Trigger{{Resource: "Patient", On: []string{"read"}}}}},
		"search": {{URL: url, Triggers: []subscriptions.Trigger{{Resource: "Patient", Current: "nonsense=1"}}}}, "no trigger": {{URL: url}},
	} {
		if e, err := subscriptions.New(w.store, subscriptions.Options{Topics: topics}); err == nil {
			e.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCapability(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	rest := w.want(200, "GET", "/metadata", "")["rest"].([]any)[0].(map[string]any)
	for _, r := range rest["resource"].([]any) {
		m := r.(map[string]any)
		if m["type"] != "Subscription" {
			if strings.Contains(fmt.Sprint(m), "subscriptions-backport") {
				t.Errorf("%v", m["type"])
			}
			continue
		}
		text := fmt.Sprint(m)
		for _, want := range []string{"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription", "capabilitystatement-subscriptiontopic-canonical",
			subscriptions.AnyChange, "backport-subscription-status", "backport-subscription-events"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s", want)
			}
		}
	}
}

// TestTwoProcesses: of two engines on one database one sends, and when it ends the
// other goes on.
func TestTwoProcesses(t *testing.T) {
	w := newWorld(t, subscriptions.Options{})
	other, err := subscriptions.New(w.store, w.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	w.want(201, "PUT", "/Subscription/s", w.subscription("id-only", []string{"Patient?family=a"}))
	w.until("active", func() bool { return w.want(200, "GET", "/Subscription/s", "")["status"] == "active" })
	for i := range 10 {
		w.want(201, "PUT", fmt.Sprintf("/Patient/p%d", i), patient(fmt.Sprintf("p%d", i), "A"))
	}
	w.until("ten events", func() bool { return len(w.numbers()) >= 10 })
	if got := len(w.numbers()); got != 10 {
		t.Errorf("%d events were sent for 10", got)
	}
	w.engine.Close()
	w.want(201, "PUT", "/Patient/more", patient("more", "A"))
	w.until("the other goes on", func() bool { return slices.Contains(w.numbers(), "11") })
}
