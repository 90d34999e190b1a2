// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

const systemNamespace = "{urn:hl7-org:elm-types:r1}"

// typeSpec is a type that ELM names, made ready to ask whether a value is of it.
type typeSpec struct {
	kind     specKind
	name     string      // of a named type, without its namespace
	system   bool        // a type of CQL, not of the data model
	args     []*typeSpec // element, point or choices
	elements []string    // of a tuple
}

type specKind uint8

const (
	namedSpec specKind = iota
	listSpec
	intervalSpec
	choiceSpec
	tupleSpec
)

// namedType reads {namespace}Name.
func namedType(name string) *typeSpec {
	if s, ok := strings.CutPrefix(name, systemNamespace); ok {
		return &typeSpec{name: s, system: true}
	}
	if i := strings.IndexByte(name, '}'); i >= 0 {
		name = name[i+1:]
	}
	return &typeSpec{name: name}
}

// typeSpecOf reads a type specifier; nil if there is none.
func typeSpecOf(n node.Node) *typeSpec {
	if !n.Exists() {
		return nil
	}
	one := func(name string) []*typeSpec {
		if t := typeSpecOf(n.Get(name)); t != nil {
			return []*typeSpec{t}
		}
		return nil
	}
	switch n.Get("type").Text() {
	case "ListTypeSpecifier":
		return &typeSpec{kind: listSpec, args: one("elementType")}
	case "IntervalTypeSpecifier":
		return &typeSpec{kind: intervalSpec, args: one("pointType")}
	case "TupleTypeSpecifier":
		t := &typeSpec{kind: tupleSpec}
		for e := range n.Get("element").Items() {
			t.elements = append(t.elements, e.Get("name").Text())
		}
		return t
	case "ChoiceTypeSpecifier":
		t := &typeSpec{kind: choiceSpec}
		for c := range n.Get("choice").Items() {
			t.args = append(t.args, typeSpecOf(c))
		}
		return t
	}
	return namedType(n.Get("name").Text())
}

func (t *typeSpec) String() string {
	join := func(sep string) string {
		var parts []string
		for _, a := range t.args {
			parts = append(parts, a.String())
		}
		return strings.Join(parts, sep)
	}
	switch t.kind {
	case listSpec:
		return "List<" + join("") + ">"
	case intervalSpec:
		return "Interval<" + join("") + ">"
	case choiceSpec:
		return "Choice<" + join(", ") + ">"
	case tupleSpec:
		return "Tuple{" + strings.Join(t.elements, ", ") + "}"
	}
	return t.name
}

// accepts tells whether a value is of the type. Null is of every type.
func (t *typeSpec) accepts(v Value) bool {
	if v == nil {
		return true
	}
	switch t.kind {
	case choiceSpec:
		for _, a := range t.args {
			if a.accepts(v) {
				return true
			}
		}
		return len(t.args) == 0
	case listSpec:
		l, ok := v.(List)
		if !ok || len(t.args) == 0 {
			return ok
		}
		for _, e := range l {
			if e != nil {
				return t.args[0].accepts(e)
			}
		}
		return true
	case intervalSpec:
		iv, ok := v.(*Interval)
		if !ok || len(t.args) == 0 {
			return ok
		}
		if iv.Low == nil && iv.High == nil {
			return iv.Point == nil || iv.Point.name == t.args[0].name
		}
		return t.args[0].accepts(iv.Low) && t.args[0].accepts(iv.High)
	case tupleSpec:
		_, ok := v.(*Tuple)
		return ok
	}
	if t.system {
		return t.acceptsSystem(v)
	}
	switch x := v.(type) {
	case Element:
		return x.Type != nil && x.Type.Is(t.fhirName())
	case *Tuple:
		return x.Class == t.name
	}
	// QI-Core's model has classes for its extensions (NotDoneRecorded). The ELM that
	// reads one has taken the extension's value out already, so what is left to test
	// is a value of CQL.
	return schema.R4().Type(t.fhirName()) == nil
}

func (t *typeSpec) acceptsSystem(v Value) bool {
	switch t.name {
	case "Any":
		return true
	case "Vocabulary":
		return typeName(v) == "ValueSet" || typeName(v) == "CodeSystem"
	}
	return typeName(v) == t.name
}

// exactly tells whether a value is of the type itself, not of one derived from it.
func (t *typeSpec) exactly(v Value) bool {
	if e, ok := v.(Element); ok && t.kind == namedSpec {
		return e.Type != nil && e.Type.Name == t.fhirName()
	}
	return t.accepts(v)
}

// profileTypes are classes of QI-Core's model that stand for a FHIR type under
// another name.
var profileTypes = map[string]string{
	"SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity",
	"ServiceNotRequested": "ServiceRequest", "MedicationNotRequested": "MedicationRequest",
	"DeviceNotRequested": "DeviceRequest", "ProcedureNotDone": "Procedure",
	"ObservationNotDone": "Observation", "ObservationCancelled": "Observation",
	"MedicationAdministrationNotDone": "MedicationAdministration",
	"MedicationNotAdministered":       "MedicationAdministration",
	"MedicationDispenseDeclined":      "MedicationDispense", "MedicationNotDispensed": "MedicationDispense",
	"CommunicationNotDone": "Communication", "ImmunizationNotDone": "Immunization",
	"TaskRejected": "Task", "TaskNotDone": "Task",
	"ConditionProblemsHealthConcerns": "Condition", "ConditionEncounterDiagnosis": "Condition",
	"LaboratoryResultObservation": "Observation", "ObservationLab": "Observation",
}

func (t *typeSpec) fhirName() string {
	if name, ok := profileTypes[t.name]; ok && schema.R4().Type(t.name) == nil {
		return name
	}
	return t.name
}

// typeName is the name of a value's type, for messages and for type tests.
func typeName(v Value) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case Boolean:
		return "Boolean"
	case Integer:
		return "Integer"
	case Long:
		return "Long"
	case Decimal:
		return "Decimal"
	case String:
		return "String"
	case Temporal:
		return [...]string{"Date", "DateTime", "Time"}[x.kind]
	case Quantity:
		return "Quantity"
	case *Ratio:
		return "Ratio"
	case *Code:
		return "Code"
	case *Concept:
		return "Concept"
	case *ValueSet:
		return "ValueSet"
	case *CodeSystem:
		return "CodeSystem"
	case *Interval:
		return "Interval"
	case List:
		return "List"
	case *Tuple:
		if x.Class != "" {
			return x.Class
		}
		return "Tuple"
	case Uncertainty:
		return typeName(x.Low)
	case Element:
		if x.Type != nil {
			return x.Type.Name
		}
		return "FHIR element"
	}
	return "?"
}
