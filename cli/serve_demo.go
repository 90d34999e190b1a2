// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"embed"
	"strings"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// demoData is an invented plan's: two members with their claims (CARIN Blue Button)
// and clinical data (US Core). The claims are some of those in demo/.
//
//go:embed demodata/members.ndjson
var demoData embed.FS

// demoHash is the bcrypt hash of demoPassword.
const (
	demoPassword = "demo-password"
	demoHash     = "$2a$10$IVx2tCwdgDjJJu2vozbvV.DxXyKKsOmaRU/BuDVqDovZaB8TVMfRS"
	demoClient   = "demo-app"
)

const demoAnnouncement = `
Everybody here is invented. Members log in with the password ` + demoPassword + `:
  ann     Ann Lindqvist, 3 claims
  kenji   Kenji Tamura, 2 claims
  meret   Meret Lindqvist, who may open Ann's record too
An app is registered: client_id ` + demoClient + `, redirect_uri http://127.0.0.1/callback (any port).
docs/guide/patient-access-api.md shows with curl what an app does next. Ctrl-C ends the demo and removes its data.
`

// demoConfig is the settings of the demo.
func demoConfig() *site.Config {
	ann := site.Person{ID: "ann", Name: "Ann Lindqvist"}
	return &site.Config{
		Organization: site.Organization{Name: "Harbor Health Plan (demo)"},
		Lines:        []site.Line{{ID: "ma", Kind: site.MA, Contract: "H9999", Plans: []string{"001"}}},
		Accounts: []site.Account{
			{ID: "demo-1", Username: "ann", PasswordHash: demoHash, Name: "Ann Lindqvist", FHIRUser: "Patient/ann"},
			{ID: "demo-2", Username: "kenji", PasswordHash: demoHash, Name: "Kenji Tamura", FHIRUser: "Patient/kenji"},
			{ID: "demo-3", Username: "meret", PasswordHash: demoHash, Name: "Meret Lindqvist", FHIRUser: "RelatedPerson/meret", Patients: []site.Person{ann}},
		},
		AllowPrivateAddresses: true,
	}
}

// prepareDemo writes the demo's resources and registers its app.
func (c serveCmd) prepareDemo(ctx context.Context, s *site.Site) error {
	b, err := demoData.ReadFile("demodata/members.ndjson")
	if err != nil {
		return err
	}
	err = s.Store("ma").Write(ctx, func(tx *store.Tx) error {
		for line := range strings.Lines(string(b)) {
			p, err := ingest.Prepare(strings.TrimSpace(line))
			if err != nil {
				return err
			}
			if _, _, err := tx.Put(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, _, err = s.Auth().AddClient(ctx, smart.Client{ID: demoClient, Name: "Blue Notebook (demo app)", AuthMethod: "none",
		GrantTypes: []string{"authorization_code", "refresh_token"}, RedirectURIs: []string{"http://127.0.0.1/callback"},
		Scopes: scope.MustSet("openid fhirUser profile launch launch/patient online_access offline_access patient/*.rs")})
	return err
}
