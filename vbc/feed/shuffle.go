// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// Config says what to read and where to put temporary files.
type Config struct {
	// Dir holds the deliveries: zips as CMS sends them, assignment lists and enrollment
	// files (csv), and lists of opt-outs, in any folder below.
	Dir string
	// Layouts are the record layouts (cclf.Load).
	Layouts *cclf.Layouts
	// Temp is where the folder of temporary files is made; empty is the system's. The files
	// hold the claims, are readable by the user alone, and go with Close.
	Temp string
	// Workers is the number of cores to use, 0 for all.
	Workers int
	// Reject is told of every record that is set aside; nil drops the notice. Calls come
	// from several goroutines, one at a time.
	Reject func(error)
}

// Feed is a set of deliveries, split by beneficiary.
type Feed struct {
	Report   Report
	Crossref *Crossref
	dir      string
	parts    []*part
	workers  int
}

// part is one temporary file.
type part struct {
	mu sync.Mutex
	f  *os.File
}

// partBytes is how much unpacked input goes into one part, which is read whole; rows take
// about a quarter of it.
const partBytes = 24 << 20

// Open reads every delivery once. Close takes the temporary files away.
func Open(cfg Config) (*Feed, error) {
	sources, other, err := find(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("%s holds no delivery: put CMS's zips and assignment lists there as they came", cfg.Dir)
	}
	f := &Feed{workers: cfg.Workers}
	if f.workers <= 0 {
		f.workers = runtime.GOMAXPROCS(0)
	}
	f.Report.Other = other
	if err := f.crossref(cfg.Layouts, sources); err != nil {
		return nil, err
	}
	if err := f.makeParts(cfg.Temp, sources); err != nil {
		return nil, err
	}
	if err := f.shuffle(&cfg, sources); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.Report.finish()
	return f, nil
}

func (f *Feed) crossref(layouts *cclf.Layouts, sources []source) error {
	var all []Change
	for i := range sources {
		list, err := sources[i].changes(layouts)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	f.Crossref = NewCrossref(all)
	f.Report.Replaced, f.Report.Cycles, f.Report.Splits = f.Crossref.Len(), len(f.Crossref.Cycles), len(f.Crossref.Splits)
	return nil
}

// makeParts chooses the number of parts by the size of the input alone, so that the order
// of beneficiaries is the same on every machine.
func (f *Feed) makeParts(temp string, sources []source) error {
	var raw int64
	for i := range sources {
		raw += max(sources[i].raw, sources[i].size)
	}
	dir, err := os.MkdirTemp(temp, "woodlawn-feed-")
	if err != nil {
		return err
	}
	f.dir = dir
	for i := range int(min(raw/partBytes+1, 2048)) {
		file, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%04d", i)), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		f.parts = append(f.parts, &part{f: file})
	}
	return nil
}

// Close takes the temporary files away.
func (f *Feed) Close() error {
	for _, p := range f.parts {
		p.f.Close() // nothing is to be kept of it
	}
	f.parts = nil
	return os.RemoveAll(f.dir)
}

// shuffle reads the sources, one a worker, and writes each row to its beneficiary's part.
func (f *Feed) shuffle(cfg *Config, sources []source) error {
	next := make(chan *source)
	var mu sync.Mutex // guards the report and cfg.Reject
	var wg sync.WaitGroup
	var first error
	for range min(f.workers, len(sources)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s := &sorter{feed: f, cfg: cfg, mu: &mu, bufs: make([][]byte, len(f.parts))}
			for src := range next {
				if err := s.read(src); err != nil {
					mu.Lock()
					first = errors.Join(first, err)
					mu.Unlock()
				}
			}
			if err := s.flush(); err != nil {
				mu.Lock()
				first = errors.Join(first, err)
				mu.Unlock()
			}
		}()
	}
	for i := range sources {
		next <- &sources[i]
	}
	close(next)
	wg.Wait()
	return first
}

// sorter is one worker of the shuffle.
type sorter struct {
	feed *Feed
	cfg  *Config
	mu   *sync.Mutex
	bufs [][]byte // rows not yet written, a buffer a part
	pack packer
	rif  rifPacker
	row  []byte
	key  []byte
	// give takes the rows in place of the parts, if it is not nil.
	give func(mbi, row []byte) error
}

const bufBytes = 16 << 10

func (s *sorter) read(src *source) error {
	switch src.kind {
	case 'z':
		return s.readDelivery(src)
	case 'r':
		return s.readRIF(src)
	}
	file, err := os.Open(src.path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines, rejected := 0, 0
	give := func(mbi, row []byte) error {
		lines++
		return s.put(mbi, row)
	}
	reject := func(line int, reason string) {
		rejected++
		s.reject(fmt.Errorf("%s, line %d: %s", src.name, line, reason))
	}
	read := readOptOuts
	if src.kind == 'l' {
		read = readList
	}
	err = read(file, src.name, give, reject)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed.Report.Lists = append(s.feed.Report.Lists, ListReport{Name: src.name, Lines: lines, Rejected: rejected})
	return err
}

func (s *sorter) reject(err error) {
	if s.cfg.Reject == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Reject(err)
}

func (s *sorter) readDelivery(src *source) error {
	d := Delivery{Name: src.name, Date: src.delivered, Service: map[int]int{}}
	rep, err := src.readZip(s.cfg.Layouts, "123456789", func(r *cclf.Record) error {
		if r.Layout.File == '9' {
			return nil // read before
		}
		if err := s.pack.bind(r.Layout); err != nil {
			return err
		}
		row, err := s.pack.pack(s.row[:0], r, src.delivered)
		if err != nil {
			d.Rejected++
			s.reject(fmt.Errorf("%s: %w", src.name, err))
			return nil
		}
		s.row = row
		d.count(r)
		return s.put(r.Bytes(s.pack.mbi), row)
	}, func(e *cclf.RecordError) { s.reject(e) })
	if err != nil {
		var bad *cclf.FileError
		if !errors.As(err, &bad) {
			return err
		}
		d.Err = bad // one bad zip does not stop the others
	}
	d.Report = rep
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed.Report.Deliveries = append(s.feed.Report.Deliveries, d)
	return nil
}

// put gives a row to its beneficiary's part.
func (s *sorter) put(mbi, row []byte) error {
	mbi = s.feed.Crossref.currentOf(mbi)
	if len(mbi) > 255 {
		mbi = mbi[:255]
	}
	if s.give != nil {
		return s.give(mbi, row)
	}
	i := partOf(mbi, len(s.bufs))
	b := s.bufs[i]
	b = append(append(b, byte(len(mbi))), mbi...)
	b = append(binary.AppendUvarint(b, uint64(len(row))), row...)
	s.bufs[i] = b
	if len(b) >= bufBytes {
		return s.write(i)
	}
	return nil
}

func (s *sorter) write(i int) error {
	p := s.feed.parts[i]
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.f.Write(s.bufs[i])
	s.bufs[i] = s.bufs[i][:0]
	return err
}

func (s *sorter) flush() error {
	for i := range s.bufs {
		if err := s.write(i); err != nil {
			return err
		}
	}
	return nil
}

// partOf hashes an identifier (FNV-1a).
func partOf(mbi []byte, parts int) int {
	h := uint64(14695981039346656037)
	for _, c := range mbi {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return int(h % uint64(parts))
}

// count keeps the months of service, for the completeness report.
func (d *Delivery) count(r *cclf.Record) {
	var name string
	switch r.Layout.File {
	case '1':
		name = "CLM_THRU_DT"
	case '5', '6', '7':
		name = "CLM_LINE_FROM_DT"
	default:
		return
	}
	day, err := r.Date(r.Layout.Field(name))
	if err != nil || day.IsZero() {
		return
	}
	d.Service[monthOf(day)]++
}

// monthOf numbers months: year*12 + month-1.
func monthOf(d civil.Date) int {
	y, m, _ := d.YMD()
	return y*12 + int(m) - 1
}
