// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
)

// line is a line of business that is being served.
type line struct {
	Line
	site   *Site
	base   string // address of the FHIR endpoint
	store  *store.Store
	server *server.Server
	types  []string
	// attachments lets members read the Binaries that their documents refer to. Where
	// members may write documents they could refer to those of others, so not there.
	attachments bool

	mu     sync.Mutex
	grants map[string]*server.Grant // by token id
}

// Data is the folder of a line's data, and the database if it is not there: what
// woodlawn import takes as --data and --db.
func (c *Config) Data(data string, l *Line) (folder, db string) {
	if l.Data != "" {
		return c.file(l.Data), l.DB
	}
	if len(c.Lines) == 1 {
		return data, l.DB
	}
	return filepath.Join(data, l.ID), l.DB
}

// PublicData is the folder of a public endpoint's data.
func (c *Config) PublicData(data, name string, p *Public) string {
	if p.Data != "" {
		return c.file(p.Data)
	}
	return filepath.Join(data, name)
}

// allTypes are the resource types of R4.
func allTypes() (names []string) {
	for _, t := range schema.R4().Types {
		if t.Kind == schema.Resource && !t.Abstract && t.Name != "Parameters" {
			names = append(names, t.Name)
		}
	}
	return names
}

func (s *Site) openLine(ctx context.Context, l Line) (*line, error) {
	x := &line{Line: l, site: s, base: s.issuer + l.Path, types: l.Types, grants: map[string]*server.Grant{}}
	if x.types == nil {
		x.types = allTypes()
	} else if s.auth != nil && !slices.Contains(x.types, "AuditEvent") {
		x.types = append(x.types, "AuditEvent")
	}
	data, db := s.config.Data(s.opt.Data, &l)
	var err error
	if x.store, err = s.opt.OpenStore(ctx, data, db); err != nil {
		return nil, fmt.Errorf("line %s: %w", l.ID, err)
	}
	opt := s.serverOptions()
	opt.Base, opt.Types, opt.Guides = x.base, x.types, []string{"carin-bb-2.0.0", "us-core-" + l.USCore, "pdex-2.0.0"}
	if s.auth != nil {
		opt.Stands = s.auth.Stands
	}
	opt.Bulk = filepath.Join(data, "fhir", "bulk")
	if s.opt.Prepare != nil {
		if err := s.opt.Prepare(data, x.store, &opt); err != nil {
			x.store.Close()
			return nil, fmt.Errorf("line %s: %w", l.ID, err)
		}
	}
	if s.auth != nil {
		opt.Authorize, opt.Security, opt.Audit = x.authorize, s.auth.CapabilitySecurity(), x.audit
		opt.Sources = map[string]server.Source{"AuditEvent": auditSource{x}}
		opt.ReadOnly = !s.auth.writes
		x.attachments = slices.Contains(x.types, "Binary") && !membersWrite(s.auth.Server.Scopes, "DocumentReference")
	}
	if x.server, err = server.New(x.store, opt); err != nil {
		x.store.Close()
		return nil, fmt.Errorf("line %s: %w", l.ID, err)
	}
	return x, nil
}

// publicEndpoint is an endpoint for everybody.
type publicEndpoint struct {
	name   string
	path   string
	base   string
	store  *store.Store
	server *server.Server
}

// publicGuides are the guides that public endpoints follow; the types that they
// serve are the guide's.
var publicGuides = map[string]string{"directory": "plan-net-1.1.0", "formulary": "drug-formulary-2.0.1"}

func (s *Site) openPublic(ctx context.Context, name string, p *Public) (*publicEndpoint, error) {
	x := &publicEndpoint{name: name, path: p.Path, base: s.issuer + p.Path}
	data := s.config.PublicData(s.opt.Data, name, p)
	var err error
	if x.store, err = s.opt.OpenStore(ctx, data, p.DB); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	opt := s.serverOptions()
	opt.Base, opt.ReadOnly, opt.Guides = x.base, true, []string{publicGuides[name]}
	if p.Bulk {
		opt.Bulk = filepath.Join(data, "fhir", "bulk")
	}
	for _, r := range schema.R4().Guide(publicGuides[name]).Resources {
		opt.Types = append(opt.Types, r.Type)
	}
	slices.Sort(opt.Types)
	opt.Types = slices.Compact(opt.Types)
	if x.server, err = server.New(x.store, opt); err != nil {
		x.store.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return x, nil
}

func (s *Site) lineByID(id string) *line {
	for _, l := range s.lines {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// baseName is the id of the line whose FHIR base it is.
func (s *Site) baseName(base string) string {
	for i := range s.config.Lines {
		if s.issuer+s.config.Lines[i].Path == strings.TrimSuffix(base, "/") {
			return s.config.Lines[i].ID
		}
	}
	return ""
}
