package balancer

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// verdict is what an endpoint's checks say: that it is well, unless they have said otherwise often enough.
type verdict struct {
	unhealthy bool
	against   int // checks in a row that contradict it
}

// add takes in a check, and reports whether the verdict changed.
func (v *verdict) add(passed bool, config Health) bool {
	if passed != v.unhealthy {
		v.against = 0
		return false
	}
	enough := config.Unhealthy
	if v.unhealthy {
		enough = config.Healthy
	}
	v.against++
	if v.against < enough {
		return false
	}
	*v = verdict{unhealthy: !v.unhealthy}
	return true
}

// Run checks each endpoint regularly until ctx ends, also those that come meanwhile. It returns when the last check has ended,
// and at once where there is no path to ask for. Nothing else needs it. It must not be called again before it has returned.
func (p *Pool) Run(ctx context.Context) {
	if p.config.Health.Path == "" {
		return
	}
	var running sync.WaitGroup
	defer running.Wait()
	stops := make(map[*endpoint]context.CancelFunc)
	for {
		p.follow(ctx, &running, stops)
		select {
		case <-ctx.Done():
			return
		case <-p.replaced:
		}
	}
}

// follow begins to check the endpoints that are new, and ends it for those that have gone.
func (p *Pool) follow(ctx context.Context, running *sync.WaitGroup, stops map[*endpoint]context.CancelFunc) {
	now := p.lineup.Load().all
	for e, stop := range stops {
		if !slices.Contains(now, e) {
			stop()
			delete(stops, e)
		}
	}
	for _, e := range now {
		if stops[e] == nil {
			checking, stop := context.WithCancel(ctx)
			stops[e] = stop
			running.Go(func() { p.checkOften(checking, e) })
		}
	}
}

// checkOften checks one endpoint until ctx ends. The first check comes after a random part of the jitter.
func (p *Pool) checkOften(ctx context.Context, e *endpoint) {
	jitter := p.config.Health.Interval * time.Duration(p.config.Health.Jitter) / 100
	for wait := upTo(jitter); sleep(ctx, wait); wait = p.config.Health.Interval - jitter + upTo(2*jitter) {
		passed := p.config.Health.check(ctx, e)
		if ctx.Err() == nil && !e.gone.Load() {
			p.checked(e, passed)
		}
	}
	if e.gone.Load() {
		p.bury(e) // a check may have left a connection after the endpoint went
	}
}

// upTo is a random time.
func upTo(most time.Duration) time.Duration { return rand.N(most + 1) } //nolint:gosec // it need not be secret

// sleep waits, and reports whether ctx has not ended by then.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// drained is how much of an answer is read so that its connection can be used again, in bytes.
const drained = 64 << 10

// check asks an endpoint once, and reports whether it is well.
func (h Health) check(ctx context.Context, e *endpoint) bool {
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.Path, nil)
	if err != nil {
		return false
	}
	req.Header.Set("User-Agent", "concierge-health")
	res, err := e.connection.RoundTrip(e.at(req, nil))
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, drained) // the status has said it
	return slices.Contains(h.Statuses, res.StatusCode)
}

// checked takes in how a check ended. One that passes also ends an ejection.
func (p *Pool) checked(e *endpoint, passed bool) {
	e.metrics.checked(passed)
	e.judged.Store(true)
	p.change(func(now time.Duration) bool {
		pardoned := passed && e.record.ejected()
		if pardoned {
			e.record.pardon(now)
			p.warm(e, now)
			p.log.Info("endpoint returned", "endpoint", e.name, "reason", "check")
		}
		if !e.verdict.add(passed, p.config.Health) {
			return pardoned
		}
		if e.verdict.unhealthy {
			p.log.Warn("endpoint unhealthy", "endpoint", e.name)
			return true
		}
		p.warm(e, now)
		p.log.Info("endpoint healthy", "endpoint", e.name)
		return true
	})
}
