// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// id makes the id of a resource from what identifies the thing: 32 hexadecimal
// digits, the same for the same parts and key, on every machine.
func (x *mapping) id(parts ...string) string {
	mac := x.mac
	mac.Reset()
	for _, p := range parts {
		_, _ = io.WriteString(mac, p) // a hash never fails
		_, _ = mac.Write(separator)
	}
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0])[:16])
}

// separator stands between parts, so that ("ab", "c") is not ("a", "bc").
var separator = []byte{0}

// hash makes the hash of a Set.
func (m *Mapper) hash(s *Set) {
	if s.mac == nil || s.owner != m {
		s.mac, s.owner = hmac.New(sha256.New, m.opt.Key), m
	}
}
