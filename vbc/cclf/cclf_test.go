// SPDX-License-Identifier: Apache-2.0

package cclf

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func layouts(tb testing.TB) *Layouts {
	tb.Helper()
	l, err := Load(refdata.Embedded())
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// write makes an invented record of a layout: dates, amounts, and names in text fields.
func write(l *Layout, n int) string {
	b := bytes.Repeat([]byte{' '}, l.Length)
	for i, f := range l.Fields {
		value := fmt.Sprintf("%d%c", n, 'A'+i%26)
		switch f.Kind {
		case Date:
			value = fmt.Sprintf("2024-%02d-%02d", 1+n%12, 1+i%28)
		case Amount:
			value = fmt.Sprintf("%d.%02d", n, i)
		case Number:
			value = fmt.Sprintf("%d.0000", n)
		}
		copy(b[f.Start:f.Start+f.Length], value)
	}
	return string(b)
}

// TestEveryVersion writes and reads each file in each version of its layout.
func TestEveryVersion(t *testing.T) {
	ls := layouts(t)
	for file, versions := range ls.lengths {
		for _, v := range versions {
			l, err := ls.For(file, v.length)
			if err != nil {
				t.Fatal(err)
			}
			var in strings.Builder
			for n := range 3 {
				in.WriteString(write(l, n) + "\n")
			}
			r := NewReader(strings.NewReader(in.String()), "test", file, ls)
			r.Reject = func(e *RecordError) { t.Errorf("CCLF%c %s: %v", file, v.version, e) }
			for n := range 3 {
				if !r.Next() {
					t.Fatalf("CCLF%c %s: ends at %d: %v", file, v.version, n, r.Err())
				}
				for i, f := range l.Fields {
					want := strings.TrimSpace(write(l, n)[f.Start : f.Start+f.Length])
					if got := r.Record().Text(i); got != want {
						t.Errorf("CCLF%c %s %s: %q, want %q", file, v.version, f.Name, got, want)
					}
				}
			}
			if r.Next() || r.Err() != nil {
				t.Errorf("CCLF%c %s: more than 3 records or %v", file, v.version, r.Err())
			}
		}
	}
}

func TestFieldsByName(t *testing.T) {
	ls := layouts(t)
	old, err := ls.For('1', 292)
	if err != nil || old.Version != "2018" || old.Field("CLM_CNTL_NUM") != -1 {
		t.Fatalf("%+v %v", old, err)
	}
	v36, err := ls.For('1', 437)
	if err != nil || v36.Version != "v36" || v36.Field("CLM_CNTL_NUM") < 0 {
		t.Fatalf("%+v %v", v36, err)
	}
	r := NewReader(strings.NewReader(write(v36, 7)), "CCLF1", '1', ls)
	if !r.Next() {
		t.Fatal(r.Err())
	}
	if d, err := r.Record().Date(v36.Field("CLM_FROM_DT")); err != nil || d.String() != "2024-08-06" {
		t.Errorf("from %v %v", d, err)
	}
	if c, err := r.Record().Cents(v36.Field("CLM_PMT_AMT")); err != nil || c.String() != "7.12" {
		t.Errorf("payment %v %v", c, err)
	}
	newer, err := ls.For('7', 230)
	if err != nil || newer.Extra != 35 {
		t.Errorf("%+v %v", newer, err)
	}
}

func TestBadRecordsAreNamed(t *testing.T) {
	ls := layouts(t)
	l, _ := ls.For('8', 549)
	good := write(l, 1)
	dob := l.Fields[l.Field("BENE_DOB")]
	badDate := good[:dob.Start] + "1950-13-01" + good[dob.Start+dob.Length:]
	shifted := " " + good[:len(good)-1]
	in := strings.Join([]string{good, badDate, shifted, good[:100], strings.Repeat("x", maxRecord+10), good}, "\n")
	r := NewReader(strings.NewReader(in), "T8", '8', ls)
	var bad []*RecordError
	r.Reject = func(e *RecordError) { bad = append(bad, e) }
	n := 0
	for r.Next() {
		n++
	}
	if read, rejected := r.Counts(); n != 2 || read != 6 || rejected != 4 || r.Err() != nil {
		t.Fatalf("%d good, %d read, %d set aside, %v", n, read, rejected, r.Err())
	}
	if e := bad[0]; e.Record != 2 || e.Offset != 550 || e.Field != "BENE_DOB" || strings.Contains(e.Error(), "1950") {
		t.Errorf("%+v", e)
	}
	if e := bad[1]; e.Record != 3 || e.Field == "" {
		t.Errorf("%+v", e)
	}
	if e := bad[2]; e.Record != 4 || !strings.Contains(e.Reason, "100 bytes") {
		t.Errorf("%+v", e)
	}
	if e := bad[3]; e.Record != 5 || !strings.Contains(e.Reason, "longer") {
		t.Errorf("%+v", e)
	}
}

func TestWrongLayoutNamesLengths(t *testing.T) {
	r := NewReader(strings.NewReader(strings.Repeat("x", 37)+"\n"), "T8", '8', layouts(t))
	var fe *FileError
	if r.Next() || !errors.As(r.Err(), &fe) || !strings.Contains(fe.Reason, "549 (v36)") {
		t.Errorf("%v", r.Err())
	}
}

// delivery packs files into a zip.
func delivery(t *testing.T, files map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"0", "8", "9"} {
		text, ok := files[name]
		if !ok {
			continue
		}
		w, err := z.Create("T.A0001.ACO.ZC" + name + "Y24.D240115.T1203001")
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDelivery(t *testing.T) {
	ls := layouts(t)
	l8, _ := ls.For('8', 549)
	l9, _ := ls.For('9', 55)
	summary := "File Number  |File Description    |Total Records Count |Record Length\n" +
		"CCLF8  |Beneficiary Demographics File |  2| 549\nCCLF9  |BENE XREF File| 1|  55\nCCLF1  |Part A Claims Header File| 0| 437\n"
	eights := write(l8, 1) + "\n" + write(l8, 2) + "\n"
	read := func(files map[string]string) *Report {
		t.Helper()
		data := delivery(t, files)
		rep, err := ReadZip(bytes.NewReader(data), int64(len(data)), "z", ls, func(*Record) error { return nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	if rep := read(map[string]string{"0": summary, "8": eights, "9": write(l9, 1)}); !rep.Complete() {
		t.Errorf("complete delivery:\n%s", rep)
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a record is missing": {map[string]string{"0": summary, "8": write(l8, 1), "9": write(l9, 1)}, "promises 2 records, the file has 1"},
		"a file is missing":   {map[string]string{"0": summary, "8": eights}, "CCLF9: CCLF0 promises 1 records"},
		"blanks cut off":      {map[string]string{"0": summary, "8": eights, "9": write(l9, 1)[:43]}, "1 records are shorter than CCLF0 promises"},
		"another length":      {map[string]string{"0": strings.Replace(summary, "  55", "  54", 1), "8": eights, "9": write(l9, 1)}, "promises records of 54 bytes, the file has 55"},
		"cut within a date":   {map[string]string{"0": summary, "8": eights, "9": write(l9, 1)[:40]}, "1 set aside"},
		"no summary":          {map[string]string{"8": eights}, "no CCLF0"},
	} {
		if rep := read(c.files); rep.Complete() || !strings.Contains(rep.String(), c.want) {
			t.Errorf("%s:\n%s", name, rep)
		}
	}
	data := delivery(t, map[string]string{"0": summary, "8": eights})
	var fe *FileError
	if _, err := ReadZip(bytes.NewReader(data), int64(len(data)/2), "z", ls, nil, nil); !errors.As(err, &fe) {
		t.Errorf("half a zip: %v", err)
	}
}

func TestParseName(t *testing.T) {
	n, ok := ParseName("dir/P.A1234.ACO.ZC8Y24.D240115.T1203001")
	if !ok || n.File != '8' || n.Test || n.ACO != "A1234" || n.Kind != 'Y' || n.Year != 2024 || n.Date.String() != "2024-01-15" {
		t.Errorf("%+v %v", n, ok)
	}
	for _, bad := range []string{"", "P.A1234.ACO.ZC8Y24.D241315.T1", "P.A1234.ACO.ZCXY24.D240115.T1", "notes.txt"} {
		if _, ok := ParseName(bad); ok {
			t.Errorf("%s is taken for a file of the feed", bad)
		}
	}
}

func FuzzReader(f *testing.F) {
	ls := layouts(f)
	l, _ := ls.For('9', 55)
	f.Add([]byte(write(l, 1)+"\n"+write(l, 2)), byte('9'))
	f.Add([]byte("\n\n\r\n"), byte('8'))
	f.Fuzz(func(t *testing.T, data []byte, file byte) {
		r := NewReader(bytes.NewReader(data), "f", file, ls)
		rejects := 0
		r.Reject = func(*RecordError) { rejects++ }
		good := 0
		for r.Next() {
			good++
			for i := range r.Record().Layout.Fields {
				_ = r.Record().Text(i)
			}
		}
		if read, rejected := r.Counts(); r.Err() == nil && (read != good+rejected || rejected != rejects) {
			t.Errorf("%d read, %d good, %d set aside, %d told", read, good, rejected, rejects)
		}
	})
}

// TestSamples reads CMS's synthetic deliveries and writes the ledger.
func TestSamples(t *testing.T) {
	ls := layouts(t)
	root := evidence.Path(t, "data/vbc/cclf_bcda")
	var b strings.Builder
	b.WriteString("# Claim and Claim Line Feed\n\nWritten by the tests of vbc/cclf.\n\n## Deliveries as zips (CMS's synthetic samples)\n\n")
	for _, name := range []string{"valid/T.BCD.A0001.ZCY18.D181120.T1000000", "8/valid/T.BCD.A0001.ZCY18.D181121.T1000000",
		"corrupted/T.BCD.A0001.ZCY18.D181120.T1000000"} {
		data, err := os.ReadFile(filepath.Join(root, "zips", "archives", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "### %s\n\n", name)
		rep, err := ReadZip(bytes.NewReader(data), int64(len(data)), filepath.Base(name), ls, func(*Record) error { return nil },
			func(e *RecordError) { fmt.Fprintf(&b, "- set aside: %v\n", e) })
		if err != nil {
			fmt.Fprintf(&b, "- %v\n\n", err)
			continue
		}
		for line := range strings.Lines(rep.String()) {
			b.WriteString("- " + line)
		}
		b.WriteByte('\n')
	}
	b.WriteString("## Bare files\n\n| file | records | set aside | result |\n|---|---|---|---|\n")
	for _, name := range []string{"improved-new/dev/ZC8", "improved-new/small/ZC8", "improved-new/large/ZC8", "improved-new/large/ZC9",
		"test-partially-adjudicated/dev/ZC8", "test-partially-adjudicated/dev/ZC9"} {
		f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(f, name, name[len(name)-1], ls)
		r.Promised = promisedLength(t, filepath.Join(filepath.Dir(f.Name()), "ZC0"), name[len(name)-1])
		for r.Next() {
		}
		f.Close()
		read, rejected := r.Counts()
		result := "read"
		if n := r.Padded(); n > 0 {
			result = fmt.Sprintf("read, %d with blanks at the end that the sender cut off", n)
		}
		if r.Err() != nil {
			result = r.Err().Error()
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", name, read, rejected, result)
	}
	b.WriteString(cclfNotes)
	ledger.Check(t, "cclf.md", b.String())
}

func promisedLength(t *testing.T, path string, file byte) int {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := ReadSummary(f, "ZC0")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.File == file {
			return p.Length
		}
	}
	return 0
}

const cclfNotes = `
## Layouts

Positions of version 36, files 1 to 9, A and B; lengths of 2018 from CMS's own CCLF0. Every file is written and read back in
both versions. Longer records are read up to the last known field and reported.

## From records to timelines (vbc/feed)

What is in force is told by the records alone, whatever the order of files. Each rule is held by a test that runs anywhere.

| rule | how it is resolved | held by |
|---|---|---|
| Part A chains | CCN, from and through dates of one beneficiary; cancels take back a claim of their amount | every order of the records of 13 chains; 100 random histories against CMS's netting of signed payments |
| Part B and DME chains | claim control number of one beneficiary | the same |
| Part D chains | pharmacy, day, reference number, fill and dispensing status | the same |
| whole deliveries | generated lives, 14 months: claims and payments by file against what the generator made | 1,500 lives, every one equal |
| order | zips renamed, members and records shuffled, one delivery sent twice | the same timelines, field by field |
| identifiers | CCLF9 closed over chains; rings and splits told, the latest change counts | CMS's sample (a chain of three changes); 50 orders |
| opt-outs | CMS's list of 1-800-MEDICARE preferences; the latest day counts, a refusal withholds every claim | CMS's sample list; generated lists |
| completeness | missing months, months without service, unknown identifiers, repeated files and records, lone cancels, lines without a claim | a delivery taken away, one cut short, a foreign file |

## Not built

- The names of the fields that versions after 36 added.
- CCLFA and CCLFB are checked and counted, and not part of the timeline yet.
- An adjustment that came without its cancel replaces the claim before it and is told; CMS's netting would add both.
- The month of flag 1 in a quarterly assignment list (taken as the first of the twelve that end with the quarter) was not checked.
- CMS's bare samples of CCLF8 hold an identifier and a filler of x where the date of birth begins: set aside for that.
`
