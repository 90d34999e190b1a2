// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// progress draws how far a long job is, with its rate and the time left, on a
// terminal and only once the job has lasted two seconds. Elsewhere it draws
// nothing. Add is safe for concurrent use.
type progress struct {
	out    io.Writer
	label  string
	total  int64 // bytes; 0 if unknown
	bytes  atomic.Int64
	items  atomic.Int64
	start  time.Time
	stop   chan struct{}
	done   chan struct{}
	unit   string
	active bool
}

// newProgress starts a progress line on w, if w is a terminal.
func newProgress(w io.Writer, label, unit string, total int64) *progress {
	p := &progress{out: w, label: label, unit: unit, total: total, start: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		close(p.done)
		return p
	}
	p.active = true
	go p.run()
	return p
}

// Bytes says how many bytes of the total are read.
func (p *progress) Bytes(n int64) { p.bytes.Store(n) }

// Add counts finished items.
func (p *progress) Add(n int64) { p.items.Add(n) }

// Done takes the line away.
func (p *progress) Done() {
	if p.active {
		close(p.stop)
	}
	<-p.done
}

func (p *progress) run() {
	defer close(p.done)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	drawn := false
	for {
		select {
		case <-p.stop:
			if drawn {
				fmt.Fprint(p.out, "\r\033[K")
			}
			return
		case now := <-tick.C:
			if elapsed := now.Sub(p.start); elapsed > 2*time.Second {
				fmt.Fprint(p.out, "\r\033[K"+p.line(elapsed))
				drawn = true
			}
		}
	}
}

// line is the text of the progress line after a time.
func (p *progress) line(elapsed time.Duration) string {
	items, bytes := p.items.Load(), p.bytes.Load()
	rate := float64(items) / elapsed.Seconds()
	s := fmt.Sprintf("%s  %s %s, %s/s", p.label, thousands(items), p.unit, thousands(int64(rate)))
	if p.total > 0 && bytes > 0 {
		share := min(1, float64(bytes)/float64(p.total))
		left := time.Duration(float64(elapsed) * (1 - share) / share).Round(time.Second)
		const width = 24
		full := int(share * width)
		s = fmt.Sprintf("%s [%s%s] %3.0f%%, %s left", s, strings.Repeat("=", full), strings.Repeat(" ", width-full), share*100, left)
	}
	return s
}

// thousands prints a count with separators: 12,345.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
