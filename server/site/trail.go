// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/store"
)

// syncEvery is how long an access may be in the trail's file before it is on disk.
// The record is written before the answer leaves, so the end of the process loses
// none; a loss of power loses at most those of this time. Logins, consents and
// tokens are on disk before they are answered.
const syncEvery = 100 * time.Millisecond

// entitiesNamed is how many resources of an answer a record names; of more it says
// how many there were.
const entitiesNamed = 20

// keepSynced brings what was noted to disk.
func (a *authorizer) keepSynced() {
	defer close(a.stopped)
	for {
		select {
		case <-a.stop: // closing the trail syncs it
			return
		case <-a.syncing:
		}
		time.Sleep(syncEvery)
		a.trail.Sync() // a failure shows at the next Note
	}
}

// note adds records and sees to it that they come to disk soon.
func (a *authorizer) note(events ...audit.Event) error {
	err := a.trail.Note(events...)
	select {
	case a.syncing <- struct{}{}:
	default: // it is under way
	}
	return err
}

// deeds are the interactions as FHIR's restful-interaction and the trail's actions
// name them.
var deeds = map[string]struct {
	subtype string
	action  audit.Action
}{
	"read": {"read", audit.Read}, "vread": {"vread", audit.Read}, "search": {"search-type", audit.Execute}, "history": {"history", audit.Read},
	"create": {"create", audit.Create}, "update": {"update", audit.Update}, "delete": {"delete", audit.Delete},
	"batch": {"batch", audit.Execute}, "transaction": {"transaction", audit.Execute}, "everything": {"operation", audit.Read},
	"export": {"export", audit.Read}, "export-status": {"export", audit.Read},
}

// audit records a request to a line's FHIR endpoint.
func (l *line) audit(a *server.Answer) error {
	e := audit.Event{Kind: audit.Rest, Base: l.ID, Client: a.Grant.Client, Address: l.site.clientIP(a.Request), Request: strconv.FormatInt(a.Number, 10)}
	deed, ok := deeds[a.Interaction]
	if a.Interaction == "" { // refused before it was read
		deed.action = audit.Execute
	} else if !ok {
		deed.subtype, deed.action = "operation", audit.Execute
	}
	if e.Subtype, e.Action = deed.subtype, deed.action; deed.subtype == "export" {
		e.Kind = audit.Export
	}
	who, _ := a.Grant.Holder.(holder)
	e.User = who.user
	switch {
	case a.Status < 400:
		e.Outcome = audit.Success
	case a.Status < 500:
		e.Outcome, e.Reason = audit.MinorFailure, strconv.Itoa(a.Status)
	default:
		e.Outcome, e.Reason = audit.Failure, strconv.Itoa(a.Status)
	}
	if a.Status == http.StatusUnauthorized || a.Status == http.StatusTooManyRequests {
		if !l.site.refusals.record(e.Address) {
			return nil // the log has it
		}
	}
	patient := a.Patient
	if who.patient != "" {
		patient = who.patient
	}
	if patient != "" || len(a.Versions) == 0 {
		e.Patient = patient
		return l.site.auth.note(named(e, a))
	}
	return l.site.auth.note(perPatient(e, a)...)
}

// named adds the resources of an answer to its record.
func named(e audit.Event, a *server.Answer) audit.Event {
	if e.Outcome != audit.Success {
		return e
	}
	if len(a.Versions) == 0 && a.Type != "" && e.Kind == audit.Rest {
		e.Entities = []string{a.Type}
	}
	for _, v := range a.Versions {
		if len(e.Entities) == entitiesNamed {
			break
		}
		e.Entities = append(e.Entities, v.Type+"/"+v.ID)
	}
	if e.Count = len(a.Versions); e.Count <= len(e.Entities) {
		e.Count = 0
	}
	return e
}

// perPatient makes a record for each patient whose resources an answer shows, so
// that each finds it among their own.
func perPatient(e audit.Event, a *server.Answer) []audit.Event {
	var order []string
	of := map[string][]*store.Version{}
	for _, v := range a.Versions {
		id := patientOf(v)
		if of[id] == nil {
			order = append(order, id)
		}
		of[id] = append(of[id], v)
	}
	if len(of) > 1 { // what is nobody's is of no interest beside what is somebody's
		delete(of, "")
	}
	var list []audit.Event
	for _, id := range order {
		if of[id] == nil {
			continue
		}
		one, part := e, *a
		one.Patient, part.Versions = id, of[id]
		list = append(list, named(one, &part))
	}
	return list
}

// patientOf is the id of the patient whom a resource is about; empty if it is about none.
func patientOf(v *store.Version) string {
	if v.Type == "Patient" {
		return v.ID
	}
	if v.Deleted || !search.For(v.Type).InPatientCompartment() && v.Type != "Device" {
		return ""
	}
	d, err := node.ParseResource(v.JSON())
	if err != nil {
		return ""
	}
	defer d.Release()
	for _, name := range []string{"patient", "subject", "beneficiary", "individual", "for"} {
		if typ, id := search.LocalReference(d.Root().Get(name).Get("reference").Text()); typ == "Patient" {
			return strings.Clone(id)
		}
	}
	return ""
}

// refusals bounds how many refusals of one address go into the trail: whoever knocks
// without a token must not be able to fill the disk.
type refusals struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*window
}

type window struct {
	began time.Time
	n     int
}

const (
	refusalsAMinute = 30
	refusalsKnown   = 10_000
)

func newRefusals(now func() time.Time) *refusals {
	return &refusals{now: now, of: map[string]*window{}}
}

func (r *refusals) record(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	w := r.of[address]
	if w == nil || now.Sub(w.began) >= time.Minute {
		if len(r.of) >= refusalsKnown {
			clear(r.of)
		}
		w = &window{began: now}
		r.of[address] = w
	}
	w.n++
	return w.n <= refusalsAMinute
}
