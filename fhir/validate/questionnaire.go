// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"strings"
	"unicode/utf8"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// response checks a QuestionnaireResponse against its Questionnaire, if that is
// contained or loaded: that each item answers a question that is there and
// enabled, in the question's type, and that required ones are answered once the
// response is complete.
func (r *run) response(n node.Node) {
	url := n.Get("questionnaire").Text()
	if url == "" {
		return
	}
	form, ok := node.Node{}, false
	if id, contained := strings.CutPrefix(url, "#"); contained {
		form = n.Contained(id)
		ok = form.Exists()
	} else if r.validator.Definitions != nil {
		form, ok = r.validator.Definitions.Find(url)
	}
	if !ok || form.ResourceType() != "Questionnaire" {
		r.add(Information, "not-found", n, "questionnaire", "", "the Questionnaire is not loaded, so the answers were not checked")
		return
	}
	complete := n.Get("status").Is("completed") || n.Get("status").Is("amended")
	q := responseCheck{run: r, root: n, complete: complete}
	q.items(n, form)
}

type responseCheck struct {
	*run
	root     node.Node
	complete bool
}

// items checks the items of a response or answer against those of a form or question.
func (q *responseCheck) items(n, form node.Node) {
	questions := map[string]node.Node{}
	for question := range form.Get("item").Items() {
		questions[question.Get("linkId").Text()] = question
	}
	answered := map[string]bool{}
	for item := range n.Get("item").Items() {
		id := item.Get("linkId").Text()
		question, ok := questions[id]
		if !ok {
			q.add(Error, "structure", item, "linkId", "", "the Questionnaire has no item with this linkId here")
			continue
		}
		answered[id] = answered[id] || item.Get("answer").Exists() || item.Get("item").Exists()
		if item.Get("answer").Exists() && !q.enabled(question) {
			q.add(Error, "structure", item, "enableWhen", "", "the item has an answer, although it is not enabled")
		}
		q.answers(item, question)
	}
	for question := range form.Get("item").Items() {
		id := question.Get("linkId").Text()
		if q.complete && question.Get("required").Is("true") && !answered[id] && q.enabled(question) {
			q.add(Error, "required", n, "required", "", "the required item %s has no answer", quoteName(id))
		}
	}
}

// answerTypes are the types that an answer to a question of a type may have.
var answerTypes = map[string]string{
	"boolean": "boolean", "decimal": "decimal", "integer": "integer", "date": "date", "dateTime": "dateTime", "time": "time",
	"string": "string", "text": "string", "url": "uri", "choice": "Coding", "open-choice": "Coding string",
	"attachment": "Attachment", "reference": "Reference", "quantity": "Quantity",
}

func (q *responseCheck) answers(item, question node.Node) {
	kind := question.Get("type").Text()
	answer := item.Get("answer")
	switch {
	case (kind == "group" || kind == "display") && answer.Exists():
		q.add(Error, "structure", item, "type", "", "an item of the type %s has no answers", kind)
	case answer.Len() > 1 && !question.Get("repeats").Is("true"):
		q.add(Error, "structure", item, "repeats", "", "the question takes one answer, not %d", answer.Len())
	}
	if kind == "group" {
		q.items(item, question)
	}
	for a := range answer.Items() {
		value, name := a.Choice("value")
		allowed := answerTypes[kind]
		if options := question.Get("answerOption"); options.Exists() && value.Exists() {
			if kind == "choice" && !q.offered(options, value, name) {
				q.add(Error, "code-invalid", a, "answerOption", "", "the answer is not among the options of the question")
			}
		} else if value.Exists() && allowed != "" && !strings.Contains(" "+allowed+" ", " "+name+" ") {
			q.add(Error, "structure", a, "type", "", "the answer to a question of the type %s must be a %s, not a %s", kind, allowed, name)
		}
		q.limits(a, value, name, question)
		q.items(a, question)
	}
}

// limits checks an answer against the length and the value set that its question
// gives. A contained value set is not looked into.
func (q *responseCheck) limits(answer, value node.Node, name string, question node.Node) {
	if most, ok := question.Get("maxLength").Int(); ok && name == "string" && int64(utf8.RuneCountInString(value.Text())) > most {
		q.add(Error, "value", answer, "maxLength", "", "the answer is longer than the %d characters that the question takes", most)
	}
	set := question.Get("answerValueSet").Text()
	if set == "" || strings.HasPrefix(set, "#") || name != "Coding" || q.validator.MemberOf == nil {
		return
	}
	if member, known := q.validator.MemberOf(path.NodeValue(value, q.schema.Type(name)), set); known && !member && question.Get("type").Is("choice") {
		q.add(Error, "code-invalid", answer, "answerValueSet", "", "the answer is not in the value set %s of the question", set)
	}
}

// offered tells whether an answer is one of a question's options.
func (q *responseCheck) offered(options, value node.Node, name string) bool {
	for option := range options.Items() {
		o, kind := option.Choice("value")
		switch {
		case kind != name:
		case name == "Coding":
			if o.Get("code").Is(value.Get("code").Text()) && (o.Get("system").Text() == value.Get("system").Text()) {
				return true
			}
		case matches(value, o, true):
			return true
		}
	}
	return false
}

// enabled evaluates a question's enableWhen over the whole response.
func (q *responseCheck) enabled(question node.Node) bool {
	when := question.Get("enableWhen")
	if !when.Exists() {
		return true
	}
	every := question.Get("enableBehavior").Is("all")
	result := every
	for w := range when.Items() {
		if q.holds(w) != every {
			result = !every
		}
	}
	return result
}

var (
	isEqual    = path.MustCompile("$this = %bound")
	isAtLeast  = path.MustCompile("$this >= %bound")
	isAtMost   = path.MustCompile("$this <= %bound")
	comparison = map[string]*path.Expr{"=": isEqual, ">": isMore, "<": isLess, ">=": isAtLeast, "<=": isAtMost}
)

// holds evaluates one condition: whether any answer to its question meets it.
func (q *responseCheck) holds(when node.Node) bool {
	var answers []node.Node
	gather(q.root, when.Get("question").Text(), &answers)
	operator := when.Get("operator").Text()
	want, kind := when.Choice("answer")
	if operator == "exists" {
		exists, _ := want.Bool()
		return (len(answers) > 0) == exists
	}
	for _, a := range answers {
		value, name := a.Choice("value")
		t := q.schema.Type(name)
		met := false
		switch {
		case name == "Coding" && kind == "Coding":
			met = value.Get("code").Is(want.Get("code").Text()) && (!want.Get("system").Exists() || value.Get("system").Is(want.Get("system").Text()))
		case comparison[strings.TrimPrefix(operator, "!")] != nil:
			e := comparison[strings.TrimPrefix(operator, "!")]
			opts := &path.Options{Variables: map[string][]path.Value{"bound": {path.NodeValue(want, q.schema.Type(kind))}}}
			ok, known, err := e.Test(path.NodeValue(value, t), opts)
			met = err == nil && known && ok
		}
		if met != strings.HasPrefix(operator, "!") {
			return true
		}
	}
	return false
}

// gather collects the answers to a question, wherever it stands.
func gather(n node.Node, linkID string, answers *[]node.Node) {
	for item := range n.Get("item").Items() {
		for a := range item.Get("answer").Items() {
			if item.Get("linkId").Is(linkID) && !strings.HasPrefix(string(a.JSON()), "{}") {
				*answers = append(*answers, a)
			}
			gather(a, linkID, answers)
		}
		gather(item, linkID, answers)
	}
}
