// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/server/site"
)

// serviceData names the service whose records a command looks at.
type serviceData struct {
	Config string `type:"existingfile" placeholder:"FILE" help:"Settings of the service, as for woodlawn serve."`
	Data   string `env:"WOODLAWN_DATA" type:"path" placeholder:"DIR" help:"Folder of the data; by default woodlawn/data in your configuration folder."`
}

// open is the settings and the folder.
func (f *serviceData) open() (*site.Config, string, error) {
	config := &site.Config{}
	if f.Config != "" {
		var err error
		if config, err = site.ReadConfig(f.Config); err != nil {
			return nil, "", &ExitError{ExitUsage, err}
		}
	} else if err := config.Check(); err != nil {
		return nil, "", err
	}
	folder := (&fhirFlags{Data: f.Data}).folder()
	if folder == "" {
		return nil, "", &ExitError{ExitUsage, fmt.Errorf("name the folder of the data with --data")}
	}
	return config, filepath.Dir(folder), nil
}

// operate does something as the service's operator, whether the server runs or not.
func (f *serviceData) operate(do func(context.Context, *site.Operator) error) error {
	config, data, err := f.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	o, err := site.NewOperator(ctx, config, data)
	if err != nil {
		return err
	}
	defer o.Close()
	return do(ctx, o)
}

type appsCmd struct {
	List    appsListCmd    `cmd:"" help:"List the registered apps and backend services."`
	Add     appsAddCmd     `cmd:"" help:"Register an app yourself."`
	Approve appsApproveCmd `cmd:"" help:"Approve an app, or a backend service for some scopes."`
	Revoke  appsRevokeCmd  `cmd:"" help:"End an app's registration and all its tokens."`
	Launch  appsLaunchCmd  `cmd:"" help:"Print the address at which an app opens for a patient (EHR launch)."`
}

// Help is the long help of the command.
func (appsCmd) Help() string {
	return `The commands ask the server that runs on the data folder, or open its records if none runs. Give them the settings
that the server has.`
}

type appsListCmd struct{ serviceData }

func (c appsListCmd) Run(a *App) error {
	return c.operate(func(ctx context.Context, o *site.Operator) error {
		apps, err := o.Apps(ctx)
		if err != nil {
			return err
		}
		if a.Format == "json" {
			return writeJSON(a.Out, apps)
		}
		rows := [][]string{{"Client", "Name", "Registered", "Approved", "Proof", "Grants", "Scope"}}
		for _, x := range apps {
			rows = append(rows, []string{x.ID, x.Name, x.Registered.Format(time.DateOnly), yesNo(x.Approved), x.AuthMethod, strings.Join(x.Grants, " "), x.Scope})
		}
		return writeRows(a, rows)
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type appsAddCmd struct {
	serviceData
	Metadata string `arg:"" type:"existingfile" help:"Metadata of the app, as JSON of RFC 7591."`
}

func (c appsAddCmd) Run(a *App) error {
	b, err := os.ReadFile(c.Metadata)
	if err != nil {
		return err
	}
	if !json.Valid(b) {
		return &ExitError{ExitUsage, fmt.Errorf("%s is not JSON", c.Metadata)}
	}
	return c.operate(func(ctx context.Context, o *site.Operator) error {
		app, err := o.Add(ctx, b)
		if err != nil {
			return err
		}
		return printApp(a, app, "registered")
	})
}

type appsApproveCmd struct {
	serviceData
	Client string `arg:"" help:"The app's client_id."`
	Scope  string `help:"Scopes that it may have; a backend service needs them, for example system/*.rs."`
}

func (c appsApproveCmd) Run(a *App) error {
	return c.operate(func(ctx context.Context, o *site.Operator) error {
		app, err := o.Approve(ctx, site.Approval{ID: c.Client, Scope: c.Scope})
		if err != nil {
			return err
		}
		return printApp(a, app, "approved")
	})
}

type appsRevokeCmd struct {
	serviceData
	Client string `arg:"" help:"The app's client_id."`
}

func (c appsRevokeCmd) Run(a *App) error {
	return c.operate(func(ctx context.Context, o *site.Operator) error {
		app, err := o.Revoke(ctx, c.Client)
		if err != nil {
			return err
		}
		return printApp(a, app, "revoked")
	})
}

type appsLaunchCmd struct {
	serviceData
	Client    string `arg:"" help:"The app's client_id; it registered initiate_login_uri."`
	Patient   string `help:"Id of the patient whose record is open." required:""`
	Encounter string `help:"Id of the encounter."`
	Line      string `help:"Line of business, where there are several."`
	Account   string `help:"Id of the account that opens it; whoever logs in by default."`
	Intent    string `help:"What the app is opened for."`
	Banner    bool   `help:"The app must show who the patient is."`
}

func (c appsLaunchCmd) Run(a *App) error {
	return c.operate(func(ctx context.Context, o *site.Operator) error {
		address, err := o.Launch(ctx, site.LaunchRequest{ID: c.Client, Line: c.Line, Account: c.Account, Patient: c.Patient, Encounter: c.Encounter,
			Intent: c.Intent, Banner: c.Banner})
		if err != nil {
			return err
		}
		fmt.Fprintln(a.Out, address)
		return nil
	})
}

func printApp(a *App, app site.App, done string) error {
	if a.Format == "json" {
		return writeJSON(a.Out, app)
	}
	fmt.Fprintf(a.Out, "%s (%s) is %s", app.ID, app.Name, done)
	if done != "revoked" {
		fmt.Fprintf(a.Out, " for %s", app.Scope)
	}
	fmt.Fprintln(a.Out, ".")
	if app.Secret != "" {
		fmt.Fprintf(a.Out, "client_secret %s (shown this once)\n", app.Secret)
	}
	return nil
}
