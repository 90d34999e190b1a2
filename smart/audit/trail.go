// SPDX-License-Identifier: Apache-2.0

// Package audit keeps the trail of who was let in, who was refused, and who read or
// changed which record. The trail is append-only and hash-chained: each record
// carries the hash of the one before, so that a record that was changed, taken out or
// put in later breaks the chain from there on. Who can rewrite the whole file can
// rewrite the whole chain: keep what Head gives elsewhere from time to time and
// give it to Verify.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/journal"
)

// Head is the end of a trail: the number of its records and the hash of the last.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// Trail is an open trail. It may be used by many goroutines.
type Trail struct {
	log *journal.Journal
	now func() time.Time

	mu     sync.Mutex
	head   Head
	latest map[subject]int64 // to the offset of the latest record, plus one
}

// subject is a patient of a FHIR base.
type subject struct{ base, patient string }

func (e *Event) subject() subject { return subject{e.Base, e.Patient} }

// Open opens or makes the trail in a file, and verifies its chain on the way.
func Open(path string, now func() time.Time) (*Trail, error) {
	t := &Trail{now: now, latest: map[subject]int64{}}
	var err error
	t.log, err = journal.Open(path, func(offset int64, line []byte) error {
		r, err := next(t.head, line)
		if err != nil {
			return err
		}
		t.head = Head{r.Seq, r.Hash}
		if r.Event.Patient != "" {
			t.latest[r.Event.subject()] = offset + 1
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	return t, nil
}

// Append adds an event and returns when it is on disk.
func (t *Trail) Append(e Event) error {
	wait, err := t.add(e)
	if err != nil {
		return err
	}
	return wait()
}

// Note adds events and returns when they are in the file: the end of the process
// loses none of them, that of the machine those since the last Append or Sync.
func (t *Trail) Note(events ...Event) error {
	for _, e := range events {
		if _, err := t.add(e); err != nil {
			return err
		}
	}
	return nil
}

// Sync returns when all that was noted is on disk.
func (t *Trail) Sync() error { return t.log.Sync() }

func (t *Trail) add(e Event) (wait func() error, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := Record{Seq: t.head.Seq + 1, Recorded: t.now().UTC(), Earlier: t.latest[e.subject()], Prev: t.head.Hash, Event: e}
	if e.Patient == "" {
		r.Earlier = 0
	}
	line, hash, err := seal(r)
	if err != nil {
		return nil, err
	}
	offset, wait, err := t.log.Write(line)
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	t.head = Head{r.Seq, hash}
	if e.Patient != "" {
		t.latest[e.subject()] = offset + 1
	}
	return wait, nil
}

// Head is the end of the trail, to be kept elsewhere and given to Verify later.
func (t *Trail) Head() Head {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// Patient gives the records that concern one patient of a FHIR base, the newest first.
func (t *Trail) Patient(base, id string) iter.Seq2[Record, error] {
	who := subject{base, id}
	t.mu.Lock()
	at := t.latest[who]
	t.mu.Unlock()
	return t.from(at, who)
}

// PatientFrom gives them from an offset on that Record.Earlier named.
func (t *Trail) PatientFrom(base, id string, earlier int64) iter.Seq2[Record, error] {
	return t.from(earlier, subject{base, id})
}

func (t *Trail) from(at int64, who subject) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if who.patient == "" {
			return
		}
		for at > 0 {
			r, err := t.at(at - 1)
			if err == nil && (r.Earlier >= at || r.Event.subject() != who) {
				err = &BrokenError{r.Seq, "the list of the patient's records leads astray"}
			}
			if !yield(r, err) || err != nil {
				return
			}
			at = r.Earlier
		}
	}
}

// ErrNoRecord is returned by Read for an id that no record has.
var ErrNoRecord = errors.New("there is no such audit record")

// Read gives the record with an id (Record.ID).
func (t *Trail) Read(id string) (Record, error) {
	_, place, _ := strings.Cut(id, "-")
	offset, err := strconv.ParseInt(place, 10, 64)
	if err != nil || offset < 0 || offset >= t.log.Size() {
		return Record{}, ErrNoRecord
	}
	r, err := t.at(offset)
	if err != nil || r.ID() != id { // an offset inside a line gives no whole record
		return Record{}, ErrNoRecord
	}
	return r, nil
}

func (t *Trail) at(offset int64) (Record, error) {
	line, err := t.log.ReadLine(offset)
	if err != nil {
		return Record{}, err
	}
	r, err := open(line)
	r.Offset = offset
	return r, err
}

// Each reads a trail and calls f with every record, having checked the chain up to
// it. A last line that is cut short, or still being written, is left out.
func Each(r io.Reader, f func(Record) error) (Head, error) {
	var head Head
	_, err := journal.Read(r, func(offset int64, line []byte) error {
		rec, err := next(head, line)
		if err != nil {
			return err
		}
		head, rec.Offset = Head{rec.Seq, rec.Hash}, offset
		return f(rec)
	})
	return head, err
}

// Close closes the file.
func (t *Trail) Close() error { return t.log.Close() }

// BrokenError names the first record at which the chain does not hold.
type BrokenError struct {
	Seq uint64 // number that the record should have, or has
	Why string
}

func (e *BrokenError) Error() string { return fmt.Sprintf("audit record %d: %s", e.Seq, e.Why) }

// ErrCutShort is returned by Verify if the last line has no end.
var ErrCutShort = errors.New("the last audit record is cut short")

// Verify reads a trail and checks that every record is whole, follows the one before,
// and that each of the given heads was the trail's end once.
func Verify(r io.Reader, heads ...Head) (Head, error) {
	var head Head
	want := map[uint64]string{}
	for _, h := range heads {
		if have, twice := want[h.Seq]; twice && have != h.Hash {
			return head, &BrokenError{h.Seq, "two heads with this number differ"}
		}
		want[h.Seq] = h.Hash
	}
	counted := &counter{r: r}
	size, err := journal.Read(counted, func(_ int64, line []byte) error {
		rec, err := next(head, line)
		if err != nil {
			return err
		}
		if hash, ok := want[rec.Seq]; ok && hash != rec.Hash {
			return &BrokenError{rec.Seq, "it is not the record that was there when the head was kept"}
		}
		head = Head{rec.Seq, rec.Hash}
		return nil
	})
	if err != nil {
		return head, err
	}
	for seq := range want {
		if seq > head.Seq {
			return head, &BrokenError{head.Seq + 1, fmt.Sprintf("the trail ends before record %d, which it had when the head was kept", seq)}
		}
	}
	if counted.n != size {
		return head, ErrCutShort
	}
	return head, nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// The hash stands last in a line and covers the bytes before it, so that nothing
// has to be put into a canonical form to check it.
var hashKey = []byte(`,"hash":"`)

const hashLen = 2 * sha256.Size

func seal(r Record) (line []byte, hash string, err error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, "", err
	}
	b = b[:len(b)-1] // the closing brace
	sum := sha256.Sum256(b)
	hash = hex.EncodeToString(sum[:])
	b = append(b, hashKey...)
	b = append(b, hash...)
	return append(b, '"', '}'), hash, nil
}

// open reads a line and checks its hash.
func open(line []byte) (Record, error) {
	var r Record
	cut := len(line) - len(hashKey) - hashLen - 2
	if cut < 0 || !bytes.Equal(line[cut:cut+len(hashKey)], hashKey) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return r, &BrokenError{Why: "the record carries no hash"}
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, &BrokenError{Why: "the record is not JSON"}
	}
	sum := sha256.Sum256(line[:cut])
	r.Hash = hex.EncodeToString(sum[:])
	if have := line[cut+len(hashKey) : cut+len(hashKey)+hashLen]; string(have) != r.Hash {
		return r, &BrokenError{r.Seq, "the record was changed"}
	}
	return r, nil
}

// next reads the line behind head.
func next(head Head, line []byte) (Record, error) {
	r, err := open(line)
	switch {
	case err != nil:
		return r, err
	case r.Seq != head.Seq+1:
		return r, &BrokenError{head.Seq + 1, fmt.Sprintf("record %d stands in its place", r.Seq)}
	case r.Prev != head.Hash:
		return r, &BrokenError{r.Seq, "it does not follow the record before it"}
	}
	return r, nil
}

func jsonNumber(n uint64) string { return strconv.FormatUint(n, 10) }
