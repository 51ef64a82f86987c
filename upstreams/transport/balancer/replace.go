package balancer

import "slices"

// Replace makes these the pool's endpoints. Those that stay keep their state; those that go finish their calls in flight and
// close their connections; new ones start slowly. No addresses at all are ignored: a name that cannot be looked up must not
// empty a pool.
func (p *Pool) Replace(addresses []Address) {
	if len(addresses) == 0 {
		return
	}
	p.mu.Lock()
	now := p.clock()
	before := p.lineup.Load().all
	p.settle(before, now)
	after, added := p.gather(before, addresses)
	for _, e := range added {
		// Where nobody stays, nobody is there to take the load meanwhile. It is so when names are first looked up.
		if len(added) < len(after) {
			p.warm(e, now)
		}
		p.log.Info("endpoint added", "endpoint", e.name)
	}
	p.arrange(after, now)
	p.mu.Unlock()

	for _, e := range before {
		if !slices.Contains(after, e) {
			p.log.Info("endpoint removed", "endpoint", e.name)
			p.retire(e)
		}
	}
	select {
	case p.replaced <- struct{}{}:
	default: // Run has not seen the one before
	}
}

// gather are the endpoints of addresses, each once: those that there are already, and new ones.
func (p *Pool) gather(before []*endpoint, addresses []Address) (all, added []*endpoint) {
	known := make(map[string]*endpoint)
	for _, e := range before {
		known[e.key] = e
	}
	for _, address := range addresses {
		e := known[address.key()]
		switch {
		case e == nil:
			e = p.open(address)
			known[e.key] = e
			added = append(added, e)
		case slices.Contains(all, e):
			continue
		}
		e.weight = address.weight()
		all = append(all, e)
	}
	return all, added
}

// open makes a new endpoint.
func (p *Pool) open(address Address) *endpoint {
	metrics := p.metrics.endpoint(p.service, address.Name())
	return newEndpoint(address, p.connect(address), p.breakers.open(metrics.label), metrics)
}

// retire lets an endpoint go, as soon as it has no calls in flight.
func (p *Pool) retire(e *endpoint) {
	e.gone.Store(true)
	if e.inFlight.Load() == 0 {
		p.bury(e)
	}
}

// bury drops what is left of an endpoint. It happens again when a call that had picked the endpoint before, or a check, ends
// after the first time.
func (p *Pool) bury(e *endpoint) {
	e.connection.CloseIdleConnections()
	if last := e.metrics.forget(); last {
		p.breakers.forget(e.metrics.label)
	}
}
