// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/smart"
)

// upstream is the OpenID provider at which members log in; nil if there is none.
func (s *Site) upstream() (*smart.Upstream, error) {
	o := s.config.OpenID
	if o == nil {
		return nil, nil
	}
	u := &smart.Upstream{Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Scopes: o.Scopes, Account: s.memberOf}
	if o.ClientSecretFile != "" {
		b, err := os.ReadFile(s.config.file(o.ClientSecretFile))
		if err != nil {
			return nil, fmt.Errorf("openid.clientSecretFile: %w", err)
		}
		if u.ClientSecret = strings.TrimSpace(string(b)); u.ClientSecret == "" {
			return nil, errors.New("openid.clientSecretFile is empty")
		}
	}
	return u, nil
}

// memberOf finds the person whom the provider's claims describe.
func (s *Site) memberOf(ctx context.Context, claims map[string]any) (smart.Account, error) {
	o := s.config.OpenID
	text := func(name string) string { v, _ := claims[name].(string); return v }
	sum := sha256.Sum256([]byte(o.Issuer + "\n" + text("sub")))
	a := smart.Account{ID: smart.UpstreamID + base64.RawURLEncoding.EncodeToString(sum[:18]), Name: text("name")}
	if a.Name == "" {
		a.Name = "Member"
	}
	if o.FHIRUserClaim != "" {
		ref := text(o.FHIRUserClaim)
		if i := strings.LastIndex(ref, "Patient/"); i > 0 { // an absolute reference
			ref = ref[i:]
		}
		id, ok := strings.CutPrefix(ref, "Patient/")
		if !ok || !search.ValidID(id) {
			return a, errors.New("the provider's claim names no patient")
		}
		a.FHIRUser, a.Patients = ref, []smart.Person{{ID: id, Name: a.Name}}
		return a, nil
	}
	number := text(o.MemberClaim)
	if number == "" {
		return a, errors.New("the provider's claims hold no member number")
	}
	born := ""
	if o.BirthdateClaim != "" {
		born = text(o.BirthdateClaim)
		if _, err := civil.ParseISO(born); err != nil || len(born) != len("2006-01-02") {
			return a, errors.New("the provider's claims hold no day of birth")
		}
	}
	for _, l := range s.lines {
		id, err := l.patientWith(ctx, o.IdentifierSystem, number, born)
		if err != nil {
			return a, err
		}
		if id != "" {
			a.At = append(a.At, smart.Presence{Resource: l.base, FHIRUser: "Patient/" + id, Patients: []smart.Person{{ID: id, Name: a.Name}}})
		}
	}
	if len(a.At) == 0 {
		return a, errors.New("no patient has the member number")
	}
	if len(s.lines) == 1 {
		a.FHIRUser, a.Patients, a.At = a.At[0].FHIRUser, a.At[0].Patients, nil
	} else {
		a.FHIRUser = a.At[0].FHIRUser
	}
	return a, nil
}

// patientWith is the id of the one patient with an identifier and, unless it is empty,
// a day of birth; the id is empty if there is none. Two such patients are an error:
// neither is opened.
func (l *line) patientWith(ctx context.Context, system, value, born string) (string, error) {
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace
	values := url.Values{"identifier": {escape(system) + "|" + escape(value)}, "_count": {"2"}}
	if born != "" {
		values.Set("birthdate", born)
	}
	q, err := search.Parse("Patient", values, search.Options{})
	if err != nil {
		return "", err
	}
	page, err := l.store.Search(ctx, q, nil)
	switch {
	case err != nil:
		return "", err
	case len(page.Matches) == 0:
		return "", nil
	case len(page.Matches) > 1:
		return "", fmt.Errorf("line %s: several patients have one member number", l.ID)
	}
	return page.Matches[0].ID, nil
}
