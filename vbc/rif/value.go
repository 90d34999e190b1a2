// SPDX-License-Identifier: Apache-2.0

package rif

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// valueKind is what a column holds.
type valueKind uint8

const (
	text valueKind = iota
	date
	amount
	number
)

var valueNames = [...]string{"text", "date", "amount", "number"}

// irregular are columns whose names do not tell what they hold: the warehouse cuts names
// off after 30 letters.
var irregular = map[string]valueKind{
	"REV_CNTR_COINSRNC_WGE_ADJSTD_C": amount,
	"REV_CNTR_PTNT_RSPNSBLTY_PMT":    amount,
	"RPTD_GAP_DSCNT_NUM":             amount,
	"NCH_ACTV_OR_CVRD_LVL_CARE_THRU": date,
	"NCH_BENE_MDCR_BNFTS_EXHTD_DT_I": date,
	"CLM_HOSPC_START_DT_ID":          date,
	"COVSTART":                       date,
	"QTY_DSPNSD_NUM":                 number,
	"DAYS_SUPLY_NUM":                 number,
	"FILL_NUM":                       number,
}

// valueKindOf tells by the end of its name what a column holds.
func valueKindOf(name string) valueKind {
	if k, ok := irregular[name]; ok {
		return k
	}
	stem := strings.TrimRight(name, "0123456789")
	for _, s := range []struct {
		end  string
		kind valueKind
	}{{"_DT", date}, {"_AMT", amount}, {"_AM", amount}, {"_CNT", number}, {"_QTY", number}} {
		if strings.HasSuffix(stem, s.end) {
			return s.kind
		}
	}
	return text
}

// ParseDate reads a date as RIF files write it: 30-MAY-2015, in any case, or 20150530. An
// empty text is no date.
func ParseDate(s string) (civil.Date, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	if len(s) != len("30-MAY-2015") || s[2] != '-' || s[6] != '-' {
		return civil.ParseCompact(s)
	}
	month := strings.Index("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", strings.ToUpper(s[3:6]))
	if month < 0 || month%3 != 0 {
		return civil.ParseCompact(s) // which says that it is no date
	}
	m := month/3 + 1
	return civil.ParseCompact(s[7:] + string([]byte{byte('0' + m/10), byte('0' + m%10)}) + s[:2])
}

// check tells whether a value is what its column holds.
func check(k valueKind, s string) error {
	var err error
	switch k {
	case date:
		_, err = ParseDate(s)
	case amount:
		_, err = ParseCents(s)
	case number:
		_, err = money.ParseScaled(s, 4)
	}
	return err
}

// ParseCents reads an amount; an empty text is 0.
func ParseCents(s string) (money.Cents, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	return money.ParseCents(s)
}
