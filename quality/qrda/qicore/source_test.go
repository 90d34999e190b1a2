// SPDX-License-Identifier: Apache-2.0

package qicore_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
)

func written(t *testing.T) string {
	t.Helper()
	doc, _ := export(t, stay, eastern)
	var b bytes.Buffer
	if err := document(doc, &measure.Measure{IDs: map[string]string{"version-specific": "m-1"}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A folder holds plain, packed and archived documents, and what is none of them is told.
func TestReadPatients(t *testing.T) {
	dir := t.TempDir()
	good := written(t)
	write(t, filepath.Join(dir, "a.xml"), []byte(good))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(good))
	z.Close()
	write(t, filepath.Join(dir, "b.xml.gz"), packed.Bytes())
	var archive bytes.Buffer
	zw := zip.NewWriter(&archive)
	for name, text := range map[string]string{"in/c.xml": good, "in/readme.txt": "no document", "../d.xml": "<ClinicalDocument/>"} {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	bomb, err := zw.Create("bomb.xml")
	if err != nil {
		t.Fatal(err)
	}
	bomb.Write([]byte("<a>" + strings.Repeat(" ", 20<<20) + "</a>"))
	zw.Close()
	write(t, filepath.Join(dir, "c.zip"), archive.Bytes())
	write(t, filepath.Join(dir, "e.zip"), []byte("no archive"))
	write(t, filepath.Join(dir, "f.xml"), []byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`))
	write(t, filepath.Join(dir, "g.xml"), []byte(strings.Repeat("<a>", 300)+strings.Repeat("</a>", 300)))
	write(t, filepath.Join(dir, "h.xml"), []byte(`<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>`))
	files, others, err := qicore.Find(dir)
	if err != nil || others || len(files) != 7 {
		t.Fatal(files, others, err)
	}
	var lost []qicore.Loss
	reasons := map[string]string{}
	read := 0
	err = qicore.ReadPatients(files, qicore.Options{}, func(_ string, l []qicore.Loss) { lost = append(lost, l...) }, func(p measure.Patient) bool {
		data, err := [][]byte(nil), p.Err
		if err == nil {
			data, err = p.Fetch()
		}
		if err != nil {
			reasons[p.Where] = err.Error()
		} else if read++; len(data) < 8 {
			t.Errorf("%s: %d resources", p.Where, len(data))
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if read != 3 || len(reasons) != 6 {
		t.Errorf("%d documents read, set aside: %v", read, reasons)
	}
	for where, part := range map[string]string{"c.zip: d.xml": "no QRDA Category I", "c.zip: bomb.xml": "packed into", "f.xml": "DOCTYPE", "g.xml": "deep", "h.xml": "DOCTYPE"} {
		if !strings.Contains(reasons[where], part) {
			t.Errorf("%s: %q", where, reasons[where])
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.ndjson"), nil)
	if files, others, err := qicore.Find(dir); err != nil || !others || len(files) != 0 {
		t.Error(files, others, err)
	}
	if files, others, err := qicore.Find(filepath.Join(dir, "a.ndjson")); err != nil || !others || files != nil {
		t.Error(files, others, err)
	}
	if _, _, err := qicore.Find(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there is found")
	}
}
