// SPDX-License-Identifier: Apache-2.0

// Package woodlawn is the root of the module; the program is in cmd/woodlawn and
// the design in docs/architecture.md.
package woodlawn
