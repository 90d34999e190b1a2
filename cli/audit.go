// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart/audit"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check the audit trail: every record whole and in its place."`
}

type auditVerifyCmd struct {
	serviceData
	File string   `help:"The trail, if it is not in the data folder." type:"existingfile" placeholder:"FILE"`
	Head []string `help:"An end of the trail that was noted before, as NUMBER:HASH; repeatable." placeholder:"HEAD"`
}

// Help is the long help of the command.
func (auditVerifyCmd) Help() string {
	return `Each record carries the hash of the one before, so that none can be changed, taken out or put in without breaking the
chain from there on. Who can rewrite the whole file can rewrite the whole chain: keep what the command prints as the head on
another machine, and give it with --head the next time. The command may run while the server does.`
}

func (c auditVerifyCmd) Run(a *App) error {
	var heads []audit.Head
	for _, text := range c.Head {
		number, hash, ok := strings.Cut(text, ":")
		seq, err := strconv.ParseUint(number, 10, 64)
		if !ok || err != nil || len(hash) != 64 {
			return &ExitError{ExitUsage, fmt.Errorf("--head %s is not NUMBER:HASH", text)}
		}
		heads = append(heads, audit.Head{Seq: seq, Hash: hash})
	}
	path := c.File
	if path == "" {
		_, data, err := c.open()
		if err != nil {
			return err
		}
		path = site.TrailFile(data)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := audit.Verify(f, heads...)
	short := errors.Is(err, audit.ErrCutShort)
	if err != nil && !short {
		if a.Format == "json" {
			if err := writeJSON(a.Out, map[string]any{"whole": false, "records": head.Seq, "reason": err.Error()}); err != nil {
				return err
			}
		}
		return &ExitError{ExitRejects, fmt.Errorf("%s is broken: %w; the %d records before it hold", path, err, head.Seq)}
	}
	if a.Format == "json" {
		return writeJSON(a.Out, map[string]any{"whole": true, "records": head.Seq, "head": head, "cut_short": short})
	}
	fmt.Fprintf(a.Out, "%s records, each whole and in its place.\nhead %d:%s\n", thousands(int64(head.Seq)), head.Seq, head.Hash)
	if short {
		fmt.Fprintln(a.Out, "The last line is not whole: it is being written, or was when the machine stopped; the next start drops it.")
	}
	return nil
}
