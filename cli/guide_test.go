// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// step is a block of commands of a guide and what it says they print.
type step struct{ commands, prints string }

// steps reads the sh and text blocks of a page.
func steps(page string) (list []step) {
	kind := ""
	var block strings.Builder
	for line := range strings.Lines(page) {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && kind == "":
			if kind = fence; kind == "" {
				kind = "none"
			}
			block.Reset()
		case isFence:
			switch kind {
			case "sh":
				list = append(list, step{commands: block.String()})
			case "text":
				list[len(list)-1].prints = block.String()
			}
			kind = ""
		default:
			block.WriteString(line)
		}
	}
	return list
}

// matches compares lines; ... stands for anything.
func matches(got, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), `\.\.\.`, `[^\n]*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(got))
}

// demo runs `woodlawn serve --demo` in a process of its own and gives its address, the
// operator's flags, and the folder in which woodlawn is found.
func demo(t *testing.T) (base, operator, bin string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin = t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "woodlawn")); err != nil {
		t.Skipf("no program under its name here: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "woodlawn"), "serve", "--demo", "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if cmd.Wait(); t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "FHIR R4 at "); ok {
			base = strings.TrimSuffix(text, "/fhir")
		}
		if text, ok := strings.CutPrefix(lines.Text(), "Operator's commands take "); ok {
			operator = text
			break
		}
	}
	if base == "" || operator == "" {
		t.Fatalf("the demo does not say where it is:\n%s", log.String())
	}
	return base, operator, bin
}

// TestPatientAccessGuide does what the guide says, with the commands of the guide,
// against the program, and compares what they print with the page.
func TestPatientAccessGuide(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "openssl", "basenc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the guide's commands need %s", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join(evidence.Root(), "docs", "guide", "patient-access-api.md"))
	if err != nil {
		t.Fatal(err)
	}
	base, operator, bin := demo(t)
	runGuide(t, string(page), bin, "BASE="+base, "OPERATOR="+operator)
}

// runGuide runs the commands of a page in one shell, in a folder of their own, and
// compares what each block prints.
func runGuide(t *testing.T, page, bin string, env ...string) {
	t.Helper()
	list := steps(page)
	script := "set -u\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n"
	const mark = "=== end of step ==="
	for _, s := range list {
		script += s.commands + "echo '" + mark + "'\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), env...), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C")
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	printed := strings.Split(string(out), mark+"\n")
	if len(printed) != len(list)+1 || len(list) < 6 {
		t.Fatalf("%d steps, %d answers", len(list), len(printed)-1)
	}
	for i, s := range list {
		if !matches(printed[i], s.prints) {
			t.Errorf("the commands\n%s\nprint\n%s\nbut the guide says\n%s", s.commands, printed[i], s.prints)
		}
	}
	if stderr.Len() > 0 {
		t.Logf("standard error: %s", stderr.String())
	}
}
