// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/interop/patientaccess/medicare"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// rifMember is what is kept of a beneficiary: the number, and which row is the latest.
type rifMember struct {
	mbi        string
	year       string
	file, line int
}

// rifMembers are the beneficiaries by BENE_ID: about 150 bytes each.
type rifMembers map[string]rifMember

// MBI finds a beneficiary's number.
func (m rifMembers) MBI(id string) (string, bool) {
	b, ok := m[id]
	return b.mbi, ok
}

// rifRun maps the RIF files of a folder.
type rifRun struct {
	ctx     context.Context
	app     *App
	sink    *eobFiles
	workers int
	files   []sourceFile
	kinds   []rif.Kind
	members rifMembers
}

// rif reads the files of a folder: first who the beneficiaries are, then the claims.
func (cmd *eobCmd) rif(ctx context.Context, a *App, workers int, sink *eobFiles) error {
	files, err := sourceFiles(cmd.RIF)
	if err != nil {
		return err
	}
	run := &rifRun{ctx: ctx, app: a, sink: sink, workers: workers, files: files, members: rifMembers{}}
	claims := 0
	for i := range files {
		kind := rif.Unknown
		err := run.open(i, func(r *rif.Reader) error {
			kind = r.Header().Kind
			return nil
		})
		var bad *rif.FileError
		if errors.As(err, &bad) {
			fmt.Fprintf(a.Err, "woodlawn: %v; it is not read\n", bad)
		} else if err != nil {
			return err
		}
		run.kinds = append(run.kinds, kind)
		if kind != rif.Unknown && kind != rif.Beneficiary && kind != rif.BeneficiaryHistory {
			claims++
		}
	}
	if claims == 0 {
		return fmt.Errorf("%s holds no RIF file of claims; give the folder that CMS's files lie in", cmd.RIF)
	}
	for pass, step := range []func(int) error{run.register, run.beneficiaries, run.claims} {
		for i, kind := range run.kinds {
			if kind == rif.Unknown || kind == rif.BeneficiaryHistory || (kind == rif.Beneficiary) != (pass < 2) {
				continue
			}
			if err := step(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// open gives a reader of a file to fn.
func (run *rifRun) open(i int, fn func(*rif.Reader) error) error {
	in, done, err := run.app.open(run.files[i].path)
	if err != nil {
		return err
	}
	defer done()
	r, err := rif.NewReader(in, filepath.Base(run.files[i].path))
	if err != nil {
		return err
	}
	return fn(r)
}

// register notes the beneficiaries of a file and their latest rows.
func (run *rifRun) register(i int) error {
	return run.open(i, func(r *rif.Reader) error {
		var rows []rif.Row
		for {
			b, err := r.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if rows, err = b.Rows(rows); err != nil {
				continue // the second reading sets it aside
			}
			id, mbi, year := medicare.BeneficiaryKey(&rows[0])
			if have, ok := run.members[id]; mbi != "" && (!ok || year >= have.year) {
				run.members[id] = rifMember{mbi: mbi, year: year, file: i, line: b.Line}
			}
		}
	})
}

// blocks reads up to a batch of blocks; more tells that a file goes on.
func (run *rifRun) blocks(r *rif.Reader, bar *progress, in []rif.Block) ([]rif.Block, error) {
	for len(in) < eobClaims {
		b, err := r.Next()
		if err != nil {
			return in, err
		}
		in = append(in, b)
	}
	bar.Bytes(r.Offset())
	return in, nil
}

// each takes the blocks of a file through the workers.
func (run *rifRun) each(i int, what string, work func(worker int, b *rif.Block, it *eobItem)) error {
	return run.open(i, func(r *rif.Reader) error {
		bar := newProgress(run.app.Err, "Mapping "+filepath.Base(run.files[i].path), what, run.files[i].size)
		defer bar.Done()
		return eachItem(run.ctx, run.sink, run.workers, bar, func(in []rif.Block) ([]rif.Block, error) { return run.blocks(r, bar, in) },
			func(worker int, b *rif.Block, it *eobItem) {
				work(worker, b, it)
				if it.err != nil {
					it.file, it.place, it.raw = b.File, fmt.Sprintf("line %d", b.Line), b.Text
				}
			})
	})
}

// beneficiaries writes the members whose latest rows stand in a file.
func (run *rifRun) beneficiaries(i int) error {
	readers := make([]medicare.Beneficiary, run.workers)
	return run.each(i, "beneficiaries", func(worker int, b *rif.Block, it *eobItem) {
		r := &readers[worker]
		if it.err = r.Read(b); it.err != nil {
			return
		}
		id := r.Member.Numbers
		if len(id) == 0 {
			it.err = errors.New("the row has no BENE_ID")
			return
		}
		if m := run.members[id[0].Value]; m.file != i || m.line != b.Line {
			it.older = true
			return
		}
		if it.err = run.sink.mapper.MapMember(&r.Member, &it.set); it.err != nil {
			return
		}
		it.set.Losses = append(it.set.Losses, r.Losses...)
		p := it.set.Resources[0]
		run.sink.reportLosses(it, lossLine{Resource: p.Type + "/" + p.ID, Losses: it.set.Losses})
	})
}

// claims writes the claims of a file.
func (run *rifRun) claims(i int) error {
	readers := make([]medicare.RIF, run.workers)
	for w := range readers {
		readers[w].Members = run.members
	}
	return run.each(i, "claims", func(worker int, b *rif.Block, it *eobItem) {
		r := &readers[worker]
		if it.err = r.Read(b); it.err != nil {
			return
		}
		it.claim = r.Input.Payment.ControlNumber
		run.sink.explainItem(&r.Input, r.Losses, it)
	})
}
