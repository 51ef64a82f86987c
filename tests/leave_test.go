package tests

import (
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// leaveLater is time enough for what a test does meanwhile.
const leaveLater = "timeouts: {drain_delay: 6s, drain: 1m}"

// onConnections sends requests one after the other, and tells for each whether it went over the connection of the one before.
func onConnections(t *testing.T, client *http.Client, next func() *http.Request) func() (status int, again bool) {
	t.Helper()
	return func() (status int, again bool) {
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { again = info.Reused }}
		req := next()
		res := sendBy(t, client, req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
		return res.status, again
	}
}

// Whoever keeps a connection must learn that it ends before it is closed: by an answer. During the delay everything is answered.
func TestEachAnswerOfADrainingGatewayIsTheLastOfItsConnection(t *testing.T) {
	section, roots := certificate(t)
	delayed := with(standard, "server", leaveLater)
	for name, c := range map[string]struct {
		yaml   string
		client *http.Client
	}{
		"by HTTP/1": {delayed, &http.Client{Transport: new(http.Transport)}},
		"by HTTP/2": {with(delayed, "server", section), clientOf(t, roots, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOneRun(t)
			h := hold(t, c.yaml, c.client)
			ask := onConnections(t, c.client, func() *http.Request {
				return h.request(t, operation{query: `{ me { id } }`})
			})
			for range 2 {
				if status, _ := ask(); status != http.StatusOK {
					t.Fatalf("the answer before is %d", status)
				}
			}
			h.stop()
			eventually(t, "/readyz never says that the gateway leaves", func() bool {
				return get(t, h.admin+"/readyz").status == http.StatusServiceUnavailable
			})
			if status, again := ask(); status != http.StatusOK || !again {
				t.Errorf("the first request is answered with %d, and went over the connection of the one before: %t", status, again)
			}
			for range 3 {
				if status, again := ask(); status != http.StatusOK || again {
					t.Errorf("a later request is answered with %d, and went over the connection of the one before: %t", status, again)
				}
			}
			close(h.release)
			if r := <-h.answer; r.status != http.StatusOK {
				t.Errorf("the request that was under way is answered with %d", r.status)
			}
			if err := <-h.ended; err != nil {
				t.Errorf("the gateway ended with: %v", err)
			}
		})
	}
}

// A request that was under way when the gateway began to leave ends its connection too.
func TestAnAnswerThatBeginsLateIsTheLastOfItsConnection(t *testing.T) {
	t.Parallel()
	h := hold(t, with(standard, "server", leaveLater))
	h.stop()
	eventually(t, "/readyz never says that the gateway leaves", func() bool {
		return get(t, h.admin+"/readyz").status == http.StatusServiceUnavailable
	})
	close(h.release)
	if r := <-h.answer; r.header.Get("Connection") != "close" {
		t.Errorf("its header is %v", r.header)
	}
	if err := <-h.ended; err != nil {
		t.Errorf("the gateway ended with: %v", err)
	}
}

func TestAWebSocketOfARouteIsToldToConnectAgain(t *testing.T) {
	t.Parallel()
	s := before(t, talking(t, echo))
	conn := s.open(t, "/socket")
	says(t, conn, websocket.MessageText, []byte("hello"))
	s.stop()
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the connection ended with: %v", err)
	}
}

func TestAGatewayIsReadyOnceItHasWhatItNeeds(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	set := newIssuer(t)
	set.fails(true)
	issuers := fmt.Sprintf(`issuers: [{issuer: %q, audience: [concierge], keys: {jwks: %q}}]`, set.URL, set.URL+"/keys")
	yaml := strings.Replace(standard, `issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}]`, issuers, 1)
	yaml = with(yaml, "redis", `addresses: ["127.0.0.1:1"]`)
	p := start(t, yaml)
	starting := get(t, p.admin+"/readyz")
	if got := string(starting.body); starting.status != http.StatusServiceUnavailable || !strings.Contains(got, "the keys of "+set.URL+" were not read yet") {
		t.Errorf("/readyz says %d %s", starting.status, got)
	}
	if got := p.reads(t, "concierge_ready"); got != "0" {
		t.Errorf("concierge_ready is %s", got)
	}
	if r := get(t, p.admin+"/livez"); r.status != http.StatusOK {
		t.Errorf("/livez says %d", r.status)
	}
	if r := p.run(t, operation{as: "nobody", query: `{ me { id } }`}); r.status >= 500 {
		t.Errorf("a request is answered with %d meanwhile", r.status)
	}
	set.fails(false)
	eventually(t, "it is never ready", func() bool { return get(t, p.admin+"/readyz").status == http.StatusOK })
	const want = "ready\nservices ok\nkeys ok\nredis ok\ncertificates ok\nRedis cannot be reached: limits are counted by this instance alone\n"
	if got := string(get(t, p.admin+"/readyz?verbose").body); got != want {
		t.Errorf("/readyz says %q, want %q", got, want)
	}
	for _, metric := range []string{"concierge_ready 1", `concierge_start_missing{part="keys"} 0`} {
		name, value, _ := strings.Cut(metric, " ")
		if got := p.reads(t, name); got != value {
			t.Errorf("%s is %s, want %s", name, got, value)
		}
	}
}

func TestAGatewayDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	yaml := with(with(standard, "server", "ready_within: 50ms"), "upstreams", `other: {urls: ["http://other.invalid"]}`)
	p := start(t, yaml)
	eventually(t, "it is never ready", func() bool { return get(t, p.admin+"/readyz").status == http.StatusOK })
	if log := p.log.String(); !strings.Contains(log, `"msg":"ready without","part":"services"`) {
		t.Errorf("the log does not say what is missing:\n%s", log)
	}
	if got := string(get(t, p.admin+"/readyz").body); !strings.Contains(got, "the other service: other.invalid was not found yet\n") {
		t.Errorf("/readyz says %q", got)
	}
}
