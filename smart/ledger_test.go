// SPDX-License-Identifier: Apache-2.0

package smart_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func TestLedger(t *testing.T) {
	tests := ""
	for _, pattern := range []string{"smart/*_test.go", "server/site/*_test.go"} {
		files, err := filepath.Glob(filepath.Join(evidence.Root(), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tests += string(b)
		}
	}
	var b strings.Builder
	b.WriteString("# SMART App Launch and UDAP\n\nEach test of the Inferno kits for SMART App Launch and UDAP Security that looks at a server, and the test in smart/ or server/site that holds the same.\n" +
		"These are our own tests after Inferno's list; no row says that Inferno itself was run. A row ending in a reason instead of a test is not covered here.\n")
	for _, kit := range []string{"smart", "udap"} {
		rows, err := csv.NewReader(bytes.NewReader(evidence.Read(t, "reference/conformance/inferno-"+kit+".csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		held, all := 0, 0
		for _, row := range rows[1:] {
			id := row[2][strings.LastIndexByte(row[2], '-')+1:]
			where, ok := ledger.SMART[id]
			if !ok {
				where = "not traced"
				t.Errorf("%s is not traced", row[2])
			}
			if all++; strings.HasPrefix(where, "Test") {
				if held++; !strings.Contains(tests, "func "+where+"(") {
					t.Errorf("there is no test %s", where)
				}
			}
			fmt.Fprintf(&table, "| %s | %s | `%s` | %s | %s |\n", row[0], row[1], id, row[5], where)
		}
		fmt.Fprintf(&b, "\n## inferno-%s\n\n%d of %d held by a test.\n\n| suite | number | test | | held by |\n|---|---|---|---|---|\n%s", kit, held, all, table.String())
	}
	ledger.Check(t, "smart.md", b.String())
}
