// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
)

// drgCmd groups cases, one JSON object a line, and answers with a line for each.
type drgCmd struct {
	File    string `arg:"" help:"File of cases, one JSON object a line; - for standard input."`
	Explain bool   `help:"Tell how each DRG came about: as tables, or with --format json as a member trace."`
	Version string `help:"Group under this version (v43.1) whatever the cases name." placeholder:"V"`
}

func (cmd *drgCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	g := msdrg.New(cat)
	if cmd.Version != "" {
		if _, err := g.Named(cmd.Version); err != nil {
			return &ExitError{ExitUsage, err}
		}
	}
	in, err := open(cmd.File, a.In)
	if err != nil {
		return err
	}
	defer in.Close()
	form := formLine
	switch {
	case a.Format == "csv":
		form = formCSV
		if _, err := io.WriteString(a.Out, strings.Join(drgColumns, ",")+"\n"); err != nil {
			return &ExitError{ExitInternal, err}
		}
	case cmd.Explain && a.Format == "table":
		form = formTable
	}
	total, rejects, err := eachLine(in, a.Out, func() lineFunc {
		w := &drgWorker{grouper: g, force: cmd.Version, explain: cmd.Explain, form: form, versions: map[string]*msdrg.Version{}}
		return w.line
	})
	if err != nil {
		return err
	}
	if rejects > 0 {
		fmt.Fprintf(a.Err, "woodlawn: %d of %d cases could not be grouped; their lines have a member error\n", rejects, total)
		return &ExitError{Code: ExitRejects}
	}
	return nil
}

// open opens a file to read, or standard input for "-".
func open(name string, stdin io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(name)
}

// The forms of drg's answers.
const (
	formLine = iota
	formCSV
	formTable
)

var drgColumns = []string{"id", "drg", "mdc", "initial_drg", "initial_mdc", "base_drg", "type", "rc", "severity",
	"hac_status", "hac_count", "sdx_severity", "drg_title", "mdc_title", "error"}

// drgWorker groups lines on one goroutine.
type drgWorker struct {
	grouper  *msdrg.Grouper
	force    string
	explain  bool
	form     int
	versions map[string]*msdrg.Version // by name or discharge date, as on the lines
	in       drgLine
	scratch  msdrg.Scratch
}

// line answers one line; ok is false if it could not be grouped.
func (w *drgWorker) line(n int, text string, dst []byte) (out []byte, ok bool) {
	var t *trace.Trace
	if w.explain {
		t = trace.New()
	}
	err := w.in.decode(text)
	var v *msdrg.Version
	if err == nil {
		v, err = w.version()
	}
	if err != nil {
		return w.reject(n, err, dst), false
	}
	r := v.Group(&w.in.c, &w.scratch, t)
	switch w.form {
	case formCSV:
		return w.csv(&r, nil, dst), true
	case formTable:
		return w.table(n, &r, t, dst), true
	}
	dst = append(dst, '{')
	if w.in.id != "" {
		dst = append(append(append(dst, `"id":`...), w.in.id...), ',')
	}
	dst = r.AppendJSON(dst)
	if t.On() {
		steps, err := json.Marshal(t)
		if err != nil {
			return w.reject(n, err, dst[:0]), false
		}
		dst = append(append(dst, `,"trace":`...), steps...)
	}
	return append(dst, '}', '\n'), true
}

// version is the one to group under: that of the command line, of the line, or the
// one in force on the line's discharge date.
func (w *drgWorker) version() (*msdrg.Version, error) {
	key := w.force
	if key == "" {
		key = w.in.version
	}
	if key == "" {
		key = w.in.dischargeDate
	}
	if v := w.versions[key]; v != nil {
		return v, nil
	}
	var v *msdrg.Version
	var err error
	switch {
	case key == "":
		err = fmt.Errorf("neither version nor discharge_date is given; add one, or use --version")
	case w.force == "" && w.in.version == "":
		var day civil.Date
		if day, err = civil.ParseISO(key); err != nil {
			err = fmt.Errorf("discharge_date: %w", err)
			break
		}
		v, err = w.grouper.On(day)
	default:
		v, err = w.grouper.Named(key)
	}
	if err != nil {
		return nil, err
	}
	w.versions[key] = v
	return v, nil
}

func (w *drgWorker) reject(n int, err error, dst []byte) []byte {
	message := fmt.Sprintf("line %d: %v", n, err)
	switch w.form {
	case formCSV:
		return w.csv(nil, fmt.Errorf("%s", message), dst)
	case formTable:
		return fmt.Appendf(dst, "case %s\n%s\n\n", w.name(n), message)
	}
	quoted, _ := json.Marshal(message) // a string always has a JSON form
	dst = append(dst, '{')
	if w.in.id != "" {
		dst = append(append(append(dst, `"id":`...), w.in.id...), ',')
	}
	return append(append(append(dst, `"error":`...), quoted...), '}', '\n')
}

// name is a case's id, or the number of its line.
func (w *drgWorker) name(n int) string {
	if w.in.id != "" {
		return w.plainID()
	}
	return strconv.Itoa(n)
}

// plainID is the id without the quotes of a JSON string.
func (w *drgWorker) plainID() string {
	var s string
	if json.Unmarshal([]byte(w.in.id), &s) != nil {
		return w.in.id // a number
	}
	return s
}

func (w *drgWorker) table(n int, r *msdrg.Result, t *trace.Trace, dst []byte) []byte {
	b := bytes.NewBuffer(dst)
	fmt.Fprintf(b, "case %s: DRG %03d %s\n", w.name(n), r.DRG, r.Title())
	t.WriteTable(b) // a Buffer takes everything
	b.WriteByte('\n')
	return b.Bytes()
}

func (w *drgWorker) csv(r *msdrg.Result, failed error, dst []byte) []byte {
	row := make([]string, len(drgColumns))
	row[0] = w.plainID()
	if failed != nil {
		row[len(row)-1] = failed.Error()
	} else {
		flags := make([]string, len(r.Secondary))
		for i, s := range r.Secondary {
			flags[i] = s.Flag.String()
		}
		copy(row[1:], []string{strconv.Itoa(r.DRG), strconv.Itoa(r.MDC), strconv.Itoa(r.InitialDRG), strconv.Itoa(r.InitialMDC),
			strconv.Itoa(r.BaseDRG), r.Type.String(), r.ReturnCode.String(), r.Severity.String(), r.HACStatus.String(),
			strconv.Itoa(r.HACCount()), strings.Join(flags, " "), r.Title(), r.MDCTitle()})
	}
	b := bytes.NewBuffer(dst)
	cw := csv.NewWriter(b)
	cw.Write(row) // a Buffer takes everything
	cw.Flush()
	return b.Bytes()
}
