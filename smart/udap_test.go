// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
)

const appURI = "https://app.example.org/udap"

// certificate makes a certificate for a key; without an issuer it vouches for itself.
func certificate(t *testing.T, key crypto.Signer, uri string, issuer *x509.Certificate, issuerKey crypto.Signer) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: uri + "x", Organization: []string{"Prairie Apps"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true}
	if u, _ := url.Parse(uri); uri != "" {
		c.URIs = []*url.URL{u}
	}
	if issuer == nil {
		c.IsCA, c.KeyUsage, issuer, issuerKey = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func udapWorld(t *testing.T) (w *world, x5c []string) {
	root := certificate(t, otherKey(), "", nil, nil)
	anchors := x509.NewCertPool()
	anchors.AddCert(root)
	w = newWorld(t, func(c *smart.Config) {
		c.Communities = []smart.Community{{URI: "https://trust.example.org", Anchors: anchors, Key: rsaKey(),
			Chain: []*x509.Certificate{certificate(t, rsaKey(), c.Resources[0], root, otherKey())}, Scopes: scope.MustSet("system/*.rs")}}
	})
	app := certificate(t, ecKey(), appURI, root, otherKey())
	return w, []string{base64.StdEncoding.EncodeToString(app.Raw)}
}

func (w *world) statement(x5c []string, grants []string, pairs ...any) map[string]any {
	c := w.claims("", "")
	for name, value := range map[string]any{"iss": appURI, "sub": appURI, "aud": w.web.URL + "/auth/register", "client_name": "Prairie App", "contacts": []string{"mailto:a@example.org"},
		"grant_types": grants, "token_endpoint_auth_method": "private_key_jwt", "scope": "openid launch/patient patient/*.rs system/*.rs"} {
		c[name] = value
	}
	if len(grants) > 0 && grants[0] == "authorization_code" {
		c["redirect_uris"], c["response_types"], c["logo_uri"] = []string{redirect}, []string{"code"}, "https://app.example.org/logo.png"
	}
	for i := 0; i < len(pairs); i += 2 {
		if c[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == nil {
			delete(c, pairs[i].(string))
		}
	}
	return map[string]any{"udap": "1", "software_statement": sign(w.TB, jose.ES384, ecKey(), "", c, "x5c", x5c)}
}

func TestUDAPMetadata(t *testing.T) {
	w, _ := udapWorld(t)
	a := w.get("/fhir/.well-known/udap")
	for _, field := range []string{"udap_versions_supported", "udap_profiles_supported", "udap_authorization_extensions_supported", "udap_authorization_extensions_required",
		"udap_certifications_supported", "udap_certifications_required", "grant_types_supported", "scopes_supported", "authorization_endpoint", "token_endpoint",
		"token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "registration_endpoint", "registration_endpoint_jwt_signing_alg_values_supported"} {
		if a.json[field] == nil {
			t.Errorf("no %s in %s", field, a.body)
		}
	}
	token, err := jwt.ParseSigned(a.json["signed_metadata"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := token.Claims(&rsaKey().PublicKey, &claims); err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != w.fhir || claims["sub"] != w.fhir || claims["token_endpoint"] != a.json["token_endpoint"] || claims["jti"] == nil {
		t.Errorf("signed metadata: %v", claims)
	}
	if a := w.get("/fhir/.well-known/udap?community=https://trust.example.org"); a.status != 200 {
		t.Errorf("by its name: %d", a.status)
	}
	if a := w.get("/fhir/.well-known/udap?community=https://other.example.org"); a.status != 404 {
		t.Errorf("another community: %d", a.status)
	}
}

// TestUDAPMetadataTrust is what a client does with the signed metadata: it builds the
// chain of the header up to its own anchor, checks that the certificate names the FHIR
// base, and that its key made the signature.
func TestUDAPMetadataTrust(t *testing.T) {
	root := certificate(t, otherKey(), "", nil, nil)
	anchors, strangers := x509.NewCertPool(), x509.NewCertPool()
	anchors.AddCert(root)
	strangers.AddCert(certificate(t, ecKey(), "", nil, nil))
	w := newWorld(t, func(c *smart.Config) {
		c.Communities = []smart.Community{{URI: "https://trust.example.org", Anchors: anchors, Key: rsaKey(),
			Chain: []*x509.Certificate{certificate(t, rsaKey(), c.Resources[0], root, otherKey())}, Scopes: scope.MustSet("system/*.rs")}}
	})
	a := w.get("/fhir/.well-known/udap")
	text, _ := a.json["signed_metadata"].(string)
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	chains, err := token.Headers[0].Certificates(x509.VerifyOptions{Roots: anchors, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Headers[0].Certificates(x509.VerifyOptions{Roots: strangers, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil {
		t.Error("the chain leads to any anchor")
	}
	leaf := chains[0][0]
	var claims struct {
		Iss string `json:"iss"`
		Sub string `json:"sub"`
	}
	if err := token.Claims(leaf.PublicKey, &claims); err != nil {
		t.Fatal(err)
	}
	if len(leaf.URIs) != 1 || leaf.URIs[0].String() != w.fhir || claims.Iss != w.fhir || claims.Sub != w.fhir {
		t.Errorf("the certificate names %v, the metadata %+v", leaf.URIs, claims)
	}
}

func TestUDAPRegistration(t *testing.T) {
	w, x5c := udapWorld(t)
	own := []string{"client_credentials"}
	stranger := []string{base64.StdEncoding.EncodeToString(certificate(t, ecKey(), appURI, nil, nil).Raw)}
	past := w.now().Add(-10 * time.Minute).Unix()
	for name, body := range map[string]map[string]any{
		"other audience": w.statement(x5c, own, "aud", "https://x.example.org"), "expired": w.statement(x5c, own, "exp", past), "sub is not iss": w.statement(x5c, own, "sub", "https://x.example.org"),
		"not in certificate": w.statement(x5c, own, "iss", "https://x.example.org", "sub", "https://x.example.org"), "no chain": w.statement(stranger, own), "no iat": w.statement(x5c, own, "iat", nil),
		"no contacts": w.statement(x5c, own, "contacts", nil), "no scope": w.statement(x5c, own, "scope", ""), "both grants": w.statement(x5c, []string{"authorization_code", "client_credentials"}),
		"no logo": w.statement(x5c, []string{"authorization_code"}, "logo_uri", nil), "nothing to end": w.statement(x5c, []string{}),
		"other key": {"udap": "1", "software_statement": sign(t, jose.ES384, otherKey(), "", w.claims(appURI, ""), "x5c", x5c)}, "no JWT": {"udap": "1", "software_statement": "x"},
	} {
		if a := w.postJSON("/auth/register", body); a.status != 400 || a.json["error"] == nil {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	body := w.statement(x5c, own)
	a := w.postJSON("/auth/register", body)
	if a.status != 201 || a.json["client_id"] == nil || a.json["software_statement"] == nil || a.json["scope"] != "system/*.rs" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	id := a.json["client_id"].(string)
	w.postJSON("/auth/register", body).wants(t, "replayed", 400, "invalid_software_statement")
	b2b := map[string]any{"hl7-b2b": map[string]any{"version": "1", "organization_id": "https://prairie.example.org", "purpose_of_use": []string{"urn:oid:2.16.840.1.113883.5.8#TREAT"}}}
	ask := func(udap string, extensions any, chain []string) answer {
		c := w.claims(id, "")
		c["extensions"] = extensions
		form := assertionForm(sign(t, jose.ES384, ecKey(), "", c, "x5c", chain))
		form.Set("udap", udap)
		return w.post("/auth/token", form)
	}
	if a := ask("1", b2b, x5c); a.status != 200 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("token: %d %s", a.status, a.body)
	}
	ask("", b2b, x5c).wants(t, "no udap=1", 400, "invalid_request")
	ask("1", nil, x5c).wants(t, "no hl7-b2b", 400, "invalid_grant")
	ask("1", b2b, stranger).wants(t, "untrusted certificate", 401, "invalid_client")
	// A later statement changes the registration and keeps its id; an empty one ends it.
	a = w.postJSON("/auth/register", w.statement(x5c, []string{"authorization_code"}))
	if a.status != 200 || a.json["client_id"] != id {
		t.Fatalf("changed: %d %s", a.status, a.body)
	}
	code := codeForm(id, w.code("ann", w.asks(id, "openid launch/patient patient/*.rs")))
	code.Set("udap", "1")
	code.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	code.Set("client_assertion", sign(t, jose.ES384, ecKey(), "", w.claims(id, ""), "x5c", x5c))
	if a := w.post("/auth/token", code); a.status != 200 || a.json["patient"] != "p1" {
		t.Errorf("code: %d %s", a.status, a.body)
	}
	if a := w.postJSON("/auth/register", w.statement(x5c, []string{})); a.status != 200 {
		t.Errorf("ended: %d %s", a.status, a.body)
	}
	ask("1", b2b, x5c).wants(t, "after the end", 401, "invalid_client")
}

// TestUDAPRevocation: a certificate on its issuer's list registers nothing and gets no
// token, nor does any certificate whose issuer's list is out of date or cannot be read.
// Lists of others, and lists that the issuer did not sign, say nothing.
func TestUDAPRevocation(t *testing.T) {
	root, other := certificate(t, otherKey(), "", nil, nil), certificate(t, ecKey(), "", nil, nil)
	anchors := x509.NewCertPool()
	anchors.AddCert(root)
	app, second := certificate(t, ecKey(), appURI, root, otherKey()), certificate(t, ecKey(), appURI, root, otherKey())
	list := func(issuer *x509.Certificate, key crypto.Signer, next time.Duration, revoked ...*x509.Certificate) *x509.RevocationList {
		t.Helper()
		l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(next)}
		for _, c := range revoked {
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: time.Now().Add(-time.Hour)})
		}
		der, err := x509.CreateRevocationList(rand.Reader, l, issuer, key)
		if err != nil {
			t.Fatal(err)
		}
		if l, err = x509.ParseRevocationList(der); err != nil {
			t.Fatal(err)
		}
		return l
	}
	forger := *root // its name, but not its key
	forger.PublicKey, forger.PublicKeyAlgorithm = ecKey().Public(), x509.ECDSA
	forger.SubjectKeyId = []byte{1}
	var lists []*x509.RevocationList
	var failure error
	w := newWorld(t, func(c *smart.Config) {
		c.Communities = []smart.Community{{URI: "https://trust.example.org", Anchors: anchors, Key: rsaKey(),
			Chain: []*x509.Certificate{certificate(t, rsaKey(), c.Resources[0], root, otherKey())}, Scopes: scope.MustSet("system/*.rs"),
			Revocations: func() ([]*x509.RevocationList, error) { return lists, failure }}}
	})
	x5c := func(c *x509.Certificate) []string { return []string{base64.StdEncoding.EncodeToString(c.Raw)} }
	own := []string{"client_credentials"}
	a := w.postJSON("/auth/register", w.statement(x5c(app), own))
	if a.status != 201 {
		t.Fatalf("no list at all: %d %s", a.status, a.body)
	}
	id := a.json["client_id"].(string)
	for _, c := range []struct {
		name    string
		lists   []*x509.RevocationList
		failure error
		good    bool
	}{
		{"on no list", []*x509.RevocationList{list(root, otherKey(), time.Hour, second)}, nil, true},
		{"on the list of another issuer", []*x509.RevocationList{list(other, ecKey(), time.Hour, app)}, nil, true},
		{"on a list that the issuer did not sign", []*x509.RevocationList{list(&forger, ecKey(), time.Hour, app)}, nil, true},
		{"revoked", []*x509.RevocationList{list(root, otherKey(), time.Hour, second, app)}, nil, false},
		{"revoked on a list that is out of date beside a new one", []*x509.RevocationList{list(root, otherKey(), -time.Minute, app), list(root, otherKey(), time.Hour)}, nil, false},
		{"list out of date", []*x509.RevocationList{list(root, otherKey(), -time.Minute)}, nil, false},
		{"list that cannot be read", nil, errors.New("gone"), false},
	} {
		lists, failure = c.lists, c.failure
		claims := w.claims(id, "")
		claims["extensions"] = map[string]any{"hl7-b2b": map[string]any{"version": "1", "organization_id": "https://prairie.example.org", "purpose_of_use": []string{"x"}}}
		form := assertionForm(sign(t, jose.ES384, ecKey(), "", claims, "x5c", x5c(app)))
		form.Set("udap", "1")
		token, reg := w.post("/auth/token", form), w.postJSON("/auth/register", w.statement(x5c(app), own))
		if (token.status == 200) != c.good || (reg.status == 200) != c.good {
			t.Errorf("%s: token %d %s, registration %d %s", c.name, token.status, token.body, reg.status, reg.body)
		}
		if !c.good {
			token.wants(t, c.name, 401, "invalid_client")
			reg.wants(t, c.name, 400, "unapproved_software_statement")
		}
	}
}

// TestUDAPCertifications: a registration needs the certification that its community
// requires; one that is forged, another's, expired, not trusted or that the
// registration goes beyond counts as none.
func TestUDAPCertifications(t *testing.T) {
	const seal, certifier = "https://seal.example.org/criteria", "https://certifier.example.org"
	root := certificate(t, otherKey(), "", nil, nil)
	anchors := x509.NewCertPool()
	anchors.AddCert(root)
	w := newWorld(t, func(c *smart.Config) {
		c.Communities = []smart.Community{{URI: "https://trust.example.org", Anchors: anchors, Key: rsaKey(), RequiredCertifications: []string{seal},
			Chain: []*x509.Certificate{certificate(t, rsaKey(), c.Resources[0], root, otherKey())}, Scopes: scope.MustSet("system/*.rs")}}
	})
	x5c := func(c *x509.Certificate) []string { return []string{base64.StdEncoding.EncodeToString(c.Raw)} }
	app, vouching, stranger := certificate(t, ecKey(), appURI, root, otherKey()), certificate(t, ecKey(), certifier, root, otherKey()), certificate(t, ecKey(), certifier, nil, nil)
	sealed := func(signer crypto.Signer, chain *x509.Certificate, pairs ...any) string {
		c := map[string]any{"iss": certifier, "sub": appURI, "iat": w.now().Unix(), "exp": w.now().Add(30 * time.Minute).Unix(), "jti": "c-1",
			"certification_name": "Seal", "certification_uris": []string{seal}}
		for i := 0; i < len(pairs); i += 2 {
			if c[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == nil {
				delete(c, pairs[i].(string))
			}
		}
		return sign(t, jose.ES384, signer, "", c, "x5c", x5c(chain))
	}
	register := func(grants []string, certifications ...string) answer {
		body := w.statement(x5c(app), grants)
		if certifications != nil {
			body["certifications"] = certifications
		}
		return w.postJSON("/auth/register", body)
	}
	own, code := []string{"client_credentials"}, []string{"authorization_code"}
	register(own).wants(t, "none", 400, "unapproved_certification")
	for name, text := range map[string]string{
		"no JWT": "x", "forged": sealed(otherKey(), vouching), "not trusted": sealed(ecKey(), stranger), "of another certifier": sealed(ecKey(), vouching, "iss", "https://x.example.org"),
		"of another app": sealed(ecKey(), vouching, "sub", "https://x.example.org"), "for another server": sealed(ecKey(), vouching, "aud", "https://x.example.org/register"),
		"expired": sealed(ecKey(), vouching, "exp", w.now().Add(-time.Minute).Unix()), "longer than its certificate": sealed(ecKey(), vouching, "exp", w.now().Add(2*time.Hour).Unix()),
		"not yet": sealed(ecKey(), vouching, "iat", w.now().Add(20*time.Minute).Unix()), "no jti": sealed(ecKey(), vouching, "jti", nil), "no name": sealed(ecKey(), vouching, "certification_name", nil),
		"another criterion": sealed(ecKey(), vouching, "certification_uris", []string{"https://seal.example.org/other"}), "other grants": sealed(ecKey(), vouching, "grant_types", code),
		"fewer scopes": sealed(ecKey(), vouching, "scope", "openid"), "other name": sealed(ecKey(), vouching, "client_name", "Other App"), "bound to a key": sealed(ecKey(), vouching, "jwks", map[string]any{}),
	} {
		a := register(own, text)
		a.wants(t, name, 400, "unapproved_certification")
	}
	good := sealed(ecKey(), vouching, "aud", w.web.URL+"/auth/register", "client_name", "Prairie App", "grant_types", []string{"client_credentials", "authorization_code"})
	a := register(own, "x", good)
	if list, _ := a.json["certifications"].([]any); a.status != 201 || len(list) != 1 || list[0] != good {
		t.Errorf("certified: %d %s", a.status, a.body)
	}
	for pattern, status := range map[string]int{redirect: 200, "https://app.example.org/*": 200, "https://*/callback": 400, "https://*.example.org/callback": 400, "https://app.example.org": 400, "https://app.example.org/*/x": 400, "https://app.example.org/c": 400} {
		if a := register(code, sealed(ecKey(), vouching, "redirect_uris", []string{pattern})); a.status != status {
			t.Errorf("redirect within %s: %d %s", pattern, a.status, a.body)
		}
	}
	self := sealed(ecKey(), app, "iss", appURI)
	if a := register(own, self); a.status != 200 {
		t.Errorf("self-declared: %d %s", a.status, a.body)
	}
	if a := register([]string{}); a.status != 200 {
		t.Errorf("ending needs no certification: %d %s", a.status, a.body)
	}
}
