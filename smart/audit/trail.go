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
	latest map[string]int64 // patient to the offset of the latest record, plus one
}

// Open opens or makes the trail in a file, and verifies its chain on the way.
func Open(path string, now func() time.Time) (*Trail, error) {
	t := &Trail{now: now, latest: map[string]int64{}}
	var err error
	t.log, err = journal.Open(path, func(offset int64, line []byte) error {
		r, err := next(t.head, line)
		if err != nil {
			return err
		}
		t.head = Head{r.Seq, r.Hash}
		if r.Event.Patient != "" {
			t.latest[r.Event.Patient] = offset + 1
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
	t.mu.Lock()
	r := Record{Seq: t.head.Seq + 1, Recorded: t.now().UTC(), Earlier: t.latest[e.Patient], Prev: t.head.Hash, Event: e}
	line, hash, err := seal(r)
	if err != nil {
		t.mu.Unlock()
		return err
	}
	offset, wait, err := t.log.Write(line)
	if err == nil {
		t.head = Head{r.Seq, hash}
		if e.Patient != "" {
			t.latest[e.Patient] = offset + 1
		}
	}
	t.mu.Unlock()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return wait()
}

// Head is the end of the trail, to be kept elsewhere and given to Verify later.
func (t *Trail) Head() Head {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// Patient gives the records that concern one patient, the newest first.
func (t *Trail) Patient(id string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		t.mu.Lock()
		at := t.latest[id]
		t.mu.Unlock()
		if id == "" {
			return
		}
		for at > 0 {
			line, err := t.log.ReadLine(at - 1)
			var r Record
			if err == nil {
				r, err = open(line)
			}
			if err == nil && (r.Earlier >= at || r.Event.Patient != id) {
				err = &BrokenError{r.Seq, "the list of the patient's records leads astray"}
			}
			if !yield(r, err) || err != nil {
				return
			}
			at = r.Earlier
		}
	}
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
