// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/woodlawn-health/woodlawn/smart/audit"
)

// session is a member who is logged in.
type session struct {
	Account  Account   `json:"account"`
	AuthTime time.Time `json:"auth_time"`
}

// HashPassword makes the hash that Account.PasswordHash holds. Passwords have 8 to 72
// bytes, the most that bcrypt reads.
func HashPassword(password string) (string, error) {
	if len(password) < 8 {
		return "", errors.New("a password must have at least 8 bytes")
	}
	b, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	return string(b), err
}

// nobody is a hash that no password has: a name that is not known takes as long to
// refuse as a wrong password.
var nobody = sync.OnceValue(func() []byte {
	b, _ := bcrypt.GenerateFromPassword([]byte(secret()), bcrypt.DefaultCost)
	return b
})

// logIn finds the account with a name and a password.
func (s *Server) logIn(username, password string) (Account, bool) {
	i := slices.IndexFunc(s.Accounts, func(a Account) bool { return a.Username == username && a.PasswordHash != "" })
	hash := nobody()
	if i >= 0 {
		hash = []byte(s.Accounts[i].PasswordHash)
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || i < 0 {
		return Account{}, false
	}
	return s.Accounts[i], true
}

// Cookies. With https they carry the __Host- prefix, so that no other site of the
// domain can set them.
const (
	cookieSession = "woodlawn_session"
	cookieVisit   = "woodlawn_visit" // ties the login form to the browser
	cookieFlow    = "woodlawn_flow"  // a login at the OpenID provider
)

func (s *Server) secure() bool { return strings.HasPrefix(s.Issuer, "https:") }

func (s *Server) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// session is the session of a request, nil if there is none.
func (s *Server) session(r *http.Request) (*session, error) {
	handle := s.cookie(r, cookieSession)
	if handle == "" {
		return nil, nil
	}
	var x session
	_, err := s.get(r.Context(), kindSession, digest(handle), &x)
	if errors.Is(err, ErrNoRecord) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ok bool
	if x.Account, ok = s.present(x.Account); !ok {
		return nil, nil
	}
	return &x, nil
}

// begin logs a member in, under a new session id.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, who Account) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	handle, now := secret(), s.Now()
	who.PasswordHash = ""
	err := s.write(r.Context(), Record{Kind: kindSession, Key: digest(handle), Owner: who.ID, Expires: now.Add(s.Lifetimes.Session)},
		session{Account: who, AuthTime: now.UTC()})
	if err != nil {
		return err
	}
	s.setCookie(w, cookieSession, handle, s.Lifetimes.Session)
	return s.recordOf(r, who, audit.Event{Kind: audit.Authentication, Subtype: "login", Outcome: audit.Success})
}

func (s *Server) endSession(r *http.Request) error {
	handle := s.cookie(r, cookieSession)
	if handle == "" {
		return nil
	}
	return s.records.Write(r.Context(), Change{Delete: true, Record: Record{Kind: kindSession, Key: digest(handle), Version: AnyVersion}})
}

// formSecret is the cookie that forms of this browser are tied to.
func (s *Server) formSecret(w http.ResponseWriter, r *http.Request) string {
	if x := s.cookie(r, cookieSession); x != "" {
		return x
	}
	x := s.cookie(r, cookieVisit)
	if x == "" && w != nil {
		x = secret()
		s.setCookie(w, cookieVisit, x, time.Hour)
	}
	return x
}

// form guards the posting of a form: from this site's own page, made for this browser.
func (s *Server) form(next http.HandlerFunc) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.pages.Check(r)
		if err == nil {
			err = r.ParseForm()
		}
		if x := s.formSecret(nil, r); err == nil && (x == "" || !s.marked(r.Context(), "form", x, r.PostForm.Get("csrf"))) {
			err = errors.New("form of another browser")
		}
		if err != nil {
			s.errorPage(w, r, (&Error{403, "access_denied", "this page has been open for too long, or came from another site; go back and load it again", nil}).because(err))
			return
		}
		next(w, r)
	}
}

func (s *Server) serveLoginPage(w http.ResponseWriter, r *http.Request) {
	s.loginPage(w, r, http.StatusOK, nil, "")
}

func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	ctx, form := r.Context(), r.PostForm
	a, err := s.continuation(ctx, form.Get("continue"))
	if err != nil {
		s.refuseApp(w, r, a, err)
		return
	}
	name, now := strings.TrimSpace(form.Get("username")), s.Now()
	if !s.logins.take(s.ClientIP(r), 1, now) || !s.failures.take(digest(name), 0, now) {
		s.loginPage(w, r, http.StatusTooManyRequests, a, "Too many attempts. Wait a few minutes and try again.")
		return
	}
	who, ok := s.logIn(name, form.Get("password"))
	if !ok {
		s.failures.take(digest(name), 1, now)
		s.recordRefusal(r, audit.Event{Kind: audit.Authentication, Subtype: "login"}, accessDenied("wrong name or password"))
		s.loginPage(w, r, http.StatusUnauthorized, a, "The user name or the password is wrong.")
		return
	}
	s.loggedIn(w, r, a, who)
}

// loggedIn begins a session and goes on with what the member came for.
func (s *Server) loggedIn(w http.ResponseWriter, r *http.Request, a *authorization, who Account) {
	if err := s.begin(w, r, who); err != nil {
		s.errorPage(w, r, err)
		return
	}
	next := s.prefix + pathApps
	if a != nil { // the wish for a fresh login is fulfilled
		q := url.Values{}
		for name, values := range a.query {
			q[name] = values
		}
		if a.prompt = slices.DeleteFunc(a.prompt, func(p string) bool { return p == "login" }); len(a.prompt) > 0 {
			q.Set("prompt", strings.Join(a.prompt, " "))
		} else {
			q.Del("prompt")
		}
		q.Del("max_age")
		next = s.prefix + pathAuthorize + "?" + q.Encode()
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// continuation reads the authorization request that a form carries. It is checked
// anew, as if it had just come, so that the form cannot lead anywhere else.
func (s *Server) continuation(ctx context.Context, query string) (*authorization, error) {
	if query == "" {
		return nil, nil
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, invalidRequest("the request cannot be read").because(err)
	}
	return s.readAuthorization(ctx, q)
}

func (s *Server) serveLogout(w http.ResponseWriter, r *http.Request) {
	if err := s.endSession(r); err != nil {
		s.errorPage(w, r, err)
		return
	}
	s.setCookie(w, cookieSession, "", -time.Second)
	http.Redirect(w, r, s.prefix+pathLogin, http.StatusSeeOther)
}
