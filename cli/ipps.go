// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
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
	in := a.In
	if cmd.File != "-" {
		f, err := os.Open(cmd.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	p := ippsLines{pricer: ipps.New(cat), explain: cmd.Explain, table: cmd.Explain && a.Format == "table"}
	p.file = sync.OnceValues(func() (*ipps.ProviderFile, error) { return ipps.LatestProviders(cat) })
	out := bufio.NewWriterSize(a.Out, 1<<20)
	total, bad, err := p.run(in, out)
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

// batch is a run of whole lines on its way through a worker.
type batch struct {
	lines []byte
	long  bool // the lines are one that is too long to read
	out   []byte
	count int
	bad   int
	done  chan struct{}
}

const (
	batchBytes   = 256 << 10
	maxLineBytes = 8 << 20
)

// run reads, prices and writes; what is in flight is bounded, and the output
// keeps the order of the input.
func (p *ippsLines) run(in io.Reader, out io.Writer) (total, bad int, err error) {
	workers := runtime.GOMAXPROCS(0)
	work, ordered := make(chan *batch, workers), make(chan *batch, 2*workers)
	stop := make(chan struct{})
	var readErr error
	go func() {
		defer close(work)
		defer close(ordered)
		readErr = splitLines(in, func(b *batch) bool {
			select {
			case <-stop:
				return false
			case ordered <- b:
				work <- b
				return true
			}
		})
	}()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for b := range work {
				p.price(b)
				close(b.done)
			}
		})
	}
	for b := range ordered {
		<-b.done
		total, bad = total+b.count, bad+b.bad
		if err == nil {
			if _, werr := out.Write(b.out); werr != nil {
				err = &ExitError{ExitInternal, werr}
				close(stop)
			}
		}
	}
	group.Wait()
	if err == nil {
		err = readErr
	}
	return total, bad, err
}

// splitLines cuts the input into batches of whole lines.
func splitLines(in io.Reader, emit func(*batch) bool) error {
	r := bufio.NewReaderSize(in, batchBytes)
	var buf []byte
	start := 0 // of the line being read
	send := func(lines []byte) bool {
		return len(lines) == 0 || emit(&batch{lines: lines, done: make(chan struct{})})
	}
	for {
		part, err := r.ReadSlice('\n')
		buf = append(buf, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if len(buf)-start <= maxLineBytes {
				continue
			}
			err = dropLine(r)
			if !send(buf[:start:start]) || !emit(&batch{long: true, done: make(chan struct{})}) {
				return nil
			}
			buf, start = nil, 0
		case err != nil || len(buf) >= batchBytes/2:
			if !send(buf) {
				return nil
			}
			buf, start = nil, 0
		default:
			start = len(buf)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// dropLine reads on to the end of the line.
func dropLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func (p *ippsLines) price(b *batch) {
	if b.long {
		b.count, b.bad = 1, 1
		b.out = appendBillError(b.out, "", fmt.Errorf("the line is longer than %d bytes", maxLineBytes))
		return
	}
	b.out = make([]byte, 0, len(b.lines)*5/4)
	for line := range bytes.Lines(b.lines) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		b.count++
		id, err := p.line(b, line)
		if err != nil {
			b.bad++
			b.out = appendBillError(b.out, id, err)
		}
	}
}

// line prices one line and appends its answer.
func (p *ippsLines) line(b *batch, line []byte) (id string, err error) {
	k, err := ipps.ParseCase(line)
	if err != nil {
		return k.ID, err
	}
	record := k.Record()
	if k.Provider == nil && !k.FromFile {
		file, err := p.file()
		if err != nil {
			return k.ID, fmt.Errorf("the line has no provider record, and %w", err)
		}
		record = file.Find(k.Bill.ProviderNumber, k.Bill.NPI, k.Bill.Discharge)
	}
	var t *trace.Trace
	if p.explain {
		t = trace.New()
	}
	pay, err := p.pricer.Price(&k.Bill, record, t)
	if err != nil {
		return k.ID, err
	}
	if p.table {
		var text bytes.Buffer
		fmt.Fprintf(&text, "%s: return code %s, %s; total %s%s\n", orNull(k.ID), pay.ReturnCode, ipps.Meaning(pay.ReturnCode), pay.TotalPayment,
			map[bool]string{true: " (rests on figures that are not verified)"}[pay.Unverified])
		if err := t.WriteTable(&text); err != nil {
			return k.ID, err
		}
		text.WriteByte('\n')
		b.out = append(b.out, text.Bytes()...)
		return k.ID, nil
	}
	b.out = append(append(append(b.out, `{"id":`...), orNull(k.ID)...), ',')
	b.out = pay.AppendFields(b.out)
	if p.explain {
		steps, err := json.Marshal(t.Steps)
		if err != nil {
			return k.ID, err
		}
		b.out = append(append(b.out, `,"trace":`...), steps...)
	}
	b.out = append(b.out, "}\n"...)
	return k.ID, nil
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
