// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// TestDictionary holds the dictionary: a store that was written with another could
// not be read.
func TestDictionary(t *testing.T) {
	sum := sha256.Sum256(dictionary1)
	if got := hex.EncodeToString(sum[:]); got != "bf10b22455be56aaadaf649f7d128cd5c7d4bf66bf2379a92c1a31ccb28b2b58" {
		t.Errorf("the first dictionary has changed to %s; make a second one instead", got)
	}
}

func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{`","system":"http://loinc.org","code":"`, `{"reference":"Patient/`, `x`, "é", strings.Repeat("long ", 5000)})
		tail := []byte(strings.Join(rapid.SliceOfN(rapid.OneOf(part, rapid.String()), 0, 60).Draw(t, "parts"), ""))
		body := pack(tail)
		if len(body) > len(tail)+1 {
			t.Fatalf("%d bytes are packed to %d", len(tail), len(body))
		}
		got, err := unpack(body)
		if err != nil || !bytes.Equal(got, tail) {
			t.Fatalf("%q comes back as %q: %v", tail, got, err)
		}
	})
}

// TestPackOfEarlierReleases reads what they wrote.
func TestPackOfEarlierReleases(t *testing.T) {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	tail := []byte(strings.Repeat(`,"status":"final"`, 100))
	got, err := unpack(e.EncodeAll(tail, []byte{'z'}))
	if err != nil || !bytes.Equal(got, tail) {
		t.Errorf("%q: %v", got, err)
	}
}

// FuzzUnpack: damaged bodies are told, whatever is in them.
func FuzzUnpack(f *testing.F) {
	f.Add(pack([]byte(strings.Repeat(`,"status":"final"`, 20))))
	f.Add([]byte("1\xff\xff\xff\xff\x7f"))
	f.Add([]byte("zx"))
	f.Add([]byte("?"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if tail, err := unpack(body); err == nil && len(tail) > maxBody {
			t.Error("unpacked to more than a body may have")
		}
	})
}
