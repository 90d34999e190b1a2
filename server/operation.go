// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/store"
)

// Operation is a FHIR operation (R4, operations.html): POST [base]/$name,
// [base]/Type/$name or [base]/Type/[id]/$name, and GET where it changes nothing.
// It can be asked for alone and as an entry of a batch, and stands in the
// CapabilityStatement.
type Operation struct {
	Name       string   // without the dollar sign
	Definition string   // canonical address of its OperationDefinition
	Levels     Level    // where it can be asked for
	Types      []string // of the type and instance levels; nil is all that are served
	// Changes tells that it changes what is kept: it can be asked for by POST only.
	Changes bool
	// Async lets a client not wait (Prefer: respond-async): it gets 202 and in
	// Content-Location where to ask for the answer. The Run then has no time limit.
	Async bool
	// Needs is what the Grant must allow: for the type at the levels of type and
	// instance, for the whole system at that of the system. Empty needs nothing: the
	// operation asks Call.May itself.
	Needs Interaction
	// Parameters are the names of those it takes; others are refused, or ignored if
	// the client prefers handling=lenient. Nil takes any.
	Parameters []string
	// Bare names the parameter that a body which is no Parameters resource becomes;
	// the default is resource.
	Bare string
	// Run does it. Errors of Failure, package store, search and node get their status;
	// any other is an internal error, of which the client learns nothing.
	Run func(context.Context, *Call) (*Result, error)
}

// Level is where an operation can be asked for. Levels are added up.
type Level int

// The levels of operations.
const (
	OnSystem Level = 1 << iota
	OnType
	OnInstance
)

// Call is one use of an operation.
type Call struct {
	Input
	Type, ID string // of the type and instance levels
	Base     string // the address of the server that the client knows
	Method   string
	Header   http.Header // of the request
	Store    *store.Store
	Access   *store.Access // must go into every read and search of Store
	Client   string        // who asks, see Grant.Client

	grant *Grant
	seen  *seen
}

// Shows notes resources that the answer will show, for the audit trail.
func (c *Call) Shows(versions ...*store.Version) { (&request{seen: c.seen}).touch(versions...) }

// May tells whether the client may do something with a type: nil, or the error to
// return.
func (c *Call) May(i Interaction, resourceType string) error { return c.grant.may(i, resourceType) }

// Read gives the present version of a resource that the client may read.
func (c *Call) Read(ctx context.Context, resourceType, id string) (*store.Version, error) {
	if err := c.May(Read, resourceType); err != nil {
		return nil, err
	}
	if !search.ValidID(id) {
		return nil, store.ErrNotFound
	}
	v, err := c.Store.Read(ctx, resourceType, id, c.Access)
	c.Shows(v)
	return v, err
}

// Write runs fn in a transaction that reaches no farther than the client may.
func (c *Call) Write(ctx context.Context, fn func(*store.Tx) error) error {
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		tx.Within(c.Access)
		return fn(tx)
	})
}

// Prefers is a choice of the Prefer header, as return, handling or
// respond-async ("true" if it has no value); empty if it is not there.
func (c *Call) Prefers(name string) string { return prefers(c.Header, name) }

// Result is the answer of an operation.
type Result struct {
	Status int    // 0 is 200
	Body   []byte // a resource as JSON; with a Content-Type in Header, anything
	Header http.Header
}

// Failure is an error that is answered with a status and an OperationOutcome; code is
// one of http://hl7.org/fhir/issue-type. Its text goes to the client: it names
// rule, place and remedy, but no value of a person.
func Failure(status int, code, format string, args ...any) error {
	return failure(status, code, format, args...)
}

// Refusal is an error that is answered with a status and an OperationOutcome of the
// caller's.
func Refusal(status int, operationOutcome []byte) error {
	f := failure(status, "invalid", "the resource has errors")
	f.outcome = operationOutcome
	return f
}

// operations are those of a server by name.
type operations map[string][]*Operation

func newOperations(list []Operation) (operations, error) {
	ops := operations{}
	for i := range list {
		o := &list[i]
		switch {
		case o.Name == "" || strings.ContainsAny(o.Name, "$/") || o.Run == nil || o.Levels == 0:
			return nil, fmt.Errorf("the operation %q has no name, level or work to do", o.Name)
		case o.Name == "export" || o.Name == "import" || o.Name == "everything":
			return nil, fmt.Errorf("the operation %q is the server's own", o.Name)
		}
		for _, other := range ops[o.Name] {
			if both := o.Levels & other.Levels; both&OnSystem != 0 || both != 0 && overlap(o.Types, other.Types) {
				return nil, fmt.Errorf("there are two operations %q for the same", o.Name)
			}
		}
		ops[o.Name] = append(ops[o.Name], o)
	}
	return ops, nil
}

func overlap(a, b []string) bool {
	return a == nil || b == nil || slices.ContainsFunc(a, func(t string) bool { return slices.Contains(b, t) })
}

// find gives an operation by name and where it is asked for.
func (ops operations) find(name, typ string, level Level) *Operation {
	for _, o := range ops[name] {
		if o.Levels&level != 0 && (level == OnSystem || o.Types == nil || slices.Contains(o.Types, typ)) {
			return o
		}
	}
	return nil
}

// asksOperation tells whether a path ends in an operation, other than $everything.
func (s *Server) asksOperation(parts []string) bool {
	last := parts[len(parts)-1]
	return len(parts) <= 3 && strings.HasPrefix(last, "$") && !(len(parts) == 3 && last == "$everything")
}

// call is a request as operations see it.
func (s *Server) call(q *request) *Call {
	return &Call{Base: q.base, Method: q.method, Header: q.header, Store: s.store, Access: q.grant.Access, Client: q.grant.Client, grant: &q.grant, seen: q.seen}
}

// operation does what the path asks for: $name, Type/$name or Type/[id]/$name.
// alone is false for an entry of a Bundle, whose answer is waited for.
func (s *Server) operation(ctx context.Context, q *request, parts []string, alone bool) (*response, error) {
	level := Level(1) << (len(parts) - 1)
	c := s.call(q)
	if level != OnSystem {
		if c.Type = parts[0]; !s.types[c.Type] {
			return nil, failure(http.StatusNotFound, "not-supported", "the server has no such resource type")
		}
		q.typ = c.Type
	}
	o := s.operations.find(strings.TrimPrefix(parts[len(parts)-1], "$"), c.Type, level)
	if o == nil {
		return nil, failure(http.StatusNotFound, "not-supported", "the server has no such operation, or not here")
	}
	q.interaction = "$" + o.Name
	if level == OnInstance {
		if c.ID = parts[1]; !search.ValidID(c.ID) {
			return nil, failure(http.StatusBadRequest, "value", "an id is 1 to 64 letters, digits, - and .")
		}
	}
	get := q.method == http.MethodGet || q.method == http.MethodHead
	switch {
	case get && o.Changes:
		return nil, failure(http.StatusMethodNotAllowed, "not-supported", "$%s changes what is kept: ask for it by POST", o.Name)
	case !get && q.method != http.MethodPost:
		return nil, notAllowed(q.method)
	}
	if o.Needs != "" {
		if err := q.grant.may(o.Needs, c.Type); err != nil {
			return nil, err
		}
	}
	if err := c.Input.read(q, o); err != nil {
		return nil, err
	}
	if o.Async && alone && q.prefers("respond-async") != "" {
		return s.waited.start(q, o, c)
	}
	result, err := o.Run(ctx, c)
	if err != nil {
		if o.Async && errors.Is(err, context.DeadlineExceeded) {
			return nil, failure(http.StatusServiceUnavailable, "timeout",
				"$%s took longer than the %s of a request: ask for it alone and with the header Prefer: respond-async, and fetch the answer from the address in Content-Location", o.Name, s.opt.Timeout)
		}
		return nil, err
	}
	return result.response(), nil
}

func (r *Result) response() *response {
	if r.Status == 0 {
		return &response{status: http.StatusOK, body: r.Body, header: r.Header}
	}
	return &response{status: r.Status, body: r.Body, header: r.Header}
}

// capability lists the operations of a type, or those of the system for none.
func (ops operations) capability(typ string) (list []object) {
	for _, group := range ops {
		for _, o := range group {
			if typ == "" && o.Levels&OnSystem != 0 || typ != "" && o.Levels&^OnSystem != 0 && (o.Types == nil || slices.Contains(o.Types, typ)) {
				list = append(list, object{"name": o.Name, "definition": o.Definition})
			}
		}
	}
	slices.SortFunc(list, func(a, b object) int {
		return strings.Compare(a["name"].(string)+a["definition"].(string), b["name"].(string)+b["definition"].(string))
	})
	return list
}
