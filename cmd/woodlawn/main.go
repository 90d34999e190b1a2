// SPDX-License-Identifier: Apache-2.0

// Woodlawn does what CMS asks of the organisations that it pays and regulates.
package main

import (
	"os"

	"github.com/woodlawn-health/woodlawn/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
