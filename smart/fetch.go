// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
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
// apps' registrations, so it goes to public addresses over https alone: it resolves
// the name, refuses it if any of its addresses is private, and connects to the
// address that it has checked. It follows no redirect.
type fetcher struct {
	client  *http.Client
	private bool // loopback, private addresses and plain http are allowed
	now     func() time.Time

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
	f := &fetcher{private: private, now: now, sets: map[string]*fetchedSet{}}
	f.client = &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{DialContext: f.dial, TLSClientConfig: t, ForceAttemptHTTP2: true, MaxIdleConns: 20,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: fetchTimeout, ResponseHeaderTimeout: fetchTimeout,
			MaxResponseHeaderBytes: 16 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f
}

// errPrivate is given for addresses that are not public.
var errPrivate = errors.New("the address is not public")

func (f *fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if !f.private && !public(a) {
			return nil, errPrivate
		}
	}
	var d net.Dialer
	for _, a := range addresses {
		var conn net.Conn
		if conn, err = d.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// notPublic are the ranges that belong to nobody on the public network, besides
// those that netip knows (IANA special-purpose address registries).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// checkURL tells whether an address may be fetched at all.
func (f *fetcher) checkURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("not the URL of a document")
	case u.Scheme != "https" && (u.Scheme != "http" || !f.private):
		return errors.New("the URL must be https")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !f.private && !public(ip) {
		return errPrivate
	}
	return nil
}

// do sends a request and reads the answer into v, which must be JSON.
func (f *fetcher) do(req *http.Request, v any) error {
	if err := f.checkURL(req.URL.String()); err != nil {
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
