// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
)

// Version is set by the build.
var Version = "0.1.0-dev"

type versionCmd struct{}

func (versionCmd) Run(a *App) error {
	if a.Format == "json" {
		return json.NewEncoder(a.Out).Encode(map[string]string{"version": Version, "go": runtime.Version(),
			"os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	_, err := fmt.Fprintf(a.Out, "woodlawn %s (%s, %s/%s)\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
