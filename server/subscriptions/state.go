// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// Memos of the engine:
//
//	subscription/[id]                 state
//	subscription-event/[id]/[number]  event, the number with leading zeros
//	subscription-position             how far the log of changes is read
//	subscription-lease                which process reads it
const (
	statePrefix  = "subscription/"
	eventPrefix  = "subscription-event/"
	positionMemo = "subscription-position"
	leaseMemo    = "subscription-lease"
)

// keepEvents is how many events are kept for $events after they were sent, and how
// many at most wait for a subscriber that does not take them.
const (
	keepEvents = 1000
	maxWaiting = 100_000
)

// The states of a subscription (R4, subscription-status).
const (
	requested = "requested"
	active    = "active"
	inError   = "error"
	off       = "off"
)

// state is a subscription as the engine has it.
type state struct {
	ID        string
	Rev       int64 // counts changes of this state
	Status    string
	Spec      spec
	Client    string
	Consent   string // what its rights rest on, see server.Grant
	Access    *store.Access
	Since     int64 // place in the log of changes from which on it is told
	Events    int64 // number of the last event
	Delivered int64 // of the last event that was taken
	First     int64 // of the first event that is kept
	Failures  int   // in a row
	Error     string
	Next      time.Time // not sooner is the next attempt
	Sent      time.Time // when something was taken last
}

// event is something that a subscriber is told.
type event struct {
	Number int64
	Seq    int64 // the change in the log
	At     time.Time
	Focus  string // Type/id
	Method store.Method
}

func (s *state) memo() string { return statePrefix + s.ID }

// eventMemo names an event so that the order of names is that of numbers.
func eventMemo(id string, number int64) string {
	return fmt.Sprintf("%s%s/%019d", eventPrefix, id, number)
}

func (s *state) save(tx *store.Tx) error {
	s.Rev++
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tx.SetMemo(s.memo(), b)
}

// errGone says that a subscription was deleted.
var errGone = errors.New("the subscription is gone")

func loadState(tx *store.Tx, id string) (*state, error) {
	b, err := tx.Memo(statePrefix + id)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, errGone
	}
	s := &state{}
	return s, json.Unmarshal(b, s)
}

// update changes a state in a transaction and keeps what came of it.
func (e *Engine) update(ctx context.Context, id string, change func(tx *store.Tx, s *state) error) (*state, error) {
	var s *state
	err := e.store.Write(ctx, func(tx *store.Tx) (err error) {
		if s, err = loadState(tx, id); err != nil {
			return err
		}
		if err := change(tx, s); err != nil {
			return err
		}
		return s.save(tx)
	})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if sub := e.live[id]; sub != nil && sub.state.Rev < s.Rev {
		sub.state = s
	}
	return s, nil
}

// events are those of a subscription from one number to another, both within.
func (e *Engine) events(ctx context.Context, id string, from, to int64, limit int) ([]event, error) {
	memos, err := e.store.Memos(ctx, eventMemo(id, max(from, 0)), eventMemo(id, to+1), limit)
	if err != nil {
		return nil, err
	}
	list := make([]event, len(memos))
	for i, m := range memos {
		if err := json.Unmarshal(m.Value, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// forget removes what is kept of a subscription.
func forget(tx *store.Tx, id string) error {
	return errors.Join(tx.SetMemo(statePrefix+id, nil), tx.DeleteMemos(eventPrefix+id+"/", eventPrefix+id+"0"))
}

// load reads the states of all subscriptions.
func (e *Engine) load(ctx context.Context) error {
	for from := statePrefix; ; {
		memos, err := e.store.Memos(ctx, from, strings.TrimSuffix(statePrefix, "/")+"0", 500)
		if err != nil {
			return err
		}
		for _, m := range memos {
			s := &state{}
			if err := json.Unmarshal(m.Value, s); err != nil {
				return fmt.Errorf("%s: %w", m.Name, err)
			}
			e.adopt(s)
			from = m.Name + "\x00"
		}
		if len(memos) < 500 {
			return nil
		}
	}
}
