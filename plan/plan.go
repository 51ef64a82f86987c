// Package plan answers GraphQL queries breadth first, by plans that are compiled once for each operation.
//
// gqlgen runs every field of every element by itself, with a goroutine, a context and some closures each. A plan knows
// beforehand which records an operation reads on which level, which of their members it shows, who may see them, and what the
// answer looks like. Four files tell how: compile.go makes a plan of an operation, fetch.go runs it a level at a time, check.go
// holds it to the policy, render.go writes the answer. What a plan does not cover runs in gqlgen, an operation at a time: two
// executions of one operation could not send their keys together.
package plan

import (
	"context"
	"errors"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// Parts are what plans are made of. All are needed.
type Parts struct {
	Schema     *ast.Schema
	Fields     *wire.Map
	Edges      *edges.Edges
	Resolved   func(object, field string) bool // whether people wrote a resolver for a field
	Reads      *loaders.Reads
	Policy     *policy.Policy
	Pseudonyms *policy.Pseudonyms
	Pages      page.Limits
	Metrics    *Metrics
	// Caller is the user who calls, zero for nobody.
	Caller func(context.Context) (record.ID, error)
}

// Planner compiles operations. It is not changed once it was made, and safe for concurrent use.
type Planner struct {
	Parts
	types  map[reflect.Type]*raw.Type // of the records that reads bring
	ways   map[*ast.FieldDefinition]way
	limits *ratelimit.Fields
}

// Limited is a planner of the same schema whose fields have these limits: of fields that are Chargeable. Nil limits none.
func (p *Planner) Limited(limits *ratelimit.Fields) *Planner {
	limited := *p
	limited.limits = limits
	return &limited
}

// New finds out how each field of a schema can be planned. The error says where a resolver does not do what its field says.
func New(parts Parts) (*Planner, error) {
	p := &Planner{Parts: parts, types: make(map[reflect.Type]*raw.Type), ways: make(map[*ast.FieldDefinition]way)}
	s := surveyor{Planner: p, unread: make(map[reflect.Type]error)}
	s.survey()
	return p, errors.Join(s.mistakes...)
}
