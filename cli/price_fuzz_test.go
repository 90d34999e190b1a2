// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzPrice takes anything through the whole command: it must not panic, an exit
// code must be one that bad input can have, no temporary file may stay, and an 835
// that is written must balance.
func FuzzPrice(f *testing.F) {
	f.Add([]byte(demoText(f))[:4000])
	f.Add([]byte(demoText(f)))
	stays, err := os.ReadFile(demoFile("institutional.837"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stays)
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		code, _, errs := price(t, dir, "--workers", "2", "--providers", demoFile("providers.csv"), writeTemp(t, "fuzz.837", string(data)))
		if code != ExitOK && code != ExitRejects && code != ExitInput {
			t.Errorf("exit %d: %s", code, errs)
		}
		list := names(t, dir)
		if strings.HasPrefix(list, ".") || strings.Contains(list, " .") {
			t.Errorf("left %s", list)
		}
		if _, err := os.Stat(filepath.Join(dir, remittanceFile)); err == nil {
			remittance(t, dir)
		}
		if text, err := os.ReadFile(filepath.Join(dir, rejectsFile)); err == nil && strings.Contains(string(text), "an error of the program") {
			t.Errorf("a claim made the program fail:\n%s", text)
		}
	})
}
