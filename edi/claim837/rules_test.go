// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"slices"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// change is one fault put into a good file, and what must be said of it.
type change struct {
	from, to string
	rule     string
	code     string
	level    x12.Level
	warning  bool
}

var professionalChanges = []change{
	{"CLM*C000000*40*", "CLM**40*", "837P.2300.CLM01.required", "1", x12.ElementLevel, false},
	{"CLM*C000000*40*", "CLM*C000000*40.005*", "837.number", "", x12.Business, false},
	{"CLM*C000000*40*", "CLM*C000000*4O*", "837P.2300.CLM02.number", "6", x12.ElementLevel, false},
	{"CLM*C000000*40*", "CLM*C000000*41*", "837.CLM02.total", "", x12.Business, false},
	{"11:B:1*Y*A", "11:C:1*Y*A", "837P.2300.CLM05-02.code", "7", x12.ElementLevel, false},
	{"11:B:1*Y*A", "11:B:1:9*Y*A", "837P.2300.CLM05.components", "3", x12.ElementLevel, false},
	{"11:B:1*Y*A", "11>B>1*Y*A", "837.CLM05.separator", "", x12.Business, false},
	{"11:B:1*Y*A", "11:B:1*Y^N*A", "837P.2300.CLM06.repetition", "12", x12.ElementLevel, false},
	{"*Y*A*Y*Y~", "*Y*A*Y~", "837P.2300.CLM09.required", "1", x12.ElementLevel, false},
	{"HI*ABK:J069~\n", "", "837P.2300.HI.required", "3", x12.SegmentLevel, false},
	{"HI*ABK:J069", "HI*ABX:J069", "837P.2300.HI01.qualifier", "7", x12.ElementLevel, false},
	{"HI*ABK:J069~", "HI*ABK:J069~REF*G1*A1~", "837P.2300.REF.order", "7", x12.SegmentLevel, false},
	{"HI*ABK:J069~", "REF*G1*A1~REF*G1*A2~HI*ABK:J069~", "837P.2300.REF.repeat", "5", x12.SegmentLevel, false},
	{"HI*ABK:J069~", "REF*QQ*A1~HI*ABK:J069~", "837P.2300.REF01.qualifier", "7", x12.ElementLevel, false},
	{"HI*ABK:J069~", "REF**A1~HI*ABK:J069~", "837P.2300.REF01.qualifier", "1", x12.ElementLevel, false},
	{"HI*ABK:J069~", "HI*ABK:J069~ZZZ*1~", "837P.2300.unknown", "1", x12.SegmentLevel, false},
	{"HI*ABK:J069~", "HI*ABK:J069~TOOLONG*1~", "837P.2300.unknown", "1", x12.SegmentLevel, false},
	{"HI*ABK:J069~", "HI*ABK:J069~CAS*CO*45*1~", "837P.2300.unexpected", "2", x12.SegmentLevel, false},
	{"HI*ABK:J069~", "PWK*OZ*EL**~HI*ABK:J069~", "", "", 0, false},
	{"HI*ABK:J069~", "PWK*OZ*EL***AC~HI*ABK:J069~", "837P.2300.PWK.P0506", "2", x12.ElementLevel, false},
	{"HI*ABK:J069~", "DTP*431*D8*20250230~HI*ABK:J069~", "837P.2300.DTP03.date", "8", x12.ElementLevel, false},
	{"LX*1~", "LX*X~", "837P.2400.LX01.number", "6", x12.ElementLevel, false},
	{"LX*1~", "LX*2~", "837.LX01.sequence", "", x12.Business, true},
	{"DTP*472*D8*20260105~\n", "", "837P.2400.DTP.required", "3", x12.SegmentLevel, false},
	{"DTP*472*D8*20260105", "DTP*472*RD8*20260105-20260101", "837P.2400.DTP03.date", "8", x12.ElementLevel, false},
	{"DTP*472*D8*20260105", "DTP*472*D8*20260105*X", "837P.2400.DTP04.count", "3", x12.ElementLevel, false},
	{"*40*UN*1***1", "*40*UN*1***7", "837.SV107.pointer", "", x12.Business, true},
	{"*40*UN*1***1", "*40*XX*1***1", "837P.2400.SV103.code", "7", x12.ElementLevel, false},
	{"*40*UN*1***1", "*40*UN*1*11*Z*1", "837P.2400.SV106.unused", "I10", x12.ElementLevel, true},
	{"HC:G0438*40", "HC:G0438:2*40", "837P.2400.SV101-03.length", "4", x12.ElementLevel, false},
	{"HOLT*MARIAN", "HOLT*MARI\x01AN", "837P.2010BA.NM104.character", "6", x12.ElementLevel, false},
	{"HOLT*MARIAN", "HOLT*MARI\u00c9N", "837P.2010BA.NM104.character", "6", x12.ElementLevel, true},
	{"N3*40 ELM COURT~\n", "", "", "", 0, false},
	{"NM1*IL*1*HOLT*MARIAN****MI*MEM1~\n", "", "837P.2010BA.NM1.required", "3", x12.SegmentLevel, false},
	{"NM1*PR*2*MAPLE PAYER*****PI*MAPLE2~\n", "", "837P.2010BB.NM1.required", "3", x12.SegmentLevel, false},
	{"SBR*P*18*******CI~\n", "", "837P.2000B.SBR.required", "3", x12.SegmentLevel, false},
	{"HL*2*1*22*0", "HL*2*9*22*0", "837.HL02.parent", "7", x12.ElementLevel, false},
	{"HL*2*1*22*0", "HL*3*1*22*0", "837.HL01.sequence", "", x12.Business, true},
	{"HL*2*1*22*0", "HL*2*1*22*5", "837P.2000B.HL04.code", "7", x12.ElementLevel, false},
	{"XX*1912301953", "XX*1912301954", "837.NPI", "", x12.Business, true},
	{"SBR*P*18*******CI", "SBR*P*18*******MB", "837.MBI", "", x12.Business, true},
	{"REF*EI*911234567~\n", "", "837P.2010AA.REF.required", "3", x12.SegmentLevel, false},
	{"BHT*0019", "BHT*0099", "837P.HEADER.BHT01.code", "7", x12.ElementLevel, false},
	{"NM1*40*2*MAPLE PAYER*****46*MAPLE1~\n", "", "837P.1000B.NM1.required", "3", x12.SegmentLevel, false},
	{"SE*23", "SE*24", "X12.SE01", "4", x12.Transaction, false},
	{"SE*23*0001", "SE*23*0002", "X12.SE02", "3", x12.Transaction, false},
	{"GE*1*7", "GE*2*7", "X12.GE01", "5", x12.Group, false},
	{"IEA*1*000000101", "IEA*1*000000102", "X12.IEA02", "001", x12.Interchange, false},
	{"005010X222A1", "005010X999A1", "837.ST03", "I6", x12.Transaction, false},
	{"ST*837*0001*005010X222A1", "ST*837*0001*005010X223A2", "X12.ST03", "I6", x12.Transaction, false},
	{"*00501*", "*00401*", "X12.ISA12", "017", x12.Interchange, false},
	{"ST*837", "ST*270", "837.ST01", "1", x12.Transaction, false},
}

func TestEachRule(t *testing.T) {
	good := file(1)
	if r, _ := read(t, good, 1, Options{}); !r.OK() || r.Claims != 1 || len(rules(r, true)) > 0 {
		t.Fatalf("the good file has issues: %v", rules(r, true))
	}
	for _, c := range professionalChanges {
		text := strings.ReplaceAll(good, c.from, c.to)
		if text == good {
			t.Errorf("%q is not in the file", c.from)
			continue
		}
		if !strings.Contains(c.from+c.to, "SE*") { // segments came or went
			text = recount(text)
		}
		r, claims := read(t, text, 1, Options{})
		var found *x12.Issue
		r.Each(func(i *x12.Issue) {
			if i.Rule == c.rule && found == nil {
				found = i
			}
		})
		switch {
		case c.rule == "":
			if !r.OK() {
				t.Errorf("%q for %q: %v", c.to, c.from, rules(r, true))
			}
		case found == nil:
			t.Errorf("%q for %q: no issue %s, but %v", c.to, c.from, c.rule, rules(r, true))
		case found.Code != c.code || found.Level != c.level || found.Warning != c.warning:
			t.Errorf("%q for %q: %s has code %q, level %d, warning %t", c.to, c.from, c.rule, found.Code, found.Level, found.Warning)
		case found.Message == "" || found.Remedy == "":
			t.Errorf("%s says nothing", c.rule)
		}
		if c.warning && (!r.OK() || r.Rejected > 0) {
			t.Errorf("%q for %q: a warning sets the claim aside: %v", c.to, c.from, rules(r, false))
		}
		inClaims := c.rule != "" && !c.warning && c.level > x12.Transaction
		if inClaims && (len(claims) != 1 || !claims[0].Rejected || len(claims[0].Rules) == 0) {
			t.Errorf("%q for %q: the claim is not set aside with a reason: %+v", c.to, c.from, claims)
		}
	}
}

// recount puts the right number of segments into SE01 of a file of one transaction.
func recount(text string) string {
	s := segments(text)
	from := slices.IndexFunc(s, func(v string) bool { return strings.HasPrefix(v, "ST*") })
	to := slices.IndexFunc(s, func(v string) bool { return strings.HasPrefix(v, "SE*") })
	number := strings.Split(s[from], "*")
	head := strings.Join(s[:from+1], "~") + "~"
	return head + strings.Join(append(slices.Clone(s[from+1:to]), "SE*"+itoa(to-from+1)+"*"+number[2]), "~") + "~" +
		strings.Join(s[to+1:], "~") + "~"
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestStrictMakesErrors(t *testing.T) {
	text := strings.Replace(file(1), "XX*1912301953", "XX*1912301954", 1)
	if r, _ := read(t, text, 1, Options{Strict: true}); r.Rejected != 1 {
		t.Errorf("a wrong NPI is taken: %v", rules(r, true))
	}
}

func TestNPI(t *testing.T) {
	for v, want := range map[string]bool{"1234567893": true, "1234567890": false, "1912301953": true, "": false, "123456789": false,
		"3234567893": false, "12345678X3": false} {
		if ValidNPI(v) != want {
			t.Errorf("ValidNPI(%q) is %t", v, !want)
		}
	}
}

func TestMBI(t *testing.T) {
	for v, want := range map[string]bool{"1EG4TE5MK73": true, "1EG4-TE5-MK73": false, "0EG4TE5MK73": false, "1SG4TE5MK73": false,
		"1EG4TE5MK7": false, "123456789A": false, "1eg4te5mk73": false} {
		if ValidMBI(v) != want {
			t.Errorf("ValidMBI(%q) is %t", v, !want)
		}
	}
}
