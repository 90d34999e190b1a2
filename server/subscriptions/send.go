// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/store"
)

// due tells whether a subscription has something to do now.
func (e *Engine) due(s *state) bool {
	now := e.now()
	switch {
	case s.Status == off || s.Status == inError:
		return false
	case !s.Spec.End.IsZero() && !now.Before(s.Spec.End):
		return true
	case now.Before(s.Next):
		return false
	case s.Status == requested, s.Delivered < s.Events:
		return true
	}
	return s.Spec.Heartbeat > 0 && !now.Before(s.Sent.Add(s.Spec.Heartbeat))
}

// serve does what is due for a subscription: its end, the handshake, a
// notification of events, or a heartbeat.
func (e *Engine) serve(ctx context.Context, id string) error {
	e.mu.Lock()
	sub := e.live[id]
	var s *state
	if sub != nil {
		s = sub.state
	}
	e.mu.Unlock()
	if s == nil {
		return errGone
	}
	if !s.Spec.End.IsZero() && !e.now().Before(s.Spec.End) {
		return e.become(ctx, s, off, "")
	}
	if e.opt.Stands != nil && s.Client != "" {
		stands, err := e.opt.Stands(ctx, s.Client, s.Consent)
		if err != nil {
			return err
		}
		if !stands {
			return e.become(ctx, s, off, "the authorization of the subscriber has ended")
		}
	}
	if s.Status == requested {
		failed := e.post(ctx, s, e.notification(s, "handshake", nil, nil))
		if ctx.Err() != nil {
			return nil
		}
		if failed != nil { // the guide: any error in the handshake
			return e.become(ctx, s, inError, "handshake: "+failed.Error())
		}
		return e.become(ctx, s, active, "")
	}
	if s.Delivered >= s.Events {
		failed := e.post(ctx, s, e.notification(s, "heartbeat", nil, nil))
		return e.sent(ctx, s, s.Delivered, failed)
	}
	list, err := e.events(ctx, id, s.Delivered+1, s.Events, s.Spec.MaxCount)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("the events after %d are lost", s.Delivered)
	}
	bodies, err := e.bodies(ctx, s.Spec.Content, list)
	if err != nil {
		return err
	}
	failed := e.post(ctx, s, e.notification(s, "event-notification", list, bodies))
	return e.sent(ctx, s, list[len(list)-1].Number, failed)
}

// bodies are the resources of events as they were then, for full-resource.
func (e *Engine) bodies(ctx context.Context, content string, list []event) (map[int64][]byte, error) {
	if content != "full-resource" {
		return nil, nil
	}
	bodies := map[int64][]byte{}
	for _, ev := range list {
		if ev.Method == store.Delete {
			continue
		}
		v, err := e.store.ChangeAt(ctx, ev.Seq)
		if err != nil {
			return nil, err
		}
		bodies[ev.Seq] = v.JSON()
	}
	return bodies, nil
}

// post sends a notification. The error tells what went wrong without a word of
// what was sent or answered.
func (e *Engine) post(ctx context.Context, s *state, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.Spec.Timeout)
	defer cancel()
	if err := e.opt.allows(s.Spec.Endpoint); err != nil {
		return errors.New("the server's settings no longer allow the endpoint")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Spec.Endpoint, bytes.NewReader(body))
	if err != nil {
		return errors.New("the endpoint is no address")
	}
	req.Header.Set("Content-Type", s.Spec.Payload)
	for _, h := range s.Spec.Headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return errors.New("the endpoint did not answer in time")
		}
		return errors.New("the endpoint cannot be reached")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection serves again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the endpoint answered %d", resp.StatusCode)
	}
	return nil
}

// sent notes what came of a notification of the events up to a number.
func (e *Engine) sent(ctx context.Context, s *state, number int64, failed error) error {
	if ctx.Err() != nil {
		return nil // it is sent again after the start
	}
	broken := false
	_, err := e.update(ctx, s.ID, func(tx *store.Tx, now *state) error {
		if now.Status != active { // changed meanwhile
			return nil
		}
		if failed == nil {
			now.Delivered, now.Sent, now.Failures, now.Error, now.Next = max(now.Delivered, number), e.now(), 0, "", time.Time{}
			return prune(tx, now)
		}
		now.Failures++
		now.Error = failed.Error()
		wait := e.opt.Backoff
		for i := 1; i < now.Failures && wait < maxBackoff; i++ {
			wait *= 2
		}
		now.Next = e.now().Add(min(wait, maxBackoff))
		broken = now.Failures >= e.opt.Attempts
		return nil
	})
	if err != nil || !broken {
		return err
	}
	return e.become(ctx, s, inError, fmt.Sprintf("%d attempts failed: %s", e.opt.Attempts, failed))
}

// prune forgets events that were taken long ago.
func prune(tx *store.Tx, s *state) error {
	first := s.Delivered - keepEvents + 1
	if first < s.First+100 { // now and then
		return nil
	}
	err := tx.DeleteMemos(eventMemo(s.ID, s.First), eventMemo(s.ID, first))
	s.First = first
	return err
}

// become gives a subscription another status, also in its resource, unless the
// client has changed it meanwhile.
func (e *Engine) become(ctx context.Context, s *state, status, failed string) error {
	_, err := e.update(ctx, s.ID, func(tx *store.Tx, now *state) error {
		if now.Status != s.Status || now.Spec.Endpoint != s.Spec.Endpoint {
			return nil
		}
		v, err := tx.Current("Subscription", s.ID)
		if err != nil {
			return err
		}
		d, err := node.ParseResource(v.JSON())
		if err != nil {
			return err
		}
		if d, err = node.ParseResource(rewritten(d.Root(), status, failed, now.Spec.Headers)); err != nil {
			return err
		}
		p, err := store.Prepare(d, s.ID)
		if err != nil {
			return err
		}
		if _, _, err := tx.Put(p); err != nil {
			return err
		}
		now.Status, now.Error, now.Failures, now.Sent, now.Next = status, failed, 0, e.now(), time.Time{}
		return nil
	})
	if errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrNotFound) {
		return errGone
	}
	if err == nil {
		e.opt.Log.Info("subscription", "subscription", s.ID, "status", status)
	}
	return err
}
