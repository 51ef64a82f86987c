package shared

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
	"github.com/concierge-gateway/concierge/secret"
)

// instance is one of those that share counters.
type instance struct {
	*Store
	local    *memory.Store
	registry *prometheus.Registry
	log      *written
	stop     func()
}

// written is a log.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// clock is the time that Redis and all instances count by, where a test sets it.
type clock struct{ atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.Store(1_800_000_000_000_000)
	return c
}

func (c *clock) pass(d time.Duration) { c.Add(d.Microseconds()) }

// setup is how an instance is opened.
type setup struct {
	servers  []*redistest.Server
	password secret.Text
	settings Settings
	clock    *clock
	connect  time.Duration // after which a connection that hangs is given up
}

// patient are settings by which a busy machine is no failure.
func patient() Settings {
	s := DefaultSettings()
	s.Timeout, s.Probe, s.Heartbeat = 5*time.Second, 20*time.Millisecond, 20*time.Millisecond
	return s
}

// open begins an instance. It ends with the test.
func open(t testing.TB, s setup) *instance {
	t.Helper()
	config := redis.DefaultConfig()
	for _, server := range s.servers {
		config.Addresses = append(config.Addresses, server.Address)
	}
	config.Password = s.password
	if s.connect > 0 {
		config.ConnectTimeout = s.connect
	}
	client, err := redis.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{registry: prometheus.NewRegistry(), log: &written{}}
	var local func() time.Duration
	if s.clock != nil {
		local = func() time.Duration { return time.Duration(s.clock.Load()) * time.Microsecond }
	}
	i.local = memory.New(memory.Config{Keys: 100_000}, local)
	i.Store = New(s.settings, client, i.local, i.registry, slog.New(slog.NewTextHandler(i.log, nil)))
	if s.clock != nil {
		i.now = func() string { return text(s.clock.Load()) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx) })
	i.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		i.Close()
		client.Close()
	})
	t.Cleanup(i.stop)
	return i
}

// together opens instances and waits until each shares its counters and knows of all others.
func together(t testing.TB, n int, s setup) []*instance {
	t.Helper()
	all := make([]*instance, n)
	for i := range all {
		all[i] = open(t, s)
	}
	meet(t, all...)
	return all
}

func meet(t testing.TB, all ...*instance) {
	t.Helper()
	for _, i := range all {
		redistest.Await(t, "an instance that shares its counters", func() bool {
			return i.Reachable() && i.known.Load() == int64(len(all))
		})
	}
}

// units is a reservation of one charge.
func units(want int64, key string, rate limiter.Rate) *charge.Reservation {
	return &charge.Reservation{
		Charges: []charge.Charge{{Key: key, Rate: rate, Cost: 1}}, Want: want, Least: min(want, 1),
	}
}

func per(limit int64, period time.Duration) limiter.Rate {
	return limiter.Rate{Limit: limit, Period: period}
}

func (i *instance) take(t testing.TB, r *charge.Reservation) *charge.Reservation {
	t.Helper()
	if err := i.Reserve(t.Context(), time.Minute, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// metric is the sum of a metric's values with a label value, or of all where that is empty.
func (i *instance) metric(t testing.TB, name, label string) (sum float64) {
	t.Helper()
	families, err := i.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "concierge_ratelimit_store_"+name {
			continue
		}
		for _, m := range family.GetMetric() {
			if label == "" || strings.Contains(m.String(), `"`+label+`"`) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// failures is how often its counters could not be shared any more.
func (i *instance) failures(t testing.TB) float64 {
	t.Helper()
	return i.metric(t, "errors_total", "")
}

// logged is how often the log says something.
func (i *instance) logged(what string) int { return strings.Count(i.log.String(), what) }

// passes is what passed when.
type passes struct{ at, units []int64 }

func (p *passes) add(at, units int64) {
	if units > 0 {
		p.at, p.units = append(p.at, at), append(p.units, units)
	}
}

// most is the most that passed in any interval of a period.
func (p *passes) most(period time.Duration) (most int64) {
	first, sum := 0, int64(0)
	for i := range p.at {
		sum += p.units[i]
		for p.at[first] <= p.at[i]-period.Microseconds() {
			sum -= p.units[first]
			first++
		}
		most = max(most, sum)
	}
	return most
}
