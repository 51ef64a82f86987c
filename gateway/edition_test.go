package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/keys"
	"github.com/concierge-gateway/concierge/auth/token"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/telemetry"
)

// A connection comes back at the moment at which the last request leaves.
func TestAnEditionDoesNotEndUnderAConnectionThatComesBack(t *testing.T) {
	metrics := telemetry.NewGenerations(prometheus.NewRegistry())
	e := &edition{Gateway: &Gateway{metrics: metrics, lives: lives{metrics: metrics}}, registry: prometheus.NewRegistry()}
	e.users.Store(1)
	e.waiting.Store(1)
	e.ending.Lock()
	left := make(chan struct{})
	go func() {
		defer close(left)
		e.leave()
	}()
	for e.users.Load() > 0 {
		runtime.Gosched()
	}
	e.rejoin()
	e.ending.Unlock()
	<-left
	if e.ended || e.silent {
		t.Errorf("it has ended: %t, and counts no more: %t", e.ended, e.silent)
	}
	e.leave()
	if !e.ended || !e.silent {
		t.Errorf("it has ended at last: %t, and counts no more: %t", e.ended, e.silent)
	}
}

// An instance that has begun to leave while a configuration was being read goes on by the one that it has.
func TestAReloadThatIsOvertakenByADrainIsDropped(t *testing.T) {
	g := openEverything(t)
	issuer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { g.draining.Store(true) }))
	defer issuer.Close()
	before, c := g.current(), g.config
	further := token.Config{Issuer: "late", Keys: keys.DefaultConfig()}
	further.Keys.JWKS = issuer.URL
	c.Auth.Issuers = append(slices.Clone(c.Auth.Issuers), further)
	if _, err := g.Reload(context.Background(), c); !errors.Is(err, ErrDraining) {
		t.Errorf("the error is %v", err)
	}
	if g.current() != before {
		t.Error("it goes by the other")
	}
}

// A Redis that a later configuration names is nothing that a start waits for.
func TestRedisMayComeWithALaterConfiguration(t *testing.T) {
	g := openEverything(t)
	later, c := g.config, g.config
	c.Redis = redis.DefaultConfig()
	later.Redis.Addresses = []string{"127.0.0.1:1"}
	if _, err := g.Reload(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	g.askRedis(t.Context())
	if _, err := g.Reload(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if missing, alone := g.unsharedYet(), g.current().alone(); len(missing) > 0 || alone == "" {
		t.Errorf("%q is missing, and it says %q", missing, alone)
	}
}

// What cannot even be tried is refused, and nothing has happened.
func TestAPanicWhileAnEditionIsPutTogetherIsAMistake(t *testing.T) {
	g := openEverything(t)
	before, c := g.current(), g.config
	c.GraphQL.Operations = []string{"\xff"} // no value of a label, which promises to panic
	if _, err := g.Reload(t.Context(), c); err == nil || g.current() != before {
		t.Errorf("the error is %v, and it goes by the other: %t", err, g.current() != before)
	}
	if _, err := g.Reload(t.Context(), g.config); err != nil {
		t.Error(err)
	}
}
