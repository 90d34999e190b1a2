// SPDX-License-Identifier: Apache-2.0

// Bench writes a large 837P of invented claims and measures the whole path of
// `woodlawn price` over it, beside the floor of only splitting the file into
// segments, in the same run.
//
//	go run ./tools/bench -mb 100 -woodlawn bin/woodlawn
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	mb := flag.Int("mb", 100, "size of the file in MB")
	binary := flag.String("woodlawn", filepath.Join("bin", "woodlawn"), "the program to measure")
	keep := flag.String("write", "", "only write the claims to this file")
	flag.Parse()
	if *keep != "" {
		if _, err := write(*keep, *mb<<20); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := measure(*mb, *binary); err != nil {
		log.Fatal(err)
	}
}

func measure(mb int, binary string) error {
	dir, err := os.MkdirTemp("", "woodlawn-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "claims.837")
	claims, err := write(file, mb<<20)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	size := float64(info.Size()) / 1e6
	floor, err := split(file)
	if err != nil {
		return err
	}
	fmt.Printf("input: %.0f MB, %d claims\n\n", size, claims)
	fmt.Printf("| what | wall s | CPU s | MB/s | claims/s | claims/s per CPU second | peak memory MB |\n|---|---|---|---|---|---|---|\n")
	fmt.Printf("| floor: split into segments | %.2f | %.2f | %.0f | %.0f | %.0f | |\n", floor.Seconds(), floor.Seconds(),
		size/floor.Seconds(), float64(claims)/floor.Seconds(), float64(claims)/floor.Seconds())
	out := filepath.Join(dir, "out")
	for _, run := range []struct {
		name string
		env  string
		args []string
	}{
		{"edi check, one core", "GOMAXPROCS=1", []string{"edi", "check", "--workers", "1", file}},
		{"edi check, all cores", "", []string{"edi", "check", file}},
		{"price, one core", "GOMAXPROCS=1", []string{"price", "--workers", "1", "--date", "2025-12-15", "--out", out, file}},
		{"price, all cores", "", []string{"price", "--date", "2025-12-15", "--out", out, file}},
	} {
		cmd := exec.Command(binary, run.args...)
		cmd.Env = append(os.Environ(), run.env)
		cmd.Stderr = os.Stderr
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", run.name, err)
		}
		wall := time.Since(start).Seconds()
		cpu := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
		peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
		fmt.Printf("| %s | %.2f | %.2f | %.0f | %.0f | %.0f | %d |\n", run.name, wall, cpu, size/wall, float64(claims)/wall, float64(claims)/cpu, peak)
	}
	return nil
}

// split is the floor: one pass that only finds the ends of segments.
func split(name string) (time.Duration, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	start := time.Now()
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		if _, err := r.ReadSlice('~'); err == io.EOF {
			return time.Since(start), nil
		} else if err != nil {
			return 0, err
		}
	}
}

// perTransaction is the most claims that Medicare takes in a transaction.
const perTransaction = 5000

// write makes a file of about size bytes and returns its number of claims.
func write(name string, size int) (int, error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	g := &generator{w: w}
	g.text("ISA*00*          *00*          *ZZ*BENCHMARK      *ZZ*WOODLAWN       *251215*0930*^*00501*000000001*0*T*:~\n")
	g.text("GS*HC*BENCHMARK*WOODLAWN*20251215*0930*1*X*005010X222A1~\n")
	for g.bytes < size {
		g.transaction(size)
	}
	g.text(fmt.Sprintf("GE*%d*1~\nIEA*1*000000001~\n", g.transactions))
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return g.claims, f.Close()
}

type generator struct {
	w                           *bufio.Writer
	bytes, claims, transactions int
	segments                    int
	b                           bytes.Buffer
}

func (g *generator) text(s string) {
	g.w.WriteString(s)
	g.bytes += len(s)
}

func (g *generator) seg(format string, args ...any) {
	fmt.Fprintf(&g.b, format, args...)
	g.b.WriteString("~\n")
	g.segments++
}

func (g *generator) transaction(size int) {
	g.transactions++
	g.segments = 0
	g.seg("ST*837*%04d*005010X222A1", g.transactions)
	g.seg("BHT*0019*00*B%d*20251215*0930*CH", g.transactions)
	g.seg("NM1*41*2*DEMO BILLING SERVICE*****46*BENCHMARK")
	g.seg("PER*IC*PAT EXAMPLE*TE*5550100100")
	g.seg("NM1*40*2*WOODLAWN*****46*WOODLAWN")
	g.seg("HL*1**20*1")
	g.seg("NM1*85*2*LAKESIDE MEDICAL GROUP*****XX*1000000012")
	g.seg("N3*100 LAKE AVENUE")
	g.seg("N4*CHICAGO*IL*606110001")
	g.seg("REF*EI*360000001")
	for i := 0; i < perTransaction && g.bytes+g.b.Len() < size; i++ {
		g.claim(i + 2)
	}
	g.seg("SE*%d*%04d", g.segments+1, g.transactions)
	g.bytes += g.b.Len()
	g.w.Write(g.b.Bytes())
	g.b.Reset()
}

// claim writes a subscriber with a claim of one to three lines.
func (g *generator) claim(hl int) {
	n := g.claims
	g.claims++
	const letters = "ACDEFGHJKMNPQRTUVWXY"
	l := func(k int) byte { return letters[n/k%len(letters)] }
	g.seg("HL*%d*1*22*0", hl)
	g.seg("SBR*P*18*******MB")
	g.seg("NM1*IL*1*EXAMPLE*PAT****MI*1%c%d%d%c%d%d%c%c%d%d", l(1), n%10, n/10%10, l(20), n/100%10, n/1000%10, l(400), l(8000), n/7%10, n/3%10)
	g.seg("N3*1 SAMPLE STREET")
	g.seg("N4*SPRINGFIELD*IL*627010001")
	g.seg("DMG*D8*19%02d%02d%02d*F", 30+n%30, 1+n%12, 1+n%28)
	g.seg("NM1*PR*2*MEDICARE*****PI*DEMO")
	lines := [][]string{{"99213", "150"}, {"99214*", "220"}, {"93000", "60"}, {"20610", "180"}, {"99213:25", "150"}, {"71046", "90"}}
	count := 1 + n%3
	total := 0
	for i := range count {
		var charge int
		fmt.Sscan(lines[(n+i)%len(lines)][1], &charge)
		total += charge
	}
	g.seg("CLM*B%08d*%d***11:B:1*Y*A*Y*Y", n, total)
	g.seg("HI*ABK:I10*ABF:E119")
	g.seg("NM1*82*1*RIVERA*ALEX****XX*2000000010")
	g.seg("PRV*PE*PXC*207R00000X")
	for i := range count {
		line := lines[(n+i)%len(lines)]
		g.seg("LX*%d", i+1)
		g.seg("SV1*HC:%s*%s*UN*1***1", bytes.TrimSuffix([]byte(line[0]), []byte("*")), line[1])
		g.seg("DTP*472*D8*2025%02d%02d", 1+n%12, 1+n%28)
		g.seg("REF*6R*L%d", i+1)
	}
}
