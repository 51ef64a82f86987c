package demo_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

func TestListsHoldTheRecordsThatWereAskedFor(t *testing.T) {
	services := start(t, demo.Options{})
	for _, tt := range []struct {
		target string
		want   []int
	}{
		{"/users?ids=1,2,3", []int{1, 2, 3}},
		{"/users?ids=1&ids=2", []int{1, 2}},
		{"/users?ids=1,2&ids=3", []int{1, 2, 3}},
		{"/users?ids=3,1,3", []int{1, 3}},
		{"/users?ids=1001,2,0,-1", []int{2}},
		{"/users?ids=1001", []int{}},
		{"/users?ids=", []int{}},
		{"/users?limit=3", []int{1, 2, 3}},
		{"/users?limit=3&offset=998", []int{999, 1000}},
		{"/users?offset=1000", []int{}},
		{"/users?offset=9223372036854775807", []int{}},
		{"/orders?ids=5000,1,5001", []int{1, 5000}},
		{"/orders?limit=2&offset=4", []int{5, 6}},
		{"/orders?user_id=7", []int{7, 1007, 2007, 3007, 4007}},
		{"/orders?user_id=7&limit=2&offset=1", []int{1007, 2007}},
		{"/orders?user_id=7&offset=9", []int{}},
		{"/orders?user_id=1001", []int{}},
		{"/orders?user_ids=7", []int{7, 1007, 2007, 3007, 4007}},
		{"/orders?user_ids=8,7&limit_each=2", []int{7, 8, 1007, 1008}},
		{"/orders?user_ids=8&user_ids=7&limit_each=1", []int{7, 8}},
		{"/orders?user_ids=7,7&limit_each=1", []int{7}},
		{"/orders?user_ids=7,1001,0&limit_each=1", []int{7}},
		{"/products?ids=500,1,501", []int{1, 500}},
		{"/products?limit=2&offset=499", []int{500}},
		{"/products?category=audio&limit=3", []int{4, 14, 24}},
		{"/products?category=audio&limit=2&offset=1", []int{14, 24}},
		{"/products?category=none", []int{}},
		{"/payments?order_ids=1,2", []int{4999, 5000}},
		{"/payments?order_ids=1&order_ids=5000", []int{1, 5000}},
		{"/payments?order_ids=5001", []int{}},
	} {
		t.Run(tt.target, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, idsOf(t, get(t, services, tt.target))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// idsOf lists the ids of a list's records.
func idsOf(t *testing.T, list string) []int {
	t.Helper()
	records := parse[[]struct{ ID int }](t, list)
	ids := make([]int, 0, len(records))
	for _, record := range records {
		ids = append(ids, record.ID)
	}
	return ids
}

func TestAPageHasTwentyRecordsUnlessItSaysOtherwise(t *testing.T) {
	services := start(t, demo.Options{})
	for target, want := range map[string]int{
		"/users": 20, "/orders": 20, "/products": 20, "/products?category=audio": 20, "/users?limit=1000": 1000,
	} {
		if got := len(parse[[]struct{}](t, get(t, services, target))); got != want {
			t.Errorf("%s: got %d records, want %d", target, got, want)
		}
	}
}

func TestOneRecordIsTheSameAsInAList(t *testing.T) {
	services := start(t, demo.Options{})
	for one, many := range map[string]string{
		"/users/17":    "/users?ids=17",
		"/orders/17":   "/orders?ids=17",
		"/products/17": "/products?ids=17",
		"/payments/17": "/payments?order_ids=4984",
	} {
		if got, want := get(t, services, many), "["+get(t, services, one)+"]"; got != want {
			t.Errorf("%s: got %s, want %s", many, got, want)
		}
	}
}

func TestReadsThatMakeNoSenseAreRefused(t *testing.T) {
	services := start(t, demo.Options{})
	for target, want := range map[string]int{
		"/users/1001":                         404,
		"/users/0":                            404,
		"/users/-1":                           404,
		"/users/abc":                          404,
		"/users/99999999999999999999":         404,
		"/users/1/orders":                     404,
		"/orders/5001":                        404,
		"/products/501":                       404,
		"/payments/5001":                      404,
		"/users?ids=1,a":                      400,
		"/users?ids=1,,2":                     400,
		"/users?ids=1,":                       400,
		"/users?ids=%zz":                      400,
		"/users?ids=99999999999999999999":     400,
		"/users?ids=" + numbers(1, 101):       400,
		"/users?limit=0":                      400,
		"/users?limit=1001":                   400,
		"/users?limit=x":                      400,
		"/users?limit=":                       400,
		"/users?offset=-1":                    400,
		"/users?offset=1.5":                   400,
		"/orders?user_id=":                    400,
		"/orders?user_id=x":                   400,
		"/orders?user_id=1,2":                 400,
		"/orders?user_id=1&limit=0":           400,
		"/orders?user_ids=1&limit_each=0":     400,
		"/orders?user_ids=1&limit_each=x":     400,
		"/orders?user_ids=" + numbers(1, 101): 400,
		"/orders?ids=1&user_id=1":             400,
		"/products?ids=1&category=audio":      400,
		"/payments":                           400,
		"/payments?order_ids=x":               400,
	} {
		t.Run(target, func(t *testing.T) {
			refused(t, ask(t, services, http.MethodGet, target, ""), want)
		})
	}
}

// problem is RFC 9457's, with the services' errors.
type problem struct {
	Type, Title, Detail string
	Status              int
	Errors              []mistake
}

type mistake struct{ Field, Code string }

// refused checks that a reply is a problem of that status.
func refused(t *testing.T, got reply, status int, errors ...mistake) {
	t.Helper()
	if got.status != status {
		t.Fatalf("got status %d, want %d: %s", got.status, status, got.body)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("got Content-Type %q", kind)
	}
	body := parse[problem](t, got.body)
	if body.Type != "about:blank" || body.Title == "" || body.Detail == "" || body.Status != status {
		t.Errorf("got problem %s", got.body)
	}
	if diff := cmp.Diff(errors, body.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestMaxKeysIsConfigurable(t *testing.T) {
	services := start(t, demo.Options{MaxKeys: 2})
	get(t, services, "/users?ids=1,2")
	refused(t, ask(t, services, http.MethodGet, "/users?ids=1,2,3", ""), 400)
	refused(t, ask(t, services, http.MethodGet, "/payments?order_ids=1&order_ids=2&order_ids=3", ""), 400)
}

func TestWrongMethodsLearnTheRightOnes(t *testing.T) {
	services := start(t, demo.Options{})
	for _, tt := range []struct{ method, target, allow string }{
		{"DELETE", "/users", "GET, HEAD, POST"},
		{"PUT", "/orders/1", "GET, HEAD, PATCH"},
		{"POST", "/products/1", "GET, HEAD, PATCH"},
		{"PATCH", "/payments/1", "GET, HEAD"},
		{"GET", "/payments/1/refund", "POST"},
		{"POST", services.URLs(demo.User)[0] + "/healthz", "GET, HEAD"},
	} {
		got := ask(t, services, tt.method, tt.target, "")
		refused(t, got, 405)
		if allow := got.header.Get("Allow"); allow != tt.allow {
			t.Errorf("%s %s: got Allow %q, want %q", tt.method, tt.target, allow, tt.allow)
		}
	}
}

func TestUnknownPathsAreProblems(t *testing.T) {
	services := start(t, demo.Options{})
	for _, path := range []string{"/", "/orders", "/users/", "/%ff"} {
		refused(t, ask(t, services, http.MethodGet, services.URLs(demo.User)[0]+path, ""), 404)
	}
}

func TestReadsSayHowTheyMayBeCached(t *testing.T) {
	services := start(t, demo.Options{})
	for target, want := range map[string]string{
		"/users/1": "private, max-age=5", "/orders?user_id=1": "private, max-age=5", "/payments/1": "private, max-age=5",
		"/products/1": "public, max-age=60", "/products": "public, max-age=60",
	} {
		got := ask(t, services, http.MethodGet, target, "")
		if cache := got.header.Get("Cache-Control"); cache != want {
			t.Errorf("%s: got Cache-Control %q, want %q", target, cache, want)
		}
		if tag := got.header.Get("ETag"); len(tag) < 3 || tag[0] != '"' {
			t.Errorf("%s: got ETag %q, want a strong one", target, tag)
		}
		if kind := got.header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: got Content-Type %q", target, kind)
		}
	}
}

func TestConditionalReads(t *testing.T) {
	services := start(t, demo.Options{})
	for _, target := range []string{"/users/1", "/users?ids=1,2", "/products?category=audio"} {
		tag := ask(t, services, http.MethodGet, target, "").header.Get("ETag")
		for condition, want := range map[string]int{
			tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200,
		} {
			t.Run(target+" "+condition, func(t *testing.T) {
				got := ask(t, services, http.MethodGet, target, "", "If-None-Match", condition)
				if got.status != want || (want == 304) != (got.body == "") {
					t.Errorf("got status %d and %d bytes, want status %d", got.status, len(got.body), want)
				}
				if got.header.Get("ETag") != tag || got.header.Get("Cache-Control") == "" {
					t.Errorf("got header %v", got.header)
				}
			})
		}
	}
}

func TestAnETagChangesWithTheRecordOnly(t *testing.T) {
	services := start(t, demo.Options{})
	tag := func(target string) string { return ask(t, services, http.MethodGet, target, "").header.Get("ETag") }
	seven, eight, both := tag("/users/7"), tag("/users/8"), tag("/users?ids=7,8")
	ask(t, services, http.MethodPatch, "/users/7", `{"name": "Somebody Else"}`)
	if tag("/users/7") == seven || tag("/users?ids=7,8") == both {
		t.Error("the ETag of a changed record has not changed")
	}
	if tag("/users/8") != eight {
		t.Error("the ETag of another record has changed")
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	services := start(t, demo.Options{})
	for _, target := range []string{"/users/1", "/orders?user_id=1", "/products/501", services.URLs(demo.User)[0] + "/healthz"} {
		want := ask(t, services, http.MethodGet, target, "")
		got := ask(t, services, http.MethodHead, target, "")
		length := strconv.Itoa(len(want.body))
		if got.body != "" || got.status != want.status || got.header.Get("Content-Length") != length {
			t.Errorf("%s: got %+v, want length %s", target, got, length)
		}
		if got.header.Get("ETag") != want.header.Get("ETag") {
			t.Errorf("%s: got ETag %q, want %q", target, got.header.Get("ETag"), want.header.Get("ETag"))
		}
	}
}

func TestConcurrentReadsAndWritesLeaveWholeRecords(t *testing.T) {
	services := start(t, demo.Options{})
	done := make(chan error)
	for writer := range 4 {
		go func() {
			for n := range 20 {
				target := "/users/7"
				body := fmt.Sprintf(`{"name": "Writer %d", "phone": "%d"}`, writer, n)
				if _, err := try(t.Context(), services, http.MethodPatch, target, body); err != nil {
					done <- err
					return
				}
				if _, err := try(t.Context(), services, http.MethodGet, "/users?ids=6,7,8", ""); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := parse[user](t, get(t, services, "/users/7")); got.Phone != "19" {
		t.Errorf("got phone %q, want the last one that was written", got.Phone)
	}
}
