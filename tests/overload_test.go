package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// twenty takes 20 requests: 16 of them may be batch, 19 interactive.
var twenty = patient(with(with(with(standard, "server", "max_concurrency: 20"),
	"graphql", "priorities: {Report: batch, Checkout: critical}"), "graphql", "graphiql: true"))

// crowded is a gateway with requests that a service keeps.
type crowded struct {
	*program
	client  *http.Client
	release func() // lets the service answer
	held    sync.WaitGroup
	n       int
}

func crowd(t *testing.T, yaml string, client *http.Client) *crowded {
	t.Helper()
	release := make(chan struct{})
	services, err := demo.Start(demo.Options{Record: true, Wrap: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service == demo.User && r.URL.Query().Get("ids") == "8" {
				select {
				case <-release:
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
	c := &crowded{
		program: startBefore(t, services, yaml),
		client:  client,
		release: sync.OnceFunc(func() { close(release) }),
	}
	t.Cleanup(func() {
		c.release()
		c.held.Wait()
		client.CloseIdleConnections()
	})
	return c
}

// hold sends n more requests that stay. They must be answered once they can be.
func (c *crowded) hold(t *testing.T, n int, name string) {
	t.Helper()
	for range n {
		req := c.named(t, name, `query `+name+` { user(id: 8) { id } }`, name)
		ctx := context.WithoutCancel(t.Context()) // they stay until the end of the test, which is later than its context's
		c.held.Go(func() {
			res, err := c.client.Do(req.WithContext(ctx))
			if err != nil {
				t.Errorf("a request that was held broke off: %v", err)
				return
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || string(body) != `{"data":{"user":{"id":"8"}}}` {
				t.Errorf("a request that was held is answered with %d %s, %v", res.StatusCode, body, err)
			}
		})
	}
	c.n += n
	c.inFlight(t, c.n)
}

// named is a request that says in its header which operation it runs.
func (c *crowded) named(t *testing.T, claimed, query, name string) *http.Request {
	t.Helper()
	req := c.request(t, operation{query: query, name: name})
	if claimed != "" {
		req.Header.Set("X-Apollo-Operation-Name", claimed)
	}
	return req
}

// serves checks who is served beside those who stay, and who is turned away.
func (c *crowded) serves(t *testing.T, want map[string]bool) {
	t.Helper()
	for name, served := range want {
		r := sendBy(t, c.client, c.named(t, name, `query `+name+` { me { id } }`, name))
		if !served {
			turnedAway(t, r)
			continue
		}
		if got := string(r.body); r.status != http.StatusOK || got != `{"data":{"me":{"id":"7"}}}` {
			t.Errorf("beside %d requests, %s is answered with %d %s", c.n, name, r.status, got)
		}
	}
}

func turnedAway(t *testing.T, r reply) {
	t.Helper()
	refusal{503, problemJSON, "OVERLOADED", "the gateway has more requests than it can take now", ""}.check(t, r)
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 5 {
		t.Errorf("Retry-After: %q, want 1 to 5", r.header.Get("Retry-After"))
	}
}

func TestOverloadTurnsTheLowestPriorityAwayFirst(t *testing.T) {
	c := crowd(t, twenty, &http.Client{Transport: new(http.Transport)})
	page := func() reply { return get(t, c.public+"/") }
	c.serves(t, map[string]bool{"Report": true, "Home": true, "Checkout": true})
	c.hold(t, 16, "Home")
	c.serves(t, map[string]bool{"Report": false, "Home": true, "Checkout": true})
	if r := page(); r.status != http.StatusOK {
		t.Errorf("beside 16 requests, the page is answered with %d", r.status)
	}
	c.hold(t, 3, "Home")
	c.serves(t, map[string]bool{"Report": false, "Home": false, "Checkout": true})
	turnedAway(t, page())
	c.hold(t, 1, "Checkout")
	c.serves(t, map[string]bool{"Report": false, "Home": false, "Checkout": false})

	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if r := get(t, c.admin+path); r.status != http.StatusOK {
			t.Errorf("%s of a full gateway is answered with %d", path, r.status)
		}
	}
	for metric, want := range map[string]float64{
		`concierge_requests_shed_total{door="graphql",priority="batch"}`:       3,
		`concierge_requests_shed_total{door="graphql",priority="interactive"}`: 2,
		`concierge_requests_shed_total{door="graphql",priority="critical"}`:    1,
		`concierge_requests_shed_total{door="page",priority="interactive"}`:    1,
		`concierge_requests_in_flight{door="graphql"}`:                         20,
	} {
		if got := counted(t, c.program, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	c.release()
	c.held.Wait()
	c.n = 0
	c.serves(t, map[string]bool{"Report": true, "Home": true, "Checkout": true})
	log := c.log.String()
	if n := strings.Count(log, `"msg":"shedding requests: the gateway is full"`); n != 1 {
		t.Errorf("the log tells %d times that shedding began", n)
	}
	if n := strings.Count(log, `"code":"OVERLOADED"`); n != 7 {
		t.Errorf("the log has %d requests that were turned away, want 7", n)
	}
}

// The gateway would wait for a body for longer than this test waits for the gateway.
func TestARequestIsTurnedAwayBeforeItsBodyCame(t *testing.T) {
	c := crowd(t, twenty, &http.Client{Transport: new(http.Transport)})
	c.hold(t, 19, "Home")
	for name, length := range map[string]string{
		"a short one":              "Content-Length: 100",
		"one of which some came":   "Content-Length: 100\r\nX-Begin: with",
		"a long one":               "Content-Length: 1000000",
		"one of unknown length":    "Transfer-Encoding: chunked",
		"one that asks whether to": "Content-Length: 100\r\nExpect: 100-continue",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, c.program)
			write(t, conn, "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"+length+"\r\n\r\n")
			if strings.Contains(length, "X-Begin") {
				write(t, conn, `{"query": `)
			}
			answer := bufio.NewReader(conn)
			res, err := http.ReadResponse(answer, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			turnedAway(t, reply{status: res.StatusCode, header: res.Header, body: body})
			if !res.Close {
				t.Error("the connection would be kept, with a body owed")
			}
			if rest := toTheEnd(t, answer); rest != "" {
				t.Errorf("there is more behind the answer: %q", rest)
			}
		})
	}
}

func TestAConnectionWithoutABodyOutlivesARefusal(t *testing.T) {
	c := crowd(t, twenty, &http.Client{Transport: new(http.Transport)})
	c.hold(t, 19, "Home")
	conn := dial(t, c.program)
	answers := bufio.NewReader(conn)
	for range 3 {
		write(t, conn, "GET /graphql?query={me{id}} HTTP/1.1\r\nHost: test\r\n\r\n")
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		turnedAway(t, reply{status: res.StatusCode, header: res.Header, body: body})
	}
}

func TestAnHTTP2ConnectionOutlivesARefusal(t *testing.T) {
	section, roots := certificate(t)
	c := crowd(t, with(twenty, "server", section), clientOf(t, roots, 2))
	c.hold(t, 19, "Home")
	for i := range 3 {
		body, writer := io.Pipe()
		t.Cleanup(func() { _ = writer.Close() })
		req := c.request(t, operation{query: `{ me { id } }`})
		req.Body, req.ContentLength = body, 100
		reused := false
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
		turnedAway(t, sendBy(t, c.client, req.WithContext(httptrace.WithClientTrace(req.Context(), trace))))
		if !reused {
			t.Errorf("request %d needs a connection of its own", i)
		}
	}
}

// A name in the header is no more than a claim: what runs is in the body.
func TestAnOperationThatLiesAboutItsNameIsTurnedAway(t *testing.T) {
	c := crowd(t, twenty, &http.Client{Transport: new(http.Transport)})
	served := func(r reply) bool {
		t.Helper()
		if r.status == http.StatusServiceUnavailable {
			turnedAway(t, r)
			return false
		}
		if want := `{"data":{"product":{"id":"1"}}}`; string(r.body) != want {
			t.Errorf("it is answered with %d %s, want %s", r.status, r.body, want)
		}
		return true
	}
	const report, checkout, nameless = `query Report { product(id: 1) { id } }`, `query Checkout { product(id: 1) { id } }`, `{ product(id: 1) { id } }`
	for _, each := range []struct {
		held           int
		claimed, query string
		want           bool
	}{
		{15, "Home", report, true},
		{16, "Report", report, false},
		{16, "Home", report, false},
		{16, "", report, false},
		{16, "Checkout", report, false},
		{16, "Checkout", nameless, true},
		{18, "Checkout", nameless, true},
		{19, "Checkout", nameless, false},
		{19, "Checkout", checkout, true},
		{19, "", checkout, false}, // nobody could know
	} {
		c.hold(t, each.held-c.n, "Home")
		c.services.ResetCalls()
		got := served(sendBy(t, c.client, c.named(t, each.claimed, each.query, "")))
		if got != each.want {
			t.Errorf("beside %d requests, %q that claims to be %q is served: %t", each.held, each.query, each.claimed, got)
		}
		if calls := c.services.Calls(); (len(calls) > 0) != each.want {
			t.Errorf("beside %d requests, %q that claims to be %q makes the calls %v", each.held, each.query, each.claimed, calls)
		}
	}
	byURL := c.request(t, operation{query: checkout})
	byURL.URL.RawQuery = "operationName=Checkout"
	if !served(sendBy(t, c.client, byURL)) {
		t.Error("an operation that is named in the URL was turned away")
	}
}

func TestABrowserMayReadThatItWasTurnedAway(t *testing.T) {
	const shop = "https://shop.example"
	c := crowd(t, with(twenty, "server", fmt.Sprintf("cors: {allowed_origins: [%q]}", shop)), &http.Client{Transport: new(http.Transport)})
	c.hold(t, 19, "Home")
	req := c.request(t, operation{query: `{ me { id } }`})
	req.Header.Set("Origin", shop)
	r := sendBy(t, c.client, req)
	turnedAway(t, r)
	if got := r.header.Get("Access-Control-Allow-Origin"); got != shop {
		t.Errorf("Access-Control-Allow-Origin: %q, want %q", got, shop)
	}
}
