package loaders

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// Tracker gives each operation its loaders, and tells their level what gqlgen runs: it counts the resolvers that open and
// close, from the selections and the values that resolvers return. It is no extension of gqlgen's by itself: whoever wraps the
// fields calls it, so that a resolver stands on as few frames as can be. Most run on small stacks of their own, which have to
// grow otherwise.
type Tracker struct {
	reads  *Reads
	edges  *Edges
	limits *ratelimit.Fields
}

// NewTracker returns the tracker of operations that read so, and whose fields have these limits: nil limits none.
func NewTracker(reads *Reads, edges *Edges, limits *ratelimit.Fields) *Tracker {
	return &Tracker{reads: reads, edges: edges, limits: limits}
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
	if account := ratelimit.From(ctx); account != nil && t.limits.Any() {
		l.level.tolls = newTolls(ctx, l.level, t.limits, account)
	}
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

// Enter begins a field. The fields of a mutation run one after the other, so each opens only when it begins; so does the field of
// a subscription.
func (t *Tracker) Enter(ctx context.Context) Edge {
	field := graphql.GetFieldContext(ctx)
	if !t.edges.Has(field.Field.Definition) {
		return Edge{}
	}
	l := For(ctx)
	if opensAlone(field) {
		l.level.enter(1)
	}
	return Edge{l, field}
}

func opensAlone(field *graphql.FieldContext) bool {
	return field.Object == "Mutation" || field.Object == "Subscription"
}

// Subscribes reports whether the field is a subscription's.
func (e Edge) Subscribes() bool { return e.field != nil && e.field.Object == "Subscription" }

// Admit charges for a field that is about to run, where its limit is to be asked then, and is the error of one that must not run:
// a field of a mutation, each time, and a field without a resolver, by what Charge found out. The policy has let it pass.
func (t *Tracker) Admit(ctx context.Context) error {
	if !t.limits.Any() {
		return nil
	}
	field := graphql.GetFieldContext(ctx)
	limit := t.limits.Of(field.Object, field.Field.Name)
	if limit == nil {
		return nil
	}
	l := For(ctx)
	switch {
	case l.level.tolls == nil:
		return nil
	case opensAlone(field):
		return l.level.tolls.run(ctx, limit)
	case t.edges.Has(field.Field.Definition):
		return nil // the loader asks, for the key
	default:
		return l.level.tolls.value(limit, field)
	}
}

// Shower knows which fields of an object a caller may see.
type Shower interface {
	Shows(ctx context.Context, object string, field *ast.FieldDefinition, of any) bool
}

// Charge waits until the request was charged for the limited values that will be shown of what a resolver returned, as far as the
// caller may see them. It comes before Leave.
func (e Edge) Charge(ctx context.Context, value any, policy Shower) {
	if e.loaders == nil || e.loaders.level.tolls == nil || value == nil {
		return
	}
	t, field := e.loaders.level.tolls, e.field.Field
	shown := e.loaders.opening.shows(field.Selections, field.Definition.Type.Name(), t.limits)
	if shown == nil {
		return
	}
	var units []toll.Unit
	objects := shown.each(reflect.ValueOf(value), func(s *showing, object reflect.Value) {
		for _, each := range s.fields {
			if policy.Shows(ctx, s.object, each.field, asHeld(object)) {
				units = append(units, toll.Unit{Field: each.limit, ID: idOf(object)})
			}
		}
	})
	if objects > 0 {
		t.values.pass(units...)
	}
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
	if t.edges.Has(field.Field.Definition) && !opensAlone(field) {
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
