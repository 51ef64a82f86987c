package tests

import (
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// Nobody could answer, so that requests fail; but the service gets fewer calls than it would have without the gateway, and is
// called again once it is well.
func TestAServiceThatIsDownIsLeftAloneAndComesBack(t *testing.T) {
	impatient := "timeouts: {connect: 5s, header: 1s, try: 1s, total: 5s, idle: 1s}"
	// On a busy machine few calls come to their end in a second, and a breaker waits for some.
	long := "breaker: {window: 10s, open: 200ms, max_open: 400ms, ramp: 0s}"
	for name, c := range map[string]struct {
		manner   manner
		code     string
		settings []string
	}{
		"its endpoints refuse connections": {manner{refuse: true}, "UPSTREAM_UNAVAILABLE", nil},
		"its endpoints are black holes":    {manner{swallow: true}, "UPSTREAM_TIMEOUT", []string{impatient, long}},
		"its endpoints answer with 503":    {manner{status: 503}, "UPSTREAM_UNAVAILABLE", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			label(t)
			s := newSite(t, 2, c.settings...)
			s.warm(t)
			tried, asked := s.attempted(t), s.called(t)
			r := s.load.begin(endless)
			r.past(t, 50)
			for _, each := range s.lanes {
				each.turn(c.manner)
			}
			s.log.await(t, func(log string) bool { return strings.Contains(log, `"msg":"breaker opened"`) })
			opened := s.attempted(t)
			const calls = 1000
			r.goesOn(t, calls)
			while := s.attempted(t) - opened
			waitFor(t, func() string { return "/readyz never says so" }, func() bool {
				return strings.Contains(string(get(t, s.admin+"/readyz").body), "the user service is unusable")
			})
			got := r.halt()
			s.within(t, s.called(t)-asked, s.attempted(t)-tried)
			t.Logf("%v; %d attempts for %d calls while it was down", got, while, calls)
			if while > calls/4 {
				t.Errorf("%d calls became %d attempts while the service was down, want %d at most", calls, while, calls/4)
			}
			delete(got.codes, "UPSTREAM_UNAVAILABLE") // as while the breaker is open
			delete(got.codes, c.code)
			if got.failed == 0 || len(got.codes) > 0 {
				t.Errorf("%v beside those that were expected", got)
			}
			for _, each := range s.lanes {
				each.turn(manner{})
			}
			s.recovers(t)
			for _, each := range s.lanes {
				s.returns(t, each)
			}
			if ready := string(get(t, s.admin+"/readyz").body); ready != "ready\n" {
				t.Errorf("/readyz says %q in the end", ready)
			}
			s.calms(t)
		})
	}
}

// called is how many calls the gateway was asked to make to the user service.
func (s *site) called(t *testing.T) int {
	t.Helper()
	return int(s.sum(t, `concierge_upstream_requests_total{`))
}

// recovers waits until requests are served again, all of them.
func (s *site) recovers(t *testing.T) {
	t.Helper()
	var last tally
	waitFor(t, func() string { return "the service never comes back: " + last.String() }, func() bool {
		last = s.load.sends(100)
		return last.failed == 0
	})
}

// The services that hang do so side by side, and twice in a row on the way to the payment. If their times added up, the operation
// would be over before its answer.
func TestTheRestOfAnAnswerArrivesWithinTheTimeOfOneService(t *testing.T) {
	t.Parallel()
	label(t)
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := with(standard, "graphql", "timeout: 11s")
	for _, service := range demo.Names() {
		head := "\n  " + service + ":\n"
		yaml = strings.Replace(yaml, head, head+"    timeouts: {connect: 4s, header: 4s, total: 4s}\n", 1)
	}
	p := startBefore(t, services, yaml)
	for _, service := range []string{demo.User, demo.Product, demo.Payment} {
		services.SetFault(service, demo.Fault{Hang: true})
	}
	r := p.run(t, operation{as: "support", query: `{
		me { name }
		payment(id: 1) { id }
		order(id: 1) { id user { name } payment { id } items { quantity product { name } } }
	}`})
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Path       []any
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		t.Fatal(err)
	}
	const want = `{"me":null,"payment":null,"order":{"id":"1","user":null,"payment":null,"items":[` +
		`{"quantity":1,"product":null},{"quantity":2,"product":null},{"quantity":3,"product":null}]}}`
	if got := string(answer.Data); masked(got) != masked(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(answer.Errors) != 7 {
		t.Errorf("got %d errors, want one for each field that hangs", len(answer.Errors))
	}
	for _, each := range answer.Errors {
		if each.Extensions.Code != "UPSTREAM_TIMEOUT" {
			t.Errorf("%v failed with %s, want UPSTREAM_TIMEOUT", each.Path, each.Extensions.Code)
		}
	}
	calls := map[string]int{}
	for _, call := range services.Calls() {
		calls[call.Service]++
	}
	for service, got := range calls {
		if most := 2 * 3; got > most { // two calls of three attempts
			t.Errorf("the %s service got %d calls, want %d at most", service, got, most)
		}
	}
	if calls[demo.Order] != 1 {
		t.Errorf("the order service got %d calls, want 1", calls[demo.Order])
	}
}

// masked is a text without its quantities, which are of no interest.
func masked(text string) string {
	for _, digit := range "123456789" {
		text = strings.ReplaceAll(text, `"quantity":`+string(digit), `"quantity":n`)
	}
	return text
}

// It runs alone, so that what it measures is its own.
func TestFailuresLeaveNothingBehind(t *testing.T) {
	label(t)
	s := newSite(t, 2, "timeouts: {connect: 1s, header: 500ms, try: 500ms, total: 2s, idle: 100ms}", "max_response: 64KiB")
	round := func() {
		for _, sick := range []manner{{refuse: true}, {swallow: true}, {status: 503}, {cut: 250}, {endless: true}, {stale: true}} {
			for _, each := range s.lanes {
				each.turn(sick)
			}
			s.load.sends(50)
		}
		for _, each := range s.lanes {
			each.turn(manner{})
		}
		s.recovers(t)
		s.calms(t)
	}
	heap := func() uint64 {
		s.log.forget() // which is the test's own
		return live()
	}
	round() // what is made once is made now
	memory, all := heap(), runtime.NumGoroutine()
	for range 3 {
		round()
	}
	waitFor(t, func() string { return "goroutines were left behind" }, func() bool { return runtime.NumGoroutine() <= all })
	const most = 512 << 10
	if grown := int64(heap()) - int64(memory); grown > most {
		t.Errorf("the heap grew by %d bytes in three rounds, want %d at most", grown, most)
	} else {
		t.Logf("the heap grew by %d bytes", grown)
	}
}

func TestMetricsAndTheLogTellOfAnOutage(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "breaker: {window: 1s, open: 1m, ramp: 0s}", "endpoint_breaker: {enabled: false}")
	for _, each := range s.lanes {
		each.turn(manner{status: 500})
	}
	s.load.sends(100)
	for metric, want := range map[string]float64{
		`concierge_upstream_breaker_state{endpoint="",service="user"}`:                            2,
		`concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="open"}`:      1,
		`concierge_upstream_breaker_state{endpoint="",service="order"}`:                           0,
		`concierge_upstream_breaker_transitions_total{endpoint="",service="order",to="open"}`:     0,
		`concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="closed"}`:    0,
		`concierge_upstream_breaker_transitions_total{endpoint="",service="user",to="half_open"}`: 0,
	} {
		if got := counted(t, s.program, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	refused := counted(t, s.program, `concierge_upstream_breaker_refused_total{endpoint="",service="user"}`)
	if open := counted(t, s.program, `concierge_upstream_requests_total{code="open",service="user"}`); refused == 0 || refused != open {
		t.Errorf("%v calls were refused, and %v are counted as such", refused, open)
	}
	opened := 0
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"msg":"breaker opened"`) && !strings.Contains(line, `"endpoint"`) {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("the log tells %d times that the service's breaker opened", opened)
	}
	r := get(t, s.admin+"/readyz")
	if got, want := string(r.body), "ready\nthe user service is unusable: its breaker is open\n"; r.status != http.StatusOK || got != want {
		t.Errorf("/readyz says %d %q, want %q", r.status, got, want)
	}
}

// A fallback answers while the breaker is open, and is not taken for the service.
func TestAFallbackAnswersInThePlaceOfAService(t *testing.T) {
	replica, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = replica.Close() })
	for name, c := range map[string]struct {
		fallback, source, name string
	}{
		"a fixed one":     {`fallback: {static: [{match: "GET /users", body: '[{"id": 8, "name": "Somebody"}]'}]}`, "static", "Somebody"},
		"another service": {`fallback: {urls: ["` + replica.URLs(demo.User)[0] + `"]}`, "upstream", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			label(t)
			s := newSite(t, 2, c.fallback)
			ask := func() (name string, extensions any) {
				var answer struct {
					Data       struct{ User struct{ Name string } }
					Extensions map[string]any
					Errors     []any
				}
				r := s.run(t, operation{query: `{ user(id: 8) { name } }`})
				if err := json.Unmarshal(r.body, &answer); err != nil || len(answer.Errors) > 0 {
					t.Fatalf("%s: %v", r.body, err)
				}
				return answer.Data.User.Name, answer.Extensions["fallback"]
			}
			own, mark := ask()
			if mark != nil {
				t.Errorf("the service's own answer is marked %v", mark)
			}
			if c.name == "" {
				c.name = own
			}
			for _, each := range s.lanes {
				each.turn(manner{refuse: true})
			}
			if got := s.load.sends(200); got.failed > 0 {
				t.Errorf("%v, want none while there is a fallback", got)
			}
			name, mark := ask()
			want := []any{map[string]any{"service": "user", "source": c.source}}
			if diff := cmp.Diff(want, mark); diff != "" || name != c.name {
				t.Errorf("%s answered, marked (-want +got):\n%s", name, diff)
			}
			for _, each := range s.lanes {
				each.turn(manner{})
			}
			waitFor(t, func() string { return "the service never answers again itself" }, func() bool {
				name, mark = ask()
				return mark == nil && name == own
			})
			s.calms(t)
		})
	}
}

// An outage that is hidden by slowness is one too.
func TestABreakerOpensForSlowCalls(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 2, "breaker: {window: 10s, open: 1m, slow_rate: 50, slow_after: 50ms}", "endpoint_breaker: {enabled: false}")
	for _, each := range s.lanes {
		each.turn(manner{delay: 100 * time.Millisecond})
	}
	got := s.load.sends(100)
	if reason := strings.Contains(s.log.String(), `"reason":"slow_rate"`); got.failed == 0 || !reason {
		t.Errorf("%v, and the log tells of the reason: %t", got, reason)
	}
}
