// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// TestNothingGoesUnsaid changes every field of a claim and its payment, one at a
// time: the resources must change with it, or the losses.
func TestNothingGoesUnsaid(t *testing.T) {
	for name := range fixtures() {
		before := told(t, fixtures()[name])
		n := 0
		for ; ; n++ {
			in := fixtures()[name]
			at, path := 0, ""
			change := func(p string) bool {
				at++
				if at == n+1 {
					path = p
				}
				return at == n+1
			}
			alter(reflect.ValueOf(in.Claim).Elem(), "claim", change)
			alter(reflect.ValueOf(in.Payment).Elem(), "payment", change)
			if in.Stated != nil {
				alter(reflect.ValueOf(in.Stated).Elem(), "stated", change)
				alter(reflect.ValueOf(&in.Numbers).Elem(), "numbers", change)
				alter(reflect.ValueOf(&in.Plan).Elem(), "plan", change)
				alter(reflect.ValueOf(&in.System).Elem(), "system", change)
			}
			if path == "" {
				break
			}
			if structural(path) {
				continue
			}
			if told(t, in) == before {
				t.Errorf("%s: a change of %s is neither in the resources nor among the losses", name, path)
			}
		}
		if n < 200 {
			t.Fatalf("%s: only %d fields were found", name, n)
		}
	}
}

// TestAnyClaim changes many fields at once: whatever the claim, what is written is
// JSON that FHIR allows, or the claim is refused.
func TestAnyClaim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"professional", "outpatient", "oral", "denture", "inpatient", "transport", "clinic", "filling", "compound", "rejected"}
		in := fixtures()[rapid.SampledFrom(names).Draw(t, "form")]
		odds := rapid.IntRange(1, 40).Draw(t, "odds")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		change := func(string) bool { return random.IntN(odds) == 0 }
		alter(reflect.ValueOf(in.Claim).Elem(), "claim", change)
		alter(reflect.ValueOf(in.Payment).Elem(), "payment", change)
		m, err := New(Options{Base: "urn:test", Updated: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		var s Set
		var refused *UnmappableError
		if err := m.Map(in, &s); errors.As(err, &refused) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Resources {
			if _, err := node.ParseResource(r.JSON); err != nil {
				t.Fatalf("%s: %v\n%s", r.Type, err, r.JSON)
			}
		}
	})
}

// structural fields say where a claim stands, not what it is, or come in a form
// that one change alone cannot give.
func structural(path string) bool {
	return strings.HasPrefix(path, "claim.Source") || path == "payment.Batch" || path == "claim.Form" || path == "claim.PatientIsSubscriber" ||
		strings.HasSuffix(path, ".Scale") ||
		strings.HasSuffix(path, ".Organization") || strings.HasSuffix(path, ".TaxIDIsSSN") || // of a provider without that number
		path == "claim.Billing.Role" || path == "claim.PayTo.Role" || path == "payment.Rendering.Role" || // the field is the role
		path == "stated.Lines[+]" || strings.HasPrefix(path, "stated.") && strings.HasSuffix(path, ".Source") || // of a code; one line for each
		path == "payment.Status" || // primary, secondary, tertiary: the coverage says which
		strings.HasSuffix(path, ".ICD9") && strings.Contains(path, "Admitting")
}

// told is all that the mapping says of a claim; a refusal is said as well.
func told(t *testing.T, in *Input) string {
	t.Helper()
	var s Set
	if err := testMapper(t).Map(in, &s); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, r := range s.Resources {
		b.Write(r.JSON)
	}
	fmt.Fprint(&b, s.Losses)
	return b.String()
}

// alter visits every field, asks change, and changes the field if the answer is yes.
func alter(v reflect.Value, path string, change func(string) bool) {
	switch v.Interface().(type) {
	case civil.Date:
		if change(path) {
			d := v.Interface().(civil.Date)
			if d.IsZero() {
				d = day
			}
			v.Set(reflect.ValueOf(d.AddDays(40)))
		}
		return
	case money.Fixed:
		if change(path) {
			f := v.Interface().(money.Fixed)
			v.Set(reflect.ValueOf(money.Fixed{Value: f.Value + 3, Scale: f.Scale}))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			alter(v.Field(i), path+"."+v.Type().Field(i).Name, change)
		}
	case reflect.Slice:
		if v.Len() > 0 && v.Index(0).Kind() == reflect.Struct {
			alter(v.Index(0), path+"[0]", change)
		}
		if change(path + "[+]") {
			e := reflect.New(v.Type().Elem()).Elem()
			fillValue(e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Array:
		for i := range v.Len() {
			alter(v.Index(i), fmt.Sprintf("%s[%d]", path, i), change)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			alter(v.Elem(), path, change)
		} else if change(path) {
			p := reflect.New(v.Type().Elem())
			fillValue(p.Elem())
			v.Set(p)
		}
	default:
		if change(path) {
			changeScalar(v)
		}
	}
}

func changeScalar(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "Q7")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() + 3)
	case reflect.Uint8:
		if v.Type() == reflect.TypeFor[Category]() {
			v.SetUint((v.Uint() + 1) % uint64(len(categories)))
			return
		}
		if v.Type() == reflect.TypeFor[claim.Role]() || v.Type() == reflect.TypeFor[claim.DiagnosisKind]() ||
			v.Type() == reflect.TypeFor[claim.AdjustmentGroup]() || v.Type() == reflect.TypeFor[claim.ClaimStatus]() || v.Uint() < 32 && v.Uint() > 0 {
			v.SetUint(v.Uint()%4 + 1)
			return
		}
		if v.Uint() == 'Z' {
			v.SetUint('Y')
			return
		}
		v.SetUint('Z')
	default:
		panic("no change for " + v.Type().String())
	}
}

// fillValue gives every field of an element a value.
func fillValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[money.Fixed]() {
			v.Field(0).SetInt(3)
			return
		}
		for i := range v.NumField() {
			fillValue(v.Field(i))
		}
	case reflect.Slice, reflect.Pointer:
	case reflect.Array:
		for i := range v.Len() {
			fillValue(v.Index(i))
		}
	case reflect.Uint8:
		v.SetUint(1)
	default:
		if v.Type() == reflect.TypeFor[civil.Date]() {
			v.Set(reflect.ValueOf(day))
			return
		}
		changeScalar(v)
	}
}
