package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// keeping is a configuration that keeps answers, with a service of products that are the same for everybody.
func keeping(yaml string) string {
	yaml = with(yaml, "cache", "enabled: true")
	return strings.Replace(yaml, "\n  product:\n", "\n  product:\n    cache: {depends: nothing}\n", 1)
}

// anonymous is a configuration that lets callers without a name in.
func anonymous(yaml string) string { return with(yaml, "auth", "anonymous: true") }

// reading is a request of an operation by GET.
func (p *program) reading(t *testing.T, as, query, variables string, fields ...string) *http.Request {
	t.Helper()
	sent := url.Values{"query": {query}}
	if variables != "" {
		sent.Set("variables", variables)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+"/graphql?"+sent.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		req.Header.Add(name, value)
	}
	return req
}

const pen = `query Pen($id: ID! = "12") { product(id: $id) { name price { amount } } }`

func TestAnOperationForEverybodyIsAnsweredWithoutAService(t *testing.T) {
	p := start(t, keeping(anonymous(standard)))
	first := send(t, p.reading(t, "customer", pen, ""))
	if got := first.header.Get("Cache-Status"); got != "concierge; fwd=uri-miss; stored" {
		t.Errorf("the first says %s", got)
	}
	p.services.ResetCalls()
	for _, req := range []*http.Request{
		p.reading(t, "customer", pen, ""), p.reading(t, "stranger", pen, `{"id":"12"}`), p.reading(t, "nobody", pen, ""),
	} {
		again := send(t, req)
		if !bytes.Equal(again.body, first.body) || !strings.HasPrefix(again.header.Get("Cache-Status"), "concierge; hit; ttl=") {
			t.Errorf("it is answered with %s and %v", again.body, again.header)
		}
		if got := again.header.Get("Cache-Control"); got != "public, max-age=60" || again.header.Get("Age") == "" {
			t.Errorf("it says %s", got)
		}
		if vary := again.header.Values("Vary"); !slices.Equal(vary, []string{"Accept-Encoding", "Accept"}) {
			t.Errorf("it varies by %q", vary)
		}
	}
	posted := p.run(t, operation{query: pen})
	if !bytes.Equal(posted.body, first.body) || posted.header.Get("Cache-Control") != "no-store" || posted.header.Get("ETag") != "" {
		t.Errorf("by POST it is answered with %s and %v", posted.body, posted.header)
	}
	if calls := p.calls(); len(calls) > 0 {
		t.Errorf("services were asked:\n%s", calls)
	}
	if got := counted(t, p, `concierge_cache_requests_total{cache="operations",of="other",result="hit"}`); got != 4 {
		t.Errorf("%v hits are counted", got)
	}
}

func TestWhoHasAnAnswerIsToldThatItIsStillGood(t *testing.T) {
	p := start(t, keeping(standard))
	const mixed = `{ products(first: 3) { nodes { name } } }`
	for _, query := range []string{pen, mixed} {
		tag := send(t, p.reading(t, "customer", query, "")).header.Get("ETag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("the tag is %s", tag)
		}
		for name, purge := range map[string]bool{"kept": false, "executed again": true} {
			if purge {
				p.purge(t, `{"all": true}`)
			}
			r := send(t, p.reading(t, "customer", query, "", "If-None-Match: "+tag))
			if r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != tag || r.header.Get("Content-Type") != "" {
				t.Errorf("%s: %s is answered with %d %q and %v", name, query, r.status, r.body, r.header)
			}
		}
		if r := send(t, p.reading(t, "customer", query, "", `If-None-Match: W/"other"`)); r.status != http.StatusOK {
			t.Errorf("another tag is answered with %d", r.status)
		}
	}
}

func (p *program) purge(t *testing.T, what string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.admin+"/purge", strings.NewReader(what))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if r := send(t, req); r.status/100 != 2 {
		t.Fatalf("the purge is answered with %d %s", r.status, r.body)
	}
}

func TestWhatCachesAreToldOfOtherAnswers(t *testing.T) {
	open := start(t, keeping(anonymous(standard)))
	closed := start(t, keeping(standard))
	for name, c := range map[string]struct {
		p              *program
		query          string
		control, etag  string
		vary, answered string
	}{
		"behind a closed door": {closed, pen, "private, max-age=60", "W/", "Accept-Encoding, Accept, Authorization", `"data"`},
		"a user":               {open, `{ me { name } }`, "no-store", "", "Accept-Encoding", `"data"`},
		"beside a user":        {open, `{ me { name } product(id: 1) { name } }`, "no-store", "", "Accept-Encoding", `"data"`},
		"nothing of anybody":   {open, `{ __typename }`, "no-store", "", "Accept-Encoding", `"data"`},
		"an error":             {open, `{ products(first: 1000) { nodes { id } } }`, "no-store", "", "Accept-Encoding", `BAD_USER_INPUT`},
		"no operation":         {open, `{ nothing }`, "no-store", "", "Accept-Encoding", `GRAPHQL_VALIDATION_FAILED`},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				r := send(t, c.p.reading(t, "customer", c.query, ""))
				vary := strings.Join(r.header.Values("Vary"), ", ")
				if r.header.Get("Cache-Control") != c.control || !strings.HasPrefix(r.header.Get("ETag"), c.etag) || vary != c.vary {
					t.Errorf("it says %v", r.header)
				}
				if !bytes.Contains(r.body, []byte(c.answered)) {
					t.Errorf("it is answered with %s", r.body)
				}
			}
		})
	}
}

func TestAWriteIsSeenAtOnce(t *testing.T) {
	p := start(t, keeping(standard))
	const sent = `{ product(id: 12) { stock } }`
	before := send(t, p.reading(t, "customer", sent, ""))
	p.services.ResetCalls()
	p.purge(t, `{"type": "Product", "id": "12"}`)
	after := send(t, p.reading(t, "customer", sent, ""))
	if !bytes.Equal(before.body, after.body) || len(p.calls()) == 0 || after.header.Get("Cache-Status") != "concierge; fwd=uri-miss; stored" {
		t.Errorf("it is answered with %s and %v", after.body, after.header)
	}
}

// throng is a gateway before services of which one holds its answers back until a test lets them go.
type throng struct {
	*program

	release chan struct{}
}

func startThrong(t *testing.T, holding string, then http.HandlerFunc) *throng {
	t.Helper()
	c := &throng{release: make(chan struct{})}
	services, err := demo.Start(demo.Options{Record: true, Wrap: func(service string, next http.Handler) http.Handler {
		if service != holding {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-c.release
			if then != nil {
				then(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := with(keeping(patient(standard)), "server", "max_concurrency: 5000")
	c.program = startBefore(t, services, yaml)
	return c
}

// all sends requests at the same time, and lets the service answer when all of them have come in.
func (c *throng) all(t *testing.T, requests []*http.Request) []reply {
	t.Helper()
	replies := make([]reply, len(requests))
	var under sync.WaitGroup
	for i, req := range requests {
		under.Go(func() { replies[i] = send(t, req) })
	}
	in := func() float64 { return counted(t, c.program, `concierge_requests_in_flight{door="graphql"}`) }
	waitFor(t, func() string { return fmt.Sprintf("%v of %d requests are there", in(), len(requests)) }, func() bool {
		return in() == float64(len(requests))
	})
	close(c.release)
	under.Wait()
	return replies
}

func TestEqualOperationsShareOneExecution(t *testing.T) {
	for name, c := range map[string]struct {
		holding, query string
		callers        []string
		number, calls  int
	}{
		"for everybody":       {demo.Product, pen, []string{"customer", "stranger", "support"}, 1000, 1},
		"of one caller":       {demo.User, `{ me { name email } }`, []string{"customer"}, 60, 1},
		"of several":          {demo.User, `{ user(id: 7) { name } }`, []string{"customer", "stranger"}, 60, 2},
		"also without an age": {demo.Product, `{ product(id: 12) { name } me { name } }`, []string{"customer"}, 60, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := startThrong(t, c.holding, nil)
			requests := make([]*http.Request, c.number)
			for i := range requests {
				requests[i] = p.request(t, operation{query: c.query, as: c.callers[i%len(c.callers)]})
			}
			for _, r := range p.all(t, requests) {
				if r.status != http.StatusOK || bytes.Contains(r.body, []byte(`"errors"`)) {
					t.Errorf("it is answered with %d %s", r.status, r.body)
				}
			}
			if got := len(p.services.Calls()); got != c.calls {
				t.Errorf("services were asked %d times, want %d:\n%s", got, c.calls, p.calls())
			}
		})
	}
}

func TestErrorsOfASharedExecutionTellOfEachRequest(t *testing.T) {
	p := startThrong(t, demo.User, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	requests := make([]*http.Request, 20)
	for i := range requests {
		requests[i] = p.weighing(t, operation{query: `{ me { name } }`})
	}
	ids, asked := make(map[string]bool), 0
	for _, r := range p.all(t, requests) {
		var told struct {
			Errors []struct {
				Extensions struct{ RequestID, Code string }
			}
		}
		if err := json.Unmarshal(r.body, &told); err != nil || len(told.Errors) != 1 {
			t.Fatalf("it is answered with %s", r.body)
		}
		id := told.Errors[0].Extensions.RequestID
		if id != r.header.Get("X-Request-Id") || ids[id] {
			t.Errorf("the error of %s tells of %s", r.header.Get("X-Request-Id"), id)
		}
		ids[id] = true
		if cost := spentOn(t, r.body); cost == nil || cost.Estimated == 0 {
			t.Errorf("it is told to take %+v", cost)
		} else {
			asked += int(cost.Calls.Actual)
		}
	}
	if asked != 1 {
		t.Errorf("they are told of %d calls, want 1", asked)
	}
	code := `concierge_graphql_errors_total{code="UPSTREAM_REJECTED"}`
	if got := counted(t, p.program, code) + counted(t, p.program, `concierge_graphql_errors_total{code="UPSTREAM_ERROR"}`); got != 20 {
		t.Errorf("%v errors are counted", got)
	}
}

func TestWhatIsDeniedIsToldOfEachRequest(t *testing.T) {
	p := startThrong(t, demo.User, nil)
	requests := make([]*http.Request, 10)
	for i := range requests {
		requests[i] = p.request(t, operation{query: `{ user(id: 9) { name email } }`})
	}
	p.all(t, requests)
	if denied := strings.Count(p.log.String(), `"rule":"User.email @sensitive"`); denied != len(requests) {
		t.Errorf("the log tells of %d requests that something was denied", denied)
	}
}

func TestAnEndpointThatIsAnOperationSaysHowLongItsAnswerIsKept(t *testing.T) {
	yaml := keeping(anonymous(withREST(nil, operations(t, map[string]string{
		"shelf.graphql":  `query Shelf($id: ID!) @endpoint(path: "/shelf/{id}") { product(id: $id) { name } }`,
		"staff.graphql":  `query Staff($id: ID!) @endpoint(path: "/staff/{id}", scopes: ["users:read"]) { product(id: $id) { name } }`,
		"person.graphql": `query Person($id: ID!) @endpoint(path: "/person/{id}") { user(id: $id) { name } }`,
	}))))
	p := startBefore(t, recorded(t), yaml)
	first := p.speak(t, "GET /shelf/12\nAs: customer")
	tag := first.header.Get("ETag")
	if first.status != http.StatusOK || first.header.Get("Cache-Control") != "public, max-age=60" || tag == "" {
		t.Errorf("it says %d %v", first.status, first.header)
	}
	p.services.ResetCalls()
	if r := p.speak(t, "GET /shelf/12\nAs: stranger\nIf-None-Match: "+tag); r.status != http.StatusNotModified || len(r.body) > 0 {
		t.Errorf("who has it is answered with %d %s", r.status, r.body)
	}
	again := p.speak(t, "GET /shelf/12\nAs: stranger")
	if !bytes.Equal(again.body, first.body) || again.header.Get("Age") == "" || len(p.calls()) > 0 {
		t.Errorf("it is answered with %s and %v", again.body, again.header)
	}
	for request, want := range map[string]string{
		"GET /staff/12\nAs: support":      "private, max-age=",
		"GET /staff/12\nAs: customer":     "no-store",
		"GET /shelf/99999999\nAs: nobody": "no-store",
		"GET /person/7\nAs: customer":     "no-store",
	} {
		if r := p.speak(t, request); !strings.HasPrefix(r.header.Get("Cache-Control"), want) {
			t.Errorf("%s says %d %v", request, r.status, r.header)
		}
	}
}
