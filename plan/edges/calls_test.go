package edges_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheCallsThatAResolverMakesAreFound(t *testing.T) {
	const head = `func (r *mutationResolver) F(ctx context.Context) (x *T, err error) { `
	for name, c := range map[string]struct {
		body string
		want []string
		ok   bool
	}{
		"a write":            {`p, err := r.services.Order.Place(ctx); return p, err }`, []string{"Order"}, true},
		"a write and a read": {`if _, err := loaders.For(ctx).User.Load(ctx, 1); err != nil { return nil, err }; return r.services.Payment.Pay(ctx) }`, []string{"User", "Payment"}, true},
		"none":               {`return nil, nil }`, nil, true},
		"none by values":     {`all := []int32{int32(x.Limit)}; return ours.From(ctx).All(append(all, 1)), nil }`, nil, true},
		"perhaps by others":  {`return helper(ctx), nil }`, nil, false},
		"perhaps by itself":  {`return r.helper(), nil }`, nil, false},
		"perhaps by loaders": {`return use(loaders.For), nil }`, nil, false},
		"what others do":     {`return help(ctx, r.services.Order) }`, nil, false},
		"in a loop":          {`for range 3 { r.services.Order.Place(ctx) }; return nil, nil }`, []string{"Order"}, false},
		"over a list":        {`for range list { r.services.Order.Place(ctx) }; return nil, nil }`, []string{"Order"}, false},
		"in a function":      {`return each(func() { r.services.Order.Place(ctx) }) }`, []string{"Order"}, false},
		"of something else":  {`return a.For(ctx).User.Load(ctx), r.others.Order.Place(ctx) }`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			calls, ok := read(t, source(imports+head+c.body)).Calls("Mutation", "f")
			if diff := cmp.Diff(c.want, calls); diff != "" || ok != c.ok {
				t.Errorf("found %t (-want +got):\n%s", ok, diff)
			}
		})
	}
	if calls, ok := read(t, source(imports)).Calls("Mutation", "g"); ok || calls != nil {
		t.Errorf("what has no resolver makes the calls %v", calls)
	}
}
