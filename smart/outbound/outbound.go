// SPDX-License-Identifier: Apache-2.0

// Package outbound is the way from the server to other servers whose addresses
// come from outside. It goes to public addresses over https alone: it resolves a
// name, refuses it if any of its addresses is private, and connects to an address
// that it has checked. It follows no redirect.
package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// ErrPrivate is given for addresses that are not public.
var ErrPrivate = errors.New("the address is not public")

// Gate is the check of addresses.
type Gate struct {
	// Private allows loopback and private addresses, and plain http.
	Private bool
}

// Client makes a client that goes through the gate. timeout bounds the wait for a
// connection and for the head of the answer; total, if not 0, the whole exchange.
func (g Gate) Client(t *tls.Config, timeout, total time.Duration) *http.Client {
	return &http.Client{
		Timeout: total,
		Transport: &http.Transport{DialContext: g.dial, TLSClientConfig: t, ForceAttemptHTTP2: true, MaxIdleConns: 20,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
			MaxResponseHeaderBytes: 16 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (g Gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if !g.Private && !Public(a) {
			return nil, ErrPrivate
		}
	}
	d := net.Dialer{Timeout: 10 * time.Second}
	for _, a := range addresses {
		var conn net.Conn
		if conn, err = d.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// Check tells whether an address may be asked at all. Names are checked again when
// they are resolved.
func (g Gate) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("not the URL of a document")
	case u.Scheme != "https" && (u.Scheme != "http" || !g.Private):
		return errors.New("the URL must be https")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !g.Private && !Public(ip) {
		return ErrPrivate
	}
	return nil
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

// Public tells whether an address belongs to the public network.
func Public(a netip.Addr) bool {
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
