// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"encoding/json"
	"net/http"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// capabilities are SMART capabilities that the server has; what it grants decides on the rest.
func (s *Server) capabilities() []string {
	caps := []string{"launch-standalone", "launch-ehr", "client-public", "client-confidential-symmetric",
		"client-confidential-asymmetric", "sso-openid-connect", "context-ehr-patient", "context-ehr-encounter", "context-standalone-patient",
		"permission-v1", "permission-v2", "authorize-post"}
	for _, x := range []struct {
		has bool
		cap string
	}{
		{s.Scopes.Has(scope.OfflineAccess), "permission-offline"}, {s.Scopes.Has(scope.OnlineAccess), "permission-online"},
		{s.Scopes.HasContext(scope.Patient), "permission-patient"}, {s.Scopes.HasContext(scope.User), "permission-user"},
	} {
		if x.has {
			caps = append(caps, x.cap)
		}
	}
	return caps
}

func (s *Server) metadata() map[string]any {
	m := map[string]any{
		"issuer": s.Issuer, "jwks_uri": s.endpoint(pathJWKS),
		"authorization_endpoint": s.endpoint(pathAuthorize), "token_endpoint": s.endpoint(pathToken),
		"introspection_endpoint": s.endpoint(pathIntrospect), "revocation_endpoint": s.endpoint(pathRevoke),
		"management_endpoint":                              s.endpoint(pathApps),
		"grant_types_supported":                            []string{grantCode, grantFresh, grantOwn},
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            []string{authBasic, authPost, authKey, authNone},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS384", "ES384", "RS256", "ES256"},
		"scopes_supported":                                 s.Scopes.Words(),
		"authorization_response_iss_parameter_supported":   true,
		"introspection_endpoint_auth_methods_supported":    []string{authBasic, authPost, authKey},
		"revocation_endpoint_auth_methods_supported":       []string{authBasic, authPost, authKey, authNone},
	}
	if !s.Registration.Closed {
		m["registration_endpoint"] = s.endpoint(pathRegister)
	}
	return m
}

func (s *Server) serveSMARTConfiguration(w http.ResponseWriter, _ *http.Request) {
	m := s.metadata()
	m["capabilities"] = s.capabilities()
	writeMetadata(w, m)
}

func (s *Server) serveOpenIDConfiguration(w http.ResponseWriter, _ *http.Request) {
	m := s.metadata()
	m["userinfo_endpoint"] = s.endpoint(pathUserInfo)
	m["subject_types_supported"] = []string{"public"}
	m["id_token_signing_alg_values_supported"] = []string{"RS256"}
	m["claims_supported"] = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser", "profile"}
	m["prompt_values_supported"] = []string{"none", "login", "consent"}
	writeMetadata(w, m)
}

func writeMetadata(w http.ResponseWriter, m map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(m)
}

// CapabilitySecurity is the rest.security element of the FHIR server's
// CapabilityStatement, with the endpoints in the extension of SMART 1.
func (s *Server) CapabilitySecurity() json.RawMessage {
	type ext map[string]any
	uri := func(name, path string) ext { return ext{"url": name, "valueUri": s.endpoint(path)} }
	uris := []ext{uri("authorize", pathAuthorize), uri("token", pathToken), uri("introspect", pathIntrospect), uri("revoke", pathRevoke), uri("manage", pathApps)}
	if !s.Registration.Closed {
		uris = append(uris, uri("register", pathRegister))
	}
	b, _ := json.Marshal(map[string]any{
		"extension": []ext{{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": uris}},
		"cors":      true,
		"service": []any{map[string]any{"coding": []any{map[string]string{
			"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}}}},
	})
	return b
}
