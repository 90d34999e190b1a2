// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Patient is the data of one patient, indexed once for all measures: resources by
// type, and their codes by path as retrieves ask for them. It is safe for
// concurrent use.
type Patient struct {
	ID     string
	byType map[string][]*resource
	byRef  map[string]*resource // Type/id

	mu    sync.Mutex
	coded map[codedPath][]coded
}

type resource struct {
	node  node.Node
	value Value // the Element
	id    string
}

// codedPath is a coded element of a resource type.
type codedPath struct{ typ, path string }

// coded is one code of a resource, or the value set that stands for any of its codes
// in the resources that say that something was not done.
type coded struct {
	at             int // index of the resource among those of its type
	system, code   string
	notDoneSet     string
	isText, isCode bool
}

// NewPatient indexes a patient's resources. Bundles among them are opened. Exactly
// one must be a Patient.
func NewPatient(resources ...node.Node) (*Patient, error) {
	p := &Patient{byType: map[string][]*resource{}, byRef: map[string]*resource{}, coded: map[codedPath][]coded{}}
	for _, n := range resources {
		if err := p.add(n, 0); err != nil {
			return nil, err
		}
	}
	switch len(p.byType["Patient"]) {
	case 0:
		return nil, errors.New("the data have no Patient resource")
	case 1:
		p.ID = p.byType["Patient"][0].id
		return p, nil
	}
	return nil, fmt.Errorf("the data have %d Patient resources; evaluate one patient at a time", len(p.byType["Patient"]))
}

func (p *Patient) add(n node.Node, depth int) error {
	typ := n.ResourceType()
	switch {
	case typ == "":
		return fmt.Errorf("%s has no resourceType", n.Location())
	case typ == "Bundle" && depth > 8:
		return errors.New("bundles are nested more than 8 deep")
	case typ == "Bundle":
		for e := range n.Get("entry").Items() {
			if r := e.Get("resource"); r.Exists() {
				if err := p.add(r, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	r := &resource{node: n, id: n.ID()}
	r.value = Element{n, schema.R4().Type(typ)}
	p.byType[typ] = append(p.byType[typ], r)
	if r.id != "" {
		p.byRef[typ+"/"+r.id] = r
	}
	return nil
}

// Count is the number of resources of a type.
func (p *Patient) Count(typ string) int { return len(p.byType[typ]) }

const notDoneExtension = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneValueSet"

// codes lists the codes of a type's resources at a path.
func (p *Patient) codes(typ, path string) []coded {
	key := codedPath{typ, path}
	p.mu.Lock()
	defer p.mu.Unlock()
	list, ok := p.coded[key]
	if !ok {
		for i, r := range p.byType[typ] {
			list = appendCoded(list, i, r, strings.Split(path, "."))
		}
		p.coded[key] = list
	}
	return list
}

func appendCoded(list []coded, at int, r *resource, path []string) []coded {
	nodes := []node.Node{r.node}
	for _, name := range path {
		var next []node.Node
		for _, n := range nodes {
			child := n.Get(name)
			if !child.Exists() {
				child, _ = n.Choice(name)
			}
			next = child.AppendItems(next)
		}
		nodes = next
	}
	for _, n := range nodes {
		if v := n.Extension(notDoneExtension); v.Exists() {
			set, _ := v.Choice("value")
			list = append(list, coded{at: at, notDoneSet: set.Text()})
		}
		switch {
		case n.Kind() == node.String:
			list = append(list, coded{at: at, code: n.Text(), isText: true})
		case n.Get("coding").Exists():
			for c := range n.Get("coding").Items() {
				list = append(list, coded{at: at, system: c.Get("system").Text(), code: c.Get("code").Text(), isCode: true})
			}
		case n.Get("code").Exists():
			list = append(list, coded{at: at, system: n.Get("system").Text(), code: n.Get("code").Text(), isCode: true})
		}
	}
	return list
}
