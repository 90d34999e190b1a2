// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/woodlawn-health/woodlawn/smart/audit"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// statement is what a UDAP software statement says besides the registered claims.
type statement struct {
	Name       string   `json:"client_name"`
	Redirects  []string `json:"redirect_uris"`
	Contacts   []string `json:"contacts"`
	Logo       string   `json:"logo_uri"`
	Grants     []string `json:"grant_types"`
	Responses  []string `json:"response_types"`
	AuthMethod string   `json:"token_endpoint_auth_method"`
	Scope      string   `json:"scope"`
}

func invalidStatement(text string) *Error {
	return &Error{400, "invalid_software_statement", text, nil}
}

// registerUDAP registers, changes or ends a registration by a signed software
// statement (UDAP Security 1.0.0 section 3). The client URI that its certificate
// names is one registration in a community: a later statement changes it and keeps its
// client_id; one without grant types ends it.
func (s *Server) registerUDAP(ctx context.Context, text, version string, certifications []string, event *audit.Event) (int, map[string]any, error) {
	if version != "1" {
		return 0, nil, invalidMetadata("udap must be 1")
	}
	a, err := parseAssertion(text)
	if err != nil {
		return 0, nil, invalidStatement("the software statement is not a signed JWT").because(err)
	}
	chain, err := chainOf(text)
	if err != nil {
		return 0, nil, invalidStatement("the software statement carries no certificates in x5c").because(err)
	}
	m, err := s.trustedBy(chain)
	if err != nil {
		return 0, nil, (&Error{400, "unapproved_software_statement", "no trusted certificate chain could be built", nil}).because(err)
	}
	if err := a.checkSignature(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: chain[0].PublicKey, KeyID: a.header.KeyID}}}); err != nil {
		return 0, nil, invalidStatement("the signature could not be verified").because(err)
	}
	c := a.claims
	switch {
	case c.Issuer == "" || c.Issuer != c.Subject || !names(chain[0], c.Issuer):
		return 0, nil, invalidStatement("iss and sub must be the client URI that the certificate names")
	case c.IssuedAt == nil:
		return 0, nil, invalidStatement("iat is required")
	}
	if err := a.checkClaims(s.Now(), s.endpoint(pathRegister)); err != nil {
		return 0, nil, invalidStatement("the software statement is refused: " + err.Error())
	}
	var st statement
	if err := a.token.UnsafeClaimsWithoutVerification(&st); err != nil { // the signature was checked above
		return 0, nil, invalidMetadata("the metadata cannot be read").because(err)
	}
	client, err := s.udapClient(&st, m)
	if err != nil {
		return 0, nil, err
	}
	var accepted []string
	if len(st.Grants) > 0 {
		if accepted, err = s.certified(certifications, c.Issuer, &st, m); err != nil {
			return 0, nil, err
		}
	}
	client.UDAP = &UDAPClient{Community: m.URI, URI: c.Issuer, Certificate: chain[0].Raw, Statement: c.IssuedAt.Time()}
	if len(chain[0].Subject.Organization) > 0 {
		client.UDAP.Organization = chain[0].Subject.Organization[0]
	}
	if err := s.spend(ctx, c.Issuer, a); err != nil {
		if errors.Is(err, ErrFull) || asError(err).Status >= 500 {
			return 0, nil, err
		}
		return 0, nil, invalidStatement("the software statement was used before")
	}
	status, out, err := s.keepUDAP(ctx, client, text, event)
	if err == nil && len(accepted) > 0 {
		out["certifications"] = accepted
	}
	return status, out, err
}

// udapClient checks the metadata of a statement.
func (s *Server) udapClient(st *statement, m *Community) (*Client, error) {
	c := &Client{Name: st.Name, RedirectURIs: st.Redirects, GrantTypes: st.Grants, AuthMethod: authKey, Logo: st.Logo,
		Contacts: st.Contacts, Approved: true, UDAP: &UDAPClient{}}
	own, code := slices.Contains(st.Grants, grantOwn), slices.Contains(st.Grants, grantCode)
	switch {
	case st.AuthMethod != authKey:
		return nil, invalidMetadata("token_endpoint_auth_method must be private_key_jwt")
	case st.Grants == nil:
		return nil, invalidMetadata("grant_types is required")
	case len(st.Grants) == 0:
		return c, nil // ends the registration
	case own == code:
		return nil, invalidMetadata("grant_types must hold authorization_code or client_credentials, not both")
	case code && !slices.Equal(st.Responses, []string{"code"}):
		return nil, invalidMetadata("response_types must be code")
	case code && st.Logo == "":
		return nil, invalidMetadata("logo_uri is required with authorization_code")
	case len(st.Contacts) == 0 || !slices.ContainsFunc(st.Contacts, func(x string) bool { return strings.HasPrefix(x, "mailto:") }):
		return nil, invalidMetadata("contacts must hold a mailto URI")
	case st.Scope == "":
		return nil, invalidMetadata("scope is required")
	}
	asked, err := scope.ParseSet(st.Scope)
	if err != nil {
		return nil, invalidMetadata("scope cannot be read").because(err)
	}
	if own {
		c.Scopes = asked.Intersect(m.Scopes).Intersect(s.Scopes)
	} else {
		c.Scopes = withoutSystem(asked.Intersect(s.Scopes))
	}
	if c.Scopes.Empty() {
		return nil, invalidMetadata("none of the scopes may be granted")
	}
	return c, s.checkClient(c)
}

// keepUDAP writes the registration under its client URI.
func (s *Server) keepUDAP(ctx context.Context, c *Client, text string, event *audit.Event) (int, map[string]any, error) {
	name := digest(c.UDAP.Community + "\n" + c.UDAP.URI)
	var id string
	nameRecord, err := s.get(ctx, kindUDAPName, name, &id)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return 0, nil, err
	}
	ends, status := len(c.GrantTypes) == 0, http.StatusOK
	switch {
	case id == "" && ends:
		return 0, nil, invalidMetadata("there is no registration to end")
	case id == "":
		id, status = secret()[:26], http.StatusCreated
		nameRecord = Record{Kind: kindUDAPName, Key: name}
	}
	c.ID, c.Registered = id, s.Now().UTC().Truncate(time.Second)
	event.Client = id
	client, err := put(Record{Kind: kindClient, Key: id, Version: AnyVersion}, c)
	if err != nil {
		return 0, nil, err
	}
	uri, err := put(nameRecord, id)
	if err != nil {
		return 0, nil, err
	}
	if ends {
		event.Action = audit.Delete
		client.Delete, uri.Delete = true, true
		s.verified.clear()
	}
	if err := s.records.Write(ctx, uri, client); err != nil {
		return 0, nil, fmt.Errorf("UDAP registration: %w", err)
	}
	out := registration(c, "")
	out["software_statement"] = text
	out["grant_types"] = texts(c.GrantTypes)
	return status, out, nil
}
