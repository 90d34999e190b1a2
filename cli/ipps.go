// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/payment/ipps"
)

type ippsCmd struct {
	File    string `arg:"" help:"JSON lines with id, claim, and provider or provider_file; - reads standard input."`
	Explain bool   `help:"Show every step: as a table, or with --format json as a member of each line."`
}

// Help is the long help of the command.
func (ippsCmd) Help() string {
	return `One line of output a line of input, in the same order: the id and every output field of CMS's pricer, or the id and
an error if the bill could not be priced. A line without provider and provider_file is priced with the imported inpatient
provider specific file.`
}

func (cmd *ippsCmd) Run(a *App) error {
	in, err := open(cmd.File, a.In)
	if err != nil {
		return err
	}
	defer in.Close()
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	p := ippsLines{pricer: ipps.New(cat), explain: cmd.Explain, table: cmd.Explain && a.Format == "table"}
	p.file = sync.OnceValues(func() (*ipps.ProviderFile, error) { return ipps.LatestProviders(cat) })
	out := bufio.NewWriterSize(a.Out, 1<<20)
	total, bad, err := eachLine(in, out, func() lineFunc { return p.answer })
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if bad > 0 {
		return &ExitError{ExitRejects, fmt.Errorf("%d of %d bills could not be priced; their lines say why", bad, total)}
	}
	return nil
}

// ippsLines prices lines of JSON on every core.
type ippsLines struct {
	pricer         *ipps.Pricer
	file           func() (*ipps.ProviderFile, error)
	explain, table bool
}

// answer is a lineFunc: it prices a line, or says in its place why it can't.
func (p *ippsLines) answer(_ int, line string, out []byte) ([]byte, bool) {
	if len(line) >= maxLine {
		return appendBillError(out, "", fmt.Errorf("the line is longer than %d bytes", maxLine)), false
	}
	priced, id, err := p.line(out, []byte(line))
	if err != nil {
		return appendBillError(out, id, err), false
	}
	return priced, true
}

// line prices one line and appends its answer.
func (p *ippsLines) line(out, line []byte) (priced []byte, id string, err error) {
	k, err := ipps.ParseCase(line)
	if err != nil {
		return nil, k.ID, err
	}
	record := k.Record()
	if k.Provider == nil && !k.FromFile {
		file, err := p.file()
		if err != nil {
			return nil, k.ID, fmt.Errorf("the line has no provider record, and %w", err)
		}
		record = file.Find(k.Bill.ProviderNumber, k.Bill.NPI, k.Bill.Discharge)
	}
	var t *trace.Trace
	if p.explain {
		t = trace.New()
	}
	pay, err := p.pricer.Price(&k.Bill, record, t)
	if err != nil {
		return nil, k.ID, err
	}
	if p.table {
		var text bytes.Buffer
		fmt.Fprintf(&text, "%s: return code %s, %s; total %s%s\n", orNull(k.ID), pay.ReturnCode, ipps.Meaning(pay.ReturnCode), pay.TotalPayment,
			map[bool]string{true: " (rests on figures that are not verified)"}[pay.Unverified])
		if err := t.WriteTable(&text); err != nil {
			return nil, k.ID, err
		}
		text.WriteByte('\n')
		return append(out, text.Bytes()...), k.ID, nil
	}
	out = append(append(append(out, `{"id":`...), orNull(k.ID)...), ',')
	out = pay.AppendFields(out)
	if p.explain {
		steps, err := json.Marshal(t.Steps)
		if err != nil {
			return nil, k.ID, err
		}
		out = append(append(out, `,"trace":`...), steps...)
	}
	out = append(out, "}\n"...)
	return out, k.ID, nil
}

func orNull(id string) string {
	if id == "" {
		return "null"
	}
	return id
}

func appendBillError(b []byte, id string, err error) []byte {
	text, _ := json.Marshal(err.Error())
	b = append(append(b, `{"id":`...), orNull(id)...)
	return append(append(append(b, `,"error":`...), text...), "}\n"...)
}
