package policy_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/concierge-gateway/concierge/upstreams"
)

// services are fakes of all services, in memory. They note the calls that they get.
type services struct {
	mu    sync.Mutex
	calls []string
	down  string // a path at which nothing can be had
}

// The records of the fakes, by path. Users 7 and 8 have orders; order 90 has no owner, and payment 199 no order.
var records = map[string]map[string]string{
	"/users": {
		"7":   `{"id":7,"name":"Ada","username":"ada","email":"ada.lovelace@example.com","phone":"+441234567890","role":"customer","status":"active","address":{"street":"1 St","city":"London","zip":"N1"}}`,
		"8":   `{"id":8,"name":"Bob","username":"bob","email":"b@x.de","phone":null,"role":"customer","status":"active","address":null}`,
		"100": `{"id":100,"name":"Eve","username":"eve","email":"eve@example.com","phone":"+449999999999","role":"support","status":"active"}`,
	},
	"/orders": {
		"71": `{"id":71,"user_id":7,"status":"pending","currency":"USD","total":"10.00","items":[{"product_id":1,"quantity":1,"unit_price":"10.00"}],"shipping_address":{"city":"London"}}`,
		"72": `{"id":72,"user_id":7,"status":"paid","currency":"USD","total":"20.00","items":[],"shipping_address":null}`,
		"81": `{"id":81,"user_id":8,"status":"pending","currency":"USD","total":"30.00","items":[],"shipping_address":{"city":"Bonn"}}`,
		"90": `{"id":90,"user_id":0,"status":"pending","currency":"USD","total":"40.00","items":[],"shipping_address":null}`,
	},
	"/payments": {
		"171": `{"id":171,"order_id":71,"status":"captured","amount":"10.00","currency":"USD","method":"card","card_number":"4242424242424242"}`,
		"172": `{"id":172,"order_id":72,"status":"captured","amount":"20.00","currency":"USD","method":"paypal"}`,
		"181": `{"id":181,"order_id":81,"status":"captured","amount":"30.00","currency":"USD","method":"paypal"}`,
		"190": `{"id":190,"order_id":90,"status":"captured","amount":"40.00","currency":"USD","method":"paypal"}`,
		"199": `{"id":199,"order_id":999,"status":"captured","amount":"50.00","currency":"USD","method":"paypal"}`,
	},
	"/products": {"1": `{"id":1,"name":"Pen","sku":"P-0001-LONG-NAME","price":"1.50","currency":"USD"}`},
}

// clients call the fakes.
func (s *services) clients() *upstreams.Services {
	return upstreams.Over(upstreams.DefaultConfig(), func(string) http.RoundTripper { return s }, registry(), quiet())
}

// made are the calls since the last look, sorted.
func (s *services) made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	slices.Sort(calls)
	return calls
}

func (s *services) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	s.mu.Lock()
	call := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		call += "?" + r.URL.RawQuery
	}
	s.calls = append(s.calls, call)
	down := s.down == r.URL.Path
	s.mu.Unlock()
	status, body := http.StatusServiceUnavailable, `{}`
	switch {
	case down:
	case r.Method == http.MethodGet:
		status, body = found(r.URL.Path, r.URL.Query())
	default:
		status, body = http.StatusOK, written(r.URL.Path)
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body)),
	}, nil
}

// found is what a read answers: one record by its path, or a list.
func found(path string, query url.Values) (status int, body string) {
	if kind, id, one := cutLast(path); one {
		if record, ok := records[kind][id]; ok {
			return http.StatusOK, record
		}
		return http.StatusNotFound, `{}`
	}
	var list []string
	for id, record := range records[path] {
		if chosen(id, record, query) {
			list = append(list, record)
		}
	}
	slices.Sort(list)
	return http.StatusOK, "[" + strings.Join(list, ",") + "]"
}

// chosen reports whether a list has a record.
func chosen(id, record string, query url.Values) bool {
	for param, member := range map[string]string{"ids": "", "user_id": "user_id", "user_ids": "user_id", "order_ids": "order_id"} {
		if !query.Has(param) {
			continue
		}
		return slices.ContainsFunc(strings.Split(query.Get(param), ","), func(wanted string) bool {
			return member == "" && id == wanted || strings.Contains(record, `"`+member+`":`+wanted+",")
		})
	}
	return true
}

// written is the record that a write answers with.
func written(path string) string {
	switch path {
	case "/orders":
		return records["/orders"]["71"]
	case "/payments":
		return records["/payments"]["171"]
	}
	kind, id, _ := cutLast(strings.TrimSuffix(path, "/refund"))
	return records[kind][id]
}

func cutLast(path string) (kind, id string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	return path[:i], path[i+1:], i > 0
}
