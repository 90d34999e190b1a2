// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// rates are those of the open loop at the end, requests a second.
var rates = []float64{500, 2000}

// measureOwn imports the population into a new store with the program, serves it and
// measures. db is a database for --db, or empty for a SQLite file.
func measureOwn(s settings, program, db string) error {
	dir, err := os.MkdirTemp("", "fhirload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	where := []string{"--data", dir}
	if db != "" {
		where = append(where, "--db", db)
	}
	if err := importOwn(s, program, dir, where); err != nil {
		return err
	}
	server := exec.Command(program, append([]string{"serve", "--addr", "127.0.0.1:0"}, where...)...)
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	server.Stderr = log
	if err := server.Start(); err != nil {
		return err
	}
	measured := measureServer(s, server.Process.Pid, bufio.NewScanner(out))
	err = errors.Join(measured, server.Process.Signal(syscall.SIGTERM), server.Wait())
	if measured != nil {
		if b, _ := os.ReadFile(log.Name()); len(b) > 0 {
			err = fmt.Errorf("%w\n%s", err, b[:min(len(b), 2000)])
		}
	}
	return err
}

// importOwn writes the population to a file and imports it.
func importOwn(s settings, program, dir string, where []string) error {
	data := filepath.Join(dir, "population.ndjson")
	f, err := os.Create(data)
	if err != nil {
		return err
	}
	if err := errors.Join(writePopulation(f, s.patients), f.Close()); err != nil {
		return err
	}
	began := time.Now()
	c := exec.Command(program, append([]string{"import", data, "--rejects", filepath.Join(dir, "rejects")}, where...)...)
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("import: %w\n%s", err, text)
	}
	n, took := float64(s.patients*perPatient), time.Since(began)
	fmt.Printf("import: %.0f resources in %.1f s: %.0f a second, %.3f ms of processor time each\n\n", n, took.Seconds(), n/took.Seconds(),
		1000*(c.ProcessState.UserTime()+c.ProcessState.SystemTime()).Seconds()/n)
	return nil
}

// measureServer waits for the server's address and measures it.
func measureServer(s settings, pid int, out *bufio.Scanner) error {
	for s.base == "" && out.Scan() {
		if _, address, ok := strings.Cut(out.Text(), "FHIR R4 at "); ok {
			s.base = address
		}
	}
	if s.base == "" {
		return errors.New("the server did not say where it is")
	}
	go func() {
		for out.Scan() { // whatever else it says
		}
	}()
	s.pids = append([]int{pid}, s.pids...)
	if err := newDriver(s).measure(); err != nil {
		return err
	}
	if peak := peakMemory(pid); peak != "" {
		fmt.Printf("\nThe server's memory was at most %s.\n", peak)
	}
	for _, s.rate = range rates {
		s.mix, s.clients = "read", 64
		fmt.Printf("\n%.0f reads a second, each due at its time:\n\n", s.rate)
		if err := newDriver(s).measure(); err != nil {
			return err
		}
	}
	return nil
}

// peakMemory is the largest resident memory that a process had, as Linux says it.
func peakMemory(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return ""
}
