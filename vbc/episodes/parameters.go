// SPDX-License-Identifier: Apache-2.0

package episodes

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// settle turns the texts of the parameters into what the code asks for. Parameters of
// pricing may lack; those of construction may not.
func (r *Rules) settle() error {
	p := reader{r: r}
	r.days = p.number("days_after", true)
	if p.oneOf("discharge_is_day_one", "yes", "no") == "yes" {
		r.days-- // the day of discharge or procedure is the first of them
	}
	r.before = p.number("outpatient_days_before", false)
	r.endsBy = p.day("ends_by")
	r.deathInEpisode = p.oneOf("death_cancels", "anchor", "episode") == "episode"
	r.laterCancels = p.oneOf("new_anchor", "cancels the earlier", "starts none") == "cancels the earlier"
	p.oneOf("transfer", "joins the anchor")
	p.oneOf("prorate", "IPPS by geometric mean stay, others by days")
	r.transfers, r.died, r.otherPayers = p.codes("transfer_status"), p.codes("died_status"), p.codes("other_payer")
	r.denied, r.fullMedicaid = p.codes("denied"), p.codes("full_medicaid")
	r.hccDays, r.hccLevels = p.number("hcc_days_before", false), p.number("hcc_levels", false)
	r.ages, r.beds, r.weights = p.numbers("ages"), p.numbers("beds"), p.numbers("baseline_weights")
	r.percentile = p.number("outlier_percentile", false)
	r.normalLimit, r.trendLimit = int64(p.number("normalization_limit", false))*100, int64(p.number("trend_limit", false))*100
	r.postDays, r.deviations = p.number("post_days", false), p.number("post_deviations", false)
	r.neutral = int64(p.number("neutral_score", false)) * 100
	return p.err
}

// reader reads parameters and keeps the first error.
type reader struct {
	r   *Rules
	err error
}

func (p *reader) text(name string) string { return p.r.params[name].value }

func (p *reader) fail(name, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s is %q, wanted %s", name, p.text(name), want)
	}
}

func (p *reader) number(name string, must bool) int {
	text := p.text(name)
	if text == "" && !must {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 10_000 {
		p.fail(name, "a whole number")
	}
	return n
}

func (p *reader) numbers(name string) (list []int) {
	for _, s := range strings.Fields(p.text(name)) {
		n, err := strconv.Atoi(s)
		if err != nil {
			p.fail(name, "whole numbers")
		}
		list = append(list, n)
	}
	return list
}

func (p *reader) oneOf(name string, values ...string) string {
	for _, v := range values {
		if p.text(name) == v {
			return v
		}
	}
	p.fail(name, strings.Join(values, " or "))
	return ""
}

func (p *reader) day(name string) civil.Date {
	d, err := civil.ParseISO(p.text(name))
	if err != nil {
		p.fail(name, "a day")
	}
	return d
}

func (p *reader) codes(name string) map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields(p.text(name)) {
		m[s] = true
	}
	return m
}

// Percent prints hundredths of a percent: 150 is "1.50 %".
func Percent(bp int64) string { return string(money.AppendScaled(nil, bp, 2)) + " %" }
