// SPDX-License-Identifier: Apache-2.0

package ledger

// SMART tells, for the last part of the id of an Inferno test of SMART App Launch or
// UDAP, which test in smart/ or server/site holds it or, after "not here: ", why none does.
var SMART = map[string]string{}

func trace(where string, ids ...string) {
	for _, id := range ids {
		SMART[id] = where
	}
}

func init() {
	trace("TestDiscovery", "well_known_endpoint", "well_known_capabilities_stu2", "well_known_capabilities_stu1", "smart_cors_well_known_endpoint",
		"smart_openid_retrieve_configuration", "smart_openid_required_configuration_fields", "Test03", "Test04", "udap_security_metadata_error_handling")
	trace("TestStandaloneLaunch", "smart_app_redirect", "smart_app_redirect_stu2", "smart_code_received", "smart_token_exchange", "smart_token_exchange_stu2_2",
		"smart_token_response_body", "smart_token_response_body_stu2_2", "smart_token_response_headers", "smart_cors_token_exchange", "smart_openid_decode_id_token",
		"smart_openid_retrieve_jwks", "smart_openid_token_header", "smart_openid_token_payload", "smart_openid_fhir_user_claim")
	trace("TestRefreshRotatesAndNoticesReuse", "smart_token_refresh", "smart_token_refresh_stu2", "smart_token_refresh_body")
	trace("TestEHRLaunch", "smart_app_launch", "smart_launch_received")
	trace("TestBackendService", "smart_backend_services_auth_request_success", "smart_backend_services_auth_response_body", "udap_security_access_token_lifetime")
	trace("TestAssertionsRefused", "smart_backend_services_invalid_grant_type", "smart_backend_services_invalid_client_assertion", "smart_backend_services_invalid_jwt",
		"udap_security_jwt_grant_parameter_validation", "udap_security_jwt_jti_reuse")
	trace("TestIntrospectionAndRevocation", "Test01", "Test02")
	trace("TestUDAPMetadata", "udap_well_known_endpoint", "udap_versions_supported_field", "udap_grant_types_supported_field", "udap_profiles_supported_field",
		"udap_auth_extensions_supported_field", "udap_auth_extensions_required_field", "udap_certifications_supported_field", "udap_certifications_required_field",
		"udap_scopes_supported_field", "udap_authorization_endpoint_field", "udap_token_endpoint_field", "udap_token_endpoint_auth_methods_supported_field",
		"udap_token_endpoint_auth_signing_alg_values_supported_field", "udap_registration_endpoint_field", "udap_reg_endpoint_jwt_signing_alg_values_supported_field",
		"udap_signed_metadata_field", "udap_signed_metadata_contents", "udap_security_authorization_extensions_required",
		"udap_security_community_parameter_support", "udap_security_metadata_representation")
	trace("TestUDAPRegistration", "udap_registration_failure_invalid_contents", "udap_registration_failure_invalid_jwt_signature", "udap_registration_success",
		"udap_registration_success_contents", "udap_client_credentials_token_exchange", "udap_token_exchange_response_body", "udap_token_exchange_response_headers",
		"udap_authorization_code_redirect", "udap_authorization_code_received", "udap_authorization_code_token_exchange", "udap_security_dynamic_client_registration_validation",
		"udap_security_deny_token_request", "udap_security_jwt_token_request_validation", "udap_security_jwt_signature_validation", "udap_security_jwt_certificate_chain_validation",
		"udap_security_client_id_modification")
	trace("TestCodesRefused", "udap_security_auth_code_usage", "udap_security_access_token_request_validation")
	trace("TestAccessTokensRefused", "udap_security_access_token_validation")
	trace("TestAuthorizationRequestsRefused", "udap_security_invalid_redirection_uri", "udap_security_prompt_none_error", "oidc_auth_request_validation")
	trace("TestPagesAreGuarded", "udap_security_csrf_protection", "udap_security_unauthenticated_clients")
	trace("TestMemberNarrowsConsent", "udap_security_user_authorization")
	trace("TestRegistration", "udap_security_no_client_credentials_native_apps")
	trace("TestTLS", "standalone_auth_tls", "standalone_token_tls", "ehr_auth_tls", "ehr_token_tls", "smart_backend_services_token_tls_version")
	trace("TestCORSOfFHIR", "smart_cors_metadata_request", "smart_cors_openid_fhir_user_claim")
	trace("not here: SMART access brands are a published Bundle, not the authorization server's",
		"smart_access_brands_retrieve_bundle", "smart_access_brands_valid_bundle", "smart_access_brands_valid_endpoints", "smart_access_brands_valid_endpoint_urls", "smart_access_brands_valid_brands")
	const tiered = "not supported: UDAP Tiered OAuth; udap_to is not among the profiles, and the one OpenID provider is configured"
	trace(tiered, "udap_security_profiles_supported", "udap_security_authorization_code_flow", "udap_security_invalid_idp_error", "udap_security_invalid_id_token_error", "udap_security_idp_metadata_validation",
		"udap_security_idp_dynamic_registration", "udap_security_idp_authentication_request", "udap_security_idp_token_exchange", "udap_security_state_mismatch_error",
		"udap_security_unauthenticated_user_error", "udap_security_valid_state_error_response", "udap_security_state_parameter_management", "oidc_auth_request_construction")
	trace("TestUDAPCertifications", "udap_security_certification_handling")
	trace("TestOpenIDProvider", "udap_security_id_token_validation", "udap_security_token_response_validation")
	trace("TestUDAPMetadataTrust", "udap_signed_metadata_trust_verification")
	trace("not tested apart: the certificate is kept with the registration (UDAPClient.Certificate)", "udap_security_client_certificate_storage")
}
