package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// shop is a configuration that keeps all that there is, for everybody, and says which records of others a write changes.
func shop() string {
	return caching(everyDoor(),
		"user: {depends: nothing}", `product: {depends: nothing, single: "/products/{id}"}`,
		"order: {depends: nothing, touches: {product: [items/product_id]}}", "payment: {depends: nothing, touches: {order: [order_id]}}")
}

// around7 are reads of what belongs to user 7, by what they are of. Order 7 is paid by payment 4994, and has three products, of which
// 190 is one.
func around7() map[string]string {
	return map[string]string{
		"the user":             "customer { me { phone address { street } } }",
		"the user's summary":   "support GET /v2/users/7/summary",
		"the user's route":     "customer GET /v2/users/7",
		"users":                "support { users(first: 9) { nodes { phone address { street } } } }",
		"users by ids":         "support GET /v2/users?ids=7,8",
		"the order":            "customer { order(id: 7) { status items { quantity } } }",
		"the order's route":    "customer GET /v2/orders/7",
		"orders":               "support { orders(first: 9) { nodes { status } } }",
		"orders of the user":   "customer { me { orders(first: 9) { nodes { status } } } }",
		"orders of that route": "customer GET /v2/orders?user_ids=7",
		"the payment":          "customer { payment(id: 4994) { status } }",
		"the order's payment":  "customer { order(id: 7) { payment { status } } }",
		"the product":          "nobody { product(id: 190) { name stock } }",
		"products":             "nobody { products(first: 3) { nodes { stock } } }",
		"the product's route":  "nobody GET /v2/products/190",
		"another user":         "stranger { me { email } }",
		"another order":        "stranger { order(id: 8) { status } }",
		"another payment":      "stranger { payment(id: 4993) { status } }",
		"another product":      "nobody { product(id: 2) { name } }",
	}
}

// warm asks for everything twice, and checks that it is known then.
func (p *program) warm(t *testing.T, reads map[string]string) {
	t.Helper()
	for _, each := range reads {
		p.read(t, each)
	}
	for name, each := range reads {
		if asked := p.asking(func() { p.read(t, each) }); asked != "" {
			t.Errorf("%s is not kept: services were asked %s", name, asked)
		}
	}
}

func TestAWriteEndsWhatItChanged(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, anonymous(shop()), forAll)
	plain := startBefore(t, p.services, anonymous(everyDoor()))
	ofUser := "the user, the user's summary, the user's route, users, users by ids"
	ofOrder := "the order, the order's route, orders, orders of the user, orders of that route"
	ofPayment := "the payment, the order's payment"
	ofProduct := "the product, products, the product's route"
	const to = `shippingAddress: {street: "Somewhere 1", city: "Town", zip: "1"}`
	for i, c := range []struct{ name, write, answers, ends string }{
		{"updateProfile", `customer mutation { updateProfile(input: {phone: "+1 555 7"}) { user { phone } } }`, "+1 555 7", ofUser},
		{"a profile by REST", "customer PATCH /v2/me\nContent-Type: application/json\n\n{\"phone\": \"+1 555 8\"}", "+1 555 8", ofUser},
		{"payOrder", `customer mutation { payOrder(input: {orderId: 7, method: PAYPAL}) { payment { status } } }`, "CAPTURED", ofPayment + ", " + ofOrder},
		{"an order by REST", "admin PATCH /v2/orders/7\nContent-Type: application/json\n\n{\"status\": \"cancelled\"}", "cancelled", ofOrder + ", " + ofProduct},
		{"refundPayment", `admin mutation { refundPayment(id: 4994) { payment { status } } }`, "REFUNDED", ofPayment + ", " + ofOrder},
		{"placeOrder", `customer mutation { placeOrder(input: {items: [{productId: 190, quantity: 1}], ` + to + `}) { order { status } } }`, "PENDING", "orders, orders of the user, orders of that route, " + ofProduct},
		{"placing by REST", "customer POST /v2/orders\nContent-Type: application/json\n\n{\"items\": [{\"productId\": \"190\", \"quantity\": 1}], \"shippingAddress\": {\"street\": \"1\", \"city\": \"a\", \"zip\": \"1\"}}", "PENDING", "orders, orders of the user, orders of that route, " + ofProduct},
	} {
		t.Run(c.name, func(t *testing.T) {
			reads := around7()
			p.warm(t, reads)
			for path, of := range map[string]string{"/users/7": demo.User, "/products/190": demo.Product, "/products/1": demo.Product, "/products/2": demo.Product} {
				member := map[string]string{demo.User: `"address": {"street": "%d", "city": "a", "zip": "1"}`, demo.Product: `"stock": %d`}[of]
				p.change(t, of, path, fmt.Sprintf("{"+member+"}", 1000+i)) // which the gateway finds out where it asks
			}
			if r := p.read(t, c.write); r.status/100 != 2 || !bytes.Contains(r.body, []byte(c.answers)) {
				t.Fatalf("it is answered with %d %s", r.status, r.body)
			}
			for name, each := range reads {
				var got reply
				asked := p.asking(func() { got = p.read(t, each) })
				if want := plain.read(t, each); listed(c.ends, name) && !bytes.Equal(got.body, want.body) {
					t.Errorf("%s is %s, and should be %s", name, got.body, want.body)
				}
				if strings.HasPrefix(name, "another ") && asked != "" {
					t.Errorf("%s is not kept any more: services were asked %s", name, asked)
				}
			}
		})
	}
}

// listed reports whether a name is one of a list.
func listed(list, name string) bool {
	for each := range strings.SplitSeq(list, ", ") {
		if each == name {
			return true
		}
	}
	return false
}

// What became of a write may be unknown, or known to be nothing.
func TestAWriteThatMayHaveBeenDoneCountsAsDone(t *testing.T) {
	t.Parallel()
	writes := map[string]string{
		"by GraphQL": `customer mutation { updateProfile(input: {phone: "+1 555 9"}) { user { phone } } }`,
		"by REST":    "customer PATCH /v2/me\nContent-Type: application/json\n\n{\"phone\": \"+1 555 9\"}",
	}
	for name, c := range map[string]struct {
		fault demo.Fault
		done  bool
		asks  string
	}{
		"done":                      {demo.Fault{}, true, "user GET /users?ids=7"},
		"done, and answered by 500": {demo.Fault{Status: 500}, true, "user GET /users?ids=7"},
		"done, and answered by 503": {demo.Fault{Status: 503}, true, "user GET /users?ids=7"},
		"done, and cut off":         {demo.Fault{Truncate: true}, true, "user GET /users?ids=7"},
		"done, and never answered":  {demo.Fault{Hang: true}, true, "user GET /users?ids=7"},
		"refused":                   {demo.Fault{Status: 409}, false, ""},
		"forbidden":                 {demo.Fault{Status: 403}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			yaml := strings.Replace(steadfast(shop()), "\n  user:\n", "\n  user:\n    timeouts: {header: 1s, total: 1s}\n", 1)
			p := startKeeping(t, yaml, forAll)
			for by, write := range writes {
				p.read(t, "customer { me { phone } }")
				if c.done { // though nobody hears of it
					p.change(t, demo.User, "/users/7", `{"phone": "+1 555 `+by+`"}`)
				}
				fault := c.fault
				fault.Method = http.MethodPatch
				p.services.SetFault(demo.User, fault)
				p.read(t, write)
				p.services.ClearFaults()
				var got reply
				if asked := p.asking(func() { got = p.read(t, "customer { me { phone } }") }); asked != c.asks {
					t.Errorf("%s: after the write, services were asked %q", by, asked)
				}
				if c.done && c.fault.Status+len(c.fault.Body) > 0 && !bytes.Contains(got.body, []byte(by)) {
					t.Errorf("%s: after the write, it is answered with %s", by, got.body)
				}
			}
		})
	}
}

// change changes a record behind the gateway's back.
func (p *program) change(t *testing.T, service, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, p.services.URLs(service)[0]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if r := send(t, req); r.status != http.StatusOK {
		t.Fatalf("the change is answered with %d %s", r.status, r.body)
	}
}

// What was being fetched when it was written is what there was before, for those who asked before, and for nobody else.
func TestWhatWasBeingFetchedWhenItWasWrittenIsNotKept(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]string{
		"an operation": "customer { me { phone } }",
		"a route":      "customer GET /v2/users/7",
		"many":         "support { a: user(id: 7) { phone } b: user(id: 8) { phone } }",
		"a list":       "support { users(first: 9) { nodes { phone } } }",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			brake := newBrake(demo.User, func(r *http.Request) bool { return r.Method == http.MethodGet })
			p := startKeeping(t, patient(shop()), forAll, brake.wrap)
			before, after := make(chan reply, 1), make(chan reply, 1)
			go func() { before <- p.read(t, read) }()
			brake.await(t, 1)
			if r := p.read(t, `customer mutation { updateProfile(input: {phone: "+1 555 10"}) { userErrors { code } } }`); !bytes.Contains(r.body, []byte(`"userErrors":[]`)) {
				t.Fatalf("the write is answered with %s", r.body)
			}
			go func() { after <- p.read(t, read) }()
			brake.await(t, 2) // it does not wait for what was asked before
			brake.release()
			old, recent := <-before, <-after
			if bytes.Contains(old.body, []byte("+1 555 10")) || !bytes.Contains(recent.body, []byte("+1 555 10")) {
				t.Errorf("before, it is answered with %s, and then with %s", old.body, recent.body)
			}
			for range 3 {
				if again := p.read(t, read); withoutIDs(again) != withoutIDs(recent) {
					t.Errorf("then it is answered with %s, and before with %s", again.body, recent.body)
				}
			}
		})
	}
}

func TestAMutationSeesWhatItHasChanged(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, shop(), forAll)
	p.warm(t, map[string]string{"the user": "customer { me { name phone orders(first: 2) { nodes { status } } } }"})
	r := p.read(t, `customer mutation { a: updateProfile(input: {phone: "+1 555 11"}) { user { phone orders(first: 2) { nodes { id } } } } b: updateProfile(input: {name: "Somebody"}) { user { phone name } } }`)
	if want := `"b":{"user":{"phone":"+1 555 11","name":"Somebody"}}`; !bytes.Contains(r.body, []byte(want)) {
		t.Errorf("it is answered with %s, without %s", r.body, want)
	}
	if r := p.read(t, "customer { me { name phone orders(first: 2) { nodes { status } } } }"); !strings.Contains(string(r.body), `"name":"Somebody","phone":"+1 555 11"`) {
		t.Errorf("then it is answered with %s", r.body)
	}
}
