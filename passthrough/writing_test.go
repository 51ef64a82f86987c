package passthrough

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
)

// cancel is a route that stands for cancelOrder.
func cancel(change func(r *Route)) Route {
	return orders(func(r *Route) {
		r.Match, r.To, r.As = "POST /orders/{id}/cancel", "/orders/{id}/cancel", "cancelOrder"
		if change != nil {
			change(r)
		}
	})
}

// pay is a route that stands for payOrder.
func pay(change func(r *Route)) Route {
	return payments(func(r *Route) {
		r.Match, r.As = "POST /payments", "payOrder"
		if change != nil {
			change(r)
		}
	})
}

func TestAWriteIsForThoseWhoMayDoTheMutation(t *testing.T) {
	renamed := pay(func(r *Route) { r.Rename = map[string]string{"order_id": "order/number"} })
	inPath := pay(func(r *Route) {
		r.Match, r.To, r.Request.Add = "POST /orders/{id}/payments", "/payments", map[string]string{"order_id": "{path.id:number}"}
	})
	for name, c := range map[string]struct {
		route        Route
		caller       auth.Principal
		target, body string
		status       int
		denied       string
	}{
		"one's own order":              {cancel(nil), ada(), "/orders/70/cancel", ``, 200, ""},
		"another's order":              {cancel(nil), ada(), "/orders/80/cancel", ``, 404, "Mutation.cancelOrder @owner not_owner"},
		"no order":                     {cancel(nil), ada(), "/orders/7000/cancel", ``, 404, "Mutation.cancelOrder @owner not_owner"},
		"no id":                        {cancel(nil), ada(), "/orders/x/cancel", ``, 404, "Mutation.cancelOrder @owner not_owner"},
		"an id with more to it":        {cancel(nil), ada(), "/orders/70%20/cancel", ``, 404, "Mutation.cancelOrder @owner not_owner"},
		"any order, by support":        {cancel(nil), auth.Principal{ID: "1", Scopes: []string{"orders:write", "orders:read"}}, "/orders/80/cancel", ``, 200, "Order.shippingAddress @sensitive not_owner"},
		"an order, by a machine":       {cancel(nil), auth.Principal{ID: "m"}, "/orders/70/cancel", ``, 403, "Mutation.cancelOrder @owner forbidden"},
		"an order, by nobody":          {cancel(nil), auth.Principal{}, "/orders/70/cancel", ``, 401, "scopes unauthenticated"},
		"one's own, paid":              {pay(nil), ada(), "/payments", `{"order_id":70,"method":"paypal"}`, 200, ""},
		"one's own, by a text":         {pay(nil), ada(), "/payments", `{"method":"paypal","order\u005fid":"\u00370"}`, 200, ""},
		"another's, paid":              {pay(nil), ada(), "/payments", `{"order_id":80,"method":"paypal"}`, 404, "Mutation.payOrder @owner not_owner"},
		"nothing, paid":                {pay(nil), ada(), "/payments", `{"method":"paypal"}`, 404, "Mutation.payOrder @owner not_owner"},
		"null, paid":                   {pay(nil), ada(), "/payments", `{"order_id":null}`, 404, "Mutation.payOrder @owner not_owner"},
		"a number that is no id":       {pay(nil), ada(), "/payments", `{"order_id":70.0}`, 404, "Mutation.payOrder @owner not_owner"},
		"several":                      {pay(nil), ada(), "/payments", `{"order_id":[70,80]}`, 404, "Mutation.payOrder @owner not_owner"},
		"without a body":               {pay(nil), ada(), "/payments", ``, 404, "Mutation.payOrder @owner not_owner"},
		"twice":                        {pay(nil), ada(), "/payments", `{"order_id":70,"order_id":80}`, 400, ""},
		"of a member that is unknown":  {pay(nil), ada(), "/payments", `{"order_id":70,"amount":1}`, 400, ""},
		"by another name":              {renamed, ada(), "/payments", `{"order":{"number":70}}`, 200, ""},
		"another's by another name":    {renamed, ada(), "/payments", `{"order":{"number":80}}`, 404, "Mutation.payOrder @owner not_owner"},
		"named by the path":            {inPath, ada(), "/orders/70/payments", `{}`, 200, ""},
		"another's, named by the path": {inPath, ada(), "/orders/80/payments", `{}`, 404, "Mutation.payOrder @owner not_owner"},
		"another's by the path alone":  {inPath, ada(), "/orders/80/payments", `{"order_id":70}`, 404, "Mutation.payOrder @owner not_owner"},
		"what anybody with a name may": {orders(func(r *Route) { r.Match, r.As = "POST /orders", "placeOrder" }), ada(), "/orders", `{}`, 200, ""},
		"what nobody may":              {orders(func(r *Route) { r.Match, r.As = "POST /orders", "placeOrder" }), auth.Principal{}, "/orders", `{}`, 401, "scopes unauthenticated"},
	} {
		t.Run(name, func(t *testing.T) {
			s := says(orderSeven)
			if c.route.Upstream == "payment" {
				s = says(paidSeven)
			}
			d := opened(t, s, c.route)
			d.records.users = buyers()
			w := d.askAs(t, c.caller, "POST", c.target, c.body)
			if w.Code != c.status || len(s.asked) > 0 != (c.status == 200) {
				t.Errorf("%d %s, and the service was asked %d times", w.Code, w.Body, len(s.asked))
			}
			if got := strings.Join(d.denied(t), "\n"); got != c.denied {
				t.Errorf("the audit has %q, want %q", got, c.denied)
			}
		})
	}
}

func TestAWriteIsNotSentWhereItCannotBeFoundOutWhoseItIs(t *testing.T) {
	for name, err := range map[string]error{"an error": errors.New("secret"), "a problem": problem.New(problem.UpstreamTimeout, "")} {
		s := says(orderSeven)
		d := opened(t, s, cancel(nil))
		d.records.err = err
		w := d.askAs(t, ada(), "POST", "/orders/70/cancel", "")
		if w.Code < 500 || len(s.asked) > 0 || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s, and the service was asked %d times", name, w.Code, w.Body, len(s.asked))
		}
	}
}

func TestAMutationMustLeadToTheRecordThatDecides(t *testing.T) {
	const (
		own = "to: must lead to {identity.id} and to nothing that a request names: updateProfile writes the caller's own record"
		id  = "to: must lead to {id}: who may do cancelOrder depends on whose record that is"
	)
	reports(t, map[string]wrong{
		"one's own":                 {profile(nil), nil},
		"another's own":             {profile(func(r *Route) { r.Match, r.To = "PATCH /users/{id}", "" }), []string{own}},
		"a constant":                {profile(func(r *Route) { r.To = "/users/1" }), []string{own}},
		"one's own and another's":   {profile(func(r *Route) { r.Match, r.To = "PATCH /users/{id}", "/users/{identity.id}/of/{id}" }), []string{own}},
		"a part of it elsewhere":    {profile(func(r *Route) { r.Split = []Share{{Weight: 1, To: "/users/1"}} }), []string{own}},
		"an order":                  {cancel(nil), nil},
		"an order of another name":  {cancel(func(r *Route) { r.Match, r.To = "POST /orders/{order}/cancel", "/orders/{order}/cancel" }), []string{id}},
		"a constant order":          {cancel(func(r *Route) { r.To = "/orders/1/cancel" }), []string{id}},
		"a part of orders":          {cancel(func(r *Route) { r.Split = []Share{{Weight: 1, To: "/orders/cancelled"}} }), []string{id}},
		"by a member":               {pay(nil), nil},
		"what a scope decides":      {payments(func(r *Route) { r.Match, r.To, r.As = "POST /refunds", "/refunds", "refundPayment" }), nil},
		"what is no mutation":       {profile(func(r *Route) { r.As = "me" }), []string{"as: must be a mutation of the schema: cancelOrder, payOrder, placeOrder, refundPayment, updateProfile"}},
		"a mutation that is read":   {users(func(r *Route) { r.As = "updateProfile" }), []string{"as: is for methods that write: requests to this route have no body"}},
		"all of what is left of it": {cancel(func(r *Route) { r.Match, r.To = "POST /orders/{id...}", "/orders/{id...}" }), []string{id}},
	})
}

func TestAMemberIsFoundWithinObjects(t *testing.T) {
	for body, want := range map[string]string{
		`{"order":{"id":7}}`: "7", `{"order":{"id":"7"}}`: "7", `{"order":{"id":"\u0037"}}`: "7", `{"order":{}}`: "", `{"order":7}`: "",
		`{"order":[{"id":7}]}`: "", `{"id":7}`: "", `[]`: "", ``: "", `{"order":null}`: "",
	} {
		if diff := cmp.Diff(want, memberOf([]byte(body), []string{"order", "id"})); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}
