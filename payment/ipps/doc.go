// SPDX-License-Identifier: Apache-2.0

// Package ipps prices acute inpatient bills under Medicare's inpatient
// prospective payment system (42 CFR part 412): operating and capital federal
// payments, transfers, outliers, new technology, hospital-specific rates,
// quality and other adjustments, with the return codes and the rounding of CMS's
// own pricer.
//
// Rates, weights, thresholds and the switches in which fiscal years differ are
// rows of dated tables; the calculation is one for all years.
package ipps
