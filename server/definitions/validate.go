// SPDX-License-Identifier: Apache-2.0

package definitions

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/server"
)

// validate is $validate (R4, resource-operation-validate.html): whether what the
// client sends could be kept, or, without a resource, what is kept.
func (l *Library) validate(ctx context.Context, c *server.Call) (*server.Result, error) {
	mode := c.Text("mode")
	if !slices.Contains([]string{"", "create", "update", "delete", "profile"}, mode) {
		return nil, server.Failure(http.StatusBadRequest, "invalid", "mode is create, update, delete or profile")
	}
	given, sent := c.Resource("resource")
	switch {
	case mode == "delete" && c.ID == "", mode == "update" && c.ID == "":
		return nil, server.Failure(http.StatusBadRequest, "required", "the mode %s is asked for at %s/[id]/$validate", mode, c.Type)
	case mode == "create" && c.ID != "":
		return nil, server.Failure(http.StatusBadRequest, "invalid", "the mode create is asked for at %s/$validate", c.Type)
	case mode == "delete":
		return l.validateDelete(ctx, c)
	case mode == "profile" && !c.Has("profile"):
		return nil, server.Failure(http.StatusBadRequest, "required", "the mode profile needs the parameter profile")
	case !sent && c.ID == "":
		return nil, server.Failure(http.StatusBadRequest, "required", "send the resource to validate, as the body or as the parameter resource")
	}
	v, err := l.seen(ctx, c)
	if err != nil {
		return nil, err
	}
	if !sent {
		have, err := c.Read(ctx, c.Type, c.ID)
		if err != nil {
			return nil, err
		}
		d, err := node.ParseResource(have.JSON())
		if err != nil {
			return nil, err
		}
		given = d.Root()
	}
	return &server.Result{Body: validate.OperationOutcome(v.check(c, mode, given))}, nil
}

// validateDelete tells whether a resource could be deleted.
func (l *Library) validateDelete(ctx context.Context, c *server.Call) (*server.Result, error) {
	if err := c.May(server.Delete, c.Type); err != nil {
		return nil, err
	}
	if _, err := c.Read(ctx, c.Type, c.ID); err != nil {
		return nil, err
	}
	return &server.Result{Body: validate.OperationOutcome(nil)}, nil
}

// check validates a resource for a mode.
func (v *view) check(c *server.Call, mode string, given node.Node) (issues []validate.Issue) {
	bad := func(code, rule, place, text string) {
		issues = append(issues, validate.Issue{Severity: validate.Error, Code: code, Location: place, Rule: rule, Text: text})
	}
	if typ := given.ResourceType(); typ != c.Type {
		bad("invalid", "type", typ, "the resource is a "+typ+", and "+c.Type+" was asked for")
		return issues
	}
	if id := given.ID(); mode == "update" && id != c.ID {
		bad("invalid", "id", c.Type+".id", "the id must be that of the address")
	}
	profiles := c.Texts("profile")
	for _, p := range profiles {
		if !v.hasProfile(p) {
			bad("not-found", "profile", c.Type, "the profile "+p+" is not loaded, so the resource was not checked against it")
		}
	}
	d, err := node.ParseResource(given.JSON()) // places are told from the resource, not from the Parameters around it
	if err != nil {
		bad("structure", "syntax", c.Type, err.Error())
		return issues
	}
	return append(issues, v.validator.Validate(d, profiles...)...)
}

func (v *view) hasProfile(canonical string) bool {
	if r, ok := v.index.Find(canonical); ok {
		_, version, _ := strings.Cut(canonical, "|")
		return r.ResourceType() == "StructureDefinition" && (version == "" || r.Get("version").Is(version))
	}
	url, _, _ := strings.Cut(canonical, "|")
	return schema.R4().TypeByURL(url) != nil
}

// Guard refuses resources with errors before they are kept: validation on write.
// The answer is 422 with all issues.
func (l *Library) Guard(ctx context.Context, w *server.Writing) error {
	if w.Doc == nil {
		return nil
	}
	v, err := l.view(ctx, w.Store)
	if err != nil {
		return err
	}
	if issues := v.validator.Validate(w.Doc); validate.Errors(issues) {
		return server.Refusal(http.StatusUnprocessableEntity, validate.OperationOutcome(issues))
	}
	return nil
}
