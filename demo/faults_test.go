package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

func TestAFaultReplacesTheAnswer(t *testing.T) {
	services := start(t, demo.Options{})
	for name, tt := range map[string]struct {
		fault       demo.Fault
		status      int
		contentType string
		body        string
	}{
		"status alone": {
			demo.Fault{Status: 503},
			503, "application/problem+json",
			`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"a fault was set"}`,
		},
		"status and body": {demo.Fault{Status: 500, Body: "boom", ContentType: "text/plain"}, 500, "text/plain", "boom"},
		"malformed body":  {demo.Fault{Body: `{"id": 1,`}, 200, "application/json", `{"id": 1,`},
	} {
		t.Run(name, func(t *testing.T) {
			services.SetFault(demo.User, tt.fault)
			got := ask(t, services, http.MethodGet, "/users/1", "")
			if got.status != tt.status || got.body != tt.body || got.header.Get("Content-Type") != tt.contentType {
				t.Errorf("got %+v", got)
			}
		})
	}
	services.ClearFaults()
	get(t, services, "/users/1")
}

func TestAFaultBringsItsHeader(t *testing.T) {
	services := start(t, demo.Options{})
	services.SetFault(demo.User, demo.Fault{Status: 429, Header: http.Header{"retry-after": {"3"}}})
	if got := ask(t, services, http.MethodGet, "/users/1", "").header.Get("Retry-After"); got != "3" {
		t.Errorf("got Retry-After %q, want 3", got)
	}
}

func TestAFaultHappensOnlyToCallsThatItMatches(t *testing.T) {
	services := start(t, demo.Options{})
	other := services.URLs(demo.Order)[1]
	for name, tt := range map[string]struct {
		fault demo.Fault
		hits  []string
		miss  []string
	}{
		"endpoint": {demo.Fault{Endpoints: []int{1}}, []string{"GET " + other + "/orders/1"}, []string{"GET /orders/1"}},
		"method":   {demo.Fault{Method: "PATCH"}, []string{"PATCH /orders/1"}, []string{"GET /orders/1"}},
		"path": {
			demo.Fault{Path: "/orders/1"},
			[]string{"GET /orders/1", "GET /orders/1?x"},
			[]string{"GET /orders/2", "GET /orders?ids=1"},
		},
		"query": {
			demo.Fault{Query: "user_ids=1,2"},
			[]string{"GET /orders?user_ids=1%2C2&limit_each=1"},
			[]string{"GET /orders?user_ids=2,1", "GET /users/1"},
		},
		"service": {demo.Fault{}, []string{"GET /orders/1"}, []string{"GET /users/1", "GET /payments/1", "GET /products/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.fault.Status = http.StatusTeapot
			services.SetFault(demo.Order, tt.fault)
			for _, request := range tt.hits {
				method, target, _ := strings.Cut(request, " ")
				if got := ask(t, services, method, target, "").status; got != http.StatusTeapot {
					t.Errorf("%s: got status %d, want 418", request, got)
				}
			}
			for _, request := range tt.miss {
				method, target, _ := strings.Cut(request, " ")
				if got := ask(t, services, method, target, "").status; got == http.StatusTeapot {
					t.Errorf("%s: got status 418", request)
				}
			}
		})
	}
}

func TestFaultsHappenAsOftenAsTheySayAndInTurn(t *testing.T) {
	services := start(t, demo.Options{})
	services.SetFault(
		demo.User,
		demo.Fault{Status: 500, Times: 2},
		demo.Fault{Status: 503, Times: 1},
		demo.Fault{Path: "/users/2", Status: 404},
	)
	var got []int
	for range 4 {
		got = append(got, ask(t, services, http.MethodGet, "/users/1", "").status)
	}
	if diff := cmp.Diff([]int{500, 500, 503, 200}, got); diff != "" {
		t.Error(diff)
	}
	if got := ask(t, services, http.MethodGet, "/users/2", "").status; got != 404 {
		t.Errorf("got status %d of the last fault, want 404", got)
	}
	services.SetFault(demo.User)
	get(t, services, "/users/2")
}

func TestADelayedCallIsAnsweredInTheEnd(t *testing.T) {
	services := start(t, demo.Options{})
	services.SetFault(demo.User, demo.Fault{Delay: 20 * time.Millisecond})
	began := time.Now()
	get(t, services, "/users/1")
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("took %v, want at least 20ms", took)
	}
}

// Whatever a call waits for, it ends with its client: also where the call had a body, which net/http must have read first.
func TestACallThatWaitsEndsWhenItsClientLeaves(t *testing.T) {
	services := start(t, demo.Options{})
	for name, fault := range map[string]demo.Fault{"hang": {Hang: true}, "delay": {Delay: time.Hour}, "stall": {Stall: true}} {
		for _, request := range []string{"GET /orders/1", `PATCH /orders/1 {"status": "cancelled"}`} {
			t.Run(name+" "+request, func(t *testing.T) {
				services.SetFault(demo.Order, fault)
				ctx, leave := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() {
					parts := strings.SplitN(request+"  ", " ", 3)
					_, err := try(ctx, services, parts[0], parts[1], parts[2])
					ended <- err
				}()
				if err := services.AwaitInFlight(t.Context(), demo.Order, 1); err != nil {
					t.Fatal(err)
				}
				leave()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want that the client left", err)
				}
				if err := services.AwaitInFlight(t.Context(), demo.Order, 0); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	services := start(t, demo.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := services.AwaitInFlight(ctx, demo.User, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func TestAConnectionIsClosedWithoutAnAnswer(t *testing.T) {
	services := start(t, demo.Options{})
	services.SetFault(demo.User, demo.Fault{CloseConnection: true})
	if _, err := try(t.Context(), services, http.MethodGet, "/users/1", ""); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
}

func TestATruncatedAnswerEndsEarly(t *testing.T) {
	services := start(t, demo.Options{})
	whole := get(t, services, "/users/1")
	for name, tt := range map[string]struct {
		fault demo.Fault
		want  string
	}{
		"its own":  {demo.Fault{Truncate: true}, whole[:len(whole)/2]},
		"replaced": {demo.Fault{Truncate: true, Body: "abcd"}, "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			services.SetFault(demo.User, tt.fault)
			got, err := try(t.Context(), services, http.MethodGet, "/users/1", "")
			if !errors.Is(err, io.ErrUnexpectedEOF) || got.body != tt.want {
				t.Errorf("got %q and %v, want %q and an unexpected end", got.body, err, tt.want)
			}
		})
	}
}

func TestAHugeBodyIsJSONOfUnannouncedLength(t *testing.T) {
	services := start(t, demo.Options{})
	services.SetFault(demo.User, demo.Fault{HugeBody: 100_001})
	got := ask(t, services, http.MethodGet, "/users?ids=1", "")
	if got.status != 200 || len(got.body) != 100_001 || got.header.Get("Content-Length") != "" || !json.Valid([]byte(got.body)) {
		t.Errorf("got status %d, %d bytes, header %v", got.status, len(got.body), got.header)
	}
}
