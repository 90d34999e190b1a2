// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// addPids reads the flag -pid.
func (s *settings) addPids(text string) error {
	for _, one := range strings.Split(text, ",") {
		pid, err := strconv.Atoi(one)
		if err != nil || pid <= 0 {
			return fmt.Errorf("%q is no number of a process", one)
		}
		s.pids = append(s.pids, pid)
	}
	return nil
}

// cpu is the processor time of the server's processes in seconds, 0 if it is not known.
func (d *driver) cpu() (total float64) {
	for _, pid := range d.pids {
		total += cpuOf(pid)
	}
	return total
}

// cpuOf is the processor time of a process and its children, those that have ended
// included: a connection of PostgreSQL is a child of its first process.
func cpuOf(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 15 {
		return 0
	}
	ticks := 0.0
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		n, _ := strconv.ParseFloat(f, 64)
		ticks += n
	}
	total := ticks / 100 // clock ticks of Linux
	lists, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(lists)) {
		if n, err := strconv.Atoi(child); err == nil {
			total += cpuOf(n)
		}
	}
	return total
}
