// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

type object = map[string]any

// capability is the CapabilityStatement: it is made of what is served, so that it
// cannot say anything else. alone is false for an entry of a Bundle.
func (s *Server) capability(q *request, alone bool) (*response, error) {
	s.capabilities.Lock()
	defer s.capabilities.Unlock()
	if s.capabilities.base != q.base {
		body, err := s.makeCapability(q)
		if err != nil {
			return nil, err
		}
		packed, err := packedWithGzip(body)
		if err != nil {
			return nil, err
		}
		s.capabilities.base, s.capabilities.body, s.capabilities.packed = q.base, body, packed
	}
	resp := &response{status: http.StatusOK, body: s.capabilities.body, header: http.Header{"Vary": {"Accept-Encoding"}}}
	if alone && acceptsGzip(q.header) {
		resp.body = s.capabilities.packed
		resp.header.Set("Content-Encoding", "gzip")
	}
	return resp, nil
}

// packedWithGzip packs the CapabilityStatement, which names all search parameters and is
// large. What is about people is not packed: sizes of packed secrets can be probed.
func packedWithGzip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := zw.Write(body); err != nil {
		return nil, err
	}
	err := zw.Close()
	return b.Bytes(), err
}

// acceptsGzip tells whether a client names gzip, and not with q=0.
func acceptsGzip(h http.Header) bool {
	for _, part := range strings.Split(h.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight, given := strings.CutPrefix(strings.TrimSpace(params), "q=")
			return !given || strings.Trim(weight, "0.") != ""
		}
	}
	return false
}

func (s *Server) makeCapability(q *request) ([]byte, error) {
	var names []string
	for name := range s.types {
		names = append(names, name)
	}
	slices.Sort(names)
	var resources []object
	for _, name := range names {
		if src := s.opt.Sources[name]; src != nil {
			resources = append(resources, sourceCapability(name, src))
		} else {
			resources = append(resources, s.resourceCapability(name))
		}
	}
	interaction := func(codes ...string) (list []object) {
		for _, c := range codes {
			list = append(list, object{"code": c})
		}
		return list
	}
	rest := object{
		"mode":        "server",
		"resource":    resources,
		"interaction": interaction("transaction", "batch", "search-system", "history-system"),
	}
	if s.opt.ReadOnly {
		rest["interaction"] = interaction("batch", "search-system", "history-system")
	}
	if s.opt.Security != nil {
		rest["security"] = json.RawMessage(s.opt.Security)
	}
	operations := s.operations.capability("")
	if s.bulk != nil {
		operations = append(operations, object{"name": "export", "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"})
	}
	if s.imports != nil && !s.opt.ReadOnly {
		operations = append(operations, object{"name": "import", "definition": "https://github.com/smart-on-fhir/bulk-import"})
	}
	if operations != nil {
		rest["operation"] = operations
	}
	statement := object{
		"resourceType": "CapabilityStatement",
		"status":       "active",
		"date":         s.started.UTC().Format(time.RFC3339),
		"kind":         "instance",
		"fhirVersion":  "4.0.1",
		"format":       []string{fhirJSON, "json"},
		"patchFormat":  []string{jsonPatch},
		"software":     object{"name": "Woodlawn", "version": s.opt.Version},
		"implementation": object{
			"description": "Woodlawn FHIR server",
			"url":         q.base,
		},
		"rest": []object{rest},
	}
	if s.opt.Version == "" {
		statement["software"] = object{"name": "Woodlawn"}
	}
	if list := s.instantiates(); list != nil {
		statement["instantiates"] = list
	}
	return json.Marshal(statement)
}

// resourceCapability is what can be done with a type.
func (s *Server) resourceCapability(name string) object {
	types := search.For(name)
	var params []object
	var includes []string
	for _, p := range types.Params() {
		param := object{"name": p.Code, "type": p.Type}
		if url := s.definition(p); url != "" {
			param["definition"] = url
		}
		params = append(params, param)
		if p.Type == "reference" {
			includes = append(includes, name+":"+p.Code)
		}
	}
	if includes != nil {
		includes = append(includes, name+":*")
	}
	includes = append(includes, s.guideIncludes(name, includes)...)
	r := object{
		"type":            name,
		"versioning":      "versioned-update",
		"readHistory":     true,
		"conditionalRead": "full-support",
		"referencePolicy": []string{"literal", "local"},
		"searchParam":     params,
	}
	codes := []string{"read", "vread", "history-instance", "history-type", "search-type"}
	if !s.opt.ReadOnly {
		r["updateCreate"], r["conditionalCreate"], r["conditionalUpdate"], r["conditionalDelete"] = true, true, true, "single"
		codes = append(codes, "update", "patch", "delete", "create")
	}
	if profiles := s.profiles(name); profiles != nil {
		r["supportedProfile"] = profiles
	}
	if combined := s.combinations(types); combined != nil {
		r["extension"] = combined
	}
	var interactions []object
	for _, code := range codes {
		interactions = append(interactions, object{"code": code})
	}
	r["interaction"] = interactions
	if includes != nil {
		r["searchInclude"] = includes
	}
	if reverse := s.reverseIncludes(name); reverse != nil {
		r["searchRevInclude"] = reverse
	}
	operations := s.operations.capability(name)
	if name == "Patient" {
		operations = append(operations, object{"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"})
	}
	if s.bulk != nil && (name == "Patient" || name == "Group") {
		operations = append(operations, object{"name": "export", "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/" + map[string]string{"Patient": "patient", "Group": "group"}[name] + "-export"})
	}
	if operations != nil {
		r["operation"] = operations
	}
	if s.opt.Capability != nil {
		s.opt.Capability(name, r)
	}
	return r
}

// reverseIncludes are the references of other types to this one.
func (s *Server) reverseIncludes(target string) []string {
	var list []string
	for name := range s.types {
		for _, p := range search.For(name).Params() {
			if p.Type == "reference" && slices.Contains(p.Targets, target) {
				list = append(list, name+":"+p.Code)
			}
		}
	}
	slices.Sort(list)
	return list
}
