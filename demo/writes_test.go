package demo_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// noon is the time of all writes in these tests.
func noon() time.Time { return time.Date(2026, time.May, 4, 12, 0, 0, 123456789, time.UTC) }

// writable runs services whose clock stands still.
func writable(t *testing.T) *demo.Services {
	t.Helper()
	return start(t, demo.Options{Now: noon})
}

// wrote checks the status of a write, reads the record back through the other endpoint, and returns it.
func wrote[T any](t *testing.T, services *demo.Services, got reply, status int, location string) T {
	t.Helper()
	if got.status != status {
		t.Fatalf("got status %d, want %d: %s", got.status, status, got.body)
	}
	if status == http.StatusCreated && got.header.Get("Location") != location {
		t.Errorf("got Location %q, want %q", got.header.Get("Location"), location)
	}
	if cache := got.header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", cache)
	}
	noun, _, _ := strings.Cut(location[1:], "/")
	other := services.URLs(strings.TrimSuffix(noun, "s"))[1]
	if kept := get(t, services, other+location); kept != got.body {
		t.Errorf("got %s, but %s reads %s", got.body, location, kept)
	}
	if !strings.Contains(got.body, `"updated_at":"2026-05-04T12:00:00.123Z"`) {
		t.Errorf("got %s, want the time of the write in it", got.body)
	}
	return parse[T](t, got.body)
}

func TestAUserIsCreatedAndChanged(t *testing.T) {
	services := writable(t)
	answer := ask(t, services, "POST", "/users", `{
		"name": "Ada Park", "username": "ada", "email": "ada@example.org",
		"address": {"street": "1 Elm", "city": "Troy", "zip": "12180"}}`)
	made := wrote[user](t, services, answer, 201, "/users/1001")
	want := user{
		ID: 1001, Name: "Ada Park", Username: "ada", Email: "ada@example.org", Role: "customer", Status: "active",
		PasswordHash: "pw-hash-canary-1001", APIToken: "api-token-canary-1001", Address: address{"1 Elm", "Troy", "12180"},
		CreatedAt: noon().Truncate(time.Millisecond), UpdatedAt: noon().Truncate(time.Millisecond),
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
	answer = ask(t, services, "PATCH", "/users/1001", `{"phone": "555", "address": {"city": "Ithaca"}}`)
	changed := wrote[user](t, services, answer, 200, "/users/1001")
	want.Phone, want.Address.City = "555", "Ithaca"
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error(diff)
	}
	answer = ask(t, services, "POST", "/users", `{"name": "B", "username": "b", "email": "b@b.org", "role": "admin"}`)
	wrote[user](t, services, answer, 201, "/users/1002")
	if got := len(parse[[]user](t, get(t, services, "/users?offset=1000"))); got != 2 {
		t.Errorf("got %d new users in the list, want 2", got)
	}
}

func TestAPatchKeepsWhatItDoesNotName(t *testing.T) {
	services := writable(t)
	was := parse[user](t, get(t, services, "/users/7"))
	got := wrote[user](t, services, ask(t, services, "PATCH", "/users/7", `{"email": "new@example.org"}`), 200, "/users/7")
	was.Email, was.UpdatedAt = "new@example.org", got.UpdatedAt
	if diff := cmp.Diff(was, got); diff != "" {
		t.Error(diff)
	}
}

func TestAProductIsCreatedAndChanged(t *testing.T) {
	services := writable(t)
	made := wrote[product](t, services, ask(t, services, "POST", "/products",
		`{"name": "Tea & <Toast>", "sku": "TEA-1", "price": 4.5, "category": "kitchen", "stock": 3}`), 201, "/products/501")
	want := product{
		ID: 501, Name: "Tea & <Toast>", SKU: "TEA-1", Price: 450, Currency: "USD", Category: "kitchen", Stock: 3,
		SupplierCost: 820050182, SupplierID: 22, CreatedAt: made.CreatedAt, UpdatedAt: made.UpdatedAt,
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
	answer := ask(t, services, "PATCH", "/products/501", `{"price": 19.99, "stock": 0}`)
	changed := wrote[product](t, services, answer, 200, "/products/501")
	want.Price, want.Stock = 1999, 0
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error(diff)
	}
	if got := parse[[]product](t, get(t, services, "/products?category=kitchen&offset=50")); len(got) != 1 || got[0].ID != 501 {
		t.Errorf("got %v as new products of the category, want 501", got)
	}
}

func TestAnOrderIsPricedFromItsProducts(t *testing.T) {
	services := writable(t)
	ask(t, services, "PATCH", "/products/3", `{"price": 10.01}`)
	ask(t, services, "PATCH", "/products/4", `{"price": 0.99}`)
	before := get(t, services, "/orders/1")
	made := wrote[order](t, services, ask(t, services, "POST", "/orders", `{
		"user_id": 7, "items": [{"product_id": 3, "quantity": 3}, {"product_id": 4, "quantity": 1}],
		"shipping_address": {"street": "1 Elm", "city": "Troy", "zip": "12180"}, "notes": "Ring twice"}`), 201, "/orders/5001")
	if made.Total != 3*1001+99 || made.Currency != "USD" || made.Items[0].UnitPrice != 1001 {
		t.Errorf("got a total of %d %s and the lines %+v", made.Total, made.Currency, made.Items)
	}
	if made.UserID != 7 || made.Status != "pending" || made.ShippingAddress.City != "Troy" || made.Notes != "Ring twice" {
		t.Errorf("got %+v", made)
	}
	if got := get(t, services, "/orders/1"); got != before {
		t.Errorf("an old order changed with a price: got %s, want %s", got, before)
	}
	if diff := cmp.Diff([]int{7, 1007, 2007, 3007, 4007, 5001}, idsOf(t, get(t, services, "/orders?user_ids=7"))); diff != "" {
		t.Error(diff)
	}
}

func TestAnOrderWithoutAnAddressGoesHome(t *testing.T) {
	services := writable(t)
	home := parse[user](t, get(t, services, "/users/7")).Address
	answer := ask(t, services, "POST", "/orders", `{"user_id": 7, "items": [{"product_id": 3, "quantity": 1}]}`)
	made := wrote[order](t, services, answer, 201, "/orders/5001")
	if diff := cmp.Diff(home, made.ShippingAddress); diff != "" {
		t.Error(diff)
	}
	ask(t, services, "POST", "/users", `{"name": "B", "username": "b", "email": "b@b.org"}`)
	refused(t, ask(t, services, "POST", "/orders", `{"user_id": 1001, "items": [{"product_id": 3, "quantity": 1}]}`), 422,
		mistake{"shipping_address", "REQUIRED"})
}

func TestANewOrderIsPaidAndRefunded(t *testing.T) {
	services := writable(t)
	ask(t, services, "POST", "/orders", `{"user_id": 7, "items": [{"product_id": 3, "quantity": 2}]}`)
	if got := get(t, services, "/payments?order_ids=5001"); got != "[]" {
		t.Errorf("got payments %s of an order that nobody paid", got)
	}
	placed := parse[order](t, get(t, services, "/orders/5001"))
	made := wrote[payment](t, services, ask(t, services, "POST", "/payments",
		`{"order_id": 5001, "method": "card", "card_number": "4111111111111111"}`), 201, "/payments/5001")
	if made.Status != "captured" || made.Amount != placed.Total || *made.CardNumber != "4111111111111111" {
		t.Errorf("got %+v", made)
	}
	if got := parse[order](t, get(t, services, "/orders/5001")).Status; got != "paid" {
		t.Errorf("got an order that is %s, want paid", got)
	}
	refunded := wrote[payment](t, services, ask(t, services, "POST", "/payments/5001/refund", ""), 200, "/payments/5001")
	if refunded.Status != "refunded" {
		t.Errorf("got a payment that is %s, want refunded", refunded.Status)
	}
	if got := parse[order](t, get(t, services, "/orders/5001")).Status; got != "refunded" {
		t.Errorf("got an order that is %s, want refunded", got)
	}
	refused(t, ask(t, services, "POST", "/payments/5001/refund", `{"reason": "twice"}`), 409, mistake{"status", "NOT_REFUNDABLE"})
	again := ask(t, services, "POST", "/payments", `{"order_id": 5001, "method": "paypal"}`)
	refused(t, again, 409, mistake{"status", "NOT_PAYABLE"})
}

func TestAPaymentThatWaitsIsTheOneThatIsTaken(t *testing.T) {
	services := writable(t)
	answer := ask(t, services, "POST", "/payments", `{"order_id": 7, "method": "paypal"}`)
	made := wrote[payment](t, services, answer, 201, "/payments/4994")
	if made.Status != "captured" || made.Method != "paypal" || made.CardNumber != nil || made.OrderID != 7 {
		t.Errorf("got %+v", made)
	}
	if got := len(parse[[]payment](t, get(t, services, "/payments?order_ids=7"))); got != 1 {
		t.Errorf("got %d payments of one order, want 1", got)
	}
	if got := parse[order](t, get(t, services, "/orders/7")).Status; got != "paid" {
		t.Errorf("got an order that is %s, want paid", got)
	}
}

func TestOrdersAreCancelledBeforeTheyAreShipped(t *testing.T) {
	for name, tt := range map[string]struct {
		order           string
		payment, status string
	}{
		"pending": {"/orders/1", "/payments/5000", "failed"},
		"paid":    {"/orders/2", "/payments/4999", "captured"},
	} {
		t.Run(name, func(t *testing.T) {
			services := writable(t)
			got := wrote[order](t, services, ask(t, services, "PATCH", tt.order, `{"status": "cancelled"}`), 200, tt.order)
			if got.Status != "cancelled" {
				t.Errorf("got %s, want cancelled", got.Status)
			}
			if got := parse[payment](t, get(t, services, tt.payment)).Status; got != tt.status {
				t.Errorf("got a payment that is %s, want %s", got, tt.status)
			}
			refused(t, ask(t, services, "PATCH", tt.order, `{"status": "cancelled"}`), 409, mistake{"status", "NOT_CANCELLABLE"})
		})
	}
	services := writable(t)
	for _, target := range []string{"/orders/3", "/orders/4", "/orders/5", "/orders/6"} {
		refused(t, ask(t, services, "PATCH", target, `{"status": "cancelled"}`), 409, mistake{"status", "NOT_CANCELLABLE"})
	}
}

func TestWritesThatMakeNoSenseAreRefused(t *testing.T) {
	services := writable(t)
	long := strings.Repeat("é", 201)
	const newUser, newOrder, newProduct, newPayment = "POST /users", "POST /orders", "POST /products", "POST /payments"
	for _, tt := range []struct {
		name, request, body string
		status              int
		errors              string
	}{
		{"no body", newUser, ``, 400, ""},
		{"cut off", newUser, `{"name": "A`, 400, ""},
		{"trailing text", newUser, `{} {}`, 400, ""},
		{"member twice", newUser, `{"name": "A", "name": "B"}`, 400, ""},
		{"bytes that are not UTF-8", newUser, "{\"name\": \"\xff\"}", 400, ""},
		{"no object", newUser, `[]`, 422, "INVALID"},
		{"nothing given", newUser, `{}`, 422, "name REQUIRED, email REQUIRED, username REQUIRED"},
		{"unknown member", newUser, `{"id": 7}`, 422, "id UNKNOWN_MEMBER"},
		{"wrong type", newUser, `{"name": 7}`, 422, "name INVALID"},
		{"wrong type inside", newUser, `{"address": {"zip": 12180}}`, 422, "address.zip INVALID"},
		{
			"bad values", newUser,
			`{"name": "` + long + `", "username": "a", "email": "nobody", "role": "root", "address": {"city": "Troy"}}`,
			422, "name TOO_LONG, email INVALID, address.street REQUIRED, address.zip REQUIRED, role INVALID",
		},
		{"named address", "PATCH /users/1", `{"email": "Ada <ada@example.org>"}`, 422, "email INVALID"},
		{"emptied", "PATCH /users/1", `{"name": null}`, 422, "name REQUIRED"},
		{"role", "PATCH /users/1", `{"role": "admin"}`, 422, "role UNKNOWN_MEMBER"},
		{"nobody", "PATCH /users/1001", `{"name": "A"}`, 404, ""},

		{"nothing ordered", newOrder, `{}`, 422, "user_id REQUIRED, items REQUIRED"},
		{
			"unknown product", newOrder,
			`{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}, {"product_id": 501, "quantity": 0}]}`,
			422, "items[1].quantity OUT_OF_RANGE, items[1].product_id UNKNOWN_PRODUCT",
		},
		{
			"unknown user", newOrder,
			`{"user_id": 1001, "items": [{"product_id": 1, "quantity": 1}]}`,
			422, "user_id UNKNOWN_USER",
		},
		{
			"half an item", newOrder,
			`{"user_id": 1, "items": [{"product_id": 1, "quantity": 1.5}]}`,
			422, "items[0].quantity INVALID",
		},
		{
			"own price", newOrder,
			`{"user_id": 1, "items": [{"product_id": 1, "unit_price": 0.01}]}`,
			422, "items[0].unit_price UNKNOWN_MEMBER",
		},
		{"another status", "PATCH /orders/1", `{"status": "shipped"}`, 422, "status INVALID"},
		{"no status", "PATCH /orders/1", `{}`, 422, "status REQUIRED"},
		{"no order", "PATCH /orders/5001", `{"status": "cancelled"}`, 404, ""},

		{"no price", newProduct, `{"name": "A", "sku": "A", "category": "a"}`, 422, "price OUT_OF_RANGE"},
		{"price in thirds", newProduct, `{"price": 0.333}`, 422, "price INVALID"},
		{"price as text", newProduct, `{"price": "1.00"}`, 422, "price INVALID"},
		{"price with exponent", newProduct, `{"price": 1e2}`, 422, "price INVALID"},
		{
			"another currency", newProduct,
			`{"name": "A", "sku": "A", "category": "a", "price": 1, "currency": "EUR"}`,
			422, "currency INVALID",
		},
		{"negative", "PATCH /products/1", `{"stock": -1, "price": -1}`, 422, "price OUT_OF_RANGE, stock OUT_OF_RANGE"},
		{"no product", "PATCH /products/501", `{"stock": 1}`, 404, ""},

		{"nothing paid", newPayment, `{}`, 422, "method REQUIRED, order_id REQUIRED"},
		{
			"unknown order", newPayment,
			`{"order_id": 5001, "method": "cash"}`,
			422, "method INVALID, order_id UNKNOWN_ORDER",
		},
		{
			"bad card", newPayment,
			`{"order_id": 1, "method": "card", "card_number": "4111-1111"}`,
			422, "card_number INVALID",
		},
		{
			"card for paypal", newPayment,
			`{"order_id": 1, "method": "paypal", "card_number": "4111111111111111"}`,
			422, "card_number INVALID",
		},
		{"shipped", newPayment, `{"order_id": 3, "method": "card"}`, 409, "status NOT_PAYABLE"},
		{"no payment", "POST /payments/5001/refund", `{}`, 404, ""},
		{"not taken yet", "POST /payments/5000/refund", ``, 409, "status NOT_REFUNDABLE"},
		{"unknown in refund", "POST /payments/4999/refund", `{"amount": 1}`, 422, "amount UNKNOWN_MEMBER"},

		{"too large", newUser, `{"name": "` + strings.Repeat("a", 1<<20) + `"}`, 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method, target, _ := strings.Cut(tt.request, " ")
			refused(t, ask(t, services, method, target, tt.body), tt.status, mistakes(tt.errors)...)
		})
	}
	for _, noun := range []string{"/users?offset=1000", "/orders?offset=5000", "/products?offset=500"} {
		if got := get(t, services, noun); got != "[]" {
			t.Errorf("a refused write made %s", got)
		}
	}
}

// mistakes reads a list such as "name REQUIRED, email INVALID". What is wrong with a whole body has no field.
func mistakes(list string) []mistake {
	var all []mistake
	for each := range strings.SplitSeq(list, ", ") {
		if field, code, ok := strings.Cut(each, " "); ok {
			all = append(all, mistake{field, code})
		} else if each != "" {
			all = append(all, mistake{"", each})
		}
	}
	return all
}

func TestAnUnprocessableBodyReadsAsThePromisedProblem(t *testing.T) {
	services := writable(t)
	got := ask(t, services, "POST", "/orders", `{"user_id": 1, "items": [{"product_id": 501, "quantity": 1}]}`)
	want := `{"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"the body is not valid",` +
		`"errors":[{"field":"items[0].product_id","code":"UNKNOWN_PRODUCT"}]}`
	if got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
}
