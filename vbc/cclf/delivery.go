// SPDX-License-Identifier: Apache-2.0

package cclf

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// Name is what a file's name says: P.A1234.ACO.ZC8Y24.D240115.T1203001.
type Name struct {
	File   byte   // '0' to '9', 'A', 'B'
	Test   bool   // the name begins with T
	ACO    string // A1234
	Kind   byte   // Y performance year, R run-out, W weekly
	Year   int
	Date   civil.Date
	Suffix string // time of day as named
}

var namePattern = regexp.MustCompile(`^([PT])\.(?:[A-Z]+\.)?([A-Z]\d{4})\.(?:[A-Z]+\.)?ZC([0-9AB])([YRW])(\d{2})\.D(\d{6})\.T(\d+)$`)

// ParseName reads a file's name.
func ParseName(name string) (Name, bool) {
	x := namePattern.FindStringSubmatch(path.Base(name))
	if x == nil {
		return Name{}, false
	}
	n := Name{File: x[3][0], Test: x[1] == "T", ACO: x[2], Kind: x[4][0], Suffix: x[7]}
	n.Year, _ = strconv.Atoi(x[5])
	n.Year += 2000
	year, _ := strconv.Atoi(x[6][:2])
	month, _ := strconv.Atoi(x[6][2:4])
	day, _ := strconv.Atoi(x[6][4:])
	d := civil.Of(2000+year, time.Month(month), day)
	if y, m, dd := d.YMD(); y != 2000+year || int(m) != month || dd != day {
		return Name{}, false
	}
	n.Date = d
	return n, true
}

// FileReport is what was found in one file of a delivery.
type FileReport struct {
	Name     string
	File     byte
	Layout   string // version, empty if the length is of no known one
	Length   int
	Records  int
	Rejected int
	Promised *Promise
	Issues   []string // in words, for the completeness report
	Err      error    // what ended the file early
}

// Report is the completeness report of a delivery.
type Report struct {
	Files   []*FileReport
	Missing []Promise // promised by CCLF0 with records, and not there
	Issues  []string
}

// Complete tells that all that CCLF0 promised is there and every record is good.
func (r *Report) Complete() bool {
	if len(r.Missing) > 0 || len(r.Issues) > 0 {
		return false
	}
	for _, f := range r.Files {
		if f.Err != nil || f.Rejected > 0 || len(f.Issues) > 0 {
			return false
		}
	}
	return true
}

// ReadZip reads a delivery as CMS sends it. Each good record is given to fn, files in
// the order of the zip; records set aside go to reject. An error of one file does not
// stop the others; a zip that can't be opened is an error of the whole.
func ReadZip(r io.ReaderAt, size int64, name string, layouts *Layouts, fn func(*Record) error, reject func(*RecordError)) (*Report, error) {
	return ReadZipFiles(r, size, name, layouts, "123456789AB", fn, reject)
}

// ReadZipFiles is ReadZip for some of the files: files holds their numbers, "89" for
// CCLF8 and CCLF9. Its report tells of these alone.
func ReadZipFiles(r io.ReaderAt, size int64, name string, layouts *Layouts, files string, fn func(*Record) error, reject func(*RecordError)) (*Report, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &FileError{File: name, Reason: fmt.Sprintf("is no whole zip (%v); ask for the delivery again", err)}
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader) // half again as fast as the library's own
	report := &Report{}
	promises, err := summaryOf(z, report)
	if err != nil {
		report.Issues = append(report.Issues, err.Error())
	}
	seen := map[byte]bool{}
	for _, f := range z.File {
		n, ok := ParseName(f.Name)
		if !ok {
			report.Issues = append(report.Issues, f.Name+": the name is that of no file of the feed; left out")
			continue
		}
		if strings.IndexByte(files, n.File) < 0 {
			continue
		}
		fr := &FileReport{Name: path.Base(f.Name), File: n.File, Promised: promises[n.File]}
		if seen[n.File] {
			fr.Issues = append(fr.Issues, "a second "+fileName(n.File)+" in the delivery")
		}
		seen[n.File] = true
		report.Files = append(report.Files, fr)
		if err := readFile(f, fr, layouts, fn, reject); err != nil {
			return report, err
		}
	}
	for _, file := range []byte(files) {
		if p := promises[file]; p != nil && p.Records > 0 && !seen[file] {
			report.Missing = append(report.Missing, *p)
		}
	}
	return report, nil
}

func summaryOf(z *zip.Reader, report *Report) (map[byte]*Promise, error) {
	out := map[byte]*Promise{}
	for _, f := range z.File {
		n, ok := ParseName(f.Name)
		if !ok || n.File != '0' {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return out, &FileError{File: f.Name, Reason: err.Error()}
		}
		defer rc.Close()
		list, err := ReadSummary(rc, path.Base(f.Name))
		for i := range list {
			out[list[i].File] = &list[i]
		}
		return out, err
	}
	return out, errors.New("no CCLF0 in the delivery: nothing to check numbers and lengths against")
}

// readFile reads one file; only fn's error is returned.
func readFile(f *zip.File, fr *FileReport, layouts *Layouts, fn func(*Record) error, reject func(*RecordError)) error {
	rc, err := f.Open()
	if err != nil {
		fr.Err = &FileError{File: fr.Name, Reason: err.Error()}
		return nil
	}
	defer rc.Close()
	r := NewReader(rc, fr.Name, fr.File, layouts)
	r.Reject = reject
	if fr.Promised != nil {
		r.Promised = fr.Promised.Length
	}
	for r.Next() {
		if err := fn(r.Record()); err != nil {
			return err
		}
	}
	fr.Records, fr.Rejected = r.Counts()
	fr.Err = r.Err()
	if n := r.Padded(); n > 0 {
		fr.Issues = append(fr.Issues, fmt.Sprintf("%d records are shorter than CCLF0 promises; read with blanks at the end", n))
	}
	if l := r.Layout(); l != nil {
		fr.Layout, fr.Length = l.Version, l.Length
		if l.Extra > 0 {
			fr.Issues = append(fr.Issues, fmt.Sprintf("newer layout: the last %d bytes of each record are not read", l.Extra))
		} else if l.Version == "" {
			fr.Issues = append(fr.Issues, fmt.Sprintf("records of %d bytes are of no known layout version; read up to %s", l.Length, l.Fields[len(l.Fields)-1].Name))
		}
	}
	if p := fr.Promised; p != nil {
		fr.compare(p)
	}
	return nil
}

// compare holds a file against CCLF0.
func (fr *FileReport) compare(p *Promise) {
	if p.Records != fr.Records {
		fr.Issues = append(fr.Issues, fmt.Sprintf("CCLF0 promises %d records, the file has %d", p.Records, fr.Records))
	}
	if fr.Length != 0 && p.Length != fr.Length {
		fr.Issues = append(fr.Issues, fmt.Sprintf("CCLF0 promises records of %d bytes, the file has %d", p.Length, fr.Length))
	}
}

// String prints the completeness report.
func (r *Report) String() string {
	var b strings.Builder
	for _, f := range r.Files {
		fmt.Fprintf(&b, "%s: %d records, %d set aside, layout %s", f.Name, f.Records, f.Rejected, f.Layout)
		if f.Err != nil {
			fmt.Fprintf(&b, "; %v", f.Err)
		}
		for _, issue := range f.Issues {
			b.WriteString("; " + issue)
		}
		b.WriteByte('\n')
	}
	for _, p := range r.Missing {
		fmt.Fprintf(&b, "%s: CCLF0 promises %d records, the file is not there\n", fileName(p.File), p.Records)
	}
	for _, issue := range r.Issues {
		b.WriteString(issue + "\n")
	}
	return b.String()
}
