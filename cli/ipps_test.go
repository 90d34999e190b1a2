// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/payment/ipps"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func ippsRun(t *testing.T, in string) (out string, total, bad int) {
	t.Helper()
	p := ippsLines{pricer: ipps.New(refdata.Embedded()), file: func() (*ipps.ProviderFile, error) { return nil, errors.New("no file") }}
	var b bytes.Buffer
	total, bad, err := eachLine(strings.NewReader(in), &b, func() lineFunc { return p.answer })
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), total, bad
}

// Many batches on every core come out in the order in which they went in.
func TestIPPSKeepsOrder(t *testing.T) {
	var in strings.Builder
	const lines = 6000
	for i := range lines {
		fmt.Fprintf(&in, `{"id":%d,"claim":{"discharge_date":"2026-05-04"%s},"provider_file":[]}`+"\n", i, strings.Repeat(" ", i%300))
	}
	out, total, bad := ippsRun(t, in.String())
	if total != lines || bad != 0 {
		t.Fatalf("%d lines, %d bad", total, bad)
	}
	for i, line := range strings.SplitAfter(strings.TrimSuffix(out, "\n"), "\n") {
		if want := fmt.Sprintf(`{"id":%d,"return_code":"51"`, i); !strings.HasPrefix(line, want) {
			t.Fatalf("line %d is %.60s", i, line)
		}
	}
}

// A line too long to read is reported in its place; its neighbours are priced.
func TestIPPSLongLine(t *testing.T) {
	good := `{"id":1,"claim":{"discharge_date":"2026-05-04"},"provider_file":[]}`
	out, total, bad := ippsRun(t, good+"\n"+strings.Repeat("x", maxLine+batchBytes)+"\n"+good)
	if total != 3 || bad != 1 {
		t.Fatalf("%d lines, %d bad", total, bad)
	}
	lines := strings.Split(out, "\n")
	if !strings.Contains(lines[0], `"51"`) || !strings.Contains(lines[1], "longer than") || !strings.Contains(lines[2], `"51"`) {
		t.Errorf("%.300s", out)
	}
}
