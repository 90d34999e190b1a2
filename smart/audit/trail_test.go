// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func at() time.Time { return time.Date(2027, 1, 4, 9, 30, 0, 0, time.UTC) }

func trail(t *testing.T, path string) *Trail {
	t.Helper()
	tr, err := Open(path, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr
}

func written(t *testing.T, n int) (path string, heads []Head) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.log")
	tr := trail(t, path)
	for i := range n {
		err := tr.Append(Event{Kind: Rest, Subtype: "read", Action: Read, Outcome: Success, Client: "app",
			Patient: fmt.Sprint(i % 3), Entities: []string{fmt.Sprintf("Coverage/%d", i)}})
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, tr.Head())
	}
	return path, heads
}

func TestMemberReadsTheirRecords(t *testing.T) {
	path, _ := written(t, 10)
	tr := trail(t, path) // opened anew: the lists are found again
	if err := tr.Append(Event{Kind: Authentication, Action: Execute, Outcome: Success, Patient: "1"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r, err := range tr.Patient("", "1") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join(r.Event.Entities, ""))
	}
	if want := " Coverage/7 Coverage/4 Coverage/1"; strings.Join(got, " ") != want {
		t.Errorf("records of patient 1 are %q", got)
	}
	for _, id := range []string{"", "nobody"} {
		for r := range tr.Patient("", id) {
			t.Errorf("patient %q has record %d", id, r.Seq)
		}
	}
}

func TestVerifyFindsEveryForgery(t *testing.T) {
	path, heads := written(t, 6)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if head, err := Verify(bytes.NewReader(whole), heads...); err != nil || head != heads[5] {
		t.Fatalf("the untouched trail: %v, %v", head, err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
	for name, forged := range map[string]string{
		"changed":          strings.Replace(string(whole), "Coverage/3", "Coverage/9", 1),
		"taken out":        strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), ""),
		"first taken out":  strings.Join(lines[1:], ""),
		"swapped":          lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""),
		"twice":            lines[0] + lines[0] + strings.Join(lines[1:], ""),
		"cut in a line":    string(whole[:len(whole)-20]),
		"last taken out":   strings.Join(lines[:5], ""),
		"not a record":     string(whole) + "{}\n",
		"hash of nonsense": string(whole) + `{"seq":7,"hash":"` + strings.Repeat("0", hashLen) + "\"}\n",
	} {
		if _, err := Verify(strings.NewReader(forged), heads[5]); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	// A chain that was rewritten whole is found by a head kept elsewhere only.
	otherPath, _ := written(t, 7)
	other, _ := os.ReadFile(otherPath)
	other = []byte(strings.SplitAfter(string(other), "\n")[0])
	rewritten := filepath.Join(t.TempDir(), "rewritten.log")
	os.WriteFile(rewritten, other, 0o600)
	tr := trail(t, rewritten)
	for range 8 {
		tr.Append(Event{Kind: Rest, Action: Delete, Outcome: Success, Patient: "1"})
	}
	b, _ := os.ReadFile(rewritten)
	if _, err := Verify(bytes.NewReader(b)); err != nil {
		t.Errorf("a consistent chain: %v", err)
	}
	var broken *BrokenError
	if _, err := Verify(bytes.NewReader(b), heads[3]); !errors.As(err, &broken) || broken.Seq != 4 {
		t.Errorf("rewritten behind a kept head: %v", err)
	}
	if _, err := Open(writeFile(t, strings.Replace(string(whole), "Coverage/3", "Coverage/9", 1)), at); err == nil {
		t.Error("a forged trail was opened")
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	tr := trail(t, path)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 15 {
				if err := tr.Append(Event{Kind: Rest, Action: Read, Outcome: Success, Patient: fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b, _ := os.ReadFile(path)
	if head, err := Verify(bytes.NewReader(b), tr.Head()); err != nil || head.Seq != 120 {
		t.Fatalf("%v, %v", head, err)
	}
}

func TestAuditEvent(t *testing.T) {
	r := Record{Seq: 12, Offset: 340, Recorded: at(), Event: Event{Kind: Rest, Subtype: "read", Action: Read, Outcome: Success, Client: "app",
		User: "RelatedPerson/2", Address: "192.0.2.1", Patient: "1", Entities: []string{"Coverage/4"}}}
	b, err := r.AuditEvent("https://fhir.example.org")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"resourceType":"AuditEvent","id":"12-340","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"RESTful Operation"},` +
		`"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"read"}],"action":"R","recorded":"2027-01-04T09:30:00Z","outcome":"0",` +
		`"agent":[{"who":{"identifier":{"value":"app"}},"requestor":false,"network":{"address":"192.0.2.1","type":"2"}},` +
		`{"who":{"reference":"RelatedPerson/2"},"requestor":true}],"source":{"observer":{"identifier":{"value":"https://fhir.example.org"}}},` +
		`"entity":[{"what":{"reference":"Patient/1"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}},` +
		`{"what":{"reference":"Coverage/4"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"4","display":"Domain Resource"}}]}`
	if string(b) != want {
		t.Errorf("AuditEvent is\n%s", b)
	}
	for kind := range kinds {
		b, err := Record{Event: Event{Kind: kind}}.AuditEvent("x")
		if err != nil || !json.Valid(b) || !bytes.Contains(b, []byte(`"agent":[{`)) {
			t.Errorf("%s: %s, %v", kind, b, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	line, _, _ := seal(Record{Seq: 1, Event: Event{Kind: Rest}})
	f.Add(append(line, '\n'))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) { Verify(bytes.NewReader(b)) })
}
