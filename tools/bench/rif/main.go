// SPDX-License-Identifier: Apache-2.0

// Command rif makes a population out of sample RIF files: every row is written as often as
// asked for, each time for another beneficiary and another claim. What it writes is for
// measuring `woodlawn eob --rif`.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

func main() {
	copies := flag.Int("copies", 1000, "how often each sample is written")
	out := flag.String("out", "rif", "folder to write to")
	flag.Parse()
	if err := run(flag.Args(), *copies, *out); err != nil {
		fmt.Fprintln(os.Stderr, "rif:", err)
		os.Exit(1)
	}
}

func run(files []string, copies int, out string) error {
	if len(files) == 0 {
		return errors.New("name the sample files")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, name := range files {
		if err := repeat(name, filepath.Join(out, filepath.Base(name)), copies); err != nil {
			return err
		}
	}
	return nil
}

// repeat writes the blocks of a file, copies times each.
func repeat(name, to string, copies int) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := rif.NewReader(in, name)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, strings.Join(r.Header().Names, "|"))
	var change []int // columns that get the number of the copy
	for _, c := range []string{"BENE_ID", "CLM_ID", "PDE_ID", "MBI_NUM"} {
		if i := r.Header().Column(c); i >= 0 {
			change = append(change, i)
		}
	}
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for k := range copies {
			for row := range strings.Lines(b.Text) {
				values := strings.Split(strings.TrimRight(row, "\r\n"), "|")
				for _, i := range change {
					values[i] += strconv.Itoa(1_000_000 + k)
				}
				fmt.Fprintln(w, strings.Join(values, "|"))
			}
		}
	}
	return errors.Join(w.Flush(), f.Close())
}
