// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Case is one line of the JSON input: a bill, and the provider record to price it
// with or all the records on file for the hospital.
type Case struct {
	ID           string // as it stands in the line, a JSON value
	Bill         Bill
	Provider     *ProviderRecord
	ProviderFile []ProviderRecord
	FromFile     bool // provider_file was given
}

// ParseCase reads a line: a JSON object with id, claim, and provider or
// provider_file. Other members are left alone.
func ParseCase(line []byte) (Case, error) {
	var k Case
	if !json.Valid(line) {
		var any json.RawMessage
		if err := json.Unmarshal(line, &any); err != nil {
			return k, fmt.Errorf("not a JSON object: %w", err)
		}
	}
	claim := false
	err := members(line, func(name string, value []byte) error {
		switch name {
		case "id":
			k.ID = string(value)
		case "claim":
			claim = true
			return within("claim", k.Bill.setFields(value))
		case "provider":
			if !isNull(value) {
				k.Provider = new(ProviderRecord)
				return within("provider", k.Provider.setFields(value))
			}
		case "provider_file":
			k.FromFile = true
			return elements(value, func(i int, record []byte) error {
				k.ProviderFile = append(k.ProviderFile, ProviderRecord{})
				return within(fmt.Sprintf("provider_file[%d]", i), k.ProviderFile[i].setFields(record))
			})
		}
		return nil
	})
	if err == nil && !claim {
		err = fmt.Errorf("the line has no claim")
	}
	return k, err
}

func within(place string, err error) error {
	if err != nil {
		return fmt.Errorf("%s.%w", place, err)
	}
	return nil
}

// Record is the provider record in force on the bill's discharge date, or nil.
func (k *Case) Record() *ProviderRecord {
	if !k.FromFile {
		return k.Provider
	}
	return inForce(k.ProviderFile, k.Bill.Discharge)
}

func (b *Bill) setFields(object []byte) error {
	return members(object, func(name string, v []byte) error {
		var err error
		switch name {
		case "npi":
			b.NPI, err = textOf(v)
		case "provider_number":
			b.ProviderNumber, err = textOf(v)
		case "review_code":
			b.ReviewCode, err = textOf(v)
		case "drg":
			b.DRG, err = textOf(v)
		case "length_of_stay":
			b.LengthOfStay = daysOf(v)
		case "covered_days":
			b.CoveredDays = daysOf(v)
		case "lifetime_reserve_days":
			b.LifetimeReserveDays = daysOf(v)
		case "covered_charges":
			b.CoveredCharges = chargesOf(v)
		case "discharge_date":
			b.Discharge, err = dayOf(v)
		case "procedure_codes":
			b.Procedures, err = codesOf(v, maxProcedures)
		case "diagnosis_codes":
			b.Diagnoses, err = codesOf(v, maxDiagnoses)
		case "demo_codes":
			b.DemoCodes, err = codesOf(v, maxDemos)
		case "ndc_numbers":
			b.NDCs, err = codesOf(v, maxNDCs)
		case "condition_codes":
			b.ConditionCodes, err = codesOf(v, maxConditions)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

var providerFieldByName = func() map[string]*providerField {
	m := make(map[string]*providerField, len(providerFields))
	for i := range providerFields {
		m[providerFields[i].name] = &providerFields[i]
	}
	return m
}()

func (p *ProviderRecord) setFields(object []byte) error {
	return members(object, func(name string, v []byte) error {
		f, ok := providerFieldByName[name]
		if !ok {
			return nil
		}
		var err error
		switch {
		case f.text != nil:
			*f.text(p), err = textOf(v)
		case f.day != nil:
			*f.day(p), err = dayOf(v)
		default:
			*f.number(p), err = scaledOf(v, int(f.scale))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// UnmarshalJSON reads the record's fields by the names of CMS's layout.
func (p *ProviderRecord) UnmarshalJSON(b []byte) error { return p.setFields(b) }

// UnmarshalJSON reads the bill's fields by the names of CMS's layout.
func (b *Bill) UnmarshalJSON(data []byte) error { return b.setFields(data) }

func textOf(v []byte) (string, error) {
	if isNull(v) {
		return "", nil
	}
	if v[0] != '"' {
		return "", fmt.Errorf("not a text")
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return strings.TrimRight(string(v[1:len(v)-1]), " "), nil
	}
	var s string
	err := json.Unmarshal(v, &s)
	return strings.TrimRight(s, " "), err
}

func dayOf(v []byte) (civil.Date, error) {
	s, err := textOf(v)
	if err != nil || s == "" {
		return 0, err
	}
	return civil.ParseISO(s)
}

// daysOf reads a count of days; what is no number stays as NotNumeric.
func daysOf(v []byte) int {
	n, err := strconv.ParseUint(string(v), 10, 15)
	if err != nil || n > 999 {
		return NotNumeric
	}
	return int(n)
}

// chargesOf reads an amount of the bill record's 9 digits.
func chargesOf(v []byte) money.Cents {
	n, err := scaledOf(v, 2)
	if err != nil || n > 999_999_999 {
		return NotNumeric
	}
	return money.Cents(n)
}

// scaledOf reads a decimal, as a number or as text, of at most 15 digits.
func scaledOf(v []byte, scale int) (int64, error) {
	if isNull(v) {
		return 0, nil
	}
	v = bytes.Trim(v, `"`)
	if len(v) == 0 {
		return 0, nil
	}
	if i := bytes.IndexAny(v, "eE"); i > 0 && len(bytes.Trim(v[:i], "0.")) == 0 {
		v = v[:i] // a zero with an exponent
	}
	n, err := money.ParseScaled(v, scale)
	if err == nil && (n < 0 || n > 1e15) {
		err = &money.NumberError{Text: string(v), Reason: "out of range"}
	}
	return n, err
}

func codesOf(v []byte, limit int) ([]string, error) {
	var list []string
	err := elements(v, func(i int, e []byte) error {
		s, err := textOf(e)
		if err == nil && i < limit {
			list = append(list, strings.TrimSpace(s))
		}
		return err
	})
	return list, err
}

func isNull(v []byte) bool { return string(v) == "null" }
