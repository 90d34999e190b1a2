// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/definitions"
)

// serviceFlags turn on what the server does beside reading, writing and searching.
type serviceFlags struct {
	Packages       []string `help:"FHIR packages (.tgz), definitions (.json), or folders that hold them, for $validate and codes; later ones win." type:"path" placeholder:"PATH"`
	ValidateWrites bool     `help:"Refuse resources with errors when they are written (422)."`
}

// serviceConfig is their part of the settings file.
type serviceConfig struct {
	Packages       []string `json:"packages"`       // FHIR packages, definitions, or folders of them
	ValidateWrites bool     `json:"validateWrites"` // refuse resources with errors
	Import         struct {
		Folder         string   `json:"folder"`         // of files that $import may read
		Addresses      []string `json:"addresses"`      // beginnings of https addresses that it may read
		MaxUploadBytes int64    `json:"maxUploadBytes"` // of a body; 16 GiB by default
	} `json:"import"`
}

// services adds operations and guards to a server's options.
func (f *serviceFlags) services(config *serviceConfig, opt *server.Options) error {
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
