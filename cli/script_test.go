// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run woodlawn in a process of its own without building it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"woodlawn": func() { os.Exit(Main(os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})) },
	})
}

// TestScripts runs the files of testdata/script, which are the commands'
// documentation as well: fixture, command, expected output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("WOODLAWN_UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("WOODLAWN_DATA", env.WorkDir+"/refdata-imported")
			return nil
		},
	})
}
