// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// Ways in which a client proves who it is.
const (
	authNone   = "none"                // public app: PKCE alone
	authBasic  = "client_secret_basic" // confidential, symmetric
	authPost   = "client_secret_post"
	authKey    = "private_key_jwt" // confidential, asymmetric
	grantCode  = "authorization_code"
	grantFresh = "refresh_token"
	grantOwn   = "client_credentials"
)

// Client is a registered app or backend service. The JSON names are those of RFC 7591.
type Client struct {
	ID           string              `json:"client_id"`
	Name         string              `json:"client_name"`
	RedirectURIs []string            `json:"redirect_uris,omitempty"`
	GrantTypes   []string            `json:"grant_types"`
	AuthMethod   string              `json:"token_endpoint_auth_method"`
	Scopes       scope.Set           `json:"scope"` // the most it may be granted
	JWKS         *jose.JSONWebKeySet `json:"jwks,omitempty"`
	JWKSURI      string              `json:"jwks_uri,omitempty"`
	SecretHash   string              `json:"secret_hash,omitempty"` // Digest of the secret
	LaunchURI    string              `json:"initiate_login_uri,omitempty"`
	Site         string              `json:"client_uri,omitempty"`
	Policy       string              `json:"policy_uri,omitempty"`
	Terms        string              `json:"tos_uri,omitempty"`
	Logo         string              `json:"logo_uri,omitempty"`
	Contacts     []string            `json:"contacts,omitempty"`
	SoftwareID   string              `json:"software_id,omitempty"`
	Registered   time.Time           `json:"registered"`
	Approved     bool                `json:"approved"` // an operator, or a trust community, vouches for it
	Introspect   bool                `json:"introspect,omitempty"`
	UDAP         *UDAPClient         `json:"udap,omitempty"`
}

// UDAPClient is what a UDAP registration rests on.
type UDAPClient struct {
	Community    string    `json:"community"`
	URI          string    `json:"uri"`         // name of the client in its certificate
	Certificate  []byte    `json:"certificate"` // DER of the certificate that it registered with
	Organization string    `json:"organization,omitempty"`
	Statement    time.Time `json:"statement"` // when the software statement was issued
}

// ErrNoClient is returned for a client id that is not registered.
var ErrNoClient = errors.New("no such client")

// Client is a registered client.
func (s *Server) Client(ctx context.Context, id string) (*Client, error) {
	var c Client
	_, err := s.get(ctx, kindClient, id, &c)
	if errors.Is(err, ErrNoRecord) {
		return nil, ErrNoClient
	}
	return &c, err
}

// Clients are all registered clients.
func (s *Server) Clients(ctx context.Context) ([]*Client, error) {
	records, err := s.records.List(ctx, kindClient, "")
	if err != nil {
		return nil, err
	}
	clients := make([]*Client, 0, len(records))
	for _, r := range records {
		c, err := s.Client(ctx, r.Key)
		if err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

// AddClient registers a client on an operator's word. It fails if the metadata
// contradict themselves. secret is empty unless the client has one; it is not kept.
func (s *Server) AddClient(ctx context.Context, c Client) (client *Client, secretText string, err error) {
	if c.ID == "" {
		c.ID = secret()[:26]
	}
	if err := s.checkClient(&c); err != nil {
		return nil, "", err
	}
	if c.AuthMethod == authBasic || c.AuthMethod == authPost {
		secretText = secret()
		c.SecretHash = digest(secretText)
	}
	c.Registered = s.Now().UTC()
	if err := s.write(ctx, Record{Kind: kindClient, Key: c.ID}, &c); err != nil {
		return nil, "", err
	}
	return &c, secretText, nil
}

// ApproveClient lets a client use the scopes that need an operator's word.
func (s *Server) ApproveClient(ctx context.Context, id string, scopes scope.Set) error {
	var c Client
	r, err := s.get(ctx, kindClient, id, &c)
	if err != nil {
		return ErrNoClient
	}
	c.Approved, c.Scopes = true, scopes
	return s.write(ctx, Record{Kind: kindClient, Key: id, Version: r.Version}, &c)
}

// RemoveClient ends a registration. Its tokens are refused from then on.
func (s *Server) RemoveClient(ctx context.Context, id string) error {
	s.verified.clear()
	return s.records.Write(ctx, Change{Delete: true, Record: Record{Kind: kindClient, Key: id, Version: AnyVersion}})
}

// may tells whether a client registered for a grant type.
func (c *Client) may(grant string) bool { return slices.Contains(c.GrantTypes, grant) }

// public tells whether a client cannot keep a secret.
func (c *Client) public() bool { return c.AuthMethod == authNone }

// Limits on registrations.
const (
	maxText      = 500
	maxRedirects = 20
	maxKeys      = 10
)

// checkClient checks metadata and fills in what RFC 7591 section 2 says of missing ones.
func (s *Server) checkClient(c *Client) error {
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" || len(c.Name) > 100 || strings.ContainsFunc(c.Name, unprintable) {
		return invalidMetadata("client_name is required: up to 100 printable bytes, shown to members")
	}
	if len(c.GrantTypes) == 0 {
		c.GrantTypes = []string{grantCode}
	}
	for _, g := range c.GrantTypes {
		if g != grantCode && g != grantFresh && g != grantOwn {
			return invalidMetadata("grant_types may be authorization_code, refresh_token and client_credentials")
		}
	}
	if c.AuthMethod == "" {
		c.AuthMethod = authBasic
	}
	if err := s.checkKeys(c); err != nil {
		return err
	}
	if c.may(grantOwn) && c.AuthMethod != authKey {
		return invalidMetadata("client_credentials needs token_endpoint_auth_method private_key_jwt")
	}
	if c.may(grantCode) != (len(c.RedirectURIs) > 0) || len(c.RedirectURIs) > maxRedirects {
		return invalidMetadata("authorization_code needs 1 to 20 redirect_uris, other grants none")
	}
	for _, uri := range c.RedirectURIs {
		if err := checkRedirect(uri, c.public()); err != nil {
			return &Error{400, "invalid_redirect_uri", err.Error(), nil}
		}
	}
	for _, uri := range []string{c.LaunchURI, c.Site, c.Policy, c.Terms, c.Logo} {
		if u, err := url.Parse(uri); uri != "" && (err != nil || len(uri) > maxText || u.Host == "" || u.User != nil ||
			(u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())))) {
			return invalidMetadata("URIs of the app must be https URLs")
		}
	}
	if len(c.Contacts) > 10 || len(c.SoftwareID) > maxText || slices.ContainsFunc(c.Contacts, func(x string) bool { return len(x) > maxText }) {
		return invalidMetadata("contacts or software_id are too long")
	}
	return nil
}

func (s *Server) checkKeys(c *Client) error {
	switch c.AuthMethod {
	case authNone, authBasic, authPost:
		if c.JWKS != nil || c.JWKSURI != "" {
			return invalidMetadata("keys are for token_endpoint_auth_method private_key_jwt")
		}
		return nil
	case authKey:
	default:
		return invalidMetadata("token_endpoint_auth_method may be none, client_secret_basic, client_secret_post or private_key_jwt")
	}
	switch {
	case c.UDAP != nil:
		return nil // its key is in its certificate
	case (c.JWKS != nil) == (c.JWKSURI != ""):
		return invalidMetadata("private_key_jwt needs either jwks or jwks_uri")
	case c.JWKSURI != "":
		if len(c.JWKSURI) > maxText || s.fetch.gate.Check(c.JWKSURI) != nil {
			return invalidMetadata("jwks_uri must be an https URL with a public address")
		}
		return nil
	case len(c.JWKS.Keys) == 0 || len(c.JWKS.Keys) > maxKeys:
		return invalidMetadata("jwks must hold 1 to 10 keys")
	}
	for _, key := range c.JWKS.Keys {
		if !strong(key) {
			return invalidMetadata("jwks must hold public signing keys: RSA of 2048 bits or more, P-256 or P-384")
		}
	}
	return nil
}

// checkRedirect says what is wrong with a redirect URI. Web apps take https; http
// is for loopback, where native apps listen; a scheme of a public app's own must
// look like a domain name turned round (RFC 8252 section 7.1).
func checkRedirect(uri string, public bool) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil || len(uri) > maxText || strings.ContainsFunc(uri, unprintable) || strings.ContainsAny(uri, " \\*"):
		return errors.New("a redirect URI is not a URI")
	case strings.Contains(uri, "#") || u.User != nil:
		return errors.New("a redirect URI must have no fragment and no user")
	case u.Scheme == "https" && u.Hostname() != "":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme != "http" && u.Scheme != "https" && public && strings.Contains(u.Scheme, "."):
		return nil
	}
	return errors.New("a redirect URI must be https, or http on loopback, or a scheme such as org.example.app for public apps")
}

// redirectMatches compares a redirect URI with those registered, character by
// character; only the port of a loopback address may differ (RFC 8252 section 7.3).
func (c *Client) redirectMatches(uri string) bool {
	if slices.Contains(c.RedirectURIs, uri) {
		return true
	}
	want, ok := withoutLoopbackPort(uri)
	return ok && c.public() && slices.ContainsFunc(c.RedirectURIs, func(have string) bool {
		have, ok := withoutLoopbackPort(have)
		return ok && have == want
	})
}

func withoutLoopbackPort(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.User != nil || strings.Contains(uri, "#") {
		return "", false
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return "", false
	}
	if u.Port() != "" {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.String(), true
}

func unprintable(r rune) bool {
	return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}
