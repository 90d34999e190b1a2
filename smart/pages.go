// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

//go:embed pages
var pageFiles embed.FS

var pageTemplates = func() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range []string{"login", "consent", "apps", "error"} {
		out[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
	}
	return out
}()

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.ServeFileFS(w, r, pageFiles, "pages/style.css")
}

// pageHeaders keep pages out of frames and caches and let nothing run in them.
func (s *Server) pageHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy())
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if s.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// policy is the content security policy. Browsers hold the redirect that follows a
// form to form-action too, so the pages whose forms lead away name where.
func policy(formTargets ...string) string {
	return "default-src 'none'; style-src 'self'; form-action " + strings.Join(append([]string{"'self'"}, formTargets...), " ") +
		"; frame-ancestors 'none'; base-uri 'none'"
}

// origin is the part of a URL that a policy names.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	if u.Scheme == "https" || u.Scheme == "http" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}

func (s *Server) page(w http.ResponseWriter, r *http.Request, status int, name, title string, data map[string]any) {
	x := s.formSecret(w, r)
	csrf, err := s.mark(r.Context(), "form", x)
	if err != nil && name != "error" {
		s.errorPage(w, r, err)
		return
	}
	if data == nil {
		data = map[string]any{}
	}
	data["Contact"] = s.Contact
	data["Title"], data["Organization"], data["CSRF"], data["Base"] = title, s.Organization, csrf, s.prefix
	var b bytes.Buffer
	if err := pageTemplates[name].ExecuteTemplate(&b, "layout", data); err != nil {
		s.Log.ErrorContext(r.Context(), "page failed", "page", name, "cause", err.Error())
		http.Error(w, "the server failed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, err error) {
	e := asError(err)
	s.logError(r, e)
	s.page(w, r, e.Status, "error", "That did not work", map[string]any{"Text": sentence(e.Description), "Code": e.Code})
}

// sentence makes a text one that a person reads.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int, a *authorization, text string) {
	data := map[string]any{"Error": text, "BuiltIn": len(s.Accounts) > 0}
	if s.upstream != nil {
		data["Upstream"] = s.Upstream.Name
		if target := origin(s.upstream.authorizationEndpoint(r.Context())); target != "" {
			w.Header().Set("Content-Security-Policy", policy(target))
		}
	}
	if a != nil {
		data["Client"], data["Continue"], data["Hint"] = a.client.Name, a.query.Encode(), a.query.Get("login_hint")
	}
	s.page(w, r, status, "login", "Log in", data)
}

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request, a *authorization, who *session) {
	var choices []choice
	for _, x := range a.scopes.Scopes {
		choices = append(choices, describe(x))
	}
	if target := origin(a.redirect); target != "" {
		w.Header().Set("Content-Security-Policy", policy(target))
	}
	data := map[string]any{"Client": a.client, "Choices": choices, "Continue": a.query.Encode(), "Who": who.Account.Name,
		"Identity": a.scopes.Flags&(scope.OpenID|scope.FHIRUser|scope.Profile) != 0,
		"Offline":  a.scopes.Has(scope.OfflineAccess), "Until": s.Now().Add(s.Lifetimes.Offline), "Target": origin(a.redirect)}
	if a.needsPatient() {
		data["Patients"] = a.patients(&who.Account)
	}
	if a.client.UDAP != nil {
		data["Vouched"] = a.client.UDAP.Organization
	}
	s.page(w, r, http.StatusOK, "consent", "Allow access?", data)
}
