package contract

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// before runs the sample services, and returns the configuration by which they are called.
func before(t *testing.T) (*demo.Services, upstreams.Config) {
	t.Helper()
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	config := upstreams.DefaultConfig()
	config.User.Transport.URLs = services.URLs(demo.User)
	config.Order.Transport.URLs = services.URLs(demo.Order)
	config.Product.Transport.URLs = services.URLs(demo.Product)
	config.Payment.Transport.URLs = services.URLs(demo.Payment)
	return services, config
}

func TestTheSampleServicesRecordsAreAsDescribed(t *testing.T) {
	services, config := before(t)
	seen, err := Live(t.Context(), config)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"user: one record", "order: one record", "product: one record", "payment: one record"}, seen); diff != "" {
		t.Error(diff)
	}
	var calls []string
	for _, call := range services.Calls() {
		calls = append(calls, call.String())
	}
	want := []string{
		"user GET /users?limit=1&offset=0", "order GET /orders?limit=20&offset=0", "product GET /products?limit=1&offset=0",
		"payment GET /payments?order_ids=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

func TestRecordsAreAskedForAsTheServiceTakesKeys(t *testing.T) {
	_, config := before(t)
	for _, style := range []rest.Style{rest.Repeated, rest.None} {
		config.Payment.REST.Batch.Style = style
		if _, err := Live(t.Context(), config); err != nil {
			t.Error(err)
		}
	}
}

// oneOf is what a service answers about one id, to be changed.
func oneOf(t *testing.T, url string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var one map[string]any
	if err := json.Unmarshal(body, &one); err != nil {
		t.Fatal(err)
	}
	return one
}

func TestMembersThatDriftedAreNamedWithoutTheirValues(t *testing.T) {
	services, config := before(t)
	for name, c := range map[string]struct {
		service, path string
		change        func(map[string]any)
		want          []string
	}{
		"a member has another name": {
			demo.User, "/users", func(u map[string]any) { u["e_mail"] = u["email"]; delete(u, "email") },
			[]string{
				"the user service's GET /users /e_mail against upstreams/user/openapi.yaml #/components/schemas/User/properties: there is no member of this name",
				"the user service's GET /users /email against upstreams/user/openapi.yaml #/components/schemas/User/properties/email: it is missing",
			},
		},
		"a member has another type": {
			demo.Product, "/products", func(p map[string]any) { p["name"] = 8675309 },
			[]string{
				"the product service's GET /products against upstreams/product Product: the record cannot be read: a JSON number does not fit the member /name",
				"the product service's GET /products /name against upstreams/product/openapi.yaml #/components/schemas/Product/properties/name: it is an integer, and said to be a string",
			},
		},
		"a member is null": {
			demo.Order, "/orders", func(o map[string]any) { o["shipping_address"] = nil },
			[]string{
				"the order service's GET /orders /shipping_address against upstreams/order/openapi.yaml #/components/schemas/Order/properties/shipping_address: it is null, which is not said",
			},
		},
		"a value is new": {
			demo.Order, "/orders", func(o map[string]any) { o["status"] = "canary-status" },
			[]string{
				"the order service's GET /orders /status against upstreams/order Order: the value is not known: it shows UNKNOWN",
				"the order service's GET /orders /status against upstreams/order/openapi.yaml #/components/schemas/Order/properties/status/enum: it is a value that is not listed",
			},
		},
		"a moment is none": {
			demo.Order, "/orders", func(o map[string]any) { o["created_at"] = "canary-moment" },
			[]string{
				"the order service's GET /orders against upstreams/order Order: the record cannot be read: a JSON string does not fit the member /created_at",
				"the order service's GET /orders /created_at against upstreams/order/openapi.yaml #/components/schemas/Order/properties/created_at/format: it is not of the format date-time",
			},
		},
		"a member of a part has another type": {
			demo.Order, "/orders", func(o map[string]any) { o["items"].([]any)[1].(map[string]any)["quantity"] = "canary-quantity" },
			[]string{
				"the order service's GET /orders against upstreams/order Order: the record cannot be read: a JSON string does not fit the member /items/1/quantity",
				"the order service's GET /orders /items/1/quantity against upstreams/order/openapi.yaml #/components/schemas/Line/properties/quantity: it is a string, and said to be an integer",
			},
		},
		"an integer is too large": {
			demo.Product, "/products", func(p map[string]any) { p["stock"] = 8675309000 },
			[]string{
				"the product service's GET /products against upstreams/product Product: the record cannot be read: a JSON number does not fit the member /stock",
				"the product service's GET /products /stock against upstreams/product/openapi.yaml #/components/schemas/Product/properties/stock: it is a number beyond the bounds",
			},
		},
		"a payment that is found by its order": {
			demo.Payment, "/payments", func(p map[string]any) { p["card_number"] = []any{"canary-card"} },
			[]string{
				"the payment service's GET /payments against upstreams/payment Payment: the record cannot be read: a JSON array does not fit the member /card_number",
				"the payment service's GET /payments /card_number against upstreams/payment/openapi.yaml #/components/schemas/Payment/properties/card_number: it is an array, and said to be a string",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			one := oneOf(t, services.URLs(c.service)[0]+c.path+"/1")
			c.change(one)
			body, err := json.Marshal([]any{one})
			if err != nil {
				t.Fatal(err)
			}
			services.SetFault(c.service, demo.Fault{Body: string(body)})
			defer services.ClearFaults()
			_, err = Live(t.Context(), config)
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
			for _, value := range []string{"canary", "8675309"} {
				if err != nil && strings.Contains(err.Error(), value) {
					t.Errorf("the value %s is said: %v", value, err)
				}
			}
		})
	}
}

func TestAServiceThatDoesNotAnswerAsOneIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		fault demo.Fault
		want  []string
		seen  string
	}{
		"it fails": {
			demo.Fault{Status: 500},
			[]string{"the user service's GET /users: the answer has the status 500"},
			"",
		},
		"it closes the connection": {
			demo.Fault{CloseConnection: true},
			[]string{"the user service: there is no answer: UPSTREAM_UNAVAILABLE"},
			"",
		},
		"it answers half": {
			demo.Fault{Truncate: true},
			[]string{"the user service: there is no answer: UPSTREAM_UNAVAILABLE"},
			"",
		},
		"it answers in no JSON": {
			demo.Fault{Body: "<canary>"},
			[]string{"the user service's GET /users: the answer is not JSON from byte 0 on"},
			"",
		},
		"it answers in something else": {
			demo.Fault{Body: `"canary"`},
			[]string{
				"the user service's GET /users against upstreams/user User: the record cannot be read: a JSON string does not fit the member ",
				"the user service's GET /users against upstreams/user/openapi.yaml #/components/responses/list/content/application~1json/schema/items: it is a string, and said to be an object",
			},
			"",
		},
		"it has no record": {demo.Fault{Body: `[]`}, nil, "user: there is no record"},
	} {
		t.Run(name, func(t *testing.T) {
			services, config := before(t)
			services.SetFault(demo.User, c.fault)
			seen, err := Live(t.Context(), config)
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
			if c.seen != "" && seen[0] != c.seen {
				t.Errorf("seen %q, want %q", seen, c.seen)
			}
		})
	}
}

func TestWithoutOrdersThereIsNoPaymentToAskFor(t *testing.T) {
	services, config := before(t)
	services.SetFault(demo.Order, demo.Fault{Body: `[]`})
	seen, err := Live(t.Context(), config)
	want := []string{"user: one record", "order: there is no record", "product: one record", "payment: not asked, for want of an order"}
	if diff := cmp.Diff(want, seen); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
