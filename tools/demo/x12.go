// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
)

// file builds one interchange with one transaction.
type file struct {
	b        bytes.Buffer
	segments int
	hl       int
}

const control = "000000001"

// start writes ISA to BHT and the submitter and receiver.
func (f *file) start(version, functional string) {
	fmt.Fprintf(&f.b, "ISA*00*          *00*          *ZZ*%-15s*ZZ*%-15s*251215*0930*^*00501*%s*1*T*:~\n", "DEMOBILLER", "WOODLAWN", control)
	fmt.Fprintf(&f.b, "GS*HC*DEMOBILLER*WOODLAWN*20251215*0930*1*X*%s~\n", version)
	f.seg("ST", "837", "0001", version)
	f.seg("BHT", "0019", "00", "DEMO1", "20251215", "0930", "CH")
	f.seg("NM1", "41", "2", "DEMO BILLING SERVICE", "", "", "", "", "46", "DEMOBILLER")
	f.seg("PER", "IC", "PAT EXAMPLE", "TE", "5550100100")
	f.seg("NM1", "40", "2", "WOODLAWN "+functional, "", "", "", "", "46", "WOODLAWN")
}

// end writes SE, GE and IEA and returns the file.
func (f *file) end() []byte {
	f.seg("SE", fmt.Sprint(f.segments+1), "0001")
	f.b.WriteString("GE*1*1~\nIEA*1*" + control + "~\n")
	return f.b.Bytes()
}

// seg writes one segment; empty elements at the end are left out.
func (f *file) seg(elements ...string) {
	for len(elements) > 0 && elements[len(elements)-1] == "" {
		elements = elements[:len(elements)-1]
	}
	f.b.WriteString(strings.Join(elements, "*"))
	f.b.WriteString("~\n")
	f.segments++
}

// party is a provider of the demo.
type party struct {
	name, first string // first is set for a person
	npi         string
	taxonomy    string
	tax         string
	street      string
	city        string
	state, zip  string
}

// billing opens loop 2000A for a billing provider.
func (f *file) billing(p party) {
	f.hl++
	f.seg("HL", fmt.Sprint(f.hl), "", "20", "1")
	f.seg("PRV", "BI", "PXC", p.taxonomy)
	f.name("85", p)
	f.seg("N3", p.street)
	f.seg("N4", p.city, p.state, p.zip)
	f.seg("REF", "EI", p.tax)
}

func (f *file) name(code string, p party) {
	kind := "2"
	if p.first != "" {
		kind = "1"
	}
	f.seg("NM1", code, kind, p.name, p.first, "", "", "", "XX", p.npi)
}

// member is a beneficiary of the demo.
type member struct {
	last, first, mbi, born string
	sex                    string
}

// subscriber opens loop 2000B under the billing provider.
func (f *file) subscriber(parent int, m member, responsibility, insuranceType, filing string) {
	f.hl++
	f.seg("HL", fmt.Sprint(f.hl), fmt.Sprint(parent), "22", "0")
	f.seg("SBR", responsibility, "18", "", "", insuranceType, "", "", "", filing)
	f.seg("NM1", "IL", "1", m.last, m.first, "", "", "", "MI", m.mbi)
	f.seg("N3", "1 SAMPLE STREET")
	f.seg("N4", "SPRINGFIELD", "IL", "627010001")
	f.seg("DMG", "D8", m.born, m.sex)
	f.seg("NM1", "PR", "2", "MEDICARE", "", "", "", "", "PI", "DEMO")
}

// npi completes a number of nine digits with its check digit (ISO 7812 with the
// prefix 80840, 45 CFR 162.406).
func npi(nine string) string {
	digits, sum := "80840"+nine, 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return nine + fmt.Sprint((10-sum%10)%10)
}

// mbi makes an invented Medicare Beneficiary Identifier of the published format.
func mbi(n int) string {
	const letters = "ACDEFGHJKMNPQRTUVWXY"
	at := func(k int) byte { return letters[(n*7+k*3)%len(letters)] }
	return fmt.Sprintf("1%c%d%d%c%d%d%c%c%d%d", at(1), n%10, n/10%10, at(2), (n+3)%10, (n+5)%10, at(3), at(4), (n+1)%10, (n+7)%10)
}
