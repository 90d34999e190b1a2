// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"sync"
	"time"
)

// Rate allows Burst requests at once and refills one every Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// Rates limits requests by address, and failed logins by user name as well.
type Rates struct {
	Requests     Rate // any request, by address; default 120, one each 100 ms
	Logins       Rate // login attempts, by address; default 20, one each 15 s
	Failures     Rate // failed logins, by user name; default 5, one each 3 minutes
	Registration Rate // registrations, by address; default 10, one each minute
}

func (r *Rates) setDefaults() {
	for _, d := range []struct {
		rate  *Rate
		usual Rate
	}{
		{&r.Requests, Rate{120, 100 * time.Millisecond}}, {&r.Logins, Rate{20, 15 * time.Second}},
		{&r.Failures, Rate{5, 3 * time.Minute}}, {&r.Registration, Rate{10, time.Minute}},
	} {
		if d.rate.Burst <= 0 {
			*d.rate = d.usual
		}
	}
}

// maxBuckets bounds the memory that a limiter takes.
const maxBuckets = 100_000

// limiter is a token bucket for each key, kept as the time at which the bucket is full again.
type limiter struct {
	rate Rate
	mu   sync.Mutex
	full map[string]time.Time
}

func newLimiter(r Rate) *limiter { return &limiter{rate: r, full: map[string]time.Time{}} }

// take takes n tokens of a key and tells whether they were there. With n 0 it only
// asks whether one is.
func (l *limiter) take(key string, n int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	room := now.Add(time.Duration(l.rate.Burst-max(n, 1)) * l.rate.Every)
	if full.After(room) {
		return false
	}
	if n == 0 {
		return true
	}
	if len(l.full) >= maxBuckets {
		l.sweep(now)
	}
	l.full[key] = full.Add(time.Duration(n) * l.rate.Every)
	return true
}

// sweep forgets full buckets; if that does not help, all of them.
func (l *limiter) sweep(now time.Time) {
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	if len(l.full) >= maxBuckets {
		clear(l.full)
	}
}
