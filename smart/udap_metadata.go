// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"net/http"
	"time"

	"github.com/woodlawn-health/woodlawn/smart/scope"
)

// b2bExtension is the authorization extension of UDAP Security.
const b2bExtension = "hl7-b2b"

// serveUDAP tells UDAP clients about the server, for one FHIR base (UDAP Security
// 1.0.0 section 2). The metadata are signed with the certificate of the community
// that the client names. Without communities there is no UDAP: 404.
func (s *Server) serveUDAP(resource string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query().Get("community")
		for i := range s.Communities {
			if m := &s.Communities[i]; asked == "" || asked == m.URI {
				meta, err := s.udapMetadata(m, resource)
				if err != nil {
					s.fail(w, r, err)
					return
				}
				writeMetadata(w, meta)
				return
			}
		}
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "invalid_request", "error_description": "no such UDAP community"})
	}
}

func (s *Server) udapMetadata(m *Community, resource string) (map[string]any, error) {
	now := s.Now()
	signed, err := m.signWith(map[string]any{
		"iss": resource, "sub": resource, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": secret(),
		"authorization_endpoint": s.endpoint(pathAuthorize), "token_endpoint": s.endpoint(pathToken), "registration_endpoint": s.endpoint(pathRegister)})
	if err != nil {
		return nil, err
	}
	profiles := []string{"udap_dcr", "udap_authn"}
	grants := []string{grantCode, grantFresh}
	if m.Scopes.HasContext(scope.System) {
		profiles, grants = append(profiles, "udap_authz"), append(grants, grantOwn)
	}
	algorithms := []string{"RS256", "ES256", "RS384", "ES384"}
	return map[string]any{
		"udap_versions_supported": []string{"1"}, "udap_profiles_supported": profiles,
		"udap_authorization_extensions_supported": []string{b2bExtension}, "udap_authorization_extensions_required": []string{b2bExtension},
		"udap_certifications_supported": texts(m.Certifications), "udap_certifications_required": texts(m.RequiredCertifications),
		"grant_types_supported": grants, "scopes_supported": s.Scopes.Words(),
		"authorization_endpoint": s.endpoint(pathAuthorize), "token_endpoint": s.endpoint(pathToken), "registration_endpoint": s.endpoint(pathRegister),
		"token_endpoint_auth_methods_supported":                  []string{authKey},
		"token_endpoint_auth_signing_alg_values_supported":       algorithms,
		"registration_endpoint_jwt_signing_alg_values_supported": algorithms,
		"signed_metadata": signed,
	}, nil
}

// texts is a list that JSON writes as one even if it is empty.
func texts(list []string) []string { return append([]string{}, list...) }
