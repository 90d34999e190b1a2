// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// zipIndex finds localities by ZIP code. Rows of one five-digit code lie side by
// side; first has, for each code, where they start.
type zipIndex struct {
	five, nine zipRows
	table      *refdata.Table
}

type zipRows struct {
	first []uint32 // 100001 entries
	rows  []zipRow
}

type zipRow struct {
	low, high uint16
	divided   bool // a border runs through the area of the five digits
	locality  uint32
	from, to  civil.Date
}

// zipCache keeps the indexes; periods share them.
type zipCache struct {
	mu      sync.Mutex
	byTable map[*refdata.Table]*zipIndex
}

func (c *zipCache) load(cat *refdata.Catalog, on civil.Date) (*zipIndex, error) {
	t, err := cat.Load("mpfs.zip", on)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if z, ok := c.byTable[t]; ok {
		return z, nil
	}
	z := &zipIndex{table: t}
	if z.five, err = readZIPs(t, false); err != nil {
		return nil, err
	}
	if t9, err := cat.Load("mpfs.zip9", on); err == nil {
		if z.nine, err = readZIPs(t9, true); err != nil {
			return nil, err
		}
	}
	c.byTable[t] = z
	return z, nil
}

func readZIPs(t *refdata.Table, nine bool) (zipRows, error) {
	var z zipRows
	b := t.Bind()
	zip, carrier, locality := b.Numbers("zip", 0), b.Text("carrier"), b.Text("locality")
	from, to := b.Days("effective"), b.Days("ends")
	var low, high, plus4 []int64
	if nine {
		low, high = b.Numbers("low", 0), b.Numbers("high", 0)
	} else {
		plus4 = b.Numbers("plus4", 0)
	}
	if err := b.Err(); err != nil {
		return z, err
	}
	z.first = make([]uint32, 100_001)
	for _, v := range zip {
		if v < 0 || v > 99_999 {
			return z, fmt.Errorf("table %s %s: ZIP code %d", t.ID, t.Version, v)
		}
		z.first[v+1]++
	}
	for i := 1; i < len(z.first); i++ {
		z.first[i] += z.first[i-1]
	}
	next := make([]uint32, 100_000)
	copy(next, z.first)
	z.rows = make([]zipRow, t.Rows)
	keys := map[[2]string]uint32{}
	for i, v := range zip {
		key, ok := keys[[2]string{carrier[i], locality[i]}]
		if !ok {
			key = localityKey(carrier[i], locality[i])
			keys[[2]string{carrier[i], locality[i]}] = key
		}
		row := zipRow{locality: key, from: from[i], to: to[i]}
		if nine {
			row.low, row.high = uint16(low[i]), uint16(high[i])
		} else {
			row.divided = plus4[i] != 0
		}
		z.rows[next[v]] = row
		next[v]++
	}
	return z, nil
}

func (z *zipRows) of(zip int) []zipRow {
	if z.first == nil {
		return nil
	}
	return z.rows[z.first[zip]:z.first[zip+1]]
}

// find is the locality of a ZIP code on a day. divided tells that five digits do
// not settle it and only five were given.
func (z *zipIndex) find(zip string, on civil.Date) (locality uint32, divided, ok bool) {
	five, plus4 := 0, -1
	digits := 0
	for i := 0; i < len(zip); i++ {
		c := zip[i]
		if c == '-' && i == 5 {
			continue
		}
		if c < '0' || c > '9' {
			return 0, false, false
		}
		if digits++; digits <= 5 {
			five = five*10 + int(c-'0')
			continue
		}
		if plus4 < 0 {
			plus4 = 0
		}
		plus4 = plus4*10 + int(c-'0')
	}
	if digits != 5 && digits != 9 {
		return 0, false, false
	}
	if plus4 >= 0 {
		for _, r := range z.nine.of(five) {
			if int(r.low) <= plus4 && plus4 <= int(r.high) && r.holds(on) {
				return r.locality, false, true
			}
		}
	}
	for _, r := range z.five.of(five) {
		if r.holds(on) {
			return r.locality, r.divided && plus4 < 0, true
		}
	}
	return 0, false, false
}

func (r *zipRow) holds(on civil.Date) bool {
	return !on.Before(r.from) && (r.to.IsZero() || !on.After(r.to))
}

// serviceZIP is the ZIP code of the place of the service: the service facility's;
// for a service at home the patient's; otherwise the billing provider's (Pub.
// 100-04 ch. 1, 10.1.1).
func serviceZIP(c *claim.Claim, l *claim.Line, pos string) (zip, source string) {
	if p := l.Provider(claim.Facility); p != nil && p.Address.ZIP != "" {
		return p.Address.ZIP, "service facility of the line"
	}
	if p := c.Provider(claim.Facility); p != nil && p.Address.ZIP != "" {
		return p.Address.ZIP, "service facility"
	}
	if pos == "12" {
		if c.Patient.Address.ZIP != "" {
			return c.Patient.Address.ZIP, "patient's home"
		}
		if c.PatientIsSubscriber && c.Subscriber.Address.ZIP != "" {
			return c.Subscriber.Address.ZIP, "patient's home"
		}
	}
	if p := rendering(c, l); p.Address.ZIP != "" {
		return p.Address.ZIP, "rendering provider"
	}
	return c.Billing.Address.ZIP, "billing provider"
}

// rendering is who performed the service.
func rendering(c *claim.Claim, l *claim.Line) *claim.Provider {
	if p := l.Provider(claim.Rendering); p != nil {
		return p
	}
	if p := c.Provider(claim.Rendering); p != nil {
		return p
	}
	return &c.Billing
}

// locate finds the item's locality, or says why it cannot.
func (it *item) locate(c *claim.Claim) bool {
	s := it.s
	if s.gpciErr != nil {
		return it.unpriced(s.gpciErr.Error())
	}
	if s.zipErr != nil {
		return it.unpriced(s.zipErr.Error())
	}
	it.zip, it.zipSource = serviceZIP(c, it.l, it.posCode)
	key, divided, ok := s.zip.find(it.zip, it.on)
	if !ok {
		return it.unpriced(fmt.Sprintf("ZIP code %q of the %s is in no locality on %s", it.zip, it.zipSource, it.on))
	}
	k, ok := s.local[key]
	if !ok {
		return it.unpriced(fmt.Sprintf("locality %05d/%02d of ZIP code %s has no geographic indices for %s: import GPCI for %d",
			key/100, key%100, it.zip, it.on, it.on.Year()))
	}
	it.g, it.divided = &s.gpcis[k], divided
	return true
}
