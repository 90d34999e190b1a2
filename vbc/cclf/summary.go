// SPDX-License-Identifier: Apache-2.0

package cclf

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Promise is what CCLF0 says about one file.
type Promise struct {
	File        byte
	Description string
	Records     int
	Length      int
}

// ReadSummary reads CCLF0: a header line, then file, description, number of records and
// record length, with bars between them.
func ReadSummary(r io.Reader, name string) ([]Promise, error) {
	sc := bufio.NewScanner(r)
	var out []Promise
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimRight(sc.Text(), "\r\n ")
		if line == "" || n == 1 && strings.HasPrefix(line, "File Number") {
			continue
		}
		p, err := promise(line)
		if err != nil {
			return out, &FileError{File: name, Reason: fmt.Sprintf("line %d: %v", n, err)}
		}
		out = append(out, p)
	}
	if err := sc.Err(); err != nil {
		return out, &FileError{File: name, Reason: err.Error()}
	}
	if len(out) == 0 {
		return nil, &FileError{File: name, Reason: "promises no file"}
	}
	return out, nil
}

func promise(line string) (Promise, error) {
	parts := strings.Split(line, "|")
	if len(parts) != 4 {
		return Promise{}, fmt.Errorf("has %d columns, wanted 4", len(parts))
	}
	label := strings.TrimSpace(parts[0])
	if len(label) != 5 || !strings.HasPrefix(label, "CCLF") {
		return Promise{}, fmt.Errorf("%q is no file of the feed", label)
	}
	p := Promise{File: label[4], Description: strings.TrimSpace(parts[1])}
	var err error
	if p.Records, err = strconv.Atoi(strings.TrimSpace(parts[2])); err != nil || p.Records < 0 {
		return p, fmt.Errorf("number of records %q", strings.TrimSpace(parts[2]))
	}
	if p.Length, err = strconv.Atoi(strings.TrimSpace(parts[3])); err != nil || p.Length <= 0 {
		return p, fmt.Errorf("record length %q", strings.TrimSpace(parts[3]))
	}
	return p, nil
}
