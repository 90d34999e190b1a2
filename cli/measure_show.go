// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"

	"golang.org/x/term"
)

// showFlags show one patient.
type showFlags struct {
	Explain string `help:"Show how the populations of this patient came about." placeholder:"PATIENT"`
	CQL     bool   `name:"cql" help:"With --explain: print the CQL with what held and what did not."`
	HTML    string `name:"html" help:"With --explain: write the CQL, marked, as a web page." type:"path" placeholder:"FILE"`
}

func (f *showFlags) check() error {
	if f.Explain == "" && (f.CQL || f.HTML != "") {
		return &ExitError{ExitUsage, errors.New("--cql and --html show the patient that --explain names")}
	}
	return nil
}

// shown is what is shown of the patient.
type shown struct{ text, html string }

// show prints the trees of one patient's populations, and their CQL where it is asked for.
func (f *showFlags) show(results []measure.Result, colour bool) (*shown, error) {
	var b, page bytes.Buffer
	var all []elm.Highlighted
	for i := range results {
		r := &results[i]
		fmt.Fprintf(&b, "%s\n", r.Measure.Label())
		if r.Err != nil {
			fmt.Fprintf(&b, "  %v\n", r.Err)
		}
		var cql []elm.Highlighted
		seen := map[string]bool{}
		for g, group := range r.Measure.Groups {
			for k, criterion := range group.Populations {
				if criterion.Role == measure.Observation {
					continue
				}
				count := "no result"
				if r.Err == nil {
					count = fmt.Sprint(r.Groups[g].Populations[k].Count)
				}
				fmt.Fprintf(&b, "  group %d %s: %s\n", g+1, criterion.Role, count)
				if x, err := r.Explain(criterion); err == nil {
					x.Indent(&b, 2)
				}
				if !f.CQL && f.HTML == "" {
					continue
				}
				list, err := r.Highlight(criterion)
				if err != nil {
					return nil, err
				}
				for _, h := range list {
					if key := h.Library + "\x00" + h.Name + "\x00" + h.Text(); !seen[key] {
						seen[key] = true
						cql = append(cql, h)
					}
				}
			}
		}
		if f.CQL {
			b.WriteByte('\n')
			if len(cql) == 0 {
				b.WriteString("The libraries were translated without annotations: there is no CQL to show.\n")
			}
			write := elm.WriteText
			if colour {
				write = elm.WriteANSI
			}
			if err := write(&b, cql); err != nil {
				return nil, err
			}
		}
		all = append(all, cql...)
	}
	if f.HTML != "" {
		if err := elm.WriteHTML(&page, "Patient/"+f.Explain, all); err != nil {
			return nil, err
		}
	}
	return &shown{b.String(), page.String()}, nil
}

// print shows it, and writes the page.
func (f *showFlags) print(a *App, s *shown) error {
	fmt.Fprint(a.Out, s.text)
	if f.HTML == "" {
		return nil
	}
	if err := os.WriteFile(f.HTML, []byte(s.html), 0o600); err != nil { // a patient's data
		return &ExitError{ExitInternal, err}
	}
	return nil
}

// inColour tells whether the output is a terminal that may be coloured (no-color.org).
func (a *App) inColour() bool {
	f, ok := a.Out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && !strings.EqualFold(os.Getenv("TERM"), "dumb")
}
