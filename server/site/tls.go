// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// selfSignedLife is how long a self-signed certificate is good; it is made anew
// renewBefore its end, or when it lacks a name.
const (
	selfSignedLife = 397 * 24 * time.Hour
	renewBefore    = 30 * 24 * time.Hour
)

// Certificate is what the server shows its clients.
type Certificate struct {
	Config      *tls.Config
	SelfSigned  bool
	Fingerprint string // SHA-256 of the certificate, as browsers and openssl print it
}

// Certificate loads the certificate of the settings. If they name none, one that the
// server signs itself is made for the hosts and kept in the folder of all data: what
// travels is encrypted then, but clients must be told its fingerprint, for nobody
// vouches for it.
func (c *Config) Certificate(data string, hosts []string, now time.Time) (*Certificate, error) {
	certFile, keyFile := c.file(c.TLS.Certificate), c.file(c.TLS.Key)
	out := &Certificate{SelfSigned: certFile == ""}
	if out.SelfSigned {
		dir := filepath.Join(data, "tls")
		certFile, keyFile = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
		if err := selfSign(certFile, keyFile, hosts, now); err != nil {
			return nil, fmt.Errorf("self-signed certificate: %w", err)
		}
	}
	files := &certFiles{cert: certFile, key: keyFile}
	pair, err := files.load()
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	sum := sha256.Sum256(pair.Certificate[0])
	for i, b := range sum {
		if i > 0 {
			out.Fingerprint += ":"
		}
		out.Fingerprint += fmt.Sprintf("%02X", b)
	}
	out.Config = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return files.load() }}
	return out, nil
}

// certFiles loads a certificate and takes up a new one when its file changes, so that
// renewing needs no restart.
type certFiles struct {
	cert, key string

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time
}

func (f *certFiles) load() (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.cert)
	if err == nil && f.pair != nil && info.ModTime().Equal(f.changed) {
		return f.pair, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(f.cert, f.key)
	}
	if err != nil {
		if f.pair != nil { // half renewed: the old one still stands
			return f.pair, nil
		}
		return nil, err
	}
	f.pair, f.changed = &pair, info.ModTime()
	return f.pair, nil
}

// selfSign makes the files unless they hold a certificate that is still good for the hosts.
func selfSign(certFile, keyFile string, hosts []string, now time.Time) error {
	b, err := os.ReadFile(certFile)
	if err == nil && good(b, hosts, now) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: hosts[0], Organization: []string{"Woodlawn, self-signed"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSignedLife), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(certFile), 0o700); err != nil {
		return err
	}
	for _, f := range []struct {
		path, kind string
		der        []byte
	}{{keyFile, "PRIVATE KEY", secret}, {certFile, "CERTIFICATE", der}} {
		var text bytes.Buffer
		if err := pem.Encode(&text, &pem.Block{Type: f.kind, Bytes: f.der}); err != nil {
			return err
		}
		if err := os.WriteFile(f.path, text.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func good(text []byte, hosts []string, now time.Time) bool {
	block, _ := pem.Decode(text)
	if block == nil {
		return false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil || now.After(cert.NotAfter.Add(-renewBefore)) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(h string) bool { return cert.VerifyHostname(h) != nil })
}

// Hosts are the names that a self-signed certificate is for: that of the issuer, that
// of the address, and this machine's own.
func (c *Config) Hosts(address string) (hosts []string) {
	add := func(h string) {
		if ip := net.ParseIP(h); h != "" && !slices.Contains(hosts, h) && (ip == nil || !ip.IsUnspecified()) {
			hosts = append(hosts, h)
		}
	}
	if u, err := url.Parse(c.Issuer); err == nil {
		add(u.Hostname())
	}
	host, _, _ := net.SplitHostPort(address)
	add(host)
	add("localhost")
	add("127.0.0.1")
	return hosts
}
