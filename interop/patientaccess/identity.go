// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// id makes the id of a resource from what identifies the thing: 32 hexadecimal
// digits, the same for the same parts and key, on every machine.
func (m *Mapper) id(parts ...string) string {
	h := hmac.New(sha256.New, m.opt.Key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0}) // so that ("ab", "c") is not ("a", "bc")
	}
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:16])
}
