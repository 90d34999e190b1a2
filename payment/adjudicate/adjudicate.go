// SPDX-License-Identifier: Apache-2.0

// Package adjudicate takes a claim to its payment under Original Medicare.
package adjudicate
