// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// TestBadClaimsAreSetAsideAlone breaks some claims of a file that fills several
// batches, and expects the same of one worker, of several, and of the Reader.
func TestBadClaimsAreSetAsideAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 900).Draw(rt, "claims")
		bad := rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 6).Draw(rt, "bad")
		text := file(n)
		want := map[string]bool{}
		for _, i := range bad {
			id := fmt.Sprintf("C%06d", i)
			want[id] = true
			text = strings.Replace(text, "CLM*"+id+"*40*", "CLM*"+id+"*50*", 1)
		}
		one, claims := read(rt, text, 1, Options{})
		if int(one.Claims) != n || int(one.Rejected) != len(want) {
			rt.Fatalf("%d claims, %d set aside; want %d and %d", one.Claims, one.Rejected, n, len(want))
		}
		for i, c := range claims {
			if c.Index != i || c.Rejected != want[c.ID] || c.ID != fmt.Sprintf("C%06d", i) {
				rt.Fatalf("claim %d is %+v", i, c)
			}
			if at := strings.Index(text, "CLM*"+c.ID); int(c.Offset) != at {
				rt.Fatalf("claim %s is at %d, not %d", c.ID, at, c.Offset)
			}
			if c.Segment != 10+12*i+8 {
				rt.Fatalf("claim %s is segment %d", c.ID, c.Segment)
			}
		}
		many, same := read(rt, text, 3, Options{})
		if diff := cmp.Diff(claims, same); diff != "" {
			rt.Fatalf("three workers differ from one:\n%s", diff)
		}
		if diff := cmp.Diff(rules(one, true), rules(many, true)); diff != "" {
			rt.Fatalf("three workers report other issues:\n%s", diff)
		}
		good, aside := 0, 0
		r := NewReader(strings.NewReader(text), Options{Rejected: func(p *Parsed) {
			if !want[p.Claim.ID] || len(p.Issues) == 0 || !strings.HasPrefix(string(p.Raw), "CLM*"+p.Claim.ID) {
				rt.Fatalf("%s is set aside", p.Claim.ID)
			}
			aside++
		}})
		var c claim.Claim
		for r.Next(&c) == nil {
			good++
			if want[c.ID] || len(c.Lines) != 1 || c.Charge != 4000 || c.Subscriber.ID != "MEM1" {
				rt.Fatalf("%s is read as %+v", c.ID, c)
			}
		}
		if good != n-len(want) || aside != len(want) {
			rt.Fatalf("the Reader read %d and set aside %d", good, aside)
		}
	})
}

// TestScopes breaks what stands above claims and counts those that fall with it.
func TestScopes(t *testing.T) {
	other := []string{"HL*5**20*1", "NM1*85*2*OTHER CLINIC*****XX*1912301953", "N3*9 OTHER ROAD", "N4*FERNDALE*WA*98248", "REF*EI*911234569"}
	third := subscriber(6)
	third[0] = "HL*6*5*22*0"
	whole := envelope("005010X222A1", join(header, billing, subscriber(2), small("A1"), small("A2"), subscriber(3), small("B1"),
		subscriber(4), small("C1"), other, third, small("D1"))...)
	for name, c := range map[string]struct {
		from, to string
		n        int
		bad      string
	}{
		"nothing":            {"", "", 1, ""},
		"first subscriber":   {"SBR*P*18*******CI~", "SBR*Q*18*******CI~", 1, "A1 A2"},
		"a claim":            {"CLM*A2*40", "CLM*A2*41", 1, "A2"},
		"first provider":     {"N3*12 ALDER ROAD~\n", "", 1, "A1 A2 B1 C1"},
		"second provider":    {"N3*9 OTHER ROAD~\n", "", 1, "D1"},
		"the header":         {"BHT*0019*00", "BHT*0019*99", 1, "A1 A2 B1 C1 D1"},
		"a wrong parent":     {"HL*3*1*22", "HL*3*2*22", 1, "B1"},
		"the interchange":    {"*00501*", "*00401*", 1, "A1 A2 B1 C1 D1"},
		"the last segment":   {"DTP*472*D8*20260105~\nSE", "SE", 1, "D1"},
		"between two claims": {"DTP*472*D8*20260105~\nCLM*A2", "CLM*A2", 1, "A1"},
	} {
		text := recount(strings.Replace(whole, c.from, c.to, c.n))
		_, claims := read(t, text, 1, Options{})
		var bad []string
		for _, o := range claims {
			if o.Rejected {
				bad = append(bad, o.ID)
				if len(o.Rules) == 0 {
					t.Errorf("%s: %s is set aside without a reason", name, o.ID)
				}
			}
		}
		if got := strings.Join(bad, " "); got != c.bad || len(claims) != 5 {
			t.Errorf("%s: %q set aside, want %q", name, got, c.bad)
		}
	}
}

// TestCutFile cuts a file at every byte: the claims that are whole stay good, and
// nothing that is cut is taken for whole.
func TestCutFile(t *testing.T) {
	whole := file(3)
	for at := range len(whole) - 2 {
		r, claims := read(t, whole[:at], 1, Options{})
		if r.OK() {
			t.Fatalf("cut at %d: the file is taken as good", at)
		}
		for i, c := range claims {
			ends := strings.Index(whole, "HL*"+itoa(i+3)+"*")
			if i == 2 {
				ends = strings.Index(whole, "SE*")
			}
			if known := at >= ends+2; known == c.Rejected { // the identifier of what follows tells that the claim is whole
				t.Fatalf("cut at %d: claim %s, rejected %t", at, c.ID, c.Rejected)
			}
		}
	}
}

func TestOverlongClaim(t *testing.T) {
	var lines []string
	for range 400 {
		lines = append(lines, "K3*"+strings.Repeat("X", 70))
	}
	text := envelope("005010X222A1", join(header, billing, subscriber(2), small("A"), small("LONG"), lines, subscriber(3), small("C"))...)
	r, claims := read(t, text, 1, Options{MaxClaim: 4096})
	if len(claims) != 3 || claims[0].Rejected || !claims[1].Rejected || claims[2].Rejected {
		t.Errorf("%+v", claims)
	}
	if len(claims[1].Raw) > 5000 {
		t.Errorf("%d bytes are kept of it", len(claims[1].Raw))
	}
	if got := strings.Join(rules(r, false), " "); !strings.Contains(got, "837.length") {
		t.Error(got)
	}
}

// TestManyTransactions puts each claim into a transaction of its own, and mixes in
// one that is no 837.
func TestManyTransactions(t *testing.T) {
	var all []string
	head := segments(file(1))[:2]
	count := 0
	for i := range 700 {
		count++
		id, version := "837", "005010X222A1"
		if i == 350 {
			id, version = "270", "005010X222A1"
		}
		b := join(header, billing, subscriber(2), small(fmt.Sprintf("T%d", i)))
		all = append(all, fmt.Sprintf("ST*%s*%04d*%s", id, i, version))
		all = append(all, b...)
		all = append(all, fmt.Sprintf("SE*%d*%04d", len(b)+2, i))
	}
	text := strings.Join(join(head, all, []string{fmt.Sprintf("GE*%d*7", count), "IEA*1*000000101"}), "~\n") + "~\n"
	r, claims := read(t, text, 2, Options{})
	if len(claims) != 699 || r.Rejected != 0 {
		t.Errorf("%d claims, %d set aside", len(claims), r.Rejected)
	}
	g := r.Interchanges[0].Groups[0]
	if g.Count != 700 || len(g.Transactions) != 700 {
		t.Errorf("%d transactions", g.Count)
	}
	for i, tx := range g.Transactions {
		if want := byte('A'); i != 350 && (tx.Claims != 1 || tx.Outcome() != want) || i == 350 && tx.Outcome() != 'R' {
			t.Errorf("transaction %d: %d claims, outcome %c, %v", i, tx.Claims, tx.Outcome(), tx.Issues)
		}
	}
}

// TestTooManyClaims warns once beyond 5,000 claims.
func TestTooManyClaims(t *testing.T) {
	r, _ := read(t, file(5_001), 2, Options{})
	if got := rules(r, true); len(got) != 1 || got[0] != "837.claims" || r.Rejected != 0 {
		t.Errorf("%d set aside, issues %v", r.Rejected, got)
	}
}

func TestRunStops(t *testing.T) {
	text := file(2_000)
	stop := errors.New("stop")
	if _, err := Run(context.Background(), strings.NewReader(text), Options{}, 2, nil, func(*Batch) error { return stop }); err != stop {
		t.Errorf("emit: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(text[:len(text)/2]), iotest.ErrReader(stop))
	if _, err := Run(context.Background(), broken, Options{}, 2, nil, nil); err != stop {
		t.Errorf("reader: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, strings.NewReader(text), Options{}, 2, nil, nil); err != context.Canceled {
		t.Errorf("context: %v", err)
	}
}

// TestWorkersKeepTheirResult hands on what a worker put beside its claims.
func TestWorkersKeepTheirResult(t *testing.T) {
	var last int64
	total := 0
	_, err := Run(context.Background(), strings.NewReader(file(1_000)), Options{Progress: func(n int64) {
		if n < last {
			t.Errorf("progress goes back from %d to %d", last, n)
		}
		last = n
	}}, 3, func(_ int, b *Batch) { b.User = len(b.Claims) }, func(b *Batch) error {
		total += b.User.(int)
		return nil
	})
	if err != nil || total != 1_000 || last != int64(len(file(1_000))) {
		t.Errorf("%d claims, %d bytes, %v", total, last, err)
	}
}

// FuzzRun feeds anything to the reader: it must not panic, and what it reads must
// not depend on the number of workers.
func FuzzRun(f *testing.F) {
	f.Add([]byte(file(2)))
	f.Add([]byte(fixture(f, "professional.edi")))
	f.Add([]byte(fixture(f, "institutional.edi")))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := x12.Limits{Segment: 4 << 10, Binary: 16 << 10}
		one, err := Run(context.Background(), bytes.NewReader(data), Options{MaxClaim: 8 << 10, Limits: limits}, 1, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Run(context.Background(), bytes.NewReader(data), Options{MaxClaim: 8 << 10, Limits: limits}, 2, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if one.Claims != two.Claims || one.Rejected != two.Rejected {
			t.Errorf("one worker reads %d and sets aside %d, two %d and %d", one.Claims, one.Rejected, two.Claims, two.Rejected)
		}
	})
}
