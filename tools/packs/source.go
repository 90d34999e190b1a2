// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// source reads the decoded tables of CMS's grouper and code editor: JSON, packed
// with gzip. It remembers the first error, so that the builders read on one line.
type source struct {
	root string
	err  error
}

// keyed and keyedInt are entries of a map in the source's JSON.
type keyed[T any] struct {
	Key   string `json:"key"`
	Value T      `json:"value"`
}

type keyedInt[T any] struct {
	Key   int `json:"key"`
	Value T   `json:"value"`
}

type list[T any] struct {
	List []T `json:"list"`
}

func byKey[T any](a, b keyed[T]) int { return strings.Compare(a.Key, b.Key) }

// read decodes a file into v and returns the SHA-256 of its packed bytes.
func (s *source) read(path string, v any) string {
	if s.err != nil {
		return ""
	}
	sum, err := readJSON(filepath.Join(s.root, filepath.FromSlash(path)), v)
	if err != nil {
		s.err = fmt.Errorf("%s: %w", path, err)
	}
	return sum
}

func readJSON(path string, v any) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	z, err := gzip.NewReader(io.TeeReader(f, h))
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), json.Unmarshal(data, v)
}

// must keeps the first error of a builder's rows.
func (s *source) must(err error) {
	if s.err == nil {
		s.err = err
	}
}

// patterns gives the lists of each attribute pattern as one text.
func (s *source) patterns(path string) map[int]string {
	var p struct {
		Patterns []keyedInt[struct{ Operands []string }] `json:"dxPatterns"` // so in both files
	}
	s.read(path, &p)
	out := map[int]string{}
	for _, e := range p.Patterns {
		out[e.Key] = strings.Join(e.Value.Operands, " ")
	}
	return out
}

// procedures is the release's list of procedure codes and cluster keys.
func (s *source) procedures() ([]keyed[list[prEntry]], string) {
	var pr struct{ Codes []keyed[list[prEntry]] }
	sum := s.read(msdrgDir+"procedures.json.gz", &pr)
	slices.SortFunc(pr.Codes, byKey)
	return pr.Codes, sum
}

// sexMDCs gives, by "code@version", the MDC of a male and of a female patient.
func (s *source) sexMDCs() map[string][2]int {
	var d struct {
		Codes []keyed[list[struct {
			MDCs     []keyedInt[int] `json:"genderMdcMap"`
			Versions []string        `json:"versions"`
		}]] `json:"CodeGenderMdcs"`
	}
	s.read(msdrgDir+"codeGenderMdcs.json.gz", &d)
	out := map[string][2]int{}
	for _, e := range d.Codes {
		for _, x := range e.Value.List {
			var mdc [2]int
			for _, m := range x.MDCs {
				mdc[m.Key-1] = m.Value
			}
			for _, v := range x.Versions {
				out[e.Key+"@"+v] = mdc
			}
		}
	}
	return out
}

// hacNumbers gives, by "code@version", the hospital-acquired conditions of a code.
func (s *source) hacNumbers() map[string]string {
	var d struct {
		Codes []keyed[list[struct {
			Numbers  []int    `json:"hacNumbers"`
			Versions []string `json:"versions"`
		}]] `json:"hacInfos"`
	}
	s.read(msdrgDir+"hacInformation.json.gz", &d)
	out := map[string]string{}
	for _, e := range d.Codes {
		for _, x := range e.Value.List {
			for _, v := range x.Versions {
				out[e.Key+"@"+v] = join(x.Numbers)
			}
		}
	}
	return out
}

// exclusionGroups gives, by "code@version", the group of CC exclusions that a
// principal diagnosis brings with it.
func (s *source) exclusionGroups() map[string]int {
	var d struct {
		Codes []keyed[struct {
			Groups []struct {
				ID       int      `json:"groupId"`
				Versions []string `json:"versions"`
			} `json:"groups"`
		}] `json:"pdx_exclusion_groups"`
	}
	s.read(msdrgDir+"pdxExclusionGroups.json.gz", &d)
	out := map[string]int{}
	for _, e := range d.Codes {
		for _, g := range e.Value.Groups {
			for _, v := range g.Versions {
				out[e.Key+"@"+v] = g.ID
			}
		}
	}
	return out
}

// dischargeStatuses are the statuses that the code editor knows on a day.
func (s *source) dischargeStatuses(on civil.Date) []int {
	var codes []int
	for _, e := range s.mceDischarges() {
		start, end, err := mceDates(e.StartDate, e.EndDate)
		s.must(err)
		if !on.Before(start) && (end.IsZero() || !on.After(end)) {
			codes = append(codes, e.Code)
		}
	}
	return codes
}
