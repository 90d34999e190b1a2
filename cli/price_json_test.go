// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// eachJSON reads the lines of a reject file.
func eachJSON(t testing.TB, path string, fn func(status string, reasons []string)) {
	t.Helper()
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var r struct {
			Status  string   `json:"status"`
			Reasons []string `json:"reasons"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		fn(r.Status, r.Reasons)
	}
}
