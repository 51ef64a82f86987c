package ratelimit_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// site is a limiter in front of a handler.
type site struct {
	*ratelimit.Limiter
	registry *prometheus.Registry
	request  ratelimit.Request
	denied   func() // while a credential is looked at that is no good
}

// open makes a limiter with the rules of everybody, and those of plans.
func open(t *testing.T, c ratelimit.Config, plans map[string][]ratelimit.Rule) *site {
	t.Helper()
	if c.Mode == "" {
		c.Mode = ratelimit.Enforce
	}
	names := make([]string, 0, len(plans))
	for name, rules := range plans {
		names = append(names, name)
		ratelimit.ValidateRules("plans."+name, rules, func(path, message string) { t.Errorf("%s: %s", path, message) })
	}
	c.Validate(names, func(path, message string) { t.Errorf("%s: %s", path, message) })
	registry := prometheus.NewRegistry()
	return &site{
		registry: registry,
		request:  ratelimit.Request{Door: ratelimit.DoorREST, Route: "GET /users/{id}", Passes: true},
		Limiter: ratelimit.New(c, ratelimit.Parts{
			Store: memory.New(memory.DefaultConfig(), nil), Plans: plans, Within: time.Second, Registry: registry,
			Log: slog.New(slog.DiscardHandler),
		}),
	}
}

// openFields makes a limiter of fields alone.
func openFields(t *testing.T, fields *ratelimit.Fields) *ratelimit.Limiter {
	t.Helper()
	return ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
		Store: memory.New(memory.DefaultConfig(), nil), Fields: fields, Within: time.Second, Registry: prometheus.NewRegistry(),
		Log: slog.New(slog.DiscardHandler),
	})
}

var addr = netip.MustParseAddr("192.0.2.1")

// caller is who sends a request.
type caller struct {
	auth.Principal
	addr   string
	denied bool // the credential is no good
}

// ask sends a request through the limiter, and returns the answer.
func (s *site) ask(c caller) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/users/7", nil)
	answer := httptest.NewRecorder()
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	handler = s.Charge(s.request)(handler)
	inner := handler
	handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.denied {
			if s.denied != nil {
				s.denied()
			}
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), c.Principal)))
	})
	if c.addr != "" {
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(c.addr), 4711).String()
	}
	trust, _ := forwarded.New(forwarded.DefaultConfig())
	trust.Middleware(s.Before(s.request)(handler)).ServeHTTP(answer, r)
	return answer
}

// statuses are those of several requests of one caller.
func (s *site) statuses(n int, c caller) map[int]int {
	got := make(map[int]int)
	for range n {
		got[s.ask(c).Code]++
	}
	return got
}

func per(limit int, period time.Duration) ratelimit.Limit {
	return ratelimit.Limit{By: ratelimit.ByPrincipal, Limit: limit, Per: ratelimit.Period{Length: period}}
}

func by(whom ratelimit.By, limit ratelimit.Limit) ratelimit.Limit {
	limit.By = whom
	return limit
}

func user(id int) caller {
	return caller{Principal: auth.Principal{ID: strconv.Itoa(id), Method: auth.ByToken}, addr: fmt.Sprintf("192.0.2.%d", id)}
}
