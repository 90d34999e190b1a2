// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// hidden stands in place of a header's value wherever a Subscription is read.
const hidden = "(kept by the server)"

// errNotOwner refuses to change what another client subscribed to.
var errNotOwner = server.Failure(http.StatusForbidden, "forbidden", "the Subscription is another subscriber's")

// Guard looks at Subscriptions that are written: one that cannot be served is
// refused; another begins as requested, and the values of its headers, which may
// be secrets, are kept apart from the resource.
func (e *Engine) Guard(ctx context.Context, w *server.Writing) error {
	if w.Type != "Subscription" {
		return nil
	}
	client, consent, access := w.Client, w.Consent, w.Access
	if w.Doc == nil {
		w.Then = append(w.Then, func(tx *store.Tx, v *store.Version) error {
			st, err := loadState(tx, v.ID)
			switch {
			case errors.Is(err, errGone):
				return nil
			case err != nil:
				return err
			case !owns(client, access, st):
				return errNotOwner
			}
			return forget(tx, v.ID)
		})
		return nil
	}
	root := w.Doc.Root()
	s, err := e.parse(root, w.Base)
	if err != nil {
		return err
	}
	filters, err := e.filters(s)
	if err != nil {
		return err
	}
	for _, typ := range watched(e.topics[s.Topic], filters) {
		if err := w.May(server.Read, typ); err != nil {
			return err
		}
	}
	status := requested
	if root.Get("status").Is(off) {
		status = off
	}
	if w.Doc, err = node.ParseResource(rewritten(root, status, "", s.Headers)); err != nil {
		return err
	}
	w.Then = append(w.Then, func(tx *store.Tx, v *store.Version) error {
		st, err := loadState(tx, v.ID)
		if errors.Is(err, errGone) {
			st, err = &state{ID: v.ID, Since: tx.Seq(), First: 1}, nil
		}
		if err != nil {
			return err
		}
		if st.Rev > 0 && !owns(client, access, st) {
			return errNotOwner
		}
		if err := keepHidden(s, st); err != nil {
			return err
		}
		st.Spec, st.Client, st.Consent, st.Access, st.Status = *s, client, consent, access, status
		st.Failures, st.Error = 0, ""
		st.Next, st.Sent = e.now(), e.now()
		return st.save(tx)
	})
	return nil
}

// owns tells whether a client is the one that subscribed, for the same patients; a
// client that may see everything may step in, and then is told with its own rights.
func owns(client string, access *store.Access, s *state) bool {
	if access == nil {
		return true
	}
	return client == s.Client && s.Access != nil && slices.Equal(access.Patients, s.Access.Patients)
}

// keepHidden puts the secrets back that a client which read the Subscription and
// writes it again could not see.
func keepHidden(s *spec, before *state) error {
	for i, h := range s.Headers {
		name, value, _ := strings.Cut(h, ": ")
		if value != hidden {
			continue
		}
		found := false
		for _, old := range before.Spec.Headers {
			if n, _, _ := strings.Cut(old, ": "); n == name && before.Spec.Endpoint == s.Endpoint { // no other address may have it
				s.Headers[i], found = old, true
			}
		}
		if !found {
			return refuse("Subscription.channel.header", "give the value of %s again", name)
		}
	}
	return nil
}

// rewritten is a Subscription with a status, an error, and its headers without their values.
func rewritten(root node.Node, status, failed string, headers []string) []byte {
	b := []byte(`{"resourceType":"Subscription","status":"` + status + `"`)
	if id := root.ID(); id != "" {
		b = appendText(append(b, `,"id":`...), id)
	}
	if failed != "" {
		b = appendText(append(b, `,"error":`...), failed)
	}
	for name, n := range root.Elements() {
		switch {
		case name == "status" || name == "error" || name == "id":
		case name == "channel" && len(headers) > 0:
			b = append(b, `,"channel":`...)
			from := len(b)
			for part, c := range n.Elements() {
				if part != "header" {
					b = store.AppendMember(b, part, c)
				}
			}
			b[from] = '{'
			b = append(b, `,"header":[`...)
			for i, h := range headers {
				if i > 0 {
					b = append(b, ',')
				}
				name, _, _ := strings.Cut(h, ": ")
				b = appendText(b, name+": "+hidden)
			}
			b = append(b, "]}"...)
		default:
			b = store.AppendMember(b, name, n)
		}
	}
	return append(b, '}')
}

func appendText(b []byte, text string) []byte {
	var buf bytes.Buffer
	_ = json.NewEncoder(&buf).Encode(text) // a text always encodes
	return append(b, bytes.TrimSpace(buf.Bytes())...)
}
