package tests

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// held is a gateway with one request that a service keeps.
type held struct {
	*program
	release chan struct{} // closing it lets the service answer
	answer  chan reply    // nothing comes where the connection breaks off
}

// hold runs a gateway until its stop is called, and sends it a request that stays, by a client or one of its own.
func hold(t *testing.T, yaml string, clients ...*http.Client) *held {
	t.Helper()
	h := &held{release: make(chan struct{}), answer: make(chan reply, 1)}
	services, err := demo.Start(demo.Options{Wrap: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service == demo.User && r.URL.Query().Get("ids") == "8" {
				select {
				case <-h.release:
				case <-r.Context().Done():
				}
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	log := new(lines)
	h.program = launch(t, services, patient(yaml), telling(log))
	h.log = log
	t.Cleanup(h.stop)
	req := h.request(t, operation{query: `{ user(id: 8) { id } }`})
	client := &http.Client{Transport: new(http.Transport)}
	if len(clients) > 0 {
		client = clients[0]
	}
	go func() {
		defer close(h.answer)
		res, err := client.Do(req)
		if err != nil {
			return
		}
		defer res.Body.Close()
		defer client.CloseIdleConnections()
		if res.Close { // the client takes the field away
			res.Header.Set("Connection", "close")
		}
		h.answer <- reply{status: res.StatusCode, header: res.Header}
	}()
	h.inFlight(t, 1)
	return h
}

// inFlight waits until the user service works on so many calls.
func (p *program) inFlight(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.services.AwaitInFlight(ctx, demo.User, n); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what takes no time, but happens in another goroutine.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	waitFor(t, func() string { return what }, so)
}

// accepts tells whether the public listener takes connections.
func (p *program) accepts(t *testing.T) bool {
	t.Helper()
	u, err := url.Parse(p.public)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func TestADrainingGatewayEndsWhatItBeganAndTakesNoMore(t *testing.T) {
	h := hold(t, standard)
	if r := get(t, h.admin+"/readyz"); r.status != http.StatusOK {
		t.Fatalf("/readyz says %d before the end", r.status)
	}
	h.stop()
	eventually(t, "/readyz never says that the gateway leaves", func() bool {
		return get(t, h.admin+"/readyz").status == http.StatusServiceUnavailable
	})
	eventually(t, "connections are accepted all the same", func() bool { return !h.accepts(t) })
	if r := get(t, h.admin+"/livez"); r.status != http.StatusOK {
		t.Errorf("/livez says %d while the gateway drains", r.status)
	}
	if page := string(get(t, h.admin+"/").body); !strings.Contains(page, "ready     false") {
		t.Errorf("the status page does not say so:\n%s", page)
	}
	select {
	case err := <-h.ended:
		t.Fatalf("the gateway ended before its request: %v", err)
	default:
	}
	if n := h.services.InFlight(demo.User); n != 1 {
		t.Fatalf("%d calls are in flight, want the one that is held", n)
	}
	close(h.release)
	if r := <-h.answer; r.status != http.StatusOK {
		t.Errorf("the held request is answered with %d", r.status)
	}
	if err := <-h.ended; err != nil {
		t.Errorf("the gateway ended with: %v", err)
	}
	if !strings.Contains(h.log.String(), `"msg":"drained"`) {
		t.Errorf("the log does not tell of the drain:\n%s", h.log)
	}
}

func TestARequestThatOutlastsTheDrainIsCutOff(t *testing.T) {
	h := hold(t, with(standard, "server", "timeouts: {drain: 30ms}"))
	h.stop()
	if err := <-h.ended; err == nil || !strings.Contains(err.Error(), "drain: ") {
		t.Errorf("the gateway ended with: %v, want what was left undone", err)
	}
	h.inFlight(t, 0)
	if r, ok := <-h.answer; ok {
		t.Errorf("the request was answered with %d", r.status)
	}
}

// During the delay balancers already read that this instance leaves, and those that have not yet are served.
func TestADrainDelayGoesOnServing(t *testing.T) {
	t.Parallel()
	const delay = 2 * time.Second
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	p := launch(t, services, with(standard, "server", "timeouts: {drain_delay: "+delay.String()+"}"), telling(new(lines)))
	p.stop()
	end := time.Now().Add(delay)
	eventually(t, "/readyz never says that the gateway leaves", func() bool {
		return get(t, p.admin+"/readyz").status == http.StatusServiceUnavailable
	})
	if accepted := p.accepts(t); !accepted && time.Now().Before(end) {
		t.Error("connections are refused at once")
	}
	if err := <-p.ended; err != nil {
		t.Errorf("the gateway ended with: %v", err)
	}
}

func TestAGatewayLeavesNoGoroutineBehind(t *testing.T) {
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	serve := func() {
		p := launch(t, services, with(standard, "graphql", "graphiql: true"), telling(new(lines)))
		p.answers(t)
		for _, path := range []string{p.public + "/", p.admin + "/metrics"} {
			get(t, path)
		}
		p.post(t, "{", plainJSON)
		p.stop()
		if err := <-p.ended; err != nil {
			t.Errorf("the gateway ended with: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	}
	serve() // whatever is made once is made now
	before := runtime.NumGoroutine()
	const times = 10
	for range times {
		serve()
	}
	end := time.Now().Add(patience)
	for runtime.NumGoroutine() >= before+times {
		if time.Now().After(end) {
			var all strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&all, 1)
			t.Fatalf("%d goroutines became %d:\n%s", before, runtime.NumGoroutine(), &all)
		}
		runtime.Gosched()
	}
}

// A configuration that is replaced by another has two gateways in one process for a while.
func TestTwoGatewaysLiveSideBySide(t *testing.T) {
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	first := startBefore(t, services, with(standard, "graphql", "operations: [First]"))
	other := strings.Replace(standard, "the-secret-of-the-tests", "another-secret-of-the-tests", 1)
	other = strings.Replace(other, "introspection: true", "introspection: false", 1)
	log := new(lines)
	second := launch(t, services, with(with(other, "graphql", "pages: {default: 2, max: 5}"), "auth", "anonymous: true"), telling(log))

	first.answers(t)
	second.answers(t)
	foreign := second.request(t, operation{query: `{ me { id } }`})
	foreign.Header.Set("Authorization", "Bearer "+first.token(t, "customer"))
	refusal{Status: 401, Form: problemJSON, Code: "UNAUTHENTICATED"}.check(t, send(t, foreign))
	schema := operation{query: `{ __schema { queryType { name } } }`}
	if got, want := string(first.run(t, schema).body), `{"data":{"__schema":{"queryType":{"name":"Query"}}}}`; got != want {
		t.Errorf("the first gateway tells of its schema %s, want %s", got, want)
	}
	refusal{200, plainJSON, "GRAPHQL_VALIDATION_FAILED", "introspection is turned off", ""}.check(t, second.run(t, schema))
	page := operation{as: "support", query: `query First { users(first: 6) { nodes { id } } }`}
	if r := first.run(t, page); strings.Contains(string(r.body), "errors") {
		t.Errorf("the first gateway answers %s", r.body)
	}
	refusal{200, plainJSON, "BAD_USER_INPUT", "first must lie between 0 and 5", `{"users":null}`}.check(t, second.run(t, page))

	const known, calls = `concierge_requests_total{door="graphql",operation="First",status="200"}`, `concierge_upstream_requests_total{code="200",service="user"}`
	for _, c := range []struct {
		p      *program
		metric string
		want   float64
	}{{first, known, 1}, {first, calls, 2}, {second, known, 0}, {second, calls, 1}} {
		if got := counted(t, c.p, c.metric); got != c.want {
			t.Errorf("%s of %s is %v, want %v", c.metric, c.p.public, got, c.want)
		}
	}
	second.stop()
	if err := <-second.ended; err != nil {
		t.Errorf("the second gateway ended with: %v", err)
	}
	first.answers(t)
	if strings.Contains(first.log.String(), `"msg":"draining"`) || !strings.Contains(log.String(), `"msg":"drained"`) {
		t.Error("the gateways share a log")
	}
}
