// SPDX-License-Identifier: Apache-2.0

// Package site is a payer's FHIR service as its settings describe it: lines of
// business with a FHIR endpoint each, the authorization server that members and
// apps log in at, public endpoints, and the audit trail of all of them.
//
//   - config.go, check.go: the settings file
//   - accounts.go, openid.go, community.go: who logs in, and who vouches for apps
//   - site.go, line.go: what the settings become
//   - authorize.go, access.go: what a token's bearer may see
//   - trail.go, auditevent.go: the audit trail, and what members read of it
//   - admin.go: the operator's way in while the server runs
//   - tls.go: certificates
//   - rules.go, usage.go, timeliness.go: what the rules ask of each line
package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/server/subscriptions"
)

// Config is the settings file. docs/reference/serve-config.md says what each field
// means; ReadConfig and Check say what is wrong with one.
type Config struct {
	Organization Organization `json:"organization"`
	// Issuer is the address under which members and apps know the service, without a
	// final slash: https://fhir.example.org. FHIR bases are paths below it.
	Issuer       string       `json:"issuer"`
	Open         bool         `json:"open"`
	TLS          TLS          `json:"tls"`
	Proxy        Proxy        `json:"proxy"`
	Limits       Limits       `json:"limits"`
	Accounts     []Account    `json:"accounts"`
	OpenID       *OpenID      `json:"openid"`
	Registration Registration `json:"registration"`
	Scopes       string       `json:"scopes"`
	UDAP         []Community  `json:"udap"`
	Lifetimes    Lifetimes    `json:"lifetimes"`
	Lines        []Line       `json:"lines"`
	Directory    *Public      `json:"directory"`
	Formulary    *Public      `json:"formulary"`
	Services
	// AllowPrivateAddresses lets keys be fetched from loopback and private addresses
	// and by plain http: for closed networks and tests.
	AllowPrivateAddresses bool `json:"allowPrivateAddresses"`

	dir string // of the file; names of files are relative to it
}

// Services are what lines do beside reading, writing and searching.
type Services struct {
	Packages       []string `json:"packages"`       // FHIR packages, definitions, or folders of them
	ValidateWrites bool     `json:"validateWrites"` // refuse resources with errors
	Import         Import   `json:"import"`
	Measures       Measures `json:"measures"`
	Subscriptions  Notify   `json:"subscriptions"`
}

// Notify is whom a line may tell of changes, and of what.
type Notify struct {
	Topics    []subscriptions.Topic `json:"topics"`    // beside that of any change
	Endpoints []string              `json:"endpoints"` // beginnings of addresses that may be told; every public https address by default
	Private   bool                  `json:"private"`   // allow loopback and private addresses, and plain http
}

// Measures are quality measures that lines compute beside those of their stores.
type Measures struct {
	Bundles        []string `json:"bundles"`        // files of measure bundles
	Reporter       string   `json:"reporter"`       // who reports, as Organization/1
	MissingAsEmpty bool     `json:"missingAsEmpty"` // take value sets without an expansion as empty
	TrustProfiles  bool     `json:"trustProfiles"`  // retrieve by meta.profile
	SubmitFrom     []string `json:"submitFrom"`     // beginnings of https addresses that $bulk-submit may read
}

// Import is what $import may read.
type Import struct {
	Folder         string   `json:"folder"`         // of files
	Addresses      []string `json:"addresses"`      // beginnings of https addresses
	MaxUploadBytes int64    `json:"maxUploadBytes"` // of a body; 16 GiB by default
}

// Organization is who offers the service.
type Organization struct {
	Name    string  `json:"name"`
	Contact Contact `json:"contact"`
}

// Contact is where to ask, for developers of apps and for members.
type Contact struct {
	Email string `json:"email"`
	Phone string `json:"phone"`
	URL   string `json:"url"`
}

// String is the contact in one line.
func (c Contact) String() string {
	return strings.Join(slices.DeleteFunc([]string{c.Email, c.Phone, c.URL}, func(s string) bool { return s == "" }), " · ")
}

// TLS is the server's certificate.
type TLS struct {
	Certificate string `json:"certificate"` // PEM file: the certificate and those that vouch for it
	Key         string `json:"key"`         // PEM file
}

// Proxy is what stands in front of the server.
type Proxy struct {
	// AddressHeader is the header in which the proxy gives the client's address, as
	// X-Forwarded-For; its last value counts.
	AddressHeader string `json:"addressHeader"`
}

// Limits of requests. Zero fields have defaults.
type Limits struct {
	MaxBodyBytes      int64    `json:"maxBodyBytes"`
	MaxBundleEntries  int      `json:"maxBundleEntries"`
	Request           Duration `json:"request"`
	Header            Duration `json:"header"`
	Idle              Duration `json:"idle"`
	RequestsPerSecond float64  `json:"requestsPerSecond"`
	Burst             int      `json:"burst"`
}

// Account is a person with a password here.
type Account struct {
	ID           string     `json:"id"`
	Username     string     `json:"username"`
	PasswordHash string     `json:"passwordHash"`
	Name         string     `json:"name"`
	FHIRUser     string     `json:"fhirUser"`
	Patients     []Person   `json:"patients"`
	At           []Presence `json:"at"`
	Staff        bool       `json:"staff"`
}

// Presence is what a person is in one of several lines.
type Presence struct {
	Line     string   `json:"line"`
	FHIRUser string   `json:"fhirUser"`
	Patients []Person `json:"patients"`
}

// Person is a patient whose record an account may open.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// OpenID is a provider at which members log in.
type OpenID struct {
	Name             string   `json:"name"`
	Issuer           string   `json:"issuer"`
	ClientID         string   `json:"clientId"`
	ClientSecretFile string   `json:"clientSecretFile"`
	Scopes           []string `json:"scopes"`
	// FHIRUserClaim is the claim that holds a reference such as Patient/123. Otherwise
	// MemberClaim holds an identifier, under IdentifierSystem, of the member's Patient.
	FHIRUserClaim    string `json:"fhirUserClaim"`
	MemberClaim      string `json:"memberClaim"`
	IdentifierSystem string `json:"identifierSystem"`
	// BirthdateClaim is a claim with the day of birth, that the Patient must have too.
	BirthdateClaim string `json:"birthdateClaim"`
}

// Registration says who may register an app over the network.
type Registration struct {
	Mode          string   `json:"mode"` // open, token or closed
	InitialTokens []string `json:"initialTokens"`
}

// Community is a UDAP trust community, with PEM files.
type Community struct {
	Community              string   `json:"community"`
	Anchors                string   `json:"anchors"`
	Revocations            []string `json:"revocations"`
	Certificate            string   `json:"certificate"`
	Key                    string   `json:"key"`
	Scopes                 string   `json:"scopes"`
	Certifications         []string `json:"certifications"`
	RequiredCertifications []string `json:"requiredCertifications"`
}

// Lifetimes of tokens, sessions and keys. Zero fields have defaults.
type Lifetimes struct {
	Access  Duration `json:"access"`
	Backend Duration `json:"backend"`
	Code    Duration `json:"code"`
	Offline Duration `json:"offline"`
	Online  Duration `json:"online"`
	Session Duration `json:"session"`
	Key     Duration `json:"key"`
}

// Line is a line of business with a FHIR endpoint of its own.
type Line struct {
	ID       string   `json:"id"`
	Kind     Kind     `json:"kind"`
	Contract string   `json:"contract"`
	Plans    []string `json:"plans"`
	Path     string   `json:"path"`
	Data     string   `json:"data"`
	DB       string   `json:"db"`
	USCore   string   `json:"usCore"`
	Types    []string `json:"types"`
}

// Public is an endpoint for everybody, for reading only.
type Public struct {
	Path string `json:"path"`
	Data string `json:"data"`
	DB   string `json:"db"`
	// Bulk lets everybody export the whole endpoint ($export).
	Bulk bool `json:"bulk"`
}

// Duration is a time.Duration written as 15m, 8h or 90d.
type Duration time.Duration

// UnmarshalJSON reads it.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("a time is a text such as 30s, 15m, 8h or 90d, not %s", b)
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return fmt.Errorf("%q is no time: write 30s, 15m, 8h or 90d", text)
		}
		*d = Duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no time: write 30s, 15m, 8h or 90d", text)
	}
	*d = Duration(v)
	return nil
}

// or is the duration, or a default for none.
func (d Duration) or(usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return time.Duration(d)
}

// ReadConfig reads and checks a settings file.
func ReadConfig(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := parseConfig(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.dir = filepath.Dir(path)
	for i, p := range c.Packages {
		c.Packages[i] = c.file(p)
	}
	c.Import.Folder = c.file(c.Import.Folder)
	for i, b := range c.Measures.Bundles {
		c.Measures.Bundles[i] = c.file(b)
	}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	return c, nil
}

func parseConfig(r io.Reader) (*Config, error) {
	b, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	c := &Config{}
	if err := dec.Decode(c); err != nil {
		return nil, placed(b, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the settings' closing brace")
	}
	return c, nil
}

// placed says in which line an error is.
func placed(b []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &wrong):
		offset = wrong.Offset
		err = fmt.Errorf("%s: a %s cannot be here", wrong.Field, wrong.Value)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		err = fmt.Errorf("there is no setting %s; docs/reference/serve-config.md lists them", strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	offset = min(max(offset, 0), int64(len(b)))
	return fmt.Errorf("line %d: %w", strings.Count(string(b[:offset]), "\n")+1, err)
}

// file is a path of the settings, relative to their file.
func (c *Config) file(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}
