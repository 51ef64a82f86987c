package plan

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/incremental"
)

// Plans are those of one document: one for each of its operations, and for each combination of values that the variables of
// @skip and @include had. It is safe for concurrent use.
type Plans struct {
	planner *Planner
	choices document.Choices[made]
}

// made is a plan, or why there is none, and how much it asks for. Each is made when it is first asked for. Those that are not
// kept are compiled each time, which takes about as long as gqlgen's own collection of the fields.
type made struct {
	compiled, counted, reckoned, deferred sync.Once

	plan      *Plan
	err       error
	inParts   *Plan // nil where nothing can be deferred
	reckoning *Reckoning
}

// What a plan takes of memory, at most: by itself, and for each node that its document runs.
const (
	bytesOfPlan = 6500
	bytesOfNode = 900
)

// Size is what the plans of a document take of memory at most, in bytes, when it runs so many nodes.
func Size(doc *ast.QueryDocument, nodes int) int {
	plans := document.CountChoices(doc)
	if incremental.Used(doc) {
		plans *= 2
	}
	return plans * (bytesOfPlan + bytesOfNode*nodes)
}

// NewPlans returns the plans of a document, which are compiled when they are first asked for.
func (p *Planner) NewPlans() *Plans { return &Plans{planner: p} }

// Of is the plan of an operation, or why there is none.
func (p *Plans) Of(operation *graphql.OperationContext) (*Plan, error) {
	m := p.choices.Find(operation)
	m.counted.Do(p.planner.Metrics.Compiled.Inc)
	return p.compile(m, operation)
}

// InParts is the plan by which an operation is answered in parts, nil where there is none or nothing of the answer is deferred.
func (p *Plans) InParts(operation *graphql.OperationContext) *Plan {
	m := p.choices.Find(operation)
	m.deferred.Do(func() { m.inParts = p.planner.CompileInParts(operation) })
	return m.inParts
}

// Reckoning is how much an operation asks services for at most. The sizes are the same each time.
func (p *Plans) Reckoning(operation *graphql.OperationContext, sizes Sizes) *Reckoning {
	m := p.choices.Find(operation)
	m.reckoned.Do(func() {
		planned, err := p.compile(m, operation)
		if err != nil {
			planned = p.planner.outline(operation)
		}
		m.reckoning = planned.reckon(sizes, operation.Operation.Operation == ast.Mutation)
	})
	return m.reckoning
}

func (p *Plans) compile(m *made, operation *graphql.OperationContext) (*Plan, error) {
	m.compiled.Do(func() { m.plan, m.err = p.planner.Compile(operation) })
	return m.plan, m.err
}
