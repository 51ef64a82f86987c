package plan_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// services are fakes of all services, in memory. They note the calls that they get.
type services struct {
	mu      sync.Mutex
	calls   []string
	before  func(*http.Request) error // each call, where it is set: it may wait, fail or panic
	instead map[string]string         // what a call is answered with that is not answered by the records
}

// stored is a service's record.
type stored struct {
	id   int
	text string
}

// The records of the fakes, by path. Users 7 and 8 have orders; order 90 has no owner, and payment 199 no order.
var records = map[string][]stored{
	"/users": {
		{7, `{"id":7,"name":"Ada","username":"ada","email":"ada.lovelace@example.com","phone":"+441234567890","role":"customer","status":"active","address":{"street":"1 St","city":"London","zip":"N1"},"created_at":"2024-01-15T10:30:00+01:00"}`},
		{8, `{"id":8,"name":"B\u00f6b \"<\/x>\" \ud83d\ude00","username":"bob","email":"b@x.de","phone":null,"role":"wizard","address":null,"created_at":"2024-01-15T09:30:00.5Z"}`},
		{100, `{"id":100,"name":"Eve","username":"eve","email":"eve@example.com","phone":"+449999999999","role":"support","status":"active"}`},
	},
	"/orders": {
		{71, `{"id":71,"user_id":7,"status":"pending","currency":"USD","total":10.50,"items":[{"product_id":1,"quantity":1,"unit_price":10.50},{"product_id":2,"quantity":2,"unit_price":0.00}],"shipping_address":{"city":"London"}}`},
		{72, `{"id":72,"user_id":7,"status":"paid","currency":"","total":20,"items":[{"product_id":3,"quantity":1}],"shipping_address":null}`},
		{81, `{"id":81,"user_id":8,"status":"pending","currency":"EUR","total":30.00,"items":[],"shipping_address":{"city":"Bonn"}}`},
		{90, `{"id":90,"user_id":0,"status":"pending","currency":"USD","total":40.00,"items":[{"product_id":1,"quantity":9,"unit_price":1}],"shipping_address":null}`},
	},
	"/payments": {
		{171, `{"id":171,"order_id":71,"status":"captured","amount":10.50,"currency":"USD","method":"card","card_number":"4242424242424242"}`},
		{172, `{"id":172,"order_id":72,"status":"captured","amount":20.00,"currency":"USD","method":"paypal"}`},
		{181, `{"id":181,"order_id":81,"status":"captured","amount":30.00,"currency":"EUR","method":"paypal"}`},
		{190, `{"id":190,"order_id":90,"status":"captured","amount":40.00,"currency":"USD","method":"paypal"}`},
		{199, `{"id":199,"order_id":999,"status":"captured","amount":50.00,"currency":"USD","method":"paypal"}`},
	},
	"/products": {
		{1, `{"id":1,"name":"Pen","sku":"P-1","price":1.50,"currency":"USD","category":"desk","stock":3}`},
		{2, `{"id":2,"name":"Pad","price":2.00,"currency":"USD","category":"desk","stock":null}`},
		{4, `{"id":4,"name":"Pot","price":3,"currency":"USD","category":"kitchen","stock":0}`},
	},
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

// RoundTrip answers a call.
func (s *services) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.calls = append(s.calls, r.URL.RequestURI())
	s.mu.Unlock()
	if s.before != nil {
		if err := s.before(r); err != nil {
			return nil, err
		}
	}
	status, body := found(r.URL.Path, r.URL.Query())
	if instead, ok := s.instead[r.URL.RequestURI()]; ok {
		status, body = http.StatusOK, instead
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body)),
	}, nil
}

// found is what a read answers: one record by its path, or a list.
func found(path string, query url.Values) (status int, body string) {
	if at := strings.LastIndexByte(path, '/'); at > 0 {
		for _, each := range records[path[:at]] {
			if strconv.Itoa(each.id) == path[at+1:] {
				return http.StatusOK, each.text
			}
		}
		return http.StatusNotFound, `{}`
	}
	var list []string
	of := make(map[string]int) // how many of each user
	for _, each := range records[path] {
		user := member(each.text, "user_id")
		if most, limited := number(query, "limit_each"); chosen(each, query) && (!limited || of[user] < most) {
			list = append(list, each.text)
			of[user]++
		}
	}
	if offset, ok := number(query, "offset"); ok {
		list = list[min(offset, len(list)):]
	}
	if limit, ok := number(query, "limit"); ok {
		list = list[:min(limit, len(list))]
	}
	return http.StatusOK, "[" + strings.Join(list, ",") + "]"
}

func number(query url.Values, name string) (n int, ok bool) {
	n, err := strconv.Atoi(query.Get(name))
	return n, err == nil
}

// member is what a record says of a member that stands before others, as it is written.
func member(text, name string) string {
	_, rest, _ := strings.Cut(text, `"`+name+`":`)
	value, _, _ := strings.Cut(rest, ",")
	return strings.Trim(value, `"`)
}

// chosen reports whether a list has a record.
func chosen(each stored, query url.Values) bool {
	for param, name := range map[string]string{
		"ids": "id", "user_id": "user_id", "user_ids": "user_id", "order_ids": "order_id", "category": "category",
	} {
		if query.Has(param) && !slices.Contains(strings.Split(query.Get(param), ","), member(each.text, name)) {
			return false
		}
	}
	return true
}
