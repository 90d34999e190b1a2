// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/store"
)

// auditSource answers for AuditEvent from the trail: patient by patient, the newest
// first.
type auditSource struct{ line *line }

// Params implements server.Source.
func (auditSource) Params() [][2]string {
	return [][2]string{{"date", "date"}, {"patient", "reference"}}
}

// reaches tells whether an access may see the records of a patient. Scopes that pick
// AuditEvents by a search parameter are not understood here, so they open none.
func reaches(a *store.Access, patient string) bool {
	if a == nil {
		return true
	}
	return a.Allows("AuditEvent") && len(a.Types["AuditEvent"]) == 0 && (a.Patients == nil || patient != "" && slices.Contains(a.Patients, patient))
}

// Read implements server.Source.
func (s auditSource) Read(_ context.Context, id string, access *store.Access) ([]byte, error) {
	r, err := s.line.site.auth.trail.Read(id)
	if errors.Is(err, audit.ErrNoRecord) || err == nil && (r.Event.Base != s.line.ID || !reaches(access, r.Event.Patient)) {
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return r.AuditEvent(s.line.site.issuer)
}

// scanned bounds how many records a search by date looks at.
const scanned = 100_000

// Search implements server.Source.
func (s auditSource) Search(ctx context.Context, values url.Values, count int, cursor string, access *store.Access) (found []server.SourceEntry, next string, err error) {
	patient, err := s.patient(values, access)
	if err != nil {
		return nil, "", err
	}
	if !reaches(access, patient) {
		return nil, "", nil
	}
	var spans []span
	for _, text := range values["date"] {
		x, ok := spanOf(text)
		if !ok {
			return nil, "", server.Failure(http.StatusBadRequest, "invalid", "date is a day or an instant, with eq, ge, gt, le or lt before it: ge2026-01-01")
		}
		spans = append(spans, x)
	}
	trail := s.line.site.auth.trail
	records := trail.Patient(s.line.ID, patient)
	if cursor != "" {
		at, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || at < 1 {
			return nil, "", store.ErrCursor
		}
		records = trail.PatientFrom(s.line.ID, patient, at)
	}
	looked := 0
	for r, err := range records {
		if err != nil {
			var broken *audit.BrokenError
			if looked == 0 && cursor != "" && errors.As(err, &broken) {
				err = store.ErrCursor
			}
			return nil, "", err
		}
		if looked++; ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		if len(found) == count || looked > scanned {
			return found, strconv.FormatInt(r.Offset+1, 10), nil
		}
		if !slices.ContainsFunc(spans, func(x span) bool { return !x.holds(r.Recorded) }) {
			body, err := r.AuditEvent(s.line.site.issuer)
			if err != nil {
				return nil, "", err
			}
			found = append(found, server.SourceEntry{ID: r.ID(), Body: body})
		}
	}
	return found, "", nil
}

// patient is whose records are asked for: the token's patient if the search names none.
func (s auditSource) patient(values url.Values, access *store.Access) (string, error) {
	given := values["patient"]
	switch {
	case len(given) == 0 && access != nil && len(access.Patients) == 1:
		return access.Patients[0], nil
	case len(given) != 1 || strings.Contains(given[0], ","):
		return "", server.Failure(http.StatusBadRequest, "required", "a search of AuditEvent names one patient: AuditEvent?patient=[id]")
	}
	return strings.TrimPrefix(strings.TrimPrefix(given[0], s.line.base+"/"), "Patient/"), nil
}

// span is the times that a date parameter allows: from lo to before hi.
type span struct{ lo, hi time.Time }

func (x span) holds(t time.Time) bool {
	return !t.Before(x.lo) && (x.hi.IsZero() || t.Before(x.hi))
}

func spanOf(text string) (span, bool) {
	prefix := "eq"
	if len(text) > 2 && text[0] >= 'a' && text[0] <= 'z' {
		prefix, text = text[:2], text[2:]
	}
	for _, f := range []struct {
		layout string
		next   func(time.Time) time.Time
	}{
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }}, {"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }}, {time.RFC3339Nano, func(t time.Time) time.Time { return t.Add(time.Second) }},
	} {
		lo, err := time.Parse(f.layout, text)
		if err != nil {
			continue
		}
		hi := f.next(lo)
		switch prefix {
		case "eq":
			return span{lo, hi}, true
		case "ge":
			return span{lo: lo}, true
		case "gt", "sa":
			return span{lo: hi}, true
		case "le":
			return span{hi: hi}, true
		case "lt", "eb":
			return span{hi: lo}, true
		}
		return span{}, false
	}
	return span{}, false
}
