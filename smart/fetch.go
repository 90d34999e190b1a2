// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/woodlawn-health/woodlawn/smart/outbound"
)

// Limits of what is fetched from elsewhere.
const (
	fetchTimeout  = 5 * time.Second
	fetchSize     = 64 << 10 // bytes
	fetchCached   = 10 * time.Minute
	fetchAgain    = time.Minute // not sooner is an address asked again, whatever it answered
	fetchRemember = 1000        // addresses
)

// fetcher is the only way from the server to other servers. Addresses come from
// apps' registrations, so it goes through the gate of package outbound.
type fetcher struct {
	client *http.Client
	gate   outbound.Gate
	now    func() time.Time

	mu   sync.Mutex
	sets map[string]*fetchedSet
}

type fetchedSet struct {
	mu   sync.Mutex // held while the set is fetched
	at   time.Time
	keys jose.JSONWebKeySet
	err  error
}

func newFetcher(private bool, t *tls.Config, now func() time.Time) *fetcher {
	f := &fetcher{gate: outbound.Gate{Private: private}, now: now, sets: map[string]*fetchedSet{}}
	f.client = f.gate.Client(t, fetchTimeout, fetchTimeout)
	return f
}

// do sends a request and reads the answer into v, which must be JSON.
func (f *fetcher) do(req *http.Request, v any) error {
	if err := f.gate.Check(req.URL.String()); err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	res, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, fetchSize+1))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answered %d", req.URL.Host, res.StatusCode)
	case len(body) > fetchSize:
		return fmt.Errorf("%s answered with more than %d bytes", req.URL.Host, fetchSize)
	}
	return json.Unmarshal(body, v)
}

func (f *fetcher) getJSON(ctx context.Context, address string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return f.do(req, v)
}

// keys are the keys at an address. They are fetched anew when they have aged, or when
// kid is not among them, but never more than once a minute.
func (f *fetcher) keys(ctx context.Context, address, kid string) (jose.JSONWebKeySet, error) {
	f.mu.Lock()
	set := f.sets[address]
	if set == nil {
		if len(f.sets) >= fetchRemember {
			clear(f.sets)
		}
		set = &fetchedSet{}
		f.sets[address] = set
	}
	f.mu.Unlock()

	set.mu.Lock()
	defer set.mu.Unlock()
	age := f.now().Sub(set.at)
	known := kid == "" || len(set.keys.Key(kid)) > 0
	if !set.at.IsZero() && (age < fetchAgain || (age < fetchCached && set.err == nil && known)) {
		return set.keys, set.err
	}
	var fresh jose.JSONWebKeySet
	set.err = f.getJSON(ctx, address, &fresh)
	set.at = f.now()
	if set.err == nil {
		set.keys = fresh
	} else {
		set.keys = jose.JSONWebKeySet{}
	}
	return set.keys, set.err
}
