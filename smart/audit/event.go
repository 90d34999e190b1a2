// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"strconv"
	"time"
)

// Action is what was done (AuditEvent.action).
type Action string

// The actions of HL7's audit-event-action.
const (
	Create  Action = "C"
	Read    Action = "R"
	Update  Action = "U"
	Delete  Action = "D"
	Execute Action = "E"
)

// Outcome says how it ended (AuditEvent.outcome).
type Outcome string

// The outcomes of HL7's audit-event-outcome.
const (
	Success      Outcome = "0"
	MinorFailure Outcome = "4" // refused: the request was at fault
	Failure      Outcome = "8" // the server was at fault
)

// Kind is the sort of event: a DICOM or FHIR event id and, in Subtype, what exactly.
type Kind string

// Kinds of event.
const (
	Authentication Kind = "login"    // DCM 110114
	Authorization  Kind = "security" // DCM 110113, Security Alert: grants and refusals
	Rest           Kind = "rest"     // RESTful operation on records
	Export         Kind = "export"   // DCM 110106
)

// Event is what happened. It names resources by reference and carries none of
// their content.
type Event struct {
	Kind     Kind     `json:"kind"`
	Subtype  string   `json:"subtype,omitempty"` // for example consent, token, refresh, revoke, read, search-type
	Action   Action   `json:"action"`
	Outcome  Outcome  `json:"outcome"`
	Reason   string   `json:"reason,omitempty"`   // why it was refused: an error code
	Client   string   `json:"client,omitempty"`   // client_id of the app
	User     string   `json:"user,omitempty"`     // reference of the person: Patient/123
	Address  string   `json:"address,omitempty"`  // network address of the requestor
	Base     string   `json:"base,omitempty"`     // name of the FHIR base concerned; ids of patients are its own
	Patient  string   `json:"patient,omitempty"`  // id of the patient whose record is concerned
	Entities []string `json:"entities,omitempty"` // references of what was touched: ExplanationOfBenefit/7
	Count    int      `json:"count,omitempty"`    // resources shown or changed, where not all are named
	Scope    string   `json:"scope,omitempty"`    // scopes granted
	Request  string   `json:"request,omitempty"`  // request id, to find the log lines
}

// Record is an event in the trail.
type Record struct {
	Seq      uint64    `json:"seq"`      // 1 for the first
	Recorded time.Time `json:"recorded"` // UTC
	// Earlier is the byte offset of the patient's record before this one, plus one;
	// 0 if there is none. A member's records are a list from the newest to the oldest.
	Earlier int64  `json:"earlier,omitempty"`
	Prev    string `json:"prev"` // Hash of the record before
	Event   Event  `json:"event"`
	Hash    string `json:"-"` // SHA-256 of the line up to the hash, in hex
	Offset  int64  `json:"-"` // of the record in the file
}

type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type reference struct {
	Reference  string      `json:"reference,omitempty"`
	Identifier *identifier `json:"identifier,omitempty"`
}

type identifier struct {
	System string `json:"system,omitempty"`
	Value  string `json:"value"`
}

type agent struct {
	Who       reference `json:"who"`
	Requestor bool      `json:"requestor"`
	Network   *network  `json:"network,omitempty"`
}

type network struct {
	Address string `json:"address"`
	Type    string `json:"type"` // 2: IP address
}

type entity struct {
	What   *reference `json:"what,omitempty"`
	Role   *coding    `json:"role,omitempty"`
	Name   string     `json:"name,omitempty"`
	Detail []detail   `json:"detail,omitempty"`
}

type detail struct {
	Type  string `json:"type"`
	Value string `json:"valueString"`
}

type auditEvent struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Type         coding          `json:"type"`
	Subtype      []coding        `json:"subtype,omitempty"`
	Action       Action          `json:"action"`
	Recorded     time.Time       `json:"recorded"`
	Outcome      Outcome         `json:"outcome"`
	OutcomeDesc  string          `json:"outcomeDesc,omitempty"`
	Agent        []agent         `json:"agent"`
	Source       json.RawMessage `json:"source"`
	Entity       []entity        `json:"entity,omitempty"`
}

var kinds = map[Kind]coding{
	Authentication: {"http://dicom.nema.org/resources/ontology/DCM", "110114", "User Authentication"},
	Authorization:  {"http://dicom.nema.org/resources/ontology/DCM", "110113", "Security Alert"},
	Export:         {"http://dicom.nema.org/resources/ontology/DCM", "110106", "Export"},
	Rest:           {"http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation"},
}

const objectRole = "http://terminology.hl7.org/CodeSystem/object-role"

// ID names the record: its number and its place, from which Trail.Read finds it.
func (r Record) ID() string { return jsonNumber(r.Seq) + "-" + strconv.FormatInt(r.Offset, 10) }

// AuditEvent writes the record as a FHIR R4 AuditEvent.
func (r Record) AuditEvent(observer string) ([]byte, error) {
	e := r.Event
	out := auditEvent{ResourceType: "AuditEvent", ID: r.ID(), Type: kinds[e.Kind], Action: e.Action,
		Recorded: r.Recorded, Outcome: e.Outcome, OutcomeDesc: e.Reason}
	if e.Subtype != "" {
		system := "urn:woodlawn:audit-subtype"
		if e.Kind == Rest {
			system = "http://hl7.org/fhir/restful-interaction"
		}
		out.Subtype = []coding{{System: system, Code: e.Subtype}}
	}
	var net *network
	if e.Address != "" {
		net = &network{e.Address, "2"}
	}
	if e.Client != "" {
		out.Agent = append(out.Agent, agent{Who: reference{Identifier: &identifier{Value: e.Client}}, Requestor: e.User == "", Network: net})
		net = nil
	}
	if e.User != "" {
		out.Agent = append(out.Agent, agent{Who: reference{Reference: e.User}, Requestor: true, Network: net})
	}
	if out.Agent == nil { // AuditEvent.agent is 1..*
		out.Agent = []agent{{Who: reference{Identifier: &identifier{Value: "unknown"}}, Requestor: true, Network: net}}
	}
	var err error
	if out.Source, err = json.Marshal(map[string]any{"observer": reference{Identifier: &identifier{Value: observer}}}); err != nil {
		return nil, err
	}
	if e.Patient != "" {
		out.Entity = append(out.Entity, entity{What: &reference{Reference: "Patient/" + e.Patient},
			Role: &coding{objectRole, "1", "Patient"}})
	}
	for _, ref := range e.Entities {
		out.Entity = append(out.Entity, entity{What: &reference{Reference: ref}, Role: &coding{objectRole, "4", "Domain Resource"}})
	}
	if e.Count > len(e.Entities) {
		out.Entity = append(out.Entity, entity{Name: "all that was shown or changed", Role: &coding{objectRole, "4", "Domain Resource"},
			Detail: []detail{{"number of resources", strconv.Itoa(e.Count)}}})
	}
	return json.Marshal(out)
}
