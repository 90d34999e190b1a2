// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRevocationFiles: lists come from PEM and DER files, change when their file does,
// and are an error when it cannot be read.
func TestRevocationFiles(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, KeyUsage: x509.KeyUsageCRLSign, SubjectKeyId: []byte{1}}
	list := func(serials ...int64) []byte {
		l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}
		for _, n := range serials {
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
		}
		der, err := x509.CreateRevocationList(rand.Reader, l, issuer, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}) }
	one := put("one.crl", list(7))
	two := put("two.pem", bytes.Join([][]byte{text(list(8)), text(list(9, 10))}, nil))
	revoked := func(r *revocations) (n int) {
		t.Helper()
		lists, err := r.lists()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lists {
			n += len(l.RevokedCertificateEntries)
		}
		return n
	}
	r, err := openRevocations([]string{one, two})
	if err != nil {
		t.Fatal(err)
	}
	if n := revoked(r); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
	put("one.crl", list(7, 11, 12))
	if n := revoked(r); n != 6 {
		t.Errorf("%d entries after a change, want 6", n)
	}
	for _, bad := range []string{put("empty", nil), put("text", []byte("no list")), put("broken.pem", text([]byte("x"))), filepath.Join(dir, "missing")} {
		if _, err := openRevocations([]string{one, bad}); err == nil {
			t.Errorf("%s was taken", filepath.Base(bad))
		}
	}
	if err := os.Remove(one); err != nil {
		t.Fatal(err)
	}
	if _, err := r.lists(); err == nil {
		t.Error("a file that is gone went unnoticed")
	}
}
