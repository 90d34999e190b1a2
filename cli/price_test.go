// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func demoFile(name string) string { return filepath.Join(evidence.Root(), "demo", name) }

// price runs the command into a folder and returns its exit code and what it said.
func price(t testing.TB, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	args = append([]string{"price", "--refdata", t.TempDir(), "--date", "2025-12-15", "--out", dir}, args...)
	code = Main(args, Streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func demoText(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(demoFile("professional.837"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeTemp(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// remittance reads an 835 back: its claims, all of which must balance.
func remittance(t testing.TB, dir string) (claims []claim.ClaimPayment) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, remittanceFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := remit835.NewReader(f, x12.Options{File: remittanceFile})
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for {
			c, err := r.Claim()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Balance(); err != nil {
				t.Error(err)
			}
			claims = append(claims, *c)
		}
	}
	if !r.Report().OK() {
		r.Report().Each(func(i *x12.Issue) { t.Error(i.Error()) })
	}
	return claims
}

// names lists a folder, hidden files included.
func names(t testing.TB, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func lineCount(t testing.TB, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(b, []byte("\n"))
}

// TestDemoIsPaidAndBalances prices the demo with 1, 2 and 5 workers: the same bytes.
func TestDemoIsPaidAndBalances(t *testing.T) {
	var first [3][]byte
	for _, workers := range []string{"1", "2", "5"} {
		dir := t.TempDir()
		code, out, errs := price(t, dir, "--workers", workers, "--providers", demoFile("providers.csv"), "--clinicians", demoFile("clinicians.csv"),
			"--beneficiaries", demoFile("beneficiaries.csv"), demoFile("institutional.837"), demoFile("professional.837"))
		if code != ExitRejects || errs != "" {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if !strings.Contains(out, "all                57  1,889,599.00  348,431.82     30,382.89     312,069.60") {
			t.Errorf("the summary is\n%s", out)
		}
		var paid, charge int64
		claims := remittance(t, dir)
		for i := range claims {
			paid += int64(claims[i].Paid)
			charge += int64(claims[i].Charge)
			if claims[i].Paid < 0 || claims[i].PatientOwes < 0 {
				t.Errorf("%s pays %s, the patient owes %s", claims[i].ClaimID, claims[i].Paid, claims[i].PatientOwes)
			}
		}
		if len(claims) != 46 || paid != 312_069_60 || charge != 1_758_000_00+21_620_00 {
			t.Errorf("%d claims of %d pay %d", len(claims), charge, paid)
		}
		if n, r := lineCount(t, filepath.Join(dir, resultsFile)), lineCount(t, filepath.Join(dir, rejectsFile)); n != 56 || r != 11 {
			t.Errorf("%d results, %d rejects", n, r)
		}
		for i, name := range []string{remittanceFile, resultsFile, rejectsFile} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if first[i] == nil {
				first[i] = b
			} else if !bytes.Equal(first[i], b) {
				t.Errorf("%s differs with %s workers", name, workers)
			}
		}
	}
}

// TestLateClaims: a stay that came in late is denied as a whole, CO-29.
func TestLateClaims(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := price(t, dir, "--received", "2027-01-01", "--providers", demoFile("providers.csv"), demoFile("institutional.837"), demoFile("professional.837"))
	if code != ExitRejects {
		t.Fatalf("exit %d: %s", code, errs)
	}
	denied := 0
	for _, c := range remittance(t, dir) {
		if c.Paid == 0 && len(c.Adjustments) == 1 && c.Adjustments[0].Reason == "29" && c.Adjustments[0].Amount == c.Charge {
			denied++
		}
	}
	if denied != 21 { // 23 stays without the outpatient bill and the discharge of October 2026
		t.Errorf("%d stays are denied", denied)
	}
}

// TestNothingToRead: files that hold no interchange leave nothing behind.
func TestNothingToRead(t *testing.T) {
	good := demoFile("professional.837")
	for _, c := range []struct{ name, text, says string }{
		{"page.html", "<!DOCTYPE html><html>", "HTML"},
		{"binary", "\x00\xff\x01\x02 random", "binary"},
		{"empty", "", "empty"},
	} {
		dir := t.TempDir()
		path := writeTemp(t, c.name, c.text)
		code, _, errs := price(t, dir, path)
		if code != ExitInput || !strings.Contains(errs, c.name) || !strings.Contains(errs, c.says) || names(t, dir) != "" {
			t.Errorf("%s: exit %d, %q leaves %q", c.name, code, errs, names(t, dir))
		}
		code, _, errs = price(t, dir, path, good)
		if code != ExitRejects || !strings.Contains(errs, c.says) || len(remittance(t, dir)) != 30 {
			t.Errorf("%s beside a good file: exit %d, %q", c.name, code, errs)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing.837")} {
		dir := t.TempDir()
		if code, _, errs := price(t, dir, good, path); code != ExitInput || errs == "" || names(t, dir) != "" {
			t.Errorf("%s: exit %d, %q leaves %q", path, code, errs, names(t, dir))
		}
	}
}

// TestDamagedInterchanges: what is wrong is said, and the good claims are paid.
func TestDamagedInterchanges(t *testing.T) {
	whole := demoText(t)
	middle := strings.Index(whole, "CLM*P20-RETURN")
	for _, c := range []struct {
		name, text, says string
		paid             int
	}{
		{"cut in a segment", whole[:middle+6], "ends", 15},
		{"cut before SE", whole[:strings.Index(whole, "\nSE*")+1], "ends", 29},
		{"SE count", strings.Replace(whole, "\nSE*", "\nSE*9", 1), "SE", 30},
		{"IEA number", strings.Replace(whole, "IEA*1*000000001", "IEA*1*000000009", 1), "IEA", 30},
		{"GE count", strings.Replace(whole, "GE*1*1", "GE*7*1", 1), "GE", 30},
		{"4010", strings.ReplaceAll(whole, "005010X222A1", "004010X098A1"), "004010X098A1", 0},
		{"CRLF and BOM", "\ufeff" + strings.ReplaceAll(whole, "~\n", "~\r\n"), "", 30},
		{"impossible date", strings.Replace(whole, "DTP*472*D8*20251112", "DTP*472*D8*20251399", 1), "", 29},
		{"impossible amount", strings.Replace(whole, "SV1*HC:99213*150", "SV1*HC:99213*1x0", 1), "", 29},
		{"negative units", strings.Replace(whole, "SV1*HC:99213*150*UN*1", "SV1*HC:99213*150*UN*-1", 1), "", 29},
		{"same number twice", strings.Replace(whole, "CLM*P02-MET", "CLM*P01-OFFICE", 1), "", 30},
	} {
		dir := t.TempDir()
		code, _, errs := price(t, dir, writeTemp(t, "damaged.837", c.text))
		if code != ExitRejects || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, %q", c.name, code, errs)
			continue
		}
		paid := 0
		if strings.Contains(names(t, dir), remittanceFile) {
			paid = len(remittance(t, dir))
		}
		if paid != c.paid {
			t.Errorf("%s: %d claims are paid, want %d: %s", c.name, paid, c.paid, errs)
		}
	}
}

// TestSecondRunReplaces: what a run does not make, it does not leave from before.
func TestSecondRunReplaces(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := price(t, dir, demoFile("professional.837")); code != ExitRejects {
		t.Fatal(errs)
	}
	text := strings.Replace(demoText(t), "*1*T*:~", "*0*T*:~", 1) // no TA1 is asked for
	if code, _, errs := price(t, dir, writeTemp(t, "second.837", text)); code != ExitRejects {
		t.Fatal(errs)
	}
	if got := names(t, dir); got != "835.edi 999.edi rejects.ndjson results.ndjson" {
		t.Errorf("the folder holds %q", got)
	}
}

// TestOutputCannotBeWritten: a folder that is a file, and a name that is taken by a
// folder.
func TestOutputCannotBeWritten(t *testing.T) {
	if code, _, errs := price(t, writeTemp(t, "out", "a file"), demoFile("professional.837")); code != ExitInternal || errs == "" {
		t.Errorf("exit %d: %q", code, errs)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, remittanceFile, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := price(t, dir, demoFile("professional.837")); code != ExitInternal || errs == "" || names(t, dir) != remittanceFile {
		t.Errorf("exit %d: %q; the folder holds %q", code, errs, names(t, dir))
	}
}

// TestPriceSamples makes the ledger of what the samples of others come to.
func TestPriceSamples(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Pricing the 837 samples\n\nWhat `woodlawn price --date 2025-12-15`, without imported tables, makes of the 837P and 837I samples that others published.\n" +
		"Most are older than the tables in the binary, or name codes whose rows must be imported. This page is written by a test.\n\n" +
		"| file | claims read | refused | not priced or returned | paid | exit | outputs | first reason |\n|---|---|---|---|---|---|---|---|\n")
	for _, kind := range []string{"837I", "837P"} {
		files, err := filepath.Glob(filepath.Join(evidence.Path(t, "data/edi/"+kind), "*"))
		if err != nil || len(files) == 0 {
			t.Fatal("no samples", err)
		}
		for _, path := range files {
			dir := t.TempDir()
			code, _, _ := price(t, dir, path)
			count := map[string]int{}
			reason := ""
			eachJSON(t, filepath.Join(dir, rejectsFile), func(status string, reasons []string) {
				count[status]++
				if reason == "" && len(reasons) > 0 {
					reason = strings.ReplaceAll(reasons[0], "|", "/")
				}
			})
			paid := 0
			if strings.Contains(names(t, dir), remittanceFile) {
				paid = len(remittance(t, dir))
			}
			waiting := count["unpriced"] + count["returned"]
			fmt.Fprintf(&b, "| %s/%s | %d | %d | %d | %d | %d | %s | %s |\n", kind, filepath.Base(path), count["refused"]+waiting+paid,
				count["refused"], waiting, paid, code, names(t, dir), reason)
		}
	}
	ledger.Check(t, "price-samples.md", b.String())
}
