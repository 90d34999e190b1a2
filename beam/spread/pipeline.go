// SPDX-License-Identifier: Apache-2.0

package spread

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// Build adds a job to a pipeline: the account goes to the file out, as account.Sums in
// JSON, and the reasons of records that were set aside to the file rejects. Both are
// written whole or not at all.
//
//	files ──> rows by beneficiary ──> account.Measure ──> account.Sums ──> out
//	                     └──> reasons ──> rejects
//
// Rows are the only thing that is shuffled.
func Build(scope beam.Scope, job Job, out, rejects string) error {
	var err error
	for _, path := range []*string{&job.Dir, &out, &rejects} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if _, err := job.Plan(refdata.Embedded()); err != nil { // here rather than on a worker
		return err
	}
	w, err := job.open()
	if err != nil {
		return err
	}
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	files := beam.Reshuffle(scope, beam.CreateList(scope, w.files))
	rows, reasons := beam.ParDo2(scope, &readFn{Job: string(text)}, files)
	lives := beam.ParDo(scope, &measureFn{Job: string(text)}, beam.GroupByKey(scope, rows))
	beam.ParDo0(scope, &writeSumsFn{Path: out}, beam.Combine(scope, &sumFn{}, lives))
	beam.ParDo0(scope, &writeRejectsFn{Path: rejects}, beam.GroupByKey(scope, beam.ParDo(scope, underOne, reasons)))
	return nil
}

// replace writes a file under another name and gives it its own when it is whole.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
