package contract

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/upstreams"
)

// described is a service's contract, read by a library that knows all of OpenAPI.
type described struct {
	document *openapi3.T
	router   routers.Router
	answered map[string]bool // the operations and statuses that were seen
}

func describe(t *testing.T, service string) *described {
	t.Helper()
	text, err := upstreams.Contract(service)
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatalf("the contract of the %s service: %v", service, err)
	}
	router, err := legacy.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return &described{document: document, router: router, answered: make(map[string]bool)}
}

func TestContractsAreOpenAPI(t *testing.T) {
	for service := range upstreams.DefaultConfig().All() {
		describe(t, service)
	}
}

// The sample services are driven through every operation and every status of their contracts, over their sockets.
func TestTheSampleServicesKeepTheirContracts(t *testing.T) {
	clock := new(clock)
	services, err := demo.Start(demo.Options{Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	contracts := make(map[string]*described)
	for _, name := range demo.Names() {
		contracts[name] = describe(t, name)
	}
	huge := fmt.Sprintf(`{"name": %q}`, strings.Repeat("a", 1<<20))
	for _, c := range []struct {
		service, method, target, body string
		status                        int
		refused                       bool // the contract does not allow the request either
	}{
		{"user", "GET", "/healthz", "", 200, false},
		{"user", "GET", "/users", "", 200, false},
		{"user", "GET", "/users?ids=1,2,1001", "", 200, false},
		{"user", "GET", "/users?limit=1000&offset=999", "", 200, false},
		{"user", "GET", "/users?limit=1001", "", 400, true},
		{"user", "GET", "/users?offset=-1", "", 400, true},
		{"user", "GET", "/users?ids=one", "", 400, true},
		{"user", "GET", "/users?ids=" + numbers101(), "", 400, true},
		{"user", "GET", "/users/7", "", 200, false},
		{"user", "GET", "/users/1001", "", 404, false},
		{"user", "POST", "/users", `{"name": "A", "username": "a", "email": "a@example.org"}`, 201, false},
		{"user", "POST", "/users", `{"name": "A", "username": "b", "email": "b@example.org", "role": "support", "phone": "5",
			"address": {"street": "1 Elm", "city": "Troy", "zip": "12180"}}`, 201, false},
		{"user", "GET", "/users?offset=1000", "", 200, false},
		{"user", "POST", "/users", `{`, 400, true},
		{"user", "POST", "/users", huge, 413, true},
		{"user", "POST", "/users", `{"id": 7}`, 422, true},
		{"user", "POST", "/users", `{"name": "A", "username": "a", "email": "a@example.org", "role": "root"}`, 422, true},
		{"user", "PATCH", "/users/7", `{"phone": "555", "address": {"city": "Ithaca"}}`, 200, false},
		{"user", "PATCH", "/users/7", ``, 400, true},
		{"user", "PATCH", "/users/7", huge, 413, true},
		{"user", "PATCH", "/users/7", `{"name": ""}`, 422, true},
		{"user", "PATCH", "/users/2000", `{}`, 404, false},

		{"order", "GET", "/healthz", "", 200, false},
		{"order", "GET", "/events", "", 200, false},
		{"order", "GET", "/orders", "", 200, false},
		{"order", "GET", "/orders?limit=1000&offset=1000", "", 200, false},
		{"order", "GET", "/orders?ids=1,5000,5001", "", 200, false},
		{"order", "GET", "/orders?user_id=7&limit=2&offset=1", "", 200, false},
		{"order", "GET", "/orders?user_ids=7,8&limit_each=2", "", 200, false},
		{"order", "GET", "/orders?user_ids=7&limit_each=0", "", 400, true},
		{"order", "GET", "/orders?user_ids=" + numbers101(), "", 400, true},
		{"order", "GET", "/orders/17", "", 200, false},
		{"order", "GET", "/orders/9000", "", 404, false},
		{"order", "POST", "/orders", `{"user_id": 7, "items": [{"product_id": 3, "quantity": 2}], "notes": "n"}`, 201, false},
		{"order", "POST", "/orders", `{"user_id": 7, "items": [{"product_id": 4, "quantity": 1}],
			"shipping_address": {"street": "1 Elm", "city": "Troy", "zip": "12180"}}`, 201, false},
		{"order", "POST", "/orders", `{"user_id"`, 400, true},
		{"order", "POST", "/orders", huge, 413, true},
		{"order", "POST", "/orders", `{"user_id": 7, "items": []}`, 422, true},
		{"order", "POST", "/orders", `{"user_id": 9000, "items": [{"product_id": 9000, "quantity": 1}]}`, 422, false},
		{"order", "PATCH", "/orders/5001", `{"status": "cancelled"}`, 200, false},
		{"order", "PATCH", "/orders/5001", `{"status": "cancelled"}`, 409, false},
		{"order", "PATCH", "/orders/5001", `{"status": "paid"}`, 422, true},
		{"order", "PATCH", "/orders/5001", `status`, 400, true},
		{"order", "PATCH", "/orders/5001", huge, 413, true},
		{"order", "PATCH", "/orders/9000", `{"status": "cancelled"}`, 404, false},

		{"product", "GET", "/healthz", "", 200, false},
		{"product", "GET", "/products?limit=500", "", 200, false},
		{"product", "GET", "/products?ids=1,2", "", 200, false},
		{"product", "GET", "/products?category=audio&limit=2", "", 200, false},
		{"product", "GET", "/products?limit=0", "", 400, true},
		{"product", "GET", "/products/3", "", 200, false},
		{"product", "GET", "/products/9000", "", 404, false},
		{"product", "POST", "/products", `{"name": "Tea", "sku": "T-1", "price": 4.5, "category": "kitchen"}`, 201, false},
		{"product", "POST", "/products", `{"name": "Tea", "sku": "T-1", "price": 4.5, "category": "kitchen", "currency": "USD"}`, 201, false},
		{"product", "POST", "/products", `{"name": "Tea", "sku": "T-1", "price": 0, "category": "kitchen"}`, 422, true},
		{"product", "POST", "/products", `{"price": "4.50"}`, 422, true},
		{"product", "POST", "/products", ``, 400, true},
		{"product", "POST", "/products", huge, 413, true},
		{"product", "PATCH", "/products/3", `{"price": 19.99, "stock": 0, "description": ""}`, 200, false},
		{"product", "PATCH", "/products/3", `{"stock": -1}`, 422, true},
		{"product", "PATCH", "/products/3", `{"stock": 1`, 400, true},
		{"product", "PATCH", "/products/3", huge, 413, true},
		{"product", "PATCH", "/products/9000", `{"stock": 1}`, 404, false},

		{"payment", "GET", "/healthz", "", 200, false},
		{"payment", "GET", "/payments?order_ids=1,2,3,4,5,6,9000", "", 200, false},
		{"payment", "GET", "/payments", "", 400, true},
		{"payment", "GET", "/payments?order_ids=" + numbers101(), "", 400, true},
		{"payment", "GET", "/events", "", 200, false},
		{"payment", "GET", "/payments/17", "", 200, false},
		{"payment", "GET", "/payments/18", "", 200, false},
		{"payment", "GET", "/payments/9000", "", 404, false},
		{"payment", "POST", "/payments", `{"order_id": 5002, "method": "card", "card_number": "4111111111111111"}`, 201, false},
		{"payment", "POST", "/payments", `{"order_id": 1, "method": "bank_transfer"}`, 201, false},
		{"payment", "POST", "/payments", `{"order_id": 1, "method": "card"}`, 409, false},
		{"payment", "POST", "/payments", `{"order_id": 1, "method": "cash"}`, 422, true},
		{"payment", "POST", "/payments", `{"order_id": 7, "method": "card", "card_number": "12"}`, 422, true},
		{"payment", "POST", "/payments", `{"order_id": 9000, "method": "card"}`, 422, false},
		{"payment", "POST", "/payments", `null,`, 400, true},
		{"payment", "POST", "/payments", huge, 413, true},
		{"payment", "POST", "/payments/5001/refund", ``, 200, false},
		{"payment", "POST", "/payments/5001/refund", `{"reason": "twice"}`, 409, false},
		{"payment", "POST", "/payments/5001/refund", `{"amount": 1}`, 422, true},
		{"payment", "POST", "/payments/5001/refund", `{`, 400, true},
		{"payment", "POST", "/payments/5001/refund", huge, 413, true},
		{"payment", "POST", "/payments/9000/refund", `{}`, 404, false},
	} {
		body := c.body[:min(len(c.body), 60)]
		t.Run(c.method+" "+c.target[:min(len(c.target), 60)]+" "+body, func(t *testing.T) {
			contracts[c.service].exchange(t, services.URLs(c.service)[0], c.method, c.target, c.body, c.status, c.refused)
		})
	}
	for service, target := range map[string]string{
		"user": "/users/7", "order": "/orders/17", "product": "/products/3", "payment": "/payments/17",
	} {
		url := services.URLs(service)[0]
		noun, _, _ := strings.Cut(target[1:], "/")
		for _, target := range []string{target, "/" + noun + "?" + map[bool]string{true: "order_ids=1", false: "ids=1"}[service == "payment"]} {
			tag := contracts[service].exchange(t, url, http.MethodGet, target, "", 200, false).Get("ETag")
			contracts[service].exchange(t, url, http.MethodGet, target, "", 304, false, "If-None-Match", tag)
		}
	}
	repeated(t, services, contracts, clock)
	for service, contract := range contracts {
		if diff := slices.Collect(contract.neverSeen()); len(diff) > 0 {
			t.Errorf("the %s service never answered with %q", service, slices.Sorted(slices.Values(diff)))
		}
	}
}

// repeated sends each kind of write again: while the first is being worked on, after it, and after it with another body.
func repeated(t *testing.T, services *demo.Services, contracts map[string]*described, clock *clock) {
	t.Helper()
	for _, c := range []struct {
		service, method, target, body string
		status                        int
		other                         string
	}{
		{"user", "POST", "/users", `{"name": "A", "username": "c", "email": "c@example.org"}`, 201, `{"name": "B", "username": "c", "email": "c@example.org"}`},
		{"user", "PATCH", "/users/8", `{"phone": "555"}`, 200, `{"phone": "556"}`},
		{"order", "POST", "/orders", `{"user_id": 8, "items": [{"product_id": 3, "quantity": 2}]}`, 201, `{"user_id": 8, "items": [{"product_id": 3, "quantity": 3}]}`},
		{"order", "PATCH", "/orders/7", `{"status": "cancelled"}`, 200, `{"status":"cancelled"}`},
		{"product", "POST", "/products", `{"name": "Tea", "sku": "T-2", "price": 4.5, "category": "kitchen"}`, 201, `{"name": "Tea", "sku": "T-3", "price": 4.5, "category": "kitchen"}`},
		{"product", "PATCH", "/products/8", `{"stock": 1}`, 200, `{"stock": 2}`},
		{"payment", "POST", "/payments", `{"order_id": 13, "method": "card"}`, 201, `{"order_id": 13, "method": "paypal"}`},
		{"payment", "POST", "/payments/4999/refund", `{"reason": "a"}`, 200, `{"reason": "b"}`},
	} {
		t.Run(c.method+" "+c.target+" again", func(t *testing.T) {
			ask := func(body string, status int) {
				key := fmt.Sprintf("%q", c.method+c.target)
				contracts[c.service].exchange(t, services.URLs(c.service)[0], c.method, c.target, body, status, false, "Idempotency-Key", key)
			}
			clock.during(func() { ask(c.body, 409) })
			ask(c.body, c.status)
			ask(c.body, c.status)
			ask(c.other, 422)
		})
	}
}

// clock is the services' clock. They look at it in the midst of a write, and then other things can be done.
type clock struct {
	mu   sync.Mutex
	once func()
}

// during has something done within the next write.
func (c *clock) during(once func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.once = once
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	once := c.once
	c.once = nil
	c.mu.Unlock()
	if once != nil {
		once()
	}
	return time.Now()
}

// exchange sends a request and holds both it and its answer against the contract.
func (d *described) exchange(
	t *testing.T, url, method, target, body string, status int, refused bool, fields ...string,
) http.Header {
	t.Helper()
	request := func(base string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), method, base+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body == "" {
			req.Body = nil
		} else {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(fields); i += 2 {
			req.Header.Set(fields[i], fields[i+1])
		}
		return req
	}
	described := request("")
	route, parameters, err := d.router.FindRoute(described)
	if err != nil {
		t.Fatal(err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: described, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), input); (err != nil) != refused {
		t.Errorf("the contract says of the request: %v; want it refused: %t", err, refused)
	}
	res, err := http.DefaultClient.Do(request(url))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(ending(res))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != status {
		t.Errorf("the status is %d, want %d: %s", res.StatusCode, status, answer)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(answer)),
		Options: input.Options,
	})
	if err != nil {
		t.Errorf("the answer is not as the contract has it: %v", err)
	}
	for name, header := range route.Operation.Responses.Status(res.StatusCode).Value.Headers {
		if header.Value.Required && res.Header.Get(name) == "" {
			t.Errorf("the answer has no %s", name)
		}
		if want := header.Value.Schema.Value.Const; want != nil && res.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, res.Header.Get(name), want)
		}
	}
	d.answered[fmt.Sprint(route.Method, " ", route.Path, " ", res.StatusCode)] = true
	return res.Header
}

// ending is an answer's body, or the beginning of a stream of events, which has no end.
func ending(res *http.Response) io.Reader {
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return io.LimitReader(res.Body, 1)
	}
	return res.Body
}

// neverSeen are the operations and statuses of a contract that no answer had.
func (d *described) neverSeen() func(func(string) bool) {
	return func(yield func(string) bool) {
		for path, item := range d.document.Paths.Map() {
			for method, operation := range item.Operations() {
				for status := range maps.Keys(operation.Responses.Map()) {
					if name := method + " " + path + " " + status; !d.answered[name] && !yield(name) {
						return
					}
				}
			}
		}
	}
}

// numbers101 is a list that is one too long.
func numbers101() string {
	return strings.TrimSuffix(strings.Repeat("1,", 101), ",")
}
