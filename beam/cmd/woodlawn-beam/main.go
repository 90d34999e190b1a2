// SPDX-License-Identifier: Apache-2.0

// Woodlawn-beam measures an accountable care organisation on Apache Beam. Without
// --runner it uses Beam's own runner on this machine; with
//
//	woodlawn-beam --dir FOLDER --years 2022,2023,2024,2025 --out sums.json \
//	    --runner=universal --endpoint=localhost:8099 --environment_type=LOOPBACK
//
// a cluster of Flink behind its job server. The folder must be readable under the same
// path by every worker. The account is that of `woodlawn aco settle`, as JSON.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/woodlawn-health/woodlawn/beam/spread"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "", "folder of deliveries, lists, participants.csv and providers.csv")
	out := flag.String("out", "sums.json", "file for the account")
	rejects := flag.String("rejects", "rejects.txt", "file for the reasons of records that are set aside")
	years := flag.String("years", "2025", "benchmark years, then the performance year, with commas")
	method := flag.String("method", string(assignment.Retrospective), "assignment: prospective or retrospective")
	roster := flag.String("roster", string(account.ByClaims), "who counts: claims or list")
	aco := flag.String("aco", "", "organisation; that of the first participant by default")
	here := flag.Bool("local", false, "measure in this process, without Beam, to compare")
	flag.Parse()
	beam.Init()
	job := spread.Job{Dir: *dir, ACO: *aco, Method: assignment.Method(*method), Roster: account.Roster(*roster), Risk: true}
	for _, y := range strings.Split(*years, ",") {
		n, err := strconv.Atoi(y)
		if err != nil {
			log.Fatalf("woodlawn-beam: --years: %q is no year", y)
		}
		job.Years = append(job.Years, n)
	}
	if err := run(job, *out, *rejects, *here); err != nil {
		log.Fatalf("woodlawn-beam: %v", err)
	}
}

func run(job spread.Job, out, rejects string, here bool) error {
	if job.Dir == "" {
		return fmt.Errorf("name the folder of the deliveries with --dir")
	}
	if here {
		return local(job, out)
	}
	p, scope := beam.NewPipelineWithRoot()
	if err := spread.Build(scope, job, out, rejects); err != nil {
		return err
	}
	return beamx.Run(context.Background(), p)
}

// local makes the same account on this machine's cores.
func local(job spread.Job, out string) error {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		return err
	}
	plan, err := job.Plan(refdata.Embedded())
	if err != nil {
		return err
	}
	f, err := feed.Open(feed.Config{Dir: job.Dir, Layouts: layouts, Reject: func(err error) { log.Print(err) }})
	if err != nil {
		return err
	}
	defer f.Close()
	sums, err := account.Run(f, []*account.Plan{plan}, nil)
	if err != nil {
		return err
	}
	text, err := spread.Encode(sums[0])
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}
