// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/woodlawn-health/woodlawn/store"
)

// pageOf is how many changes are read at once.
const pageOf = 500

// route makes events of the next changes. more tells that there may be others.
func (e *Engine) route(ctx context.Context) (more bool, err error) {
	last, err := e.store.Seq(ctx) // before the log is read: what comes later is read later
	if err != nil || e.position >= last {
		return false, err
	}
	subs, types := e.listening()
	changes, err := e.store.Changes(ctx, append(types, "Subscription"), e.position, pageOf)
	if err != nil {
		return false, err
	}
	if n := len(changes); n == pageOf {
		last = changes[n-1].Seq
	} else if n > 0 {
		last = max(last, changes[n-1].Seq) // of writes that came between the two reads
	}
	events, restart, err := e.match(ctx, changes, subs)
	if err != nil {
		return false, err
	}
	if restart > 0 {
		last = restart
	}
	if err := e.note(ctx, last, events); err != nil {
		return false, err
	}
	for id := range events {
		if err := e.reload(ctx, id); err != nil {
			return false, err
		}
	}
	return len(changes) == pageOf || restart > 0, nil
}

// note keeps events and the place up to which the log is read. Where there are no
// events, the place is kept now and then only: what is read again after a restart
// makes no events again.
func (e *Engine) note(ctx context.Context, last int64, events map[string][]event) error {
	if len(events) == 0 && time.Since(e.noted) < 5*time.Second {
		e.position = last
		return nil
	}
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		for id, list := range events {
			if err := file(tx, id, list); err != nil {
				return err
			}
		}
		return tx.SetMemo(positionMemo, strconv.AppendInt(nil, last, 10))
	})
	if err == nil {
		e.position, e.noted = last, time.Now()
	}
	return err
}

// begin reads the place up to which the log was read; at first it is its end.
func (e *Engine) begin(ctx context.Context) error {
	return e.store.Write(ctx, func(tx *store.Tx) error {
		b, err := tx.Memo(positionMemo)
		if err != nil {
			return err
		}
		if b != nil {
			e.position, err = strconv.ParseInt(string(b), 10, 64)
			return err
		}
		e.position = tx.Seq()
		return tx.SetMemo(positionMemo, strconv.AppendInt(nil, e.position, 10))
	})
}

// listening are the subscriptions that events are made for, and the types they watch.
func (e *Engine) listening() (subs []*subscription, types []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, sub := range e.live {
		if sub.topic == nil || sub.state.Status == off {
			continue
		}
		copied := *sub
		subs = append(subs, &copied)
		for _, t := range sub.types {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	return subs, types
}

// match finds which changes are events for whom. A change of a Subscription ends it
// early: restart is the place of that change, from where on it is asked anew.
func (e *Engine) match(ctx context.Context, changes []store.Change, subs []*subscription) (events map[string][]event, restart int64, err error) {
	events = map[string][]event{}
	for _, c := range changes {
		if c.Type == "Subscription" {
			if err := e.reload(ctx, c.ID); err != nil {
				return nil, 0, err
			}
			return events, c.Seq, nil
		}
		one := &changed{Change: c}
		read := false
		for _, sub := range subs {
			if c.Seq <= sub.state.Since || !slices.Contains(sub.types, c.Type) {
				continue
			}
			if !read {
				if err := e.extract(ctx, one); err != nil {
					return nil, 0, err
				}
				read = true
			}
			wanted, err := e.wants(ctx, sub, one)
			if err != nil {
				return nil, 0, err
			}
			if wanted {
				events[sub.state.ID] = append(events[sub.state.ID], event{Seq: c.Seq, At: c.Updated, Focus: c.Type + "/" + c.ID, Method: c.Method})
			}
		}
	}
	return events, 0, nil
}

// extract reads the search values of a change and of the version before it.
func (e *Engine) extract(ctx context.Context, c *changed) error {
	if err := c.Extract(&c.index); err != nil {
		return err
	}
	if c.Number < 2 {
		return nil
	}
	previous, err := e.store.ReadVersion(ctx, c.Type, c.ID, c.Number-1, nil)
	if errors.Is(err, store.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	c.previous = previous
	return previous.Extract(&c.before)
}

// wants tells whether a change is an event for a subscription: the topic's trigger
// holds, the filters hold, and the subscriber may see it. A deletion is judged by
// what was deleted.
func (e *Engine) wants(ctx context.Context, sub *subscription, c *changed) (bool, error) {
	if !sub.topic.triggered(c) {
		return false, nil
	}
	v, index := c.Version, &c.index
	if c.Deleted {
		if c.previous == nil {
			return false, nil
		}
		v, index = c.previous, &c.before
	}
	if !sub.state.Access.Sees(v, index) {
		return false, nil
	}
	for _, f := range sub.filters {
		switch {
		case f.typ != "" && f.typ != c.Type:
		case f.key != nil:
			if ok, err := f.key(ctx, e.store, v, f.value); err != nil || !ok {
				return false, err
			}
		case !v.Meets(index, f.criteria):
			return false, nil
		}
	}
	return true, nil
}

// file numbers events and keeps them.
func file(tx *store.Tx, id string, list []event) error {
	s, err := loadState(tx, id)
	if errors.Is(err, errGone) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, ev := range list {
		s.Events++
		ev.Number = s.Events
		b, err := json.Marshal(ev)
		if err != nil {
			return err
		}
		if err := tx.SetMemo(eventMemo(id, ev.Number), b); err != nil {
			return err
		}
	}
	if first := s.Events - maxWaiting + 1; first > s.First { // nobody takes them
		if err := tx.DeleteMemos(eventMemo(id, s.First), eventMemo(id, first)); err != nil {
			return err
		}
		s.First = first
		s.Delivered = max(s.Delivered, first-1)
	}
	return s.save(tx)
}

// reload takes a state as it is kept now; a subscription whose resource is deleted is forgotten.
func (e *Engine) reload(ctx context.Context, id string) error {
	_, err := e.store.Read(ctx, "Subscription", id, nil)
	if errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrNotFound) {
		e.mu.Lock()
		delete(e.live, id)
		e.mu.Unlock()
		return e.store.Write(ctx, func(tx *store.Tx) error { return forget(tx, id) })
	}
	if err != nil {
		return err
	}
	b, err := e.store.Memo(ctx, statePrefix+id)
	if err != nil || b == nil { // one that was imported asks for nothing
		return err
	}
	s := &state{}
	if err := json.Unmarshal(b, s); err != nil {
		return err
	}
	e.adopt(s)
	return nil
}
