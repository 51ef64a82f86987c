// Package balancer answers which endpoint of a service an attempt goes to, and sends it there.
//
// A Pool has a service's endpoints. Of those that are well, a policy picks one (picker.go). Health checks (health.go), the
// answers themselves (outlier.go) and a breaker for each endpoint say who is well; what they say becomes a lineup
// (lineup.go), which picks read without a lock. Nothing runs in the background but the checks: what time changes is noticed by
// the next pick.
package balancer

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// ErrNoEndpoint says that no endpoint of the service can take an attempt now.
var ErrNoEndpoint = errors.New("no endpoint is usable")

// Pool is the endpoints of one service. As a RoundTripper, it makes one attempt at one of them. It is safe for concurrent use.
type Pool struct {
	service  string
	config   Config
	connect  func(Address) Connection
	picker   picker
	metrics  *Metrics
	breakers breakers
	log      *slog.Logger
	epoch    time.Time // when the pool's clock stood at 0
	lineup   atomic.Pointer[lineup]
	replaced chan struct{} // has something when Replace was called

	mu       sync.Mutex // of what follows, and of what endpoints say of it
	outliers outliers
}

// New returns a pool over addresses, of which there must be at least one. Connect is called once for each endpoint. Where
// watched is nil, the endpoints' breakers are neither counted nor logged. New makes no call and starts nothing: Run does.
func New(
	service string, config Config, addresses []Address, connect func(Address) Connection,
	metrics *Metrics, log *slog.Logger, watched *breaker.Metrics,
) (*Pool, error) {
	if len(addresses) == 0 {
		return nil, errors.New("balance over no endpoints")
	}
	p := &Pool{
		service:  service,
		config:   config,
		connect:  connect,
		picker:   newPicker(config.Balance),
		metrics:  metrics,
		breakers: breakers{config: config.Breaker, metrics: watched, service: service, log: log},
		log:      log.With("service", service),
		epoch:    time.Now(),
		replaced: make(chan struct{}, 1),
		outliers: outliers{config: config.Outlier},
	}
	all, _ := p.gather(nil, addresses)
	p.arrange(all, 0)
	metrics.add(p)
	return p, nil
}

// Others reports whether an endpoint is usable that no attempt of a call went to.
func (p *Pool) Others(call *attempt.Call) bool { return p.current(p.clock()).others(call) }

// Endpoints are those that there are now, in the order of their addresses.
func (p *Pool) Endpoints() []Status {
	seen := p.look()
	statuses := make([]Status, len(seen))
	for i, each := range seen {
		statuses[i] = each.Status
	}
	return statuses
}

// seen is an endpoint as it looks, with what metrics call it.
type seen struct {
	Status
	label string
}

func (p *Pool) look() []seen {
	now := p.clock()
	p.current(now)
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.lineup.Load().all
	looks := make([]seen, len(all))
	for i, e := range all {
		looks[i] = seen{e.status(now), e.metrics.label}
	}
	return looks
}

// Usable is how many endpoints are healthy now, also while so few are that the others are used as well.
func (p *Pool) Usable() int {
	usable := 0
	for _, e := range p.Endpoints() {
		if e.State == Healthy {
			usable++
		}
	}
	return usable
}

// Close ends the pool: its endpoints close their idle connections, and later those of the calls that are in flight.
func (p *Pool) Close() {
	p.metrics.remove(p)
	for _, e := range p.lineup.Load().all {
		p.retire(e)
	}
}

// clock is the time since the pool began. It does not jump.
func (p *Pool) clock() time.Duration { return time.Since(p.epoch) }

// current is the lineup, after what time has changed.
func (p *Pool) current(now time.Duration) *lineup {
	if l := p.lineup.Load(); now < l.until {
		return l
	}
	p.change(func(time.Duration) bool { return false })
	return p.lineup.Load()
}

// change does what may change the lineup, and reports whether it did, after what time has changed.
func (p *Pool) change(do func(now time.Duration) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, l := p.clock(), p.lineup.Load()
	stale := now >= l.until
	if stale {
		p.settle(l.all, now)
	}
	if do(now) || stale {
		p.arrange(l.all, now)
	}
}

// settle catches up with the time: ejections end, and rates are compared.
func (p *Pool) settle(all []*endpoint, now time.Duration) {
	for _, e := range all {
		if since, ok := e.record.release(now); ok {
			p.warm(e, since)
			p.log.Info("endpoint returned", "endpoint", e.name, "reason", "time")
		}
	}
	for _, ejected := range p.outliers.compare(records(all), now) {
		i := slices.IndexFunc(all, func(e *endpoint) bool { return &e.record == ejected })
		p.ejected(all[i], "success_rate", now)
	}
}

func records(all []*endpoint) []*record {
	records := make([]*record, len(all))
	for i, e := range all {
		records[i] = &e.record
	}
	return records
}

// warm begins the slow start of an endpoint. What its latency was when it failed is forgotten: an average that remembers the
// failure would keep it from being picked long after it is well.
func (p *Pool) warm(e *endpoint, now time.Duration) {
	e.latency.forget()
	e.warmth = warmth{began: now, takes: p.config.Balance.SlowStart}
}

func (p *Pool) ejected(e *endpoint, reason string, now time.Duration) {
	e.metrics.ejected(reason)
	p.log.Warn("endpoint ejected", "endpoint", e.name, "reason", reason, "for", e.record.until-now)
}

// arrange publishes a new lineup.
func (p *Pool) arrange(all []*endpoint, now time.Duration) {
	before, after := p.lineup.Load(), lineUp(all, p.config.Outlier.Panic, now, p.outliers.next())
	p.lineup.Store(after)
	switch was := before != nil && before.panic; {
	case after.panic && !was:
		p.log.Warn("panic begins: too few endpoints are usable, so that all are used", "endpoints", len(all))
	case was && !after.panic:
		p.log.Info("panic ends: enough endpoints are usable", "endpoints", len(all))
	}
}
