// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve runs `woodlawn serve` in a process of its own and gives the lines that it
// prints up to the one that starts with last.
func serve(t *testing.T, last string, args ...string) (lines []string, process *os.Process) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "woodlawn")
	if err := os.Symlink(self, bin); err != nil {
		t.Skipf("no program under its name here: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })
	in := bufio.NewScanner(out)
	for in.Scan() {
		if lines = append(lines, in.Text()); strings.HasPrefix(in.Text(), last) {
			return lines, cmd.Process
		}
	}
	t.Fatalf("the server says %q", lines)
	return nil, nil
}

// TestServeDatabase: the database that --db names is the one that is served.
func TestServeDatabase(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "one.ndjson")
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"one"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(dir, "one.db")
	if code := Main([]string{"import", file, "--db", db}, Streams{Out: io.Discard, Err: io.Discard}); code != ExitOK {
		t.Fatalf("import: exit %d", code)
	}
	lines, _ := serve(t, "FHIR R4 at ", "--db", db, "--data", filepath.Join(dir, "data"))
	res, err := http.Get(strings.TrimPrefix(lines[0], "FHIR R4 at ") + "/Patient/one")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("Patient/one: %s", res.Status)
	}
}

// TestServeTLS: the program speaks TLS with the certificate that its flags name, sends
// its own addresses in https, and guards its cookies.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "serve.json")
	const settings = `{"lines":[{"id":"ma","kind":"MA"}]}`
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	c := serveCmd{Addr: "0.0.0.0:0", Config: config}
	loaded, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	loaded.Issuer = "https://fhir.example.org"
	if secure, err := c.checkAddress(loaded); err != nil || !secure {
		t.Errorf("an address that others reach: secure %v, %v", secure, err)
	}
	if _, err := loaded.Certificate(dir, loaded.Hosts("127.0.0.1:0"), time.Now()); err != nil {
		t.Fatal(err)
	}
	lines, _ := serve(t, "Certificate SHA-256 ", "--config", config, "--data", dir,
		"--tls-cert", filepath.Join(dir, "tls", "certificate.pem"), "--tls-key", filepath.Join(dir, "tls", "key.pem"))
	base := strings.TrimPrefix(lines[0], "FHIR R4 at ")
	if !strings.HasPrefix(base, "https://127.0.0.1:") {
		t.Fatalf("the server says %q", lines)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.Get(base + "/.well-known/smart-configuration")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(b), `"token_endpoint":"https://127.0.0.1:`) {
		t.Errorf("discovery: %s %s %v", res.Status, b, err)
	}
	res, err = client.Get(strings.TrimSuffix(base, "/fhir") + "/auth/login")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if set := res.Header.Get("Set-Cookie"); !strings.Contains(set, "__Host-") || !strings.Contains(set, "Secure") || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("the login page's headers: %v", res.Header)
	}
}

// TestTrailSurvivesKill: each request that was answered is in the audit trail, though the
// process is killed right after, and the next server goes on behind it.
func TestTrailSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "serve.json")
	if err := os.WriteFile(config, []byte(`{"lines":[{"id":"ma","kind":"MA"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	answered := 0
	for range 3 {
		lines, process := serve(t, "FHIR R4 at ", "--config", config, "--data", dir)
		for range 8 {
			res, err := http.Get(strings.TrimPrefix(lines[0], "FHIR R4 at ") + "/Patient/ann")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 401 {
				t.Fatalf("without a token: %s", res.Status)
			}
			answered++
		}
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
		process.Wait()
		var out strings.Builder
		if code := Main([]string{"audit", "verify", "--data", dir}, Streams{Out: &out, Err: io.Discard}); code != ExitOK || !strings.HasPrefix(out.String(), fmt.Sprint(answered)+" records") {
			t.Errorf("after %d answers: exit %d, %s", answered, code, out.String())
		}
	}
}
