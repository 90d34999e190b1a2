// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"fmt"
	"strings"
)

// Link builds the indexes of a table: types find their base and their elements'
// types, search parameters their resources.
func (s *Schema) Link() error {
	s.byName = make(map[string]*Type, len(s.Types))
	for _, t := range s.Types {
		s.byName[t.Name] = t
	}
	for _, t := range s.Types {
		if t.BaseName != "" {
			if t.base = s.byName[t.BaseName]; t.base == nil {
				return fmt.Errorf("type %s specialises %s, which is not in the table", t.Name, t.BaseName)
			}
		}
		if err := s.linkElements(t); err != nil {
			return err
		}
	}
	s.byBase = map[string]map[string][]*SearchParameter{}
	s.byParam = make(map[string]*SearchParameter, len(s.SearchParameters))
	for _, p := range s.SearchParameters {
		if s.byParam[p.URL] == nil {
			s.byParam[p.URL] = p
		}
		for _, base := range p.Base {
			if s.byBase[base] == nil {
				s.byBase[base] = map[string][]*SearchParameter{}
			}
			s.byBase[base][p.Code] = append(s.byBase[base][p.Code], p)
		}
	}
	return nil
}

func (s *Schema) linkElements(t *Type) error {
	t.byName = make(map[string]int, len(t.Elements))
	for i := range t.Elements {
		e := &t.Elements[i]
		t.byName[e.Name] = i
		for j := range e.Types {
			r := &e.Types[j]
			if inline, ok := strings.CutPrefix(r.Name, "#"); ok {
				if e.inline = s.byName[inline]; e.inline == nil {
					return fmt.Errorf("%s refers to %s, which is not in the table", e.Path, inline)
				}
				continue
			}
			if r.typ = s.byName[r.Name]; r.typ == nil {
				return fmt.Errorf("%s has the type %s, which is not in the table", e.Path, r.Name)
			}
			if e.Choice {
				t.byName[e.JSONName(r.Name)] = i
			}
		}
	}
	return nil
}

// JSONName is the element's name in JSON with a type: valueQuantity.
func (e *Element) JSONName(typeName string) string {
	if !e.Choice {
		return e.Name
	}
	return e.Name + strings.ToUpper(typeName[:1]) + typeName[1:]
}
