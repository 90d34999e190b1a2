// SPDX-License-Identifier: Apache-2.0

package reporting_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// counted evaluates the demo's measure over patients and gives the counts.
func counted(t *testing.T, read func(yield func(measure.Patient) bool) error) string {
	t.Helper()
	e := measure.NewEngine(measure.Options{})
	ms, err := e.Load([]byte(demoFile(t, "measure.json")))
	if err != nil {
		t.Fatal(err)
	}
	period, err := measure.ParsePeriod("2025-01-01", "2025-12-31")
	if err != nil {
		t.Fatal(err)
	}
	tally := measure.NewTally(ms[0])
	b := &measure.Batch{Engine: e, Workers: 2, Request: measure.Request{Measures: ms, Period: period}}
	if err := b.Run(read, func(o *measure.Outcome) error {
		if o.Err != nil {
			return o.Err
		}
		tally.Add(&o.Results[0], false)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(tally.Groups[0].Counts)
}

// A server's patients, one by one or by bulk export, are counted as those of a file.
func TestPatientsOfAServer(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fhir.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(s, server.Options{Bulk: t.TempDir(), Authorize: func(r *http.Request) (*server.Grant, error) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			return nil, &server.DeniedError{Status: 401, Reason: "who are you?"}
		}
		return &server.Grant{}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(srv)
	t.Cleanup(func() { h.Close(); srv.Close(); s.Close() })
	c := &client{t, h.URL, s}
	for line := range strings.Lines(demoFile(t, "patients.ndjson")) {
		c.do(200, "POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+line+`,"request":{"method":"PUT","url":"`+target(line)+`"}}]}`, "Authorization: Bearer secret")
	}
	r := &measure.Remote{Base: h.URL, Token: "secret", Types: []string{"Patient", "Encounter", "Condition", "Procedure"},
		Pause: func(ctx context.Context, _ time.Duration) error { time.Sleep(10 * time.Millisecond); return ctx.Err() }}
	const want = "[8 8 2 3]"
	if got := counted(t, func(yield func(measure.Patient) bool) error { return r.ReadPatients(t.Context(), yield) }); got != want {
		t.Errorf("one by one: %s, want %s", got, want)
	}
	dir := t.TempDir()
	if err := r.Export(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := counted(t, func(yield func(measure.Patient) bool) error { return measure.ReadPatients(dir, yield) }); got != want {
		t.Errorf("by export: %s, want %s", got, want)
	}
	r.Token = "wrong"
	if err := r.ReadPatients(t.Context(), func(measure.Patient) bool { return true }); err == nil || !strings.Contains(err.Error(), "is the token right") {
		t.Errorf("with a wrong token: %v", err)
	}
}

// target is Type/id of a line.
func target(line string) string {
	between := func(mark string) string {
		_, rest, _ := strings.Cut(line, mark)
		text, _, _ := strings.Cut(rest, `"`)
		return text
	}
	return between(`"resourceType":"`) + "/" + between(`"id":"`)
}

// What a server answers is not trusted: links lead nowhere else, lists end, and what is
// no bundle is said to be none.
func TestServersThatMislead(t *testing.T) {
	var answers []string
	var asked []string
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		i := min(len(asked), len(answers)) - 1
		if answers[i] == "busy" {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
			return
		}
		fmt.Fprint(w, answers[i])
	}))
	defer h.Close()
	var waited []time.Duration
	r := &measure.Remote{Base: h.URL, Token: "secret", Pause: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}
	patient := `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}`
	for _, test := range []struct {
		answers []string
		says    string
	}{
		{[]string{`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"http://evil.example/steal"}]}`}, "leads to http://evil.example, which is not its own address"},
		{[]string{`{"resourceType":"OperationOutcome","issue":[]}`}, "answered with a OperationOutcome"},
		{[]string{`<html>`}, "the server's answer"},
		{[]string{"busy"}, "answered 429"},
		{[]string{"busy", "busy", patient}, ""},
	} {
		answers, asked = test.answers, nil
		found := 0
		err := r.ReadPatients(t.Context(), func(measure.Patient) bool { found++; return true })
		if test.says == "" && (err != nil || found != 1) || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%v: %v, %d patients", test.answers, err, found)
		}
	}
	if !slices.Contains(waited, 7*time.Second) {
		t.Errorf("waited %v", waited)
	}
}
