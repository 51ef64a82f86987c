package policy_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

func TestDenialsAreWrittenDownByTheRuleThatMadeThem(t *testing.T) {
	schema := load(t, change{email, `email: String @sensitive(as: MASK)`})
	secret := "ada.lovelace@example.com"
	for name, c := range map[string]struct {
		who  auth.Principal
		run  run
		want string
	}{
		"nobody":              {anonymous, run{object: "Query", field: "me"}, `rule="User @authenticated" reason=unauthenticated`},
		"without a scope":     {customer, run{object: "Query", field: "users"}, `rule="Query.users @requiresScopes" reason=forbidden`},
		"another's edge":      {customer, run{object: "User", field: "orders", parent: &user.User{ID: 8}}, `rule="User.orders @owner" reason=forbidden`},
		"a mask":              {customer, run{object: "User", field: "email", parent: &user.User{ID: 8}, value: &secret}, `rule="User.email @sensitive" reason=forbidden`},
		"another's record":    {customer, run{object: "Query", field: "payment", value: &payment.Payment{OrderID: 81}}, `rule="Payment @owner" reason=not_owner`},
		"another's to write":  {customer, run{object: "Mutation", field: "cancelOrder", arguments: map[string]any{"id": record.ID(81)}}, `rule="Mutation.cancelOrder @owner" reason=not_owner`},
		"no record":           {customer, run{object: "Query", field: "payment", value: (*payment.Payment)(nil)}, ""},
		"no record in a list": {customer, run{object: "Query", field: "payment", value: []*payment.Payment{nil, {OrderID: 71}}}, ""},
		"one's own":           {customer, run{object: "Query", field: "payment", value: &payment.Payment{OrderID: 71}}, ""},
	} {
		var lines bytes.Buffer
		e := enforcer(t, schema, known())
		r := httptest.NewRequestWithContext(begun(t, e, c.who), http.MethodPost, "/graphql", nil)
		r, trail := audit.New(registry(), slog.New(slog.NewTextHandler(&lines, nil))).Begin(r, "graphql")
		_, _, _ = c.run.of(t, schema, e, r.Context())
		trail.End(r.Context())
		if got := lines.String(); (c.want == "") != (got == "") || !strings.Contains(got, c.want) || strings.Contains(got, "ada") {
			t.Errorf("of %s the log says %q, want %q", name, got, c.want)
		}
	}
}
