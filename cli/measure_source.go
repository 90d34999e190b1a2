// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
)

// serverFlags are those of reading patients from a FHIR server.
type serverFlags struct {
	TokenFile string `help:"File with the bearer token of the server." type:"existingfile" placeholder:"FILE"`
	Export    bool   `help:"Have the server make a bulk export instead of asking for patient after patient."`
}

// isServer tells whether the data are at a server's address.
func isServer(data string) bool {
	return strings.HasPrefix(data, "http://") || strings.HasPrefix(data, "https://")
}

// patients reads the patients of a folder, a file or a server.
func (c *measureRunCmd) patients(measures []*measure.Measure, opt qicore.Options, lost *lossCount, yield func(measure.Patient) bool) error {
	if !isServer(c.Input) {
		if c.TokenFile != "" || c.Export {
			return &ExitError{ExitUsage, errors.New("--token-file and --export go with a server's address in --data")}
		}
		return readPatients(c.Input, opt, lost, yield)
	}
	u, err := url.Parse(c.Input)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return &ExitError{ExitUsage, errors.New("--data is not the base address of a FHIR server, as https://fhir.example.org/fhir")}
	}
	r := &measure.Remote{Base: c.Input, Types: measure.Types(measures)}
	if c.TokenFile != "" {
		token, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return err
		}
		if r.Token = strings.TrimSpace(string(token)); strings.ContainsAny(r.Token, " \r\n") || r.Token == "" {
			return &ExitError{ExitInput, fmt.Errorf("%s is not a token alone", c.TokenFile)}
		}
		if u.Scheme == "http" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" {
			return &ExitError{ExitUsage, errors.New("a token goes over https only")}
		}
	}
	ctx := context.Background()
	if !c.Export {
		return r.ReadPatients(ctx, yield)
	}
	dir, err := os.MkdirTemp("", "woodlawn-export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := r.Export(ctx, dir); err != nil {
		return err
	}
	return measure.ReadPatients(dir, yield)
}
