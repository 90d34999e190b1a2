// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"io"
	"strings"
	"testing"
)

const good = isa + "GS*HP*PAYER*PROVIDER*20260115*0930*7*X*005010X221A1~ST*835*0001~BPR*I*0~SE*3*0001~ST*835*0002~BPR*I*0~SE*3*0002~GE*2*7~IEA*1*000000101~"

// readAll reads a file and returns the report and its rules; warnings end in "?".
func readAll(t *testing.T, text string) (*Report, string) {
	t.Helper()
	r := NewReader(strings.NewReader(text), Options{File: "test"})
	for {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	var rules []string
	r.Report().Each(func(i *Issue) {
		rule := i.Rule
		if i.Warning {
			rule += "?"
		}
		rules = append(rules, rule+"="+i.Code)
	})
	return r.Report(), strings.Join(rules, " ")
}

func TestReport(t *testing.T) {
	r, rules := readAll(t, good)
	if rules != "" || !r.OK() || r.Segments != 10 || r.Bytes != int64(len(good)) {
		t.Fatalf("%+v %s", r, rules)
	}
	ic := r.Interchanges[0]
	if ic.SenderQualifier != "ZZ" || ic.Sender != "SENDER" || ic.Receiver != "RECEIVER" || ic.Date != "260115" || ic.Time != "0930" ||
		ic.ControlNumber != "000000101" || ic.Version != "00501" || ic.Usage != "T" || ic.AckRequested || !ic.Closed || ic.Declared != 1 {
		t.Errorf("interchange %+v", ic)
	}
	g := ic.Groups[0]
	if g.FunctionalID != "HP" || g.Sender != "PAYER" || g.Receiver != "PROVIDER" || g.ControlNumber != "7" || g.Version != "005010X221A1" ||
		g.Count != 2 || g.Declared != 2 || !g.Closed {
		t.Errorf("group %+v", g)
	}
	if tx := g.Transactions[1]; tx.ID != "835" || tx.ControlNumber != "0002" || tx.Version != "005010X221A1" || tx.Segments != 3 ||
		tx.Declared != 3 || !tx.Closed || tx.Outcome() != 'A' {
		t.Errorf("transaction %+v", tx)
	}
}

// TestEnvelopeFaults changes the good file and expects one finding.
func TestEnvelopeFaults(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"IEA*1*000000101", "IEA*1*000000102", "X12.IEA02=001"},
		{"IEA*1*", "IEA*2*", "X12.IEA01=021"},
		{"IEA*1*000000101~", "", "X12.IEA.missing=023"},
		{"IEA*1*000000101~", "IEA*1*000000101", ""},
		{"GE*2*7", "GE*3*7", "X12.GE01=5"},
		{"GE*2*7", "GE*X*7", "X12.GE01=5"},
		{"GE*2*7", "GE*2*8", "X12.GE02=4"},
		{"GE*2*7~", "", "X12.GE.missing=3"},
		{"SE*3*0001", "SE*4*0001", "X12.SE01=4"},
		{"SE*3*0001", "SE*3*0009", "X12.SE02=3"},
		{"SE*3*0001~", "", "X12.SE.missing=2"},
		{"ST*835*0002", "ST*835*0001", "X12.ST02?=23 X12.SE02=3"},
		{"ST*835*0001", "ST**0001", "X12.ST01=6"},
		{"ST*835*0001~", "ST*835*0001*005010X222A1~", "X12.ST03=I6"},
		{"GS*HP*PAYER*PROVIDER*20260115*0930*7*X*005010X221A1~", "", "X12.segment.stray=024"},
		{"*00501*", "*00401*", "X12.ISA12=017"},
		{"*00501*", "*00601*", "X12.ISA12=017"},
		{"*ZZ*SENDER  ", "*XX*SENDER  ", "X12.ISA05?=005"},
		{"*ZZ*RECEIVER", "*XX*RECEIVER", "X12.ISA07?=007"},
		{"*SENDER         *", "*               *", "X12.ISA06?=006"},
		{"*RECEIVER       *", "*               *", "X12.ISA08?=008"},
		{"*260115*0930*^", "*261315*0930*^", "X12.ISA09?=014"},
		{"*260115*0930*^", "*260115*2430*^", "X12.ISA10?=015"},
		{"*^*", "*U*", "X12.ISA11?=016"},
		{"000000101*0*T", "00000010A*0*T", "X12.ISA13?=018 X12.IEA02=001"},
		{"*0*T*", "*2*T*", "X12.ISA14?=019"},
		{"*0*T*", "*0*X*", "X12.ISA15?=020"},
		{"*ZZ*SENDER         *", "*ZZ*SENDER*", "X12.ISA.width=022"},
		{"BPR*I*0~SE*3*0002", "BPR*I*0~~SE*3*0002", "X12.segment.empty?=1"},
		{"~GE*2*7", "~REF*1~GE*2*7", "X12.segment.stray=1"},
		{"*7*X*005010X221A1", "*7*X*004010X091A1", "X12.GS08=2"},
		{"*0930*7*X*", "*0930*A*X*", "X12.GS06?=6 X12.GE02=4"},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Errorf("%q is not in the file", c.from)
		}
		r, rules := readAll(t, text)
		if !strings.HasPrefix(rules+" ", c.want+" ") && c.want != rules {
			t.Errorf("%q for %q: %s, want %s", c.to, c.from, rules, c.want)
		}
		if wantOK := !strings.Contains(strings.ReplaceAll(c.want+" ", "?=", "!"), "="); r.OK() != wantOK {
			t.Errorf("%q for %q: OK is %t", c.to, c.from, r.OK())
		}
	}
}

func TestTruncation(t *testing.T) {
	for at := range len(good) - 1 {
		if r, rules := readAll(t, good[:at]); r.OK() {
			t.Fatalf("cut at %d, the file is taken as good (%s)", at, rules)
		}
	}
}

func TestDuplicateInterchange(t *testing.T) {
	if _, rules := readAll(t, good+good); rules != "X12.ISA13?=025" {
		t.Error(rules)
	}
}

// TestReportIsBounded floods a file with faults, transactions and groups.
func TestReportIsBounded(t *testing.T) {
	r, _ := readAll(t, isa+"GS*HP*A*B*20260115*0930*7*X*005010X221A1~"+strings.Repeat("ST*835*0001~SE*9*1~", MaxTransactions+10)+
		strings.Repeat("GS*HP*A*B*20260115*0930*7*X*005010X221A1~", MaxTransactions+10))
	n := 0
	r.Each(func(*Issue) { n++ })
	g := r.Interchanges[0].Groups[0]
	if n > MaxIssues || len(g.Transactions) != MaxTransactions || g.Omitted != 10 || g.Count != MaxTransactions+10 {
		t.Errorf("%d issues, %d transactions, %d omitted", n, len(g.Transactions), g.Omitted)
	}
	if ic := r.Interchanges[0]; len(ic.Groups) != MaxTransactions || ic.Omitted != 11 {
		t.Errorf("%d groups, %d omitted", len(ic.Groups), ic.Omitted)
	}
}
