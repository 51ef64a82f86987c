package tests

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/demo"
)

// operationTree is what the spans of a request to GraphQL stand in, with what its operation says first.
func operationTree(code, operation, levels string) string {
	return "POST /graphql (server) route=/graphql method=POST status_code=200" + code + `
  authenticate method=token
  charge
  limit
  ` + operation + levels + `
    parse
    plan
    validate`
}

func TestTheSpansOfARequestSayWhatItDid(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	c := startCollector(t)
	p := startKeeping(t, c.recording(caching(withREST(nil, demoSection()), "product: {depends: nothing}")), forAll)
	headline := `{ orders(first: 3) { nodes { user { name } items { product { name } } payment { status } } } }`
	p.read(t, "customer { product(id: 3) { name } }") // so that they are known
	send(t, p.asks(t, "customer GET /v2/products/3"))
	for _, each := range []struct {
		name, ask string
		fault     demo.Fault
		want      string
	}{
		{name: "the headline query", ask: "admin " + headline, want: operationTree("", "query", `
    level
      batch read=Orders keys=1
        call cache=miss service=order method=GET template=/orders keys=1 status_code=200
          GET (client) method=GET status_code=200
    level
      batch read=PaymentOfOrder keys=3
        call cache=miss service=payment method=GET template=/payments keys=3 status_code=200
          GET (client) method=GET status_code=200
      batch read=Product keys=9
        call cache=miss service=product method=GET template=/products keys=9 status_code=200
          GET (client) method=GET status_code=200
      batch read=User keys=3
        call cache=miss service=user method=GET template=/users keys=3 status_code=200
          GET (client) method=GET status_code=200`)},
		{
			name: "a retry", ask: "admin { user(id: 17) { name } }", fault: demo.Fault{Status: http.StatusServiceUnavailable, Times: 1},
			want: operationTree("", "query", `
    level
      batch read=User keys=1
        call cache=miss service=user method=GET template=/users keys=1 status_code=200
          GET (client) method=GET resend_count=1 status_code=200
          GET (client) method=GET status_code=503 type=503 failed`),
		},
		{
			name: "a service that is down", ask: "admin { user(id: 18) { name } }",
			fault: demo.Fault{Status: http.StatusInternalServerError},
			want: operationTree(" code=UPSTREAM_ERROR", "query errors=1 type=UPSTREAM_ERROR failed", `
    level
      batch read=User keys=1
        call cache=miss service=user method=GET template=/users keys=1 status_code=500
          GET (client) method=GET resend_count=1 status_code=500 type=500 failed
          GET (client) method=GET resend_count=2 status_code=500 type=500 failed
          GET (client) method=GET status_code=500 type=500 failed`),
		},
		{name: "a record that is known", ask: "customer { product(id: 3) { id name } }", want: operationTree("", "query", `
    level
      batch read=Product keys=1 known=1`)},
		{
			name: "a mutation", ask: `customer: mutation Edit { updateProfile(input: {phone: "+1 5550100"}) { user { phone } } }`,
			want: operationTree("", "mutation name=Edit", `
    call service=user method=PATCH template=/users/{id} keys=1 status_code=200
      PATCH (client) method=PATCH status_code=200`),
		},
		{name: "a document that is none", ask: "customer { nothing }", want: `
POST /graphql (server) route=/graphql method=POST status_code=200 code=GRAPHQL_VALIDATION_FAILED
  authenticate method=token
  charge
  limit
  operation errors=1 type=GRAPHQL_VALIDATION_FAILED failed
    parse`[1:]},
		{name: "a route", ask: "customer GET /v2/users/7", want: `
GET /v2/users/{id} (server) route=/v2/users/{id} method=GET status_code=200
  authenticate method=token
  call service=user method=GET cache=miss status_code=200
    GET (client) method=GET status_code=200
  charge
  limit`[1:]},
		{name: "a route of which an answer is kept", ask: "customer GET /v2/products/3", want: `
GET /v2/products/{id} (server) route=/v2/products/{id} method=GET status_code=200
  authenticate method=token
  call service=product method=GET cache=hit status_code=200
  charge
  limit`[1:]},
		{name: "nobody who is known", ask: "nobody GET /v2/users/7", want: `
GET /v2/users/{id} (server) route=/v2/users/{id} method=GET status_code=401 code=UNAUTHENTICATED
  authenticate type=refused failed
  limit`[1:]},
	} {
		t.Run(each.name, func(t *testing.T) {
			if each.fault.Status != 0 {
				p.services.SetFault(demo.User, each.fault)
				defer p.services.ClearFaults()
			}
			_, got := c.traced(t, p.asksAny(t, each.ask))
			if diff := cmp.Diff(each.want, got.tree()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// asksAny is asks, also for a document that does not begin with a brace.
func (p *program) asksAny(t *testing.T, what string) *http.Request {
	t.Helper()
	if as, document, ok := strings.Cut(what, ": mutation"); ok {
		return p.request(t, operation{as: as, query: "mutation" + document})
	}
	return p.asks(t, what)
}

func TestARefusedLimitIsInTheTrace(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	p := start(t, c.recording(strings.Replace(standard, "rules: [", "rules: [{name: few, by: principal, limit: 1, per: 24h}, ", 1)))
	p.run(t, operation{query: `{ me { id } }`})
	r, got := c.traced(t, p.request(t, operation{query: `{ me { id } }`}))
	const want = `POST /graphql (server) route=/graphql method=POST status_code=429 code=RATE_LIMITED limit=few
  authenticate method=token
  charge type=RATE_LIMITED failed
  limit`
	if diff := cmp.Diff(want, got.tree()); diff != "" || r.status != http.StatusTooManyRequests {
		t.Errorf("%d (-want +got):\n%s", r.status, diff)
	}
}

// linked reports whether a span is linked to another.
func linked(from, to *tracepb.Span) bool {
	return slices.ContainsFunc(from.GetLinks(), func(l *tracepb.Span_Link) bool {
		return slices.Equal(l.GetSpanId(), to.GetSpanId()) && slices.Equal(l.GetTraceId(), to.GetTraceId())
	})
}

func TestWhoWaitsForAnothersCallIsLinkedToIt(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	c := startCollector(t)
	for name, each := range map[string]struct{ holding, ask, then, span string }{
		"of a route":      {demo.Order, "customer GET /v2/orders/7", "customer GET /v2/orders/7", "call"},
		"of an operation": {demo.User, "customer { me { email } }", "customer { me { email } }", "query"},
		"of a lookup":     {demo.Product, "customer { product(id: 7) { name } }", "customer { product(id: 7) { id name } }", "call"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startRush(t, c.recording(shelves("")), each.holding)
			first, second := p.asks(t, each.ask), p.asks(t, each.then)
			ofFirst, ofSecond := wanted(first), wanted(second)
			one := p.send(t, 1, []*http.Request{first})
			p.await(t, 1)
			other := p.send(t, 1, []*http.Request{second})
			waitFor(t, func() string { return "nobody waits" }, func() bool { return p.inFlight(t) == 2 })
			p.rest(t)
			p.release()
			one()
			other()
			led, followed := c.of(t, ofFirst).named(t, each.span), c.of(t, ofSecond).named(t, each.span)
			if !linked(led, followed) || !linked(followed, led) {
				t.Errorf("the links are %v and %v", led.GetLinks(), followed.GetLinks())
			}
		})
	}
}

func TestServicesAreToldOfTheAttempt(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	p := start(t, c.recording(standard))
	for _, recorded := range []bool{true, false} {
		p.services.ResetCalls()
		parent := correlation.NewTrace().Marked(recorded)
		req := p.request(t, operation{query: `{ me { id } }`})
		req.Header.Set("Traceparent", string(parent))
		req.Header.Set("Tracestate", "vendor=1")
		send(t, req)
		header := p.services.Calls()[0].Header
		told, ok := correlation.Inbound(header)
		if !ok || told.TraceID() != parent.TraceID() || told.Sampled() != recorded || header.Get("Tracestate") != "vendor=1" {
			t.Errorf("the service is told %s, the caller said %s", told, parent)
		}
		if recorded {
			attempt := c.of(t, parent).named(t, "GET")
			if id := hex.EncodeToString(attempt.GetSpanId()); id != told.SpanID() {
				t.Errorf("the service is told of %s, the attempt is %s", told.SpanID(), id)
			}
		}
	}
	if n := counted(t, p, `concierge_traces_total{result="recorded"}`); n != 1 {
		t.Errorf("%v traces are counted, want 1", n)
	}
}

func TestEventsAndMessagesHaveTracesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	p := start(t, c.recording(tellingEvents(standard)))
	parent := correlation.NewTrace().Marked(true)
	s := p.dial(t, http.Header{"Traceparent": {string(parent)}})
	s.say(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + p.token(t, "customer") + `"}}`)
	s.want(`{"type":"connection_ack"}`)
	s.subscribe("1", `subscription { orderStatusChanged(orderId: 7) { id } }`)
	waitFor(t, func() string { return "nobody has subscribed" }, func() bool {
		return counted(t, p, `concierge_subscriptions{transport="websocket"}`) == 1
	})
	p.happens(t, "order", 7, 7)
	s.hear()
	_ = s.conn.CloseNow()
	connection := c.of(t, parent).named(t, "GET /graphql")
	names := make(map[string]int)
	for _, each := range c.all() {
		if linked(each, connection) {
			names[each.GetName()]++
		}
	}
	if diff := cmp.Diff(map[string]int{"POST /graphql": 2, "event": 1}, names); diff != "" {
		t.Errorf("linked to the connection (-want +got):\n%s", diff)
	}
}

func TestEachOperationOfABatchIsAPartOfItsTrace(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	c := startCollector(t)
	p := start(t, c.recording(with(standard, "graphql", "batching: {enabled: true}")))
	req := p.raw(t, http.MethodPost, "/graphql", map[string]string{"Authorization": "Bearer " + p.token(t, "customer")},
		`[{"query": "{ me { id } }"}, {"query": "{ me { name } }"}]`, false)
	req.Header.Set("Content-Type", "application/json")
	_, got := c.traced(t, req)
	const one = `
  POST /graphql route=/graphql method=POST status_code=200
    query
      level
        batch read=User keys=1
          call service=user method=GET template=/users keys=1 status_code=200
            GET (client) method=GET status_code=200
      parse
      plan
      validate`
	const want = "POST /graphql (batch) (server) route=/graphql (batch) method=POST status_code=200" + one + one +
		"\n  authenticate method=token\n  charge\n  limit"
	if diff := cmp.Diff(want, got.tree()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestACollectorThatIsGoneHoldsNobody has the gateway end while nobody takes what it sends.
func TestACollectorThatIsGoneHoldsNobody(t *testing.T) {
	t.Parallel()
	p := start(t, standard+fmt.Sprintf("tracing: {endpoint: %q, sample: 1, flush: 50ms}\n", "http://127.0.0.1:1"))
	if r := p.run(t, operation{query: `{ me { id } }`}); r.status != http.StatusOK {
		t.Errorf("answered with %d", r.status)
	}
}
