package plan

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
)

// Plans are those of one document: one for each of its operations, and for each combination of values that the variables of
// @skip and @include had. It is safe for concurrent use.
type Plans struct {
	planner *Planner

	mu         sync.RWMutex
	operations map[*ast.OperationDefinition]*choices
}

// choices are the plans of one operation.
type choices struct {
	variables []string // that @skip and @include depend on
	made      map[string]made
}

// made is a plan, or why there is none.
type made struct {
	plan *Plan
	err  error
}

// maxChoices bounds the plans of one operation that are kept. Further ones are compiled each time, which takes about as long as
// gqlgen's own collection of the fields.
const maxChoices = 8

// What a plan takes of memory, at most: by itself, and for each node that its document runs.
const (
	bytesOfPlan = 6000
	bytesOfNode = 600
)

// Size is what the plans of a document take of memory at most, in bytes, when it runs so many nodes.
func Size(doc *ast.QueryDocument, nodes int) int {
	plans := 0
	for _, operation := range doc.Operations {
		if len(document.Switches(doc, operation)) > 0 {
			plans += maxChoices
		} else {
			plans++
		}
	}
	return plans * (bytesOfPlan + bytesOfNode*nodes)
}

// NewPlans returns the plans of a document, which are compiled when they are first asked for.
func (p *Planner) NewPlans() *Plans {
	return &Plans{planner: p, operations: make(map[*ast.OperationDefinition]*choices)}
}

// Of is the plan of an operation, or why there is none.
func (p *Plans) Of(operation *graphql.OperationContext) (*Plan, error) {
	p.mu.RLock()
	known, ok := p.operations[operation.Operation]
	if ok {
		if m, ok := known.made[known.key(operation.Variables)]; ok {
			p.mu.RUnlock()
			return m.plan, m.err
		}
	}
	p.mu.RUnlock()
	return p.compile(operation)
}

func (p *Plans) compile(operation *graphql.OperationContext) (*Plan, error) {
	var m made
	m.plan, m.err = p.planner.Compile(operation)
	p.planner.Metrics.Compiled.Inc()
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.operations[operation.Operation]
	if !ok {
		known = &choices{variables: document.Switches(operation.Doc, operation.Operation), made: make(map[string]made)}
		p.operations[operation.Operation] = known
	}
	if len(known.made) < maxChoices {
		known.made[known.key(operation.Variables)] = m
	}
	return m.plan, m.err
}

// key tells the values of the variables apart.
func (c *choices) key(variables map[string]any) string {
	if len(c.variables) == 0 {
		return ""
	}
	key := make([]byte, len(c.variables))
	for i, name := range c.variables {
		key[i] = '0'
		if on, _ := variables[name].(bool); on {
			key[i] = '1'
		}
	}
	return string(key)
}
