// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"sync"
	"time"
)

// revocations are certificate revocation lists in files, which are read again when
// they change: whoever keeps them up to date need not restart the server.
type revocations struct {
	mu    sync.Mutex
	files []revocationFile
}

type revocationFile struct {
	name  string
	at    time.Time
	size  int64
	lists []*x509.RevocationList
}

// maxRevocations bounds a file in bytes.
const maxRevocations = 64 << 20

func openRevocations(names []string) (*revocations, error) {
	r := &revocations{}
	for _, name := range names {
		r.files = append(r.files, revocationFile{name: name})
	}
	_, err := r.lists()
	return r, err
}

// lists are those of all files. A file that cannot be read is an error: what it would
// revoke is not known.
func (r *revocations) lists() (all []*x509.RevocationList, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.files {
		if err := r.files[i].refresh(); err != nil {
			return nil, err
		}
		all = append(all, r.files[i].lists...)
	}
	return all, nil
}

func (f *revocationFile) refresh() error {
	info, err := os.Stat(f.name)
	if err != nil {
		return fmt.Errorf("revocations: %w", err)
	}
	if info.ModTime().Equal(f.at) && info.Size() == f.size {
		return nil
	}
	if info.Size() > maxRevocations {
		return fmt.Errorf("revocations: %s is larger than %d bytes", f.name, maxRevocations)
	}
	b, err := os.ReadFile(f.name)
	if err != nil {
		return fmt.Errorf("revocations: %w", err)
	}
	lists, err := parseRevocations(b)
	if err != nil {
		return fmt.Errorf("revocations: %s holds no revocation list in PEM or DER: %w", f.name, err)
	}
	f.at, f.size, f.lists = info.ModTime(), info.Size(), lists
	return nil
}

func parseRevocations(b []byte) (lists []*x509.RevocationList, err error) {
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	if len(lists) > 0 {
		return lists, nil
	}
	list, err := x509.ParseRevocationList(b)
	return []*x509.RevocationList{list}, err
}
