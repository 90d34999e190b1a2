// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/quality/qrda/converter"
	"github.com/woodlawn-health/woodlawn/quality/qrda/xmltree"
)

// qrdaCheckCmd looks for the errors that CMS's QPP conversion tool answers with.
type qrdaCheckCmd struct {
	Files []string `arg:"" help:"QRDA Category III reports, plain or .gz; - for standard input."`
	Names string   `name:"measures-data" help:"CMS's measures-data.json of the year: checks measures, populations and strata too." type:"path" placeholder:"FILE"`
}

func (cmd *qrdaCheckCmd) Run(a *App) error {
	var names converter.Names
	if n, err := readNames(a, cmd.Names); err != nil {
		return err
	} else if n != nil {
		names = n
	}
	var all []qrdaFinding
	for _, name := range cmd.Files {
		base := filepath.Base(name)
		doc, err := readTree(a, name)
		var syntax *xmltree.SyntaxError
		if errors.As(err, &syntax) {
			all = append(all, qrdaFinding{base, "error", "CT-2", syntax.Line, "", syntax.Reason})
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", base, err)
		}
		found := converter.Check(doc, names)
		for _, p := range found {
			all = append(all, qrdaFinding{base, "error", p.Rule, p.Line, p.Path, p.Reason})
		}
		fmt.Fprintf(a.Err, "%s: %d errors\n", base, len(found))
	}
	if err := writeFindings(a, all); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if len(all) > 0 {
		return &ExitError{Code: ExitRejects}
	}
	return nil
}
