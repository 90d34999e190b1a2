// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"math/big"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// rules are the parameters of a fiscal year in the form that the calculation
// uses. There is one calculation; years differ in these values only.
type rules struct {
	calculationVersion, driverVersion string

	fixedLoss, marginal, marginalBurn, reconciliationCCR decimal
	burnDRGs                                             []string

	capitalRate, capitalCOLAShare decimal
	capitalDSHBeds                int64
	capitalDSHGeographicUrban     bool
	capitalIMECap                 int64 // 4 decimals
	gaf, capitalDSH, capitalIME   *powerCache
	ime                           *powerCache
	imeMultiplier                 decimal

	dsh dshRules

	laborHigh, nonlaborHigh, laborLow, nonlaborLow decimal
	operatingBase                                  decimal
	colaStates                                     []string

	wage wageRules
	hsp  hspRules

	covid   covidRules
	carT    carTRules
	nctap   []parameter
	nctapOf decimal // share

	exemptDRG    string
	specialShare decimal

	vbpMin, vbpMax, hrrMin, hrrMax decimal
	vbpExcluded, hrrExcluded       []string
	hacReduction                   decimal
	hacExcluded                    []string
	lowVolumeMax                   decimal

	reserveDays                  int64
	reviewCodes, capitalPayCodes []string

	bill billRules

	// ehrRestore is the full update over the one of a hospital that is no
	// meaningful user of EHR, with and without quality data (9 decimals).
	ehrRestore, ehrRestoreNoQuality decimal
}

// billRules make a bill of a claim.
type billRules struct {
	sameDay, noOutlier, stillPatient, billType         string
	acute, postAcute, homeHealth, homeHealthExemptions []string
	validStatuses, excludedRevenue, clottingFactors    []string
}

type dshRules struct {
	paid, minimum, breakpoint               decimal
	lowSlope, lowBase, highSlope, highBase  decimal
	cap                                     decimal
	urbanBeds, ruralBeds                    int64
	cappedRuralTypes, uncappedProviderTypes []string
}

type wageRules struct {
	quartileApplies   bool
	quartile          decimal
	declineCap        decimal
	priorYearRequired bool
	ruralFloor        string // the column of the state's row: floor or geographic
	imputedFloor      bool
	firstProviderDate civil.Date
	indianType        string
	indianAlaska      string
}

type hspRules struct {
	types, mdhTypes []string
	mdhShare        decimal
	mdhEnds         civil.Date
	// factor is the product of the updates and budget neutrality factors up to
	// this year, without this year's update.
	factor                          decimal
	full, noQuality, noEHR, nothing decimal
}

type covidRules struct {
	applies              bool
	row                  parameter
	factor               decimal
	diagnosis, condition string
}

type carTRules struct {
	drg                string
	trial              []string // CODE:KIND
	paying, free       string   // condition codes
	factor             decimal
	loaded             bool
	islets, moreIslets decimal
	isletsLoaded       bool
}

func newRules(p *parameters) (*rules, error) {
	r := &rules{
		fixedLoss: p.number("outlier.fixed_loss"), marginal: p.number("outlier.marginal"),
		marginalBurn: p.number("outlier.marginal_burn"), burnDRGs: p.list("outlier.burn_drgs"),
		reconciliationCCR: p.number("outlier.reconciliation_ccr"),
		capitalRate:       p.number("capital.federal_rate"), capitalCOLAShare: p.number("capital.cola_share"),
		capitalDSHBeds: p.integer("capital.dsh_minimum_beds"), capitalDSHGeographicUrban: p.flag("capital.dsh_geographic_urban"),
		capitalIMECap: p.number("capital.ime_ratio_cap").units(4), imeMultiplier: p.number("ime.multiplier"),
		laborHigh: p.number("labor.share_high"), nonlaborHigh: p.number("labor.nonlabor_high"),
		laborLow: p.number("labor.share_low"), nonlaborLow: p.number("labor.nonlabor_low"),
		operatingBase: p.number("standard.operating_base"), colaStates: p.list("cola.states"),
		exemptDRG: p.text("transfer.exempt_drg"), specialShare: p.number("transfer.special_share"),
		vbpMin: p.number("vbp.minimum"), vbpMax: p.number("vbp.maximum"), vbpExcluded: p.list("vbp.excluded_states"),
		hrrMin: p.number("hrr.minimum"), hrrMax: p.number("hrr.maximum"), hrrExcluded: p.list("hrr.excluded_states"),
		hacReduction: p.number("hac.reduction"), hacExcluded: p.list("hac.excluded_states"),
		lowVolumeMax: p.number("low_volume.maximum"),
		reserveDays:  p.integer("edit.reserve_days"), reviewCodes: p.list("edit.review_codes"),
		capitalPayCodes: p.list("edit.capital_pay_codes"),
	}
	if row, ok := p.find("version.calculation"); ok {
		r.calculationVersion = row.text
	}
	if row, ok := p.find("version.driver"); ok {
		r.driverVersion = row.text
	}
	r.dsh = dshRules{paid: p.number("dsh.paid_share"), minimum: p.number("dsh.minimum"), breakpoint: p.number("dsh.breakpoint"),
		lowSlope: p.number("dsh.low_slope"), lowBase: p.number("dsh.low_base"), highSlope: p.number("dsh.high_slope"),
		highBase: p.number("dsh.high_base"), cap: p.number("dsh.cap"), urbanBeds: p.integer("dsh.urban_uncapped_beds"),
		ruralBeds: p.integer("dsh.rural_uncapped_beds"), cappedRuralTypes: p.list("dsh.capped_rural_types"),
		uncappedProviderTypes: p.list("dsh.uncapped_types")}
	r.powers(p)
	r.wageRules(p)
	r.hspRules(p)
	r.claimRules(p)
	r.bill = billRules{sameDay: p.text("transfer.same_day_condition"), noOutlier: p.text("transfer.no_outlier_condition"),
		stillPatient: p.text("discharge.still_patient"), billType: p.text("bill.type"),
		acute:                append(p.list("transfer.acute_statuses"), p.list("transfer.acute_planned")...),
		postAcute:            append(p.list("transfer.post_acute_statuses"), p.list("transfer.post_acute_planned")...),
		homeHealth:           p.list("transfer.home_health_statuses"),
		homeHealthExemptions: p.list("transfer.home_health_exempt_conditions"),
		validStatuses:        p.list("discharge.valid_statuses"),
		excludedRevenue:      p.list("bill.excluded_revenue"), clottingFactors: p.list("bill.clotting_factors")}
	if p.missing != "" {
		return nil, &MissingError{p.fiscalYear, p.missing}
	}
	return r, nil
}

func (r *rules) powers(p *parameters) {
	e := p.number("power.e")
	one := whole(1)
	of := func(exponent decimal, scale int, base func(int64) decimal) *powerCache {
		return &powerCache{scale: scale, exponent: func(arg int64) (decimal, decimal) { return base(arg), exponent }}
	}
	toE := func(factor decimal, scale int) *powerCache {
		return &powerCache{scale: scale, exponent: func(arg int64) (decimal, decimal) { return e, factor.times(dec(arg, 4)) }}
	}
	r.gaf = of(p.number("capital.gaf_exponent"), 4, func(wi int64) decimal { return dec(wi, 4) })
	// Powers that are multiplied or lessened before they are rounded keep more digits.
	r.ime = of(p.number("ime.exponent"), 25, func(ratio int64) decimal { return one.plus(dec(ratio, 4)) })
	r.capitalDSH = toE(p.number("capital.dsh_exponent"), 4)
	r.capitalIME = toE(p.number("capital.ime_exponent"), 9)
}

func (r *rules) wageRules(p *parameters) {
	r.wage = wageRules{quartileApplies: p.flag("wage_index.quartile_applies"), declineCap: p.number("wage_index.decline_cap"),
		priorYearRequired: p.flag("wage_index.prior_year_required"), ruralFloor: p.text("wage_index.rural_floor"),
		imputedFloor: p.flag("wage_index.imputed_floor"), firstProviderDate: p.day("wage_index.first_provider_date"),
		indianType: p.text("wage_index.indian_type"), indianAlaska: p.text("wage_index.indian_alaska_state")}
	if r.wage.quartileApplies {
		r.wage.quartile = p.number("wage_index.quartile")
	}
}

func (r *rules) hspRules(p *parameters) {
	r.hsp = hspRules{types: p.list("hsp.types"), mdhTypes: p.list("hsp.mdh_types"), mdhShare: p.number("hsp.mdh_share"),
		mdhEnds: p.day("hsp.mdh_ends"), full: p.number("update.full"), noQuality: p.number("update.no_quality"),
		noEHR: p.number("update.no_ehr"), nothing: p.number("update.neither")}
	names := p.prefixed("hsp.factor.")
	if len(names) == 0 && p.missing == "" {
		p.missing = "hsp.factor"
	}
	// The product is exact; 24 decimals of it are far more than its rounding to 5 needs.
	product := big.NewInt(1)
	scale := 0
	for _, name := range names {
		f := p.number(name)
		product.Mul(product, f.magnitude())
		scale += f.scale
	}
	for ; scale > 24; scale-- {
		product.Quo(product, big.NewInt(10))
	}
	r.hsp.factor = fromBig(product, scale, false)
	if !r.hsp.noEHR.isZero() && !r.hsp.nothing.isZero() {
		r.ehrRestore = r.hsp.full.over(r.hsp.noEHR, 9)
		r.ehrRestoreNoQuality = r.hsp.noQuality.over(r.hsp.nothing, 9)
	}
}

// claimRules are those that hang on codes of the claim.
func (r *rules) claimRules(p *parameters) {
	if r.covid.applies = p.flag("covid.applies"); r.covid.applies {
		r.covid.factor, r.covid.diagnosis = p.number("covid.factor"), p.text("covid.diagnosis")
		r.covid.condition = p.text("covid.excluded_condition")
		r.covid.row, _ = p.find("covid.factor")
	}
	if p.flag("nctap.applies") {
		r.nctapOf = p.number("nctap.share")
		for _, name := range p.prefixed("nctap.codes.") {
			r.nctap = append(r.nctap, p.rows[name]...)
		}
	}
	r.carT = carTRules{drg: p.text("car_t.drg"), trial: p.list("car_t.trial_codes"), paying: p.text("car_t.paying_condition"),
		free: p.text("car_t.free_condition")}
	r.carT.factor, r.carT.loaded = p.optional("car_t.factor")
	var more bool
	r.carT.islets, r.carT.isletsLoaded = p.optional("islet.one")
	r.carT.moreIslets, more = p.optional("islet.more")
	r.carT.isletsLoaded = r.carT.isletsLoaded && more
}
