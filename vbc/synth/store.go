// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// store takes the blocks in order and makes the files of them.
type store struct {
	g       *generator
	temp    string
	members []member // by delivery and file
	texts   [4]*text // assignment list, enrollment, opt-outs, truth
	records int64
	optOuts int
}

// member is one file of a zip while it grows.
type member struct {
	f       *os.File
	crc     uint32
	raw     uint64
	packed  uint64
	records int
}

type text struct {
	f *os.File
	w *bufio.Writer
}

func newStore(g *generator) (*store, error) {
	temp, err := os.MkdirTemp(g.cfg.Dir, ".parts-")
	if err != nil {
		return nil, err
	}
	s := &store{g: g, temp: temp, members: make([]member, len(g.deliveries)*len(files))}
	for i := range s.members {
		if s.members[i].f, err = os.Create(filepath.Join(temp, fmt.Sprint(i))); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	last := compact(g.deliveries[len(g.deliveries)-1])
	heads := [4]string{"bene_mbi_id,bene_1st_name,bene_last_name,bene_sex_cd,bene_brth_dt,va_tin,va_npi," +
		"enrollflag1,enrollflag2,enrollflag3,enrollflag4,enrollflag5,enrollflag6,enrollflag7,enrollflag8,enrollflag9,enrollflag10,enrollflag11,enrollflag12",
		"bene_mbi_id,year,coverage,types,residence", "HDR_BENEDATASHR20" + last, "bene_mbi_id,opted_out,claims,part_a_paid,part_b_paid,dme_paid,part_d_copay"}
	for i, name := range [4]string{fmt.Sprintf("P.%s.ACO.AALR.Y%d.D%s.T0000000_1-6.csv", ACO, g.cfg.Year, last), "enrollment.csv",
		fmt.Sprintf("P.ON.ACO.NGD1800.DPRF.D%s.T0000000", last), "truth.csv"} {
		f, err := os.Create(filepath.Join(g.cfg.Dir, name))
		if err != nil {
			return nil, errors.Join(err, s.drop())
		}
		s.texts[i] = &text{f, bufio.NewWriterSize(f, 1<<16)}
		if _, err := s.texts[i].w.WriteString(heads[i] + "\n"); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	return s, nil
}

func compact(d civil.Date) string { return string(d.AppendCompact(nil)[2:]) }

// add appends a block to every file.
func (s *store) add(b *block) error {
	for i := range b.raw {
		if len(b.raw[i]) == 0 {
			continue
		}
		m := &s.members[i]
		m.crc = crc32.Update(m.crc, crc32.IEEETable, b.raw[i])
		m.raw += uint64(len(b.raw[i]))
		m.packed += uint64(len(b.packed[i]))
		m.records += b.counts[i]
		if _, err := m.f.Write(b.packed[i]); err != nil {
			return err
		}
	}
	for i, t := range [4][]byte{b.list, b.months, b.optOuts, b.truth} {
		if _, err := s.texts[i].w.Write(t); err != nil {
			return err
		}
	}
	s.optOuts += len(b.optOuts) / 460
	return nil
}

// finish makes the zips and takes the parts away.
func (s *store) finish() (*Summary, error) {
	sum := &Summary{Lives: s.g.cfg.Lives, Deliveries: len(s.g.deliveries)}
	for d := range s.g.deliveries {
		if err := s.zip(d, sum); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	if _, err := fmt.Fprintf(s.texts[2].w, "TRL_BENEDATASHR20%s%10d\n", compact(s.g.deliveries[len(s.g.deliveries)-1]), s.optOuts); err != nil {
		return nil, errors.Join(err, s.drop())
	}
	for _, t := range s.texts {
		if err := t.w.Flush(); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	return sum, s.drop()
}

// drop closes everything and takes the parts away.
func (s *store) drop() error {
	var err error
	for i := range s.members {
		if f := s.members[i].f; f != nil {
			f.Close() // a part that goes
		}
	}
	for _, t := range s.texts {
		if t != nil {
			err = errors.Join(err, t.f.Close())
		}
	}
	return errors.Join(err, os.RemoveAll(s.temp))
}

// descriptions are CCLF0's words for the files.
var descriptions = map[byte]string{'1': "Part A Claims", '2': "Part A Revenue", '3': "Part A Procedure", '4': "Part A Diagnosis",
	'5': "Part B Physicians", '6': "Part B DME", '7': "Part D Claims", '8': "Bene Demographics", '9': "Bene XREF"}

// endOfDeflate is the empty last block of a deflate stream.
var endOfDeflate = []byte{3, 0}

// zip writes the zip of one delivery.
func (s *store) zip(d int, sum *Summary) error {
	day := s.g.deliveries[d]
	y, m, dd := day.YMD()
	kind, py := "Y", day.Year()
	if py > s.g.cfg.Year {
		kind, py = "R", s.g.cfg.Year
	}
	name := func(file string) string {
		return fmt.Sprintf("P.%s.ACO.ZC%s%s%02d.D%s.T0000000", ACO, file, kind, py%100, compact(day))
	}
	f, err := os.Create(filepath.Join(s.g.cfg.Dir, name("")+".zip"))
	if err != nil {
		return err
	}
	defer f.Close() // an error of writing is seen before
	modified := time.Date(y, m, dd, 0, 0, 0, 0, time.UTC)
	z := zip.NewWriter(f)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name("0"), Method: zip.Deflate, Modified: modified})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "File Number  |File Description    |Total Records Count |Record Length\n")
	for i := range len(files) {
		m := &s.members[d*len(files)+i]
		file := files[i]
		fmt.Fprintf(w, "CCLF%c        |%-20s|%20d|%13d\n", file, descriptions[file], m.records, s.g.forms[file].length)
		sum.Records += int64(m.records)
		sum.Bytes += int64(m.raw)
	}
	for i := range len(files) {
		m := &s.members[d*len(files)+i]
		if err := m.into(z, &zip.FileHeader{Name: name(string(files[i])), Method: zip.Deflate, Modified: modified}); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Sync()
}

// into copies a member into the zip as it is, compressed.
func (m *member) into(z *zip.Writer, h *zip.FileHeader) error {
	h.CRC32, h.UncompressedSize64, h.CompressedSize64 = m.crc, m.raw, m.packed+uint64(len(endOfDeflate))
	w, err := z.CreateRaw(h)
	if err != nil {
		return err
	}
	if _, err := m.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(w, m.f); err != nil {
		return err
	}
	_, err = w.Write(endOfDeflate)
	return err
}
