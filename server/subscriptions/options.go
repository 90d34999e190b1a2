// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart/outbound"
)

// Options of an engine.
type Options struct {
	// Topics are those beside AnyChange.
	Topics []Topic
	// Types are the resource types of AnyChange; nil is all of R4.
	Types []string
	// Endpoints are the beginnings of the addresses that may be sent to, each with a
	// whole host: https://hooks.example.org/fhir/. None allows every public https address.
	Endpoints []string
	// Stands tells whether what a subscriber was allowed still is (server.Options.Stands).
	Stands func(ctx context.Context, client, consent string) (bool, error)
	// Gate lets notifications out. The zero Gate goes to public addresses over https.
	Gate outbound.Gate
	// Attempts is how often in a row a notification may fail before the subscription is
	// in error; default 8, over some minutes.
	Attempts int
	// Backoff is the wait after the first failure, which doubles with each; default 1 s.
	Backoff time.Duration
	// Poll is how often the log of changes is looked at; default 100 ms.
	Poll time.Duration
	Log  *slog.Logger // tells no addresses, headers or contents
	Now  func() time.Time
}

// maxBackoff bounds the wait between two attempts.
const maxBackoff = 10 * time.Minute

// allows tells whether an address may be sent to.
func (o *Options) allows(address string) error {
	if err := o.Gate.Check(address); err != nil {
		return refuse("Subscription.channel.endpoint", "the server does not send there: %v", err)
	}
	if len(o.Endpoints) == 0 {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return refuse("Subscription.channel.endpoint", "it is no address")
	}
	for _, allowed := range o.Endpoints {
		a, err := url.Parse(allowed)
		if err != nil || a.Scheme != u.Scheme || !strings.EqualFold(a.Host, u.Host) || slices.Contains(strings.Split(u.Path, "/"), "..") {
			continue
		}
		if base := strings.TrimSuffix(a.Path, "/"); base == "" || u.Path == base || strings.HasPrefix(u.Path, base+"/") {
			return nil
		}
	}
	return server.Failure(http.StatusUnprocessableEntity, "forbidden", "Subscription.channel.endpoint: the server's settings do not allow this address")
}
