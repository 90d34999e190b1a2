// SPDX-License-Identifier: Apache-2.0

package claim

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// BankAccount is one end of an electronic payment: BPR06 to 09 for the payer,
// BPR12 to 15 for the payee.
type BankAccount struct {
	RoutingKind string // 01 ABA transit number, 04 Canadian
	Routing     string
	AccountKind string // DA demand deposit, SG savings
	Account     string
}

// Delivery says how the account reaches the payee if not with the file (RDM).
type Delivery struct {
	Method string // BM by mail, EM e-mail, FT file transfer, OL online
	Name   string
	Number string
}

// ClaimBatch is one header number of a remittance (LX). Medicare Part A adds
// totals for each facility type and fiscal year of the provider.
type ClaimBatch struct {
	Number    int // LX01
	Summary   *ProviderSummary
	Inpatient *InpatientSummary
}

// ProviderSummary is the TS3 segment: totals of the claims of one provider, facility
// type and fiscal year.
type ProviderSummary struct {
	ProviderID    string
	FacilityCode  string
	FiscalYearEnd civil.Date
	Claims        int
	Charge        money.Cents

	MSPPayer           money.Cents // TS313, paid by payers before Medicare
	NonLabCharge       money.Cents // TS315
	HCPCSReported      money.Cents // TS317
	HCPCSPayable       money.Cents // TS318
	Professional       money.Cents // TS320
	MSPLiabilityMet    money.Cents // TS321
	PatientRefund      money.Cents // TS322
	PeriodicClaims     int         // TS323, claims under periodic interim payment
	PeriodicAdjustment money.Cents // TS324
}

// InpatientSummary is the TS2 segment: inpatient totals beside a ProviderSummary.
type InpatientSummary struct {
	DRG              money.Cents // TS201
	Federal          money.Cents // TS202
	HospitalSpecific money.Cents // TS203
	DSH              money.Cents // TS204
	Capital          money.Cents // TS205
	IndirectTeaching money.Cents // TS206
	OutlierDays      int         // TS207
	DayOutlier       money.Cents // TS208
	CostOutlier      money.Cents // TS209
	AverageStay      money.Fixed // TS210, days
	Discharges       int         // TS211
	CostReportDays   int         // TS212
	CoveredDays      int         // TS213
	NoncoveredDays   int         // TS214
	MSPPassThrough   money.Cents // TS215
	AverageWeight    money.Fixed // TS216, DRG weight
	CapitalFederal   money.Cents // TS217
	CapitalHSP       money.Cents // TS218
	CapitalDSH       money.Cents // TS219
}
