// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"crypto/tls"
	"net/netip"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/outbound"
)

func TestOnlyPublicAddressesAreFetched(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "::1": false, "fe80::1": false, "fd00::1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false,
		"2002:7f00:1::": false, "8.8.8.8": true, "2606:4700::1111": true} {
		if got := outbound.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v", address, got)
		}
	}
	f := newFetcher(false, &tls.Config{}, time.Now)
	for _, u := range []string{"http://example.org/keys", "https://127.0.0.1/keys", "https://localhost/keys", "file:///etc/passwd", "https://user@example.org/", "https://[::1]/"} {
		if _, err := f.keys(context.Background(), u, ""); err == nil {
			t.Errorf("%s was fetched", u)
		}
	}
}
