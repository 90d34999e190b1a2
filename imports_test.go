// SPDX-License-Identifier: Apache-2.0

package woodlawn

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/woodlawn-health/woodlawn/"

// layers orders the folders from the words that all share to the program. A
// package may import its own folder and the layers below its own.
var layers = [][]string{
	{"claim"},
	{"refdata", "edi", "terminology", "fhir"},
	{"payment", "quality", "cop", "vbc", "population"},
	{"smart", "interop", "store"},
	{"server", "cli", "web"},
	{"cmd"},
}

// allowed lists the imports inside a layer, and those that a rule forbids to all others.
var allowed = map[string]bool{
	"terminology -> fhir":    true, // value sets are FHIR documents
	"fhir -> terminology":    true, // bindings
	"interop -> smart":       true,
	"interop -> store":       true,
	"cli -> server":          true,
	"server -> web":          true,
	"cli -> web":             true,
	"population -> vbc":      true, // panels are made of assigned beneficiaries
	"population -> quality":  true, // care gaps
	"vbc -> payment":         false,
	"refdata -> claim":       true,
	"smart -> store":         true,
	"terminology -> refdata": true,
	"fhir -> refdata":        true,
}

// forbidden holds even where the layers would allow it.
var forbidden = map[string]string{
	"payment -> fhir":     "pricing knows no FHIR; interop maps",
	"payment -> store":    "domain packages take the reader they need",
	"quality -> store":    "domain packages take the reader they need",
	"vbc -> store":        "domain packages take the reader they need",
	"population -> store": "domain packages take the reader they need",
	"cop -> store":        "domain packages take the reader they need",
}

func TestImportDirection(t *testing.T) {
	rank := map[string]int{}
	for i, layer := range layers {
		for _, folder := range layer {
			rank[folder] = i
		}
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		from, ok := folder(fields[0])
		if !ok || from == "tools" || from == "internal" {
			continue
		}
		if _, known := rank[from]; !known {
			t.Errorf("folder %s has no place in the layers", from)
			continue
		}
		for _, imp := range fields[1:] {
			to, ours := folder(imp)
			if !ours || to == from {
				continue
			}
			if to == "internal" || to == "tools" {
				t.Errorf("%s imports %s, which is for tests and tools", fields[0], imp)
				continue
			}
			edge := from + " -> " + to
			if why, bad := forbidden[edge]; bad {
				t.Errorf("%s imports %s: %s", fields[0], imp, why)
			} else if rank[to] >= rank[from] && !allowed[edge] {
				t.Errorf("%s imports %s, which is not below it", fields[0], imp)
			}
		}
	}
}

// folder is the top folder of one of our packages.
func folder(pkg string) (string, bool) {
	rest, ours := strings.CutPrefix(pkg, module)
	if !ours {
		return "", false
	}
	top, _, _ := strings.Cut(rest, "/")
	return top, true
}

func TestPackageNamesSaySomething(t *testing.T) {
	out, err := exec.Command("go", "list", "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, pkg := range strings.Fields(string(out)) {
		for _, part := range strings.Split(pkg, "/") {
			switch part {
			case "util", "utils", "common", "models", "helpers", "types", "misc":
				t.Errorf("package %s: %s says nothing", pkg, part)
			}
		}
	}
}
