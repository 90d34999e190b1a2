// SPDX-License-Identifier: Apache-2.0

package mpfs

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// policy names a share or percentage of table mpfs.policy.
type policy uint8

const (
	bilateralOne policy = iota
	bilateralThree
	oldRank2
	oldRank3
	oldRank4
	oldRank5
	rank2
	rank3
	rank4
	rank5
	imagingPC
	imagingTC
	therapyPE
	cardiovascularTC
	ophthalmologyTC
	assistantShare
	assistantNonphysician
	cosurgeon
	anesthesiaMinutes
	anesthesiaDirected
	anesthesiaSupervised
	nonparticipating
	limiting
	hpsaBonus
	therapyAssistant
	policies
)

var policyKeys = [policies]string{"bilateral.1", "bilateral.3",
	"multiple.1.rank2", "multiple.1.rank3", "multiple.1.rank4", "multiple.1.rank5",
	"multiple.2.rank2", "multiple.2.rank3", "multiple.2.rank4", "multiple.2.rank5",
	"imaging.pc", "imaging.tc", "therapy.pe", "cardiovascular.tc", "ophthalmology.tc",
	"assistant", "assistant.nonphysician", "cosurgeon",
	"anesthesia.minutes", "anesthesia.directed", "anesthesia.supervised",
	"nonparticipating", "limiting", "hpsa", "therapy.assistant"}

// rate is a dated value, in units of 10^-4, with where it stands.
type rate struct {
	value    int64
	ok       bool
	verified bool
	cite     string
	table    *refdata.Table
	key      string
}

// at points at the row for a trace.
func (r *rate) at() *trace.Row {
	if r.table == nil {
		return nil
	}
	return &trace.Row{Table: r.table.ID, Version: r.table.Version, Key: r.key}
}

// outcome is what a status indicator leads to.
type outcome uint8

const (
	unknownStatus outcome = iota
	paid
	paidAlone
	carrierPriced
	anesthesia
	bundled
	denied
	reportOnly
	otherSchedule
)

var outcomes = map[string]outcome{"paid": paid, "alone": paidAlone, "carrier": carrierPriced, "anesthesia": anesthesia,
	"bundled": bundled, "denied": denied, "report": reportOnly, "other": otherSchedule}

type statusRule struct {
	outcome outcome
	denial  string
	note    string
}

type posRule struct {
	known, facility, hospital, verified bool
	cite                                string
}

type practitioner struct {
	prefix, kind string
	share        rate
}

type codeRange struct{ low, high codeKey }

// rules are the dated rules in force in a period.
type rules struct {
	policy        [policies]rate
	status        [256]statusRule
	pos           [100]posRule
	denial        map[string]Denial
	practitioners []practitioner
	visits        []codeRange
	baseUnits     map[codeKey]rate // anesthesia, units of 10^-4
}

// dated visits the rows of a table that are in force on a day.
func dated(cat *refdata.Catalog, id string, on civil.Date, visit func(b *refdata.Binder, t *refdata.Table) func(row int) error) error {
	t, err := cat.Load(id, on)
	if err != nil {
		return err
	}
	b := t.Bind()
	from, to := b.Days("effective"), b.Days("ends")
	row := visit(b, t)
	if err := b.Err(); err != nil {
		return err
	}
	for i := 0; i < t.Rows; i++ {
		if on.Before(from[i]) || !to[i].IsZero() && on.After(to[i]) {
			continue
		}
		if err := row(i); err != nil {
			return fmt.Errorf("table %s %s row %d: %w", t.ID, t.Version, i+1, err)
		}
	}
	return nil
}

// readRules reads the tables of rules for a day.
func readRules(cat *refdata.Catalog, on civil.Date) (*rules, error) {
	r := &rules{denial: map[string]Denial{}, baseUnits: map[codeKey]rate{}}
	for _, read := range []func(*refdata.Catalog, civil.Date) error{r.readPolicy, r.readStatus, r.readDenials, r.readPOS, r.readPractitioners, r.readVisits, r.readBaseUnits} {
		if err := read(cat, on); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *rules) readPolicy(cat *refdata.Catalog, on civil.Date) error {
	index := map[string]policy{}
	for i, k := range policyKeys {
		index[k] = policy(i)
	}
	return dated(cat, "mpfs.policy", on, func(b *refdata.Binder, t *refdata.Table) func(int) error {
		key, value, cite, verified := b.Text("key"), b.Numbers("value", 4), b.Text("cite"), b.Text("verified")
		return func(i int) error {
			if p, ok := index[key[i]]; ok {
				r.policy[p] = rate{value[i], true, verified[i] == "yes", cite[i], t, key[i]}
			}
			return nil
		}
	})
}

func (r *rules) readStatus(cat *refdata.Catalog, on civil.Date) error {
	return dated(cat, "mpfs.status", on, func(b *refdata.Binder, _ *refdata.Table) func(int) error {
		status, out, denial, note := b.Text("status"), b.Text("outcome"), b.Text("denial"), b.Text("note")
		return func(i int) error {
			o, ok := outcomes[out[i]]
			if !ok {
				return fmt.Errorf("outcome %q is unknown", out[i])
			}
			r.status[letter(status[i])] = statusRule{o, denial[i], note[i]}
			return nil
		}
	})
}

func (r *rules) readDenials(cat *refdata.Catalog, on civil.Date) error {
	groups := map[string]claim.AdjustmentGroup{"CO": claim.ContractualObligation, "PR": claim.PatientResponsibility, "OA": claim.OtherAdjustment}
	return dated(cat, "mpfs.denials", on, func(b *refdata.Binder, _ *refdata.Table) func(int) error {
		key, group, carc, rarc, cite := b.Text("key"), b.Text("group"), b.Text("carc"), b.Text("rarc"), b.Text("cite")
		return func(i int) error {
			r.denial[key[i]] = Denial{groups[group[i]], carc[i], rarc[i], cite[i]}
			return nil
		}
	})
}

func (r *rules) readPOS(cat *refdata.Catalog, on civil.Date) error {
	return dated(cat, "mpfs.pos", on, func(b *refdata.Binder, _ *refdata.Table) func(int) error {
		pos, setting, hospital, cite, verified := b.Text("pos"), b.Text("setting"), b.Text("hospital"), b.Text("cite"), b.Text("verified")
		return func(i int) error {
			n, ok := twoDigits(pos[i])
			if !ok {
				return fmt.Errorf("place of service %q is not two digits", pos[i])
			}
			r.pos[n] = posRule{true, setting[i] == "facility", hospital[i] == "yes", verified[i] == "yes", cite[i]}
			return nil
		}
	})
}

func (r *rules) readPractitioners(cat *refdata.Catalog, on civil.Date) error {
	return dated(cat, "mpfs.practitioners", on, func(b *refdata.Binder, t *refdata.Table) func(int) error {
		prefix, kind, share, cite, verified := b.Text("taxonomy"), b.Text("kind"), b.Numbers("share", 4), b.Text("cite"), b.Text("verified")
		return func(i int) error {
			r.practitioners = append(r.practitioners, practitioner{prefix[i], kind[i],
				rate{share[i], true, verified[i] == "yes", cite[i], t, prefix[i]}})
			return nil
		}
	})
}

func (r *rules) readVisits(cat *refdata.Catalog, on civil.Date) error {
	return dated(cat, "mpfs.visits", on, func(b *refdata.Binder, _ *refdata.Table) func(int) error {
		low, high := b.Text("low"), b.Text("high")
		return func(i int) error {
			r.visits = append(r.visits, codeRange{keyOf(low[i], ""), keyOf(high[i], "")})
			return nil
		}
	})
}

func (r *rules) readBaseUnits(cat *refdata.Catalog, on civil.Date) error {
	return dated(cat, "mpfs.anesthesia-base", on, func(b *refdata.Binder, t *refdata.Table) func(int) error {
		code, base, cite, verified := b.Text("hcpcs"), b.Numbers("base", 1), b.Text("cite"), b.Text("verified")
		return func(i int) error {
			r.baseUnits[keyOf(code[i], "")] = rate{base[i] * (whole / 10), true, verified[i] == "yes", cite[i], t, code[i]}
			return nil
		}
	})
}

// isVisit tells whether a code is a visit that a global package includes.
func (r *rules) isVisit(k codeKey) bool {
	for _, v := range r.visits {
		if v.low <= k && k <= v.high {
			return true
		}
	}
	return false
}

// practitioner finds the share of a taxonomy code; nil for a physician.
func (r *rules) practitioner(taxonomy string) *practitioner {
	for i := range r.practitioners {
		p := &r.practitioners[i]
		if len(taxonomy) >= len(p.prefix) && taxonomy[:len(p.prefix)] == p.prefix {
			return p
		}
	}
	return nil
}

// place is the rule of a place of service.
func (r *rules) place(pos string) posRule {
	if n, ok := twoDigits(pos); ok {
		return r.pos[n]
	}
	return posRule{}
}

func twoDigits(s string) (int, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}
