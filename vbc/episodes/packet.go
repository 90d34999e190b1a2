// SPDX-License-Identifier: Apache-2.0

package episodes

import "github.com/woodlawn-health/woodlawn/vbc/feed"

// Measure is Episodes for a beneficiary in packed rows: where beneficiaries are spread over
// several machines. The order of the rows does not matter. The slice is good until the next call.
func (b *Builder) Measure(in feed.Packet) ([]Episode, error) {
	p, err := b.assembler.Assemble(in)
	if err != nil {
		return nil, err
	}
	return b.Episodes(p), nil
}
