package loaders

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Tracker gives each operation its loaders, and tells their level what gqlgen runs: it counts the resolvers that open and
// close, from the selections and the values that resolvers return. It is no extension of gqlgen's by itself: whoever wraps the
// fields calls it, so that a resolver stands on as few frames as can be. Most run on small stacks of their own, which have to
// grow otherwise.
type Tracker struct {
	reads *Reads
	edges *Edges
}

// NewTracker returns the tracker of operations that read so.
func NewTracker(reads *Reads, edges *Edges) *Tracker {
	return &Tracker{reads: reads, edges: edges}
}

// Answer runs one answer of an operation with loaders of its own.
func (t *Tracker) Answer(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation == nil {
		return next(ctx) // refused before it could run
	}
	l := New(ctx, t.reads)
	defer l.Close()
	l.opening = newOpening(t.edges, operation)
	if operation.Operation.Operation == ast.Query {
		l.level.enter(l.opening.below(operation.Operation.SelectionSet, "Query"))
	}
	return next(With(ctx, l))
}

// Edge is a field under way that leads to loads. The zero value is any other field.
type Edge struct {
	loaders *Loaders
	field   *graphql.FieldContext
}

// Enter begins a field. The fields of a mutation run one after the other, so each opens only when it begins.
func (t *Tracker) Enter(ctx context.Context) Edge {
	field := graphql.GetFieldContext(ctx)
	if !t.edges.Has(field.Field.Definition) {
		return Edge{}
	}
	l := For(ctx)
	if field.Object == "Mutation" {
		l.level.enter(1)
	}
	return Edge{l, field}
}

// Leave closes the field, and opens those below its value. It must be called in any case, also where the resolver panics.
func (e Edge) Leave(value any, err error) {
	if e.loaders == nil {
		return
	}
	below := 0
	defer func() { e.loaders.level.leave(below) }() // also where a selection cannot be read, or all others would wait for it
	if n := count(value); n > 0 && err == nil {
		below = n * e.loaders.opening.below(e.field.Field.Selections, e.field.Field.Definition.Type.Name())
	}
}

// ArgumentsRefused reports whether an error says that a field's arguments could not be read, and closes that field: gqlgen
// calls no interceptor for it. It must be called once for every error that is presented, with that error's context.
func (t *Tracker) ArgumentsRefused(ctx context.Context) bool {
	field, l := graphql.GetFieldContext(ctx), For(ctx)
	if l == nil || field == nil || field.Field.Field == nil {
		return false
	}
	if len(field.Field.Definition.Arguments) == 0 || field.Args != nil {
		return false
	}
	if t.edges.Has(field.Field.Definition) && field.Object != "Mutation" {
		l.level.leave(0)
	}
	return true
}

// count is how many objects a resolver returned: those that the fields below will run for.
func count(value any) int {
	switch value.(type) {
	case nil, graphql.Marshaler: // a Marshaler is written as it is, and nothing runs below it
		return 0
	}
	return countValue(reflect.ValueOf(value))
}

func countValue(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Interface:
		return countValue(v.Elem())
	case reflect.Pointer, reflect.Map:
		if v.IsNil() {
			return 0
		}
		return 1
	case reflect.Invalid:
		return 0
	case reflect.Slice:
		n := 0
		for i := range v.Len() {
			n += countValue(v.Index(i))
		}
		return n
	default:
		return 1
	}
}
