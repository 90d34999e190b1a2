// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// appAccess is an app on the member's page.
type appAccess struct {
	Client       *Client
	Since, Until time.Time
	Choices      []choice
	Opens        bool // can be opened from here
}

// apps are what a member allowed, an app once, the newest first.
func (s *Server) apps(r *http.Request, who *session) ([]appAccess, error) {
	grants, err := s.Grants(r.Context(), who.Account.ID)
	if err != nil {
		return nil, err
	}
	var out []appAccess
	for _, g := range grants {
		if !s.Now().Before(g.Until) {
			continue
		}
		i := slices.IndexFunc(out, func(a appAccess) bool { return a.Client.ID == g.Client })
		if i < 0 {
			c, err := s.Client(r.Context(), g.Client)
			if errors.Is(err, ErrNoClient) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out, i = append(out, appAccess{Client: c, Since: g.Created, Opens: c.LaunchURI != ""}), len(out)
		}
		a := &out[i]
		if g.Created.Before(a.Since) {
			a.Since = g.Created
		}
		if g.Until.After(a.Until) {
			a.Until = g.Until
		}
		for _, x := range g.Scope.Scopes {
			if c := describe(x); !slices.ContainsFunc(a.Choices, func(have choice) bool { return have.Does == c.Does && have.What == c.What && have.Only == c.Only }) {
				a.Choices = append(a.Choices, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b appAccess) int { return b.Since.Compare(a.Since) })
	return out, nil
}

// recentEvents is how many lines the page shows, recordsRead how many audit records
// it looks at for them.
const (
	recentEvents = 20
	recordsRead  = 1000
)

func (s *Server) serveApps(w http.ResponseWriter, r *http.Request) {
	who, err := s.session(r)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if who == nil {
		http.Redirect(w, r, s.prefix+pathLogin, http.StatusSeeOther)
		return
	}
	apps, err := s.apps(r, who)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	events, err := s.recentEvents(r, who)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	var targets []string // where the Open buttons lead
	for _, a := range apps {
		if target := origin(a.Client.LaunchURI); a.Opens && target != "" {
			targets = append(targets, target)
		}
	}
	w.Header().Set("Content-Security-Policy", policy(targets...))
	s.page(w, r, http.StatusOK, "apps", "Apps with access", map[string]any{"Apps": apps, "Events": events, "Who": who.Account.Name})
}

type shownEvent struct {
	When  time.Time // the latest
	What  string
	App   string
	Times int
}

// add puts an event behind newer ones; of the same again it notes only how often.
func (list shownEvents) add(e shownEvent) shownEvents {
	if n := len(list); n > 0 && list[n-1].What == e.What && list[n-1].App == e.App && list[n-1].When.Format(time.DateOnly) == e.When.Format(time.DateOnly) {
		list[n-1].Times++
		return list
	}
	e.Times = 1
	return append(list, e)
}

type shownEvents []shownEvent

func (s *Server) recentEvents(r *http.Request, who *session) (shownEvents, error) {
	var out shownEvents
	for _, resource := range s.Resources {
		at, ok := who.Account.at(resource)
		if !ok {
			continue
		}
		var mine shownEvents
		n := 0
		for rec, err := range s.Audit.Patient(s.baseName(resource), at.self()) {
			if err != nil {
				return nil, err
			}
			if n++; n > recordsRead || len(mine) > recentEvents {
				break
			}
			e := shownEvent{When: rec.Recorded, What: eventWords(rec.Event), App: rec.Event.Client}
			if rec.Event.User != at.FHIRUser {
				e.What = strings.Replace(e.What, "You ", "Your representative ", 1)
			}
			if c, err := s.Client(r.Context(), rec.Event.Client); err == nil {
				e.App = c.Name
			}
			mine = mine.add(e)
		}
		out = append(out, mine...)
	}
	slices.SortStableFunc(out, func(a, b shownEvent) int { return b.When.Compare(a.When) })
	return out[:min(len(out), recentEvents)], nil
}

func eventWords(e audit.Event) string {
	words := map[string]string{"login": "You logged in", "consent": "You allowed access", "token": "Access began", "refresh": "Access went on",
		"revoke": "Access ended", "read": "A record was read", "search-type": "Records were searched", "vread": "A record was read", "export": "Records were exported",
		"operation": "Records were read", "history": "Earlier versions were read", "batch": "Records were read", "backend": "A service got access"}[e.Subtype]
	if words == "" {
		words = "A request was made"
	}
	if e.Outcome != audit.Success {
		words += " (refused)"
	}
	return words
}

func (s *Server) serveAppsRevoke(w http.ResponseWriter, r *http.Request) {
	who, err := s.session(r)
	if err == nil && who != nil {
		client := r.PostForm.Get("client")
		var ended int
		if ended, err = s.RevokeApp(r.Context(), who.Account.ID, client); err == nil && ended > 0 {
			err = s.recordOf(r, who.Account, audit.Event{Kind: audit.Authorization, Subtype: "revoke", Action: audit.Delete, Outcome: audit.Success, Client: client})
		}
	}
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	http.Redirect(w, r, s.prefix+pathApps, http.StatusSeeOther)
}

// serveAppsOpen opens an app with the member's record: the portal's EHR launch.
func (s *Server) serveAppsOpen(w http.ResponseWriter, r *http.Request) {
	who, err := s.session(r)
	if err != nil || who == nil {
		http.Redirect(w, r, s.prefix+pathLogin, http.StatusSeeOther)
		return
	}
	l := Launch{Client: r.PostForm.Get("client"), Subject: who.Account.ID}
	resource, at := s.home(who.Account)
	if len(at.Patients) > 0 {
		l.Patient = at.Patients[0].ID
	}
	address, err := s.NewLaunch(r.Context(), l, resource)
	if err != nil {
		s.errorPage(w, r, invalidRequest("this app cannot be opened from here").because(err))
		return
	}
	w.Header().Set("Location", address) // as registered
	w.WriteHeader(http.StatusSeeOther)
}
