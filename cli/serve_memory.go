// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"runtime/debug"
)

// Requests leave little behind and the server keeps little, so that at the usual
// setting the collector would run several times a second and take a third of the
// processor time of reads. It may wait until there is five times what is kept,
// which is some 30 MB more, and works harder again from memoryGoal on.
const (
	garbagePercent = 400
	memoryGoal     = 2 << 30
)

// spareCollector sets this unless the operator has set GOGC or GOMEMLIMIT.
func spareCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(garbagePercent)
		debug.SetMemoryLimit(memoryGoal)
	}
}
