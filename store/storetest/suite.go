// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// Run runs the suite. open makes an empty store.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, test := range map[string]func(*testing.T, *store.Store){
		"versions": testVersions, "history": testHistory, "body": testBody, "index follows updates": testIndexFollows,
		"search": testSearch, "sort": testSort, "include": testInclude, "paging under writes": testPaging,
		"transactions": testTransactions, "unchanged": testPutChanged, "concurrent conditional creates": testConditional, "access": testAccess,
		"each": testEach, "reindex": testReindex, "cursors": testCursors, "cancelled": testCancelled, "memos": testMemos, "changes": testChanges, "many at once": testExpected, "criteria by themselves": testMeets,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func patient(id, family string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%q}]}`, id, family)
}

func write(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func testVersions(t *testing.T, s *store.Store) {
	if _, err := s.Read(t.Context(), "Patient", "x", nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read of nothing: %v", err)
	}
	Put(t, s, patient("x", "One"), patient("x", "Two"))
	v, err := s.Read(t.Context(), "Patient", "x", nil)
	if err != nil || v.Number != 2 || !bytes.Contains(v.JSON(), []byte("Two")) {
		t.Fatalf("read: %+v %v", v, err)
	}
	write(t, s, func(tx *store.Tx) error {
		v, err := tx.Delete("Patient", "x")
		if err == nil && v.Number != 3 {
			t.Errorf("the deletion is version %d", v.Number)
		}
		return err
	})
	if v, err := s.Read(t.Context(), "Patient", "x", nil); !errors.Is(err, store.ErrGone) || v.Number != 3 {
		t.Errorf("read after delete: %v", err)
	}
	err = s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Delete("Patient", "x"); return err })
	if !errors.Is(err, store.ErrGone) {
		t.Errorf("second delete: %v", err)
	}
	Put(t, s, patient("x", "Four"))
	for number, want := range map[int64]string{1: "One", 2: "Two", 4: "Four"} {
		v, err := s.ReadVersion(t.Context(), "Patient", "x", number, nil)
		if err != nil || v.Number != number || !bytes.Contains(v.JSON(), []byte(want)) {
			t.Errorf("version %d: %v", number, err)
		}
	}
	if _, err := s.ReadVersion(t.Context(), "Patient", "x", 3, nil); !errors.Is(err, store.ErrGone) {
		t.Errorf("the version of the deletion: %v", err)
	}
	if _, err := s.ReadVersion(t.Context(), "Patient", "x", 9, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a version that is not: %v", err)
	}
}

func testHistory(t *testing.T, s *store.Store) {
	Put(t, s, patient("x", "One"), patient("y", "Other"), patient("x", "Two"), `{"resourceType":"Organization","id":"x"}`)
	write(t, s, func(tx *store.Tx) error { _, err := tx.Delete("Patient", "x"); return err })
	read := func(q store.HistoryQuery) (out []string) {
		for {
			page, err := s.History(t.Context(), q, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.Versions {
				out = append(out, fmt.Sprintf("%s/%s/%d/%d", v.Type, v.ID, v.Number, v.Method))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				return out
			}
		}
	}
	for _, count := range []int{1, 2, 100} {
		if got, want := fmt.Sprint(read(store.HistoryQuery{Type: "Patient", ID: "x", Count: count})), "[Patient/x/3/3 Patient/x/2/2 Patient/x/1/1]"; got != want {
			t.Errorf("of a resource: %s", got)
		}
		if got, want := fmt.Sprint(read(store.HistoryQuery{Type: "Patient", Count: count})), "[Patient/x/3/3 Patient/x/2/2 Patient/y/1/1 Patient/x/1/1]"; got != want {
			t.Errorf("of a type: %s", got)
		}
		if got := read(store.HistoryQuery{Count: count}); len(got) != 5 {
			t.Errorf("of all: %s", got)
		}
	}
	if got := read(store.HistoryQuery{Since: time.Now().Add(time.Hour), Count: 9}); len(got) != 0 {
		t.Errorf("since tomorrow: %s", got)
	}
	if got := fmt.Sprint(read(store.HistoryQuery{Type: "Patient", ID: "x", At: time.Now().Add(time.Hour), Count: 9})); got != "[Patient/x/3/3]" {
		t.Errorf("at a later time: %s", got)
	}
}

func testBody(t *testing.T, s *store.Store) {
	big := strings.Repeat("lorem ipsum ", 100_000)
	for _, c := range [][2]string{
		{`{"resourceType":"Patient","id":"a"}`, `}}`},
		{`{"meta":{"versionId":"9","lastUpdated":"2001-01-01T00:00:00Z","source":"#s"},"id":"b","resourceType":"Patient","active":true}`, `,"source":"#s"},"active":true}`},
		{"{\n \"resourceType\": \"Patient\",\n \"id\": \"c\",\n \"birthDate\": null, \"_birthDate\": {\"id\": \"q  \\\" q\"},\n \"name\": [ {\"text\": \"a  b\\n\"} ]\n}",
			`},"_birthDate":{"id":"q  \" q"},"name":[{"text":"a  b\n"}]}`},
		{`{"resourceType":"Patient","id":"d","name":[{"text":"` + big + `"}]}`, `},"name":[{"text":"` + big + `"}]}`},
	} {
		p := Prepare(t, c[0])
		Put(t, s, c[0])
		v, err := s.Read(t.Context(), "Patient", p.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"resourceType":"Patient","id":%q,"meta":{"versionId":"1","lastUpdated":%q%s`, p.ID, v.Updated.UTC().Format(store.TimeFormat), c[1])
		if got := string(v.JSON()); got != want {
			t.Errorf("got  %.300s\nwant %.300s", got, want)
		}
	}
}

// testIndexFollows: rows of old values go, those of new values come, also when
// a resource moves to another patient.
func testIndexFollows(t *testing.T, s *store.Store) {
	check := func(query, want string) {
		t.Helper()
		if got := strings.Join(allPages(t, s, Parse(t, query)), " "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	const obs = `{"resourceType":"Observation","id":"o","status":"%s","code":{"text":"%s"},"subject":{"reference":"Patient/%s"},"effectiveDateTime":"%s","valueQuantity":{"value":%s,"code":"mg","system":"http://unitsofmeasure.org"}}`
	for i, owner := range []string{"ann", "bob", "cid", "dan", "eve"} {
		date, value := fmt.Sprintf("202%d", i), strconv.Itoa(10+i)
		Put(t, s, fmt.Sprintf(obs, "final", "text"+owner, owner, date, value))
		for _, query := range []string{"patient=" + owner, "date=" + date, "value-quantity=" + value, "status=final", "code:text=text" + owner} {
			check("Observation?"+query, "o")
		}
	}
	for _, query := range []string{"patient=ann", "date=2020", "value-quantity=10", "code:text=textann", "status=amended"} {
		check("Observation?"+query, "")
	}
	write(t, s, func(tx *store.Tx) error { _, err := tx.Delete("Observation", "o"); return err })
	for _, query := range []string{"", "patient=eve", "date=2024", "value-quantity=14", "status=final", "code:text=texteve", "_id=o", "status:not=amended"} {
		check("Observation?"+query, "")
	}
	Put(t, s, fmt.Sprintf(obs, "final", "again", "ann", "2020", "10"))
	check("Observation?patient=ann&date=2020", "o")
}

// testPaging: what is there from the first page to the last comes exactly once,
// whatever is written between the pages.
func testPaging(t *testing.T, s *store.Store) {
	for _, order := range []string{"", "&_sort=family", "&_sort=-family", "&_sort=-_id"} {
		t.Run(order, func(t *testing.T) {
			for i := range 30 {
				Put(t, s, patient(fmt.Sprintf("p%02d", i), fmt.Sprintf("Same%02d", i%3)))
			}
			q := Parse(t, "Patient?_count=4"+order)
			seen := map[string]int{}
			for n := 0; ; n++ {
				page, err := s.Search(t.Context(), q, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range IDs(page.Matches) {
					seen[id]++
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
				first := page.Matches[0].ID
				write(t, s, func(tx *store.Tx) error { _, err := tx.Delete("Patient", first); return err })
				Put(t, s, patient(fmt.Sprintf("new%02d", n), "Aaa"), patient(page.Matches[1].ID, "Same00"))
			}
			for i := range 30 {
				id := fmt.Sprintf("p%02d", i)
				if seen[id] != 1 && order == "" || seen[id] == 0 {
					t.Errorf("%s came %d times", id, seen[id])
				}
			}
		})
	}
}

func testTransactions(t *testing.T, s *store.Store) {
	failed := errors.New("no")
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, _, err := tx.Put(Prepare(t, patient("a", "A"))); err != nil {
			return err
		}
		if ids, err := tx.Find("Patient", Parse(t, "Patient?family=a").Criteria, 2); err != nil || len(ids) != 1 {
			t.Errorf("a transaction does not find what it wrote: %v %v", ids, err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if _, err := s.Read(t.Context(), "Patient", "a", nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a failed write left something: %v", err)
	}
	if err := s.Write(t.Context(), func(tx *store.Tx) error { panic("boom") }); err == nil {
		t.Error("a panic went unnoticed")
	}
	write(t, s, func(tx *store.Tx) error {
		for _, family := range []string{"One", "Two"} {
			if _, _, err := tx.Put(Prepare(t, patient("b", family))); err != nil {
				return err
			}
		}
		v, err := tx.Current("Patient", "b")
		if err == nil && v.Number != 2 {
			t.Errorf("two writes in one transaction make version %d", v.Number)
		}
		return err
	})
}

// testPutChanged: the same body makes no version, and takes no number; another one
// does, and so does the same after a deletion.
func testPutChanged(t *testing.T, s *store.Store) {
	put := func(text string, wrote, isNew bool, version int64) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			v, created, err := tx.PutChanged(Prepare(t, text))
			if (v != nil) != wrote || created != isNew {
				t.Errorf("%s: wrote %v, created %v", text, v != nil, created)
			}
			return err
		})
		if v, err := s.Read(t.Context(), "Patient", "c", nil); err != nil || v.Number != version {
			t.Errorf("%s: version %v, %v", text, v, err)
		}
	}
	put(patient("c", "One"), true, true, 1)
	seq, _ := s.Seq(t.Context())
	put(patient("c", "One"), false, false, 1)
	if now, _ := s.Seq(t.Context()); now != seq {
		t.Errorf("what did not change took the number %d", now)
	}
	put(patient("c", "Two"), true, false, 2)
	put(patient("c", "Two"), false, false, 2)
	put(patient("c", "One"), true, false, 3)
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.Delete("Patient", "c")
		return err
	})
	put(patient("c", "One"), true, true, 5)
	page, err := s.Search(t.Context(), Parse(t, "Patient?family=one"), nil)
	if err != nil || len(page.Matches) != 1 {
		t.Errorf("found %v %v", page, err)
	}
}

// testConditional: many clients that create the same resource on the condition
// that it is not there yet make one.
func testConditional(t *testing.T, s *store.Store) {
	criteria := Parse(t, "Patient?identifier=http://example.org/member|M-1").Criteria
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 40 {
		wg.Go(func() {
			p := Prepare(t, fmt.Sprintf(`{"resourceType":"Patient","id":"c%d","identifier":[{"system":"http://example.org/member","value":"M-1"}]}`, i))
			err := s.Write(context.Background(), func(tx *store.Tx) error {
				found, err := tx.Find("Patient", criteria, 2)
				if err != nil || len(found) > 0 {
					return err
				}
				mu.Lock()
				made++
				mu.Unlock()
				_, _, err = tx.Put(p)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := allPages(t, s, Parse(t, "Patient")); len(got) != 1 || made != 1 {
		t.Errorf("%d clients made %v", made, got)
	}
}

func testAccess(t *testing.T, s *store.Store) {
	Load(t, s)
	ann := &store.Access{Patients: []string{"ann"}, AllTypes: true}
	labs := &store.Access{Patients: []string{"ann"}, Types: map[string][]store.Filter{
		"Observation": {store.Filter(Parse(t, "Observation?category=laboratory").Criteria)}, "Organization": nil}}
	for _, c := range []struct {
		access      *store.Access
		query, want string
	}{
		{ann, "Patient", "ann"}, {ann, "Observation", "o1 o2"}, {ann, "Observation?patient=bob", ""}, {ann, "Organization", "clinic plan"},
		{ann, "Practitioner?_has:Encounter:participant:status=finished", "doc"},
		{ann, "Organization?_has:Patient:organization:family=muller-smith", ""}, // nothing learnt through others' resources
		{ann, "Observation?_has:Provenance:target:agent=Practitioner/doc", "o1"},
		{labs, "Observation", "o2"}, {labs, "Patient", ""}, {labs, "Observation?patient.family=müller", ""}, {labs, "Organization", "clinic plan"},
		{&store.Access{}, "Organization", ""},
	} {
		q := Parse(t, c.query)
		page, err := s.Search(t.Context(), q, c.access)
		if err != nil {
			t.Fatal(err)
		}
		ids := IDs(page.Matches)
		if slices.Sort(ids); strings.Join(ids, " ") != c.want || page.Total != int64(len(ids)) {
			t.Errorf("%s: %v of %d, want %s", c.query, ids, page.Total, c.want)
		}
	}
	q := Parse(t, "Organization?_id=plan&_revinclude=Patient:organization")
	if page, err := s.Search(t.Context(), q, ann); err != nil || strings.Join(IDs(page.Included), " ") != "ann" {
		t.Errorf("included %v, %v", IDs(page.Included), err)
	}
	if _, err := s.Read(t.Context(), "Patient", "bob", ann); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read of another patient: %v", err)
	}
	if _, err := s.ReadVersion(t.Context(), "Patient", "bob", 1, ann); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("vread of another patient: %v", err)
	}
	if _, err := s.History(t.Context(), store.HistoryQuery{Count: 10}, ann); !errors.Is(err, store.ErrForbidden) {
		t.Errorf("history of everything: %v", err)
	}
	for _, text := range []string{
		`{"resourceType":"Observation","id":"new","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/bob"}}`,
		`{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`,
	} {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.Within(ann)
			_, _, err := tx.Put(Prepare(t, text))
			return err
		})
		if !errors.Is(err, store.ErrForbidden) {
			t.Errorf("write to another patient: %v", err)
		}
	}
	err := s.Write(t.Context(), func(tx *store.Tx) error { tx.Within(ann); _, err := tx.Delete("Patient", "bob"); return err })
	if !errors.Is(err, store.ErrForbidden) {
		t.Errorf("delete of another patient: %v", err)
	}
}

func testEach(t *testing.T, s *store.Store) {
	Load(t, s)
	var ids []string
	var resume int64
	for v, err := range s.Each(t.Context(), "Observation", nil, time.Time{}, 0, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, v.ID); len(ids) == 2 {
			resume = v.RID
			break
		}
	}
	for v, err := range s.Each(t.Context(), "Observation", nil, time.Time{}, resume, nil) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, v.ID)
	}
	if got := strings.Join(ids, " "); got != "o1 o2 o3 o4" {
		t.Errorf("stopped and resumed: %s", got)
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts["Observation"] != 4 || counts["Patient"] != 3 {
		t.Errorf("counts %v %v", counts, err)
	}
}

func testReindex(t *testing.T, s *store.Store) {
	Load(t, s)
	Put(t, s, strings.Split(strings.TrimSpace(Fixture), "\n")[3]) // a resource with two versions
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range Cases {
		ids := allPages(t, s, Parse(t, c.Query))
		if slices.Sort(ids); strings.Join(ids, " ") != c.Want {
			t.Errorf("%s after indexing anew: %v", c.Query, ids)
		}
	}
}

func testCursors(t *testing.T, s *store.Store) {
	Load(t, s)
	for _, cursor := range []string{"x", "!!", "W10", "WzEsMiwzXQ", "WyJhIl0", "bnVsbA", strings.Repeat("a", 20_000)} {
		q := Parse(t, "Patient")
		q.Cursor = cursor
		if _, err := s.Search(t.Context(), q, nil); !errors.Is(err, store.ErrCursor) {
			t.Errorf("cursor %.20s: %v", cursor, err)
		}
	}
}

func testCancelled(t *testing.T, s *store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ctx, func(*store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled write: %v", err)
	}
	if _, err := s.Search(ctx, &search.Query{Type: "Patient", Count: 1}, nil); err == nil {
		t.Error("a cancelled search went on")
	}
}
