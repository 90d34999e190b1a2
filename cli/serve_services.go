// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/quality/deqm"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/definitions"
	"github.com/woodlawn-health/woodlawn/server/reporting"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/server/subscriptions"
	"github.com/woodlawn-health/woodlawn/smart/outbound"
	"github.com/woodlawn-health/woodlawn/store"
)

// serviceFlags turn on what the server does beside reading, writing and searching.
type serviceFlags struct {
	Packages       []string `help:"FHIR packages (.tgz), definitions (.json), or folders that hold them, for $validate and codes; later ones win." type:"path" placeholder:"PATH"`
	ValidateWrites bool     `help:"Refuse resources with errors when they are written (422)."`
	Measures       []string `help:"Measure bundles, JSON or gzip, beside the measures of the store." type:"existingfile" placeholder:"FILE"`

	index *packages.Index // of the packages; read once for all lines
}

// services adds operations and guards to a server's options.
func (f *serviceFlags) services(s *store.Store, config *site.Services, opt *server.Options) error {
	if f.index == nil {
		index, err := packages.Load(slices.Concat(config.Packages, f.Packages)...)
		if err != nil {
			return &ExitError{ExitInput, err}
		}
		f.index = index
	}
	library := definitions.New(f.index)
	opt.Operations = append(opt.Operations, library.Operations()...)
	opt.Codes = library.Codes
	opt.Operations = append(opt.Operations, server.DocRef())
	if err := f.reporting(config, opt); err != nil {
		return err
	}
	opt.Import = &server.ImportOptions{Folder: config.Import.Folder, Addresses: config.Import.Addresses, MaxUpload: config.Import.MaxUploadBytes}
	if f.ValidateWrites || config.ValidateWrites {
		opt.Guards = append(opt.Guards, library.Guard)
	}
	c := &config.Subscriptions
	engine, err := subscriptions.New(s, subscriptions.Options{Topics: c.Topics, Types: opt.Types, Endpoints: c.Endpoints, Stands: opt.Stands,
		Gate: outbound.Gate{Private: c.Private}, Log: opt.Log})
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	opt.Operations = append(opt.Operations, engine.Operations()...)
	opt.Guards = append(opt.Guards, engine.Guard)
	opt.Capability = engine.Capability
	opt.AtClose = append(opt.AtClose, engine.Close)
	return nil
}

// reporting adds the operations on measures.
func (f *serviceFlags) reporting(config *site.Services, opt *server.Options) error {
	c := &config.Measures
	var bundles [][]byte
	for _, name := range slices.Concat(c.Bundles, f.Measures) {
		b, err := os.ReadFile(name)
		if err != nil {
			return &ExitError{ExitInput, err}
		}
		bundles = append(bundles, b)
	}
	service, err := deqm.New(deqm.Options{Bundles: bundles, Reporter: c.Reporter,
		Evaluation: elm.Options{MissingAsEmpty: c.MissingAsEmpty, TrustProfiles: c.TrustProfiles}})
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	opt.Operations = append(opt.Operations, reporting.Operations(service)...)
	if len(c.SubmitFrom) == 0 {
		return nil
	}
	submissions, err := reporting.NewSubmissions(&server.ImportOptions{Addresses: c.SubmitFrom}, filepath.Join(filepath.Dir(opt.Bulk), "submissions"))
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	opt.Operations = append(opt.Operations, submissions.Operations()...)
	opt.AtClose = append(opt.AtClose, submissions.Close)
	return nil
}
