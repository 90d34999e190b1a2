// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/benchmark"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/reconciliation"
)

// settleView prints settlements: the deliveries side by side, what would be otherwise
// beside them, and where the money goes.
type settleView struct {
	format   string
	out      io.Writer
	cases    []*reconciliation.Case
	outcomes [][]*reconciliation.Outcome // by case and delivery
	cells    bool                        // list the cells that changed
	small    bool                        // show figures of few people in what is exported
}

func (v *settleView) write() error {
	switch v.format {
	case "json":
		return v.json()
	case "csv":
		return v.csv()
	}
	return v.table()
}

func (v *settleView) json() error {
	enc := json.NewEncoder(v.out)
	enc.SetIndent("", "  ")
	type named struct {
		*reconciliation.Outcome
		Years []int         `json:"years"`
		Sums  *account.Sums `json:"account"`
	}
	var all []named
	for _, list := range v.outcomes {
		for _, o := range list {
			o, sums := v.export(o)
			all = append(all, named{o, o.Plan.Years(), sums})
		}
	}
	return enc.Encode(all)
}

// export is an outcome without the enrollment types and the sums of few people.
func (v *settleView) export(o *reconciliation.Outcome) (*reconciliation.Outcome, *account.Sums) {
	if v.small {
		return o, o.Sums
	}
	sums, few := o.Sums.Suppressed()
	b := *o.Benchmark
	b.Types = slices.DeleteFunc(slices.Clone(b.Types), func(x benchmark.Type) bool {
		k := slices.Index(account.TypeNames[:], x.Name)
		return k >= 0 && few[k]
	})
	if len(b.Types) < len(o.Benchmark.Types) {
		b.Notes = append(slices.Clone(b.Notes), "enrollment types of 1 to 10 people are suppressed, and what they would follow from")
	}
	out := *o
	out.Benchmark = &b
	if len(b.Types) < len(o.Benchmark.Types) {
		out.Trace = nil // its steps tell of every type
	}
	return &out, sums
}

// csv writes a line a figure.
func (v *settleView) csv() error {
	w := csv.NewWriter(v.out)
	_ = w.Write([]string{"case", "delivery", "item", "type", "value"}) // the error is seen at Flush
	for _, list := range v.outcomes {
		for _, o := range list {
			o, _ := v.export(o)
			put := func(item, kind, value string) { _ = w.Write([]string{o.Case, o.Delivery, item, kind, value}) }
			put("assigned", "", fmt.Sprint(o.Assigned))
			put("person years", "", o.Benchmark.PersonYears.String())
			for _, x := range o.Benchmark.Types {
				put("person years", x.Name, x.PersonYears.String())
				put("historical benchmark", x.Name, x.Historical.String())
				put("adjustment", x.Name, x.Adjustment.String())
				put("risk ratio", x.Name, x.RiskRatio.String())
				put("update factor", x.Name, x.Update.String())
				put("updated benchmark", x.Name, x.Updated.String())
				put("expenditure", x.Name, x.Expenditure.String())
			}
			for _, b := range o.Waterfall {
				put(b.Name, "", b.Amount.String())
			}
			for _, m := range o.Benchmark.Missing {
				put("not loaded", "", m)
			}
		}
	}
	w.Flush()
	return w.Error()
}

func (v *settleView) table() error {
	a := v.cases[0].Agreement
	fmt.Fprintf(v.out, "%s, performance year %d, %s, agreement from %s (period %d), %s assignment by %s\n", a.ACO, a.Year, a.Track, a.Start, a.Period, a.Method, a.Roster)
	if a.Note != "" {
		fmt.Fprintln(v.out, a.Note)
	}
	if len(v.cases) > 1 {
		fmt.Fprintf(v.out, "what if: %s; delivery %s\n", v.cases[1].Name, v.outcomes[0][len(v.outcomes[0])-1].Delivery)
	}
	v.waterfalls()
	last := v.outcomes[0][len(v.outcomes[0])-1]
	v.types(last)
	v.drivers(last)
	v.practices(last)
	v.changedCells()
	v.notes()
	if last.Trace.On() {
		fmt.Fprintf(v.out, "\nevery step of %s\n", last.Delivery)
		return last.Trace.WriteTable(v.out)
	}
	return nil
}

// waterfalls prints the deliveries of each case side by side, with what changed between
// the first and the last.
func (v *settleView) waterfalls() {
	columns := v.outcomes[0]
	if len(v.cases) > 1 { // of each case the last delivery
		columns = nil
		for _, list := range v.outcomes {
			columns = append(columns, list[len(list)-1])
		}
	}
	var names []string
	for _, o := range columns {
		at := 0
		for _, b := range o.Waterfall {
			if i := slices.Index(names, b.Name); i >= 0 {
				at = i + 1
				continue
			}
			names = slices.Insert(names, at, b.Name)
			at++
		}
	}
	rows := [][]string{{""}, {"assigned beneficiaries"}, {"person years"}}
	for _, name := range names {
		rows = append(rows, []string{name})
	}
	rows = append(rows, []string{"savings rate"}, []string{"minimum rate"}, []string{"quality"}, []string{"final sharing or loss rate"}, []string{"outcome"})
	for _, o := range columns {
		title := o.Delivery
		if len(v.cases) > 1 {
			title = o.Case
		}
		rows[0] = append(rows[0], title)
		rows[1] = append(rows[1], thousands(o.Assigned))
		rows[2] = append(rows[2], o.Benchmark.PersonYears.String())
		for i, name := range names {
			k := slices.IndexFunc(o.Waterfall, func(b benchmark.Bar) bool { return b.Name == name })
			if k < 0 {
				rows[3+i] = append(rows[3+i], "")
				continue
			}
			rows[3+i] = append(rows[3+i], settleAmount(o.Waterfall[k].Amount, !o.Waterfall[k].Level))
		}
		tail := rows[3+len(names):]
		cells := []string{"", "", o.Quality, "", "not settled: cells are missing"}
		if r := o.Result; r != nil {
			rate := r.FinalRate
			if r.Generated < 0 {
				rate = r.LossRate
			}
			cells = []string{r.Rate.String(), r.MSR.String(), o.Quality, rate.String(), string(r.Outcome)}
		}
		for i := range tail {
			tail[i] = append(tail[i], cells[i])
		}
	}
	if len(columns) == 2 && len(v.cases) == 2 {
		v.changes(rows, names, columns[0], columns[1])
	}
	fmt.Fprintln(v.out)
	writeColumns(v.out, rows)
}

// changes adds a column with what the other case changes.
func (v *settleView) changes(rows [][]string, names []string, from, to *reconciliation.Outcome) {
	amount := func(o *reconciliation.Outcome, name string) money.Cents {
		if k := slices.IndexFunc(o.Waterfall, func(b benchmark.Bar) bool { return b.Name == name }); k >= 0 {
			return o.Waterfall[k].Amount
		}
		return 0
	}
	rows[0] = append(rows[0], "change")
	rows[1] = append(rows[1], fmt.Sprintf("%+d", to.Assigned-from.Assigned))
	for i, name := range names {
		rows[3+i] = append(rows[3+i], settleAmount(amount(to, name)-amount(from, name), true))
	}
}

// settleAmount prints an amount with separators and, for a change, its sign.
func settleAmount(c money.Cents, change bool) string {
	s := c.Abs().String()
	whole, cents, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	sign := ""
	if c < 0 {
		sign = "-"
	} else if change {
		sign = "+"
	}
	return sign + whole + "." + cents
}

// writeColumns prints rows with the first column to the left and the others to the right.
func writeColumns(w io.Writer, rows [][]string) {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(w, "%-*s", width[0], cell)
				continue
			}
			fmt.Fprintf(w, "  %*s", width[i], cell)
		}
		fmt.Fprintln(w)
	}
}

// changedCells lists what CMS restated from one delivery to the next.
func (v *settleView) changedCells() {
	list := v.cases[0].Deliveries
	for i := 1; v.cells && i < len(list); i++ {
		rows := [][]string{{"restated in " + list[i].Name, list[i-1].Name, list[i].Name}}
		for _, c := range list[i].Changes(list[i-1]) {
			rows = append(rows, []string{c.Cell, c.Before, c.After})
		}
		fmt.Fprintln(v.out)
		writeColumns(v.out, rows)
	}
}

func (v *settleView) types(o *reconciliation.Outcome) {
	if len(o.Benchmark.Types) == 0 {
		return
	}
	rows := [][]string{{"a person and year, " + o.Delivery, "person years", "historical", "adjustment", "risk", "update", "updated", "spent"}}
	for _, x := range o.Benchmark.Types {
		rows = append(rows, []string{x.Name, x.PersonYears.String(), x.Historical.String(), x.Adjustment.String(), x.RiskRatio.String(), x.Update.String(), x.Updated.String(), x.Expenditure.String()})
	}
	fmt.Fprintln(v.out)
	writeColumns(v.out, rows)
}

// drivers prints expenditures a person and year by setting, the largest first, over the
// years that were measured.
func (v *settleView) drivers(o *reconciliation.Outcome) {
	years := o.Plan.Years()
	head := []string{"spent a person and year, before truncation"}
	for _, y := range years {
		head = append(head, fmt.Sprint(y))
	}
	rows := [][]string{append(head, "part")}
	last := &o.Sums.Years[len(years)-1]
	var all money.Cents
	settings := []feed.Setting{}
	for s := range feed.Setting(account.Settings) {
		all += last.Setting[s]
		if last.Setting[s] != 0 {
			settings = append(settings, s)
		}
	}
	slices.SortFunc(settings, func(a, b feed.Setting) int { return cmp.Compare(last.Setting[b], last.Setting[a]) })
	for _, s := range settings {
		row := []string{s.String()}
		for i := range years {
			row = append(row, perYear(o.Sums.Years[i].Setting[s], monthsOf(&o.Sums.Years[i])))
		}
		rows = append(rows, append(row, percentOf(last.Setting[s], all)))
	}
	cut := []string{"cut at the 99th percentile"}
	for i := range years {
		var sum money.Cents
		for _, c := range o.Sums.Years[i].Cells {
			sum += c.Cut
		}
		cut = append(cut, perYear(sum, monthsOf(&o.Sums.Years[i])))
	}
	fmt.Fprintln(v.out)
	writeColumns(v.out, append(rows, append(cut, "")))
}

func monthsOf(y *account.YearSums) (n int64) {
	for _, c := range y.Cells {
		n += c.Months
	}
	return n
}

// perYear is a sum a person and year.
func perYear(sum money.Cents, months int64) string {
	if months == 0 {
		return "-"
	}
	return money.Cents(money.HalfUp(int64(sum), 12, months)).String()
}

func percentOf(part, whole money.Cents) string {
	if whole == 0 {
		return ""
	}
	return string(money.AppendScaled(nil, money.HalfUp(int64(part), 1000, int64(whole)), 1)) + "%"
}

// smallestPanel is the least number of lives of a panel that is printed: smaller ones
// would tell of single people.
const smallestPanel = 11

// practices prints the panels that spend most a person and year.
func (v *settleView) practices(o *reconciliation.Outcome) {
	last := &o.Sums.Years[len(o.Plan.Years())-1]
	var tins []string
	for _, tin := range slices.Sorted(maps.Keys(last.Practices)) {
		if p := last.Practices[tin]; tin != "" && p.Lives >= smallestPanel && p.Months > 0 {
			tins = append(tins, tin)
		}
	}
	if len(tins) == 0 {
		return
	}
	each := func(tin string) int64 {
		p := last.Practices[tin]
		return money.HalfUp(int64(p.Expenditure), 12, p.Months)
	}
	slices.SortStableFunc(tins, func(a, b string) int { return cmp.Compare(each(b), each(a)) })
	rows := [][]string{{"panels that spend most", "lives", "a person and year"}}
	for _, tin := range tins[:min(5, len(tins))] {
		rows = append(rows, []string{"TIN " + tin, thousands(last.Practices[tin].Lives), money.Cents(each(tin)).String()})
	}
	fmt.Fprintln(v.out)
	writeColumns(v.out, rows)
}

// notes prints what is not loaded or not verified, once each.
func (v *settleView) notes() {
	seen := map[string]bool{}
	for _, list := range v.outcomes {
		for _, o := range list {
			if len(o.Benchmark.Missing) > 0 {
				fmt.Fprintf(v.out, "\n%s: no benchmark; not loaded:\n", o.Delivery)
				for _, m := range o.Benchmark.Missing {
					fmt.Fprintln(v.out, "  "+m)
				}
			}
			for _, n := range o.Notes {
				if !seen[n] {
					if len(seen) == 0 {
						fmt.Fprintln(v.out)
					}
					seen[n] = true
					fmt.Fprintln(v.out, "note: "+n)
				}
			}
		}
	}
	if o := v.outcomes[0][len(v.outcomes[0])-1]; o.Result != nil && !o.Verified {
		fmt.Fprintln(v.out, "note: the result rests on values that are not verified")
	}
}
