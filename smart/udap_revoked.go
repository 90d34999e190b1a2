// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"
)

// unrevoked checks each certificate of a verified chain, the signer's first, against
// the revocation lists of its issuer (RFC 5280 section 6.3). An issuer whose lists have
// all passed their next update vouches for nobody; one without a list is not checked.
func unrevoked(chain []*x509.Certificate, lists []*x509.RevocationList, now time.Time) error {
	for i := 0; i+1 < len(chain); i++ {
		c, issuer := chain[i], chain[i+1]
		stale, fresh := false, false
		for _, list := range lists {
			if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || list.CheckSignatureFrom(issuer) != nil {
				continue
			}
			for _, x := range list.RevokedCertificateEntries {
				if x.SerialNumber.Cmp(c.SerialNumber) == 0 && !x.RevocationTime.After(now) {
					return errors.New("a certificate of the chain was revoked")
				}
			}
			if list.NextUpdate.IsZero() || now.Before(list.NextUpdate) {
				fresh = true
			} else {
				stale = true
			}
		}
		if stale && !fresh {
			return errors.New("the revocation list of an issuer is out of date")
		}
	}
	return nil
}
