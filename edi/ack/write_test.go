// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func options() Options {
	d := emit.Usual
	d.NewLine = true
	return Options{Control: 41, Time: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Delimiters: d}
}

// interchange is a report of one interchange with one group of 837s.
func interchange(transactions ...*x12.TransactionReport) *x12.Report {
	g := &x12.GroupReport{FunctionalID: "HC", Sender: "CLINIC", Receiver: "PAYERAPP", ControlNumber: "17", Version: "005010X222A1",
		Count: len(transactions), Declared: len(transactions), Closed: true, Transactions: transactions}
	ic := &x12.InterchangeReport{SenderQualifier: "ZZ", Sender: "SUBMITTER", ReceiverQualifier: "30", Receiver: "521234567",
		Date: "260105", Time: "0815", Version: "00501", ControlNumber: "000000123", Usage: "P", Declared: 1, Closed: true,
		Delimiters: x12.Delimiters{Element: '*', Component: ':', Repetition: '^', Segment: '~'}, Groups: []*x12.GroupReport{g}}
	return &x12.Report{Interchanges: []*x12.InterchangeReport{ic}}
}

func transaction837(number string, claims, rejected int, issues ...x12.Issue) *x12.TransactionReport {
	t := &x12.TransactionReport{ID: "837", ControlNumber: number, Version: "005010X222A1", Closed: true, Claims: claims, Rejected: rejected, Issues: issues}
	for _, i := range issues {
		if !i.Warning {
			t.Errors++
			t.Failed = t.Failed || i.Level == x12.Transaction
		}
	}
	return t
}

// mixed has one transaction of each fate.
func mixed() *x12.Report {
	missing := x12.Issue{Level: x12.ElementLevel, Code: "1", Segment: "CLM", Position: 22, Loop: "2300", Element: 2, DataElement: 782, ClaimID: "A-17"}
	badCode := x12.Issue{Level: x12.ElementLevel, Code: "7", Segment: "CLM", Position: 22, Loop: "2300", Element: 5, Component: 3, DataElement: 1325, Value: "Q", ClaimID: "A-17"}
	noDate := x12.Issue{Level: x12.SegmentLevel, Code: "3", Segment: "DTP", Position: 31, Loop: "2400", ClaimID: "A-17"}
	unwritable := x12.Issue{Level: x12.ElementLevel, Code: "6", Segment: "NM1", Position: 12, Loop: "2010BA", Element: 3, Repeat: 2, DataElement: 1035, Value: "a~b", ClaimID: "A-18"}
	business := x12.Issue{Level: x12.Business, Code: "A7", Segment: "CLM", Position: 40, ClaimID: "A-19"}
	warning := x12.Issue{Level: x12.ElementLevel, Code: "8", Segment: "DTP", Position: 9, Warning: true}
	count := x12.Issue{Level: x12.Transaction, Code: "4", Segment: "SE", Position: 60}
	return interchange(
		transaction837("0001", 5, 0, warning),
		transaction837("0002", 5, 2, badCode, missing, noDate, unwritable),
		transaction837("0003", 5, 5, missing, count),
		transaction837("0004", 5, 1, business))
}

func TestGolden999(t *testing.T) {
	var b bytes.Buffer
	done, err := Write999(&b, mixed(), options())
	if err != nil || done != (Written{1, 1, 42}) {
		t.Fatalf("%+v, %v", done, err)
	}
	ledger.Golden(t, filepath.Join("testdata", "mixed.999"), b.String())
	file := mustRead(t, b.Bytes())
	g := file.Groups[0]
	fates := ""
	for _, tx := range g.Transactions {
		fates += string(tx.Code)
	}
	if fates != "AERA" || g.Code != 'P' || g.Accepted != 3 || g.Received != 4 {
		t.Errorf("fates %s, group %c %d/%d", fates, g.Code, g.Accepted, g.Received)
	}
	want := SegmentError{Segment: "CLM", Position: 22, Loop: "2300", Code: "8", Contexts: []Context{{Name: "CLM01", Value: "A-17"}},
		Elements: []ElementError{{Position: 5, Component: 3, DataElement: 1325, Code: "7", Value: "Q"}, {Position: 2, DataElement: 782, Code: "1"}}}
	if diff := cmp.Diff(want, g.Transactions[1].Segments[1]); diff != "" {
		t.Errorf("-want +have\n%s", diff)
	}
}

func TestGroupOutcomes(t *testing.T) {
	failed := interchange(transaction837("0001", 0, 0))
	failed.Interchanges[0].Groups[0].Failed = true
	failed.Interchanges[0].Groups[0].Issues = []x12.Issue{{Level: x12.Group, Code: "2"}}
	kept := interchange(transaction837("0001", 3, 0))
	kept.Interchanges[0].Groups[0].Failed = true
	kept.Interchanges[0].Groups[0].Issues = []x12.Issue{{Level: x12.Group, Code: "5"}}
	bad := x12.Issue{Level: x12.SegmentLevel, Code: "3", Segment: "HI", Position: 20, Loop: "2300"}
	for name, c := range map[string]struct {
		rep  *x12.Report
		want string
	}{
		"all good":                        {interchange(transaction837("0001", 3, 0), transaction837("0002", 1, 0)), "AK9*A*2*2*2~"},
		"some claims set aside":           {interchange(transaction837("0001", 3, 1, bad)), "AK9*E*1*1*1~"},
		"one of two rejected":             {interchange(transaction837("0001", 3, 3, bad), transaction837("0002", 1, 0)), "AK9*P*2*2*1~"},
		"all rejected":                    {interchange(transaction837("0001", 3, 3, bad)), "AK9*R*1*1*0~"},
		"version not supported":           {failed, "AK9*R*1*1*0*2~"},
		"wrong count, claims kept anyway": {kept, "AK9*E*1*1*1*5~"},
	} {
		var b bytes.Buffer
		if _, err := Write999(&b, c.rep, options()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("%s: want %s in\n%s", name, c.want, b.String())
		}
		mustRead(t, b.Bytes())
	}
}

func TestTA1(t *testing.T) {
	issue := func(code string, warning bool) x12.Issue {
		return x12.Issue{Level: x12.Interchange, Code: code, Warning: warning}
	}
	for name, c := range map[string]struct {
		asked, failed bool
		claims        int
		issues        []x12.Issue
		want          string
		with999       bool
	}{
		"not asked, good":              {false, false, 3, nil, "", true},
		"asked, good":                  {true, false, 3, nil, "TA1*000000123*260105*0815*A*000~", true},
		"asked, a slip":                {true, false, 3, []x12.Issue{issue("014", true)}, "TA1*000000123*260105*0815*E*014~", true},
		"not asked, a slip":            {false, false, 3, []x12.Issue{issue("014", true)}, "", true},
		"error, nothing kept":          {false, true, 0, []x12.Issue{issue("014", true), issue("017", false)}, "TA1*000000123*260105*0815*R*017~", false},
		"error at the end, paid":       {false, true, 3, []x12.Issue{issue("021", false)}, "TA1*000000123*260105*0815*E*021~", true},
		"error without a code of TA1s": {false, true, 0, []x12.Issue{issue("", false)}, "TA1*000000123*260105*0815*R*024~", false},
	} {
		rep := interchange(transaction837("0001", c.claims, 0))
		ic := rep.Interchanges[0]
		ic.AckRequested, ic.Failed, ic.Issues = c.asked, c.failed, c.issues
		var ta1, full bytes.Buffer
		if _, err := WriteTA1(&ta1, rep, options()); err != nil {
			t.Fatal(err)
		}
		if _, err := Write999(&full, rep, options()); err != nil {
			t.Fatal(err)
		}
		if (c.want == "") != (ta1.Len() == 0) || !strings.Contains(ta1.String(), c.want) {
			t.Errorf("%s: want %q in\n%s", name, c.want, ta1.String())
		}
		if (full.Len() > 0) != c.with999 {
			t.Errorf("%s: a 999 is %q", name, full.String())
		}
		if ta1.Len() > 0 {
			if mustRead(t, ta1.Bytes()); !strings.Contains(ta1.String(), "*30*521234567      *ZZ*SUBMITTER      *") {
				t.Errorf("%s: sender and receiver are not swapped:\n%s", name, ta1.String())
			}
		}
	}
}

// An acknowledgment is never acknowledged.
func TestNo999ForA999(t *testing.T) {
	var b, again bytes.Buffer
	if _, err := Write999(&b, mixed(), options()); err != nil {
		t.Fatal(err)
	}
	r := x12.NewReader(&b, x12.Options{})
	for {
		if _, err := r.Next(); err != nil {
			break
		}
	}
	r.Report().Interchanges[0].AckRequested = true
	for _, write := range []func(io.Writer, *x12.Report, Options) (Written, error){Write999, WriteTA1} {
		if _, err := write(&again, r.Report(), options()); err != nil || again.Len() > 0 {
			t.Errorf("a 999 is answered: %v\n%s", err, again.String())
		}
	}
}

// The sender's delimiters are used, so that its values can be repeated.
func TestSendersDelimiters(t *testing.T) {
	rep := mixed()
	rep.Interchanges[0].Delimiters = x12.Delimiters{Element: '|', Component: '>', Repetition: '!', Segment: '\n'}
	opt := options()
	opt.Delimiters, opt.WholeLoops = emit.Delimiters{}, true
	var b bytes.Buffer
	if _, err := Write999(&b, rep, opt); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\nIK4|3>>2|1035|6|a~b\n") {
		t.Errorf("the value is not repeated:\n%s", b.String())
	}
	if !strings.Contains(b.String(), "\nIK3|NM1|12|2010BA|8\n") {
		t.Errorf("the loop is not whole:\n%s", b.String())
	}
	mustRead(t, b.Bytes())
}

// Whatever a report says, the acknowledgments made of it can be read and have no fault.
func TestEveryReportCanBeAcknowledged(t *testing.T) {
	text := rapid.StringMatching(`[ -~]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		var list []*x12.TransactionReport
		for n := range rapid.IntRange(0, 4).Draw(t, "transactions") {
			var issues []x12.Issue
			for range rapid.IntRange(0, 6).Draw(t, "issues") {
				i := x12.Issue{Level: x12.Level(rapid.IntRange(int(x12.Transaction), int(x12.Business)).Draw(t, "level")),
					Segment: "CLM", Position: rapid.IntRange(0, 40).Draw(t, "position"), Element: rapid.IntRange(0, 20).Draw(t, "element"),
					Component: rapid.IntRange(0, 7).Draw(t, "component"), Repeat: rapid.IntRange(0, 3).Draw(t, "repeat"),
					DataElement: rapid.IntRange(0, 1300).Draw(t, "data element"), Value: text.Draw(t, "value"), ClaimID: text.Draw(t, "claim"),
					Warning: rapid.Bool().Draw(t, "warning"), Loop: "2300"}
				i.Code = map[x12.Level]string{x12.Transaction: "5", x12.SegmentLevel: "3", x12.ElementLevel: "7"}[i.Level]
				issues = append(issues, i)
			}
			claims := rapid.IntRange(0, 3).Draw(t, "claims")
			list = append(list, transaction837(fmt.Sprintf("%04d", n+1), claims, rapid.IntRange(0, claims).Draw(t, "rejected"), issues...))
		}
		rep := interchange(list...)
		ic := rep.Interchanges[0]
		ic.AckRequested, ic.Groups[0].Declared = true, rapid.IntRange(-1, 5).Draw(t, "declared")
		var b bytes.Buffer
		if _, err := WriteTA1(&b, rep, options()); err != nil {
			t.Fatal(err)
		}
		if _, err := Write999(&b, rep, options()); err != nil {
			t.Fatal(err)
		}
		file := mustRead(t, b.Bytes())
		if len(file.Interchanges) != 1 || len(file.Groups) != 1 || len(file.Groups[0].Transactions) != len(list) {
			t.Fatalf("read back as %+v from\n%s", file, b.String())
		}
	})
}

// mustRead reads acknowledgments that must be without fault.
func mustRead(t interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, b []byte) *File {
	t.Helper()
	file, report, err := Read(bytes.NewReader(b), x12.Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	report.Each(func(i *x12.Issue) {
		if i.Rule != "X12.ISA13" { // TA1 and 999 of a test have one number
			t.Errorf("%s %s: %s in\n%s", i.Rule, i.Place(), i.Message, b)
		}
	})
	return file
}
