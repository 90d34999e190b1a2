// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/store"
)

// Engine serves subscriptions of a store.
type Engine struct {
	store  *store.Store
	opt    Options
	topics map[string]*Topic
	client *http.Client
	name   string // of this process, in the lease
	stop   context.CancelFunc
	ended  sync.WaitGroup
	slots  chan struct{} // notifications under way

	position int64     // in the log of changes, up to which it is read; run's alone
	noted    time.Time // when that was kept

	mu   sync.Mutex
	live map[string]*subscription
}

// subscription is a state with what is made of it.
type subscription struct {
	state   *state
	topic   *Topic
	filters []filter
	types   []string
	busy    bool      // something is being sent
	resting time.Time // until then nothing is sent, as the database failed
}

// atOnce is how many notifications are under way together.
const atOnce = 16

// New makes an engine and starts it. Close stops it.
func New(s *store.Store, opt Options) (*Engine, error) {
	if opt.Attempts <= 0 {
		opt.Attempts = 8
	}
	if opt.Backoff <= 0 {
		opt.Backoff = time.Second
	}
	if opt.Poll <= 0 {
		opt.Poll = 100 * time.Millisecond
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	types := opt.Types
	if types == nil {
		for _, t := range schema.R4().Types {
			if t.Kind == schema.Resource && !t.Abstract && t.Name != "Parameters" {
				types = append(types, t.Name)
			}
		}
	}
	e := &Engine{store: s, opt: opt, topics: map[string]*Topic{}, name: processName(), slots: make(chan struct{}, atOnce), live: map[string]*subscription{}}
	for _, t := range append([]Topic{*anyChange(types)}, opt.Topics...) {
		if err := t.prepare(); err != nil {
			return nil, err
		}
		if e.topics[t.URL] != nil {
			return nil, fmt.Errorf("there are two topics %s", t.URL)
		}
		e.topics[t.URL] = &t
	}
	e.client = opt.Gate.Client(nil, maxTimeout, 0)
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	if err := errors.Join(e.begin(ctx), e.load(ctx)); err != nil {
		stop()
		return nil, err
	}
	e.ended.Add(1)
	go e.run(ctx)
	return e, nil
}

// Close stops the engine. What was not sent is sent when it is made again.
func (e *Engine) Close() {
	e.stop()
	e.ended.Wait()
	e.release()
}

func (e *Engine) now() time.Time { return e.opt.Now() }

// adopt takes a state into service. One whose topic is no longer there rests.
func (e *Engine) adopt(s *state) {
	e.mu.Lock()
	defer e.mu.Unlock()
	sub := e.live[s.ID]
	if sub == nil {
		sub = &subscription{}
		e.live[s.ID] = sub
	} else if sub.state.Rev > s.Rev {
		return // what is newer came first
	}
	sub.state, sub.topic, sub.filters, sub.types = s, e.topics[s.Spec.Topic], nil, nil
	if sub.topic == nil {
		return
	}
	filters, err := e.filters(&s.Spec)
	if err != nil {
		e.opt.Log.Error("a subscription's filters cannot be read any longer", "subscription", s.ID)
		sub.topic = nil
		return
	}
	sub.filters, sub.types = filters, watched(sub.topic, filters)
}

func (e *Engine) run(ctx context.Context) {
	defer e.ended.Done()
	tick := time.NewTicker(e.opt.Poll)
	defer tick.Stop()
	var sending sync.WaitGroup
	defer sending.Wait()
	for {
		if err := e.round(ctx, &sending); err != nil && ctx.Err() == nil {
			e.opt.Log.Error("subscriptions", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round reads what changed and sends what is due.
func (e *Engine) round(ctx context.Context, sending *sync.WaitGroup) error {
	mine, err := e.lease(ctx)
	if err != nil || !mine {
		return err
	}
	for {
		more, err := e.route(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	e.mu.Lock()
	var due []string
	for id, sub := range e.live {
		if !sub.busy && !e.now().Before(sub.resting) && e.due(sub.state) {
			sub.busy = true
			due = append(due, id)
		}
	}
	e.mu.Unlock()
	for _, id := range due {
		sending.Add(1)
		go func() {
			defer sending.Done()
			wait := time.Duration(0)
			defer func() { e.rest(id, wait) }()
			select {
			case e.slots <- struct{}{}:
				defer func() { <-e.slots }()
			case <-ctx.Done():
				return
			}
			if err := e.serve(ctx, id); err != nil && ctx.Err() == nil && !errors.Is(err, errGone) {
				e.opt.Log.Error("a subscription", "subscription", id, "error", err.Error())
				wait = 5 * time.Second
			}
		}()
	}
	return nil
}

func (e *Engine) rest(id string, wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sub := e.live[id]; sub != nil {
		sub.busy, sub.resting = false, e.now().Add(wait)
	}
}
