// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// authorization is an authorization request that was checked.
type authorization struct {
	query     url.Values
	client    *Client
	redirect  string
	state     string
	resource  string
	challenge string
	nonce     string
	prompt    []string
	maxAge    time.Duration // -1: not asked for
	scopes    scope.Set     // what may be granted at most
	launch    *Launch
}

// readAuthorization checks an authorization request. If the client or its redirect
// URI are not right it returns no authorization: nobody may be sent there. Other
// errors come with one, to be sent to the app.
func (s *Server) readAuthorization(ctx context.Context, q url.Values) (*authorization, error) {
	if err := noRepeats(q); err != nil {
		return nil, err
	}
	c, err := s.Client(ctx, q.Get("client_id"))
	if errors.Is(err, ErrNoClient) {
		return nil, invalidRequest("this app is not registered here")
	}
	if err != nil {
		return nil, err
	}
	a := &authorization{query: q, client: c, redirect: q.Get("redirect_uri"), state: q.Get("state"), resource: strings.TrimSuffix(q.Get("aud"), "/"),
		challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), prompt: strings.Fields(q.Get("prompt")), maxAge: -1}
	if a.redirect == "" || !c.redirectMatches(a.redirect) {
		return nil, invalidRequest("the app wants to be answered at an address that it did not register")
	}
	switch {
	case q.Get("response_type") != "code":
		return a, &Error{400, "unsupported_response_type", "response_type must be code", nil}
	case !c.may(grantCode):
		return a, &Error{400, "unauthorized_client", "the app did not register for authorization_code", nil}
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return a, invalidRequest("response_mode must be query")
	case q.Has("request") || q.Has("request_uri"):
		return a, &Error{400, "request_not_supported", "request objects are not supported", nil}
	case a.state == "" || len(a.state) > 1024 || len(a.nonce) > 1024:
		return a, invalidRequest("state is required; state and nonce may have 1024 bytes")
	case q.Get("code_challenge_method") != "S256" || len(a.challenge) != 43:
		return a, invalidRequest("PKCE is required: code_challenge with code_challenge_method S256")
	case !slices.Contains(s.Resources, a.resource):
		return a, invalidRequest("aud must be the FHIR base URL")
	}
	if text := q.Get("max_age"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 {
			return a, invalidRequest("max_age must be a number of seconds")
		}
		a.maxAge = time.Duration(min(seconds, 1<<30)) * time.Second
	}
	return a, s.readScopes(ctx, a)
}

func (s *Server) readScopes(ctx context.Context, a *authorization) error {
	asked, err := scope.ParseSet(a.query.Get("scope"))
	if err != nil {
		return invalidScope("the scope cannot be read").because(err)
	}
	a.scopes = withoutSystem(asked.Intersect(a.client.Scopes).Intersect(s.Scopes))
	if handle := a.query.Get("launch"); handle != "" {
		if a.launch, err = s.launchOf(ctx, handle, a.client.ID); err != nil {
			return err
		}
	} else {
		a.scopes = a.scopes.Without(scope.Launch)
	}
	if a.scopes.Without(scope.OfflineAccess | scope.OnlineAccess).Empty() {
		return invalidScope("none of the scopes may be granted")
	}
	return nil
}

// needsPatient tells whether a patient must be chosen.
func (a *authorization) needsPatient() bool {
	return a.scopes.HasContext(scope.Patient) || a.scopes.Has(scope.LaunchPatient) || (a.launch != nil && a.launch.Patient != "")
}

// patients are the records that the member may choose from for this request.
func (a *authorization) patients(who *Account) []Person {
	if a.launch == nil || a.launch.Patient == "" {
		return who.Patients
	}
	for _, p := range who.Patients {
		if p.ID == a.launch.Patient {
			return []Person{p}
		}
	}
	if who.Staff {
		return []Person{{ID: a.launch.Patient, Name: "the patient you have open"}}
	}
	return nil
}

// serveAuthorizePost takes the request in a form (SMART: authorize-post) and turns it
// into a GET, so that what follows is one path and cookies of the site are sent along.
func (s *Server) serveAuthorizePost(w http.ResponseWriter, r *http.Request) {
	if err := readForm(r); err != nil {
		s.errorPage(w, r, err)
		return
	}
	http.Redirect(w, r, s.prefix+pathAuthorize+"?"+r.PostForm.Encode(), http.StatusSeeOther)
}

func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	a, err := s.readAuthorization(r.Context(), r.URL.Query())
	if err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	who, err := s.session(r)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	if who != nil {
		if who, err = who.at(a.resource); err != nil {
			s.refuseApp(w, r, a, err)
			return
		}
	}
	quiet := slices.Contains(a.prompt, "none")
	stale := who != nil && (slices.Contains(a.prompt, "login") || (a.maxAge >= 0 && s.Now().Sub(who.AuthTime) > a.maxAge))
	switch {
	case who == nil || stale:
		if quiet {
			s.refuseApp(w, r, a, &Error{400, "login_required", "nobody is logged in", nil})
			return
		}
		s.loginPage(w, r, http.StatusOK, a, "")
	case a.launch != nil && a.launch.Subject != "" && a.launch.Subject != who.Account.ID:
		s.refuseApp(w, r, a, accessDenied("the app was opened by another person"))
	case a.needsPatient() && len(a.patients(&who.Account)) == 0:
		s.refuseApp(w, r, a, accessDenied("there is no record that this person may open"))
	case quiet:
		s.authorizeQuietly(w, r, a, who)
	default:
		s.consentPage(w, r, a, who)
	}
}

// authorizeQuietly answers prompt=none: the app gets what it has already.
func (s *Server) authorizeQuietly(w http.ResponseWriter, r *http.Request, a *authorization, who *session) {
	grants, err := s.Grants(r.Context(), who.Account.ID)
	if err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	for _, g := range grants {
		if g.Client == a.client.ID && g.Resource == a.resource && g.Scope.Covers(a.scopes) &&
			(!a.needsPatient() || slices.ContainsFunc(a.patients(&who.Account), func(p Person) bool { return p.ID == g.Patient })) {
			s.grantCode(w, r, a, who, a.scopes, g.Patient)
			return
		}
	}
	s.refuseApp(w, r, a, &Error{400, "consent_required", "the member has not allowed this yet", nil})
}

// grantCode keeps what the member allowed and sends the app its code.
func (s *Server) grantCode(w http.ResponseWriter, r *http.Request, a *authorization, who *session, scopes scope.Set, patient string) {
	now, text := s.Now(), secret()
	g := Grant{ID: secret(), Client: a.client.ID, Subject: who.Account.ID, FHIRUser: who.Account.FHIRUser, Staff: who.Account.Staff,
		Patient: patient, Resource: a.resource, Scope: scopes, Created: now.UTC(), Until: now.Add(s.Lifetimes.Access), AuthTime: who.AuthTime}
	for _, p := range who.Account.Patients {
		g.UserPatients = append(g.UserPatients, p.ID)
	}
	if scopes.Has(scope.OfflineAccess) {
		g.Until = now.Add(s.Lifetimes.Offline)
	} else if scopes.Has(scope.OnlineAccess) {
		g.Until = now.Add(s.Lifetimes.Online)
	}
	if a.launch != nil {
		g.Context = map[string]any{"need_patient_banner": a.launch.Banner}
		if a.launch.Encounter != "" && scopes.Flags&(scope.Launch|scope.LaunchEncounter) != 0 {
			g.Context["encounter"] = a.launch.Encounter
		}
		if a.launch.Intent != "" {
			g.Context["intent"] = a.launch.Intent
		}
	}
	err := s.keepGrant(r.Context(), a, &g, text)
	if err == nil {
		err = s.recordConsent(r, &g)
	}
	if err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	s.sendToApp(w, r, a, url.Values{"code": {text}})
}

// keepGrant writes the grant and its code, and uses up the launch. The grant outlives
// its last access token.
func (s *Server) keepGrant(ctx context.Context, a *authorization, g *Grant, text string) error {
	life := s.Lifetimes
	grant, err := json.Marshal(g)
	if err != nil {
		return err
	}
	x, err := json.Marshal(code{Grant: g.ID, Client: g.Client, Redirect: a.redirect, Challenge: a.challenge, Nonce: a.nonce})
	if err != nil {
		return err
	}
	changes := []Change{
		{Record: Record{Kind: kindGrant, Key: g.ID, Owner: g.Subject, Expires: g.Until.Add(life.Access + life.Code), Value: grant}},
		{Record: Record{Kind: kindCode, Key: digest(text), Owner: g.ID, Expires: s.Now().Add(life.Code), Value: x}},
	}
	if a.launch != nil {
		changes = append(changes, Change{Delete: true, Record: Record{Kind: kindLaunch, Key: digest(a.query.Get("launch")), Version: 1}})
	}
	err = s.records.Write(ctx, changes...)
	if errors.Is(err, ErrConflict) {
		return invalidRequest("the launch was used before; open the app anew from the portal")
	}
	return err
}

// refuseApp sends an error to the app, or shows it if there is no app to send it to.
func (s *Server) refuseApp(w http.ResponseWriter, r *http.Request, a *authorization, err error) {
	if a == nil {
		s.errorPage(w, r, err)
		return
	}
	e := asError(err)
	s.logError(r, e)
	s.sendToApp(w, r, a, url.Values{"error": {e.Code}, "error_description": {e.Description}})
}

// sendToApp answers at the redirect URI, which was compared with the registered ones.
func (s *Server) sendToApp(w http.ResponseWriter, r *http.Request, a *authorization, answer url.Values) {
	u, err := url.Parse(a.redirect)
	if err != nil {
		s.errorPage(w, r, err)
		return
	}
	q := u.Query()
	for name, values := range answer {
		q[name] = values
	}
	if a.state != "" {
		q.Set("state", a.state)
	}
	q.Set("iss", s.Issuer)
	u.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", u.String())
	w.WriteHeader(http.StatusSeeOther)
}
