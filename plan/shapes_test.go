package plan_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// shapes are queries of other shapes than the headline's, with the calls that each may take.
var shapes = map[string]struct {
	who   auth.Principal
	query string
	calls []string // their paths
}{
	"users with orders": {support, `{ users(first: 20) { nodes { id name email orders(first: 5) { nodes {
		id status total { amount currency } items { quantity product { id name price { amount currency } } }
	} } } } }`, []string{"/orders", "/products", "/users"}},
	"100 orders": {
		support, `{ orders(first: 100) { nodes { id status total { amount currency } user { id name email } } } }`,
		[]string{"/orders", "/users"},
	},
	"one order": {
		customer, `{ order(id: 7001) { id status total { amount currency } createdAt
		user { id name email address { city } } items { quantity unitPrice { amount } product { id name price { amount currency } } }
		payment { id status method amount { amount currency } } shippingAddress { street city zip } } }`,
		[]string{"/orders", "/payments", "/products", "/users"},
	},
}

// stocked are services that have every record. What they have answered once lies ready.
type stocked struct {
	mu      sync.Mutex
	answers map[string][]byte
}

// RoundTrip answers a call.
func (s *stocked) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.answers[r.URL.RequestURI()]
	if !ok {
		body = []byte("[" + strings.Join(recordsFor(r.URL.Path, r.URL.Query()), ",") + "]")
		s.answers[r.URL.RequestURI()] = body
	}
	return &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// recordsFor are the records that a call asks for. A user's orders have the thousandfold of the user's id, and a number.
func recordsFor(path string, query url.Values) (records []string) {
	if each, ok := number(query, "limit_each"); ok {
		for user := range strings.SplitSeq(query.Get("user_ids"), ",") {
			for i := range each {
				records = append(records, recordOf(path, fmt.Sprintf("%s%03d", user, i+1)))
			}
		}
		return records
	}
	for param := range query {
		if strings.HasSuffix(param, "ids") {
			for id := range strings.SplitSeq(query.Get(param), ",") {
				records = append(records, recordOf(path, id))
			}
			return records
		}
	}
	limit, _ := number(query, "limit")
	for i := range limit {
		records = append(records, recordOf(path, strconv.Itoa(1001+1000*(i%50)+i/50)))
	}
	return records
}

func recordOf(path, id string) string {
	n, _ := strconv.Atoi(id)
	const ended = `"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`
	switch path {
	case "/users":
		return fmt.Sprintf(`{"id":%d,"name":"Ada %[1]d","username":"ada%[1]d","email":"ada%[1]d@example.com","role":"customer","status":"active",`+
			`"address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},`+ended, n)
	case "/orders":
		return fmt.Sprintf(`{"id":%d,"user_id":%d,"status":"shipped","currency":"EUR","total":19.90,"items":[{"product_id":%d,"quantity":2,"unit_price":39.90},`+
			`{"product_id":%d,"quantity":1,"unit_price":49.90}],"shipping_address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},"notes":"Ring twice, please.",`+ended,
			n, n/1000, n%30+1, n%7+1)
	case "/products":
		return fmt.Sprintf(`{"id":%d,"name":"Keyboard %[1]d","sku":"KB-%[1]d","price":39.90,"currency":"EUR","category":"peripherals","stock":120,`+ended, n)
	default:
		return fmt.Sprintf(`{"id":%d,"order_id":%[1]d,"status":"captured","amount":19.90,"currency":"EUR","method":"paypal",`+ended, n)
	}
}

func TestOtherShapesTakeACallForEachServiceAndLevel(t *testing.T) {
	for name, of := range shapes {
		services := &stocked{answers: make(map[string][]byte)}
		p := performingOver(t, services, of.who, of.query)
		clear(services.answers)
		p.answer()
		var calls []string
		for call := range services.answers {
			path, _, _ := strings.Cut(call, "?")
			calls = append(calls, path)
		}
		if diff := cmp.Diff(of.calls, slices.Sorted(slices.Values(calls))); diff != "" {
			t.Errorf("%s asks (-want +got):\n%s", name, diff)
		}
	}
}

// BenchmarkShapes is BenchmarkAnswer for each of the shapes.
func BenchmarkShapes(b *testing.B) {
	for name, of := range shapes {
		b.Run(name, func(b *testing.B) {
			p := performingOver(b, &stocked{answers: make(map[string][]byte)}, of.who, of.query)
			b.SetBytes(int64(len(p.answer())))
			b.ReportAllocs()
			for b.Loop() {
				p.answer()
			}
		})
	}
}
