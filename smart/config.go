// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// Config sets a Server up. Issuer, Resources, Records and Audit are required.
type Config struct {
	// Issuer is the URL of the authorization server, for example
	// https://fhir.example.org. It must be https outside loopback.
	Issuer string
	// Resources are the FHIR base URLs that tokens are made for, the first being the
	// default of backend services. Discovery documents are served under each.
	Resources []string
	// Organization is the name that members see on the pages.
	Organization string
	// Contact is where members may ask, below the pages; empty for nothing.
	Contact string

	Records Records
	Audit   *audit.Trail
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // nil: time.Now

	Accounts []Account // built-in accounts; nil if members log in elsewhere
	Upstream *Upstream // OpenID provider where members log in; nil for none

	// Scopes limits what any app may be granted; the zero value means DefaultScopes.
	Scopes       scope.Set
	Registration Registration
	Communities  []Community // UDAP trust communities; none turns UDAP off
	Lifetimes    Lifetimes   // zero fields have defaults

	// AllowPrivate lets the server fetch keys from loopback and private addresses
	// and by plain http: for tests and closed networks.
	AllowPrivate bool
	// RootCAs verify the TLS certificates of servers that keys are fetched from;
	// nil means the system's.
	RootCAs *x509.CertPool
	// BaseName names a FHIR base of Resources in the audit trail, for good: it must not
	// change with the address. Nil takes the path of the address.
	BaseName func(resource string) string
	// ClientIP gives the address of a request for rate limits and the audit trail; nil
	// takes the connection's. Set it behind a proxy.
	ClientIP func(*http.Request) string
	// Rates limits requests; zero fields have defaults.
	Rates Rates
}

// Registration says who may register an app.
type Registration struct {
	// Closed refuses all registrations over the network.
	Closed bool
	// InitialTokens, if any, are the SHA-256 (base64url, see Digest) of the initial
	// access tokens of which a registration must carry one (RFC 7591 section 3).
	InitialTokens []string
}

// Lifetimes of what the server hands out.
type Lifetimes struct {
	Access  time.Duration // access tokens of members' apps; default 15 minutes, at most 1 hour
	Backend time.Duration // access tokens of backend services; default and most 5 minutes
	Code    time.Duration // authorization codes; default 1 minute, at most 10
	Offline time.Duration // refresh with offline_access; default 90 days
	Online  time.Duration // refresh with online_access; default 8 hours
	Session time.Duration // a member's login; default 30 minutes
	Key     time.Duration // a signing key signs; default 30 days
}

// DefaultScopes is what apps may be granted unless Config says otherwise: reading
// only, since the Patient Access API changes nothing.
var DefaultScopes = scope.MustSet("openid fhirUser profile launch launch/patient launch/encounter online_access offline_access " +
	"patient/*.rs user/*.rs system/*.rs")

// Account is a person who can log in.
type Account struct {
	ID           string // subject of tokens; never changes, says nothing about the person
	Username     string
	PasswordHash string // bcrypt; see HashPassword
	Name         string // as the pages greet them
	FHIRUser     string // Patient/123, RelatedPerson/5, Practitioner/7 or Person/9
	// Patients are the records that the person may open; the first is the default. A
	// member has their own, a representative those of others.
	Patients []Person
	// At is what the person is at each FHIR base, where the bases have patients of
	// their own. Then FHIRUser and Patients are not read, and a base that is not named
	// knows nobody of them.
	At []Presence
	// Staff may use user/ scopes without being bound to Patients.
	Staff bool
}

// Person is a patient that an account may choose.
type Person struct {
	ID   string // id of the Patient resource
	Name string
}

// Community is a UDAP trust community.
type Community struct {
	URI     string         // as apps name it in the community parameter; may be empty for the only one
	Anchors *x509.CertPool // certificates that apps' chains must lead to
	// Revocations gives the revocation lists of the issuers of apps' chains, as they are
	// now; an error trusts nobody. Nil: no list is consulted.
	Revocations func() ([]*x509.RevocationList, error)
	// Chain is the server's certificate for this community and those that vouch for
	// it, the server's first. Its alternative names must hold each FHIR base URL.
	Chain  []*x509.Certificate
	Key    crypto.Signer // of Chain[0]: RSA or P-256, P-384
	Scopes scope.Set     // what its backend services may have; zero: none
	// Certifications are UDAP certification URIs that are understood, and those required.
	Certifications, RequiredCertifications []string
}

// Digest is the form in which Config holds secret tokens.
func Digest(secret string) string { return digest(secret) }

func (c *Config) check() error {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" || strings.HasSuffix(c.Issuer, "/") {
		return fmt.Errorf("issuer %q must be a URL without query, fragment or final slash", c.Issuer)
	}
	if issuer.Scheme != "https" && (issuer.Scheme != "http" || !isLoopback(issuer.Hostname())) {
		return fmt.Errorf("issuer %q must be https: tokens and passwords travel to it", c.Issuer)
	}
	if len(c.Resources) == 0 {
		return errors.New("at least one FHIR base URL is needed")
	}
	for i, r := range c.Resources {
		c.Resources[i] = strings.TrimSuffix(r, "/")
		if u, err := url.Parse(r); err != nil || u.Host == "" || (u.Scheme != "https" && !isLoopback(u.Hostname())) {
			return fmt.Errorf("FHIR base %q must be an https URL", r)
		}
	}
	if c.Records == nil || c.Audit == nil {
		return errors.New("the authorization server needs records and an audit trail")
	}
	for _, a := range c.Accounts {
		if err := a.check(c.Resources); err != nil {
			return err
		}
	}
	if c.Upstream != nil && (c.Upstream.Issuer == "" || c.Upstream.ClientID == "" || c.Upstream.Account == nil) {
		return errors.New("the OpenID provider needs issuer, client id, and a way to find the account")
	}
	return c.checkCommunities()
}

func (a *Account) check(resources []string) error {
	if a.ID == "" || a.Username == "" || len(a.At) == 0 && !validFHIRUser(a.FHIRUser) {
		return fmt.Errorf("account %q needs an id, a user name, and a fhirUser such as Patient/1", a.ID)
	}
	if strings.HasPrefix(a.ID, UpstreamID) {
		return fmt.Errorf("account %q: ids that begin with %s are those of the OpenID provider", a.ID, UpstreamID)
	}
	for _, p := range a.At {
		if !slices.Contains(resources, p.Resource) || !validFHIRUser(p.FHIRUser) {
			return fmt.Errorf("account %q: %s is no FHIR base here, or its fhirUser is not one such as Patient/1", a.ID, p.Resource)
		}
	}
	return nil
}

func (c *Config) checkCommunities() error {
	for _, m := range c.Communities {
		if m.Anchors == nil || len(m.Chain) == 0 || m.Key == nil {
			return fmt.Errorf("UDAP community %q needs anchors, a certificate and its key", m.URI)
		}
		if _, err := algorithmOf(m.Key.Public()); err != nil {
			return fmt.Errorf("UDAP community %q: %w", m.URI, err)
		}
		for _, r := range c.Resources {
			if !slices.ContainsFunc(m.Chain[0].URIs, func(u *url.URL) bool { return strings.TrimSuffix(u.String(), "/") == r }) {
				return fmt.Errorf("UDAP community %q: the certificate does not name %s", m.URI, r)
			}
		}
	}
	return nil
}

func (c *Config) setDefaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Scopes.Empty() {
		c.Scopes = DefaultScopes
	}
	if c.Organization == "" {
		c.Organization = "Woodlawn"
	}
	if c.ClientIP == nil {
		c.ClientIP = func(r *http.Request) string {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			return host
		}
	}
	l := &c.Lifetimes
	l.Access = within(l.Access, 15*time.Minute, time.Hour)
	l.Backend = within(l.Backend, 5*time.Minute, 5*time.Minute)
	l.Code = within(l.Code, time.Minute, 10*time.Minute)
	l.Offline = within(l.Offline, 90*24*time.Hour, 0)
	l.Online = within(l.Online, 8*time.Hour, 0)
	l.Session = within(l.Session, 30*time.Minute, 0)
	l.Key = within(l.Key, 30*24*time.Hour, 0)
	c.Rates.setDefaults()
}

// within is d, the default if d is zero, and at most most unless that is zero.
func within(d, usual, most time.Duration) time.Duration {
	if d <= 0 {
		d = usual
	}
	if most > 0 {
		d = min(d, most)
	}
	return d
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func validFHIRUser(ref string) bool {
	typ, id, ok := strings.Cut(ref, "/")
	return ok && slices.Contains([]string{"Patient", "RelatedPerson", "Practitioner", "Person"}, typ) && validID(id)
}

// validID tells whether s is a FHIR id.
func validID(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
