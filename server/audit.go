// SPDX-License-Identifier: Apache-2.0

package server

import (
	"net/http"

	"github.com/woodlawn-health/woodlawn/store"
)

// Answer is a request and what came of it, for an audit trail.
type Answer struct {
	Request     *http.Request
	Number      int64  // of the request, as in the log
	Grant       *Grant // what the request was allowed
	Interaction string // as in the log: read, search, create, $validate ...
	Type        string // resource type of the address; empty for the system
	Status      int    // as answered
	// Versions are the resources that the answer shows or that the request changed,
	// those of a Bundle's entries included.
	Versions []*store.Version
	// Patient is the id of the one patient whose record was asked for, where the
	// address says it; empty otherwise.
	Patient string
}

// seen collects what a request touches, over all entries of a Bundle.
type seen struct {
	versions []*store.Version
	patient  string
}

// touch notes resources that the answer shows or that were changed.
func (q *request) touch(versions ...*store.Version) {
	if q.seen == nil {
		return
	}
	for _, v := range versions {
		if v != nil {
			q.seen.versions = append(q.seen.versions, v)
		}
	}
}

// about notes the patient whose record is asked for. Several make it nobody's.
func (q *request) about(patient string) {
	switch {
	case q.seen == nil:
	case q.seen.patient == "":
		q.seen.patient = patient
	case q.seen.patient != patient:
		q.seen.patient = "*"
	}
}

// audit hands a request to the trail before it is answered. What cannot be
// recorded is not answered.
func (s *Server) audit(r *http.Request, number int64, q *request, status int) error {
	if s.opt.Audit == nil || q.interaction == "capabilities" {
		return nil
	}
	a := &Answer{Request: r, Number: number, Grant: &q.grant, Interaction: q.interaction, Type: q.typ, Status: status}
	if q.seen != nil {
		a.Versions = q.seen.versions
		if a.Patient = q.seen.patient; a.Patient == "*" {
			a.Patient = ""
		}
	}
	return s.opt.Audit(a)
}
