// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// leaseFor is how long a process may send without saying that it is still there.
// Where several servers share a database, one of them sends.
const leaseFor = 15 * time.Second

type lease struct {
	Holder string
	Until  time.Time
}

func processName() string { return rand.Text() }

// lease tells whether this process sends, and takes the lease if it is free.
func (e *Engine) lease(ctx context.Context) (mine bool, err error) {
	b, err := e.store.Memo(ctx, leaseMemo)
	if err != nil {
		return false, err
	}
	now := time.Now()
	if have, ok := readLease(b); ok && have.Until.After(now) && (have.Holder != e.name || have.Until.After(now.Add(leaseFor/2))) {
		return have.Holder == e.name, nil
	}
	fresh := false
	err = e.store.Write(ctx, func(tx *store.Tx) error {
		b, err := tx.Memo(leaseMemo)
		if err != nil {
			return err
		}
		have, ok := readLease(b)
		if mine = !ok || have.Holder == e.name || !have.Until.After(now); !mine {
			return nil
		}
		fresh = have.Holder != e.name
		b, err = json.Marshal(lease{e.name, now.Add(leaseFor)})
		if err != nil {
			return err
		}
		return tx.SetMemo(leaseMemo, b)
	})
	if err == nil && mine && fresh {
		err = errors.Join(e.begin(ctx), e.load(ctx)) // as the process before left it
	}
	return mine && err == nil, err
}

func readLease(b []byte) (l lease, ok bool) {
	return l, b != nil && json.Unmarshal(b, &l) == nil
}

// release gives the lease up, so that another need not wait for its end.
func (e *Engine) release() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		b, err := tx.Memo(leaseMemo)
		if have, ok := readLease(b); err != nil || !ok || have.Holder != e.name {
			return err
		}
		return tx.SetMemo(leaseMemo, nil)
	})
	if err != nil {
		e.opt.Log.Warn("the lease of subscriptions ends by itself", "error", err.Error())
	}
}
