package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
)

// endpoint is one address of a service, which counts what comes.
type endpoint struct {
	*httptest.Server
	attempts atomic.Int64
}

func serve(t *testing.T, handler http.HandlerFunc) *endpoint {
	t.Helper()
	e := new(endpoint)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.attempts.Add(1)
		handler(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

func well(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "all of it") }

func failing(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// breakingOff announces more than it sends.
func breakingOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "all")
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// open is the way to endpoints, with quick retries.
func open(t *testing.T, change func(*Config), endpoints ...*endpoint) *Transport {
	t.Helper()
	config := DefaultConfig()
	config.Retry.Backoff = time.Microsecond
	config.Retry.MaxBackoff = time.Microsecond
	for _, e := range endpoints {
		config.URLs = append(config.URLs, e.URL)
	}
	if change != nil {
		change(&config)
	}
	config.Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
	way, err := New("user", config, nil, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	return way
}

// ask makes a call and reads its answer.
func ask(t *testing.T, way http.RoundTripper) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := way.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), errors.Join(err, res.Body.Close())
}

func TestOneGoodEndpointIsEnough(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{"failing": failing, "breaking off": breakingOff} {
		t.Run(name, func(t *testing.T) {
			sick, fine := serve(t, bad), serve(t, well)
			way := open(t, nil, sick, fine)
			whole := way.Whole(1 << 20)
			const calls = 200
			for range calls {
				if status, text, err := ask(t, whole); err != nil || status != 200 || text != "all of it" {
					t.Fatalf("%d %q, %v, want the good endpoint's answer", status, text, err)
				}
			}
			if sick.attempts.Load() > 10 {
				t.Errorf("the sick endpoint was asked %d times, want it left alone after a few", sick.attempts.Load())
			}
			if status := way.Status(); status.Unusable != "" || status.Breaker != breaker.Closed {
				t.Errorf("the service counts as %q, its breaker is %v", status.Unusable, status.Breaker)
			}
		})
	}
}

func TestAServiceThatFailsForGoodIsNoLongerCalled(t *testing.T) {
	sick := serve(t, failing)
	way := open(t, func(c *Config) { c.EndpointBreaker.Enabled = false }, sick)
	for range 100 {
		_, _, _ = ask(t, way)
	}
	before := sick.attempts.Load()
	_, _, err := ask(t, way)
	if _, refused := errors.AsType[*breaker.OpenError](err); !refused || sick.attempts.Load() != before {
		t.Errorf("a call ended with %v after %d attempts, want it refused without one", err, sick.attempts.Load()-before)
	}
	if got := way.Status().Unusable; got != "its breaker is open" {
		t.Errorf("the service counts as unusable because %q", got)
	}
	most := int64(20 + 20*20/100 + 10*10) // the calls that open the breaker, and what the budget lets be repeated
	if before > most {
		t.Errorf("%d attempts came before the breaker opened, want %d at most", before, most)
	}
}

func TestAnAnswerThatBreaksOffIsSeenByWhoeverStreamsIt(t *testing.T) {
	sick := serve(t, breakingOff)
	if status, text, err := ask(t, open(t, nil, sick)); status != 200 || text != "all" || err == nil {
		t.Errorf("%d %q, %v, want what came and an error", status, text, err)
	}
	if sick.attempts.Load() != 1 {
		t.Errorf("it was asked for %d times, want once: its beginning has been handed on", sick.attempts.Load())
	}
}

// An endpoint that answers without end is left alone, and whoever asks for too much brings down nobody.
func TestAnswersThatAreTooLongOpenNoBreaker(t *testing.T) {
	one, other := serve(t, well), serve(t, well)
	way := open(t, nil, one, other)
	for range 100 {
		if _, _, err := ask(t, way.Whole(3)); !errors.Is(err, attempt.ErrTooLarge) {
			t.Fatalf("%v, want that the answer is too long", err)
		}
	}
	if status, _, err := ask(t, way.Whole(1<<20)); err != nil || status != 200 {
		t.Errorf("%d, %v for one who asks for less, want the answer", status, err)
	}
	if got := way.Status(); got.Breaker != breaker.Closed || got.Unusable != "" {
		t.Errorf("the breaker is %v, the service counts as %q", got.Breaker, got.Unusable)
	}
}

func TestRoutesHaveTimesOfTheirOwn(t *testing.T) {
	config := DefaultConfig()
	config.Timeouts.Header, config.Timeouts.Try, config.Timeouts.Total = time.Second, 2*time.Second, 5*time.Second
	config.Routes = []Route{{Match: "POST /orders", Total: time.Minute}, {Match: "GET /users/{id}", Header: 500 * time.Millisecond, Try: time.Second, Total: time.Second}}
	times, err := newTimes(config)
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]retry.Timeouts{
		"GET /users":    {Header: time.Second, Try: 2 * time.Second, Total: 5 * time.Second},
		"POST /orders":  {Try: 2 * time.Second, Total: time.Minute},
		"GET /users/7":  {Header: 500 * time.Millisecond, Try: time.Second, Total: time.Second},
		"POST /users/7": {Header: time.Second, Try: 2 * time.Second, Total: 5 * time.Second},
	} {
		method, path, _ := strings.Cut(call, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, "http://user"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if got := times.of(req); got != want {
			t.Errorf("%s may take %+v, want %+v", call, got, want)
		}
	}
}

func TestACallMayBringTimesOfItsOwn(t *testing.T) {
	config := DefaultConfig()
	config.Timeouts.Header, config.Timeouts.Try, config.Timeouts.Total = time.Second, 2*time.Second, 5*time.Second
	config.Routes = []Route{{Match: "GET /users", Total: time.Minute}}
	times, err := newTimes(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		own  *CallTimeouts
		want retry.Timeouts
	}{
		"none":                   {nil, retry.Timeouts{Try: 2 * time.Second, Total: time.Minute}},
		"those of the service":   {&CallTimeouts{}, retry.Timeouts{Header: time.Second, Try: 2 * time.Second, Total: 5 * time.Second}},
		"a header":               {&CallTimeouts{Header: time.Hour}, retry.Timeouts{Header: time.Hour, Try: 2 * time.Second, Total: 5 * time.Second}},
		"a total":                {&CallTimeouts{Total: time.Hour}, retry.Timeouts{Try: 2 * time.Second, Total: time.Hour}},
		"no end":                 {&CallTimeouts{Endless: true}, retry.Timeouts{Header: time.Second, Try: 2 * time.Second}},
		"a total for the stream": {&CallTimeouts{Endless: true, Total: time.Hour}, retry.Timeouts{Header: time.Second, Try: 2 * time.Second, Total: time.Hour}},
	} {
		ctx := t.Context()
		if c.own != nil {
			ctx = context.WithValue(ctx, TimeoutsKey{}, c.own)
		}
		if got := times.of(request(ctx, t)); got != c.want {
			t.Errorf("%s: it may take %+v, want %+v", name, got, c.want)
		}
	}
}

func TestAnotherServiceAnswersInThePlaceOfOne(t *testing.T) {
	sick, replica := serve(t, failing), serve(t, well)
	way := open(t, func(c *Config) { c.Fallback.URLs = []string{replica.URL} }, sick)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := way.Whole(1 << 20).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get(fallback.Header) != "upstream" || replica.attempts.Load() != 1 {
		t.Errorf("%d marked %q after %d calls, want the replica's answer", res.StatusCode, res.Header.Get(fallback.Header), replica.attempts.Load())
	}
}

func TestNamesStandForAllOfTheirAddresses(t *testing.T) {
	bases, err := addressesOf([]string{"http://users.internal:8000/v1", "https://spare.internal", "http://10.0.0.9:80"}, []int{3, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoints{bases: bases, found: make(map[string][]netip.Addr)}
	if diff := cmp.Diff([]string{"users.internal", "spare.internal"}, e.names()); diff != "" {
		t.Errorf("looked up (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"users.internal:8000", "spare.internal", "10.0.0.9:80"}, namesOf(e)); diff != "" {
		t.Errorf("before they are known (-want +got):\n%s", diff)
	}
	e.found["users.internal"] = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}
	e.found["spare.internal"] = []netip.Addr{netip.MustParseAddr("10.0.0.3")}
	if diff := cmp.Diff([]string{"10.0.0.1:8000", "[fd00::1]:8000", "10.0.0.3:443", "10.0.0.9:80"}, namesOf(e)); diff != "" {
		t.Errorf("once they are known (-want +got):\n%s", diff)
	}
	if first := e.now()[1]; first.Base.Path != "/v1" || first.Weight != 3 {
		t.Errorf("an address of a name has the base %s and the weight %d, want the name's own", first.Base, first.Weight)
	}
}

func namesOf(e *endpoints) []string {
	var names []string
	for _, each := range e.now() {
		names = append(names, each.Name())
	}
	return names
}

func TestAnEndpointIsDialledAtItsAddressAndCalledByItsName(t *testing.T) {
	host := ""
	e := serve(t, func(w http.ResponseWriter, r *http.Request) { host = r.Host; well(w, r) })
	target, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	way := open(t, func(c *Config) { c.URLs = []string{"http://users.invalid:" + target.Port()} })
	way.service.endpoints.moved("users.invalid", []netip.Addr{netip.MustParseAddr(target.Hostname())})
	if status, _, err := ask(t, way); err != nil || status != 200 || host != "users.invalid:"+target.Port() {
		t.Errorf("%d, %v from a host called %q, want it to be called by its name", status, err, host)
	}
}

func TestConfigReportsEveryMistakeByItsPlace(t *testing.T) {
	config := DefaultConfig()
	config.URLs = []string{"ftp://a", "http://b", "http://b"}
	config.Timeouts.Try = time.Hour
	config.Routes = []Route{{Match: "nonsense"}, {Match: "GET /", Try: time.Minute}, {Match: "POST /", Total: -1}}
	config.Balance.Weights = []int{1}
	config.Retry.Max = -1
	config.Hedge.Percentile = 0
	config.Breaker.Probes = 0
	config.EndpointBreaker.Open = 0
	config.Fallback.URLs = []string{"http://c", "nonsense"}
	var got []string
	config.Validate(func(path, _ string) { got = append(got, path) })
	want := []string{
		"urls[0]", "urls[2]", "timeouts.try", "routes[0].match", "routes[1].try", "routes[2].total", "balance.weights",
		"retry.max", "hedge.percentile", "breaker.probes", "endpoint_breaker.open", "fallback.urls[1]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	urls := DefaultConfig()
	urls.URLs = []string{"http://a"}
	urls.Validate(func(path, message string) { t.Errorf("the default's %s %s", path, message) })
}
