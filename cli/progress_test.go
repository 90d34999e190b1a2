// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	p := newProgress(&bytes.Buffer{}, "Pricing", "claims", 1000)
	p.Add(12345)
	p.Bytes(250)
	want := "Pricing  12,345 claims, 1,234/s [======                  ]  25%, 30s left"
	if got := p.line(10 * time.Second); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Done() // not a terminal: must not wait or draw
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d prints %q", n, got)
		}
	}
}
