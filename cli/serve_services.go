// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/definitions"
	"github.com/woodlawn-health/woodlawn/server/site"
)

// serviceFlags turn on what the server does beside reading, writing and searching.
type serviceFlags struct {
	Packages       []string `help:"FHIR packages (.tgz), definitions (.json), or folders that hold them, for $validate and codes; later ones win." type:"path" placeholder:"PATH"`
	ValidateWrites bool     `help:"Refuse resources with errors when they are written (422)."`
}

// services adds operations and guards to a server's options.
func (f *serviceFlags) services(config *site.Services, opt *server.Options) error {
	index, err := packages.Load(slices.Concat(config.Packages, f.Packages)...)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	library := definitions.New(index)
	opt.Operations = append(opt.Operations, library.Operations()...)
	opt.Import = &server.ImportOptions{Folder: config.Import.Folder, Addresses: config.Import.Addresses, MaxUpload: config.Import.MaxUploadBytes}
	if f.ValidateWrites || config.ValidateWrites {
		opt.Guards = append(opt.Guards, library.Guard)
	}
	return nil
}
