// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// TestServerGuide does what the guide of the FHIR server says.
func TestServerGuide(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the guide's commands need %s", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join(evidence.Root(), "docs", "guide", "fhir-server.md"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "woodlawn")); err != nil {
		t.Skipf("no program under its name here: %v", err)
	}
	var mu sync.Mutex
	var told []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.Header.Get("Authorization")+" "+string(b))
	}))
	defer hook.Close()
	runGuide(t, string(page), bin, "HOOK="+hook.URL+"/hook", "ADDR=127.0.0.1:0")
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 2 || !strings.Contains(told[0], `"handshake"`) || !strings.HasPrefix(told[1], "Bearer of-the-subscriber ") || !strings.Contains(told[1], "Observation/bp2") {
		t.Errorf("the subscriber was told %q", told)
	}
}
