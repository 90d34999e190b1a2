// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/server"
)

// Suite is one list of tests, and the data to run it on.
type Suite struct {
	Kit      string   // us-core.csv.gz: the list's file, after inferno-
	Name     string   // us_core_v610
	Guide    string   // us-core-6.1.0, see schema.Guide
	Packages []string // of which the profiles come, hl7.fhir.us.core#6.1.0
	Data     [][]byte // resources as JSON
	// Elsewhere says of rows which other test of ours holds them (a text that begins
	// with Test) or why none does, by the last part of the test's id.
	Elsewhere map[string]string
	// Known says why rows are not held whose check fails; a row that fails without a
	// reason fails the test.
	Known map[string]string
	// Extra adds operations and the like to the server.
	Extra func(*server.Options)
}

// Run does the suite's rows and gives the ledger's section about them.
func (s Suite) Run(t *testing.T) string {
	t.Helper()
	list := rows(t, s.Kit, s.Name)
	opt := server.Options{Guides: []string{s.Guide}}
	if s.Extra != nil {
		s.Extra(&opt)
	}
	g := schema.R4().Guide(s.Guide)
	w := open(t, s.Packages, opt, s.Data)
	r := &runner{w, s, profiles(list), g.URL}
	var out, group strings.Builder
	name, all, heldAll, must, heldMust := "", 0, 0, 0, 0
	flush := func() {
		if group.Len() > 0 {
			fmt.Fprintf(&out, "\n### %s\n\n| number | test | | what became of it |\n|---|---|---|---|\n%s", name, group.String())
		}
		group.Reset()
	}
	for _, row := range list {
		if row.Group != name {
			flush()
			name = row.Group
		}
		res := r.row(row)
		need := "optional"
		if all++; res.held {
			heldAll++
		}
		if row.Required {
			need = "required"
			if must++; res.held {
				heldMust++
			}
		}
		what := "held: " + res.text
		if !res.held {
			what = "**not held**: " + res.text
			if why := s.Known[row.ID]; why != "" {
				what = "**not held**: " + why
			} else if !res.known {
				t.Errorf("%s %s: %s", row.Number, row.ID, res.text)
			}
		} else if s.Known[row.ID] != "" {
			t.Errorf("%s %s is held; take its reason away", row.Number, row.ID)
		}
		fmt.Fprintf(&group, "| %s | %s | %s | %s |\n", row.Number, row.Title, need, what)
	}
	flush()
	return fmt.Sprintf("\n## Suite %s\n\nHeld: %d of %d rows; of the %d that Inferno marks required, %d.\n%s", s.Name, heldAll, all, must, heldMust, out.String())
}

// attested says why a row that asks for a person's word is not held.
const attested = "Inferno asks for a person's attestation, which no test gives"

type runner struct {
	*world
	suite    Suite
	profiles map[string]string
	guide    string // URL of the CapabilityStatement
}

var (
	searchTitle  = regexp.MustCompile(`^Server returns valid results for (\w+) search by ([\w-]+(?: \+ [\w-]+)*)$`)
	includeTitle = regexp.MustCompile(`(\w+) search (?:by (?:id \+ )?|with )_include=(\S+)$`)
	revTitle     = regexp.MustCompile(`from (\w+) search (?:by ([\w+ -]+) \+ rev[Ii]nclude:|with _revinclude=)(\S+)$`)
	chainTitle   = regexp.MustCompile(`^Server capable of forward chaining with (\S+)$`)
	hasAbout     = regexp.MustCompile(`_has:\w+:[\w-]+:[\w-]+`)
	filterTitle  = regexp.MustCompile(`^Server filters results for (\w+) (?:search by ([\w+ -]+)|reads) based on granular scopes$`)
)

// row does the check of a row.
func (r *runner) row(row Row) result {
	if where := r.suite.Elsewhere[row.ID]; where != "" {
		return result{held: strings.HasPrefix(where, "Test"), known: true, text: where}
	}
	if where, ok := ledger.SMART[row.ID]; ok {
		if strings.HasPrefix(where, "Test") {
			return held("%s of smart/", where)
		}
		return result{known: true, text: strings.TrimPrefix(where, "not here: ")}
	}
	if strings.Contains(row.Group, "Attestation") {
		return result{known: true, text: attested}
	}
	profile := r.profiles[row.Group]
	if own := r.profiles[stem(row.ID)]; own != "" {
		profile = own
	}
	profile = r.profile(profile)
	list := r.claiming(profile)
	typ := ""
	if sd, ok := r.index.Find(profile); ok {
		typ = sd.Get("type").Text()
	}
	if profile == "" { // a group without a profile of its own looks at all of its type
		if m := regexp.MustCompile(`\b(\w+) resource`).FindStringSubmatch(row.Title); m != nil {
			typ = m[1]
		}
		list = r.ofType(typ)
	}
	if res, ok := r.special(row, typ); ok {
		return res
	}
	switch {
	case strings.HasPrefix(row.Group[strings.LastIndex(row.Group, "> ")+1:], " Capability Statement"), strings.HasPrefix(row.Group, "Capability Statement"):
		return r.capability(row.ID, r.guide)
	case filterTitle.MatchString(row.Title):
		m := filterTitle.FindStringSubmatch(row.Title)
		return r.filtered(row.Group, m[1], strings.Fields(strings.ReplaceAll(m[2], "+", " ")))
	case searchTitle.MatchString(row.Title):
		m := searchTitle.FindStringSubmatch(row.Title)
		return r.searchBy(r.kind(list, m[1]), m[1], strings.Split(m[2], " + "))
	case includeTitle.MatchString(row.Title):
		m := includeTitle.FindStringSubmatch(row.Title)
		return r.includes(r.kind(list, typ), typ, m[2])
	case revTitle.MatchString(row.Title):
		m := revTitle.FindStringSubmatch(row.Title)
		codes := []string{"_id"}
		if m[2] != "" {
			codes = strings.Split(strings.TrimSpace(m[2]), " + ")
		}
		return r.revIncludes(list, m[1], m[3], codes)
	case chainTitle.MatchString(row.Title):
		return r.chained(list, typ, chainTitle.FindStringSubmatch(row.Title)[1])
	case strings.Contains(row.ID, "reverse_chain") && hasAbout.MatchString(row.About):
		return r.reverseChained(list, typ, hasAbout.FindString(row.About))
	case strings.HasSuffix(row.ID, "_read_test"), strings.HasSuffix(row.ID, "_read"), strings.HasSuffix(row.ID, "_no_params_search_test"):
		return r.reads(list)
	case strings.Contains(row.ID, "_validation"):
		return r.validates(list, profile)
	case strings.Contains(row.ID, "_must_support"):
		return r.supports(list, profile)
	case strings.Contains(row.ID, "_resolution"):
		return r.resolves(list)
	}
	return not("no check of ours")
}

func (w *world) ofType(typ string) (list []*doc) {
	for _, d := range w.docs {
		if d.typ == typ {
			list = append(list, d)
		}
	}
	return list
}

// kind keeps the resources of a type; a group whose profile the data does not
// claim is looked at by its type.
func (w *world) kind(list []*doc, typ string) (same []*doc) {
	for _, d := range list {
		if d.typ == typ {
			same = append(same, d)
		}
	}
	return same
}
