package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/waterfall"
)

// tracing is a request that asks for the calls of its operation.
func (p *program) tracing(t *testing.T, op operation) *http.Request {
	t.Helper()
	req := p.request(t, op)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	body = append(bytes.TrimSuffix(body, []byte("}")), `,"extensions":{"trace":true}}`...)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return req
}

// shownTrace is what an answer says of its calls.
type shownTrace struct {
	waterfall.Report

	Execution string
	Cost      *demand.Report
	Limits    []ratelimit.State
}

// traceIn is the trace in an answer, nil where there is none.
func traceIn(t *testing.T, answer []byte) *shownTrace {
	t.Helper()
	var shown struct {
		Extensions struct{ Trace *shownTrace }
	}
	if err := json.Unmarshal(answer, &shown); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return shown.Extensions.Trace
}

// traceOf is what an admin is told of an operation's calls.
func (p *program) traceOf(t *testing.T, query string) *shownTrace {
	t.Helper()
	answer := send(t, p.tracing(t, operation{as: "admin", query: query})).body
	shown := traceIn(t, answer)
	if shown == nil {
		t.Fatalf("no calls are told of in %s", answer)
	}
	return shown
}

// lines are the calls, a line for each, in the order of their steps.
func (s *shownTrace) lines() []string {
	var all []string
	for _, c := range s.Calls {
		words := []string{fmt.Sprintf("%d %s %s %s %s keys=%d", c.Level, c.Service, c.Method, c.Path, c.Read, c.Keys)}
		if c.Cache != "" {
			words = append(words, string(c.Cache))
		}
		if c.Records {
			words = append(words, "records")
		}
		for _, a := range c.Attempts {
			words = append(words, a.Code)
		}
		all = append(all, strings.Join(words, " "))
	}
	slices.Sort(all)
	return all
}

func TestTheCallsOfAnOperationAreToldToThoseWhoAskAndMay(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	op := operation{query: `{ orders(first: 3) { nodes { user { name } items { product { name } } payment { status } } } }`}
	for as, shown := range map[string]bool{"admin": true, "support": false} {
		op.as = as
		usual := p.run(t, op).body
		p.services.ResetCalls()
		asked := send(t, p.tracing(t, op)).body
		got := traceIn(t, asked)
		switch {
		case !shown && !bytes.Equal(usual, asked):
			t.Errorf("the %s gets %s, want %s", as, asked, usual)
		case !shown:
			continue
		case got == nil:
			t.Fatalf("the %s gets %s", as, asked)
		}
		if without, _, _ := bytes.Cut(asked, []byte(`,"extensions":`)); !bytes.Equal(append(without, '}'), usual) {
			t.Errorf("the answer is %s, and otherwise %s", asked, usual)
		}
		p.areTheCalls(t, got)
		haveFieldsAndTimes(t, got)
		isCharged(t, got)
	}
}

// areTheCalls compares what is told of the calls of three orders with what services were asked.
func (p *program) areTheCalls(t *testing.T, got *shownTrace) {
	t.Helper()
	keys := make(map[string]int)
	for _, call := range p.services.Calls() {
		_, ids, _ := strings.Cut(call.Query, "ids=")
		keys[call.Service] = strings.Count(ids, ",") + 1
	}
	want := []string{
		"1 order GET /orders Orders keys=1 200",
		fmt.Sprintf("2 payment GET /payments PaymentOfOrder keys=%d 200", keys["payment"]),
		fmt.Sprintf("2 product GET /products Product keys=%d 200", keys["product"]),
		fmt.Sprintf("2 user GET /users User keys=%d 200", keys["user"]),
	}
	if diff := cmp.Diff(want, got.lines()); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
	if keys["payment"] != 3 || len(got.Calls) != len(p.services.Calls()) {
		t.Errorf("services had the calls %v", p.services.Calls())
	}
}

func haveFieldsAndTimes(t *testing.T, got *shownTrace) {
	t.Helper()
	fields := make(map[string]string)
	for _, call := range got.Calls {
		fields[call.Service] = strings.Join(call.Fields, " ")
		if call.StartUS < 0 || call.TookUS <= 0 || call.StartUS+call.TookUS > got.TookUS || call.Bytes == 0 {
			t.Errorf("the times are off: %+v of %d µs", call, got.TookUS)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"order": "orders", "payment": "orders.nodes.payment", "product": "orders.nodes.items.product", "user": "orders.nodes.user",
	}, fields); diff != "" {
		t.Errorf("calls are for other fields (-want +got):\n%s", diff)
	}
	if got.Answer != "executed" || got.GatewayUS <= 0 || got.GatewayUS >= got.TookUS {
		t.Errorf("it is %s, and took %d µs of %d in the gateway", got.Answer, got.GatewayUS, got.TookUS)
	}
}

func isCharged(t *testing.T, got *shownTrace) {
	t.Helper()
	if got.Cost == nil || got.Cost.Calls.Actual != 4 || len(got.Limits) != 2 || got.Limits[1].Name != "caller" || got.Limits[1].Charged != 1 {
		t.Errorf("it cost %+v, and was charged %+v", got.Cost, got.Limits)
	}
}

func TestATraceTellsWhatFailedAndWasTriedAgain(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	p.services.SetFault("user", demo.Fault{Status: http.StatusServiceUnavailable, Times: 1})
	got := p.traceOf(t, `{ me { name } }`)
	if diff := cmp.Diff([]string{"1 user GET /users User keys=1 503 200"}, got.lines()); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
	if c := got.Calls[0]; c.Retries != 1 || c.Attempts[0].Endpoint == c.Attempts[1].Endpoint {
		t.Errorf("told of %+v", c)
	}
	p.services.SetFault("user", demo.Fault{Status: http.StatusInternalServerError})
	if got := p.traceOf(t, `{ me { name } }`); got.Calls[0].Status != http.StatusInternalServerError {
		t.Errorf("told of %+v", got.Calls[0])
	}
}

func TestATraceTellsThatABreakerIsOpen(t *testing.T) {
	t.Parallel()
	p := start(t, strings.Replace(standard, "  user:\n", "  user:\n    retry: {max: 0}\n    breaker: {window: 10s, min_calls: 1}\n", 1))
	p.services.SetFault("user", demo.Fault{Status: http.StatusInternalServerError})
	for range 50 {
		got := p.traceOf(t, `{ me { name } }`)
		if c := got.Calls[0]; c.Withheld != "" {
			if c.Withheld != "open" && c.Withheld != "no_endpoint" || c.Error != "UPSTREAM_UNAVAILABLE" || len(c.Attempts) > 0 {
				t.Errorf("told of %+v", c)
			}
			return
		}
	}
	t.Error("no call was withheld")
}

func TestATraceTellsWhatIsKept(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, caching(standard, "user: {depends: principal}"))
	const two, three = `{ a: user(id: 7) { name } b: user(id: 8) { name } }`, `{ a: user(id: 7) { name } b: user(id: 8) { name } c: user(id: 9) { name } }`
	for _, c := range []struct {
		query string
		want  []string
	}{
		{two, []string{"1 user GET /users User keys=2 miss 200"}},
		{three, []string{"1 user GET /users User keys=1 miss 200", "1 user GET /users User keys=2 hit records"}},
		{three, []string{"1 user GET /users User keys=3 hit records"}},
	} {
		if diff := cmp.Diff(c.want, p.traceOf(t, c.query).lines()); diff != "" {
			t.Errorf("%s: told of (-want +got):\n%s", c.query, diff)
		}
	}
}

func TestAnAnswerThatIsKeptWholeNeverHasATraceOfItsOwn(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, caching(anonymous(standard), "product: {depends: nothing}"))
	const list = `{ products(first: 3) { nodes { id name } } }`
	first := p.traceOf(t, list)
	if first.Answer != "executed" || len(first.Calls) != 1 {
		t.Errorf("the first is told of %+v", first)
	}
	if again := p.traceOf(t, list); again.Answer != "kept" || len(again.Calls) != 0 {
		t.Errorf("the second is told of %+v", again)
	}
	for _, as := range []string{"admin", "customer", "nobody"} {
		if body := p.run(t, operation{as: as, query: list}).body; bytes.Contains(body, []byte("extensions")) {
			t.Errorf("the %s, who did not ask, gets %s", as, body)
		}
	}
}

// TestWhoWaitsForAnotherIsToldSo sends an operation twice at the same time.
func TestWhoWaitsForAnotherIsToldSo(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, caching(anonymous(standard), "product: {depends: nothing}"))
	p.services.SetFault("product", demo.Fault{Delay: 200 * time.Millisecond})
	answers := make([]*shownTrace, 2)
	var both sync.WaitGroup
	for i := range answers {
		req := p.tracing(t, operation{as: "admin", query: `{ products(first: 4) { nodes { id } } }`})
		both.Go(func() {
			if res, err := http.DefaultClient.Do(req); err == nil {
				defer res.Body.Close()
				if body, err := io.ReadAll(res.Body); err == nil {
					answers[i] = traceIn(t, body)
				}
			}
		})
	}
	both.Wait()
	if answers[0] == nil || answers[1] == nil {
		t.Fatal("an answer has no trace")
	}
	if answers[0].Answer == "shared" {
		slices.Reverse(answers)
	}
	if answers[0].Answer != "executed" || answers[1].Answer != "shared" || len(answers[0].Calls) != 1 || len(answers[1].Calls) != 0 {
		t.Errorf("told of %+v and %+v", answers[0], answers[1])
	}
}

func TestATraceOfAWrite(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	got := p.traceOf(t, `mutation { updateProfile(input: {phone: "+1 555 10"}) { user { phone orders(first: 1) { nodes { id } } } } }`)
	want := []string{"0 user PATCH /users/{id}  keys=1 200", "1 order GET /orders Orders keys=1 200"}
	if diff := cmp.Diff(want, got.lines()); diff != "" || got.Execution != "gqlgen" {
		t.Errorf("%s tells of (-want +got):\n%s", got.Execution, diff)
	}
}

func TestATraceIsBounded(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "trace: {calls: 2}"))
	got := p.traceOf(t, `{ orders(first: 3) { nodes { user { name } items { product { name } } payment { status } } } }`)
	if len(got.Calls) != 2 || got.LeftOut != 2 {
		t.Errorf("told of %d calls, and %d were left out", len(got.Calls), got.LeftOut)
	}
}

func TestATraceOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, with(standard, "graphql", "demand: {calls: 1}"))
	got := p.traceOf(t, `{ orders(first: 3) { nodes { user { name } } } }`)
	if got.Answer != "refused" || len(got.Calls) != 0 || got.Cost == nil || got.Cost.Calls.Estimated != 2 || len(got.Limits) != 2 {
		t.Errorf("told of %+v", got)
	}
}

func TestAnEmptyScopeTellsNobodyOfCalls(t *testing.T) {
	t.Parallel()
	p := start(t, with(with(standard, "graphql", `trace: {scope: ""}`), "graphql", "graphiql: true"))
	answer := send(t, p.tracing(t, operation{as: "admin", query: `{ me { name } }`})).body
	if traceIn(t, answer) != nil {
		t.Errorf("the admin gets %s", answer)
	}
	if page := get(t, p.public+"/graphiql/settings.json").body; bytes.Contains(page, []byte("trace_scope")) {
		t.Errorf("the page is told %s", page)
	}
}
