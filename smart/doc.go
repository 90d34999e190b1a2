// SPDX-License-Identifier: Apache-2.0

// Package smart is a SMART App Launch 2.2 authorization server: apps register, a
// member logs in and allows an app to read some of their record, the app gets a
// short-lived signed access token, and the FHIR server asks Authenticate what the
// bearer may do.
//
//   - discovery.go, udap_metadata.go: what the server says about itself
//   - register.go, udap_register.go: how an app becomes known (RFC 7591, UDAP)
//   - authorize.go, login.go, upstream.go, consent.go, apps.go: what the member sees
//   - clientauth.go, assertion.go, udap_chain.go: how an app proves who it is
//   - token.go, grant_code.go, grant_refresh.go, grant_credentials.go: tokens
//   - access_token.go, bearer.go, introspect.go, revoke.go: tokens in use
//   - records.go: what is kept; keys.go: signing keys; fetch.go: the only way out
//
// Subpackages: scope reads and combines scopes, audit keeps the trail, recordlog
// keeps the records in a file.
//
// Sources: SMART App Launch 2.2.0; RFC 6749, 6750, 7009, 7523, 7591, 7636, 7662, 8414,
// 9068, 9207, 9700; OpenID Connect Core 1.0; HL7 UDAP Security 1.0.0.
package smart
