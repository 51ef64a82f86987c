package passthrough

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// What the services say of two users, their orders, and what was paid for those.
const (
	userSeven  = `{"id":7,"name":"Ada","username":"ada","email":"e7","phone":"p7","role":"customer","status":"active","address":{"city":"c7"},"created_at":"t7"}`
	userEight  = `{"id":8,"name":"Bob","username":"bob","email":"e8","phone":"p8","role":"customer","status":"active","address":{"city":"c8"},"created_at":"t8"}`
	orderSeven = `{"id":70,"user_id":7,"status":"paid","total":1.50,"currency":"USD","shipping_address":{"city":"c7"}}`
	orderEight = `{"id":80,"user_id":8,"status":"paid","total":2.50,"currency":"USD","shipping_address":{"city":"c8"}}`
	paidSeven  = `{"id":700,"order_id":70,"status":"captured","amount":1.50,"card_number":"4242424242427777"}`
	paidEight  = `{"id":800,"order_id":80,"status":"captured","amount":2.50,"card_number":"4242424242428888"}`
)

// buyers are of which user the orders are.
func buyers() map[record.ID]record.ID { return map[record.ID]record.ID{70: 7, 80: 8, 90: 8} }

func TestWhatIsShownDependsOnTheCaller(t *testing.T) {
	const (
		strangerSeven = `{"id":7,"name":"Ada","username":"ada"}`
		strangerEight = `{"id":8,"name":"Bob","username":"bob"}`
		last          = `{"id":700,"order_id":70,"status":"captured","amount":1.50,"card_number":"7777"}`
	)
	page := func(of, returns string) func(r *Route) {
		return func(r *Route) {
			r.Returns, r.Parts, r.Expose = "", map[string]string{"/data/" + of: returns, "/first": returns}, []string{"/count"}
		}
	}
	for name, c := range map[string]struct {
		route  Route
		target string
		caller auth.Principal
		body   string
		want   string
	}{
		"one's own record":     {users(nil), "/users/7", ada(), userSeven, userSeven},
		"another's":            {users(nil), "/users/8", ada(), userEight, strangerEight},
		"to support":           {users(nil), "/users/8", auth.Principal{ID: "1", Scopes: []string{"users:read", "users:pii"}}, userEight, userEight},
		"to a machine":         {users(nil), "/users/8", auth.Principal{ID: "indexer"}, userEight, strangerEight},
		"to a like-named one":  {users(nil), "/users/7", auth.Principal{ID: "07"}, userSeven, strangerSeven},
		"a list":               {users(nil), "/users/7", ada(), `[` + userSeven + `,` + userEight + `]`, `[` + userSeven + `,` + strangerEight + `]`},
		"in its place":         {users(page("all", "User")), "/users/7", ada(), `{"data":{"all":[` + userEight + `]},"first":` + userSeven + `,"count":2}`, `{"data":{"all":[` + strangerEight + `]},"first":` + userSeven + `,"count":2}`},
		"by another name":      {users(func(r *Route) { r.Rename = map[string]string{"email": "mail", "address/city": "city"} }), "/users/8", ada(), userEight, strangerEight},
		"with more":            {users(func(r *Route) { r.Expose = []string{"note", "address/geo"} }), "/users/8", ada(), `{"id":8,"name":"Bob","note":"n","address":{"geo":1}}`, `{"id":8,"name":"Bob","note":"n"}`},
		"one's own with more":  {users(func(r *Route) { r.Expose = []string{"note", "address/geo"} }), "/users/7", ada(), `{"id":7,"name":"Ada","note":"n","address":{"geo":1}}`, `{"id":7,"name":"Ada","note":"n","address":{"geo":1}}`},
		"one's own order":      {orders(nil), "/orders/70", ada(), orderSeven, orderSeven},
		"orders":               {orders(nil), "/orders/70", ada(), `[` + orderEight + `,` + orderSeven + `,` + orderEight + `]`, `[` + orderSeven + `]`},
		"nobody's order":       {orders(nil), "/orders/70", ada(), `[{"id":1},{"id":2,"user_id":null},{"id":3,"user_id":[7]},{"id":4,"user_id":7.0},null]`, `[]`},
		"orders in a place":    {orders(page("orders", "Order")), "/orders/1", ada(), `{"data":{"orders":[` + orderEight + `,` + orderSeven + `]},"first":` + orderEight + `,"count":2}`, `{"data":{"orders":[` + orderSeven + `]},"first":null,"count":2}`},
		"orders to support":    {orders(nil), "/orders/70", auth.Principal{ID: "1", Scopes: []string{"orders:read"}}, `[` + orderEight + `,` + orderSeven + `]`, strings.NewReplacer(`,"shipping_address":{"city":"c7"}`, "", `,"shipping_address":{"city":"c8"}`, "").Replace(`[` + orderEight + `,` + orderSeven + `]`)},
		"one's own payment":    {payments(nil), "/payments/700", ada(), paidSeven, last},
		"payments":             {payments(nil), "/payments/700", ada(), `[` + paidEight + `,` + paidSeven + `,{"id":1},{"id":2,"order_id":99}]`, `[` + last + `]`},
		"payments to a reader": {payments(nil), "/payments/700", auth.Principal{ID: "1", Scopes: []string{"payments:read", "orders:read"}}, paidSeven, last},
		"without their orders": {payments(nil), "/payments/700", auth.Principal{ID: "audit", Scopes: []string{"payments:read"}}, paidSeven, strings.Replace(last, `"order_id":70,`, "", 1)},
		"what everybody sees":  {products(nil), "/products/3", auth.Principal{}, `{"id":3,"name":"Lamp","stock":4}`, `{"id":3,"name":"Lamp","stock":4}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, says(c.body), c.route)
			d.records.users = buyers()
			w := d.askAs(t, c.caller, "GET", c.target, "")
			if diff := cmp.Diff(c.want, w.Body.String()); diff != "" || w.Code != 200 {
				t.Errorf("%d %s", w.Code, diff)
			}
		})
	}
}

func TestOtherRecordsAreAskedForInOneCall(t *testing.T) {
	d := opened(t, says(`[`+paidSeven+`,`+paidEight+`,`+paidSeven+`,{"id":5,"order_id":90},{"id":6,"order_id":"70"},{"id":9}]`), payments(nil))
	d.records.users = buyers()
	if w := d.askAs(t, ada(), "GET", "/payments/1", ""); w.Code != 200 || strings.Count(w.Body.String(), `"id"`) != 3 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([]string{"Order[70 80 90]"}, d.records.asked); diff != "" {
		t.Error(diff)
	}
	d.askAs(t, desk(), "GET", "/payments/1", "")
	if len(d.records.asked) != 1 {
		t.Error("they are asked for though the caller may see all")
	}
}

func TestNobodyAsksForOtherRecordsWhereNoneAreNamed(t *testing.T) {
	d := opened(t, says(`[{"id":9},null]`), payments(nil))
	if w := d.askAs(t, ada(), "GET", "/payments/1", ""); w.Body.String() != "[]" || len(d.records.asked) > 0 {
		t.Errorf("%d %s, and %v were asked for", w.Code, w.Body, d.records.asked)
	}
}

func TestNothingIsShownWhereItCannotBeFoundOutWhoseItIs(t *testing.T) {
	many := `[` + strings.Repeat(paidSeven+`,`, 1000) + paidSeven + `]`
	for name, c := range map[string]struct {
		body   string
		err    error
		status int
		reason string
	}{
		"an error":                {paidSeven, errors.New("secret"), 502, "owner_unknown"},
		"a service that is down":  {paidSeven, problem.New(problem.UpstreamUnavailable, ""), 503, "owner_unknown"},
		"more than is held":       {many, nil, 502, "too_large"},
		"half an answer":          {many[:5000], nil, 502, "invalid_json"},
		"an owner that is double": {`{"order_id":80,"order_id":70}`, nil, 502, "invalid_json"},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.MaxRecord, config.Routes = 32*units.KiB, []Route{payments(nil)}
			d := openedBy(t, config, func(string) http.RoundTripper { return says(c.body) })
			d.records.users, d.records.err = buyers(), c.err
			for _, method := range []string{"GET", "HEAD"} {
				w := d.askAs(t, ada(), method, "/payments/700", "")
				if w.Code != c.status || strings.Contains(w.Body.String()+d.log.String(), "424242") || strings.Contains(w.Body.String(), "secret") {
					t.Errorf("%s: %d %s", method, w.Code, w.Body)
				}
			}
			counted(t, d, "concierge_rest_unusable_answers_total",
				`concierge_rest_unusable_answers_total{reason="`+c.reason+`",route="GET /payments/{id}"} 2`)
		})
	}
}

func TestWhoMayUseARouteIsDecidedBeforeAnythingIsSent(t *testing.T) {
	const challenge = auth.Challenge
	both := func(r *Route) { r.Returns, r.Parts = "", map[string]string{"/orders": "Order", "/payments": "Payment"} }
	for name, c := range map[string]struct {
		route                Route
		caller               auth.Principal
		method, target       string
		status               int
		challenge, denied    string
		service, body, shown string
	}{
		"products, by nobody":               {products(nil), auth.Principal{}, "GET", "/products/3", 200, "", "", "", `{}`, `{}`},
		"users, by nobody":                  {users(nil), auth.Principal{}, "GET", "/users/7", 401, challenge, "scopes unauthenticated", "", "", ""},
		"users, though the route is public": {users(func(r *Route) { r.Public = true }), auth.Principal{}, "GET", "/users/7", 401, challenge, "User @authenticated unauthenticated", "", "", ""},
		"orders, by a machine":              {orders(nil), auth.Principal{ID: "machine"}, "GET", "/orders/7", 403, "", "Order @owner forbidden", "", "", ""},
		"orders, by nobody, HEAD":           {orders(nil), auth.Principal{}, "HEAD", "/orders/7", 401, challenge, "scopes unauthenticated", "", "", ""},
		"types that are all refused":        {orders(both), auth.Principal{ID: "machine"}, "GET", "/orders/7", 403, "", "Payment @owner forbidden", "", "", ""},
		"types of which one is not": {
			orders(both),
			auth.Principal{ID: "machine", Scopes: []string{"orders:read"}},
			"GET", "/orders/7", 200, "",
			"Order.shippingAddress @sensitive forbidden\nPayment @owner forbidden", "", `{"orders":[{"id":1,"user_id":3}],"payments":[` + paidSeven + `]}`, `{"orders":[{"id":1,"user_id":3}],"payments":[]}`,
		},
		"types of which one is public, by nobody": {
			products(func(r *Route) { r.Returns, r.Parts = "", map[string]string{"/a": "Product", "/b": "User"} }),
			auth.Principal{},
			"GET", "/products/3", 401, challenge, "scopes unauthenticated", "", "", "",
		},
		"members, by nobody": {
			users(func(r *Route) { r.Returns, r.Expose = "", []string{"note"} }), auth.Principal{}, "GET", "/users/7", 401, challenge, "scopes unauthenticated", "", "", "",
		},
		"members that are public": {
			users(func(r *Route) { r.Returns, r.Expose, r.Public = "", []string{"note"}, true }), auth.Principal{}, "GET", "/users/7", 200, "", "", "", `{"note":1}`, `{"note":1}`,
		},
		"raw, by nobody": {search(func(r *Route) { r.Match, r.Scopes = "GET /search/{path...}", nil }), auth.Principal{}, "GET", "/search/a", 401, challenge, "scopes unauthenticated", "", "", ""},
		"raw and public": {search(func(r *Route) { r.Match, r.Scopes, r.Public = "GET /search/{path...}", nil, true }), auth.Principal{}, "GET", "/search/a", 200, "", "", "", `{}`, `{}`},
		"a mutation, by a machine": {
			profile(func(r *Route) { r.Match = "POST /me" }), auth.Principal{ID: "machine"}, "POST", "/me", 403, "", "Mutation.updateProfile @owner forbidden", "", "", "",
		},
		"a mutation that needs a scope": {
			payments(func(r *Route) { r.Match, r.As = "POST /payments/{id}/refund", "refundPayment" }), ada(), "POST", "/payments/7/refund", 403, "",
			"Mutation.refundPayment @requiresScopes forbidden", "", "", "",
		},
		"a read of a route that writes, too": {
			payments(func(r *Route) { r.Match, r.As = "GET,POST /payments/{id}", "refundPayment" }), ada(), "GET", "/payments/700", 200, "", "", "", `{"id":700,"order_id":70}`, `{"id":700,"order_id":70}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := says(c.body)
			d := opened(t, s, c.route)
			d.records.users = buyers()
			w := d.askAs(t, c.caller, c.method, c.target, "")
			if c.status == http.StatusForbidden && c.challenge == "" {
				c.challenge = auth.ChallengeScope
			}
			if w.Code != c.status || w.Header().Get("WWW-Authenticate") != c.challenge || len(s.asked) > 0 != (c.status == 200) {
				t.Errorf("%d %v %s, and the service was asked %d times", w.Code, w.Header(), w.Body, len(s.asked))
			}
			if c.status == 200 && w.Body.String() != c.shown {
				t.Errorf("it shows %s, want %s", w.Body, c.shown)
			}
			if got := strings.Join(d.denied(t), "\n"); got != c.denied {
				t.Errorf("the audit has %s, want %s", got, c.denied)
			}
		})
	}
}

func TestWhatIsWithheldReachesTheAuditByRule(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		caller auth.Principal
		method string
		body   string
		want   []string
	}{
		"one's own":  {users(nil), ada(), "GET", userSeven, nil},
		"another's":  {users(nil), ada(), "GET", userEight, []string{"User.address @sensitive not_owner", "User.createdAt @owner not_owner", "User.email @sensitive not_owner", "User.phone @sensitive not_owner", "User.role @owner not_owner", "User.status @owner not_owner", "User.updatedAt @owner not_owner"}},
		"of a list":  {orders(nil), ada(), "GET", `[` + strings.Repeat(orderEight+`,`, 20) + orderSeven + `]`, []string{"Order @owner not_owner"}},
		"one order":  {orders(nil), ada(), "GET", orderEight, []string{"Order @owner not_owner"}},
		"nobody's":   {orders(nil), ada(), "GET", `{"id":1}`, []string{"Order @owner not_owner"}},
		"HEAD":       {orders(nil), ada(), "HEAD", orderEight, []string{"Order @owner not_owner"}},
		"a payment":  {payments(nil), ada(), "GET", paidEight, []string{"Payment @owner not_owner"}},
		"to support": {users(nil), auth.Principal{ID: "1", Scopes: []string{"users:read"}}, "GET", userEight, []string{"User.address @sensitive not_owner", "User.email @sensitive not_owner", "User.phone @sensitive not_owner"}},
		"a machine":  {users(nil), auth.Principal{ID: "m", Scopes: []string{"users:read"}}, "GET", userEight, []string{"User.address @sensitive forbidden", "User.email @sensitive forbidden", "User.phone @sensitive forbidden"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, says(c.body), c.route)
			d.records.users = buyers()
			d.askAs(t, c.caller, c.method, strings.Replace(c.route.Match[len("GET "):], "{id}", "1", 1), "")
			text := d.denials.String()
			if diff := cmp.Diff(c.want, d.denied(t)); diff != "" {
				t.Error(diff)
			}
			for _, value := range []string{"Ada", "Bob", "e7", "e8", "424242", "paid"} {
				if strings.Contains(text, `"`+value) {
					t.Errorf("it has a value: %s", text)
				}
			}
			if strings.Count(text, `"times":`) != strings.Count(text, `"times":1,`) {
				t.Errorf("one answer counts several times: %s", text)
			}
		})
	}
}

func TestWhatIsShownToSomeOnlyIsExposedToNobody(t *testing.T) {
	const some = "is a member that not everybody may see: let the route return the type that has it, which says who may"
	expose := func(of func(func(*Route)) Route, returns string, public bool, paths ...string) Route {
		return of(func(r *Route) { r.Returns, r.Expose, r.Public = returns, paths, public })
	}
	reports(t, map[string]wrong{
		"a member":                       {expose(users, "", false, "/id", "email"), []string{"expose[1]: " + some}},
		"beside its type":                {expose(users, "User", false, "email"), []string{"expose[0]: " + some}},
		"within another":                 {expose(users, "User", false, "last/email/part"), []string{"expose[0]: " + some}},
		"what is in it":                  {expose(users, "", false, "address/geo"), []string{"expose[0]: " + some}},
		"what is in it, beside its type": {expose(users, "User", false, "address/geo"), nil},
		"by another name of the service": {users(func(r *Route) { r.Upstream, r.Returns, r.Expose = "legacy", "", []string{"phone"} }), []string{"expose[0]: " + some}},
		"of a part of the requests": {users(func(r *Route) {
			r.Split, r.Expose = []Share{{Weight: 1, Upstream: "order"}}, []string{"shipping_address"}
		}), []string{"expose[0]: " + some}},
		"of records that are somebody's": {expose(orders, "", false, "/total", "items/quantity"), []string{"expose[0]: " + some}},
		"of those beside another type": {expose(orders, "Product", false, "total"), []string{
			"returns: is a type whose records the product service has: by the rules of another type, members of the order service's records " +
				"would be shown to anybody",
		}},
		"of those beside their type":        {expose(orders, "Order", false, "notes", "total"), nil},
		"of a service without such a type":  {expose(products, "", true, "stock"), nil},
		"of a user, to callers with a name": {expose(users, "", false, "name"), nil},
		"of a user, to everybody":           {expose(users, "", true, "name"), []string{"expose[0]: " + some}},
		"around the records": {
			orders(func(r *Route) {
				r.Returns, r.Parts, r.Expose = "", map[string]string{"/items": "Order"}, []string{"/total", "/shipping_address", "/items/email"}
			}),
			[]string{"expose[1]: " + some},
		},
		"a part of records": {users(func(r *Route) { r.Returns = "Address" }), []string{"returns: is a part of other records, which say who may see it: return one of those"}},
		"a part of records in its place": {
			orders(func(r *Route) { r.Returns, r.Parts = "", map[string]string{"/items": "OrderItem"} }),
			[]string{"parts./items: is a part of other records, which say who may see it: return one of those"},
		},
		"scopes of nobody": {users(func(r *Route) { r.Public, r.Scopes = true, []string{"a"} }), []string{"public: lets in callers without a name, whom scopes keep out"}},
	})
}

func TestAnObjectThatIsExposedWholeHoldsNothingThatSomeDoNotSee(t *testing.T) {
	const sent = `{"last":{"email":"x","user_id":8,"shipping_address":{"city":"x"},"deep":[{"phone":"y","shipping\u005faddress":1,"kept":2}]}}`
	for upstream, want := range map[string]string{
		"user":  `{"last":{"user_id":8,"shipping_address":{"city":"x"},"deep":[{"shipping\u005faddress":1,"kept":2}]}}`,
		"order": `{"last":{"email":"x","user_id":8,"deep":[{"phone":"y","kept":2}]}}`,
	} {
		d := opened(t, says(sent), users(func(r *Route) { r.Upstream, r.Returns, r.Expose = upstream, "", []string{"last"} }))
		if w := d.askAs(t, ada(), "GET", "/users/7", ""); w.Body.String() != want {
			t.Errorf("of the %s service it shows %s, want %s", upstream, w.Body, want)
		}
	}
}

func TestNothingIsFoundOutWhereNothingDependsOnTheCaller(t *testing.T) {
	for name, c := range map[string]struct {
		route   Route
		decides bool
	}{
		"what everybody sees": {products(nil), false},
		"raw":                 {search(nil), false},
		"members":             {users(func(r *Route) { r.Returns, r.Expose = "", []string{"note"} }), false},
		"users":               {users(nil), true},
		"orders":              {orders(nil), true},
		"a mutation":          {profile(func(r *Route) { r.Returns, r.Expose = "", []string{"note"} }), true},
	} {
		d := opened(t, says("{}"), c.route)
		h := &handler{route: d.routes[0], policy: around(t).Policy, decides: d.routes[0].decides()}
		if got := h.viewOf(ada()) != nil; got != c.decides {
			t.Errorf("%s: it is found out what the caller sees: %t", name, got)
		}
	}
}

func TestAViewIsOfOneRequest(t *testing.T) {
	d := opened(t, says(`[`+userSeven+`,`+userEight+`]`), users(nil))
	first := d.askAs(t, ada(), "GET", "/users/1", "").Body.String()
	second := d.askAs(t, auth.Principal{ID: "8"}, "GET", "/users/1", "").Body.String()
	if again := d.askAs(t, ada(), "GET", "/users/1", "").Body.String(); again != first || second == first || !strings.Contains(second, "e8") || strings.Contains(second, "e7") {
		t.Errorf("got %s, %s and %s", first, second, again)
	}
}
