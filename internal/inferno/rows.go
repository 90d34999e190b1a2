// SPDX-License-Identifier: Apache-2.0

// Package inferno runs, against our own server in this process, checks of the
// kind that the Inferno test kits describe, one for each row of their published
// lists of tests. The checks are ours, written after the lists: what they find
// says nothing about a run of Inferno itself.
//
// A row is mapped to a check by its title ("Server returns valid results for
// CarePlan search by patient + category") and to a profile by its group. The
// parameters and profiles come from the guides' packages, the expected matches
// from a plain walk over the data: no index of ours is asked what is right.
package inferno

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// Row is one test of a kit.
type Row struct {
	Number   string // short_id: 2.4.01
	ID       string // the last part of test_id
	Group    string // group_path
	Title    string
	Required bool
	About    string // the description's beginning
}

var profileLink = regexp.MustCompile(`\((http://[^)\s]*/StructureDefinition/[^)\s]+)\)`)

// rows reads a suite of a kit's list.
func rows(tb testing.TB, kit, suite string) (list []Row) {
	tb.Helper()
	records, err := csv.NewReader(bytes.NewReader(evidence.Read(tb, "reference/conformance/inferno-"+kit))).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range records[1:] {
		if r[0] == suite {
			list = append(list, Row{r[1], r[2][strings.LastIndexByte(r[2], '-')+1:], r[3], r[4], r[5] == "required", r[7]})
		}
	}
	if len(list) == 0 {
		tb.Fatalf("the list of %s has no suite %s", kit, suite)
	}
	return list
}

// profiles finds the profile of each group, which the row of its validation names.
// A row of a group with several validations (CARIN's kinds of claims) has its own,
// found by the beginning of the test's id.
func profiles(list []Row) map[string]string {
	found := map[string]string{}
	for _, r := range list {
		if !strings.HasSuffix(r.ID, "_validation_test") && !strings.HasSuffix(r.ID, "_validation") {
			continue
		}
		if m := profileLink.FindStringSubmatch(r.About); m != nil {
			if found[r.Group] == "" {
				found[r.Group] = m[1]
			}
			found[stem(r.ID)] = m[1]
		}
	}
	return found
}

// stem is a test's id without what it does: c4bb_v200_eob_oral.
func stem(id string) string {
	id = strings.TrimSuffix(id, "_test")
	for _, what := range []string{"_validation", "_must_support"} {
		id = strings.TrimSuffix(id, what)
	}
	return id
}
