package resolvers

import (
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestTheCallerIsAUserOrNobody(t *testing.T) {
	for _, c := range []struct {
		principal string
		want      record.ID
		kind      problem.Kind
	}{
		{"", 0, problem.Internal},
		{"7", 7, problem.Internal},
		{"billing", 0, problem.Forbidden},
		{"0", 0, problem.Forbidden},
	} {
		ctx := auth.WithPrincipal(t.Context(), auth.Principal{ID: c.principal})
		got, err := Caller(ctx)
		if got != c.want || (err != nil) != (c.kind != problem.Internal) || err != nil && problem.KindOf(err) != c.kind {
			t.Errorf("the caller %q is %v, %v", c.principal, got, err)
		}
		if c.want != 0 {
			continue
		}
		if found, err := mine[int](ctx, nil); found != nil || (err == nil) != (c.principal == "") {
			t.Errorf("the caller %q has %v, %v", c.principal, found, err)
		}
	}
}
