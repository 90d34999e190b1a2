// SPDX-License-Identifier: Apache-2.0

package server

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter counts the requests of each client: a bucket that fills at a rate and
// from which each request takes one.
type limiter struct {
	rate  float64
	burst float64
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	level float64
	at    time.Time
}

// maxClients bounds what is remembered; full buckets are forgotten first.
const maxClients = 100_000

func newLimiter(rate float64, burst int, now func() time.Time) *limiter {
	if burst <= 0 {
		burst = int(math.Ceil(2 * rate))
	}
	return &limiter{rate: rate, burst: float64(burst), now: now, buckets: map[string]*bucket{}}
}

// allow takes one request of a client, or says when to come again. A nil limiter
// allows all.
func (l *limiter) allow(client string) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[client]
	if b == nil {
		if len(l.buckets) >= maxClients {
			l.forget(now)
		}
		b = &bucket{l.burst, now}
		l.buckets[client] = b
	}
	b.level = min(l.burst, b.level+now.Sub(b.at).Seconds()*l.rate)
	b.at = now
	if b.level < 1 {
		f := failure(http.StatusTooManyRequests, "throttled", "too many requests; wait as Retry-After says")
		f.header = http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil((1 - b.level) / l.rate)))}}
		return f
	}
	b.level--
	return nil
}

func (l *limiter) forget(now time.Time) {
	for client, b := range l.buckets {
		if b.level+now.Sub(b.at).Seconds()*l.rate >= l.burst {
			delete(l.buckets, client)
		}
	}
	if len(l.buckets) >= maxClients {
		clear(l.buckets)
	}
}
