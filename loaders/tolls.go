package loaders

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// tolls hold what gqlgen runs of one request to the limits of fields. What is read of a record is charged where the record comes,
// since gqlgen runs fields without a resolver one after the other, and a wait in one of them would stop the rest.
type tolls struct {
	limits  *ratelimit.Fields
	account *ratelimit.Account
	values  gate
	keys    gate
}

func newTolls(ctx context.Context, l *level, limits *ratelimit.Fields, account *ratelimit.Account) *tolls {
	t := &tolls{limits: limits, account: account}
	t.values.open(ctx, l, ofValues, account)
	t.keys.open(ctx, l, ofKeys, account)
	return t
}

// passKey waits until the field that asks for a key was charged for it. Zero names no record, and costs nothing. A field of a
// mutation was charged before it ran, whatever it reads.
func (t *tolls) passKey(ctx context.Context, key any) error {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Object == "Mutation" {
		return nil
	}
	limit := t.limits.Of(field.Object, field.Field.Name)
	if limit == nil {
		return nil
	}
	u, ok := unitOf(key)
	if !ok {
		return nil
	}
	u.Field = limit
	t.keys.pass(u)
	return t.keys.refused(u)
}

func unitOf(key any) (u toll.Unit, ok bool) {
	switch key := key.(type) {
	case record.ID:
		return toll.Unit{ID: key}, key != 0
	case record.Part:
		return toll.Unit{Part: key}, true
	default:
		return toll.Unit{}, false
	}
}

// run charges for a field of a mutation, each time that it runs.
func (t *tolls) run(ctx context.Context, limit *ratelimit.Field) error {
	wants := []ratelimit.Want{{Field: limit, Units: 1}}
	t.account.Take(ctx, wants)
	if wants[0].Granted < 1 {
		return wants[0].Err()
	}
	return nil
}

// value is why a field without a resolver is not shown of the object that it belongs to.
func (t *tolls) value(limit *ratelimit.Field, field *graphql.FieldContext) error {
	if field.Parent == nil {
		return problem.New(problem.Internal, "")
	}
	return t.values.refused(toll.Unit{Field: limit, ID: idOf(reflect.ValueOf(field.Parent.Result))})
}

// idOf is a record's own id, zero where it has none.
func idOf(of reflect.Value) record.ID {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Interface {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return 0
	}
	id := of.FieldByName("ID")
	if !id.IsValid() || id.Type() != reflect.TypeFor[record.ID]() {
		return 0
	}
	return record.ID(id.Int())
}
