// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"net/http"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// holder is who bears a token, for the audit trail.
type holder struct {
	user    string // reference of the person; empty for backend services
	patient string // the one patient that the token reaches, if it is one
	member  bool   // a person allowed the app, and is no staff
}

// grantsCached bounds how many tokens' grants are remembered by a line.
const grantsCached = 10_000

// authorize says what the sender of a request may do. A token is checked each time;
// what it allows is worked out once.
func (l *line) authorize(r *http.Request) (*server.Grant, error) {
	access, t, err := l.site.auth.Authenticate(r, l.base)
	if err != nil {
		var e *smart.Error
		if !errors.As(err, &e) || e.Status >= 500 {
			return nil, err
		}
		h := http.Header{}
		status := smart.Challenge(h, err)
		return nil, &server.DeniedError{Status: status, Authenticate: h.Get("WWW-Authenticate"), Reason: e.Description}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.grants[t.ID]; g != nil {
		return g, nil
	}
	g := l.grantOf(access, t)
	if len(l.grants) >= grantsCached {
		clear(l.grants)
	}
	l.grants[t.ID] = g
	return g, nil
}

const insufficient = `Bearer realm="fhir", error="insufficient_scope", error_description="the token's scopes do not allow this"`

func (l *line) grantOf(access *scope.Access, t *smart.Token) *server.Grant {
	reach := reachOf(access, l.types)
	who := holder{user: t.FHIRUser, member: t.Grant != "" && !t.Staff}
	if p := reach.access.Patients; len(p) == 1 {
		who.patient = p[0]
	}
	backend := t.Grant == ""
	return &server.Grant{Access: reach.access, Attachments: l.attachments && reach.attachments(access), Client: t.Client, Consent: t.Grant, Challenge: insufficient, Holder: who,
		May: func(i server.Interaction, resourceType string) bool { return reach.may(i, resourceType, backend) }}
}
