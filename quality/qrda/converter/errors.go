// SPDX-License-Identifier: Apache-2.0

// Package converter checks a QRDA Category III report for the errors that CMS's QPP
// conversion tool numbers (its ERROR_MESSAGES.md), so that a submitter sees here what the
// portal would answer. Findings carry the tool's number: CT-13.
package converter

import (
	_ "embed"
	"encoding/json"
	"sync"
)

//go:embed errors.json
var errorsJSON []byte

// Entry is one error of the tool's list.
type Entry struct {
	Number int `json:"number"`
	// What says in our words what is wrong.
	What string `json:"what"`
	// Open says why it is not checked here; empty if it is.
	Open string `json:"open,omitempty"`
}

// Entries is the tool's list, in its order.
var Entries = sync.OnceValue(func() []Entry {
	var file struct {
		Errors []Entry `json:"errors"`
	}
	if err := json.Unmarshal(errorsJSON, &file); err != nil {
		panic("converter: errors.json: " + err.Error()) // a broken build, not a user's error
	}
	return file.Errors
})
