package tests

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// batching is a configuration that takes batches.
func batching(yaml string) string { return with(yaml, "graphql", "batching: {enabled: true}") }

// batch is an array of requests for these queries.
func batch(t *testing.T, queries ...string) string {
	t.Helper()
	requests := make([]string, len(queries))
	for i, query := range queries {
		requests[i] = graphqlBody(query, nil)
	}
	return "[" + strings.Join(requests, ",") + "]"
}

// answersOf are the answers of a batch, each as its data, or as the codes of its errors where it has none.
func answersOf(t *testing.T, r reply) (all []string) {
	t.Helper()
	var answers []struct {
		Data   json.RawMessage
		Errors []struct {
			Extensions struct{ Code, RequestID string }
		}
	}
	if err := json.Unmarshal(r.body, &answers); err != nil {
		t.Fatalf("this is no array of answers: %v\n%s", err, r.body)
	}
	for _, each := range answers {
		words := strings.Fields(string(each.Data))
		for _, failed := range each.Errors {
			words = append(words, failed.Extensions.Code)
			if failed.Extensions.RequestID != r.header.Get("X-Request-ID") {
				t.Errorf("an error has the request id %q", failed.Extensions.RequestID)
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestABatchIsAnsweredInItsOrder(t *testing.T) {
	t.Parallel()
	p := start(t, batching(standard))
	p.services.SetFault(demo.Product, demo.Fault{Status: 500})
	const me, wrong = `{ me { id } }`, `{ me { nope } }`
	for name, c := range map[string]struct {
		body        string
		accept      string
		status      int
		contentType string
		want        []string
	}{
		"one":      {batch(t, me), plainJSON, 200, plainJSON, []string{`{"me":{"id":"7"}}`}},
		"three":    {batch(t, me, `{ a: me { id } }`, `{ b: me { id } }`), plainJSON, 200, plainJSON, []string{`{"me":{"id":"7"}}`, `{"a":{"id":"7"}}`, `{"b":{"id":"7"}}`}},
		"the same": {batch(t, me, me), graphqlJSON, 200, graphqlJSON, []string{`{"me":{"id":"7"}}`, `{"me":{"id":"7"}}`}},
		"one that cannot run among others": {
			batch(t, me, wrong, me), graphqlJSON, 200, graphqlJSON,
			[]string{`{"me":{"id":"7"}}`, "GRAPHQL_VALIDATION_FAILED", `{"me":{"id":"7"}}`},
		},
		"one that fails in part": {
			batch(t, `{ product(id: 1) { name } me { id } }`, me), plainJSON, 200, plainJSON,
			[]string{`{"product":null,"me":{"id":"7"}} UPSTREAM_ERROR`, `{"me":{"id":"7"}}`},
		},
		"none that can run":         {batch(t, wrong, wrong), graphqlJSON, 400, graphqlJSON, []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"}},
		"none, for an older client": {batch(t, wrong, "{"), plainJSON, 200, plainJSON, []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}},
		"what is no request":        {`[7, {"query": "{ me { id } }"}, null, "x"]`, plainJSON, 200, plainJSON, []string{"BAD_USER_INPUT", `{"me":{"id":"7"}}`, "BAD_USER_INPUT", "BAD_USER_INPUT"}},
		"a batch in a batch":        {`[[{"query": "{ me { id } }"}], {"query": "{ me { id } }"}]`, plainJSON, 200, plainJSON, []string{"BAD_USER_INPUT", `{"me":{"id":"7"}}`}},
		"a mutation beside a query": {batch(t, `mutation { updateProfile(input: {name: "Ann"}) { user { id } } }`, me), plainJSON, 200, plainJSON, []string{`{"updateProfile":{"user":{"id":"7"}}}`, `{"me":{"id":"7"}}`}},
		"an answer with an extension": {
			`[{"query": "{ me { id } }", "extensions": {"cost": true}}, {"query": "{ me { id } }"}]`, plainJSON, 200, plainJSON,
			[]string{`{"me":{"id":"7"}}`, `{"me":{"id":"7"}}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.post(t, c.body, c.accept)
			if diff := cmp.Diff(c.want, answersOf(t, r)); diff != "" {
				t.Errorf("the answers (-want +got):\n%s", diff)
			}
			want := map[string]string{"Content-Type": c.contentType + "; charset=utf-8", "Cache-Control": "no-store"}
			if diff := cmp.Diff(want, headerOf(r, "Content-Type", "Cache-Control")); r.status != c.status || diff != "" {
				t.Errorf("status %d, want %d; the header (-want +got):\n%s", r.status, c.status, diff)
			}
		})
	}
}

func TestABatchThatIsNoneIsAProblem(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, with(standard, "graphql", "batching: {enabled: true, max: 2, bytes: 1KiB}"))
	large := `[{"query": "{ me { id } }", "note": "` + canary + strings.Repeat("x", 1024) + `"}]`
	for name, c := range map[string]struct {
		body, accept string
		want         refusal
	}{
		"none":               {`[]`, "", refusal{400, problemJSON, "BAD_USER_INPUT", "the batch has no operations", ""}},
		"too many":           {`["` + canary + `",2,3]`, "", refusal{400, problemJSON, "OPERATION_LIMIT_EXCEEDED", "a batch has at most 2 operations", ""}},
		"too large":          {large, "", refusal{413, problemJSON, "PAYLOAD_TOO_LARGE", "a batch of operations is larger than 1KiB", ""}},
		"without end":        {`[{"query": "` + canary + `"}`, "", refusal{400, problemJSON, "BAD_USER_INPUT", "the request is not valid JSON", ""}},
		"more behind it":     {`[1] "` + canary + `"`, "", refusal{400, problemJSON, "BAD_USER_INPUT", "the request has more behind its JSON array", ""}},
		"in no form at all":  {batch(t, `{ me { id } }`), "text/html", refusal{406, problemJSON, "NOT_ACCEPTABLE", "", ""}},
		"a key that is none": {batch(t, `{ me { id } }`), "key", refusal{400, problemJSON, "BAD_USER_INPUT", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Accept": c.accept}
			if c.accept == "key" {
				header = map[string]string{"Idempotency-Key": `"` + canary}
			}
			r := send(t, p.raw(t, "", "", header, c.body, true))
			c.want.check(t, r)
			saysNothingOf(t, string(r.body), canary)
		})
	}
	p.answers(t)
	saysNothingOf(t, p.log.String(), canary)
}

// By GET there are no batches, and neither are there any where they are not turned on.
func TestABatchIsOnlyTakenWhereItIsAllowed(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	off, on := start(t, standard), start(t, batching(standard))
	off.batchIsRefused(t)
	want := refusal{Status: 400, Form: problemJSON, Code: "BAD_USER_INPUT", Message: "the request has no query"}
	want.check(t, send(t, on.raw(t, http.MethodGet, "", nil, batch(t, `{ me { id } }`), false)))
}

func (p *program) batchIsRefused(t *testing.T) {
	t.Helper()
	want := refusal{400, problemJSON, "BAD_USER_INPUT", "batches of operations are not supported: send one JSON object", ""}
	want.check(t, p.post(t, batch(t, `{ me { id } }`), plainJSON))
}

// Each operation is charged as if it had come alone, and counted so.
func TestEachOperationOfABatchIsCharged(t *testing.T) {
	t.Parallel()
	p := start(t, with(limitedBy(batching(standard), `
rules:
  - {name: caller, by: principal, limit: 7, per: 1h}
  - {name: work, by: principal, counts: cost, limit: 1000, per: 1h}
`), "graphql", "operations: [Named]"))
	const me = `query Named { me { id } }`
	alone := p.post(t, `{"query": "`+me+`"}`, plainJSON)
	cost := p.usedBy(t, "principal=7")["work"]
	if alone.status != http.StatusOK || cost == 0 {
		t.Fatalf("alone it is answered with %d and costs %d", alone.status, cost)
	}
	p.post(t, batch(t, me, me, me), plainJSON)
	if diff := cmp.Diff(map[string]int64{"caller": 4, "work": 4 * cost}, p.usedBy(t, "principal=7")); diff != "" {
		t.Errorf("after one and three more, it has used (-want +got):\n%s", diff)
	}
	const ok, over = `{"me":{"id":"7"}}`, "RATE_LIMITED"
	r := p.post(t, batch(t, me, me, me, me, me), plainJSON)
	if diff := cmp.Diff([]string{ok, ok, ok, over, over}, answersOf(t, r)); diff != "" || r.status != http.StatusOK {
		t.Errorf("of five more, three may run (%d; -want +got):\n%s", r.status, diff)
	}
	if left := r.header.Get("Ratelimit"); !strings.Contains(left, `"caller";r=0`) {
		t.Errorf("then RateLimit says %q", left)
	}
	if r := p.post(t, batch(t, me, me), plainJSON); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("a batch of which nothing may run is answered with %d %s", r.status, r.body)
	}
	named := counted(t, p, `concierge_requests_total{door="graphql",operation="Named",status="200"}`)
	if named != 1+3+3 {
		t.Errorf("%v operations are counted, want 7", named)
	}
	if n := strings.Count(p.log.String(), `"operation":"Named"`); n != 7 {
		t.Errorf("%d lines tell of operations, want 7", n)
	}
}

// A batch takes as many places as it has operations.
func TestABatchTakesAPlaceForEachOfItsOperations(t *testing.T) {
	t.Parallel()
	c := crowd(t, with(twenty, "graphql", "batching: {enabled: true, max: 30}"), &http.Client{Transport: new(http.Transport)})
	c.hold(t, 15, "Home")
	me := slices.Repeat([]string{`{ user(id: 8) { id } }`}, 6)
	got := make(chan reply, 1)
	go func() { got <- c.post(t, batch(t, me...), plainJSON) }()
	c.log.await(t, func(log string) bool { return strings.Count(log, `"code":"OVERLOADED"`) == 2 })
	c.release()
	const ok, over = `{"user":{"id":"8"}}`, "OVERLOADED"
	if diff := cmp.Diff([]string{ok, ok, ok, ok, over, over}, answersOf(t, <-got)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}

// A key for repetitions is one for each operation.
func TestTheOperationsOfABatchAreRepeatedSafely(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, batching(honoured(standard)))
	write := "mutation { " + place + " }"
	keyed := func(key string) reply {
		return send(t, p.raw(t, "", "", map[string]string{"Idempotency-Key": key}, batch(t, write, write), false))
	}
	first, again := keyed("a-key"), keyed("a-key")
	if diff := cmp.Diff(string(first.body), string(again.body)); diff != "" {
		t.Errorf("repeated, it is answered otherwise (-first +again):\n%s", diff)
	}
	if diff := cmp.Diff([]int{5001, 5002}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
	keys := p.keys(http.MethodPost)
	slices.Sort(keys)
	if distinct := slices.Compact(slices.Clone(keys)); len(keys) != 4 || len(distinct) != 2 {
		t.Errorf("the service was sent the keys %q, want two, each twice", keys)
	}
}

// The operations run side by side: both are at the service before either is answered.
func TestTheOperationsOfABatchRunSideBySide(t *testing.T) {
	t.Parallel()
	c := crowd(t, batching(patient(standard)), &http.Client{Transport: new(http.Transport)})
	got := make(chan reply, 1)
	go func() {
		got <- c.post(t, batch(t, `{ user(id: 8) { id } }`, `{ user(id: 8) { role } }`, `{ me { id } }`), plainJSON)
	}()
	if err := c.services.AwaitInFlight(t.Context(), demo.User, 2); err != nil {
		t.Fatal(err)
	}
	c.release()
	if diff := cmp.Diff([]string{`{"user":{"id":"8"}}`, `{"user":{"role":null}} FORBIDDEN`, `{"me":{"id":"7"}}`}, answersOf(t, <-got)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}

// Whatever a mistake in the program makes of one operation, the others are answered.
func TestAPanicEndsNoMoreThanItsOperation(t *testing.T) {
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	log := new(lines)
	p := launch(t, services, batching(standard), brittle{slog.NewJSONHandler(log, nil), []string{"upstream call failed", "field failed"}})
	defer func() {
		p.stop()
		<-p.ended
	}()
	services.SetFault(demo.User, demo.Fault{Path: "/users", Query: "ids=8", Status: 500})
	for i := range 2 {
		queries := []string{`{ me { id } }`, `{ me { id } }`, `{ me { id } }`}
		queries[i] = `{ user(id: 8) { id } }`
		want := slices.Repeat([]string{`{"me":{"id":"7"}}`}, 3)
		want[i] = "INTERNAL"
		if diff := cmp.Diff(want, answersOf(t, p.post(t, batch(t, queries...), plainJSON))); diff != "" {
			t.Errorf("the answers (-want +got):\n%s", diff)
		}
	}
}

// A batch has one answer, so nothing in it can be answered by events, whatever else its client takes.
func TestASubscriptionInABatchIsRefused(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, tellingEvents(batching(standard)))
	order, _ := p.orderOf(t, "customer")
	orders := `subscription { orderStatusChanged(orderId: ` + strconv.Itoa(order) + `) { id } }`
	for _, accept := range []string{plainJSON, "text/event-stream, application/json"} {
		r := p.post(t, batch(t, orders, `{ me { id } }`, orders), accept)
		want := []string{"NOT_ACCEPTABLE", `{"me":{"id":"7"}}`, "NOT_ACCEPTABLE"}
		if diff := cmp.Diff(want, answersOf(t, r)); diff != "" {
			t.Errorf("the answers to who takes %s (-want +got):\n%s", accept, diff)
		}
	}
	for _, gauge := range []string{"subscriptions", "subscription_connections"} {
		if n := p.reads(t, `concierge_`+gauge+`{transport="sse"}`); n != "0" {
			t.Errorf("concierge_%s is %s", gauge, n)
		}
	}
}
