package tests

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const (
	inboundTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	inboundSpan   = "00f067aa0ba902b7"
	inboundParent = "00-" + inboundTrace + "-" + inboundSpan + "-01"
)

var (
	uuidV7      = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$`)
)

func TestARequestHasOneIDEverywhere(t *testing.T) {
	p := start(t, standard)
	for name, c := range map[string]struct {
		sent []string
		kept bool
	}{
		"none":                   {nil, false},
		"a plain one":            {[]string{"Order_7.retry~2-a"}, true},
		"one of 128 characters":  {[]string{strings.Repeat("x", 128)}, true},
		"one of 129 characters":  {[]string{strings.Repeat("x", 129)}, false},
		"an empty one":           {[]string{""}, false},
		"one with a blank":       {[]string{"a b"}, false},
		"one with JSON in it":    {[]string{`x","level":"ERROR`}, false},
		"one that is not ASCII":  {[]string{"é"}, false},
		"two that contradict":    {[]string{"a", "b"}, false},
		"several in one":         {[]string{"a, b"}, false},
		"one with a slash in it": {[]string{"a/b"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			req := p.request(t, operation{query: `{ me { id orders(first: 1) { nodes { id } } } user(id: "none") { id } }`})
			req.Header["X-Request-Id"] = c.sent
			r := send(t, req)
			id := r.header.Get("X-Request-ID")
			switch {
			case c.kept && id != c.sent[0]:
				t.Errorf("the answer is named %q, want %q", id, c.sent[0])
			case !c.kept && !uuidV7.MatchString(id):
				t.Errorf("the answer is named %q, want a new UUIDv7", id)
			}
			refused(t, r) // looks for the same id in the error
			calls := p.services.Calls()
			if len(calls) != 2 {
				t.Fatalf("the services were called %d times, want 2", len(calls))
			}
			for _, call := range calls {
				if got := call.Header.Values("X-Request-ID"); len(got) != 1 || got[0] != id {
					t.Errorf("the %s service was told X-Request-ID %q, want %q", call.Service, got, id)
				}
			}
			if log := p.log.String(); !strings.Contains(log, `"request_id":"`+id+`"`) {
				t.Errorf("the log does not name %s", id)
			}
		})
	}
}

func TestATraceGoesOnInTheServices(t *testing.T) {
	p := start(t, standard)
	for name, c := range map[string]struct {
		parent string
		state  string
		kept   bool
		flags  string
	}{
		"a sampled trace":             {inboundParent, "vendor=1,other=2", true, "01"},
		"a trace that is not sampled": {strings.TrimSuffix(inboundParent, "1") + "0", "", true, "00"},
		"no trace":                    {"", "vendor=1", false, "00"},
		"a trace that is none":        {"00-" + strings.Repeat("0", 32) + "-" + inboundSpan + "-01", "vendor=1", false, "00"},
		"a trace in words":            {"please", "vendor=1", false, "00"},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			req := p.request(t, operation{query: `{ me { id } }`})
			if c.parent != "" {
				req.Header.Set("Traceparent", c.parent)
			}
			if c.state != "" {
				req.Header.Set("Tracestate", c.state)
			}
			send(t, req)
			header := p.services.Calls()[0].Header
			parts := traceparent.FindStringSubmatch(header.Get("Traceparent"))
			if parts == nil {
				t.Fatalf("the service was told Traceparent %q", header.Get("Traceparent"))
			}
			if kept := parts[1] == inboundTrace; kept != c.kept {
				t.Errorf("the service is in the trace %s, which was kept: %t, want %t", parts[1], kept, c.kept)
			}
			if parts[2] == inboundSpan || parts[3] != c.flags {
				t.Errorf("the service was told Traceparent %s, want a span of this hop and the flags %s", parts[0], c.flags)
			}
			wantState := ""
			if c.kept {
				wantState = c.state
			}
			if got := header.Get("Tracestate"); got != wantState {
				t.Errorf("the service was told Tracestate %q, want %q", got, wantState)
			}
			if log := p.log.String(); !strings.Contains(log, `"trace_id":"`+parts[1]+`"`) {
				t.Errorf("the log does not name the trace %s", parts[1])
			}
		})
	}
}

// What a caller sends is for the gateway. The services hear the gateway's own words.
func TestACallersHeaderDoesNotReachTheServices(t *testing.T) {
	p := start(t, standard)
	req := p.request(t, operation{query: `{ me { id } }`})
	for _, field := range []string{"Cookie", "X-Forwarded-For", "X-User-ID", "X-User-Scopes", "X-Gateway-Token", "X-Anything"} {
		req.Header.Set(field, canary)
	}
	send(t, req)
	for field, values := range p.services.Calls()[0].Header {
		saysNothingOf(t, field+": "+strings.Join(values, ","), canary, "Bearer", http.CanonicalHeaderKey("Cookie"))
	}
}
