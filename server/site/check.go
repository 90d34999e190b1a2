// SPDX-License-Identifier: Apache-2.0

package site

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// checker collects what is wrong with the settings, each with its place.
type checker struct{ errs []error }

func (c *checker) bad(place, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("  %s: %s", place, fmt.Sprintf(format, args...)))
}

// Check says everything that is wrong with the settings and fills in what they
// leave to a default.
func (c *Config) Check() error {
	x := &checker{}
	if c.Organization.Name == "" {
		c.Organization.Name = "Woodlawn"
	}
	if c.Issuer != "" {
		u, err := url.Parse(c.Issuer)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(c.Issuer, "/") {
			x.bad("issuer", "%q must be an address such as https://fhir.example.org, without a final slash", c.Issuer)
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		x.bad("tls", "certificate and key go together")
	}
	if l := c.Limits; l.MaxBodyBytes < 0 || l.MaxBundleEntries < 0 || l.RequestsPerSecond < 0 || l.Burst < 0 {
		x.bad("limits", "no limit may be negative; leave a limit out for its default")
	}
	c.checkLines(x)
	c.checkPublic(x)
	c.checkAccounts(x)
	c.checkOpenID(x)
	c.checkRegistration(x)
	if _, err := c.scopes(); err != nil {
		x.bad("scopes", "%v", err)
	}
	for i, m := range c.UDAP {
		place := fmt.Sprintf("udap[%d]", i)
		if m.Anchors == "" || m.Certificate == "" || m.Key == "" {
			x.bad(place, "anchors, certificate and key are PEM files that a community needs")
		}
		if _, err := readScopes(m.Scopes); err != nil {
			x.bad(place+".scopes", "%v", err)
		}
	}
	if c.Open && (len(c.Accounts) > 0 || c.OpenID != nil || len(c.UDAP) > 0) {
		x.bad("open", "an open service asks nobody who they are, so it has no accounts, openid or udap")
	}
	return errors.Join(x.errs...)
}

func (c *Config) scopes() (scope.Set, error) { return readScopes(c.Scopes) }

// readScopes reads a list of scopes and does not let one pass that it does not
// understand.
func readScopes(text string) (scope.Set, error) {
	set, err := scope.ParseSet(text)
	if err == nil && len(set.Ignored) > 0 {
		err = fmt.Errorf("%q is no scope; write for example patient/*.rs or system/Patient.rs", set.Ignored[0])
	}
	return set, err
}

// reserved are paths that are not a FHIR endpoint's.
var reserved = []string{"/auth", "/health", "/.well-known"}

func (x *checker) path(place, path string, taken map[string]string) {
	if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.ContainsAny(path, " ?#{}%") || strings.Contains(path, "//") || path == "" {
		x.bad(place, "%q must be a path such as /fhir or /ma/fhir", path)
		return
	}
	for _, r := range reserved {
		if path == r || strings.HasPrefix(path, r+"/") {
			x.bad(place, "%s is the service's own", r)
		}
	}
	for other, owner := range taken {
		if path == other || strings.HasPrefix(path, other+"/") || strings.HasPrefix(other, path+"/") {
			x.bad(place, "%s and %s of %s cannot be told apart", path, other, owner)
		}
	}
	taken[path] = place
}

func (c *Config) checkLines(x *checker) {
	if len(c.Lines) == 0 {
		c.Lines = []Line{{ID: "main"}}
	}
	ids, paths := map[string]bool{}, map[string]string{}
	for i := range c.Lines {
		l := &c.Lines[i]
		place := fmt.Sprintf("lines[%d]", i)
		if !validLineID(l.ID) {
			x.bad(place+".id", "%q must be 1 to 32 small letters, digits and -; it is the line's name for good", l.ID)
		}
		if ids[l.ID] {
			x.bad(place+".id", "%q is another line's", l.ID)
		}
		ids[l.ID] = true
		if l.Kind != "" && !l.Kind.known() {
			x.bad(place+".kind", "%q is not MA, Medicaid, CHIP or QHP", l.Kind)
		}
		if l.Kind == "" && (len(c.Lines) > 1 || l.Contract != "") {
			x.bad(place+".kind", "is missing: MA, Medicaid, CHIP or QHP")
		}
		if l.Path == "" {
			if l.Path = "/fhir"; len(c.Lines) > 1 {
				l.Path = "/" + l.ID + "/fhir"
			}
		}
		x.path(place+".path", l.Path, paths)
		if l.USCore == "" {
			l.USCore = "6.1.0"
		}
		if l.USCore != "6.1.0" && l.USCore != "3.1.1" {
			x.bad(place+".usCore", "%q is not 6.1.0 or 3.1.1", l.USCore)
		}
		for _, t := range l.Types {
			if !search.IsResource(t) {
				x.bad(place+".types", "%q is no resource type of R4", t)
			}
		}
	}
	for name, p := range map[string]*Public{"directory": c.Directory, "formulary": c.Formulary} {
		if p != nil {
			if p.Path == "" {
				p.Path = "/" + name
			}
			x.path(name+".path", p.Path, paths)
		}
	}
}

func (c *Config) checkPublic(x *checker) {
	for name, p := range map[string]*Public{"directory": c.Directory, "formulary": c.Formulary} {
		if p == nil || p.DB == "" {
			continue
		}
		for i := range c.Lines {
			if c.Lines[i].DB == p.DB {
				x.bad(name+".db", "is the database of lines[%d]: what is public is kept apart from members' records", i)
			}
		}
	}
}

func validLineID(id string) bool {
	return id != "" && len(id) <= 32 && !strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

func (c *Config) checkAccounts(x *checker) {
	ids, names := map[string]bool{}, map[string]bool{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		place := fmt.Sprintf("accounts[%d]", i)
		if a.ID == "" || ids[a.ID] {
			x.bad(place+".id", "%q must be there and no other account's: it stays when the name changes", a.ID)
		}
		if strings.HasPrefix(a.ID, smart.UpstreamID) {
			x.bad(place+".id", "%q begins as the ids of those who log in at the OpenID provider", a.ID)
		}
		if a.Username == "" || names[a.Username] {
			x.bad(place+".username", "must be there and no other account's")
		}
		ids[a.ID], names[a.Username] = true, true
		if a.Name == "" {
			x.bad(place+".name", "is missing: the pages greet the person by it")
		}
		if _, err := bcrypt.Cost([]byte(a.PasswordHash)); err != nil {
			x.bad(place+".passwordHash", "is no bcrypt hash; woodlawn serve hash-password makes one")
		}
		switch {
		case len(a.At) > 0 && (a.FHIRUser != "" || len(a.Patients) > 0):
			x.bad(place+".at", "fhirUser and patients stand in at, line by line, or without it, not both")
		case len(a.At) == 0 && len(c.Lines) > 1:
			x.bad(place+".at", "is missing: with several lines, say for each line what the person is there")
		case len(a.At) == 0:
			a.Patients = x.person(place, a.Name, a.FHIRUser, a.Patients)
		}
		for j := range a.At {
			p := &a.At[j]
			at := fmt.Sprintf("%s.at[%d]", place, j)
			if !slices.ContainsFunc(c.Lines, func(l Line) bool { return l.ID == p.Line }) {
				x.bad(at+".line", "there is no line %q", p.Line)
			}
			p.Patients = x.person(at, a.Name, p.FHIRUser, p.Patients)
		}
	}
}

// person checks what an account is, and lets a patient open their own record.
func (x *checker) person(place, name, user string, patients []Person) []Person {
	typ, id, _ := strings.Cut(user, "/")
	if !slices.Contains([]string{"Patient", "RelatedPerson", "Practitioner", "Person"}, typ) || !search.ValidID(id) {
		x.bad(place+".fhirUser", "%q must be a reference such as Patient/123, RelatedPerson/5 or Practitioner/7", user)
		return patients
	}
	if typ == "Patient" && !slices.ContainsFunc(patients, func(p Person) bool { return p.ID == id }) {
		patients = append([]Person{{ID: id, Name: name}}, patients...)
	}
	for j, p := range patients {
		if !search.ValidID(p.ID) || p.Name == "" && p.ID != id {
			x.bad(fmt.Sprintf("%s.patients[%d]", place, j), "needs the id of a Patient and the name that the person knows them by")
		}
	}
	return patients
}

func (c *Config) checkOpenID(x *checker) {
	o := c.OpenID
	if o == nil {
		return
	}
	if o.Issuer == "" || o.ClientID == "" {
		x.bad("openid", "issuer and clientId are what the provider gave you")
	}
	if (o.FHIRUserClaim == "") == (o.MemberClaim == "") {
		x.bad("openid", "either fhirUserClaim or memberClaim says which claim names the member")
	}
	if o.MemberClaim == "" && o.BirthdateClaim != "" {
		x.bad("openid.birthdateClaim", "goes with memberClaim")
	}
	if o.MemberClaim != "" && o.IdentifierSystem == "" {
		x.bad("openid.identifierSystem", "is missing: the system of the Patient.identifier that memberClaim holds")
	}
	if o.FHIRUserClaim != "" && len(c.Lines) > 1 {
		x.bad("openid.fhirUserClaim", "cannot say in which of several lines the person is; use memberClaim")
	}
	if o.Name == "" {
		o.Name = c.Organization.Name
	}
}

func (c *Config) checkRegistration(x *checker) {
	r := &c.Registration
	if r.Mode == "" {
		if r.Mode = "open"; len(r.InitialTokens) > 0 {
			r.Mode = "token"
		}
	}
	switch r.Mode {
	case "open", "closed":
		if len(r.InitialTokens) > 0 {
			x.bad("registration.initialTokens", "are for mode token")
		}
	case "token":
		if len(r.InitialTokens) == 0 {
			x.bad("registration.initialTokens", "are missing: woodlawn serve initial-token makes one")
		}
	default:
		x.bad("registration.mode", "%q is not open, token or closed", r.Mode)
	}
	for i, t := range r.InitialTokens {
		if b, err := base64.RawURLEncoding.DecodeString(t); err != nil || len(b) != 32 {
			x.bad(fmt.Sprintf("registration.initialTokens[%d]", i), "is no digest of a token; woodlawn serve initial-token makes both")
		}
	}
}
