// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart"
	"github.com/woodlawn-health/woodlawn/smart/scope"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

// demoFiles are an invented plan's: its settings, and two members with their claims
// (CARIN Blue Button, some of those in demo/) and clinical data (US Core).
//
//go:embed demodata
var demoFiles embed.FS

// demoClient is the app that is registered in the demo.
const demoClient = "demo-app"

const demoAnnouncement = `
Everybody here is invented. Members log in with the password demo-password:
  ann     Ann Lindqvist, 3 claims
  kenji   Kenji Tamura, 2 claims
  meret   Meret Lindqvist, who may open Ann's record
  ana     Ana Marin, whose record shows all of US Core
  sami    Sami Haddad, whose claims show all of CARIN Blue Button
Without login: the provider directory at /directory, the drug formulary at /formulary.
An app is registered: client_id ` + demoClient + `, redirect_uri http://127.0.0.1/callback (any port).
docs/guide/patient-access-api.md shows with curl what an app does next.
Operator's commands take --config %[1]s --data %[2]s
Ctrl-C ends the demo and removes its data.
`

// demoConfig writes the demo's settings into its folder and reads them as any others.
func demoConfig(dir string) (*site.Config, error) {
	b, err := demoFiles.ReadFile("demodata/serve.json")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "serve.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return nil, err
	}
	return site.ReadConfig(path)
}

// prepareDemo writes the demo's resources and registers its app.
func (c serveCmd) prepareDemo(ctx context.Context, s *site.Site) error {
	b, err := demoFiles.ReadFile("demodata/members.ndjson")
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
	if err := prepareSamples(ctx, s); err != nil {
		return err
	}
	_, _, err = s.Auth().AddClient(ctx, smart.Client{ID: demoClient, Name: "Blue Notebook (demo app)", AuthMethod: "none",
		GrantTypes: []string{"authorization_code", "refresh_token"}, RedirectURIs: []string{"http://127.0.0.1/callback"}, LaunchURI: "http://127.0.0.1/launch",
		Scopes: scope.MustSet("openid fhirUser profile launch launch/patient online_access offline_access patient/*.rs")})
	return err
}

// announceDemo says who can log in.
func (c serveCmd) announceDemo() string {
	return fmt.Sprintf(demoAnnouncement, filepath.Join(c.Data, "serve.json"), c.Data)
}
