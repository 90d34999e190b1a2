// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
)

func made(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for name, body := range files {
		if err := tw.WriteHeader(&tar.Header{Name: name, Size: int64(len(body)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	tw.Close()
	zw.Close()
	return b.Bytes()
}

func TestRead(t *testing.T) {
	p, err := Read(bytes.NewReader(made(t, map[string]string{
		"package/package.json":           `{"name":"org.example.guide","version":"1.2.3","dependencies":{"hl7.fhir.r4.core":"4.0.1"}}`,
		"package/ValueSet-a.json":        `{"resourceType":"ValueSet","url":"http://example.org/a","version":"1"}`,
		"package/.index.json":            `{"files":[]}`,
		"package/broken.json":            `{"resourceType":`,
		"package/example/Patient-1.json": `{"resourceType":"Patient","id":"1"}`,
		"package/xml/x.xml":              `<x/>`,
		"../../etc/evil.json":            `{"resourceType":"Patient"}`,
	})))
	if err != nil || p.ID() != "org.example.guide#1.2.3" || p.Dependencies["hl7.fhir.r4.core"] != "4.0.1" {
		t.Fatalf("%+v %v", p, err)
	}
	x := NewIndex()
	bad := x.AddPackage(p)
	if len(bad) != 1 || bad["broken.json"] == nil {
		t.Errorf("bad files: %v", bad)
	}
	for _, url := range []string{"http://example.org/a", "http://example.org/a|1", "http://example.org/a|2"} {
		if r, ok := x.Find(url); !ok || r.ResourceType() != "ValueSet" {
			t.Errorf("%s is not found", url)
		}
	}
	if len(x.OfType("ValueSet")) != 1 || len(x.OfType("Patient")) != 0 {
		t.Error("the index holds the wrong things")
	}
	count := 0
	for name, r := range p.Examples() {
		if count++; name != "example/Patient-1.json" || r.ID() != "1" {
			t.Errorf("example %s", name)
		}
	}
	if count != 1 {
		t.Errorf("%d examples", count)
	}
}

func TestNoPackage(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("text"), made(t, map[string]string{"package/a.json": "{}"})} {
		if _, err := Read(bytes.NewReader(b)); err == nil {
			t.Errorf("%.10q was taken for a package", b)
		}
	}
}
