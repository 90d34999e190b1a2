// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// Writer keeps resources, as far as the caller may write.
type Writer interface {
	// Put keeps resources in one transaction: new versions, or the first. It tells for
	// each whether it was new.
	Put(ctx context.Context, resources []*node.Doc) (created []bool, err error)
}

// maxSubmitted bounds the resources of one bundle.
const maxSubmitted = 50_000

// Submitted is the answer of $submit-data.
type Submitted struct {
	Body []byte // an OperationOutcome with an issue for each bundle
	Kept int    // bundles that were kept
}

// Submit answers $submit-data: each bundle (or, as in R4, the measure report with the
// resources) is checked against DEQM's data exchange profile and kept in a transaction
// of its own. A bundle that is refused does not harm the others.
func (s *Service) Submit(ctx context.Context, req *Request, w Writer) (*Submitted, error) {
	var bundles [][]node.Node
	for _, b := range req.Input.Resources("bundle") {
		if b.ResourceType() != "Bundle" {
			return nil, failure(Invalid, "bundle is a Bundle with data exchange MeasureReports and the data")
		}
		bundles = append(bundles, []node.Node{b})
	}
	if report, ok := req.Input.Resource("measureReport"); ok {
		bundles = append(bundles, append([]node.Node{report}, req.Input.Resources("resource")...))
	}
	if len(bundles) == 0 {
		return nil, failure(Invalid, "$submit-data takes bundle, one or more: each a Bundle with one or more data exchange MeasureReports and the data")
	}
	answer := &Submitted{}
	o := outcomes{ResourceType: "OperationOutcome"}
	for i, b := range bundles {
		n, err := s.submitOne(ctx, b, w)
		if err != nil {
			o.Issue = append(o.Issue, problem{"error", "processing", err.Error(), []string{fmt.Sprintf("Parameters.parameter.where(name = 'bundle')[%d]", i)}})
			continue
		}
		answer.Kept++
		o.Issue = append(o.Issue, problem{"information", "informational", fmt.Sprintf("%d resources kept", n), []string{fmt.Sprintf("Parameters.parameter.where(name = 'bundle')[%d]", i)}})
	}
	var err error
	answer.Body, err = json.Marshal(o)
	return answer, err
}

type (
	outcomes struct {
		ResourceType string    `json:"resourceType"`
		Issue        []problem `json:"issue"`
	}
	problem struct {
		Severity    string   `json:"severity"`
		Code        string   `json:"code"`
		Diagnostics string   `json:"diagnostics"`
		Expression  []string `json:"expression,omitempty"`
	}
)

// submitOne checks and keeps one bundle.
func (s *Service) submitOne(ctx context.Context, parts []node.Node, w Writer) (int, error) {
	docs, err := s.unpack(parts)
	defer func() {
		for _, d := range docs {
			d.Release()
		}
	}()
	if err != nil {
		return 0, err
	}
	reports := 0
	for _, d := range docs {
		if d.Root().ResourceType() != "MeasureReport" {
			continue
		}
		reports++
		broken, err := Check(d, "dataexchangemeasurereport")
		if err != nil {
			return 0, err
		}
		if d.Root().Get("type").Is("data-exchange") { // the name of DEQM's STU 3 and 4
			broken = slices.DeleteFunc(broken, func(r Rule) bool { return r.ID == "MeasureReport.type" })
		}
		if len(broken) > 0 {
			texts := make([]string, len(broken))
			for i, r := range broken {
				texts[i] = r.ID + ": " + r.Says
			}
			return 0, failure(Invalid, "the MeasureReport is none of DEQM's data exchange: %s", strings.Join(texts, "; "))
		}
	}
	if reports == 0 {
		return 0, failure(Invalid, "the bundle has no MeasureReport")
	}
	if _, err := w.Put(ctx, docs); err != nil {
		return 0, err
	}
	return len(docs), nil
}

// unpack takes the resources out of bundles, gives those without an id one, and makes
// references by urn:uuid those to what they name.
func (s *Service) unpack(parts []node.Node) ([]*node.Doc, error) {
	type item struct {
		src     []byte
		typ, id string
	}
	var items []item
	names := map[string]string{} // fullUrl to Type/id
	add := func(r node.Node, fullURL string) error {
		if len(items) == maxSubmitted {
			return failure(TooMuch, "a bundle has more than %d resources", maxSubmitted)
		}
		typ := r.ResourceType()
		if typ == "" || typ == "Bundle" || typ == "Parameters" {
			return failure(Invalid, "an entry of the bundle is no resource that can be kept")
		}
		it := item{slices.Clone(r.JSON()), typ, r.ID()}
		if it.id == "" {
			it.id = s.opt.NewID()
			if id, ok := strings.CutPrefix(fullURL, "urn:uuid:"); ok && search.ValidID(id) {
				it.id = id
			}
			it.src = withID(it.src, it.id)
		}
		if strings.HasPrefix(fullURL, "urn:") {
			names[fullURL] = typ + "/" + it.id
		}
		items = append(items, it)
		return nil
	}
	for _, p := range parts {
		if p.ResourceType() != "Bundle" {
			if err := add(p, ""); err != nil {
				return nil, err
			}
			continue
		}
		for e := range p.Get("entry").Items() {
			if r := e.Get("resource"); r.Exists() {
				if err := add(r, e.Get("fullUrl").Text()); err != nil {
					return nil, err
				}
			}
		}
	}
	var docs []*node.Doc
	for _, it := range items {
		d, err := node.ParseResource(resolve(it.src, names))
		if err != nil {
			return docs, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// resolve puts Type/id in the place of the urns that the bundle's entries have for names.
func resolve(src []byte, names map[string]string) []byte {
	if len(names) == 0 {
		return src
	}
	var out []byte
	for {
		i := bytes.Index(src, []byte(`"urn:`))
		if i < 0 {
			return append(out, src...)
		}
		end := bytes.IndexByte(src[i+1:], '"')
		if end < 0 {
			return append(out, src...)
		}
		end += i + 1
		out = append(out, src[:i+1]...)
		if ref, ok := names[string(src[i+1:end])]; ok {
			out = append(out, ref...)
		} else {
			out = append(out, src[i+1:end]...)
		}
		out = append(out, '"')
		src = src[end+1:]
	}
}

// withID puts an id into a resource that has none.
func withID(src []byte, id string) []byte {
	open := bytes.IndexByte(src, '{')
	text, _ := json.Marshal(id)
	out := append([]byte{}, src[:open+1]...)
	out = append(append(append(out, `"id":`...), text...), ',')
	return append(out, src[open+1:]...)
}
