// SPDX-License-Identifier: Apache-2.0

package definitions

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/terminology"
)

// searched answers what one client's searches ask of the library.
type searched struct {
	library *Library
	ctx     context.Context // of the request: search.Codes is made for each
	call    *server.Call
}

// Codes are the codes that a client's searches by :in, :not-in, :below and :above
// look for. It has the form of server.Options.Codes.
func (l *Library) Codes(ctx context.Context, c *server.Call) search.Codes {
	return &searched{l, ctx, c}
}

// In are all codes of a value set. One that is not loaded, or of which not all can be
// said from what is loaded, is refused: half of it would look like an answer.
func (s *searched) In(valueSet string) (map[string][]string, error) {
	v, err := s.library.seen(s.ctx, s.call)
	if err != nil {
		return nil, err
	}
	local := strings.TrimPrefix(valueSet, s.call.Base+"/")
	if id, ok := strings.CutPrefix(local, "ValueSet/"); ok {
		own := *s.call
		own.Type, own.ID = "ValueSet", id
		given, err := instance(s.ctx, &own)
		if err != nil {
			return nil, err
		}
		v, valueSet = v.with(given), given.Get("url").Text()
	} else if url, version, ok := strings.Cut(valueSet, "|"); ok {
		if err := v.hasVersion(url, version); err != nil {
			return nil, unanswered(err)
		}
	}
	e, err := v.terms.Expand(valueSet, terminology.ExpandOptions{})
	if err != nil {
		return nil, unanswered(err)
	}
	if !e.Complete {
		from := "another value set"
		if len(e.Open) > 0 {
			from = strings.Join(e.Open, ", ")
		}
		return nil, unanswered(fmt.Errorf("the value set draws on %s: %w", from, terminology.ErrNotLoaded))
	}
	codes := map[string][]string{}
	for _, c := range e.Contains {
		codes[c.System] = append(codes[c.System], c.Code)
	}
	return codes, nil
}

// Below are a code and what it subsumes.
func (s *searched) Below(system, code string) ([]string, error) {
	v, err := s.library.seen(s.ctx, s.call)
	if err != nil {
		return nil, err
	}
	codes, err := v.terms.Below(system, code)
	return codes, unanswered(err)
}

// Above are a code and what subsumes it.
func (s *searched) Above(system, code string) ([]string, error) {
	v, err := s.library.seen(s.ctx, s.call)
	if err != nil {
		return nil, err
	}
	codes, err := v.terms.Above(system, code)
	return codes, unanswered(err)
}

// unanswered is the refusal of a search that rests on what is not loaded: 400, as of
// any search that cannot be answered.
func unanswered(err error) error {
	if err == nil {
		return nil
	}
	return server.Failure(http.StatusBadRequest, "not-found", "the search cannot be answered: %s", missing(err))
}
