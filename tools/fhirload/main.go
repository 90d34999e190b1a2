// SPDX-License-Identifier: Apache-2.0

// Fhirload drives any FHIR R4 server with one mix of requests over one invented
// population, so that servers can be measured beside each other on one machine.
//
//	go run ./tools/fhirload -serve bin/woodlawn                        # all of it, with a server of its own
//	go run ./tools/fhirload -write data.ndjson -patients 5000          # the population, for imports
//	go run ./tools/fhirload -base http://127.0.0.1:8080/fhir -load     # send it in bundles
//	go run ./tools/fhirload -base http://127.0.0.1:8080/fhir -pid 123  # measure
//
// A peer in Java is measured after -warm 30 or more; -pid 123,456 adds up the server and its database.
//
// The table that it prints counts answered requests, the latencies, and with
// -pid the processor time of the server, which says more than the clock where the
// machine has other work. Only loopback addresses are accepted.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/url"
	"os"
	"time"
)

// settings are the flags.
type settings struct {
	base     string
	first    int
	patients int
	clients  int
	seconds  float64
	rate     float64
	warm     float64
	pids     []int
	mix      string
	bearer   string
}

func main() {
	log.SetFlags(0)
	var s settings
	flag.StringVar(&s.base, "base", "", "FHIR base URL on this machine")
	flag.IntVar(&s.patients, "patients", 2000, "size of the population")
	flag.IntVar(&s.clients, "clients", 16, "requests under way at once")
	flag.Float64Var(&s.seconds, "seconds", 10, "time of each measurement, at most 120")
	flag.Float64Var(&s.rate, "rate", 0, "requests a second to send, instead of as many as are answered")
	flag.Float64Var(&s.warm, "warm", -1, "time of unmeasured requests before each measurement; -1 is a fifth of -seconds, at most 3")
	flag.Func("pid", "processes of the server and its database, with commas, for their processor time and that of their children", s.addPids)
	flag.StringVar(&s.mix, "mix", "read,read-eob,search,search-token,search-include,transaction,export", "what to measure")
	flag.StringVar(&s.bearer, "token", "", "access token to send")
	write := flag.String("write", "", "only write the population to this file, as NDJSON")
	flag.IntVar(&s.first, "first", 0, "with -load: the first patient to send, so that a peer can be warmed up with those before")
	load := flag.Bool("load", false, "only send the population, in transactions of updates")
	serve := flag.String("serve", "", "program that imports the population, serves it and is measured: bin/woodlawn")
	db := flag.String("db", "", "with -serve: an empty database, postgres://user@host/name; without it a file")
	flag.Parse()
	err := s.check()
	switch {
	case err != nil:
	case *serve != "":
		err = measureOwn(s, *serve, *db)
	default:
		err = run(s, *write, *load)
	}
	if err != nil {
		log.Fatal("fhirload: ", err)
	}
}

// check tells whether the flags are within bounds.
func (s *settings) check() error {
	if s.warm < 0 {
		s.warm = min(s.seconds/5, 3)
	}
	if s.seconds <= 0 || s.seconds > 120 || s.warm > 120 || s.clients < 1 || s.clients > 1000 || s.patients < 1 || s.first < 0 {
		return fmt.Errorf("-seconds and -warm are 0 to 120, -clients 1 to 1000, -patients 1 or more")
	}
	return nil
}

func run(s settings, write string, load bool) error {
	if write != "" {
		f, err := os.Create(write)
		if err != nil {
			return err
		}
		if err := writePopulation(f, s.patients); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	}
	if err := checkLoopback(s.base); err != nil {
		return err
	}
	d := newDriver(s)
	if load {
		return d.loadPopulation()
	}
	return d.measure()
}

// checkLoopback keeps the load on this machine.
func checkLoopback(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return fmt.Errorf("-base is the address of a FHIR server, as http://127.0.0.1:8080/fhir")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is not on this machine; load is sent to loopback only", u.Hostname())
	}
	return nil
}

// seconds makes a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
